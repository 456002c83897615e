"""Matches: every way that answers a search, those that are listed, and those that others beat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cached_property

from webapp.network.queries import Directory
from webapp.search.classes import Scale, both_ways
from webapp.search.criteria import MOST_STOPS, Criteria, OneWay
from webapp.search.filters import Filters, Found
from webapp.search.itineraries import Itinerary, Path, worth_showing
from webapp.search.lowest_fares import joins
from webapp.search.price_levels import PriceRange, price_range
from webapp.search.queries import flyable
from webapp.search.ways import Pool

_Turn = Callable[[Itinerary], object]


class Matches:
    """What answers a search before its filters, and with how many stops it was looked for.

    Of ways that others beat, none is listed unless every way is asked for. Filters look at what is
    listed, so that whoever filters a list by hand finds what they leave.
    """

    def __init__(self, criteria: Criteria, network: Directory) -> None:
        """Look for ways.

        Who wants few stops where there is no such flight learns what there is with more of them.
        Where nothing flies non-stop, the fastest may have more stops than are wanted, and durations
        are measured by it.
        """
        self._criteria, self._network = criteria, network
        self.most_stops = criteria.most_stops
        ways = self._flyable()
        self.currency = criteria.currency or _usual_currency(ways, network)
        is_measured = all(
            any(not each.stops and each.currency == self.currency for each in way) for way in ways
        )
        if self.most_stops < MOST_STOPS and not is_measured:
            self.most_stops = MOST_STOPS
            ways = self._flyable()
            self.currency = criteria.currency or _usual_currency(ways, network)
        sold_in = [{each.currency for each in way} for way in ways]
        others = _leading(ways, set.union(*sold_in) - {self.currency}, network)
        # How many ways there are of each other currency that leads both there and back.
        self.elsewhere = dict(
            Counter(each.currency for way in ways for each in way if each.currency in others)
        )
        # What the ways there and those back are sold in, where nothing leads both.
        is_apart = all(sold_in) and not set.intersection(*sold_in)
        self.apart = list(map(sorted, sold_in)) if is_apart else []
        self._ways = [[each for each in way if each.currency == self.currency] for way in ways]
        self._listed = (
            self._ways if criteria.every else list(map(worth_showing, self._ways, self._turns()))
        )
        self.scale = self._measure()

    @cached_property
    def listed(self) -> Found:
        """What is listed."""
        return self._found(self._listed)

    def count_left_out(self, filters: Filters) -> int:
        """Return how many results fit some filters, and are not listed since others beat them."""
        beaten = sum(map(len, self._ways)) - sum(map(len, self._listed))
        if not beaten or (len(self._ways) == 1 and not filters.asked()):
            return beaten
        return self._found(self._ways).count(filters) - self.listed.count(filters)

    def _found(self, ways: list[list[Itinerary]]) -> Found:
        out, *back = [Pool(way, self._criteria.party, self._network) for way in ways]
        return Found(out, back[0] if back else None, self.scale, self.currency, self._network)

    def _flyable(self) -> list[list[Itinerary]]:
        return [
            flyable(way, self.most_stops, self._network)
            for way in (self._criteria.way_out, self._criteria.way_back)
            if way is not None
        ]

    def _turns(self) -> tuple[_Turn | None, ...]:
        """Return what decides which way back can follow a way out: where it turns, how long for.

        The time that it takes depends on the countries of the flights before and after.
        """
        airports = self._network.airports

        def end_of_way_out(one: Itinerary) -> object:
            last = one.flights[-1]
            return last.destination_iata, airports[last.origin_iata].country

        def start_of_way_back(one: Itinerary) -> object:
            first = one.flights[0]
            return first.origin_iata, airports[first.destination_iata].country

        return (end_of_way_out, start_of_way_back) if len(self._ways) > 1 else (None,)

    def _measure(self) -> Scale:
        prices = self._usual_prices(self._criteria.way_out)
        back = self._criteria.way_back
        if back is not None:
            prices = both_ways(prices, self._usual_prices(back))
        fastest = sum(min((each.minutes for each in way), default=0) for way in self._ways)
        return Scale(prices, fastest)

    def _usual_prices(self, way: OneWay) -> PriceRange | None:
        return price_range(
            way.origin, way.destination, way.depart, way.cabin, self.currency, self._network
        )


def _usual_currency(ways: list[list[Itinerary]], network: Directory) -> str:
    """Return the currency that most itineraries cost; nothing converts, so one alone compares.

    Where there is one that leads both there and back, it is one of those. Non-stop flights decide
    it where there are any, as they are looked for whatever the filters are.
    """
    found = [each for way in ways for each in way]
    sold_in = {each.currency for each in found}
    if len(sold_in) > 1:
        leading = _leading(ways, sold_in, network)
        found = [each for each in found if each.currency in leading] or found
    often = Counter(each.currency for each in found if not each.stops)
    often = often or Counter(each.currency for each in found)
    return min(often, key=lambda each: (-often[each], each), default="USD")


def _leading(ways: list[list[Itinerary]], currencies: set[str], network: Directory) -> set[str]:
    """Return in which of some currencies one gets there, and back again: with time to turn."""
    if len(ways) == 1 or not currencies:
        return currencies
    outs, backs = ways
    # Of the ways there between two airports, whoever lands first is in time for the most.
    first: dict[tuple[str, str, str], Path] = {}
    for out in sorted(outs, key=lambda one: one.flights[-1].lands):
        last = out.flights[-1]
        first.setdefault((last.origin_iata, last.destination_iata, last.currency), out.flights)
    return {
        back.currency
        for back in backs
        if back.currency in currencies
        and any(joins(out, back.flights, network) for out in first.values())
    }
