"""Lowest fares of many days: the lowest price that a search of each of those days finds.

A search a day would read the same routes again and again. This reads a window of days at once and
joins only flights that can still make a day's lowest price: a flight to a hub counts only where
its price and the least price onward stay below what the day has already. Two stops follow the
search's own rule: they are looked for on days with fewer than ENOUGH other answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from math import inf

from webapp.flights.fares import Party, party_fare
from webapp.flights.queries import SellableFlight, sellable_between, sellable_onward
from webapp.money import Money
from webapp.network.models import Cabin
from webapp.network.queries import Directory, Place
from webapp.search.criteria import Criteria
from webapp.search.itineraries import (
    ENOUGH,
    LONGEST_CONNECTION,
    Connector,
    airports_of,
    itinerary,
    worth_showing,
)
from webapp.search.routes import flown_routes, ways_via_one, ways_via_two

_Path = tuple[SellableFlight, ...]
_Route = tuple[str, str]


@dataclass(frozen=True)
class Travel:
    """Who flies between which places, in which cabin, one way."""

    origin: Place
    destination: Place
    party: Party
    cabin: Cabin

    def key(self, depart: date, return_on: date | None) -> str:
        """Return what tells this travel on its days from others, in a word of our own."""
        party = self.party
        places = self.origin.code, self.destination.code
        people = party.adults, party.children, party.infants
        return ":".join(map(str, (*places, depart, return_on or "", *people, self.cabin.value)))

    def back(self) -> Travel:
        """Return the way back."""
        return Travel(self.destination, self.origin, self.party, self.cabin)


def travel_of(criteria: Criteria) -> Travel:
    """Return who flies in a search, and between which places."""
    return Travel(criteria.origin, criteria.destination, criteria.party, criteria.cabin)


@dataclass(frozen=True)
class DayFare:
    """What a day's flights cost the party, one way or out and back."""

    total: Money
    ways: tuple[_Path, ...]

    @property
    def stops(self) -> int:
        """How often the traveller changes on the way with the most changes."""
        return max(len(way) - 1 for way in self.ways)


def lowest_fares(
    travel: Travel, first: date, last: date, network: Directory
) -> dict[date, DayFare]:
    """Return the lowest price of each day from `first` to `last` on which there is any."""
    window = _Window(travel, first, last, network)
    return {
        day: DayFare(Money(window.price(path), path[0].currency), (path,))
        for day, path in sorted(window.cheapest().items())
    }


def lowest_return_fares(
    travel: Travel, trips: Collection[tuple[date, date]], network: Directory
) -> dict[tuple[date, date], DayFare]:
    """Return the lowest price of each pair of a day out and a day back that has any."""
    if not trips:
        return {}
    found = {}
    out, back = _both_ways(travel, trips, network)
    outward, homeward = out.cheapest(), back.cheapest()
    for there, home in trips:
        if there in outward and home in homeward:
            found[there, home] = (outward[there], homeward[home])
    # Where the cheapest way back leaves before the cheapest way out has arrived, others may fit.
    missed = [trip for trip, ways in found.items() if not joins(*ways, network)]
    if missed:
        out, back = _both_ways(travel, missed, network)
        outs, backs = out.every(), back.every()
        for trip in missed:
            pair = _cheapest_pair(outs[trip[0]], backs[trip[1]], out.price, network)
            found.pop(trip)
            if pair:
                found[trip] = pair
    return {
        trip: DayFare(Money(sum(map(out.price, ways)), ways[0][0].currency), ways)
        for trip, ways in sorted(found.items())
    }


def joins(there: _Path, home: _Path, network: Directory) -> bool:
    """Tell whether one journey can follow another, as one connecting flight follows another."""
    last, first = there[-1], home[0]
    least = network.minimum_connection(
        last.origin_iata, last.destination_iata, first.origin_iata, first.destination_iata
    )
    return last.currency == first.currency and first.departs_at >= last.arrives_at + least


def _both_ways(
    travel: Travel, trips: Collection[tuple[date, date]], network: Directory
) -> tuple[_Window, _Window]:
    outs, backs = [there for there, _ in trips], [home for _, home in trips]
    return (
        _Window(travel, min(outs), max(outs), network),
        _Window(travel.back(), min(backs), max(backs), network),
    )


def _cheapest_pair(
    outs: Iterable[_Path], backs: Iterable[_Path], price: Callable[[_Path], int], network: Directory
) -> tuple[_Path, _Path] | None:
    lowest, found = inf, None
    # A dearer way out is worth a look only where it arrives earlier, a dearer way back only where
    # it leaves later, than a cheaper one between the same airports.
    outs = _frontier(outs, price, lambda path: (path[-1], path[-1].arrives_at.timestamp()))
    backs = _frontier(backs, price, lambda path: (path[0], -path[0].departs_at.timestamp()))
    for there in outs:
        for home in backs:
            if price(there) + price(home) >= lowest:
                break
            if joins(there, home, network):
                lowest, found = price(there) + price(home), (there, home)
                break
    return found


