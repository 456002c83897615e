"""Mails about what the travellers did themselves: hold, book, change, cancel."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import Any

from webapp import clock
from webapp.booking.cancellation.rest import rest_after
from webapp.booking.checkin.queries import leg_to_check_in
from webapp.booking.division.lines import DIVIDED_FROM
from webapp.booking.hold_warning import warned_at
from webapp.booking.holds.links import token_of
from webapp.booking.legs import TripLeg
from webapp.booking.models import BookingStatus, Passenger, Segment
from webapp.booking.queries import booking_by_id
from webapp.booking.receipts import (
    divided_from,
    event_of,
    given_up,
    lines_of,
    plan_of,
    seat_of,
    travellers_of,
    unsent_receipts,
)
from webapp.booking.told import Told, by_the_way, everything_of
from webapp.booking.trips import Trip, trip_of
from webapp.money import in_column
from webapp.notifications.models import NEW_TIMES, Notification
from webapp.notifications.queries import waiting_to_be_told
from webapp.notifications.reminders import LEFT, is_to_remind
from worker.decisions.attaching import calendar, e_ticket
from worker.decisions.outcome import Decision, Mail, Postponed, Withheld
from worker.decisions.showing import corrected, receipt_rows, shown


def hold_expiring(notification: Notification, trip: Trip) -> Decision:
    """Remind of a hold that is about to run out."""
    if trip.status != BookingStatus.HELD:
        return Withheld(
            "booked in time" if trip.status == BookingStatus.CONFIRMED else "the hold is over"
        )
    if any(leg.is_cancelled for leg in trip.legs):
        return Withheld("flight cancelled")
    if any(leg.has_begun for leg in trip.legs):
        return Withheld(LEFT)
    if warned_at(trip.booking) > clock.now():
        return Postponed(warned_at(trip.booking))  # Its party has asked for more time meanwhile.
    return Mail(notification.kind, shown(trip, token=token_of(trip.booking)))


def booking_confirmed(notification: Notification, trip: Trip) -> Decision:
    """Confirm a booking, in its present state."""
    return _receipt(notification, trip, is_to_remind=is_to_remind(trip.id))


def booking_changed(notification: Notification, trip: Trip) -> Decision:
    """Confirm a change of flights."""
    return _receipt(notification, trip, changed=event_of(notification))


def booking_partly_cancelled(notification: Notification, trip: Trip) -> Decision:
    """Confirm that some of the party, or one journey, was cancelled."""
    gone, left = travellers_of(notification)
    return _receipt(
        notification,
        trip,
        given_up=given_up(notification),
        gone=gone,
        left=left,
        rest=rest_after(trip, plan_of(notification)),
        is_done=True,
    )


def booking_cancelled(notification: Notification, trip: Trip) -> Decision:
    """Confirm that the whole booking was cancelled."""
    # What was given back shortly before has no mail of its own any more.
    receipts = [each for each in unsent_receipts(trip.id) if each.id != notification.id]
    lines = [line for receipt in [*receipts, notification] for line in lines_of(receipt)]
    context = shown(trip, lines=receipt_rows(trip, lines))
    return Mail(notification.kind, context, attached=(calendar(trip),))


def seat_bought(notification: Notification, trip: Trip) -> Decision:
    """Confirm a seat that was paid for after the booking."""
    leg = trip.leg_of(notification.segment_id)
    if trip.status != BookingStatus.CONFIRMED or leg is None:
        return Withheld("no longer part of the trip")
    bought = seat_of(notification)
    who = next((each for each in trip.passengers if each.position == bought.position), None)
    name = f": {trip.name_of(who)}" if who else ""
    paid = in_column(trip.money(bought.amount_minor))
    lines = [(f"Seat {bought.seat}{name}", paid), ("You paid", paid)]
    context = shown(trip, leg, lines=lines, seat=bought.seat)
    context["has_boarding_passes"] = who is not None and _had_pass(notification, trip, leg, who)
    return Mail(notification.kind, context, by_the_way(leg.segment))


def _had_pass(notification: Notification, trip: Trip, leg: TripLeg, who: Passenger) -> bool:
    """Tell whether somebody had a boarding pass for a flight before what a mail tells of."""
    coupon = trip.coupon(leg, who)
    at = coupon.checked_in_at if coupon else None
    return at is not None and at <= notification.created_at


def contact_changed(notification: Notification, trip: Trip) -> Decision:
    """Say that mail comes here now, with the documents, or comes here no more."""
    if notification.recipient == trip.booking.contact_email:
        return _receipt(notification, trip, is_here=True)
    # The old address may have been a stranger's: it learns nothing of the trip. But it hears of
    # this whatever became of the trip since, or who takes a trip away would do so unheard.
    return Mail(notification.kind, shown(trip, is_here=False, card=None))


def names_corrected(notification: Notification, trip: Trip) -> Decision:
    """Confirm what the party is called now, with the e-ticket that says so."""
    return _receipt(notification, trip, corrected=corrected(trip))


def booking_divided(notification: Notification, trip: Trip) -> Decision:
    """Say who has a booking of their own now, and who stays under the reference before."""
    booking = booking_by_id(divided_from(notification))
    assert booking is not None  # No booking is ever taken out.
    rest = trip_of(booking)
    is_for_both = booking.contact_email == notification.recipient
    parted = next(each for each in reversed(trip.booking.events) if each.what == DIVIDED_FROM)
    decision = _receipt(
        notification,
        trip,
        rest=shown(rest),
        is_rest_shown=is_for_both and rest.status == BookingStatus.CONFIRMED,
        paid_back=trip.money(parted.after["paid_back_minor"]),
    )
    if isinstance(decision, Mail) and is_for_both:
        # They read of the flights of the rest as well, for these are the same.
        return replace(decision, tells=decision.tells + _told_by(rest))
    return decision


def _receipt(notification: Notification, trip: Trip, **more: Any) -> Decision:
    if trip.status != BookingStatus.CONFIRMED:
        return Withheld(f"the booking is {trip.status}")
    lines = receipt_rows(trip, lines_of(notification))
    context = shown(trip, lines=lines, to_check_in=leg_to_check_in(trip), **more)
    return Mail(notification.kind, context, _told_by(trip), (e_ticket(trip), calendar(trip)))


def _told_by(trip: Trip) -> tuple[Told, ...]:
    return tuple(chain.from_iterable(_told(leg.segment) for leg in trip.legs))


def _told(segment: Segment) -> tuple[Told, ...]:
    # A receipt shows the flight as it stands. Where the airline moved it since, a mail of its own
    # says from when to when, and may give a choice: that stays news.
    has_news = not segment.is_told and waiting_to_be_told([segment.id], NEW_TIMES)
    return by_the_way(segment) if has_news else everything_of(segment)
