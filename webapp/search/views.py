"""The start page, the results of a search, suggestions of places."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta, timezone
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, session, url_for
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup
from wtforms import Field

from webapp import clock, htmx
from webapp.db import transaction
from webapp.flights.families import FAMILIES
from webapp.flights.fares import Party
from webapp.flights.queries import noted_readings
from webapp.formats import form_key
from webapp.htmx import redirect, render, wants_fragment
from webapp.network.models import Cabin
from webapp.network.queries import Directory, directory
from webapp.search.addresses import (
    Address,
    chips,
    exact_fields,
    facet_links,
    instead_links,
    keeping_a_way,
    removal,
    whole_cities,
)
from webapp.search.answers import Answer, answer
from webapp.search.criteria import Criteria, days_on_sale, read_criteria, refuse_page
from webapp.search.fares.addresses import (
    each_way_alone,
    follow_address,
    search_address,
    ways_to_compare,
)
from webapp.search.filters import FILTERS
from webapp.search.forms import GROUPS, SearchForm
from webapp.search.instead import DAYS_AROUND, instead_of
from webapp.search.kept import (
    KEY_MARK,
    RESULTS_MARK,
    TOKEN_MARK,
    KeptResults,
    comes_again,
    filled,
    keep,
    kept_results,
)
from webapp.search.lowest_fares import lowest_fares
from webapp.search.offers import this_quarter
from webapp.search.orders import SORTS
from webapp.search.queries import routes_to_try
from webapp.search.recent import service as recent
from webapp.search.recent.queries import recent_searches
from webapp.search.routes import flown_routes
from webapp.search.strips import strips
from webapp.search.travel import Travel, travel_of

blueprint = Blueprint("search", __name__)

FEW_SEATS = 5
_WISHES = (*FILTERS, "currency", "every", "sort", "group")
_NAMES = {field.name for field in SearchForm()}
_TRY_DAYS_AHEAD = timedelta(days=14)
_FIRST_ZONE, _LAST_ZONE = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))


@blueprint.get("/")
def home() -> Response:
    """Show the search form and a few searches that have results."""
    network = directory()
    day = _day_to_try()
    # A search that is to be changed comes with its parameters.
    form = SearchForm(request.args, data={"depart": day})
    return render(
        "search/home.html",
        form=form,
        routes=_routes(day, network),
        day=day,
        recent=_recent(network),
        **_form_facts(form),
    )


@blueprint.get("/flights/to-try")
def to_try() -> Response:
    """Show the searches of the start page with their lowest prices, which it asks for last."""
    if not wants_fragment():
        return redirect(url_for("search.home"))
    network, day = directory(), _day_to_try()
    routes = _routes(day, network)
    # Of several currencies a search settles on one by all its ways, which these do not look at.
    for route in routes if len(network.currencies) == 1 else ():
        fares = lowest_fares(route["travel"], day, day, network)
        route["price"] = fares[day].total if day in fares else None
    return render("search/_routes.html", routes=routes)


@blueprint.get("/flights")
def flights() -> Response:
    """Show the flights that answer a search."""
    network = directory()
    results = kept_results(request.query_string, network)
    if results is None:
        form = SearchForm(request.args)
        criteria = read_criteria(form, network)
        is_to_keep = comes_again(request.query_string)
        results = _write_results(form, criteria, network, is_to_keep) if criteria else None
        if results is None:
            return render(
                "search/flights.html",
                "search/_results.html",
                status=422,
                form=form,
                here=_address_of("search.flights"),
                criteria=None,
                allowed=_without_what_is_refused(form),
                **_form_facts(form),
            )
        if is_to_keep:
            keep(request.query_string, results)
    _remember(results.criteria)
    html = results.html if wants_fragment() else _page_with(results)
    return htmx.respond(filled(html, generate_csrf(), form_key()))


@blueprint.get("/flights/days")
def days() -> Response:
    """Show the days around a search with their lowest prices, which its page asks for last."""
    network = directory()
    form = SearchForm(request.args)
    criteria = read_criteria(form, network) if wants_fragment() else None
    if criteria is None:
        return redirect(_address_of("search.flights").but())
    around = _days_around(criteria, network, are_priced=True)
    return render("search/_days.html", criteria=criteria, **around)


@blueprint.get("/airports")
def airports() -> Response:
    """Suggest places for a half-typed text, as options for htmx and as JSON for programs."""
    typed = request.args.get("q", "")[:80].strip()
    found = directory().suggestions(typed)
    if wants_fragment():
        return render("search/_suggestions.html", found=found, typed=typed)
    answer = jsonify(
        [
            {
                "code": place.code,
                "name": place.label,
                "detail": place.detail,
                "airports": place.airports,
            }
            for place in found.begun or found.guesses
        ]
    )
    answer.vary.add("HX-Request")
    return answer


def _day_to_try() -> date:
    return clock.now().date() + _TRY_DAYS_AHEAD


def _routes(day: date, network: Directory) -> list[dict[str, Any]]:
    routes = []
    for codes in routes_to_try(day, network):
        origin, destination = map(network.place, codes)
        if origin and destination:
            travel = Travel(origin, destination, Party(1), Cabin.ECONOMY)
            routes.append({"travel": travel, "href": search_address(travel, day), "price": None})
    return routes


def _write_results(
    form: SearchForm, criteria: Criteria, network: Directory, is_to_keep: bool
) -> KeptResults | None:
    """Return a page of results; None, with words beside the field, for a page beyond the last."""
    address = _address_of("search.flights")
    # Before the search itself: what changes meanwhile is seen at the next visit.
    quarter, routes = this_quarter(), flown_routes(network)
    with noted_readings(is_to_keep) as readings:
        found = answer(criteria, network)
        if criteria.page > found.pages:
            refuse_page(form, found.pages)
            return None
        currency = _currency_to_tell(criteria, found, network)
        nothing = None if found.total else instead_of(criteria, currency, network)
    settled = replace(criteria, currency=currency)
    travel, days = travel_of(settled), (criteria.depart, criteria.return_on)
    exact = exact_fields(form, criteria)
    html = render_template(
        "search/_results.html",
        criteria=criteria,
        found=found,
        change=f"{url_for('search.home')}?{request.query_string.decode('ascii', 'replace')}",
        few=FEW_SEATS,
        families=FAMILIES,
        token=TOKEN_MARK,
        key=KEY_MARK,
        facets=facet_links(found.facets, address),
        chips=chips(form, criteria, found, address, network),
        exact=exact,
        kept=address.without(*exact, "page"),
        keeping=keeping_a_way(criteria, address),
        sorts={sort: (label, address.but(sort=sort, page=None)) for sort, label in SORTS.items()},
        groups={
            name: (label, address.but(group=name or None, page=None))
            for name, label in GROUPS.items()
        },
        **_days_around(settled, network),
        elsewhere={each: address.but(currency=each, page=None) for each in found.elsewhere},
        wider=whole_cities(criteria, address, network) if nothing else None,
        instead=nothing,
        days_around=DAYS_AROUND,
        instead_links=instead_links(nothing, address) if nothing else None,
        fewer=removal(form, criteria, found, address, network),
        every=address.but(every="yes", page=None),
        listed_only=address.but(every=None, page=None),
        unfiltered=address.but(**dict.fromkeys((*FILTERS, "page"))),
        next_page=address.but(page=found.page + 1) if found.page < found.pages else None,
        previous_page=address.but(page=found.page - 1) if found.page > 1 else None,
        compare=ways_to_compare(travel, *days),
        follow=follow_address(travel, *days),
        alone=each_way_alone(travel, *days) if found.apart else None,
    )
    return KeptResults(criteria, html.encode(), readings, network, routes, quarter)


def _currency_to_tell(criteria: Criteria, found: Answer, network: Directory) -> str | None:
    """Return the currency that other days are to be seen in, too; usually there is but one."""
    is_choice = len(network.currencies) > 1 and (found.total or found.elsewhere)
    return found.currency if is_choice else criteria.currency


def _days_around(
    criteria: Criteria, network: Directory, *, are_priced: bool = False
) -> dict[str, Any]:
    address = _address_of("search.flights")
    outs, backs = strips(criteria, address, network, are_priced=are_priced)
    return {
        "days": outs,
        "return_days": backs,
        "are_priced": are_priced,
        "prices_address": _address_of("search.days").but(currency=criteria.currency, page=None),
    }


def _address_of(endpoint: str) -> Address:
    # What is no parameter of ours would come back in every link.
    parameters = [each for each in request.args.items() if each[0] in _NAMES]
    return Address(url_for(endpoint), parameters)


def _page_with(results: KeptResults) -> bytes:
    if current_user.is_authenticated or "_flashes" in session:
        before, after = _around(results)
    else:
        before, after = results.around = results.around or _around(results)
    return before + results.html + after


def _around(results: KeptResults) -> tuple[bytes, bytes]:
    page = render_template(
        "search/flights.html", criteria=results.criteria, fragment=Markup(RESULTS_MARK)
    )
    before, _, after = page.encode().partition(RESULTS_MARK.encode())
    return before, after


def _remember(criteria: Criteria) -> None:
    """Remember a search of somebody with an account, unless it is only looked at differently."""
    if not current_user.is_authenticated:
        return
    key = recent.key_of(criteria)
    # What was searched a moment ago, and its filters, orders and pages, cost nothing.
    if session.get("searched") != key:
        with transaction():
            recent.remember_search(current_user.id, criteria)
        session["searched"] = key


def _recent(network: Directory) -> list[dict[str, Any]]:
    if not current_user.is_authenticated:
        return []
    found = []
    for search in recent_searches(current_user.id):
        origin, destination = network.place(search.origin), network.place(search.destination)
        if origin and destination:
            party = Party(search.adults, search.children, search.infants)
            travel = Travel(origin, destination, party, Cabin(search.cabin))
            href = search_address(travel, search.depart, search.return_on)
            found.append({"search": search, "travel": travel, "href": href})
    return found


def _without_what_is_refused(form: SearchForm) -> str | None:
    """Return the address of a search but for the wishes that are refused, if those alone are."""
    refused = {field.name for field in form if field.errors}
    if refused <= {*_WISHES, "page"}:
        return _address_of("search.flights").but(**dict.fromkeys((*refused, "page")))
    return None


def _form_facts(form: SearchForm) -> dict[str, Any]:
    # A search begins on its first page, so the page is asked for only where it was a wrong one.
    wishes = (*_WISHES, "page") if form.page.errors else _WISHES
    # The form does not know yet where the traveller leaves from, so it allows every day that is
    # on sale anywhere on earth; the search itself knows.
    return {
        "first_day": days_on_sale(_LAST_ZONE)[0].isoformat(),
        "last_day": days_on_sale(_FIRST_ZONE)[1].isoformat(),
        "wishes": wishes,
        "airlines": directory().airlines,
        "has_wishes": any(_is_asked(form[name]) for name in wishes),
    }


def _is_asked(field: Field) -> bool:
    return bool(field.errors) or field.data not in (None, "", field.default)
