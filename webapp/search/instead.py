"""What there is instead, where a search finds nothing: the nearest day with seats, other cabins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from webapp.flights.queries import scheduled_to
from webapp.network.models import Cabin
from webapp.network.queries import Directory
from webapp.search.answers import find
from webapp.search.criteria import Criteria, days_on_sale
from webapp.search.lowest_fares import lowest_fares, lowest_return_fares
from webapp.search.travel import travel_of

# Half of a month, either way.
DAYS_AROUND = 15


@dataclass(frozen=True)
class Instead:
    """What there is instead of a search that finds nothing.

    `nearest` is the nearest day out with seats, among those around, and the day back after the same
    stay; `cabins` are the others that have something on the days that were asked for, and how much.
    `scheduled_to` is the last day with flights so far, where the search is for a later one.
    """

    nearest: tuple[date, date | None] | None
    cabins: dict[Cabin, int]
    scheduled_to: date | None


def instead_of(criteria: Criteria, network: Directory) -> Instead:
    """Return what there is instead of a search that finds nothing."""
    last = scheduled_to()
    return Instead(
        _nearest_days(criteria, network),
        _other_cabins(criteria, network),
        last if last and last < criteria.depart else None,
    )


def _nearest_days(criteria: Criteria, network: Directory) -> tuple[date, date | None] | None:
    travel = replace(travel_of(criteria), currency=criteria.currency)
    first, last = days_on_sale(network.airports[travel.origin.airports[0]].zone)
    around = timedelta(days=DAYS_AROUND)
    first, last = max(first, criteria.depart - around), min(last, criteria.depart + around)
    found: list[tuple[date, date | None]]
    if criteria.return_on is None:
        found = [(day, None) for day in lowest_fares(travel, first, last, network)]
    else:
        stay = criteria.return_on - criteria.depart
        _, last_back = days_on_sale(network.airports[travel.destination.airports[0]].zone)
        days = [first + timedelta(days=shift) for shift in range((last - first).days + 1)]
        trips = [(day, day + stay) for day in days if day + stay <= last_back]
        found = list(lowest_return_fares(travel, trips, network))
    return min(found, key=lambda days: abs(days[0] - criteria.depart), default=None)


def _other_cabins(criteria: Criteria, network: Directory) -> dict[Cabin, int]:
    counts = {}
    for cabin in Cabin:
        if cabin != criteria.cabin:
            found, _ = find(replace(criteria, cabin=cabin), network)
            counts[cabin] = found.count(criteria.filters)
    return {cabin: count for cabin, count in counts.items() if count}
