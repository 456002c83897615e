"""Offers: a journey, a cabin and a price for a party, signed so that it can be trusted back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from webapp import clock
from webapp.errors import DomainError
from webapp.flights.fares import Party
from webapp.money import Money
from webapp.network.models import Cabin

LIFETIME = timedelta(minutes=30)


class OfferInvalid(DomainError):
    """The text is not an offer of ours."""


class OfferExpired(DomainError):
    """The offer was good once; its time is over."""


@dataclass(frozen=True)
class Offer:
    """What was offered: flights at these times, in a cabin, to a party, for a total, until then."""

    flight_ids: tuple[int, ...]
    cabin: Cabin
    party: Party
    total: Money
    expires_at: datetime
    times: tuple[tuple[datetime, datetime], ...]


def sign(offer: Offer) -> str:
    """Return an offer as text that only we can have written."""
    party, total = offer.party, offer.total
    return _signer().dumps(
        [
            offer.flight_ids,
            offer.cabin,
            [party.adults, party.children, party.infants],
            [total.minor, total.currency],
            int(offer.expires_at.timestamp()),
            [[int(at.timestamp()) for at in times] for times in offer.times],
        ]
    )


def read(text: str) -> Offer:
    """Return the offer in a signed text. Raises OfferInvalid and OfferExpired."""
    try:
        flight_ids, cabin, party, total, expires_at, times = _signer().loads(text)
    except (BadData, ValueError) as error:
        raise OfferInvalid from error
    offer = Offer(
        tuple(flight_ids),
        Cabin(cabin),
        Party(*party),
        Money(*total),
        datetime.fromtimestamp(expires_at, UTC),
        tuple(
            (datetime.fromtimestamp(departs, UTC), datetime.fromtimestamp(arrives, UTC))
            for departs, arrives in times
        ),
    )
    if offer.expires_at <= clock.now():
        raise OfferExpired
    return offer


def digest(text: str) -> str:
    """Return what tells one offer's text from another's."""
    return hashlib.sha256(text.encode()).hexdigest()


def _signer() -> URLSafeSerializer:
    signer = current_app.extensions.get("offer_signer")
    if not isinstance(signer, URLSafeSerializer):
        signer = URLSafeSerializer(current_app.secret_key or "", salt="offer")
        current_app.extensions["offer_signer"] = signer
    return signer
