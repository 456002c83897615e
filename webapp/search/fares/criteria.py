"""From a question about fares as it was typed to the days that are compared, or to words."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, timedelta, tzinfo
from typing import TYPE_CHECKING

from webapp import clock
from webapp.network.models import Cabin
from webapp.network.queries import Directory
from webapp.search.criteria import (
    DAYS_AHEAD,
    DAYS_AROUND,
    check_currency,
    check_day,
    check_party,
    days_on_sale,
    earliest_back,
    party_of,
    read_ends,
)
from webapp.search.fields import refuse
from webapp.search.travel import Travel

if TYPE_CHECKING:
    from webapp.search.fares.forms import CalendarForm, GraphForm, GridForm
    from webapp.search.forms import TravelForm

GRAPH_DAYS = 60
USUAL_STAY = timedelta(days=7)


@dataclass(frozen=True)
class Days:
    """The days that are asked about, in order; `nights` is None for one way."""

    travel: Travel
    first: date
    last: date
    nights: int | None


@dataclass(frozen=True)
class Grid:
    """The days out and the days back around a trip."""

    travel: Travel
    depart: date
    return_on: date
    outs: list[date]
    backs: list[date]


def read_month(form: CalendarForm, network: Directory) -> Days | None:
    """Return the month that is asked for; None, with the errors in its fields, if it cannot be."""
    form.validate()
    travel = _read_travel(form, network)
    today, last_on_sale = days_on_sale(_zone(travel, network))
    if not form.month.raw_data:
        form.month.data = today.replace(day=1)  # Who asks for none means this one.
    first = form.month.data
    if not form.month.errors:
        if first is None:
            refuse(form.month, "Choose a month.")
        elif first < today.replace(day=1):
            refuse(form.month, "That month is over. Choose this one or a later one.")
        elif first > last_on_sale:
            refuse(
                form.month, f"Flights are on sale {DAYS_AHEAD} days ahead. Choose an earlier month."
            )
    if form.errors or travel is None or first is None:
        return None
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return Days(travel, first, last, form.nights.data)


def read_graph(form: GraphForm, network: Directory) -> Days | None:
    """Return the sixty days that are asked for; None, with the errors in the form's fields."""
    form.validate()
    travel = _read_travel(form, network)
    zone = _zone(travel, network)
    if form.depart.data is None and not form.depart.errors:
        form.depart.data = days_on_sale(zone)[0]  # Who asks for none means those from today on.
    if form.depart.data and not form.depart.errors:
        check_day(form.depart, zone)
    if form.errors or travel is None or form.depart.data is None:
        return None
    # Towards the end of what is on sale the sixty days are the last ones.
    today, last_on_sale = days_on_sale(zone)
    first = max(today, min(form.depart.data, last_on_sale - timedelta(days=GRAPH_DAYS - 1)))
    return Days(travel, first, first + timedelta(days=GRAPH_DAYS - 1), form.nights.data)


def read_grid(form: GridForm, network: Directory) -> Grid | None:
    """Return the days around a trip; None, with the errors in the form's fields."""
    form.validate()
    travel = _read_travel(form, network)
    _fill_usual_days(form)
    depart, return_on = form.depart.data, form.return_on.data
    zones = _zone(travel, network), _zone_back(travel, network)
    for field, zone in zip((form.depart, form.return_on), zones, strict=True):
        if field.data and not field.errors:
            check_day(field, zone)
    if (
        travel
        and depart
        and return_on
        and not (form.depart.errors or form.return_on.errors)
        and return_on < earliest_back(depart, travel.origin, travel.destination, network)
    ):
        refuse(form.return_on, "This day is before the departure. Choose that day or a later one.")
    if depart is None and not form.depart.errors:
        refuse(form.depart, "Choose the day you leave.")
    if form.errors or travel is None or depart is None or return_on is None:
        return None
    outs, backs = (
        _days_around(day, *days_on_sale(zone))
        for day, zone in zip((depart, return_on), zones, strict=True)
    )
    return Grid(travel, depart, return_on, outs, backs)


def _fill_usual_days(form: GridForm) -> None:
    """Take a week in a fortnight where nobody says when."""
    depart, back = form.depart, form.return_on
    if depart.data is None and back.data is None and not (depart.errors or back.errors):
        depart.data = clock.now().date() + timedelta(days=14)
    if depart.data and back.data is None and not back.errors:
        # The calendar has an end, and any day may be typed.
        back.data = depart.data + min(USUAL_STAY, date.max - depart.data)


def _days_around(middle: date, first: date, last: date) -> list[date]:
    days = (middle + timedelta(days=shift) for shift in DAYS_AROUND)
    return [day for day in days if first <= day <= last]


def _read_travel(form: TravelForm, network: Directory) -> Travel | None:
    origin, destination = read_ends(form, network)
    check_party(form)
    check_currency(form)
    if form.errors or origin is None or destination is None:
        return None
    cabin, currency = Cabin(form.cabin.data), form.currency.data or None
    return Travel(origin, destination, party_of(form), cabin, currency)


def _zone(travel: Travel | None, network: Directory) -> tzinfo:
    return network.zone_of(travel.origin) if travel else UTC


def _zone_back(travel: Travel | None, network: Directory) -> tzinfo:
    return _zone(travel.back() if travel else None, network)
