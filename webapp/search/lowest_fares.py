"""Lowest fares of many days: the lowest price that a search of each of those days finds.

A search a day would read the same routes again and again. This reads a window of days at once,
the non-stop flights first, and joins only flights that can still make a day's lowest price: a
flight to another city counts only where its price and the least price onward stay below what the
day has already.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from math import inf

from webapp.flights.queries import SellableFlight
from webapp.money import Money
from webapp.network.queries import Directory
from webapp.search.criteria import Criteria
from webapp.search.itineraries import Path
from webapp.search.travel import Travel, travel_of
from webapp.search.windows import Window


@dataclass(frozen=True)
class DayFare:
    """What a day's flights cost the party, one way or out and back."""

    total: Money
    ways: tuple[Path, ...]

    @property
    def stops(self) -> int:
        """How often the traveller changes on the way with the most changes."""
        return max(len(way) - 1 for way in self.ways)


def lowest_fares(
    travel: Travel, first: date, last: date, network: Directory
) -> dict[date, DayFare]:
    """Return the lowest price of each day from `first` to `last` on which there is any.

    A day on which nothing is sold in the travel's currency has the price in another one.
    """
    window = Window(travel, first, last, network)
    fares = _day_fares(window)
    for other in sorted(window.currencies - {window.currency}):
        without = [day for day in window.days if day not in fares]
        if without:
            more = Window(replace(travel, currency=other), without[0], without[-1], network)
            fares = _day_fares(more) | fares
    return dict(sorted(fares.items()))


def _day_fares(window: Window) -> dict[date, DayFare]:
    return {
        day: DayFare(Money(window.price(path), path[0].currency), (path,))
        for day, path in window.cheapest().items()
    }


def lowest_return_fares(
    travel: Travel, trips: Collection[tuple[date, date]], network: Directory
) -> dict[tuple[date, date], DayFare]:
    """Return the lowest price of each pair of a day out and a day back that has any.

    A pair for which nothing is sold in the travel's currency has the price in another one.
    """
    if not trips:
        return {}
    fares, others = _trip_fares(travel, trips, network)
    for other in others:
        without = [trip for trip in trips if trip not in fares]
        if without:
            more, _ = _trip_fares(replace(travel, currency=other), without, network)
            fares = more | fares
    return dict(sorted(fares.items()))


def _trip_fares(
    travel: Travel, trips: Collection[tuple[date, date]], network: Directory
) -> tuple[dict[tuple[date, date], DayFare], list[str]]:
    """Return the lowest prices in one currency, and the others that flights there or back cost."""
    found = {}
    out = _window(travel, [there for there, _ in trips], network)
    outward = out.cheapest()
    if not outward:
        return {}, sorted(out.currencies - {out.currency})
    travel = replace(travel, currency=out.currency)
    back = _window(travel.back(), [home for _, home in trips], network)
    homeward = back.cheapest()
    sold_in = out.currencies | back.currencies
    for there, home in trips:
        if there in outward and home in homeward:
            found[there, home] = (outward[there], homeward[home])
    # Where the cheapest way back leaves before the cheapest way out has arrived, others may fit.
    missed = [trip for trip, ways in found.items() if not joins(*ways, network)]
    if missed:
        out = _window(travel, [there for there, _ in missed], network)
        back = _window(travel.back(), [home for _, home in missed], network)
        outs, backs = out.every(), back.every()
        sold_in |= out.currencies | back.currencies
        for trip in missed:
            pair = _cheapest_pair(outs[trip[0]], backs[trip[1]], out.price, network)
            found.pop(trip)
            if pair:
                found[trip] = pair
    fares = {
        trip: DayFare(Money(sum(map(out.price, ways)), ways[0][0].currency), ways)
        for trip, ways in found.items()
    }
    return fares, sorted(sold_in - {out.currency})


@dataclass(frozen=True)
class DayPrices:
    """The lowest prices of days around a search, by the day out and by the day back."""

    outs: dict[date, Money]
    backs: dict[date, Money]


def lowest_around(
    criteria: Criteria,
    outs: Mapping[date, date | None],
    backs: Collection[date],
    network: Directory,
) -> DayPrices:
    """Return the lowest price of a search on other days out, and on other days back.

    Each day out comes with its day back; of the days back, the departure stays as it is searched.
    """
    travel, depart = travel_of(criteria), criteria.depart
    if criteria.return_on is None:
        found = lowest_fares(travel, min(outs), max(outs), network) if outs else {}
        return DayPrices({day: fare.total for day, fare in found.items()}, {})
    both = {(there, home) for there, home in outs.items() if home}
    fares = lowest_return_fares(travel, sorted(both | {(depart, day) for day in backs}), network)
    return DayPrices(
        {there: fare.total for (there, home), fare in fares.items() if outs.get(there) == home},
        {home: fare.total for (there, home), fare in fares.items() if there == depart},
    )


def joins(there: Path, home: Path, network: Directory) -> bool:
    """Tell whether one journey can follow another, as one connecting flight follows another."""
    last, first = there[-1], home[0]
    least = network.minimum_connection(
        last.origin_iata, last.destination_iata, first.origin_iata, first.destination_iata
    )
    is_in_time = first.departs - last.lands >= least.total_seconds()
    return last.currency == first.currency and is_in_time


def _window(travel: Travel, days: Collection[date], network: Directory) -> Window:
    return Window(travel, min(days), max(days), network)


def _cheapest_pair(
    outs: Iterable[Path], backs: Iterable[Path], price: Callable[[Path], int], network: Directory
) -> tuple[Path, Path] | None:
    lowest, found = inf, None
    # A dearer way out is worth a look only where it arrives earlier, a dearer way back only where
    # it leaves later, than a cheaper one between the same airports.
    outs = _frontier(outs, price, lambda path: (path[-1], path[-1].lands))
    backs = _frontier(backs, price, lambda path: (path[0], -path[0].departs))
    for there in outs:
        for home in backs:
            if price(there) + price(home) >= lowest:
                break
            if joins(there, home, network):
                lowest, found = price(there) + price(home), (there, home)
                break
    return found


def _frontier(
    paths: Iterable[Path],
    price: Callable[[Path], int],
    end_of: Callable[[Path], tuple[SellableFlight, float]],
) -> list[Path]:
    best: dict[tuple[str, str, str], float] = {}
    kept = []
    for path in sorted(paths, key=price):
        flight, moment = end_of(path)
        ends = flight.origin_iata, flight.destination_iata, flight.currency
        if moment < best.get(ends, inf):
            best[ends] = moment
            kept.append(path)
    return kept
