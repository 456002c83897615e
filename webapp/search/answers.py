"""Answers: a page of what fits a search, in groups and in order, with signed offers to take it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from webapp.money import Money
from webapp.network.queries import Directory
from webapp.search import offers
from webapp.search.classes import DURATION_CLASSES, PRICE_CLASSES, Scale, both_ways
from webapp.search.criteria import MOST_STOPS, Criteria
from webapp.search.facets import Facet, best_removal, facets
from webapp.search.filters import Class, Filters, Found
from webapp.search.itineraries import Itinerary
from webapp.search.orders import Measure, minutes, price, price_of
from webapp.search.pairs import Trip
from webapp.search.price_levels import price_range
from webapp.search.queries import flyable
from webapp.search.results import Result, result_of
from webapp.search.ways import TIME_CLASSES, Pool

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

    `every` counts those as well that better ones push out, of which filters may bring some back.
    `removal` names the filter whose removal leaves the most where all of them leave nothing, and
    `elsewhere` how many ways are sold in each other currency. `common` is low or high, and how many
    of the `total` are, where nearly all are.
    """

    groups: list[Group]
    left: int
    total: int
    every: int
    page: int
    pages: int
    facets: list[Facet]
    scale: Scale
    removal: tuple[str, int] | None
    currency: str
    elsewhere: dict[str, int]
    common: tuple[str, int] | None = None

    @property
    def results(self) -> list[Result]:
        """Every result on the page."""
        return [result for group in self.groups for result in group.results]


def answer(criteria: Criteria, network: Directory) -> Answer:
    """Return a page of results, in the order that was asked for."""
    found, most_stops = find(criteria, network)
    filters = criteria.filters
    total, left = found.count(Filters()), found.count(filters)
    pages = max(1, -(-left // RESULTS_A_PAGE))
    page = min(criteria.page, pages)
    choices = facets(found, filters, most_stops, criteria.cabin, network) if total else []
    shown = Answer(
        groups=[],
        left=left,
        total=total,
        every=found.count_every(),
        page=page,
        pages=pages,
        facets=choices,
        scale=found.scale,
        removal=None,
        currency=found.currency,
        elsewhere=found.elsewhere,
    )
    if not left:
        return replace(shown, removal=_best_removal(criteria, found, network))
    measure = Measure(next(found.in_order(filters, price)), next(found.in_order(filters, minutes)))
    show = _Presenter(criteria, found, measure, network)
    groups = show.groups((page - 1) * RESULTS_A_PAGE, page * RESULTS_A_PAGE)
    return replace(shown, groups=groups, common=_common_price(found, total))


def _common_price(found: Found, total: int) -> tuple[str, int] | None:
    # Of all results: what a filter leaves says nothing of the day.
    for value in ("low", "high"):
        count = found.count(Filters(), Class("price_class", value))
        if total > 1 and count * 100 >= total * _NEARLY_ALL:
            return value, count
    return None


def _best_removal(criteria: Criteria, found: Found, network: Directory) -> tuple[str, int] | None:
    """Return the filter whose removal leaves the most; flights with more stops are looked for."""
    if criteria.filters.stops is not None:
        anyhow = criteria.filters._replace(stops=None)
        found, _ = find(replace(criteria, filters=anyhow), network)
    return best_removal(found, criteria.filters)


def find(criteria: Criteria, network: Directory) -> tuple[Found, int]:
    """Return everything that answers a search, and with how many stops it was looked for.

    Who wants few stops where there is no such flight learns what there is with more of them. Where
    nothing flies non-stop, the fastest may have more stops than are wanted, and durations are
    measured by it.
    """
    most_stops = criteria.most_stops
    ways = _flyable(criteria, most_stops, network)
    is_measured = all(any(not each.stops for each in way) for way in ways)
    if most_stops < MOST_STOPS and not is_measured:
        most_stops = MOST_STOPS
        ways = _flyable(criteria, most_stops, network)
    currency = criteria.currency or _usual_currency(ways)
    turns = _turns(network) if len(ways) > 1 else (None,)
    pools = [
        Pool([each for each in way if each.currency == currency], criteria.party, network, turn)
        for way, turn in zip(ways, turns, strict=True)
    ]
    elsewhere = Counter(each.currency for way in ways for each in way if each.currency != currency)
    back = pools[1] if len(pools) > 1 else None
    scale = _scale(criteria, pools, network)
    return Found(pools[0], back, scale, currency, dict(elsewhere), network), most_stops


def _turns(network: Directory) -> tuple[Callable[[Itinerary], object], ...]:
    """Return what decides which way back can follow a way out: where it turns, and how long for.

    The time that it takes depends on the countries of the flights before and after.
    """

    def end_of_way_out(one: Itinerary) -> object:
        last = one.flights[-1]
        return last.destination_iata, network.airports[last.origin_iata].country

    def start_of_way_back(one: Itinerary) -> object:
        first = one.flights[0]
        return first.origin_iata, network.airports[first.destination_iata].country

    return end_of_way_out, start_of_way_back


def _flyable(criteria: Criteria, most_stops: int, network: Directory) -> list[list[Itinerary]]:
    return [
        flyable(way, most_stops, network)
        for way in (criteria.way_out, criteria.way_back)
        if way is not None
    ]


def _usual_currency(ways: list[list[Itinerary]]) -> str:
    """Return the currency that most itineraries cost; nothing converts, so one alone compares.

    Where there is one that leads both there and back, it is one of those. Non-stop flights decide
    it where there are any, as they are looked for whatever the filters are.
    """
    every = [{each.currency for each in way} for way in ways]
    leading = set.intersection(*every) or set.union(*every)
    found = [each for way in ways for each in way if each.currency in leading]
    often = Counter(each.currency for each in found if not each.stops)
    often = often or Counter(each.currency for each in found)
    return min(often, key=lambda each: (-often[each], each), default="USD")


def _scale(criteria: Criteria, pools: list[Pool], network: Directory) -> Scale:
    way = criteria.way_out
    prices = price_range(way.origin, way.destination, way.depart, way.cabin, network)
    back = criteria.way_back
    if back is not None:
        prices = both_ways(
            prices, price_range(back.origin, back.destination, back.depart, back.cabin, network)
        )
    if prices and any(
        way.flights[0].currency != prices.currency for pool in pools for way in pool.ways
    ):
        prices = None
    fastest = sum(min((way.minutes for way in pool.ways), default=0) for pool in pools)
    return Scale(prices, fastest)


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
