"""The e-ticket's content, in words and figures: one source for its page and its PDF."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass

from flask import current_app

from webapp.booking.ledger import entries_of
from webapp.booking.legs import TripLeg
from webapp.booking.models import BookingStatus, Coupon, CouponStatus, Passenger, PassengerKind
from webapp.booking.names.present import PresentNames
from webapp.booking.trips import Trip
from webapp.documents.names import shown_name, ticket_name
from webapp.documents.queries import coupons_of
from webapp.documents.typesetting import typeset
from webapp.flights.families import family_of
from webapp.formats import clock_time, duration, long_day
from webapp.money import currency_name, in_column

_TEMPLATE = "documents/e-ticket.typ"
_COUPON_WORDS = {
    CouponStatus.OPEN: "Confirmed",
    CouponStatus.CHECKED_IN: "Checked in",
    CouponStatus.CANCELLED: "Cancelled",
}


@dataclass(frozen=True)
class ReceiptFlight:
    """A flight as the e-ticket shows it."""

    designator: str
    airline: str
    day: str
    departs: str
    arrives: str
    day_shift: str
    origin: str
    origin_airport: str
    destination: str
    destination_airport: str
    duration: str
    is_cancelled: bool


@dataclass(frozen=True)
class ReceiptCoupon:
    """One passenger on one flight."""

    designator: str
    route: str
    seat: str
    status: str


@dataclass(frozen=True)
class ReceiptPassenger:
    """A member of the party, with the ticket and its coupons."""

    name: str
    ticket_name: str
    kind: str
    ticket_number: str
    price: str
    coupons: tuple[ReceiptCoupon, ...]


@dataclass(frozen=True)
class ReceiptLine:
    """A line of the booking's account."""

    day: str
    what: str
    rule: str
    amount: str


@dataclass(frozen=True)
class Receipt:
    """An e-ticket: who flies on what, under which conditions, and what was paid for it."""

    reference: str
    status: str
    is_cancelled: bool
    booked_on: str
    cabin: str
    family: str
    conditions: tuple[str, ...]
    flights: tuple[ReceiptFlight, ...]
    passengers: tuple[ReceiptPassenger, ...]
    lines: tuple[ReceiptLine, ...]
    paid: str
    currency: str


def receipt_of(trip: Trip) -> Receipt:
    """Return a booked trip's e-ticket as it stands now."""
    booking = trip.booking
    coupons: dict[int, list[Coupon]] = defaultdict(list)
    for coupon in coupons_of(booking.id):
        coupons[coupon.passenger_id].append(coupon)
    entries, names = entries_of(booking.id), PresentNames.of(booking)
    is_cancelled = trip.status == BookingStatus.CANCELLED
    return Receipt(
        reference=trip.reference,
        status=trip.status.capitalize(),
        is_cancelled=is_cancelled,
        booked_on=long_day(trip.local(booking.confirmed_at or booking.created_at).date()),
        cabin=booking.cabin.replace("_", " ").capitalize(),
        family=family_of(booking.family).name,
        conditions=() if is_cancelled else _conditions(trip),
        flights=tuple(_flight(leg) for leg in trip.legs),
        passengers=tuple(
            ReceiptPassenger(
                name=shown_name(passenger),
                ticket_name=ticket_name(passenger),
                kind=_kind(passenger, trip),
                ticket_number=passenger.shown_ticket_number,
                price=in_column(
                    trip.money(
                        sum(
                            each.price_minor + each.seat_price_minor
                            for each in coupons[passenger.id]
                        )
                    )
                ),
                coupons=tuple(_coupon(each, trip) for each in coupons[passenger.id]),
            )
            for passenger in trip.passengers
        ),
        lines=tuple(
            ReceiptLine(
                long_day(trip.local(entry.at).date()),
                names.within(entry.what),
                entry.rule or "",
                in_column(trip.money(entry.amount_minor)),
            )
            for entry in entries
        ),
        paid=in_column(trip.money(sum(entry.amount_minor for entry in entries))),
        currency=currency_name(booking.currency),
    )


def e_ticket_pdf(trip: Trip) -> bytes:
    """Return a booked trip's e-ticket as a PDF."""
    receipt = receipt_of(trip)
    return typeset(_TEMPLATE, asdict(receipt), trip.booking.confirmed_at or trip.seen_at)


def _flight(leg: TripLeg) -> ReceiptFlight:
    flight = leg.segment.flight
    return ReceiptFlight(
        designator=flight.designator,
        airline=flight.airline.name,
        day=long_day(leg.departs_at.date()),
        departs=clock_time(leg.departs_at),
        arrives=clock_time(leg.arrives_at),
        day_shift=f"{leg.day_shift:+d}" if leg.day_shift else "",
        origin=flight.origin.city,
        origin_airport=f"{flight.origin.name} ({flight.origin_iata})",
        destination=flight.destination.city,
        destination_airport=f"{flight.destination.name} ({flight.destination_iata})",
        duration=duration(leg.minutes),
        is_cancelled=leg.is_cancelled,
    )


def _coupon(coupon: Coupon, trip: Trip) -> ReceiptCoupon:
    flight = coupon.segment.flight
    return ReceiptCoupon(
        designator=flight.designator,
        route=f"{flight.origin_iata}–{flight.destination_iata}",
        seat=coupon.seat or _without_a_number(coupon.passenger),
        status=_COUPON_WORDS[CouponStatus(coupon.status)],
    )


def _without_a_number(passenger: Passenger) -> str:
    return "On a lap" if passenger.kind == PassengerKind.INFANT else "At check-in"


def _kind(passenger: Passenger, trip: Trip) -> str:
    adult = trip.lap_of(passenger)
    lap = f", on the lap of {shown_name(adult)}" if adult else ""
    return f"{passenger.kind.capitalize()}{lap}"


def _conditions(trip: Trip) -> tuple[str, ...]:
    sold = trip.booking.conditions
    if not sold:
        return ()  # Booked before fares had families.
    words = current_app.jinja_env.get_template("booking/conditions.txt")
    return tuple(words.render(sold=sold, trip=trip).splitlines())
