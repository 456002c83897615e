"""Segments: the flights that a booking is joined to, with a coupon on each for everybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from webapp.booking.models import Coupon, Segment
from webapp.db import insert_row, insert_rows
from webapp.flights.queries import SellableFlight


def times_now(segments: Iterable[Segment]) -> str:
    """Write the times at which flights are expected at present, as a form carries them back."""
    return " ".join(
        f"{segment.flight.expected_departs_at:%y%m%dT%H%M}"
        f"-{segment.flight.expected_arrives_at:%y%m%dT%H%M}"
        for segment in segments
    )


def add_segments(
    booking_id: int,
    flights: Sequence[SellableFlight],
    journeys: Sequence[int],
    claims: Mapping[int, int],
    prices: Mapping[int, Sequence[int]],
    first: int = 0,
) -> list[int]:
    """Join flights to a booking, from a position on, each to its journey; return their ids.

    `claims` has the id of each flight's claim, `prices` what each passenger, by id, pays for each
    of the flights in turn.
    """
    segment_ids = [
        insert_row(
            Segment,
            booking_id=booking_id,
            position=position,
            journey=journey,
            flight_id=flight.id,
            claim_id=claims[flight.id],
            # A delay that the result told of is agreed to.
            agreed_departs_at=flight.expected_departs_at,
            agreed_arrives_at=flight.expected_arrives_at,
            told_departs_at=flight.departs_at,
            told_arrives_at=flight.arrives_at,
        )
        for position, (flight, journey) in enumerate(zip(flights, journeys, strict=True), first)
    ]
    coupons = [
        {
            "passenger_id": passenger_id,
            "segment_id": segment_id,
            "flight_id": flight.id,
            "price_minor": price,
        }
        for passenger_id, each in prices.items()
        for segment_id, flight, price in zip(segment_ids, flights, each, strict=True)
    ]
    insert_rows(Coupon, coupons)
    return segment_ids
