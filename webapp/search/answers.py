"""Answers: a page of what fits a search, in groups and in order, with signed offers to take it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from webapp.money import Money
from webapp.network.queries import Directory
from webapp.search import offers
from webapp.search.classes import DURATION_CLASSES, PRICE_CLASSES, Scale
from webapp.search.criteria import Criteria
from webapp.search.facets import Facet, best_removal, facets
from webapp.search.filters import Class, Filters, Found
from webapp.search.matches import Matches
from webapp.search.orders import Measure, minutes, price, price_of
from webapp.search.pairs import Trip
from webapp.search.results import Result, result_of
from webapp.search.ways import TIME_CLASSES

RESULTS_A_PAGE = 20
# A label that so many of a hundred results have tells nothing of each: it is said once, above.
_NEARLY_ALL = 75
_GROUPS = {
    "price_class": PRICE_CLASSES,
    "time_class": TIME_CLASSES,
    "duration_class": DURATION_CLASSES,
}


@dataclass(frozen=True)
class Group:
    """Results of one class, as many as stand on the page, and how many there are in all."""

    name: str
    count: int
    results: list[Result]


@dataclass(frozen=True)
class Answer:
    """A page of what the filters leave of a search, and the filters with their counts.

    `left_out` counts those that fit as well, and that others beat. `removal` names the filter whose
    removal leaves the most where all of them leave nothing, and `elsewhere` how many ways are sold
    in each other currency. `apart` are the currencies of the ways there, and those of the ways
    back, where no trip is sold in one. `common` is low or high, and how many of the `total` are,
    where nearly all are. No more than `most_stops` were looked for.
    """

    groups: list[Group]
    left: int
    total: int
    left_out: int
    page: int
    pages: int
    facets: list[Facet]
    scale: Scale
    removal: tuple[str, int] | None
    currency: str
    elsewhere: dict[str, int]
    apart: list[list[str]]
    most_stops: int
    common: tuple[str, int] | None = None

    @property
    def results(self) -> list[Result]:
        """Every result on the page."""
        return [result for group in self.groups for result in group.results]


def answer(criteria: Criteria, network: Directory) -> Answer:
    """Return a page of results, in the order that was asked for."""
    matches = Matches(criteria, network)
    found, filters = matches.listed, criteria.filters
    total, left = found.count(Filters()), found.count(filters)
    pages = max(1, -(-left // RESULTS_A_PAGE))
    page = min(criteria.page, pages)
    choices = facets(found, filters, matches.most_stops, criteria.cabin, network) if total else []
    shown = Answer(
        groups=[],
        left=left,
        total=total,
        left_out=matches.count_left_out(filters),
        page=page,
        pages=pages,
        facets=choices,
        scale=found.scale,
        removal=None,
        currency=found.currency,
        elsewhere=matches.elsewhere,
        apart=matches.apart,
        most_stops=matches.most_stops,
    )
    if not left:
        return replace(shown, removal=_best_removal(criteria, found, network))
    measure = Measure(next(found.in_order(filters, price)), next(found.in_order(filters, minutes)))
    show = _Presenter(criteria, found, measure, network)
    groups = show.groups((page - 1) * RESULTS_A_PAGE, page * RESULTS_A_PAGE)
    return replace(
        shown, groups=groups, common=None if criteria.every else _common_price(found, total)
    )


def _common_price(found: Found, total: int) -> tuple[str, int] | None:
    # Of all results: what a filter leaves says nothing of the day, nor does what others beat.
    for value in ("low", "high"):
        count = found.count(Filters(), Class("price_class", value))
        if total > 1 and count * 100 >= total * _NEARLY_ALL:
            return value, count
    return None


def _best_removal(criteria: Criteria, found: Found, network: Directory) -> tuple[str, int] | None:
    """Return the filter whose removal leaves the most; flights with more stops are looked for."""
    if criteria.filters.stops is not None:
        anyhow = criteria.filters._replace(stops=None)
        found = Matches(replace(criteria, filters=anyhow), network).listed
    return best_removal(found, criteria.filters)


class _Presenter:
    """Turns trips into results: their offers, their tags, what is said for them."""

    def __init__(
        self, criteria: Criteria, found: Found, measure: Measure, network: Directory
    ) -> None:
        self._criteria, self._found = criteria, found
        self._measure, self._network = measure, network
        self._expires_at = offers.next_expiry()
        self._tagged = {
            "best": next(found.in_order(criteria.filters, measure.score)),
            "cheapest": measure.cheapest,
            "fastest": measure.fastest,
        }

    def groups(self, start: int, stop: int) -> list[Group]:
        """Return the groups that reach into a part of the results, each with its part of them."""
        filters = self._criteria.filters
        costs = self._measure.costs(self._criteria.sort, self._criteria.return_on is not None)
        shown, passed = [], 0
        for name, of, count in self._variants():
            first, last = max(0, start - passed), min(count, stop - passed)
            passed += count
            if first < last:
                trips = islice(self._found.in_order(filters, *costs, of), first, last)
                shown.append(Group(name, count, [self._result(trip) for trip in trips]))
        return shown

    def _variants(self) -> Iterator[tuple[str, Class | None, int]]:
        """Yield each group's name, its class, and how many results it has."""
        filters, group = self._criteria.filters, self._criteria.group
        if group is None:
            yield "", None, self._found.count(filters)
            return
        for value in _GROUPS[group]:
            of = Class(group, value)
            yield value, of, self._found.count(filters, of)

    def _result(self, trip: Trip) -> Result:
        tags = tuple(tag for tag, tagged in self._tagged.items() if tagged == trip)
        return result_of(
            trip,
            self._found.scale,
            tags,
            self._measure.why(trip),
            offers.sign(self._offer(trip)),
            self._network,
        )

    def _offer(self, trip: Trip) -> offers.Offer:
        flights = [flight for way in trip for flight in way.flights]
        return offers.Offer(
            tuple(way.ids for way in trip),
            self._criteria.cabin,
            self._criteria.party,
            Money(price_of(trip), flights[0].currency),
            self._expires_at,
            tuple((flight.departs_at, flight.arrives_at) for flight in flights),
        )
