"""A flight's seats as one passenger may choose among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from webapp.booking.legs import TripLeg
from webapp.booking.models import BookingStatus, Coupon, CouponStatus, Passenger, PassengerKind
from webapp.booking.party import kept_off_exits
from webapp.booking.seats.queries import are_seats_open, seat_map, seats_taken
from webapp.booking.trips import Trip
from webapp.flights.seat_prices import seat_price
from webapp.money import Money
from webapp.network.seating import Seat, SeatMap


@dataclass(frozen=True, slots=True)
class Place:
    """A seat on the map.

    It is `is_free` for this passenger, `is_barred` where only others may sit, or taken. `price` is
    what choosing it costs now; of the passenger's own seat, what was charged for it.
    """

    seat: Seat
    price: Money | None
    is_own: bool
    is_free: bool
    is_barred: bool
    companion: str | None


@dataclass(frozen=True)
class Choice:
    """The map of one flight for one passenger; without a map there is nothing to choose."""

    trip: Trip
    leg: TripLeg
    passenger: Passenger
    coupon: Coupon
    map: SeatMap | None
    is_open: bool
    is_barred_from_exits: bool

    @property
    def others(self) -> list[Passenger]:
        """Those who can be seated beside this passenger: who has no seat there, or else all.

        Who chose more legroom stays there, and with tickets nobody is charged for somebody else.
        """
        price = self.trip.choice_price.minor
        if price and self.trip.status != BookingStatus.HELD:
            return []
        others = [each for each in self.trip.seated if each.id != self.passenger.id]
        coupons = [(each, self.trip.coupon(self.leg, each)) for each in others]
        without = [each for each, coupon in coupons if coupon and not coupon.seat]
        return without or [
            each for each, coupon in coupons if coupon and coupon.seat_price_minor <= price
        ]

    @property
    def are_others_seated(self) -> bool:
        """Tell whether the rest of the party has seats on this flight."""
        return all(map(self.seat_of, self.others))

    @property
    def price_of_others(self) -> Money:
        """What the seats of the others cost."""
        return self.trip.money(len(self.others) * self.trip.choice_price.minor)

    @property
    def checked_in(self) -> list[Passenger]:
        """Those who may move by what is chosen here, and have a boarding pass with their seat."""
        return [
            each
            for each in (self.passenger, *self.others)
            if (coupon := self.trip.coupon(self.leg, each))
            and coupon.status == CouponStatus.CHECKED_IN
        ]

    def seat_of(self, passenger: Passenger) -> str | None:
        """Return the seat that somebody of the party has on this flight."""
        coupon = self.trip.coupon(self.leg, passenger)
        return coupon.seat if coupon else None

    @property
    def following(self) -> tuple[TripLeg, Passenger] | None:
        """The next one of a held party who has no seat: on this flight, then on those after it."""
        pairs = [(leg, each) for leg in self.trip.legs for each in self.trip.seated]
        here = pairs.index((self.leg, self.passenger))
        return next((pair for pair in pairs[here + 1 :] if self._is_to_choose(*pair)), None)

    def _is_to_choose(self, leg: TripLeg, passenger: Passenger) -> bool:
        coupon = self.trip.coupon(leg, passenger)
        is_without = coupon is not None and not coupon.seat
        return is_without and are_seats_open(self.trip.booking, leg.segment)

    def rows(self) -> Iterator[tuple[int, bool, list[Place | None]]]:
        """Yield each row's number, whether it is at an exit, and its places; None is an aisle."""
        assert self.map is not None
        flight_id = self.leg.segment.flight_id
        taken = seats_taken(flight_id)
        companions = {
            seat: self.trip.name_of(each)
            for each in self.trip.seated
            if each.id != self.passenger.id and (seat := self.seat_of(each))
        }
        own_price = self._charged(self.coupon.seat_price_minor)
        prices = {seat.has_legroom: self._price(seat) for seat in self.map.seats.values()}

        def place(seat: Seat) -> Place:
            is_own = seat.name == self.coupon.seat
            is_kept = seat.is_blocked or (seat.name in taken and not is_own)
            is_barred = not is_kept and seat.is_exit and self.is_barred_from_exits
            is_free = not is_kept and not is_barred
            price = own_price if is_own else prices[seat.has_legroom]
            return Place(seat, price, is_own, is_free, is_barred, companions.get(seat.name))

        for row in self.map.rows:
            yield row.number, row.is_exit, [place(seat) if seat else None for seat in row.places]

    def paid_above(self, name: str) -> Money | None:
        """Return what was paid for this passenger's seats, where a seat costs less than that."""
        paid = self.coupon.seat_price_minor
        seat = self.map.seats.get(name) if self.map else None
        return self.trip.money(paid) if seat and self._full_price(seat) < paid else None

    def _full_price(self, seat: Seat) -> int:
        booking = self.trip.booking
        return seat_price(seat, booking.cabin, booking.conditions, booking.currency)

    def _price(self, seat: Seat) -> Money | None:
        price = self._full_price(seat)
        if self.trip.status == BookingStatus.CONFIRMED:
            price -= self.coupon.seat_price_minor
        return self._charged(price)

    def _charged(self, minor: int) -> Money | None:
        return self.trip.money(minor) if minor > 0 else None


def choice_of(trip: Trip, leg: TripLeg, passenger: Passenger) -> Choice | None:
    """Return what a passenger may choose on a flight; None for whoever has no seat there."""
    coupon = trip.coupon(leg, passenger)
    if coupon is None or passenger.kind == PassengerKind.INFANT:
        return None
    return Choice(
        trip,
        leg,
        passenger,
        coupon,
        seat_map(leg.segment.flight_id, trip.booking.cabin),
        are_seats_open(trip.booking, leg.segment),
        passenger.id in kept_off_exits(trip.passengers),
    )
