"""Offers: journeys, a cabin and a price for a party, signed so that they can be trusted back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadData

from webapp import clock
from webapp.errors import DomainError
from webapp.flights.fares import Party
from webapp.money import Money
from webapp.network.models import Cabin
from webapp.signing import signer

LIFETIME = timedelta(minutes=30)
QUARTER = timedelta(minutes=15)


class OfferInvalid(DomainError):
    """The text is not an offer of ours."""


class OfferExpired(DomainError):
    """The offer was good once; its time is over."""

    def __init__(self, offer: Offer) -> None:
        super().__init__(offer)
        self.offer = offer


@dataclass(frozen=True)
class Offer:
    """What was offered: journeys at these times, in a cabin, to a party, until then.

    `journeys` are the flights' ids, one way or out and back; `times` the departure and arrival of
    each flight in the same order. `total` is the Light fare's; the other families' follow from
    it by their percentage, flight by flight.
    """

    journeys: tuple[tuple[int, ...], ...]
    cabin: Cabin
    party: Party
    total: Money
    expires_at: datetime
    times: tuple[tuple[datetime, datetime], ...]

    @property
    def flight_ids(self) -> tuple[int, ...]:
        """Every flight, in the order it is flown."""
        return tuple(flight_id for journey in self.journeys for flight_id in journey)


def this_quarter() -> datetime:
    """Return when the quarter of an hour began that it is: local days begin with one everywhere.

    What is written of a search may be kept so long: the offers in it are alike, and so is today.
    """
    now = clock.now()
    return now - (now - datetime.min.replace(tzinfo=UTC)) % QUARTER


def next_expiry() -> datetime:
    """Return when an offer that is made now expires: a lifetime after its quarter has ended."""
    return this_quarter() + QUARTER + LIFETIME


def sign(offer: Offer) -> str:
    """Return an offer as text that only we can have written."""
    party, total = offer.party, offer.total
    return signer("offer").dumps(
        [
            offer.journeys,
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
        journeys, cabin, party, total, expires_at, times = signer("offer").loads(text)
    except (BadData, ValueError) as error:
        raise OfferInvalid from error
    offer = Offer(
        tuple(tuple(journey) for journey in journeys),
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
        raise OfferExpired(offer)
    return offer


def digest(text: str) -> str:
    """Return what tells one offer's text from another's."""
    return hashlib.sha256(text.encode()).hexdigest()
