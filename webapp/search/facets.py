"""Facets: the choices beside the results, and how many results each would leave."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from itertools import islice
from typing import Any

from webapp.formats import duration
from webapp.money import format_money, minor_per_unit
from webapp.network.models import Cabin
from webapp.network.queries import Directory
from webapp.search.classes import DURATION_CLASSES, PRICE_CLASSES
from webapp.search.filters import Filters, Found
from webapp.search.pairs import Trip
from webapp.search.ways import TIME_CLASSES, Way

MOST_PLACES = 8
_STOPS = {0: "Non-stop", 1: "Up to 1 stop", 2: "Up to 2 stops"}
_LAYOVERS = (120, 240, 480)
_STEPS = (0.25, 0.5, 0.75)
_HOURS = {name: (time(6 * part), time(6 * part + 5, 59)) for part, name in enumerate(TIME_CLASSES)}
_WINDOWS = {
    "depart": "Leaves",
    "arrive": "Arrives",
    "return_depart": "Return leaves",
    "return_arrive": "Return arrives",
}


@dataclass(frozen=True)
class Choice:
    """One value of a filter, how many results it leaves beside the other filters, if known, and
    the parameters that make it.
    """

    label: str
    count: int | None
    is_chosen: bool
    changes: Mapping[str, object]

    @property
    def key(self) -> str:
        """What tells it from every other choice on the page, so that the focus finds it again."""
        name, value = next(iter(self.changes.items()))
        return f"{name}-{value}"


@dataclass(frozen=True)
class Facet:
    """A filter and its choices."""

    label: str
    choices: list[Choice]


def facets(
    found: Found, filters: Filters, most_stops: int, cabin: Cabin, network: Directory
) -> list[Facet]:
    """Return the filters of a search with the choices that leave something, or are made."""
    each = ", each way" if found.back is not None else ""
    every = [
        Facet("Stops", list(_stops(found, filters, most_stops))),
        Facet("Price", list(_named(found, filters, "price_class", PRICE_CLASSES))),
        Facet("Price up to", list(_prices(found, filters))),
        Facet(f"Airline{each or ' on the way'}", list(_airlines(found, filters, network))),
        *_times(found, filters),
        Facet("Duration", list(_named(found, filters, "duration_class", DURATION_CLASSES))),
        Facet("Time up to", list(_durations(found, filters))),
        Facet(f"Change in{each}", list(_places(found, filters, network))),
        Facet("Longest change up to", list(_layovers(found, filters))),
        Facet(f"Night on the way{each}", list(_nights(found, filters))),
        Facet("Cabin", list(_cabins(cabin))),
    ]
    return [
        Facet(facet.label, shown)
        for facet in every
        if (shown := [choice for choice in facet.choices if choice.count != 0 or choice.is_chosen])
    ]


def best_removal(found: Found, filters: Filters) -> tuple[str, int] | None:
    """Return the filter whose removal leaves the most results, and how many; None if none does."""
    counts = {name: found.count(filters._replace(**{name: None})) for name in filters.asked()}
    if not counts or not max(counts.values()):
        return None
    name = max(counts, key=counts.__getitem__)
    return name, counts[name]


def _choice(found: Found, filters: Filters, label: str, **changes: Any) -> Choice:
    asked = filters._replace(**changes)
    return Choice(label, found.count(asked), asked == filters, changes)


def _stops(found: Found, filters: Filters, looked_for: int) -> Iterator[Choice]:
    for most, label in _STOPS.items():
        if most <= looked_for:
            yield _choice(found, filters, label, stops=most)
        else:
            # A search for fewer stops does not look for more, so it cannot count them.
            yield Choice(label, None, False, {"stops": most})


def _named(found: Found, filters: Filters, name: str, values: Iterable[str]) -> Iterator[Choice]:
    for value in values:
        yield _choice(found, filters, value.capitalize(), **{name: value})


def _times(found: Found, filters: Filters) -> Iterator[Facet]:
    yield Facet("Departure", list(_named(found, filters, "time_class", TIME_CLASSES)))
    for window, label in _WINDOWS.items():
        if window == "depart" or (window.startswith("return") and found.back is None):
            continue  # The class of the departure asks the same of the way out.
        yield Facet(
            label,
            [
                _choice(
                    found,
                    filters,
                    name.capitalize(),
                    **{f"{window}_from": earliest, f"{window}_to": latest},
                )
                for name, (earliest, latest) in _HOURS.items()
            ],
        )


def _airlines(found: Found, filters: Filters, network: Directory) -> Iterator[Choice]:
    names = {
        iata: network.airlines.get(iata, iata) for way in _ways(found) for iata in way.airlines
    }
    for iata, name in sorted(names.items(), key=lambda pair: pair[1]):
        yield _choice(found, filters, name, airline=iata)


def _places(found: Found, filters: Filters, network: Directory) -> Iterator[Choice]:
    frequency = Counter(airport for way in _ways(found) for airport in way.via)
    often = sorted(frequency, key=lambda iata: (iata != filters.via, -frequency[iata], iata))
    for iata in sorted(often[:MOST_PLACES], key=lambda iata: network.airports[iata].city):
        yield _choice(found, filters, f"{network.airports[iata].city} {iata}", via=iata)


def _layovers(found: Found, filters: Filters) -> Iterator[Choice]:
    if any(way.stops for way in _ways(found)):
        for minutes in _LAYOVERS:
            yield _choice(found, filters, duration(minutes), max_layover=minutes)


def _nights(found: Found, filters: Filters) -> Iterator[Choice]:
    yield _choice(found, filters, "No", overnight="no")
    yield _choice(found, filters, "Yes", overnight="yes")


def _cabins(chosen: Cabin) -> Iterator[Choice]:
    for cabin in reversed(Cabin):
        # A search of one cabin does not look into the others, so it cannot count them.
        yield Choice(cabin.label, None, cabin == chosen, {"cabin": cabin.value})


def _prices(found: Found, filters: Filters) -> Iterator[Choice]:
    ends = _ends(found, filters._replace(max_price=None), lambda way: way.price_minor)
    if ends:
        currency = ends[0][0].flights[0].currency
        per_unit = minor_per_unit(currency)
        low, high = (sum(way.price_minor for way in trip) / per_unit for trip in ends)
        yield from _leaving_more(
            _choice(found, filters, format_money(units * per_unit, currency), max_price=units)
            for units in _steps(low, high, _round_price)
        )


def _durations(found: Found, filters: Filters) -> Iterator[Choice]:
    ends = _ends(found, filters._replace(max_duration=None), lambda way: way.minutes)
    if ends:
        low, high = (sum(way.minutes for way in trip) for trip in ends)
        yield from _leaving_more(
            _choice(found, filters, duration(minutes), max_duration=minutes)
            for minutes in _steps(low, high, lambda amount: 60 * math.ceil(amount / 60))
        )


def _leaving_more(limits: Iterable[Choice]) -> Iterator[Choice]:
    """Return the limits that leave more than the one before, and one that is made."""
    before = None
    for limit in limits:
        if limit.count != before or limit.is_chosen:
            yield limit
        before = limit.count


def _ends(found: Found, filters: Filters, cost: Any) -> tuple[Trip, Trip] | None:
    """Return the trips that cost the least and the most."""
    least = list(islice(found.in_order(filters, cost), 1))
    most = list(islice(found.in_order(filters, lambda way: -cost(way)), 1))
    return (least[0], most[0]) if least else None


def _steps(low: float, high: float, rounded: Any) -> list[int]:
    """Return round amounts between two, each of which leaves something out."""
    between = {rounded(low + (high - low) * step) for step in _STEPS}
    return sorted(amount for amount in between if low <= amount < high)


def _round_price(units: float) -> int:
    step: int = 10 ** max(0, len(str(int(units))) - 2)
    return step * math.ceil(units / step)


def _ways(found: Found) -> Iterator[Way]:
    yield from found.out.ways
    if found.back is not None:
        yield from found.back.ways
