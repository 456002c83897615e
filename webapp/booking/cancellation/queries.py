"""Reads: what a cancellation would give back at this moment, as a quote."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.booking import quotes
from webapp.booking.cancellation.rules import Part, parts_of, refund_lines
from webapp.booking.ledger import Group, grouped
from webapp.booking.models import QuoteKind, Segment
from webapp.booking.quotes import Offered
from webapp.booking.seats.queries import live_coupons
from webapp.booking.trips import Trip
from webapp.money import Money


@dataclass(frozen=True)
class CancellationQuote:
    """A part that may be cancelled, and the quote for it."""

    part: Part
    groups: list[Group]
    offered: Offered


def cancellation_quote(trip: Trip, part: Part) -> CancellationQuote:
    """Return the quote for a part of a trip."""
    coupons = live_coupons(trip.booking)
    lines = refund_lines(trip, part, coupons, quotes.whole_second(trip.seen_at))
    offered = quotes.offer(trip.booking, QuoteKind.CANCELLATION, part.plan(), lines, trip.seen_at)
    return CancellationQuote(part, grouped(lines), offered)


def full_refund(trip: Trip, segment: Segment) -> Money:
    """Return what comes back where the airline disrupted a segment: of all that may be given back.

    Nothing, where the journey is on its way.
    """
    parts = [part for part in parts_of(trip) if part.journey in (None, segment.journey)]
    lines = [cancellation_quote(trip, part).offered.total.minor for part in parts[:1]]
    return trip.money(-sum(lines))
