"""Addresses: this search with other filters, orders, days and pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from urllib.parse import urlencode

from wtforms import Field

from webapp.formats import duration
from webapp.money import format_money, minor_per_unit
from webapp.network.models import Cabin
from webapp.network.queries import Directory
from webapp.search.answers import Answer
from webapp.search.criteria import Criteria
from webapp.search.facets import Choice, Facet
from webapp.search.filters import FILTERS, SAID_OF_EACH_WAY
from webapp.search.forms import SearchForm
from webapp.search.instead import Instead

_WAYS = {"flights": "out", "return_flights": "back"}
_ENDS = ("depart", "arrive")


class Address:
    """The address of a search, and those of its variants."""

    def __init__(self, path: str, parameters: Iterable[tuple[str, str]]) -> None:
        self._path = path
        parameters = [(name, value) for name, value in parameters if value]
        self._parameters = parameters
        # Encoded once a request: a page of results links to some fifty variants of itself.
        self._encoded = {name: urlencode([(name, value)]) for name, value in parameters}

    def but(self, **changes: object) -> str:
        """Return the address with some parameters changed; None takes one away."""
        kept = [pair for name, pair in self._encoded.items() if name not in changes]
        changed = [(name, _text(value)) for name, value in changes.items() if value is not None]
        return f"{self._path}?{'&'.join([*kept, urlencode(changed)]).rstrip('&')}"

    def without(self, *names: str) -> list[tuple[str, str]]:
        """Return the parameters but some, as a form sends them along."""
        return [(name, value) for name, value in self._parameters if name not in names]


@dataclass(frozen=True)
class Chip:
    """An active filter, and the address without it."""

    label: str
    value: str
    href: str


def facet_links(
    facets: Iterable[Facet], address: Address
) -> list[tuple[Facet, list[tuple[Choice, str]]]]:
    """Return each choice with the address that makes it, or takes it back."""
    return [
        (facet, [(each, _choice_link(each, address)) for each in facet.choices]) for facet in facets
    ]


def chips(
    form: SearchForm, criteria: Criteria, found: Answer, address: Address, network: Directory
) -> list[Chip]:
    """Return each filter that narrows the results, in words."""
    return [
        _chip(form, name, value, criteria, found, address, network)
        for name, value in criteria.filters.asked().items()
    ]


def removal(
    form: SearchForm, criteria: Criteria, found: Answer, address: Address, network: Directory
) -> tuple[Chip, int] | None:
    """Return the filter to take away where nothing is left, and how many results that leaves."""
    if found.removal is None:
        return None
    name, count = found.removal
    wish = criteria.filters.asked()[name]
    return _chip(form, name, wish, criteria, found, address, network), count


def whole_cities(
    criteria: Criteria, address: Address, network: Directory
) -> tuple[str, str] | None:
    """Return the same search between whole cities, in words; None where it is one already."""
    ends = criteria.origin, criteria.destination
    cities = [network.place(network.airports[end.airports[0]].city_code) or end for end in ends]
    if all(len(city.airports) <= len(end.airports) for city, end in zip(cities, ends, strict=True)):
        return None
    origin, destination = cities
    if origin == destination:
        return None
    words = f"{origin.label} to {destination.label}, from and to all their airports"
    return words, address.but(origin=origin.code, destination=destination.code, page=None)


def instead_links(
    instead: Instead, address: Address
) -> tuple[str | None, list[tuple[Cabin, int, str]]]:
    """Return the address of the nearest day, and each other cabin with its count and address."""
    cabins = [
        (cabin, count, address.but(cabin=cabin.value, page=None))
        for cabin, count in instead.cabins.items()
    ]
    nearest = instead.nearest
    if nearest is None:
        return None, cabins
    days = {"depart": nearest.depart, "return": nearest.return_on}
    # What was found there fits the days, and perhaps not the filters.
    unfiltered = dict.fromkeys((*FILTERS, "page"))
    return address.but(**days, currency=nearest.currency, **unfiltered), cabins


def keeping_a_way(criteria: Criteria, address: Address) -> list[tuple[str, str]]:
    """Return for each way of a return what keeping it is called, and the address up to its name.

    A way that is kept already has no address, and a way that is no return's has no name either.
    """
    if criteria.return_on is None:
        return [("", "")]
    kept = criteria.filters.asked()
    return [
        (word, "" if name in kept else address.but(**{name: "", "page": None}))
        for name, word in _WAYS.items()
    ]


def exact_fields(form: SearchForm, criteria: Criteria) -> dict[str, Field]:
    """Return the fields of the filters that take any time or amount, to stand beside results."""
    ways = ("", "return_") if criteria.return_on else ("",)
    ends = [f"{way}{end}_{bound}" for way in ways for end in _ENDS for bound in ("from", "to")]
    fields = {name: form[name] for name in ("max_price", "max_duration", "max_layover", *ends)}
    for name, field in fields.items():
        # The whole form can be opened on the same page, and an id stands there once.
        field.id = f"exact-{name}"
    return fields


def _choice_link(choice: Choice, address: Address) -> str:
    changes: Mapping[str, object] = choice.changes
    if choice.is_chosen:
        changes = dict.fromkeys(changes)
    return address.but(**changes, page=None)


def _chip(
    form: SearchForm,
    name: str,
    wish: object,
    criteria: Criteria,
    found: Answer,
    address: Address,
    network: Directory,
) -> Chip:
    label = str(form[name].label.text).removesuffix(", in minutes")
    if criteria.return_on and name in SAID_OF_EACH_WAY:
        label += ", each way"
    href = address.but(**{name: None, "page": None})
    return Chip(label, _words(name, wish, found, network), href)


def _text(value: object) -> str:
    return value.isoformat("minutes") if isinstance(value, time) else str(value)


def _words(name: str, wish: object, found: Answer, network: Directory) -> str:
    if name == "airline":
        return network.airlines.get(str(wish), str(wish))
    if name == "via" and str(wish) in network.airports:
        return network.airports[str(wish)].city
    if name == "max_price" and isinstance(wish, int):
        return format_money(wish * minor_per_unit(found.currency), found.currency)
    if name in ("max_duration", "max_layover") and isinstance(wish, int):
        return duration(wish)
    if name == "stops" and wish == 0:
        return "none"
    if name in _WAYS:
        return ", ".join(f"{each[:2]} {each[2:]}" for each in str(wish).split("-"))
    return _text(wish)
