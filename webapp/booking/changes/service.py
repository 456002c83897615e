"""Commands: change a journey's flights for those that were quoted."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from webapp import clock
from webapp.booking import quotes
from webapp.booking.changes.errors import NotChangeable
from webapp.booking.changes.queries import positions_of, sellable_in_order, times_of
from webapp.booking.changes.rules import (
    Exchange,
    Flights,
    changeable_journey,
    exchange,
    require_fit,
)
from webapp.booking.coupons import price_anew, void
from webapp.booking.errors import QuoteOutdated
from webapp.booking.history import locked, record
from webapp.booking.models import Booking, BookingStatus, Coupon, PassengerKind, Segment
from webapp.booking.quotes import Offered
from webapp.booking.receipts import plan_receipt
from webapp.booking.schedule_changes import service as schedule_changes
from webapp.booking.schedule_changes.models import Answer
from webapp.booking.seats.queries import live_coupons, seat_map
from webapp.booking.seats.service import assign_seats
from webapp.booking.segments import add_segments
from webapp.booking.trips import trip_of
from webapp.db import db
from webapp.flights import inventory
from webapp.flights import service as flights_service
from webapp.network.models import Cabin
from webapp.network.queries import directory
from webapp.network.seating import Seat
from webapp.notifications import reminders
from webapp.notifications.models import Kind


def change(booking_id: int, offered: Offered, actor: str) -> None:
    """Fly what a quote is for: seats, coupons, money and reminders move in one transaction.

    So the party never is without seats on either flight, and never has seats on both. Safe to
    repeat: a quote counts once. Raises NotChangeable, FareNotChangeable, NoSeatsLeft,
    QuoteOutdated, and what require_fit() raises. Locks the booking, the new flights against
    change, then, flight by flight in the order of ids, claims and cabins.
    """
    booking = locked(booking_id)
    if quotes.is_confirmed(offered):
        return
    if booking.status != BookingStatus.CONFIRMED:
        raise NotChangeable
    trip = trip_of(booking)
    journey = changeable_journey(trip, offered.plan["journey"])
    flights_service.keep_unchanged(offered.plan["flights"])
    flights = sellable_in_order(booking, journey, offered.plan["flights"])
    if times_of(flights) != offered.plan["times"]:
        raise QuoteOutdated
    if positions_of(trip) != offered.plan.get("passengers"):
        raise QuoteOutdated  # Some have a booking of their own, and would stay behind unsaid.
    # Another quote may have moved the rest of the trip since, or the journey to these flights.
    network = directory()
    require_fit(trip, journey, flights, network)
    live = live_coupons(booking)
    cost = exchange(trip, journey, live, flights)
    quote = quotes.settle(booking, offered, cost.lines)
    old = [leg.segment for leg in journey.legs]
    before = {
        "flights": [segment.flight.designator for segment in old],
        "departs_at": [leg.agreed_departs_at.isoformat() for leg in journey.legs],
    }
    zones = [network.airports[each.origin_iata].zone for each in flights]
    times = [each.expected_departs_at for each in flights]
    after = {
        "flights": [f"{each.airline_iata} {each.number}" for each in flights],
        "departs_at": [
            at.astimezone(zone).isoformat() for at, zone in zip(times, zones, strict=True)
        ],
        "quote_id": quote.id,
    }
    # Before the flights come and go: a trip's steps stand in the order of their moments.
    record(booking, actor, "changed", before, after)
    seats = [_seats_on(segment, live) for segment in old]
    _drop(old, live, [leg.segment for leg in journey.flown])
    claims = _move_seats(booking, old, flights)
    new_ids = _add(booking, journey.number, flights, claims, cost)
    booking.calendar_sequence += 1
    plan_receipt(Kind.BOOKING_CHANGED, booking, quote.id)
    assign_seats(booking, had=_had(live_coupons(booking), new_ids, seats))


def _seats_on(segment: Segment, live: Sequence[Coupon]) -> dict[int, Seat]:
    """Return the seats of a party on a flight, by passenger."""
    cabin = seat_map(segment.flight_id, segment.booking.cabin)
    names = {each.passenger_id: each.seat for each in live if each.segment_id == segment.id}
    seats = cabin.seats if cabin else {}
    return {id_: seats[name] for id_, name in names.items() if name in seats}


def _had(
    coupons: Sequence[Coupon], new_ids: Sequence[int], seats: Sequence[dict[int, Seat]]
) -> dict[int, Seat]:
    """Return for each new coupon the seat on the old flight in its place, or else on the last."""
    before = dict(zip(new_ids, [*seats, *[seats[-1]] * len(new_ids)], strict=False))
    return {
        each.id: before[each.segment_id][each.passenger_id]
        for each in coupons
        if each.passenger_id in before.get(each.segment_id, {})
    }


def _drop(segments: Sequence[Segment], live: Sequence[Coupon], flown: Sequence[Segment]) -> None:
    """Let go of segments; what the airline did to those flown before them is settled as well."""
    now = clock.now()
    segment_ids = [segment.id for segment in segments]
    for segment in segments:
        segment.dropped_at = now
    void([coupon for coupon in live if coupon.segment_id in segment_ids])
    reminders.withhold_reminders(segment_ids, "changed to another flight")
    schedule_changes.settle(segment_ids + [each.id for each in flown], Answer.CHANGED)
    db.session.flush()  # The cabins' rows are locked last, so their locks live shortest.


def _move_seats(booking: Booking, old: Sequence[Segment], flights: Flights) -> dict[int, int]:
    """Take seats on the new flights and give back those on the old; return the claims' ids.

    On a flight that stays the party keeps its seats, also where nothing more is sold there.
    """
    given_back = {segment.flight_id: segment.claim_id for segment in old}
    # What is sold at once must not lapse before, however long it waits for a lock.
    new = {flight.id: flight.expected_departs_at for flight in flights}
    seats = sum(each.kind != PassengerKind.INFANT for each in booking.passengers)
    claims, cabin = {}, Cabin(booking.cabin)
    # One order for both, or two parties that change places would wait for each other.
    for flight_id in sorted(given_back.keys() | new.keys()):
        if flight_id in given_back and flight_id in new:
            claims[flight_id] = inventory.renew_claim(given_back[flight_id])
        elif flight_id in given_back:
            inventory.release_claim(given_back[flight_id])
        else:
            claim_id = inventory.hold_seats(flight_id, cabin, seats, new[flight_id])
            inventory.sell_claim(claim_id, flight_id, cabin, seats)
            claims[flight_id] = claim_id
    return claims


def _add(
    booking: Booking, journey: int, flights: Flights, claims: dict[int, int], cost: Exchange
) -> list[int]:
    """Add the new segments, with what they cost and their reminders; return their ids."""
    query = select(func.max(Segment.position)).where(Segment.booking_id == booking.id)
    first = (db.session.scalar(query) or 0) + 1
    segment_ids = add_segments(
        booking.id, flights, [journey] * len(flights), claims, cost.prices, first
    )
    db.session.expire(booking, ["segments"])  # They are read again, with the new ones.
    for passenger in booking.passengers:
        db.session.expire(passenger, ["coupons"])
    price_anew(booking, live_coupons(booking))
    assert booking.contact_email is not None
    reminders.plan_reminders(
        booking.id,
        booking.contact_email,
        booking.user_id,
        {id_: flight.departs_at for id_, flight in zip(segment_ids, flights, strict=True)},
    )
    return segment_ids
