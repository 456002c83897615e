"""Commands: put the names of passengers right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp import clock
from webapp.booking.checkin.service import keep_minors_accompanied
from webapp.booking.errors import NotBooked
from webapp.booking.history import locked, record
from webapp.booking.models import Booking, Passenger
from webapp.booking.names.errors import AnotherPerson, NamesMoved
from webapp.booking.names.rules import (
    CORRECTED,
    as_line,
    as_seen,
    first_booked,
    may_correct,
    too_different,
)
from webapp.booking.party import PassengerNames, laps
from webapp.booking.seats.reseating import clear_exits
from webapp.booking.trips import Trip, trip_of
from webapp.notifications import service as notifications
from webapp.notifications.models import Kind


@dataclass(frozen=True)
class Correction:
    """What a passenger, by position, is to be called; `seen` is who was shown beside the form.

    `is_blind` where somebody wrote a date of birth who is not shown the one that is booked: an old
    or a made form must not tell them whether it is the same.
    """

    position: int
    names: PassengerNames
    seen: str
    is_blind: bool = False


def correct_names(booking_id: int, corrections: Sequence[Correction], actor: str) -> bool:
    """Call passengers of a booked party otherwise from now on; tell whether anybody is.

    Tickets keep their numbers, and a mail has them with the new names. Safe to repeat: who is
    called so already is passed over, and so is who was not touched in the form. An adult on whose
    lap the names put an infant leaves an exit row. Raises NotBooked, NamesMoved, AnotherPerson.
    Locks the booking, then the cabins.
    """
    booking = locked(booking_id)
    trip = trip_of(booking)
    if not trip.is_upcoming:
        raise NotBooked
    passengers = {each.position: each for each in trip.passengers}
    due = [each for each in corrections if _is_due(each, trip, passengers.get(each.position))]
    if not all(_is_as_seen(each, trip, passengers.get(each.position)) for each in due):
        raise NamesMoved
    due = [each for each in due if each.names != PassengerNames.of(passengers[each.position])]
    _require_same_people(trip, passengers, due)
    lap_of = laps(trip.passengers)
    for each in due:
        passenger = passengers[each.position]
        before = as_line(each.position, PassengerNames.of(passenger))
        each.names.give_to(passenger)
        record(booking, actor, CORRECTED, before, as_line(each.position, each.names))
    if laps(trip.passengers) != lap_of:
        keep_minors_accompanied(booking, actor)
        clear_exits(booking, actor)
    if due:
        _plan_mail(booking)
    return bool(due)


def _is_due(correction: Correction, trip: Trip, passenger: Passenger | None) -> bool:
    if correction.is_blind:
        return True
    if as_seen(trip.id, correction.position, correction.names) == correction.seen:
        return False
    return passenger is None or correction.names != PassengerNames.of(passenger)


def _is_as_seen(correction: Correction, trip: Trip, passenger: Passenger | None) -> bool:
    return (
        passenger is not None
        and may_correct(trip, passenger)
        and as_seen(trip.id, passenger.position, PassengerNames.of(passenger)) == correction.seen
    )


def _require_same_people(
    trip: Trip, passengers: dict[int, Passenger], due: Sequence[Correction]
) -> None:
    booked = first_booked(trip.booking)
    strange = {
        each.position: too_different(
            trip, passengers[each.position], booked[each.position], each.names
        )
        for each in due
    }
    if any(strange.values()):
        raise AnotherPerson(strange)


def _plan_mail(booking: Booking) -> None:
    assert booking.contact_email is not None
    notifications.plan(
        Kind.NAMES_CORRECTED,
        booking.id,
        booking.contact_email,
        user_id=booking.user_id,
        serial=str(int(clock.now().timestamp() * 1_000)),
    )
