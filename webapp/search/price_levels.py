"""Price levels: which fares are typical on a route in a month, from our own flights."""

from __future__ import annotations

import calendar
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from flask import current_app

from webapp.flights.route_fares import lowest_a_day, nonstop_fares
from webapp.network.models import Cabin
from webapp.network.queries import Directory, Place
from webapp.search.itineraries import Connector
from webapp.search.routes import flown_routes, ways_via_one

FEWEST_FARES = 8
_SECONDS_KEPT = 600.0
_MOST_KEPT = 2_000

_Key = tuple[str, str, Cabin, str, int, int]


@dataclass(frozen=True)
class PriceRange:
    """The middle half of the fares of one adult, one way: below it is low, above it is high."""

    low_minor: int
    high_minor: int
    compared: int
    currency: str

    def class_of(self, fare_minor: int) -> str:
        """Return whether an adult's fare is low, typical or high."""
        if fare_minor < self.low_minor:
            return "low"
        return "high" if fare_minor > self.high_minor else "typical"


def price_range(
    origin: Place,
    destination: Place,
    depart: date,
    cabin: Cabin,
    currency: str,
    network: Directory,
) -> PriceRange | None:
    """Return the fares that are typical between two places in a day's month, if enough is known.

    Every non-stop flight of the month that is sold in the currency counts with its Light fare;
    where there are none, the lowest fare a day by way of each city that connects. What was worked
    out is kept for some minutes: it says what is usual, and a sale does not change that.
    """
    kept: dict[_Key, tuple[float, PriceRange | None]]
    kept = current_app.extensions.setdefault("price_ranges", {})
    key = (origin.code, destination.code, cabin, currency, depart.year, depart.month)
    until, known = kept.get(key, (0.0, None))
    if time.monotonic() < until:
        return known
    first = depart.replace(day=1)
    last = depart.replace(day=calendar.monthrange(depart.year, depart.month)[1])
    nonstop = nonstop_fares(origin.airports, destination.airports, first, last, cabin)
    found = _middle_half(
        [fare_minor for fare_minor, sold_in in nonstop if sold_in == currency]
        or _connecting_fares(origin, destination, first, last, cabin, currency, network),
        currency,
    )
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[key] = (time.monotonic() + _SECONDS_KEPT, found)
    return found


def _connecting_fares(
    origin: Place,
    destination: Place,
    first: date,
    last: date,
    cabin: Cabin,
    currency: str,
    network: Directory,
) -> list[int]:
    """Return the lowest fare a day of each way to change once."""
    ways = ways_via_one(
        origin.airports, destination.airports, flown_routes(network), Connector(network), network
    )
    legs = {way[:2] for way in ways} | {way[2:] for way in ways}
    by_route: dict[tuple[str, str], dict[date, int]] = defaultdict(dict)
    for fare in lowest_a_day(legs, first, last, cabin):
        if fare.currency == currency:
            by_route[fare.origin_iata, fare.destination_iata][fare.on] = fare.fare_minor
    return [
        fare_minor + by_route[way[2:]][on]
        for way in ways
        for on, fare_minor in by_route[way[:2]].items()
        if on in by_route[way[2:]]
    ]


def _middle_half(fares: list[int], currency: str) -> PriceRange | None:
    compared = len(fares)
    if compared < FEWEST_FARES:
        return None
    amounts = sorted(fares)
    return PriceRange(amounts[compared // 4], amounts[-1 - compared // 4], compared, currency)
