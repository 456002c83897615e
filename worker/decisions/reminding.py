"""Mails about a departure to come: check-in, the reminder, the day of travel."""

from __future__ import annotations

from datetime import timedelta

from webapp import clock
from webapp.booking.checkin.windows import Phase, windows_of
from webapp.booking.models import BookingStatus
from webapp.booking.told import by_the_way
from webapp.booking.trips import Trip
from webapp.notifications.models import IN_HANDS, WAITING, Kind, Notification, State
from webapp.notifications.queries import Preferences
from webapp.notifications.reminders import CHECKED_IN, LEADS, LEFT, SAID, reminder_of
from worker.decisions.outcome import Decision, Mail, Postponed, Withheld
from worker.decisions.showing import shown

# Two reminders of one flight within this time would be one too many.
_TOGETHER = timedelta(hours=1)
# Which of them say what another one does, where they fall due together.
_SAYING = {
    Kind.CHECK_IN_OPEN: (Kind.DEPARTURE_REMINDER, Kind.DAY_OF_TRAVEL),
    Kind.DAY_OF_TRAVEL: (Kind.DEPARTURE_REMINDER,),
}


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
    kinds = _SAYING[Kind(notification.kind)]
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
    is_checked_in = trip.is_checked_in(leg)
    if is_checked_in and not is_for_checked_in:
        return Withheld(CHECKED_IN)
    window = windows_of(trip.booking.segments)[leg.segment.id]
    context = shown(
        trip,
        leg,
        is_checked_in=is_checked_in,
        is_check_in_closed=window.phase(clock.now()) == Phase.CLOSED,
    )
    return Mail(notification.kind, context, by_the_way(leg.segment))
