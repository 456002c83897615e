"""What there is instead, where a search finds nothing: the nearest day with seats, other cabins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from webapp.flights.queries import scheduled_to
from webapp.network.models import Cabin
from webapp.network.queries import Directory, Place
from webapp.search.criteria import Criteria, days_on_sale, earliest_back
from webapp.search.lowest_fares import DayFare, lowest_fares, lowest_return_fares
from webapp.search.matches import Matches
from webapp.search.travel import Travel, travel_of

# Half of a month, either way.
DAYS_AROUND = 15


@dataclass(frozen=True)
class NearestDays:
    """The nearest days with seats: of a return, either way keeps its day, or both move together.

    `currency` is what seats cost on them, where there are several.
    """

    depart: date
    return_on: date | None
    currency: str | None


@dataclass(frozen=True)
class Instead:
    """What there is instead of a search that finds nothing.

    `nearest` are the nearest days with seats among those around. `cabins` are the others that have
    something on the days that were asked for, and how much. `scheduled_to` is the last day with
    flights so far, where the search is for a later one.
    """

    nearest: NearestDays | None
    cabins: dict[Cabin, int]
    scheduled_to: date | None


def instead_of(criteria: Criteria, currency: str | None, network: Directory) -> Instead:
    """Return what there is instead of a search that finds nothing, in a currency or in any."""
    last = scheduled_to()
    return Instead(
        _nearest_days(criteria, currency, network),
        _other_cabins(criteria, network),
        last if last and last < (criteria.return_on or criteria.depart) else None,
    )


def _nearest_days(
    criteria: Criteria, currency: str | None, network: Directory
) -> NearestDays | None:
    travel = replace(travel_of(criteria), currency=currency)
    every = _fares_around(criteria, travel, network)
    alike = {days: fare for days, fare in every.items() if fare.total.currency == currency}
    fares = alike or every
    wished = criteria.depart, criteria.return_on or criteria.depart
    nearest = min(fares, key=lambda days: (_distance(days, wished), days), default=None)
    if nearest is None:
        return None
    depart, back = nearest
    is_told = currency is not None or len(network.currencies) > 1
    sold_in = fares[nearest].total.currency if is_told else None
    return NearestDays(depart, back if criteria.return_on else None, sold_in)


def _distance(days: tuple[date, date], others: tuple[date, date]) -> timedelta:
    return abs(days[0] - others[0]) + abs(days[1] - others[1])


def _fares_around(
    criteria: Criteria, travel: Travel, network: Directory
) -> dict[tuple[date, date], DayFare]:
    """Return the lowest fares of the days around, one way as if there and back on the same day."""
    depart, home = criteria.depart, criteria.return_on
    outs = _days_around(depart, travel.origin, network)
    if home is None:
        found = lowest_fares(travel, outs[0], outs[-1], network) if outs else {}
        return {(day, day): fare for day, fare in found.items()}
    backs = _days_around(home, travel.destination, network)
    trips = {
        *((day, home) for day in outs),
        *((depart, day) for day in backs),
        *((day, home + (day - depart)) for day in outs),
    }
    ends = travel.origin, travel.destination
    # Others would be joined in vain.
    possible = [
        (out, back)
        for out, back in trips
        if back in backs and earliest_back(out, *ends, network) <= back
    ]
    return lowest_return_fares(travel, possible, network)


def _days_around(day: date, place: Place, network: Directory) -> list[date]:
    """Return the days around one on which flights from a place can be booked."""
    first, last = days_on_sale(network.zone_of(place))
    shifts = range(-DAYS_AROUND, DAYS_AROUND + 1)
    around = (day + timedelta(days=shift) for shift in shifts)
    return [each for each in around if first <= each <= last]


def _other_cabins(criteria: Criteria, network: Directory) -> dict[Cabin, int]:
    counts = {}
    for cabin in Cabin:
        if cabin != criteria.cabin:
            matches = Matches(replace(criteria, cabin=cabin), network)
            counts[cabin] = matches.listed.count(criteria.filters)
    return {cabin: count for cabin, count in counts.items() if count}
