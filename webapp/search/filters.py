"""Filters: what a traveller asks of results, and what of them fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import time
from operator import attrgetter, contains, eq, ge, le
from typing import Any, NamedTuple

from webapp.money import minor_per_unit
from webapp.network.queries import Directory
from webapp.search.classes import Scale
from webapp.search.pairs import Cost, Limits, Pairs, Trip
from webapp.search.ways import Aspect, Pool, Way


class Filters(NamedTuple):
    """What is asked of each result; None asks nothing.

    `max_price` is in whole units of the currency for the party, `max_duration` in minutes, both
    for the whole trip; `max_layover`, in minutes, and the other wishes hold for each way. Times
    of day are local, and both ends are allowed. `flights` is one way out, or back, by its name.
    """

    stops: int | None = None
    max_price: int | None = None
    max_duration: int | None = None
    max_layover: int | None = None
    airline: str | None = None
    via: str | None = None
    overnight: str | None = None
    price_class: str | None = None
    time_class: str | None = None
    duration_class: str | None = None
    depart_from: time | None = None
    depart_to: time | None = None
    arrive_from: time | None = None
    arrive_to: time | None = None
    return_depart_from: time | None = None
    return_depart_to: time | None = None
    return_arrive_from: time | None = None
    return_arrive_to: time | None = None
    flights: str | None = None
    return_flights: str | None = None

    def asked(self) -> dict[str, Any]:
        """Return what is asked, by the names of the filters."""
        named = zip(FILTERS, self, strict=True)
        return {name: wish for name, wish in named if wish is not None}


FILTERS = Filters._fields

# What a filter looks at in a way, and whether that fits a wish.
Test = tuple[Aspect, Callable[[Any, Any], bool]]


def _departure(way: Way) -> time:
    return way.departs_at.time()


def _arrival(way: Way) -> time:
    return way.arrives_at.time()


_EACH_WAY: dict[str, Test] = {
    "stops": (attrgetter("stops"), le),
    "max_layover": (attrgetter("longest_layover"), le),
    "airline": (attrgetter("airlines"), contains),
    "via": (attrgetter("via"), contains),
    "overnight": (attrgetter("is_overnight"), lambda is_so, word: is_so == (word == "yes")),
}
# Of these a return is easily taken to need one way alone that fits.
SAID_OF_EACH_WAY = ("airline", "via", "overnight")
_TIMES: dict[str, Test] = {
    "depart_from": (_departure, ge),
    "depart_to": (_departure, le),
    "arrive_from": (_arrival, ge),
    "arrive_to": (_arrival, le),
}
_ONE_WAY: dict[str, Test] = {**_TIMES, "flights": (attrgetter("name"), eq)}
_OUT: Mapping[str, Test] = {**_EACH_WAY, **_ONE_WAY, "time_class": (attrgetter("time_class"), eq)}
_BACK: Mapping[str, Test] = {
    **_EACH_WAY,
    **{f"return_{name}": test for name, test in _ONE_WAY.items()},
}
_TESTS = (_OUT, _BACK)


@dataclass(frozen=True)
class Class:
    """One class of results: the filter's name for it, and its value."""

    name: str
    value: str


@dataclass(frozen=True)
class Fitting:
    """What fits some filters: the ways out, the ways back, and bounds on both together."""

    outs: int
    backs: int
    limits: Limits


class Found:
    """What answers a search, before any filter, and what each filter leaves of it."""

    def __init__(
        self, out: Pool, back: Pool | None, scale: Scale, currency: str, network: Directory
    ) -> None:
        """Take ways of one currency."""
        self.out, self.back, self.scale, self.currency = out, back, scale, currency
        self.pairs = Pairs(out.ways, back.ways if back is not None else None, network)
        self._pools = [out] if back is None else [out, back]
        self._passed: dict[tuple[int, str, Any], int] = {}

    def count(self, filters: Filters, of: Class | None = None) -> int:
        """Return how many results some filters leave, in all or of one class."""
        fitting = self._fitting_class(filters, of)
        return self.pairs.count(fitting.outs, fitting.backs, fitting.limits)

    def in_order(
        self,
        filters: Filters,
        out_cost: Cost,
        back_cost: Cost | None = None,
        of: Class | None = None,
    ) -> Iterator[Trip]:
        """Yield what some filters leave, in all or of one class, the trip of least cost first."""
        fitting = self._fitting_class(filters, of)
        return self.pairs.in_order(
            fitting.outs, fitting.backs, fitting.limits, out_cost, back_cost or out_cost
        )

    def _fitting_class(self, filters: Filters, of: Class | None) -> Fitting:
        fitting = self._fitting(filters)
        if of is None:
            return fitting
        if of.name == "time_class":
            return replace(fitting, outs=fitting.outs & self._passing(0, "time_class", of.value))
        return replace(fitting, limits=self._within_class(fitting.limits, of))

    def _fitting(self, filters: Filters) -> Fitting:
        limits = Limits()
        if filters.max_price is not None:
            limits = limits._replace(price_to=filters.max_price * minor_per_unit(self.currency))
        if filters.max_duration is not None:
            limits = limits._replace(minutes_to=filters.max_duration)
        for name in ("price_class", "duration_class"):
            value = getattr(filters, name)
            if value is not None:
                limits = self._within_class(limits, Class(name, value))
        outs = self._fitting_ways(0, filters)
        # A way out alone is a trip with one way back, which is none.
        backs = 1 if self.back is None else self._fitting_ways(1, filters)
        return Fitting(outs, backs, limits)

    def _within_class(self, limits: Limits, of: Class) -> Limits:
        if of.name == "price_class":
            return limits.within(fare=self.scale.fares_of(of.value))
        return limits.within(minutes=self.scale.minutes_of(of.value))

    def _fitting_ways(self, journey: int, filters: Filters) -> int:
        fitting = self._pools[journey].everything
        for name, wish in filters.asked().items():
            if name in _TESTS[journey]:
                fitting &= self._passing(journey, name, wish)
        return fitting

    def _passing(self, journey: int, name: str, wish: Any) -> int:
        # Asked for once a request, though the count beside each choice asks for it again.
        key = (journey, name, wish)
        if key not in self._passed:
            aspect, fits = _TESTS[journey][name]
            pool = self._pools[journey]
            self._passed[key] = pool.where(aspect, fits, wish)
        return self._passed[key]
