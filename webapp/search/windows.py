"""Windows: the flights between two places on some days, joined only where it can pay.

Whether a day's two stops are looked at is the search's own decision: on days with fewer than
ENOUGH other answers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from math import inf

from webapp.flights.fares import party_fare
from webapp.flights.queries import SellableFlight, sellable_between, sellable_onward
from webapp.flights.route_fares import lowest_on
from webapp.network.queries import Directory
from webapp.search.criteria import OneWay, days_on_sale
from webapp.search.itineraries import (
    ENOUGH,
    LONGEST_CONNECTION,
    Connector,
    Path,
    airports_of,
    worth_showing,
)
from webapp.search.queries import flyable
from webapp.search.routes import flown_routes, ways_via_one, ways_via_two
from webapp.search.travel import Travel

# Two changes and the flights between them.
_LONGEST_WAY = 4 * LONGEST_CONNECTION

_Route = tuple[str, str]
_Way = tuple[str, ...]


class Window:
    """The flights of some days, and the cheapest path of each day as far as it is known."""

    def __init__(self, travel: Travel, first: date, last: date, network: Directory) -> None:
        self._travel, self._network = travel, network
        self._connector = Connector(network)
        self._fare = cache(lambda minor: party_fare(minor, travel.party))
        self.currency = travel.currency
        self.currencies: set[str] = set()
        origins, ends = travel.origin.airports, travel.destination.airports
        today, _ = days_on_sale(network.zone_of(travel.origin))
        self._begins_on, self._ends_on = max(first, today), last
        self._via_one = ways_via_one(origins, ends, flown_routes(network), self._connector, network)
        self._via_two = ways_via_two(origins, ends, flown_routes(network), self._connector, network)
        self._cheapest: dict[date, Path] = {}
        self._every: dict[date, list[Path]] | None = None
        self._days: dict[int, date] = {}
        self._to_hubs: list[SellableFlight] = []
        self._last: list[SellableFlight] = []
        self._nonstop = self._leaving(ends)
        self._consider((flight,) for flight in self._nonstop)

    @property
    def days(self) -> list[date]:
        """The days of the window that are not over."""
        days = range((self._ends_on - self._begins_on).days + 1)
        return [self._begins_on + timedelta(days=day) for day in days]

    def price(self, path: Path) -> int:
        """Return what a path costs the party."""
        return sum(self._fare(flight.fare_minor) for flight in path)

    def cheapest(self) -> dict[date, Path]:
        """Return the cheapest path of each day."""
        self._join(*self._worth_joining())
        return self._cheapest

    def every(self) -> dict[date, list[Path]]:
        """Return every path of each day that its search looks at."""
        self._every = defaultdict(list)
        self._consider((flight,) for flight in self._nonstop)
        self._join(self._via_one, self._via_two)
        return self._every

    def _worth_joining(self) -> tuple[Collection[_Way], Collection[_Way]]:
        """Return the ways by other cities that can be cheaper than flying non-stop.

        Their least fares of the window, two small answers of the database, often rule all of
        them out; not so where there is a day without a non-stop flight.
        """
        bound = max(map(self._bound, self.days), default=inf)
        if bound == inf:
            return self._via_one, self._via_two
        ways = [*self._via_one, *self._via_two]
        starts = self._least_on({_start(way) for way in ways}, timedelta())
        ends = self._least_on({_end(way) for way in ways}, _LONGEST_WAY)

        def can_win(way: _Way) -> bool:
            return starts.get(_start(way), inf) + ends.get(_end(way), inf) < bound

        return list(filter(can_win, self._via_one)), list(filter(can_win, self._via_two))

    def _join(self, via_one: Collection[_Way], via_two: Collection[_Way]) -> None:
        """Look at the connections that lead some ways."""
        ways = [*via_one, *via_two]
        if not ways:
            return
        self._to_hubs = self._leaving(sorted({way[1] for way in ways}))
        self._last = self._onward({_end(way) for way in ways}, self._to_hubs, 2)
        self._change_once()
        self._change_twice(via_two)

    def _change_once(self) -> None:
        onward = self._least(self._last)
        first = [
            flight
            for flight in self._to_hubs
            if self._is_below((flight,), onward.get(self._city(flight.destination_iata), inf))
        ]
        self._consider(self._connector.paths(first, self._last))

    def _change_twice(self, ways: Collection[_Way]) -> None:
        onward = self._least(self._last)
        middle = self._middle(ways)
        if not middle:
            return
        after_first = self._least(middle, onward)
        paths: list[Path] = [
            (flight,)
            for flight in self._to_hubs
            if self._is_below((flight,), after_first.get(self._city(flight.destination_iata), inf))
        ]
        paths = [
            path
            for path in self._connector.extended(paths, middle)
            if self._is_below(path, onward.get(self._city(path[-1].destination_iata), inf))
        ]
        cheaper = [
            path
            for path in self._connector.extended(paths, self._last)
            if self._is_below(path, 0) and self._connector.is_no_detour(*airports_of(path))
        ]
        enough = {day for day in set(map(self._day, cheaper)) if self._has_enough(day)}
        self._consider(path for path in cheaper if self._day(path) not in enough)

    def _middle(self, ways: Collection[_Way]) -> list[SellableFlight]:
        """Return the flights between two hubs that are cheap enough to make a lowest price."""
        slack: dict[_Route, float] = {}
        for flight in self._to_hubs:
            route = flight.origin_iata, flight.destination_iata
            left = self._bound(self._days[flight.id]) - self._fare(flight.fare_minor)
            slack[route] = max(left, slack.get(route, -inf))
        least: dict[_Route, float] = {}
        for flight in self._last:
            route = flight.origin_iata, flight.destination_iata
            least[route] = min(self._fare(flight.fare_minor), least.get(route, inf))
        routes: dict[_Route, float] = {}
        for origin, hub, start, second, onward, end in ways:
            left = slack.get((origin, hub), -inf) - least.get((onward, end), inf)
            if left > 0:
                routes[start, second] = max(left, routes.get((start, second), 0))
        # A party pays at least so many adults' fares.
        most = max(routes.values(), default=0) / self._travel.party.adults
        return self._onward(routes, self._to_hubs, 1, most)

    def _has_enough(self, day: date) -> bool:
        """Tell whether a day has so many other answers that its search looks at no two stops."""
        travel = self._travel
        way = OneWay(travel.origin, travel.destination, day, travel.cabin, travel.party.seats)
        return len(worth_showing(flyable(way, 1, self._network))) >= ENOUGH

    def _consider(self, paths: Iterable[Path]) -> None:
        for path in paths:
            day = self._day(path)
            known = self._cheapest.get(day)
            if known is None or self._rank(path) < self._rank(known):
                self._cheapest[day] = path
            if self._every is not None:
                self._every[day].append(path)

    def _rank(self, path: Path) -> tuple[int, int, timedelta]:
        return self.price(path), len(path), path[-1].arrives_at - path[0].departs_at

    def _is_below(self, path: Path, onward: float) -> bool:
        """Tell whether a path that costs so much more can still be its day's cheapest."""
        return self.price(path) + onward < self._bound(self._day(path))

    def _bound(self, day: date) -> float:
        known = self._cheapest.get(day)
        return inf if known is None or self._every is not None else self.price(known)

    def _least(
        self, flights: Iterable[SellableFlight], onward: dict[str, float] | None = None
    ) -> dict[str, float]:
        """Return the least price of these flights, and of what follows, from each city."""
        least: dict[str, float] = {}
        for flight in flights:
            city = self._city(flight.origin_iata)
            more = onward.get(self._city(flight.destination_iata), inf) if onward else 0
            least[city] = min(self._fare(flight.fare_minor) + more, least.get(city, inf))
        return least

    def _least_on(self, routes: Collection[_Route], later: timedelta) -> dict[_Route, int]:
        """Return the least price on some routes, from the first day to so long after the last."""
        until = self._ends_on + later
        fares = lowest_on(routes, self._begins_on, until, self._travel.cabin)
        return {route: self._fare(minor) for route, minor in fares.items()}

    def _leaving(self, to: Sequence[str]) -> list[SellableFlight]:
        """Return what leaves for some airports on the days of the window."""
        travel = self._travel
        flights = sellable_between(
            travel.origin.airports,
            to,
            self._begins_on,
            self._ends_on,
            travel.cabin,
            travel.party.seats,
        )
        self._days.update((flight.id, self._local_day(flight)) for flight in flights)
        return self._of_one_currency(flights)

    def _onward(
        self,
        routes: Collection[_Route],
        after: list[SellableFlight],
        changes: int,
        most_minor: float = inf,
    ) -> list[SellableFlight]:
        """Return what leaves on some routes after the first flights and up to so many changes."""
        if not after:
            return []
        arrivals = [flight.expected_arrives_at for flight in after]
        # Between two changes stands a flight that itself takes at most a day.
        latest = max(arrivals) + (2 * changes - 1) * LONGEST_CONNECTION
        travel = self._travel
        return self._of_one_currency(
            sellable_onward(
                routes, min(arrivals), latest, travel.cabin, travel.party.seats, most_minor
            )
        )

    def _of_one_currency(self, flights: list[SellableFlight]) -> list[SellableFlight]:
        """Return what is sold in the usual currency: nothing converts, so one alone compares."""
        self.currencies |= {flight.currency for flight in flights}
        if self.currency is None and flights:
            often = Counter(flight.currency for flight in flights)
            self.currency = min(often, key=lambda each: (-often[each], each))
        return [flight for flight in flights if flight.currency == self.currency]

    def _day(self, path: Path) -> date:
        return self._days[path[0].id]

    def _local_day(self, flight: SellableFlight) -> date:
        return flight.departs_at.astimezone(self._network.airports[flight.origin_iata].zone).date()

    def _city(self, airport: str) -> str:
        return self._network.airports[airport].city_code


def _start(way: _Way) -> _Route:
    return way[0], way[1]


def _end(way: _Way) -> _Route:
    return way[-2], way[-1]
