"""A booking as its pages and mails show it: in local times, with the status of this moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from webapp import clock
from webapp.booking.legs import TripLeg, route_of, trip_leg
from webapp.booking.models import (
    CANCELLED_FOR,
    HOLD_TIME,
    Booking,
    BookingStatus,
    Coupon,
    CouponStatus,
    Passenger,
    PassengerKind,
)
from webapp.booking.party import laps
from webapp.booking.passengers.phones import phone_words
from webapp.booking.queries import first_departure_booked
from webapp.flights.families import FareFamily, family_of
from webapp.flights.queries import SALES_CLOSE
from webapp.flights.seat_prices import choice_price, legroom_price
from webapp.flights.taxes import charges_in
from webapp.money import Money, minor_per_unit
from webapp.network.queries import directory

# A booking made this long before its first departure can be undone for this long.
COOLING_OFF = timedelta(hours=24)
BOOKED_AHEAD = timedelta(days=7)


@dataclass(frozen=True)
class Trip:
    """A booking with its legs, at one moment.

    `id` is the booking's: a transaction lets go of what was read, and would read it all again to
    know whose it is.
    """

    id: int
    booking: Booking
    status: BookingStatus
    legs: tuple[TripLeg, ...]
    seen_at: datetime

    @property
    def reference(self) -> str:
        """The record locator."""
        return self.booking.reference

    @property
    def passengers(self) -> list[Passenger]:
        """The party, adults first."""
        return self.booking.passengers

    @property
    def route(self) -> str:
        """Where it begins and where its first journey ends."""
        out = [leg for leg in self.legs if leg.segment.journey == self.legs[0].segment.journey]
        return route_of(out)

    @property
    def total(self) -> Money:
        """What the whole party pays, seats and taxes included."""
        return self.booking.total + self.seats_price

    @property
    def seats_price(self) -> Money:
        """What the seats that were chosen cost."""
        return self.money(sum(coupon.seat_price_minor for coupon in self.coupons))

    @property
    def may_cool_off(self) -> bool:
        """Tell whether all would come back for a while after the booking, which is not over."""
        return self.status != BookingStatus.CANCELLED and self.cools_off(self.seen_at)

    def cools_off(self, at: datetime) -> bool:
        """Tell whether all comes back to whoever asks at an instant, soon after a sale well ahead.

        What was sold first counts: to change the day is no way around the rule, nor does it take
        away what was promised.
        """
        booked_at = self.booking.confirmed_at or self.seen_at
        if at - booked_at > COOLING_OFF:
            return False
        is_as_sold = self.booking.calendar_sequence == 0
        first_at = (
            self.legs[0].segment.agreed_departs_at
            if is_as_sold
            else first_departure_booked(self.id)
        )
        return first_at - booked_at >= BOOKED_AHEAD

    @property
    def charges(self) -> list[tuple[str, Money]]:
        """Taxes and charges that the fares contain, by name, for the whole party."""
        sums: dict[str, int] = {}
        for passenger in self.passengers:
            for coupon in _live(passenger):
                for name, amount in charges_in(coupon.price_minor, passenger.kind):
                    sums[name] = sums.get(name, 0) + amount
        return [(name, self.money(amount)) for name, amount in sums.items()]

    @property
    def fare(self) -> Money:
        """What is left of the prices without taxes and charges."""
        taxes = sum(amount.minor for _, amount in self.charges)
        return self.money(self.booking.total_minor - taxes)

    @property
    def family(self) -> FareFamily:
        """The fare family that was sold."""
        return family_of(self.booking.family)

    @property
    def coupons(self) -> list[Coupon]:
        """Each passenger on each flight, as far as it can be flown."""
        return [coupon for passenger in self.passengers for coupon in _live(passenger)]

    @property
    def seated(self) -> list[Passenger]:
        """Those of the party who sit on a seat of their own."""
        return [each for each in self.passengers if each.kind != PassengerKind.INFANT]

    def coupon(self, leg: TripLeg, passenger: Passenger) -> Coupon | None:
        """Return one passenger's coupon for one flight."""
        own = (each for each in _live(passenger) if each.segment_id == leg.segment.id)
        return next(own, None)

    @property
    def has_seats(self) -> bool:
        """Tell whether anybody in the party has a seat on any flight."""
        return any(coupon.seat for coupon in self.coupons)

    def seats_on(self, leg: TripLeg) -> list[str]:
        """Return the seats of the party on one flight."""
        coupons = (self.coupon(leg, each) for each in self.seated)
        return [coupon.seat for coupon in coupons if coupon and coupon.seat]

    def name_of(self, passenger: Passenger) -> str:
        """Return a passenger's name, or what stands for it until there is one: Adult 2."""
        if passenger.family_name:
            return f"{passenger.given_name} {passenger.family_name}"
        alike = [each.id for each in self.passengers if each.kind == passenger.kind]
        return f"{passenger.kind.capitalize()} {alike.index(passenger.id) + 1}"

    def lap_of(self, infant: Passenger) -> Passenger | None:
        """Return the adult on whose lap an infant sits, if it is known."""
        return laps(self.passengers).get(infant.id)

    @property
    def journeys(self) -> list[list[TripLeg]]:
        """The flights of the way out, and of the way back where there is one."""
        ways: dict[int, list[TripLeg]] = {}
        for leg in self.legs:
            ways.setdefault(leg.segment.journey, []).append(leg)
        return [ways[number] for number in sorted(ways)]

    @property
    def ends(self) -> list[str]:
        """The airports at which its ways begin and end, in their order."""
        return [
            airport
            for way in self.journeys
            for airport in (
                way[0].segment.flight.origin_iata,
                way[-1].segment.flight.destination_iata,
            )
        ]

    def leg_of(self, segment_id: int | None) -> TripLeg | None:
        """Return the leg of a segment, None where it is no longer part of the trip."""
        return next((leg for leg in self.legs if leg.segment.id == segment_id), None)

    def money(self, minor: int) -> Money:
        """Return an amount in the booking's currency."""
        return Money(minor, self.booking.currency)

    def units(self, units: int) -> Money:
        """Return whole units of the booking's currency."""
        return self.money(units * minor_per_unit(self.booking.currency))

    @property
    def choice_price(self) -> Money:
        """What choosing a seat costs a passenger on a flight, under the fare that was sold."""
        is_free = bool(self.booking.sold_conditions.get("free_seat_choice"))
        return choice_price(self.booking.cabin, self.booking.currency, is_free)

    @property
    def legroom_price(self) -> Money:
        """What choosing a seat with more room for the legs costs."""
        return legroom_price(self.booking.cabin, self.booking.currency)

    def local(self, instant: datetime) -> datetime:
        """Return an instant on the clocks of the place where the trip begins."""
        return instant.astimezone(self.departs_at.tzinfo)

    def onward(self, leg: TripLeg) -> TripLeg | None:
        """Return the next flight of a flight's journey, None after the last."""
        own = next(legs for legs in self.journeys if leg in legs)
        return next(iter(own[own.index(leg) + 1 :]), None)

    @property
    def named_twice(self) -> list[Passenger]:
        """Those who have the names and the day of birth of somebody before them in the party."""
        seen = set[tuple[str, str, date | None]]()
        twins = []
        for each in self.passengers:
            names = (each.given_name or "").casefold(), (each.family_name or "").casefold()
            person = (*names, each.born_on)
            if person in seen:
                twins.append(each)
            seen.add(person)
        return twins

    def is_anybody_checked_in(self, leg: TripLeg) -> bool:
        """Tell whether somebody of the party has a boarding pass for a flight."""
        return any(
            coupon.segment_id == leg.segment.id and coupon.status == CouponStatus.CHECKED_IN
            for coupon in self.coupons
        )

    def is_checked_in(self, leg: TripLeg) -> bool:
        """Tell whether everybody of the party has a boarding pass for a flight."""
        coupons = [each for each in self.coupons if each.segment_id == leg.segment.id]
        return bool(coupons) and all(each.status == CouponStatus.CHECKED_IN for each in coupons)

    @property
    def departs_at(self) -> datetime:
        """When the trip begins, where it begins."""
        return self.legs[0].departs_at

    @property
    def first_day(self) -> date:
        """The local date of the first departure."""
        return self.departs_at.date()

    @property
    def last_day(self) -> date:
        """The local date of the last departure, on which ages count."""
        return self.legs[-1].departs_at.date()

    @property
    def next_departs_at(self) -> datetime:
        """When the next flight that has not left does so; after the last, when the trip began."""
        ahead = (leg.expected_departs_at for leg in self.legs if not leg.has_left)
        return next(ahead, self.departs_at)

    @property
    def is_upcoming(self) -> bool:
        """Tell whether it is booked and some of it still to be flown."""
        is_ahead = any(not leg.has_left for leg in self.legs)
        return self.status == BookingStatus.CONFIRMED and is_ahead

    @property
    def has_flights(self) -> bool:
        """Tell whether the airline still flies any of it."""
        return not all(leg.is_cancelled or leg.has_left for leg in self.legs)

    @property
    def is_past(self) -> bool:
        """Tell whether it is booked and flown, with nothing left to decide."""
        is_booked = self.status == BookingStatus.CONFIRMED
        return is_booked and not self.is_upcoming and not any(map(self._is_to_decide, self.legs))

    def follows_cancelled(self, leg: TripLeg) -> bool:
        """Tell whether the airline cancelled a flight before one on the same way."""
        before = self.legs[: self.legs.index(leg)]
        return any(
            each.is_cancelled and each.segment.journey == leg.segment.journey for each in before
        )

    def _is_to_decide(self, leg: TripLeg) -> bool:
        return leg.is_cancelled and leg.expected_departs_at + CANCELLED_FOR > self.seen_at

    @property
    def is_named(self) -> bool:
        """Tell whether everybody in the party has a name and an age, and the mail an address."""
        return self.booking.contact_email is not None and all(
            passenger.family_name and passenger.born_on for passenger in self.passengers
        )

    @property
    def minutes_left(self) -> int:
        """How long the hold still runs, in whole minutes, rounded up."""
        seconds = (self.booking.expires_at - self.seen_at).total_seconds()
        return max(0, -int(-seconds // 60))

    @property
    def seconds_left(self) -> int:
        """How long the hold still runs, in seconds."""
        return max(0, int((self.booking.expires_at - self.seen_at).total_seconds()))

    @property
    def phone(self) -> str | None:
        """The party's telephone number, as people read it."""
        return phone_words(self.booking.contact_phone) if self.booking.contact_phone else None

    @property
    def is_typed(self) -> bool:
        """Tell whether anything was typed into the form of a hold."""
        names = [passenger.family_name for passenger in self.passengers]
        return any(names) or self.booking.contact_email is not None

    @property
    def hold_ends_at(self) -> datetime:
        """When the hold runs out, on the clocks of the place of departure."""
        return self.booking.expires_at.astimezone(self.departs_at.tzinfo)

    @property
    def may_be_held_until(self) -> datetime:
        """How long its seats are held where its party asks for more time: so long once more.

        Sales close before check-in does, as for any hold.
        """
        sales_close_at = self.legs[0].segment.flight.departs_at - SALES_CLOSE
        return min(self.booking.created_at + 2 * HOLD_TIME, sales_close_at)

    @property
    def may_be_extended(self) -> bool:
        """Tell whether asking for more time gives any."""
        is_held = self.status == BookingStatus.HELD
        return is_held and self.may_be_held_until > self.booking.expires_at

    @property
    def search_again(self) -> str:
        """The address of the search that finds this trip's flights."""
        return self.search_for(self.passengers)

    def search_for(self, party: Sequence[Passenger]) -> str:
        """Return the address of the search that finds this trip's flights for some of its party.

        Children and infants bring an adult along, since they cannot be booked without.
        """
        counts = Counter(each.kind for each in party)
        infants = counts[PassengerKind.INFANT]
        out, *back = self.journeys
        wanted: dict[str, object] = {
            "origin": out[0].segment.flight.origin_iata,
            "destination": out[-1].segment.flight.destination_iata,
            "depart": self.first_day.isoformat(),
        }
        if back:
            wanted["return"] = back[0][0].departs_at.date().isoformat()
        wanted |= {
            "adults": max(1, counts[PassengerKind.ADULT], infants),
            "children": counts[PassengerKind.CHILD],
            "infants": infants,
            "cabin": self.booking.cabin,
        }
        if len(directory().currencies) > 1:
            wanted["currency"] = self.booking.currency
        return "/flights?" + urlencode(wanted)


def _live(passenger: Passenger) -> list[Coupon]:
    return [each for each in passenger.coupons if each.status != CouponStatus.CANCELLED]


def trip_of(booking: Booking) -> Trip:
    """Return a booking as it is at this moment."""
    now = clock.now()
    legs = tuple(trip_leg(segment) for segment in booking.segments)
    return Trip(booking.id, booking, booking.status_at(now), legs, now)
