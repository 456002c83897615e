"""Prices: the travel that an alert follows, its lowest price, and when a move is worth a mail."""

from __future__ import annotations

from datetime import UTC, date

from webapp.alerts.models import PriceAlert, Rule
from webapp.flights.fares import Party
from webapp.money import Money, minor_per_unit
from webapp.network.models import Cabin
from webapp.network.queries import Directory
from webapp.search.criteria import days_on_sale
from webapp.search.lowest_fares import lowest_fares, lowest_return_fares
from webapp.search.travel import Travel


def travel_of(alert: PriceAlert, network: Directory) -> Travel | None:
    """Return who flies where, at prices that compare; None where a place is no longer flown to."""
    origin, destination = network.place(alert.origin), network.place(alert.destination)
    if origin is None or destination is None:
        return None
    party = Party(alert.adults, alert.children, alert.infants)
    return Travel(origin, destination, party, Cabin(alert.cabin), alert.currency)


def lowest_price(
    travel: Travel, depart: date, return_on: date | None, network: Directory
) -> Money | None:
    """Return the lowest price that a search finds at this moment, None where no seats are left.

    What is followed in one currency has no price in another one.
    """
    if return_on is None:
        fare = lowest_fares(travel, depart, depart, network).get(depart)
    else:
        trip = depart, return_on
        fare = lowest_return_fares(travel, [trip], network).get(trip)
    if fare is None or travel.currency not in (None, fare.total.currency):
        return None
    return fare.total


def has_come(alert: PriceAlert, network: Directory) -> bool:
    """Tell whether the day of the journey is over where it begins."""
    origin = network.place(alert.origin)
    zone = network.zone_of(origin) if origin else UTC
    return alert.depart < days_on_sale(zone)[0]


def is_worth_a_mail(alert: PriceAlert, base: int, now_minor: int) -> bool:
    """Tell whether a price is what the alert's rule waits for, measured from another one."""
    moved = abs(now_minor - base)
    if alert.rule == Rule.PERCENT:
        return moved * 100 >= alert.threshold * base
    limit = alert.threshold * minor_per_unit(alert.currency)
    if alert.rule == Rule.AMOUNT:
        return moved >= limit
    return now_minor <= limit < base


def next_base(alert: PriceAlert, now_minor: int) -> int:
    """Return what later moves are measured from, after a check that led to no mail.

    A limit is passed each time that the price comes down through it; other moves add up.
    """
    limit = alert.threshold * minor_per_unit(alert.currency)
    if alert.rule == Rule.BELOW and now_minor > limit:
        return now_minor
    return alert.base_minor
