"""The fare calendar of a month, the grid of days around a trip, the graph of sixty days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request

from webapp.htmx import render
from webapp.network.queries import directory
from webapp.search.addresses import Address
from webapp.search.criteria import days_on_sale
from webapp.search.fares.addresses import month_address, search_address, ways_to_compare
from webapp.search.fares.criteria import Days, read_graph, read_grid, read_month
from webapp.search.fares.drawing import BAR, HEIGHT, graph_of
from webapp.search.fares.forms import CalendarForm, GraphForm, GridForm
from webapp.search.fares.queries import (
    PricedDay,
    PricedDays,
    PricedGrid,
    priced_days,
    priced_grid,
)
from webapp.search.forms import TravelForm
from webapp.search.travel import Travel

blueprint = Blueprint("fares", __name__, url_prefix="/fares")


@blueprint.get("/calendar")
def calendar() -> Response:
    """Show the lowest fare of each day of a month."""
    network = directory()
    form = CalendarForm(request.args)
    days = read_month(form, network)
    if days is None:
        return _refuse("search/fares/calendar.html", form)
    found = priced_days(days, network)
    if _wants_json():
        return _as_json(days, found)
    first, last = days_on_sale(network.zone_of(days.travel.origin))
    before, after = days.first - timedelta(days=1), days.last + timedelta(days=1)
    return _show(
        "calendar",
        form,
        travel := _settled(days.travel, found),
        depart := max(days.first, first),
        _back(depart, days),
        nights=days.nights,
        found=found,
        month=days.first,
        weeks=_weeks(found.days),
        links=_links(days.travel, found.days),
        elsewhere=_elsewhere(form, found),
        before=(before, month_address(travel, before, days.nights)) if before >= first else None,
        after=(after, month_address(travel, after, days.nights)) if after <= last else None,
    )


@blueprint.get("/grid")
def grid() -> Response:
    """Show the lowest fares of the days around a trip out and back."""
    network = directory()
    form = GridForm(request.args)
    days = read_grid(form, network)
    if days is None:
        return _refuse("search/fares/grid.html", form)
    found = priced_grid(days, network)
    return _show(
        "grid",
        form,
        _settled(days.travel, found),
        days.depart,
        days.return_on,
        days=days,
        found=found,
        links=_links(days.travel, list(found.trips.values())),
        elsewhere=_elsewhere(form, found),
    )


@blueprint.get("/graph")
def graph() -> Response:
    """Show the lowest fares of sixty days in a row."""
    network = directory()
    form = GraphForm(request.args)
    days = read_graph(form, network)
    if days is None:
        return _refuse("search/fares/graph.html", form)
    found = priced_days(days, network)
    return _show(
        "graph",
        form,
        _settled(days.travel, found),
        days.first,
        _back(days.first, days),
        nights=days.nights,
        found=found,
        graph=graph_of(found),
        bar=BAR,
        height=HEIGHT,
        links=_links(days.travel, found.days),
        elsewhere=_elsewhere(form, found),
    )


def _show(
    view: str,
    form: TravelForm,
    travel: Travel,
    depart: date,
    return_on: date | None,
    **context: Any,
) -> Response:
    """Render a page with links to the other ways of looking at the same trip."""
    response = render(
        f"search/fares/{view}.html",
        form=form,
        travel=travel,
        asked=form.currency.data,
        currencies=directory().currencies,
        views=ways_to_compare(travel, depart, return_on),
        here=view,
        **context,
    )
    response.vary.add("Accept")
    return response


def _refuse(page: str, form: TravelForm) -> Response:
    # Who asks for nothing yet gets the form; who asks for what cannot be gets words beside it.
    status = 422 if request.args else 200
    if _wants_json():
        answer = jsonify(errors=form.errors)
        answer.status_code = 422
        return answer
    if not request.args:
        form = type(form)()
    response = render(
        page,
        status=status,
        form=form,
        travel=None,
        here=_address_of(form),
        currencies=directory().currencies,
    )
    response.vary.add("Accept")
    return response


def _wants_json() -> bool:
    types = ["text/html", "application/json"]
    return request.accept_mimetypes.best_match(types) == "application/json"


def _as_json(days: Days, found: PricedDays) -> Response:
    links = _links(days.travel, found.days)
    answer = jsonify(
        origin=days.travel.origin.code,
        destination=days.travel.destination.code,
        days=[
            {
                "depart": day.on.isoformat(),
                "return": day.return_on.isoformat() if day.return_on else None,
                "price": day.fare.total.minor,
                "currency": day.fare.total.currency,
                "stops": day.fare.stops,
                "href": links[day.on, day.return_on],
            }
            for day in found.days
            if day.fare
        ],
    )
    answer.vary.add("Accept")
    return answer


def _links(travel: Travel, days: Sequence[PricedDay]) -> dict[tuple[date, date | None], str]:
    """Return the address of each day's search, in the currency of its price where that matters."""
    is_told = travel.currency is not None or len(directory().currencies) > 1
    return {
        (day.on, day.return_on): search_address(
            replace(travel, currency=day.fare.total.currency) if day.fare and is_told else travel,
            day.on,
            day.return_on,
        )
        for day in days
    }


def _settled(travel: Travel, found: PricedDays | PricedGrid) -> Travel:
    """Return a travel in the currency of a page's prices, so that other days keep to it."""
    if travel.currency or len(directory().currencies) == 1:
        return travel
    return replace(travel, currency=found.currency)


def _elsewhere(form: TravelForm, found: PricedDays | PricedGrid) -> dict[str, str]:
    """Return the address of the same page in each other currency that it has prices in."""
    address = _address_of(form)
    return {each: address.but(currency=each) for each in found.elsewhere}


def _address_of(form: TravelForm) -> Address:
    names = {field.name for field in form}
    return Address(request.path, [each for each in request.args.items() if each[0] in names])


def _back(depart: date, days: Days) -> date | None:
    return None if days.nights is None else depart + timedelta(days=days.nights)


def _weeks(days: Sequence[PricedDay]) -> list[list[PricedDay | None]]:
    """Return rows of seven days from Monday, with None before the first and after the last."""
    cells: list[PricedDay | None] = [None] * days[0].on.weekday()
    cells += days
    cells += [None] * (-len(cells) % 7)
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]
