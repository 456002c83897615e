"""Commands: hold for longer, take an earlier hold's place, forget what was typed into it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from webapp import clock
from webapp.accounts.queries import staff_among
from webapp.booking.errors import HoldExpired
from webapp.booking.history import locked, record, who_travels
from webapp.booking.hold_warning import plan_hold_warning, put_off_hold_warning
from webapp.booking.holds.queries import ended_long_ago
from webapp.booking.models import TRAVELLER, Booking, BookingEvent, BookingStatus, Passenger
from webapp.booking.party import kind_on
from webapp.booking.seats.queries import ChosenSeat
from webapp.booking.seats.service import choose_as_before
from webapp.booking.trips import trip_of
from webapp.db import change_rows, db
from webapp.flights import inventory
from webapp.flights.errors import ClaimLost
from webapp.notifications import service as notifications


def extend_hold(booking_id: int, actor: str) -> None:
    """Hold the seats of a party that needs more time for as long once more.

    Safe to repeat: the new end follows from when they were first held. Raises HoldExpired. Locks
    the booking, then its claims in the order of their flights.
    """
    booking = locked(booking_id)
    trip = trip_of(booking)
    if trip.status != BookingStatus.HELD:
        raise HoldExpired
    if not trip.may_be_extended:
        return
    before, until = booking.expires_at, trip.may_be_held_until
    try:
        for segment in sorted(booking.segments, key=lambda each: each.flight_id):
            inventory.extend_claim(segment.claim_id, until)
    except ClaimLost as error:
        raise HoldExpired from error
    booking.expires_at = until
    put_off_hold_warning(booking)
    record(booking, actor, "extended", {"until": before.isoformat()}, {"until": until.isoformat()})


def take_over(earlier_id: int, booking: Booking, actor: str) -> list[ChosenSeat]:
    """Write what was typed and chosen for an earlier hold into a new one for a party of its kinds.

    Whose age is of another kind by the day of these flights is asked again. Returns the seats that
    were chosen and cannot be kept. Safe to repeat: who has a name or a seat already keeps it.
    Locks the earlier booking; the caller has taken the new one's seats.
    """
    earlier = locked(earlier_id)
    kinds = [passenger.kind for passenger in earlier.passengers]
    if booking.contact_email or kinds != [passenger.kind for passenger in booking.passengers]:
        return []
    before = who_travels(booking)
    last_day = trip_of(booking).last_day
    for passenger, known in zip(booking.passengers, earlier.passengers, strict=True):
        passenger.given_name = known.given_name
        passenger.family_name = known.family_name
        passenger.filed_name = known.filed_name
        if known.born_on and kind_on(last_day, known.born_on) == passenger.kind:
            passenger.born_on = known.born_on
    booking.contact_email = earlier.contact_email
    booking.contact_phone = earlier.contact_phone
    if booking.contact_email:
        plan_hold_warning(booking)
    if (after := who_travels(booking)) != before:
        record(booking, actor, "named", before, after)
    return choose_as_before(earlier, booking, actor)


def forget_holds(booking_ids: Sequence[int]) -> None:
    """Forget what was typed into holds that ended long ago, and the mails about them.

    The rows stay, since seats, prices and history are counted by them. Safe to repeat, and while
    others are at work: the statement that marks a hold decides. Locks the bookings in the order
    of ids.
    """
    ended = update(Booking).where(Booking.id.in_(booking_ids), *ended_long_ago())
    change_rows(ended.values(contact_email=None, contact_phone=None, forgotten_at=clock.now()))
    marked = select(Booking.id).where(
        Booking.id.in_(booking_ids), Booking.forgotten_at.is_not(None)
    )
    forgotten = db.session.scalars(marked).all()
    people = update(Passenger).where(Passenger.booking_id.in_(forgotten))
    change_rows(people.values(given_name=None, family_name=None, filed_name=None, born_on=None))
    # The line says when and by whom something was typed; what it was goes.
    lines = update(BookingEvent).where(
        BookingEvent.booking_id.in_(forgotten), BookingEvent.what == "named"
    )
    change_rows(lines.values(before={}, after={}))
    _forget_who_acted(forgotten)
    notifications.forget_mails_of(forgotten)


def _forget_who_acted(booking_ids: Sequence[int]) -> None:
    """Let the history name a traveller where it names an account; staff answer for what they do."""
    of_holds = BookingEvent.booking_id.in_(booking_ids)
    named = select(BookingEvent.actor).where(of_holds, BookingEvent.actor.contains("@")).distinct()
    actors = set(db.session.scalars(named))
    travellers = actors - staff_among(actors)
    lines = update(BookingEvent).where(of_holds, BookingEvent.actor.in_(travellers))
    change_rows(lines.values(actor=TRAVELLER))
