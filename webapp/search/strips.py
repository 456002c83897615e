"""Strips: the days around a search, each with its address and, once it is asked for, its price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.money import Money
from webapp.network.queries import Directory
from webapp.search.addresses import Address
from webapp.search.criteria import DAYS_AROUND, Criteria, days_on_sale, earliest_back
from webapp.search.lowest_fares import DayPrices, lowest_around

# A day, and what is changed in the address of a search for it; None where nothing is on sale.
_Day = tuple[date, dict[str, date] | None]


@dataclass(frozen=True)
class StripDay:
    """A day beside a search; one on which nothing can be booked has no address.

    Where nothing is sold in the currency of the search, the price is one of `is_elsewhere`, and the
    address leads to the prices in that.
    """

    on: date
    href: str | None
    price: Money | None
    is_elsewhere: bool


def strips(
    criteria: Criteria, address: Address, network: Directory, *, are_priced: bool = False
) -> tuple[list[StripDay], list[StripDay]]:
    """Return the days around the departure, and those around the way back, if there is one."""
    outs, backs = _outs(criteria, network), _backs(criteria, network)
    prices = DayPrices({}, {})
    if are_priced:
        home = criteria.return_on
        trips = {day: changes.get("return", home) for day, changes in outs if changes}
        prices = lowest_around(criteria, trips, [day for day, changes in backs if changes], network)
    is_told = criteria.currency is not None or len(network.currencies) > 1

    def strip(days: Iterable[_Day], priced: Mapping[date, Money]) -> list[StripDay]:
        found = []
        for day, changes in days:
            price = priced.get(day)
            currency = price.currency if price and is_told else criteria.currency
            found.append(
                StripDay(
                    day,
                    address.but(**changes, currency=currency, page=None) if changes else None,
                    price,
                    currency != criteria.currency,
                )
            )
        return found

    return strip(outs, prices.outs), strip(backs, prices.backs)


def _outs(criteria: Criteria, network: Directory) -> list[_Day]:
    """Return the days around the departure; a way back moves along."""
    first, last = days_on_sale(network.zone_of(criteria.origin))
    _, last_back = days_on_sale(network.zone_of(criteria.destination))
    back = criteria.return_on
    days: list[_Day] = []
    for shift in DAYS_AROUND:
        day = criteria.depart + timedelta(days=shift)
        # A departure after the way back takes it along, by as many days: the stay is as long.
        is_late = back and back < earliest_back(day, criteria.origin, criteria.destination, network)
        later = {"return": min(back + timedelta(days=shift), last_back)} if back and is_late else {}
        days.append((day, {"depart": day, **later} if first <= day <= last else None))
    return days


def _backs(criteria: Criteria, network: Directory) -> list[_Day]:
    """Return the days around the way back; none before the departure."""
    if criteria.return_on is None:
        return []
    _, last = days_on_sale(network.zone_of(criteria.destination))
    first = earliest_back(criteria.depart, criteria.origin, criteria.destination, network)
    days = [criteria.return_on + timedelta(days=shift) for shift in DAYS_AROUND]
    return [(day, {"return": day} if first <= day <= last else None) for day in days]
