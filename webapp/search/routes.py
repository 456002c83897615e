"""Routes: which airports are joined, and over which cities a connection may lead."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator

from flask import current_app

from webapp.flights.queries import routes_flown
from webapp.network.queries import Directory
from webapp.search.itineraries import Connector

_SECONDS_KEPT = 300.0


def flown_routes(network: Directory) -> dict[str, set[str]]:
    """Return where flights go from each airport, at most some minutes old; not to be changed.

    It is the same object as long as nothing in it has changed. Which airports are joined changes
    with the timetable, not with each sale. An airport that the directory does not know yet joins
    with the next look.
    """
    kept: tuple[float, dict[str, set[str]]] | None = current_app.extensions.get("routes_flown")
    if kept and time.monotonic() < kept[0]:
        return kept[1]
    routes: dict[str, set[str]] = defaultdict(set)
    for origin, destination in routes_flown():
        if {origin, destination} <= network.airports.keys():
            routes[origin].add(destination)
    found = kept[1] if kept and kept[1] == routes else dict(routes)
    if found:
        current_app.extensions["routes_flown"] = (time.monotonic() + _SECONDS_KEPT, found)
    return found


def ways_via_one(
    origins: tuple[str, ...],
    destinations: tuple[str, ...],
    routes: dict[str, set[str]],
    connector: Connector,
    network: Directory,
) -> set[tuple[str, str, str, str]]:
    """Return (origin, where it is left, where it goes on, destination) of each path worth it."""
    found = set()
    ends = set(destinations)
    for origin in origins:
        for hub in routes.get(origin, set()) - ends:
            for start in same_city(hub, network):
                for end in routes.get(start, set()) & ends:
                    if connector.is_no_detour(origin, hub, end):
                        found.add((origin, hub, start, end))
    return found


def ways_via_two(
    origins: tuple[str, ...],
    destinations: tuple[str, ...],
    routes: dict[str, set[str]],
    connector: Connector,
    network: Directory,
) -> set[tuple[str, str, str, str, str, str]]:
    """Return the airports at which the three flights of each path worth it begin and end."""
    found = set()
    ends = set(destinations)
    for origin, first in _steps(origins, routes):
        for start, second in _steps(same_city(first, network), routes):
            for onward in same_city(second, network):
                for end in routes.get(onward, set()) & ends:
                    if connector.is_no_detour(origin, first, second, end):
                        found.add((origin, first, start, second, onward, end))
    return found


def _steps(airports: tuple[str, ...], routes: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    return ((start, end) for start in airports for end in routes.get(start, ()))


def same_city(airport: str, network: Directory) -> tuple[str, ...]:
    """Return every airport of an airport's city."""
    return network.cities[network.airports[airport].city_code]
