"""Filters: what a traveller asks of results, and how many each choice would leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import time

from webapp.money import minor_per_unit
from webapp.search.results import TIME_CLASSES, Result


@dataclass(frozen=True)
class Filters:
    """What is asked of each result; None asks nothing.

    `max_price` is in whole units of the currency for the party, `max_duration` in minutes; the
    times of day are local, and both ends are allowed.
    """

    stops: int | None = None
    max_price: int | None = None
    max_duration: int | None = None
    airline: str | None = None
    time_class: str | None = None
    depart_from: time | None = None
    depart_to: time | None = None
    arrive_from: time | None = None
    arrive_to: time | None = None


@dataclass(frozen=True)
class Choice:
    """One value of a filter, and how many results it leaves beside the other filters, if known."""

    value: str
    label: str
    count: int | None
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    """A filter and its choices."""

    name: str
    label: str
    choices: list[Choice]


Test = Callable[[Result], bool]


def narrow(results: Sequence[Result], filters: Filters) -> tuple[list[Result], list[Facet]]:
    """Return what the filters leave, and the facets with their counts."""
    tests = _tests(filters)
    left = [result for result in results if all(test(result) for test in tests.values())]
    return left, [
        _stops_facet(_beside("stops", results, tests), filters),
        _time_facet(_beside("time_class", results, tests), filters),
        _airline_facet(_beside("airline", results, tests), filters),
    ]


def _tests(filters: Filters) -> dict[str, Test]:
    """Return a test for each filter that asks something."""
    every: dict[str, tuple[object, Test]] = {
        "stops": (filters.stops, lambda result: result.stops <= (filters.stops or 0)),
        "max_price": (filters.max_price, lambda result: _units(result) <= (filters.max_price or 0)),
        "max_duration": (
            filters.max_duration,
            lambda result: result.minutes <= (filters.max_duration or 0),
        ),
        "airline": (filters.airline, lambda result: _has_airline(result, filters.airline)),
        "time_class": (
            filters.time_class,
            lambda result: result.time_class == filters.time_class,
        ),
        "departs": (
            filters.depart_from or filters.depart_to,
            lambda result: _is_within(
                result.departs_at.time(), filters.depart_from, filters.depart_to
            ),
        ),
        "arrives": (
            filters.arrive_from or filters.arrive_to,
            lambda result: _is_within(
                result.arrives_at.time(), filters.arrive_from, filters.arrive_to
            ),
        ),
    }
    return {name: test for name, (asked, test) in every.items() if asked is not None}


def _beside(name: str, results: Iterable[Result], tests: dict[str, Test]) -> list[Result]:
    others = [test for other, test in tests.items() if other != name]
    return [result for result in results if all(test(result) for test in others)]


def _stops_facet(results: list[Result], filters: Filters) -> Facet:
    counts = Counter(result.stops for result in results)
    labels = {0: "Non-stop", 1: "Up to 1 stop", 2: "Up to 2 stops"}
    looked_for = filters.stops if filters.stops is not None else max(labels)
    choices = [
        Choice(
            str(most),
            label,
            # A search for fewer stops does not look for more, so it cannot count them.
            sum(counts[stops] for stops in range(most + 1)) if most <= looked_for else None,
            filters.stops == most,
        )
        for most, label in labels.items()
    ]
    return Facet("stops", "Stops", choices)


def _time_facet(results: list[Result], filters: Filters) -> Facet:
    counts = Counter(result.time_class for result in results)
    choices = [
        Choice(name, name.capitalize(), counts[name], filters.time_class == name)
        for name in TIME_CLASSES
    ]
    return Facet("time_class", "Departure", choices)


def _airline_facet(results: list[Result], filters: Filters) -> Facet:
    names = {leg.airline_iata: leg.airline for result in results for leg in result.legs}
    counts = Counter(
        iata for result in results for iata in {leg.airline_iata for leg in result.legs}
    )
    choices = [
        Choice(iata, name, counts[iata], filters.airline == iata)
        for iata, name in sorted(names.items(), key=lambda pair: pair[1])
    ]
    return Facet("airline", "Airline", choices)


def _units(result: Result) -> float:
    return result.total.minor / minor_per_unit(result.total.currency)


def _has_airline(result: Result, airline: str | None) -> bool:
    return any(leg.airline_iata == airline for leg in result.legs)


def _is_within(moment: time, earliest: time | None, latest: time | None) -> bool:
    return (earliest is None or moment >= earliest) and (latest is None or moment <= latest)
