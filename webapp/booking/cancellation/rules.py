"""What a cancellation gives back, each line with the rule that it follows from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.booking.cancellation.errors import ChildLeftAlone, LapMissing
from webapp.booking.coupons import paid_for
from webapp.booking.errors import NotCancellable
from webapp.booking.flown import fees_for_flown
from webapp.booking.journeys import Journey, journeys_of
from webapp.booking.ledger import Line
from webapp.booking.models import (
    Booking,
    BookingStatus,
    Coupon,
    EntryKind,
    Passenger,
    PassengerKind,
)
from webapp.booking.trips import Trip
from webapp.flights.families import family_of
from webapp.flights.taxes import taxes_in
from webapp.money import format_money, minor_per_unit


@dataclass(frozen=True)
class Part:
    """What of a booking is cancelled: passengers by position, or a journey; neither is all."""

    passengers: tuple[int, ...] = ()
    journey: int | None = None

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing of the booking is left."""
        return not self.passengers and self.journey is None

    def plan(self) -> dict[str, Any]:
        """Return it as a quote keeps it."""
        return {"passengers": list(self.passengers), "journey": self.journey}

    @classmethod
    def of(cls, plan: dict[str, Any]) -> Part:
        """Return what a quote's plan says."""
        return cls(tuple(plan["passengers"]), plan["journey"])

    def covers(self, coupon: Coupon) -> bool:
        """Tell whether a coupon is cancelled."""
        return (not self.passengers or coupon.passenger.position in self.passengers) and (
            self.journey is None or coupon.segment.journey == self.journey
        )


def part_of(trip: Trip, passengers: Collection[int], journey: int | None) -> Part:
    """Return what is meant, if it may be cancelled at this moment.

    The party without its last passenger, and a trip without its last journey, are the whole.
    Raises NotCancellable, ChildLeftAlone, LapMissing.
    """
    journeys = journeys_of(trip)
    if journey is not None:
        chosen = next((each for each in journeys if each.number == journey), None)
        if chosen is None or chosen.is_closed:
            raise NotCancellable
        return Part() if len(journeys) == 1 else Part(journey=journey)
    if any(each.is_closed for each in journeys):
        raise NotCancellable
    if not passengers:
        return Part()
    known = {passenger.position: passenger for passenger in trip.passengers}
    if not known.keys() >= set(passengers):
        raise NotCancellable
    staying = [each for position, each in known.items() if position not in passengers]
    if not staying:
        return Part()
    require_company(staying)
    return Part(passengers=tuple(sorted(passengers)))


def parts_of(trip: Trip) -> list[Part]:
    """Return what may be cancelled at this moment: all of it first, then each journey."""
    journeys = journeys_of(trip)
    if trip.status != BookingStatus.CONFIRMED:
        return []
    whole = [] if any(each.is_closed for each in journeys) else [Part()]
    ways = [Part(journey=each.number) for each in journeys if not each.is_closed]
    return whole + (ways if len(journeys) > 1 else [])


def refund_lines(trip: Trip, part: Part, coupons: Sequence[Coupon], at: datetime) -> list[Line]:
    """Return what comes back and what is kept of the live coupons that a part covers.

    What was paid comes back as a whole, and what the conditions keep of it is a fee beside it: so
    charges and refunds stay the price of what is booked. `at` is when the traveller asked.
    """
    journeys = journeys_of(trip)
    reason = _full_refund(trip, journeys, part, at)
    lines: list[Line] = []
    for passenger in trip.passengers:
        for journey in journeys:
            given_back = [
                coupon
                for coupon in coupons
                if coupon.passenger_id == passenger.id
                and coupon.segment.journey == journey.number
                and part.covers(coupon)
            ]
            if given_back:
                lines += _lines_of(trip.booking, passenger, journey, given_back, reason)
                lines += fees_for_flown(trip, passenger, given_back) if reason else []
    return lines


def _lines_of(
    booking: Booking,
    passenger: Passenger,
    journey: Journey,
    coupons: Sequence[Coupon],
    reason: str | None,
) -> list[Line]:
    who = f"{passenger.given_name} {passenger.family_name}, {journey.words}"
    paid = paid_for(coupons)
    back = Line(EntryKind.REFUND, -paid, f"Refund of the price: {who}", reason)
    if reason:
        return [back]
    taxes = sum(taxes_in(coupon.price_minor, passenger.kind) for coupon in coupons)
    fare = sum(coupon.price_minor for coupon in coupons) - taxes
    conditions = booking.sold_conditions
    refund, family = conditions["refund"], family_of(conditions["family"]).name
    if not refund["is_allowed"]:
        what, rule = "Fare, kept", "the fare is not given back, its taxes and charges are"
        if any(each.seat_price_minor for each in coupons):
            what, rule = "Fare and seats, kept", "only taxes and charges are given back"
        return [back, Line(EntryKind.FEE, paid - taxes, f"{what}: {who}", f"{family}: {rule}")]
    fee = refund["fee_units"] * minor_per_unit(booking.currency)
    rule = f"{family}: cancelling is free of charge"
    if fee:
        amount = format_money(fee, booking.currency)
        rule = f"{family}: {amount} per passenger and journey, and never more than the fare"
    return [back, Line(EntryKind.FEE, min(fee, fare), f"Cancellation fee: {who}", rule)]


def _full_refund(trip: Trip, journeys: Sequence[Journey], part: Part, at: datetime) -> str | None:
    """Return why everything comes back of a part, if it does."""
    for journey in journeys:
        if part.journey not in (None, journey.number):
            continue  # What happened to the other way is no reason to give this one back.
        if journey.disruption and not journey.has_left:
            return f"{journey.disruption}: the whole price comes back"
    if trip.cools_off(at):
        return "Within 24 hours of booking, 7 days or more ahead: the whole price comes back"
    return None


def require_company(party: Sequence[Passenger]) -> None:
    """Refuse a party without an adult, or with more infants than laps.

    Raises ChildLeftAlone and LapMissing.
    """
    kinds = [passenger.kind for passenger in party]
    if PassengerKind.ADULT not in kinds:
        raise ChildLeftAlone
    if kinds.count(PassengerKind.INFANT) > kinds.count(PassengerKind.ADULT):
        raise LapMissing
