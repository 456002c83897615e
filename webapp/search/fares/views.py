"""The fare calendar of a month, the grid of days around a trip, the graph of sixty days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for

from webapp.htmx import render
from webapp.network.queries import directory
from webapp.search.criteria import days_on_sale
from webapp.search.fares.criteria import Days, read_graph, read_grid, read_month
from webapp.search.fares.drawing import BAR, HEIGHT, graph_of
from webapp.search.fares.forms import CalendarForm, GraphForm, GridForm
from webapp.search.fares.queries import PricedDay, PricedDays, priced_days, priced_grid
from webapp.search.forms import TravelForm
from webapp.search.lowest_fares import Travel

blueprint = Blueprint("fares", __name__, url_prefix="/fares")

_USUAL_STAY = timedelta(days=7)


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
    first, last = days_on_sale(network.airports[days.travel.origin.airports[0]].zone)
    before, after = days.first - timedelta(days=1), days.last + timedelta(days=1)
    return _show(
        "search/fares/calendar.html",
        form,
        days.travel,
        max(days.first, first),
        days.nights,
        found=found,
        month=days.first,
        weeks=_weeks(found.days),
        links=_links(days.travel, found.days),
        before=_month(before) if before >= first else None,
        after=_month(after) if after <= last else None,
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
        "search/fares/grid.html",
        form,
        days.travel,
        days.depart,
        (days.return_on - days.depart).days,
        days=days,
        found=found,
        links=_links(days.travel, list(found.values())),
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
        "search/fares/graph.html",
        form,
        days.travel,
        days.first,
        days.nights,
        found=found,
        graph=graph_of(found.days),
        bar=BAR,
        height=HEIGHT,
        links=_links(days.travel, found.days),
    )


def _show(
    page: str, form: TravelForm, travel: Travel, depart: date, nights: int | None, **context: Any
) -> Response:
    """Render a page with links to the other ways of looking at the same trip."""
    party = _parameters(travel)
    day = depart.isoformat()
    stay: dict[str, Any] = {} if nights is None else {"nights": nights}
    back = depart + (_USUAL_STAY if nights is None else timedelta(days=nights))
    both: dict[str, Any] = {"depart": day, "return": back.isoformat()}
    views = {
        "search/fares/calendar.html": (
            "Month",
            url_for("fares.calendar", **party, month=day[:7], **stay),
        ),
        "search/fares/graph.html": (
            "60 days",
            url_for("fares.graph", **party, depart=day, **stay),
        ),
        "search/fares/grid.html": (
            "Days around a return trip",
            url_for("fares.grid", **party, **both),
        ),
    }
    response = render(
        page, form=form, travel=travel, nights=nights, views=views, here=page, **context
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
    response = render(page, status=status, form=form, travel=None)
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
    """Return the address of each day's search."""
    party = _parameters(travel)
    return {
        (day.on, day.return_on): url_for(
            "search.flights", **party, depart=day.on, **_way_back(day.return_on)
        )
        for day in days
    }


def _way_back(on: date | None) -> dict[str, Any]:
    return {"return": on} if on else {}


def _parameters(travel: Travel) -> dict[str, Any]:
    """Return the parameters that every address about this travel has."""
    party = travel.party
    every = {
        "adults": (party.adults, 1),
        "children": (party.children, 0),
        "infants": (party.infants, 0),
        "cabin": (travel.cabin.value, "economy"),
    }
    changed = {name: value for name, (value, usual) in every.items() if value != usual}
    return {"origin": travel.origin.code, "destination": travel.destination.code, **changed}


def _month(day: date) -> tuple[date, str]:
    changed: dict[str, Any] = {**request.args.to_dict(), "month": f"{day:%Y-%m}"}
    return day, url_for("fares.calendar", **changed)


def _weeks(days: Sequence[PricedDay]) -> list[list[PricedDay | None]]:
    """Return rows of seven days from Monday, with None before the first and after the last."""
    cells: list[PricedDay | None] = [None] * days[0].on.weekday()
    cells += days
    cells += [None] * (-len(cells) % 7)
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]
