"""Reads: the lowest fare of each day of a month or of sixty days, and of each pair of days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.flights.queries import scheduled_to
from webapp.money import Money
from webapp.network.queries import Directory
from webapp.search.criteria import days_on_sale, earliest_back
from webapp.search.fares.criteria import Days, Grid
from webapp.search.lowest_fares import DayFare, lowest_fares, lowest_return_fares


@dataclass(frozen=True)
class PricedDay:
    """A day on which one leaves, and its lowest price; the day back where there is one.

    `level` is low for the cheapest quarter of the days that are compared, high for the dearest.
    `is_on_sale` tells whether the day can be searched at all, `is_planned` whether schedules have
    made their flights so far.
    """

    on: date
    return_on: date | None
    fare: DayFare | None
    level: str
    is_lowest: bool
    is_on_sale: bool
    is_planned: bool


@dataclass(frozen=True)
class PricedDays:
    """Days with their lowest prices, the first of the cheapest, and what is typical among them.

    The middle half of the prices lies from `low` to `high`, in one `currency`; `elsewhere` counts
    the days that have a price in each other one alone. `planned_to` is the last day with flights
    so far, where one of the days lies after it.
    """

    days: list[PricedDay]
    lowest: PricedDay | None
    low: Money | None
    high: Money | None
    currency: str | None
    elsewhere: dict[str, int]
    planned_to: date | None

    @property
    def as_low(self) -> int:
        """How many other days cost no more than the lowest."""
        return sum(day.is_lowest for day in self.days) - 1


@dataclass(frozen=True)
class PricedGrid:
    """Trips, by the day out and the day back, with their lowest prices in one `currency`.

    `elsewhere` counts those that have a price in each other one alone.
    """

    trips: dict[tuple[date, date], PricedDay]
    currency: str | None
    elsewhere: dict[str, int]


def priced_days(days: Days, network: Directory) -> PricedDays:
    """Return every day that is asked about, each with its lowest price."""
    every = [
        days.first + timedelta(days=shift) for shift in range((days.last - days.first).days + 1)
    ]
    first, last = days_on_sale(network.zone_of(days.travel.origin))
    _, last_back = days_on_sale(network.zone_of(days.travel.destination))
    stay = timedelta(days=days.nights or 0)
    if days.nights is None:
        found = lowest_fares(days.travel, days.first, min(days.last, last), network)
    else:
        trips = [(day, day + stay) for day in every if first <= day and day + stay <= last_back]
        pairs = lowest_return_fares(days.travel, trips, network)
        found = {there: fare for (there, _), fare in pairs.items()}
    levels = _Levels([fare.total for fare in found.values()], days.travel.currency)
    planned_to = _planned_to([day + stay for day in found])
    priced = [
        PricedDay(
            day,
            None if days.nights is None else day + timedelta(days=days.nights),
            fare := found.get(day),
            levels.of(fare),
            levels.is_lowest(fare),
            first <= day <= last,
            fare is not None or day + stay <= planned_to,
        )
        for day in every
    ]
    lowest = next((day for day in priced if day.is_lowest), None)
    ends_early = any(day.is_on_sale and not day.is_planned for day in priced)
    return PricedDays(
        *(priced, lowest, levels.low, levels.high, levels.currency, levels.elsewhere),
        planned_to=planned_to if ends_early else None,
    )


def priced_grid(grid: Grid, network: Directory) -> PricedGrid:
    """Return each pair of a day out and a day back that can follow it, with its lowest price."""
    ends = grid.travel.origin, grid.travel.destination
    first_back = {there: earliest_back(there, *ends, network) for there in grid.outs}
    trips = [
        (there, home) for there in grid.outs for home in grid.backs if first_back[there] <= home
    ]
    found = lowest_return_fares(grid.travel, trips, network)
    levels = _Levels([fare.total for fare in found.values()], grid.travel.currency)
    planned_to = _planned_to(home for _, home in found)
    priced = {
        (there, home): PricedDay(
            there,
            home,
            fare := found.get((there, home)),
            levels.of(fare),
            levels.is_lowest(fare),
            is_on_sale=True,
            is_planned=fare is not None or home <= planned_to,
        )
        for there, home in trips
    }
    return PricedGrid(priced, levels.currency, levels.elsewhere)


def _planned_to(priced: Iterable[date]) -> date:
    """Return the last day with flights so far: schedules', or others that have a price."""
    return max([scheduled_to() or date.max, *priced])


class _Levels:
    """Which of some prices are low, typical and high among themselves: by quarters.

    Nothing converts, so those in one currency alone are compared: the one that is wished for, or
    that of most days where it is on none.
    """

    def __init__(self, totals: list[Money], wished: str | None) -> None:
        often = Counter(total.currency for total in totals)
        order = {each: (each != wished, -often[each], each) for each in often}
        self.currency = min(order, key=order.__getitem__, default=None)
        self.elsewhere = {each: often[each] for each in often if each != self.currency}
        ordered = sorted(total for total in totals if total.currency == self.currency)
        quarter = len(ordered) // 4
        self._lowest = ordered[0] if ordered else None
        self.low = ordered[quarter] if ordered else None
        self.high = ordered[-1 - quarter] if ordered else None

    def of(self, fare: DayFare | None) -> str:
        if fare is None or fare.total.currency != self.currency or self.low == self.high:
            return "typical"
        if self.low is not None and fare.total <= self.low:
            return "low"
        return "high" if self.high is not None and fare.total >= self.high else "typical"

    def is_lowest(self, fare: DayFare | None) -> bool:
        return fare is not None and fare.total == self._lowest
