"""The start page, the results of a search, suggestions of places."""

from __future__ import annotations

from datetime import date, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, g, jsonify, request, url_for

from webapp import clock
from webapp.flights.families import FAMILIES
from webapp.htmx import render, wants_fragment
from webapp.network.queries import Directory, directory
from webapp.search.criteria import Criteria, days_on_sale, read_criteria
from webapp.search.filters import Choice, Facet
from webapp.search.forms import FILTERS, SORTS, SearchForm
from webapp.search.queries import FEW_SEATS, routes_to_try, search_flights

blueprint = Blueprint("search", __name__)

_TRY_DAYS_AHEAD = timedelta(days=14)
_FIRST_ZONE, _LAST_ZONE = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))


@blueprint.get("/")
def home() -> Response:
    """Show the search form and a few searches that have results."""
    network = directory()
    day = clock.now().date() + _TRY_DAYS_AHEAD
    routes = [
        {
            "origin": network.place(origin),
            "destination": network.place(destination),
            "href": url_for(
                "search.flights", origin=origin, destination=destination, depart=day.isoformat()
            ),
        }
        for origin, destination in routes_to_try(day, network)
    ]
    # A search that is to be changed comes with its parameters.
    form = SearchForm(request.args, data={"depart": day})
    return render("search/home.html", form=form, routes=routes, day=day, **_form_facts(form))


@blueprint.get("/flights")
def flights() -> Response:
    """Show the flights that answer a search."""
    network = directory()
    form = SearchForm(request.args)
    criteria = read_criteria(form, network)
    if criteria is None:
        return render(
            "search/flights.html",
            "search/_results.html",
            status=422,
            form=form,
            criteria=None,
            **_form_facts(form),
        )
    found = search_flights(criteria, network)
    return render(
        "search/flights.html",
        "search/_results.html",
        form=form,
        criteria=criteria,
        found=found,
        few=FEW_SEATS,
        families=FAMILIES,
        facets=_facet_links(found.facets),
        chips=_chips(form),
        sorts={sort: (label, _address(sort=sort, page=None)) for sort, label in SORTS.items()},
        days=_other_days(criteria, network),
        next_page=_address(page=found.page + 1) if found.page < found.pages else None,
        previous_page=_address(page=found.page - 1) if found.page > 1 else None,
        change=f"{url_for('search.home')}?{request.query_string.decode('ascii', 'replace')}",
    )


@blueprint.get("/airports")
def airports() -> Response:
    """Suggest places for a half-typed text, as options for htmx and as JSON for programs."""
    found = directory().suggestions(request.args.get("q", "")[:80])
    if wants_fragment():
        return render("search/_suggestions.html", places=found)
    answer = jsonify(
        [
            {
                "code": place.code,
                "name": place.label,
                "detail": place.detail,
                "airports": place.airports,
            }
            for place in found
        ]
    )
    answer.vary.add("HX-Request")
    return answer


def _address(**changes: Any) -> str:
    """Return this search's address with some parameters changed; None takes one away."""
    if "encoded_parameters" not in g:
        # Encoded once a request: a page of results links to some twenty variants of itself.
        g.encoded_parameters = {name: urlencode([(name, v)]) for name, v in request.args.items()}
    kept = [pair for name, pair in g.encoded_parameters.items() if name not in changes]
    changed = {name: value for name, value in changes.items() if value is not None}
    return f"{request.path}?{'&'.join([*kept, urlencode(changed)]).rstrip('&')}"


def _facet_links(facets: list[Facet]) -> list[tuple[Facet, list[tuple[Choice, str]]]]:
    """Return each choice with the address that makes it, or takes it back."""
    return [
        (
            facet,
            [
                (
                    choice,
                    _address(
                        **{facet.name: None if choice.is_chosen else choice.value, "page": None}
                    ),
                )
                for choice in facet.choices
            ],
        )
        for facet in facets
    ]


def _chips(form: SearchForm) -> list[tuple[str, str, str]]:
    """Return label, value and address without it of each filter that narrows the results."""
    return [
        (str(form[name].label.text), request.args[name], _address(**{name: None, "page": None}))
        for name in FILTERS
        if request.args.get(name)
    ]


def _other_days(criteria: Criteria, network: Directory) -> list[tuple[date, str | None]]:
    first, last = days_on_sale(network.airports[criteria.origin.airports[0]].zone)
    days = [criteria.depart + timedelta(days=shift) for shift in range(-3, 4)]
    return [
        (day, _address(depart=day.isoformat(), page=None) if first <= day <= last else None)
        for day in days
    ]


def _form_facts(form: SearchForm) -> dict[str, Any]:
    # The form does not know yet where the traveller leaves from, so it allows every day that is
    # on sale anywhere on earth; the search itself knows.
    return {
        "first_day": days_on_sale(_LAST_ZONE)[0].isoformat(),
        "last_day": days_on_sale(_FIRST_ZONE)[1].isoformat(),
        "filters": FILTERS,
        "has_wishes": any(form[name].data or form[name].errors for name in FILTERS),
    }
