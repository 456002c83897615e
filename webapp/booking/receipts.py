"""Receipts: the mails that confirm what a party did, with the lines of the ledger it caused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from webapp import clock
from webapp.booking.models import Booking, BookingEvent, LedgerEntry, Quote
from webapp.db import db
from webapp.notifications import service as notifications
from webapp.notifications.models import Kind, Notification, State

_QUOTE = "quote:"
_SEAT = "seat:"
_DIVIDED = "divided:"


@dataclass(frozen=True)
class SeatBought:
    """A seat that was paid for after the booking, and by whom of the party, by position."""

    amount_minor: int
    position: int
    seat: str


def plan_receipt(kind: Kind, booking: Booking, quote_id: int | None = None) -> None:
    """Plan the mail that confirms what was just done to a booking, once for each quote."""
    assert booking.contact_email is not None
    notifications.plan(
        kind,
        booking.id,
        booking.contact_email,
        user_id=booking.user_id,
        about=None if quote_id is None else f"{_QUOTE}{quote_id}",
        serial="" if quote_id is None else str(quote_id),
    )


def plan_seat_receipt(booking: Booking, segment_id: int, bought: SeatBought) -> None:
    """Plan the mail that confirms what a seat cost."""
    assert booking.contact_email is not None
    words = f"{bought.amount_minor}:{bought.position}:{bought.seat}"
    notifications.plan(
        Kind.SEAT_BOUGHT,
        booking.id,
        booking.contact_email,
        segment_id=segment_id,
        user_id=booking.user_id,
        about=f"{_SEAT}{words}",
        serial=f"{words}:{int(clock.now().timestamp())}",
    )


def plan_division_receipt(part: Booking, rest: Booking) -> None:
    """Plan the mail that says who has a booking of their own from now on."""
    assert part.contact_email is not None
    notifications.plan(
        Kind.BOOKING_DIVIDED,
        part.id,
        part.contact_email,
        user_id=part.user_id,
        about=f"{_DIVIDED}{rest.id}",
    )


def divided_from(receipt: Notification) -> int:
    """Return the id of the booking that those of a receipt were part of."""
    return int((receipt.about or "").removeprefix(_DIVIDED))


def seat_of(receipt: Notification) -> SeatBought:
    """Return the seat that a receipt is for."""
    amount, position, seat = (receipt.about or "").removeprefix(_SEAT).split(":")
    return SeatBought(int(amount), int(position), seat)


def lines_of(receipt: Notification) -> list[LedgerEntry]:
    """Return the lines that a confirmed quote wrote, none where there was no quote."""
    about = receipt.about or ""
    if not about.startswith(_QUOTE):
        return []
    query = select(LedgerEntry).where(LedgerEntry.quote_id == int(about.removeprefix(_QUOTE)))
    return list(db.session.scalars(query.order_by(LedgerEntry.id)))


def plan_of(receipt: Notification) -> dict[str, Any]:
    """Return what a receipt's quote was for."""
    quote_id = int((receipt.about or "").removeprefix(_QUOTE))
    return db.session.get_one(Quote, quote_id).plan


def given_up(receipt: Notification) -> str | None:
    """Return what a receipt's quote gave up of a trip, in words: a journey, or some names."""
    event = event_of(receipt)
    return event.after.get("given_up") if event else None


def travellers_of(receipt: Notification) -> tuple[int, int]:
    """Return how many travellers a receipt's quote gave up, and how many it left."""
    event = event_of(receipt)
    kinds = ("adults", "children", "infants")
    lines = (event.before, event.after) if event else ({}, {})
    was, left = (sum(line.get(kind, 0) for kind in kinds) for line in lines)
    return was - left, left


def event_of(receipt: Notification) -> BookingEvent | None:
    """Return the line of history that a receipt's quote left, None where there was no quote."""
    query = select(BookingEvent).where(BookingEvent.booking_id == receipt.booking_id)
    quote_id = int((receipt.about or _QUOTE).removeprefix(_QUOTE) or 0)
    found = db.session.scalars(query)
    return next((each for each in found if each.after.get("quote_id") == quote_id), None)


def unsent_receipts(booking_id: int) -> list[Notification]:
    """Return the receipts of confirmed quotes that nobody is sent, in their order.

    One that is at the mail server speaks for itself.
    """
    query = select(Notification).where(
        Notification.booking_id == booking_id,
        Notification.about.startswith(_QUOTE),
        Notification.state.not_in((State.SENT, State.SENDING)),
        Notification.repeats_id.is_(None),
    )
    return list(db.session.scalars(query.order_by(Notification.id)))
