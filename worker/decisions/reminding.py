"""Mails about a departure to come: check-in, the reminder, the day of travel."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import chain

from webapp import clock
from webapp.booking.checkin.windows import Phase, windows_of
from webapp.booking.connections import out_of_reach
from webapp.booking.legs import TripLeg, route_of
from webapp.booking.models import BookingStatus
from webapp.booking.schedule_changes.queries import open_change_of_segment
from webapp.booking.told import by_the_way
from webapp.booking.told_ahead import legs_ahead, tellers_of, told_with
from webapp.booking.trips import Trip
from webapp.notifications.models import IN_HANDS, WAITING, Kind, Notification, State
from webapp.notifications.queries import Preferences
from webapp.notifications.reminders import (
    CHECKED_IN,
    LEADS,
    LEFT,
    SAID,
    SAYING,
    TOLD_WITH,
    reminder_of,
    reminders_saying,
)
from worker.decisions.outcome import Decision, Mail, Postponed, Withheld
from worker.decisions.showing import shown

_CONNECTION_LOST = "connection_lost"
# Two reminders of one flight within this time would be one too many.
_TOGETHER = timedelta(hours=1)
_SHORTLY = timedelta(minutes=1)


def check_in_open(notification: Notification, trip: Trip, wishes: Preferences) -> Decision:
    """Tell that check-in is open, unless the reminder that goes out with it does."""
    decision = _unless_said(notification, trip, wishes, is_for_checked_in=False)
    if isinstance(decision, Mail) and decision.context["is_check_in_closed"]:
        return Withheld("check-in is closed")
    return decision


def departure_reminder(notification: Notification, trip: Trip, wishes: Preferences) -> Decision:
    """Remind of a departure as long before it as the traveller wants."""
    return _remind(notification, trip, wishes.reminder_lead, is_for_checked_in=False)


def day_of_travel(notification: Notification, trip: Trip, wishes: Preferences) -> Decision:
    """Tell the terminal and the gate on the day, to those who have checked in as well."""
    return _unless_said(notification, trip, wishes, is_for_checked_in=True)


def _unless_said(
    notification: Notification, trip: Trip, wishes: Preferences, *, is_for_checked_in: bool
) -> Decision:
    lead = LEADS[Kind(notification.kind)]
    decision = _remind(notification, trip, lead, is_for_checked_in=is_for_checked_in)
    if notification.repeats_id:
        return decision  # Somebody asked for this very mail.
    kinds = SAYING[Kind(notification.kind)]
    if isinstance(decision, Mail) and any(
        _says(notification, kind, trip, wishes) for kind in kinds
    ):
        return Withheld(SAID)
    return decision


def _says(notification: Notification, kind: Kind, trip: Trip, wishes: Preferences) -> bool:
    """Tell whether a reminder of another kind went out just now, or goes out now as well."""
    assert notification.segment_id is not None
    reminder = reminder_of(notification.segment_id, kind)
    if reminder is None or kind in wishes.muted:
        return False
    now = clock.now()
    if reminder.state == State.SENT:
        return reminder.sent_at is not None and now - reminder.sent_at < _TOGETHER
    is_due = reminder.state in (*WAITING, *IN_HANDS) and reminder.due_at <= now
    decide = day_of_travel if kind == Kind.DAY_OF_TRAVEL else departure_reminder
    return is_due and isinstance(decide(reminder, trip, wishes), Mail)


def _remind(
    notification: Notification, trip: Trip, lead: timedelta, *, is_for_checked_in: bool
) -> Decision:
    if trip.status != BookingStatus.CONFIRMED:
        return Withheld(f"{trip.status}")
    leg = trip.leg_of(notification.segment_id)
    if leg is None:
        return Withheld("no longer part of the trip")
    if leg.is_cancelled:
        return Withheld("flight cancelled")
    if leg.has_left:
        return Withheld(LEFT)
    # The flight may have been moved while this mail was on its way through the broker.
    departs_at = leg.segment.flight.departs_at
    if departs_at - lead > clock.now():
        return Postponed(departs_at - lead)
    if trip.is_checked_in(leg) and not is_for_checked_in:
        return Withheld(CHECKED_IN)
    return _unless_told_with(notification, trip, leg, departs_at - lead) or _about(
        notification, trip, leg
    )


def _unless_told_with(
    notification: Notification, trip: Trip, leg: TripLeg, due_at: datetime
) -> Withheld | Postponed | None:
    """Return why a mail is not sent whose flight a mail of one before it on its way told of.

    That told of it as it stands, or this one is sent. Costs a question where there is one before.
    """
    tellers = tellers_of(trip, leg)
    if not tellers or notification.repeats_id:
        return None
    mails = reminders_saying(Kind(notification.kind), [each.segment.id for each in tellers])
    first = told_with(notification, due_at, tellers, mails)
    if first and not by_the_way(leg.segment):
        return Withheld(f"{TOLD_WITH}{first.segment.flight.designator}")
    # It is looked at again whether what goes out now was sent, and told of it.
    return Postponed(clock.now() + _SHORTLY) if any(map(_is_going_out, mails)) else None


def _is_going_out(mail: Notification) -> bool:
    is_due = mail.state == State.DUE and mail.due_at <= clock.now()
    return is_due or mail.state in IN_HANDS


def _about(notification: Notification, trip: Trip, leg: TripLeg) -> Mail:
    ahead = legs_ahead(trip, leg)
    now, windows = clock.now(), windows_of(trip.booking.segments)
    phases = {each.segment.id: windows[each.segment.id].phase(now) for each in ahead}
    beyond = out_of_reach(trip)
    context = shown(
        trip,
        leg,
        ahead,
        route=route_of(ahead),
        is_checked_in=trip.is_checked_in(leg),
        is_check_in_closed=phases[leg.segment.id] == Phase.CLOSED,
        unchecked=[
            each
            for each in ahead
            if phases[each.segment.id] == Phase.OPEN
            and not trip.is_checked_in(each)
            and each.segment.id not in beyond
        ],
        is_to_answer=_is_to_answer(leg),
    )
    tells = chain.from_iterable(by_the_way(each.segment) for each in ahead)
    # Nobody is told to board what leaves before they can be there.
    template = _CONNECTION_LOST if leg.segment.id in beyond else notification.kind
    return Mail(template, context, tuple(tells))


def _is_to_answer(leg: TripLeg) -> bool:
    # Few flights are moved so far, so few mails ask.
    return leg.is_significantly_moved and open_change_of_segment(leg.segment.id) is not None
