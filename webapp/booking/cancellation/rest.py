"""Those who stay where some of a party are cancelled: whose lap and which seats are others then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.booking.cancellation.rules import Part
from webapp.booking.ledger import Line
from webapp.booking.legs import TripLeg
from webapp.booking.models import Coupon, Passenger, PassengerKind
from webapp.booking.party import kept_off_exits, laps
from webapp.booking.seats.queries import seat_map
from webapp.booking.seats.reseating import AT_EXIT
from webapp.booking.seats.rows import beside
from webapp.booking.tickets import lost_seat_line
from webapp.booking.trips import Trip


@dataclass(frozen=True)
class SeatLost:
    """A seat that somebody cannot stay on; their coupon says where they sit at this moment."""

    seat: str
    leg: TripLeg
    passenger: Passenger
    coupon: Coupon


@dataclass(frozen=True)
class ChildAlone:
    """A child and the flights on which the adults of the party in the next seats are gone."""

    passenger: Passenger
    legs: tuple[TripLeg, ...]


@dataclass(frozen=True)
class Rest:
    """The infants that another adult takes over, each with that adult, and the seats this costs.

    And the children who then sit beside no adult of the party.
    """

    laps: tuple[tuple[Passenger, Passenger], ...] = ()
    seats: tuple[SeatLost, ...] = ()
    alone: tuple[ChildAlone, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything becomes another for those who stay."""
        return bool(self.laps or self.seats or self.alone)

    def plan(self) -> dict[str, Any]:
        """Return it as a quote keeps it."""
        return {
            "laps": [[infant.position, adult.position] for infant, adult in self.laps],
            "seats": [
                [each.leg.segment.id, each.passenger.position, each.seat] for each in self.seats
            ],
            "alone": [
                [each.passenger.position, [leg.segment.id for leg in each.legs]]
                for each in self.alone
            ],
        }

    def lines(self) -> list[Line]:
        """Return what comes back of choosing the seats: nobody chose those that follow."""
        return [
            lost_seat_line(
                each.passenger,
                each.seat,
                each.leg.segment.flight,
                each.coupon.seat_price_minor,
                AT_EXIT,
            )
            for each in self.seats
        ]


def rest_of(trip: Trip, part: Part, coupons: Sequence[Coupon]) -> Rest:
    """Return what becomes of those who stay, where a part of a trip is cancelled."""
    if not part.passengers:
        return Rest()
    staying = [each for each in trip.passengers if each.position not in part.passengers]
    before, after = laps(trip.passengers), laps(staying)
    taken_over = tuple(
        (infant, after[infant.id])
        for infant in staying
        if infant.id in after and after[infant.id] is not before.get(infant.id)
    )
    barred = kept_off_exits(staying)
    theirs = [each for each in coupons if each.seat and each.passenger_id in barred]
    lost = (_at_exit(trip, coupon) for coupon in theirs)
    alone = tuple(_left_alone(trip, staying))
    return Rest(taken_over, tuple(each for each in lost if each), alone)


def rest_after(trip: Trip, plan: dict[str, Any]) -> Rest:
    """Return what became of those who stayed by a confirmed plan, as far as they still travel."""
    party = {each.position: each for each in trip.passengers}
    seats = []
    for segment_id, position, seat in plan.get("seats", []):
        leg, passenger = trip.leg_of(segment_id), party.get(position)
        coupon = trip.coupon(leg, passenger) if leg and passenger else None
        if leg and passenger and coupon:
            seats.append(SeatLost(seat, leg, passenger, coupon))
    alone = []
    for position, segment_ids in plan.get("alone", []):
        child = party.get(position)
        legs = [leg for leg in trip.legs if leg.segment.id in segment_ids]
        if child:
            still = [
                leg for leg in legs if not _has_adult_beside(trip, leg, child, trip.passengers)
            ]
            alone += [ChildAlone(child, tuple(still))] if still else []
    return Rest(
        tuple(
            (party[infant], party[adult])
            for infant, adult in plan.get("laps", [])
            if infant in party and adult in party
        ),
        tuple(seats),
        tuple(alone),
    )


def _left_alone(trip: Trip, staying: Sequence[Passenger]) -> Iterator[ChildAlone]:
    for child in staying:
        legs = [
            leg
            for leg in trip.legs
            if child.kind == PassengerKind.CHILD
            and not (leg.has_left or leg.is_cancelled)
            and _has_adult_beside(trip, leg, child, trip.passengers)
            and not _has_adult_beside(trip, leg, child, staying)
        ]
        if legs:
            yield ChildAlone(child, tuple(legs))


def _has_adult_beside(
    trip: Trip, leg: TripLeg, child: Passenger, party: Sequence[Passenger]
) -> bool:
    cabin = seat_map(leg.segment.flight_id, trip.booking.cabin)
    own = _seat_of(trip, leg, child)
    if cabin is None or own not in cabin.seats:
        return False
    adults = {_seat_of(trip, leg, each) for each in party if each.kind == PassengerKind.ADULT}
    return any(seat.name in adults for seat in beside(cabin, cabin.seats[own]))


def _seat_of(trip: Trip, leg: TripLeg, passenger: Passenger) -> str:
    coupon = trip.coupon(leg, passenger)
    return coupon.seat or "" if coupon else ""


def _at_exit(trip: Trip, coupon: Coupon) -> SeatLost | None:
    leg = trip.leg_of(coupon.segment_id)
    cabin = seat_map(coupon.flight_id, trip.booking.cabin)
    seat = cabin.seats.get(coupon.seat or "") if cabin else None
    if leg is None or leg.has_left or seat is None or not seat.is_exit:
        return None
    return SeatLost(seat.name, leg, coupon.passenger, coupon)
