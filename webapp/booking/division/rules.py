"""Whether a booking may be divided, and who may leave it together."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from webapp.booking.cancellation.rest import SeatLost, rest_of
from webapp.booking.cancellation.rules import Part, require_company
from webapp.booking.changes.rules import changeable_journeys
from webapp.booking.checkin.queries import has_pass_ahead
from webapp.booking.division.errors import (
    HasBoardingPass,
    NobodyChosen,
    NobodyStays,
    NotDivisible,
    PartyMoved,
    SeatsAtExit,
)
from webapp.booking.models import Coupon, Passenger, PassengerKind
from webapp.booking.trips import Trip


def has_two_adults(trip: Trip) -> bool:
    """Tell whether there is an adult for either part of a party."""
    return [each.kind for each in trip.passengers].count(PassengerKind.ADULT) > 1


def may_divide(trip: Trip) -> bool:
    """Tell whether some of a party could do without the rest what can still be done."""
    return has_two_adults(trip) and bool(changeable_journeys(trip))


def require_division(
    trip: Trip, leaving: Collection[int], coupons: Sequence[Coupon], agreed: str
) -> list[SeatLost]:
    """Hold those who leave, by position, and those who stay against the rules of any party.

    `coupons` are the live ones of the trip. Returns the seats in exit rows that this costs, to
    which the travellers have `agreed`. Raises NotDivisible, NobodyChosen, PartyMoved, NobodyStays,
    ChildLeftAlone, LapMissing, HasBoardingPass, SeatsAtExit.
    """
    if not changeable_journeys(trip):
        raise NotDivisible
    if not leaving:
        raise NobodyChosen
    party = {each.position: each for each in trip.passengers}
    staying = party.keys() - leaving
    if not party.keys() >= set(leaving):
        raise PartyMoved
    if not staying:
        raise NobodyStays
    for positions in (staying, leaving):
        require_company([each for position, each in party.items() if position in positions])
    rests = [
        rest_of(trip, Part(passengers=tuple(sorted(others))), coupons)
        for others in (leaving, staying)
    ]
    moved = [infant for rest in rests for infant, _ in rest.laps]
    seats = [seat for rest in rests for seat in rest.seats]
    seated = [each.passenger for each in seats]
    _require_no_pass(trip, [*(party[each] for each in sorted(leaving)), *moved, *seated])
    named = " ".join(f"{each.leg.segment.position}-{each.seat}" for each in seats)
    if named != agreed:
        raise SeatsAtExit(seats, named)
    return seats


def _require_no_pass(trip: Trip, passengers: Sequence[Passenger]) -> None:
    # A pass bears reference and seat; that of an infant counts with its adult's.
    holders = [each for each in dict.fromkeys(passengers) if has_pass_ahead(trip, each)]
    if holders:
        raise HasBoardingPass(holders)
