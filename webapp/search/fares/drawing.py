"""Drawing: where the bars of a price graph stand, in the units of its picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from webapp.money import Money
from webapp.search.fares.queries import PricedDay, PricedDays

BAR, GAP, HEIGHT = 9, 3, 170


@dataclass(frozen=True)
class Bar:
    """A day's bar from the ground up; a day without a price has none."""

    day: PricedDay
    x: int
    y: int
    height: int


@dataclass(frozen=True)
class Graph:
    """Bars in proportion to their prices, which begin at nothing, and where each month begins."""

    bars: list[Bar]
    months: list[tuple[int, date]]
    width: int
    highest: Money


def graph_of(found: PricedDays) -> Graph | None:
    """Return the graph of some days; None where not one of them has a price.

    Bars of two currencies have no common measure: those of the other one are left out.
    """
    days = [
        replace(day, fare=None) if day.fare and day.fare.total.currency != found.currency else day
        for day in found.days
    ]
    totals = [day.fare.total for day in days if day.fare]
    if not totals:
        return None
    highest = max(totals)
    step = BAR + GAP
    bars = []
    for position, day in enumerate(days):
        if day.fare:
            height = max(2, HEIGHT * day.fare.total.minor // highest.minor)
            bars.append(Bar(day, position * step, HEIGHT - height, height))
    months = [
        (position * step, day.on)
        for position, day in enumerate(days)
        if position == 0 or day.on.day == 1
    ]
    return Graph(bars, months, len(days) * step, highest)
