"""Quotes: what an act costs, line by line, good for some minutes and confirmed once.

What was quoted travels signed in the page's form. The row is written with the confirmation, so
that looking writes nothing; its unique token makes two confirmations one. The lines are worked
out again under the booking's lock, and must be those that were shown.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from itsdangerous import BadData
from sqlalchemy import select

from webapp import clock
from webapp.booking import ledger
from webapp.booking.errors import QuoteInvalid, QuoteOutdated
from webapp.booking.ledger import Line
from webapp.booking.models import Booking, Quote, QuoteKind
from webapp.db import db
from webapp.money import Money
from webapp.signing import signer

LIFETIME = timedelta(minutes=15)


@dataclass(frozen=True)
class Offered:
    """What somebody was quoted: the plan, the sum and a digest of the lines, and until when.

    Rules that depend on the time are those of `made_at`, for a quote is worth its minutes.
    """

    token: str
    booking_id: int
    kind: QuoteKind
    plan: dict[str, Any]
    digest: str
    total: Money
    made_at: datetime

    @property
    def expires_at(self) -> datetime:
        """When it can no longer be confirmed."""
        return self.made_at + LIFETIME


def offer(
    booking: Booking,
    kind: QuoteKind,
    plan: dict[str, Any],
    lines: Sequence[Line],
    made_at: datetime,
) -> Offered:
    """Return a new quote, worked out by the rules of an instant."""
    return Offered(
        secrets.token_urlsafe(18),
        booking.id,
        kind,
        plan,
        _digest(lines),
        total_of(booking, lines),
        whole_second(made_at),
    )


def sign(offered: Offered) -> str:
    """Return a quote as text that only we can have written."""
    return signer("quote").dumps(
        [
            offered.token,
            offered.booking_id,
            offered.kind,
            offered.plan,
            offered.digest,
            [offered.total.minor, offered.total.currency],
            int(offered.made_at.timestamp()),
        ]
    )


def read(text: str, booking: Booking, kind: QuoteKind) -> Offered:
    """Return the quote in a signed text. Raises QuoteInvalid where it is none of this booking."""
    try:
        token, booking_id, signed_kind, plan, digest, total, made_at = signer("quote").loads(text)
    except (BadData, ValueError) as error:
        raise QuoteInvalid from error
    if (booking_id, signed_kind) != (booking.id, kind):
        raise QuoteInvalid
    made = datetime.fromtimestamp(made_at, UTC)
    return Offered(token, booking_id, kind, plan, digest, Money(*total), made)


def is_confirmed(offered: Offered) -> bool:
    """Tell whether a quote was confirmed before; certain only under the booking's lock."""
    query = select(Quote.id).where(Quote.token == offered.token)
    return db.session.scalar(query) is not None


def settle(booking: Booking, offered: Offered, lines: Sequence[Line]) -> Quote:
    """Confirm a quote whose lines are still these, and write them into the ledger.

    Raises QuoteOutdated where its time is over or the lines are others by now.
    """
    now = clock.now()
    if offered.expires_at <= now or offered.digest != _digest(lines):
        raise QuoteOutdated
    quote = Quote(
        token=offered.token,
        booking_id=booking.id,
        kind=offered.kind,
        plan=offered.plan,
        lines=[asdict(line) for line in lines],
        total_minor=offered.total.minor,
        currency=offered.total.currency,
        created_at=offered.made_at,
        expires_at=offered.expires_at,
        confirmed_at=now,
    )
    db.session.add(quote)
    db.session.flush()  # Assigns quote.id.
    ledger.write(booking, lines, quote.id)
    return quote


def whole_second(instant: datetime) -> datetime:
    """Return an instant as a quote bears it, and as its rules must be asked both times."""
    return instant.replace(microsecond=0)


def total_of(booking: Booking, lines: Sequence[Line]) -> Money:
    """Return what is to be paid, or given back where it is less than nothing."""
    return Money(sum(line.amount_minor for line in lines), booking.currency)


def _digest(lines: Sequence[Line]) -> str:
    text = json.dumps([asdict(line) for line in lines])
    return hashlib.sha256(text.encode()).hexdigest()[:32]
