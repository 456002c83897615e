"""Reads: what a cancellation would give back at this moment, as a quote."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.booking import quotes
from webapp.booking.cancellation.rest import Rest, rest_of
from webapp.booking.cancellation.rules import Part, refund_lines
from webapp.booking.ledger import Group, grouped
from webapp.booking.models import QuoteKind
from webapp.booking.quotes import Offered
from webapp.booking.seats.queries import live_coupons
from webapp.booking.trips import Trip


@dataclass(frozen=True)
class CancellationQuote:
    """A part that may be cancelled, what becomes of the rest, and the quote for it."""

    part: Part
    rest: Rest
    groups: list[Group]
    offered: Offered


def cancellation_quote(trip: Trip, part: Part) -> CancellationQuote:
    """Return the quote for a part of a trip."""
    coupons = live_coupons(trip.booking)
    rest = rest_of(trip, part, coupons)
    lines = refund_lines(trip, part, coupons, quotes.whole_second(trip.seen_at)) + rest.lines()
    plan = part.plan() | rest.plan()
    offered = quotes.offer(trip.booking, QuoteKind.CANCELLATION, plan, lines, trip.seen_at)
    return CancellationQuote(part, rest, grouped(lines), offered)
