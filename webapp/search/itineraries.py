"""Itineraries: which flights can be flown one after the other, and which are worth showing.

The rules, which a slow search over every path holds this one to:

- a change takes place in one city, with at least the minimum connection time and at most 24 h;
- no city comes twice, and what is flown stays within a detour of the direct distance;
- two stops are looked for only where fewer than ENOUGH answers have one stop or none;
- a connection is left out, unless every way is asked for, when another answer is at least as good
  in departure, arrival, fare and stops, and better in one of them, and for a return joins the other
  way as well. Non-stop flights always stay.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import cache
from operator import attrgetter
from typing import NamedTuple

from webapp.flights.queries import SellableFlight
from webapp.network.queries import Directory

LONGEST_CONNECTION = timedelta(hours=24)
DETOUR_FACTOR, DETOUR_KM = 1.5, 600
ENOUGH = 10

_LONGEST_SECONDS = LONGEST_CONNECTION.total_seconds()
_departs = attrgetter("departs")
Path = tuple[SellableFlight, ...]
# What leaves a city, the earliest first, beside the seconds at which it does.
_Leaving = tuple[list[float], list[SellableFlight]]


class Itinerary(NamedTuple):
    """Flights from an origin to a destination, one way; the fare is one adult's, in minor units."""

    flights: tuple[SellableFlight, ...]
    fare_minor: int

    @property
    def stops(self) -> int:
        """How often the traveller changes."""
        return len(self.flights) - 1

    @property
    def currency(self) -> str:
        """What it is sold in; each of its flights is."""
        return self.flights[0].currency

    @property
    def departs(self) -> float:
        """When the first flight leaves by plan, in seconds since 1970."""
        return self.flights[0].departs

    @property
    def arrives(self) -> float:
        """When the last flight arrives by plan, in seconds since 1970."""
        return self.flights[-1].arrives

    @property
    def minutes(self) -> int:
        """The elapsed time from the first departure to the last arrival."""
        return int(self.flights[-1].arrives - self.flights[0].departs) // 60

    @property
    def seats_left(self) -> int:
        """How many seats are left on the fullest of the flights."""
        return min(flight.seats_left for flight in self.flights)


def itinerary(path: Path) -> Itinerary:
    """Return flights as an itinerary, whose fare is the sum of theirs."""
    return Itinerary(path, sum([flight.fare_minor for flight in path]))


class Connector:
    """Joins flights to paths, by the rules of this module."""

    def __init__(self, network: Directory) -> None:
        self._network = network
        # Hundreds of changes are between a dozen airports.
        self._least_seconds = cache(self._least_seconds_of)

    def paths(
        self, first: Iterable[SellableFlight], *onward: Iterable[SellableFlight]
    ) -> list[Path]:
        """Return each path of one of `first`, then one of each group of `onward`."""
        paths: list[Path] = [(flight,) for flight in first]
        for group in onward:
            paths = self.extended(paths, group)
        # Hundreds of paths lead over a dozen airports.
        is_no_detour = cache(self.is_no_detour)
        return [path for path in paths if is_no_detour(*airports_of(path))]

    def extended(self, paths: Iterable[Path], onward: Iterable[SellableFlight]) -> list[Path]:
        """Return each path with each flight that connects to it."""
        by_city = self._by_city(onward)
        return [longer for path in paths for longer in self._extended(path, by_city)]

    def is_no_detour(self, *airports: str) -> bool:
        """Tell whether a path of airports stays within reason of the direct way."""
        flown = sum(map(self._network.km, airports, airports[1:]))
        return flown <= DETOUR_FACTOR * self._network.km(airports[0], airports[-1]) + DETOUR_KM

    def _by_city(self, flights: Iterable[SellableFlight]) -> dict[str, _Leaving]:
        groups: dict[str, list[SellableFlight]] = defaultdict(list)
        for flight in flights:
            groups[self._city(flight.origin_iata)].append(flight)
        for group in groups.values():
            group.sort(key=_departs)
        return {city: (list(map(_departs, group)), group) for city, group in groups.items()}

    def _extended(self, path: Path, by_city: dict[str, _Leaving]) -> Iterator[Path]:
        arriving = path[-1]
        # A flight that is known to be late is joined to what its travellers can catch.
        lands = arriving.lands
        departures, flights = by_city.get(self._city(arriving.destination_iata), ([], []))
        start = bisect_left(departures, lands)
        end = bisect_right(departures, lands + _LONGEST_SECONDS)
        visited = {self._city(airport) for airport in airports_of(path)}
        if len(visited) <= len(path):
            return  # A flight within one city leads nowhere.
        change = arriving.origin_iata, arriving.destination_iata
        for flight in flights[start:end]:
            if flight.currency != arriving.currency:
                continue  # Nothing converts, so their fares have no sum.
            least = self._least_seconds(*change, flight.origin_iata, flight.destination_iata)
            is_in_time = flight.departs - lands >= least
            if is_in_time and self._city(flight.destination_iata) not in visited:
                yield (*path, flight)

    def _least_seconds_of(self, *airports: str) -> float:
        return self._network.minimum_connection(*airports).total_seconds()

    def _city(self, airport: str) -> str:
        return self._network.airports[airport].city_code


def airports_of(path: Path) -> tuple[str, ...]:
    """Return the airports of a path: where it starts, and where each flight ends."""
    return (path[0].origin_iata, *[flight.destination_iata for flight in path])


def worth_showing(
    found: Iterable[Itinerary], turn: Callable[[Itinerary], object] | None = None
) -> list[Itinerary]:
    """Return what no other answer beats; of equals, the one with the lowest flight ids stays.

    `turn` tells what decides which ways can follow one, or go before it: only those that are alike
    in this beat each other.
    """
    shown: list[Itinerary] = []
    rivals: dict[object, list[tuple[int, float, float]]] = defaultdict(list)
    # Whoever beats one stands before it, and has no more stops.
    for one in sorted(found, key=_strength):
        better = rivals[turn(one) if turn else None]
        own = one.fare_minor, one.flights[-1].lands, one.flights[0].leaves
        if not one.stops or not _is_beaten(*own, better):
            shown.append(one)
            better.append(own)
    return shown


def _is_beaten(
    fare: int, lands: float, leaves: float, better: Iterable[tuple[int, float, float]]
) -> bool:
    for its_fare, it_lands, it_leaves in better:
        if its_fare <= fare and it_lands <= lands and it_leaves >= leaves:
            return True
    return False


def _strength(one: Itinerary) -> tuple[object, ...]:
    flights = one.flights
    # Flights are compared by their ids, which come first in them.
    return len(flights), one.fare_minor, flights[-1].lands, -flights[0].leaves, flights
