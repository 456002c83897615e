"""The start page, the results of a search, suggestions of places."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for

from webapp import clock
from webapp.flights.families import FAMILIES
from webapp.htmx import render, wants_fragment
from webapp.network.queries import directory
from webapp.search.addresses import (
    Address,
    chips,
    facet_links,
    other_days,
    other_return_days,
    removal,
)
from webapp.search.answers import answer
from webapp.search.criteria import days_on_sale, read_criteria
from webapp.search.filters import FILTERS
from webapp.search.forms import GROUPS, SearchForm
from webapp.search.orders import SORTS
from webapp.search.queries import routes_to_try

blueprint = Blueprint("search", __name__)

FEW_SEATS = 5
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
    address = Address(request.path, request.args.items())
    found = answer(criteria, network)
    return render(
        "search/flights.html",
        "search/_results.html",
        form=form,
        criteria=criteria,
        found=found,
        few=FEW_SEATS,
        families=FAMILIES,
        facets=facet_links(found.facets, address),
        chips=chips(form, criteria, address, network),
        sorts={sort: (label, address.but(sort=sort, page=None)) for sort, label in SORTS.items()},
        groups={
            name: (label, address.but(group=name or None, page=None))
            for name, label in GROUPS.items()
        },
        days=other_days(criteria, address, network),
        return_days=other_return_days(criteria, address, network),
        fewer=removal(found, criteria, form, address, network),
        unfiltered=address.but(**dict.fromkeys((*FILTERS, "page"))),
        next_page=address.but(page=found.page + 1) if found.page < found.pages else None,
        previous_page=address.but(page=found.page - 1) if found.page > 1 else None,
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


def _form_facts(form: SearchForm) -> dict[str, Any]:
    # The form does not know yet where the traveller leaves from, so it allows every day that is
    # on sale anywhere on earth; the search itself knows.
    return {
        "first_day": days_on_sale(_LAST_ZONE)[0].isoformat(),
        "last_day": days_on_sale(_FIRST_ZONE)[1].isoformat(),
        "filters": FILTERS,
        "has_wishes": any(form[name].data or form[name].errors for name in FILTERS),
    }
