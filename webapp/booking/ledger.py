"""The ledger: what a party was charged, what it pays on top, and what it got back.

Lines are added and never changed. Charges and refunds are the price of what is booked, so they
add up to the booking's total; fees are what the airline keeps beside it. The balance, which the
party has paid in the end, is the sum of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from webapp import clock
from webapp.booking.models import LINE_LENGTH, Booking, EntryKind, LedgerEntry
from webapp.db import db, insert_rows


@dataclass(frozen=True)
class Line:
    """An amount with its reason; `rule` is the condition that it follows from.

    `what` says what it is for and, after a colon, for whom.
    """

    kind: EntryKind
    amount_minor: int
    what: str
    rule: str | None = None


@dataclass(frozen=True)
class Group:
    """Lines of one kind and one rule, which stand together: their sum, and each by its own."""

    title: str
    rule: str | None
    amount_minor: int
    parts: tuple[tuple[str, int], ...]


def grouped(lines: Sequence[Line]) -> list[Group]:
    """Return lines in groups, by what stands before the colon and by their rule."""
    groups: dict[tuple[str, str | None], list[tuple[str, int]]] = {}
    for line in lines:
        if line.amount_minor:
            title, _, part = line.what.partition(": ")
            groups.setdefault((title, line.rule), []).append((part, line.amount_minor))
    return [
        Group(title, rule, sum(amount for _, amount in parts), tuple(parts))
        for (title, rule), parts in groups.items()
    ]


def write(booking: Booking, lines: Sequence[Line], quote_id: int | None = None) -> None:
    """Add lines to a booking's account; a line over nothing is left out.

    What is written counts as paid, or as given back: a payment provider will be asked here.
    """
    now = clock.now()
    rows = [
        {
            "booking_id": booking.id,
            "quote_id": quote_id,
            "at": now,
            "kind": line.kind,
            "amount_minor": line.amount_minor,
            "currency": booking.currency,
            "what": line.what[:LINE_LENGTH],  # Long names and long cities together are more.
            "rule": line.rule,
        }
        for line in lines
        if line.amount_minor
    ]
    insert_rows(LedgerEntry, rows)


def entries_of(booking_id: int) -> list[LedgerEntry]:
    """Return a booking's lines in the order in which they were written."""
    query = select(LedgerEntry).where(LedgerEntry.booking_id == booking_id).order_by(LedgerEntry.id)
    return list(db.session.scalars(query))


def fees_of(booking: Booking) -> int:
    """Return what the airline kept beside the price, in minor units."""
    query = select(func.sum(LedgerEntry.amount_minor)).where(
        LedgerEntry.booking_id == booking.id, LedgerEntry.kind == EntryKind.FEE
    )
    return int(db.session.scalar(query) or 0)