def _frontier(
    paths: Iterable[_Path],
    price: Callable[[_Path], int],
    end_of: Callable[[_Path], tuple[SellableFlight, float]],
) -> list[_Path]:
    best: dict[tuple[str, str, str], float] = {}
    kept = []
    for path in sorted(paths, key=price):
        flight, moment = end_of(path)
        ends = flight.origin_iata, flight.destination_iata, flight.currency
        if moment < best.get(ends, inf):
            best[ends] = moment
            kept.append(path)
    return kept


class _Window:
    """The flights of some days, and the cheapest path of each day as far as it is known."""

    def __init__(self, travel: Travel, first: date, last: date, network: Directory) -> None:
        self._cheapest: dict[date, _Path] = {}
        self._every: dict[date, list[_Path]] | None = None
        self._travel, self._network = travel, network
        self._connector = Connector(network)
        self._fare = cache(lambda minor: party_fare(minor, travel.party))
        origins, ends = travel.origin.airports, travel.destination.airports
        routes = flown_routes()
        via_one = ways_via_one(origins, ends, routes, self._connector, network)
        self._via_two = ways_via_two(origins, ends, routes, self._connector, network)
        hubs = {way[1] for way in via_one} | {way[1] for way in self._via_two}
        final = {way[-2:] for way in via_one} | {way[-2:] for way in self._via_two}
        flights = sellable_between(
            origins, [*ends, *sorted(hubs)], first, last, travel.cabin, travel.party.seats
        )
        self._days = {flight.id: self._local_day(flight) for flight in flights}
        self._nonstop = [flight for flight in flights if flight.destination_iata in ends]
        self._to_hubs = [flight for flight in flights if flight.destination_iata not in ends]
        self._last = self._onward(final, self._to_hubs, 2)

    def price(self, path: _Path) -> int:
        """Return what a path costs the party."""
        return sum(self._fare(flight.fare_minor) for flight in path)

    def cheapest(self) -> dict[date, _Path]:
        """Return the cheapest path of each day."""
        self._fly_non_stop()
        self._change_once()
        self._change_twice()
        return self._cheapest

    def every(self) -> dict[date, list[_Path]]:
        """Return every path of each day that its search looks at."""
        self._every = defaultdict(list)
        self.cheapest()
        return self._every

    def _fly_non_stop(self) -> None:
        self._consider((flight,) for flight in self._nonstop)

    def _change_once(self) -> None:
        onward = self._least(self._last)
        first = [
            flight
            for flight in self._to_hubs
            if self._is_below((flight,), onward.get(self._city(flight.destination_iata), inf))
        ]
        self._consider(self._connector.paths(first, self._last))

    def _change_twice(self) -> None:
        onward = self._least(self._last)
        middle = self._middle()
        if not middle:
            return
        after_first = self._least(middle, onward)
        paths: list[_Path] = [
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

    def _middle(self) -> list[SellableFlight]:
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
        for origin, hub, start, second, onward, end in self._via_two:
            left = slack.get((origin, hub), -inf) - least.get((onward, end), inf)
            if left > 0:
                routes[start, second] = max(left, routes.get((start, second), 0))
        # A party pays at least so many adults' fares.
        most = max(routes.values(), default=0) / self._travel.party.adults
        return self._onward(routes, self._to_hubs, 1, most)

    def _has_enough(self, day: date) -> bool:
        """Tell whether a day has so many other answers that its search looks at no two stops."""
        nonstop = [flight for flight in self._nonstop if self._days[flight.id] == day]
        to_hubs = [flight for flight in self._to_hubs if self._days[flight.id] == day]
        paths = [(flight,) for flight in nonstop] + self._connector.paths(to_hubs, self._last)
        return len(worth_showing([itinerary(path) for path in paths])) >= ENOUGH

    def _consider(self, paths: Iterable[_Path]) -> None:
        for path in paths:
            day = self._day(path)
            known = self._cheapest.get(day)
            if known is None or self._rank(path) < self._rank(known):
                self._cheapest[day] = path
            if self._every is not None:
                self._every[day].append(path)

    def _rank(self, path: _Path) -> tuple[int, int, timedelta]:
        return self.price(path), len(path), path[-1].arrives_at - path[0].departs_at

    def _is_below(self, path: _Path, onward: float) -> bool:
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
        arrivals = [flight.arrives_at for flight in after]
        # Between two changes stands a flight that itself takes at most a day.
        latest = max(arrivals) + (2 * changes - 1) * LONGEST_CONNECTION
        travel = self._travel
        return sellable_onward(
            routes, min(arrivals), latest, travel.cabin, travel.party.seats, most_minor
        )

    def _day(self, path: _Path) -> date:
        return self._days[path[0].id]

    def _local_day(self, flight: SellableFlight) -> date:
        return flight.departs_at.astimezone(self._network.airports[flight.origin_iata].zone).date()

    def _city(self, airport: str) -> str:
        return self._network.airports[airport].city_code
