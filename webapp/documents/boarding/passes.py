"""A boarding pass's content, in words and figures: one source for its page and its PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from webapp.booking.connections import out_of_reach
from webapp.booking.legs import TripLeg
from webapp.booking.models import BookingStatus, Coupon, CouponStatus, PassengerKind
from webapp.booking.trips import Trip
from webapp.documents.boarding.aztec import aztec_svg
from webapp.documents.boarding.bcbp import ON_A_LAP, Leg, bar_code_text
from webapp.documents.errors import NotCheckedIn
from webapp.documents.names import shown_name, ticket_name
from webapp.documents.queries import coupons_of
from webapp.documents.typesetting import typeset
from webapp.flights.families import family_of
from webapp.formats import clock_time, long_day, plural, short_day
from webapp.network.models import Cabin

BOARDING_BEFORE = timedelta(minutes=45)
GATE_CLOSES_BEFORE = timedelta(minutes=20)

_TEMPLATE = "documents/boarding-pass.typ"


@dataclass(frozen=True)
class BoardingPass:
    """One passenger on one flight, checked in."""

    name: str
    ticket_name: str
    kind: str
    reference: str
    ticket_number: str
    airline: str
    designator: str
    day: str
    origin: str
    origin_iata: str
    origin_airport: str
    destination: str
    destination_iata: str
    destination_airport: str
    departs: str
    arrives: str
    day_shift: str
    expected: str
    is_out_of_reach: bool
    boards: str
    gate_closes: str
    terminal: str
    gate: str
    seat: str
    sequence: str
    cabin: str
    family: str
    bags: str
    aztec: str


def boarding_pass_of(trip: Trip, passenger: int, segment: int) -> BoardingPass | None:
    """Return the pass of a passenger on a segment, both by position; None where there is neither.

    Raises NotCheckedIn.
    """
    leg = next((each for each in trip.legs if each.segment.position == segment), None)
    coupon = next(
        (
            each
            for each in coupons_of(trip.booking.id)
            if each.passenger.position == passenger and each.segment.position == segment
        ),
        None,
    )
    if leg is None or coupon is None:
        return None
    is_checked_in = coupon.status == CouponStatus.CHECKED_IN and not leg.is_cancelled
    if not is_checked_in or trip.status != BookingStatus.CONFIRMED:
        raise NotCheckedIn
    return _pass(trip, leg, coupon)


def boarding_passes_of(trip: Trip) -> list[BoardingPass]:
    """Return the passes for the flights to come, flight by flight. Raises NotCheckedIn."""
    if trip.status != BookingStatus.CONFIRMED:
        raise NotCheckedIn
    coupons = coupons_of(trip.booking.id)
    passes = [
        _pass(trip, leg, coupon)
        for leg in trip.legs
        if not (leg.is_cancelled or leg.has_left)
        for coupon in coupons
        if coupon.segment_id == leg.segment.id and coupon.status == CouponStatus.CHECKED_IN
    ]
    if not passes:
        raise NotCheckedIn
    return passes


def next_passes(trip: Trip, passenger: int, segment: int) -> tuple[Coupon | None, Coupon | None]:
    """Return what the next traveller flies this flight with, and this one the next flight."""
    flown = {leg.segment.id for leg in trip.legs if not leg.is_cancelled}
    others = [
        coupon
        for coupon in coupons_of(trip.booking.id)
        if coupon.status == CouponStatus.CHECKED_IN and coupon.segment_id in flown
    ]
    travellers = (
        each
        for each in others
        if each.segment.position == segment and each.passenger.position > passenger
    )
    flights = (
        each
        for each in others
        if each.passenger.position == passenger and each.segment.position > segment
    )
    return next(travellers, None), next(flights, None)


def boarding_passes_pdf(trip: Trip, shown: Sequence[BoardingPass]) -> bytes:
    """Return boarding passes as a PDF, each on a page of its own."""
    passes = [asdict(each) for each in shown]
    return typeset(_TEMPLATE, {"passes": passes}, trip.booking.confirmed_at or trip.seen_at)


def _pass(trip: Trip, leg: TripLeg, coupon: Coupon) -> BoardingPass:
    flight, passenger = leg.segment.flight, coupon.passenger
    cabin = Cabin(trip.booking.cabin)
    is_infant = passenger.kind == PassengerKind.INFANT
    assert coupon.boarding_sequence is not None  # Check-in gives it.
    bar_code = bar_code_text(
        Leg(
            name=ticket_name(passenger),
            reference=trip.reference,
            origin_iata=flight.origin_iata,
            destination_iata=flight.destination_iata,
            airline_iata=flight.airline_iata,
            number=flight.number,
            departs_on=flight.departs_on,
            cabin=cabin,
            seat=ON_A_LAP if is_infant else coupon.seat,
            sequence=coupon.boarding_sequence,
        )
    )
    return BoardingPass(
        name=shown_name(passenger),
        ticket_name=ticket_name(passenger),
        kind=passenger.kind.capitalize(),
        reference=trip.reference,
        ticket_number=passenger.shown_ticket_number,
        airline=flight.airline.name,
        designator=flight.designator,
        day=long_day(leg.departs_at.date()),
        origin=flight.origin.city,
        origin_iata=flight.origin_iata,
        origin_airport=flight.origin.name,
        destination=flight.destination.city,
        destination_iata=flight.destination_iata,
        destination_airport=flight.destination.name,
        departs=clock_time(leg.departs_at),
        arrives=clock_time(leg.arrives_at),
        day_shift=f"{leg.day_shift:+d}" if leg.day_shift else "",
        expected=_expected(leg),
        is_out_of_reach=leg.segment.id in out_of_reach(trip),
        boards=_time_before(leg, BOARDING_BEFORE),
        gate_closes=_time_before(leg, GATE_CLOSES_BEFORE),
        terminal=flight.terminal or "",
        gate=flight.gate or "",
        seat="On a lap" if is_infant else coupon.seat or "At the gate",
        sequence=f"{coupon.boarding_sequence:03}",
        cabin=cabin.label,
        family=family_of(trip.booking.family).name,
        bags="" if is_infant else _bags(trip),
        aztec=aztec_svg(bar_code),
    )


def _time_before(leg: TripLeg, by: timedelta) -> str:
    # From the instant: on some nights the clocks on the wall skip or repeat an hour.
    at = (leg.segment.flight.departs_at - by).astimezone(leg.departs_at.tzinfo)
    # Who flies after midnight is at the gate the day before.
    day = f"{short_day(at.date())}, " if at.date() != leg.departs_at.date() else ""
    return f"{day}{clock_time(at)}"


def _expected(leg: TripLeg) -> str:
    if not leg.is_delayed:
        return ""
    leaves, arrives = leg.expected_departs_at, leg.expected_arrives_at
    day = f" on {short_day(leaves.date())}" if leaves.date() != leg.departs_at.date() else ""
    return f"Expected to leave at {clock_time(leaves)}{day} and to arrive at {clock_time(arrives)}"


def _bags(trip: Trip) -> str:
    conditions = trip.booking.conditions
    if not conditions:
        return ""  # Booked before fares had families.
    words = plural(conditions["cabin_bags"], "cabin bag")
    if conditions["checked_bags"]:
        checked = plural(conditions["checked_bags"], "checked bag")
        words += f", {checked} of {conditions['bag_kg']} kg"
    return words
