"""Those who stay where some of a party are cancelled: whose lap and which seats are others then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webapp.booking.cancellation.rules import Part
from webapp.booking.ledger import Line
from webapp.booking.legs import TripLeg
from webapp.booking.models import Coupon, EntryKind, Passenger
from webapp.booking.party import kept_off_exits, laps
from webapp.booking.seats.queries import seat_map
from webapp.booking.seats.reseating import AT_EXIT
from webapp.booking.trips import Trip


@dataclass(frozen=True)
class SeatLost:
    """A seat that somebody cannot stay on; their coupon says where they sit at this moment."""

    seat: str
    leg: TripLeg
    passenger: Passenger
    coupon: Coupon


@dataclass(frozen=True)
class Rest:
    """The infants that another adult takes over, each with that adult, and the seats this costs."""

    laps: tuple[tuple[Passenger, Passenger], ...] = ()
    seats: tuple[SeatLost, ...] = ()

    def plan(self) -> dict[str, Any]:
        """Return it as a quote keeps it."""
        return {
            "laps": [[infant.position, adult.position] for infant, adult in self.laps],
            "seats": [
                [each.leg.segment.id, each.passenger.position, each.seat] for each in self.seats
            ],
        }

    def lines(self) -> list[Line]:
        """Return what comes back of choosing the seats: nobody chose those that follow."""
        return [
            Line(
                EntryKind.REFUND,
                -each.coupon.seat_price_minor,
                f"Seat of your choice: {each.passenger.given_name} {each.passenger.family_name}, "
                f"{each.seat} on {each.leg.segment.flight.designator}",
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
    return Rest(taken_over, tuple(each for each in lost if each))


def rest_after(trip: Trip, plan: dict[str, Any]) -> Rest:
    """Return what became of those who stayed by a confirmed plan, as far as they still travel."""
    party = {each.position: each for each in trip.passengers}
    seats = []
    for segment_id, position, seat in plan.get("seats", []):
        leg, passenger = trip.leg_of(segment_id), party.get(position)
        coupon = trip.coupon(leg, passenger) if leg and passenger else None
        if leg and passenger and coupon:
            seats.append(SeatLost(seat, leg, passenger, coupon))
    return Rest(
        tuple(
            (party[infant], party[adult])
            for infant, adult in plan.get("laps", [])
            if infant in party and adult in party
        ),
        tuple(seats),
    )


def _at_exit(trip: Trip, coupon: Coupon) -> SeatLost | None:
    leg = trip.leg_of(coupon.segment_id)
    cabin = seat_map(coupon.flight_id, trip.booking.cabin)
    seat = cabin.seats.get(coupon.seat or "") if cabin else None
    if leg is None or leg.has_left or seat is None or not seat.is_exit:
        return None
    return SeatLost(seat.name, leg, coupon.passenger, coupon)
