"""Pairs: ways out joined to ways back, counted and put in order without trying every pair.

For each way out, the ways back that it can be joined to are the bits of one whole number, made
from rankings of the ways back by a few steps of bisection. Pairs come in order from a heap that
holds, for each way out, the best way back that has not been given yet.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from webapp.network.queries import Directory
from webapp.search.bitsets import Ranking, members
from webapp.search.ways import Way

# A way out alone, or a way out and a way back.
Trip = tuple[Way, ...]
# What a way adds to a trip's place in an order: the less, the earlier it comes.
Cost = Callable[[Way], float]
# That, and what settles ties: price, departure, flights. So an order is the same each time.
_Rank = tuple[float, int, float, tuple[int, ...]]


class Limits(NamedTuple):
    """Bounds on what a whole trip costs and how long it takes, each of them allowed itself.

    Prices are the party's, fares one adult's, both in minor units.
    """

    price_to: float = float("inf")
    fare_from: float = 0
    fare_to: float = float("inf")
    minutes_from: float = 0
    minutes_to: float = float("inf")

    def within(
        self, fare: tuple[float, float] | None = None, minutes: tuple[float, float] | None = None
    ) -> Limits:
        """Return these limits with narrower bounds on the fare or the minutes."""
        narrower = self
        if fare:
            low, high = fare
            narrower = narrower._replace(
                fare_from=max(self.fare_from, low), fare_to=min(self.fare_to, high)
            )
        if minutes:
            low, high = minutes
            narrower = narrower._replace(
                minutes_from=max(self.minutes_from, low),
                minutes_to=min(self.minutes_to, high),
            )
        return narrower


class Pairs:
    """The trips that some ways out make, each with one of some ways back or alone."""

    def __init__(
        self, outs: Sequence[Way], backs: Sequence[Way] | None, network: Directory
    ) -> None:
        """Take the ways; where there is no list of ways back, each way out is a trip."""
        self._outs, self._backs = outs, backs
        self._network = network
        self._joined: dict[Limits, dict[int, int]] = defaultdict(dict)
        self._connections: dict[int, int] = {}
        last = outs if backs is None else backs
        self._prices = Ranking([way.price_minor for way in last])
        self._fares = Ranking([way.fare_minor for way in last])
        self._minutes = Ranking([way.minutes for way in last])
        self._departures = {} if backs is None else self._by_airports(backs)

    def count(self, outs: int, backs: int, limits: Limits) -> int:
        """Return how many trips some of the ways make within limits."""
        if self._backs is None:
            return (outs & self._within(limits)).bit_count()
        joined = self._joined[limits]
        total = 0
        for out in members(outs):
            if out not in joined:
                joined[out] = self._joined_to(out, limits)
            total += (joined[out] & backs).bit_count()
        return total

    def in_order(
        self, outs: int, backs: int, limits: Limits, out_cost: Cost, back_cost: Cost
    ) -> Iterator[Trip]:
        """Yield the trips that some of the ways make within limits, the one of least cost first."""
        if self._backs is None:
            alone = [self._outs[position] for position in members(outs & self._within(limits))]
            return ((way,) for way in sorted(alone, key=lambda way: _rank(way, out_cost)))
        chosen = [self._outs[position] for position in members(outs)]
        out_ranks = [_rank(way, out_cost) for way in chosen]
        ranked = sorted((_rank(self._backs[each], back_cost), each) for each in members(backs))
        ends = [self._backs[position] for _, position in ranked]
        pairs = Pairs(chosen, ends, self._network)
        return pairs._merged(ends, out_ranks, [rank for rank, _ in ranked], limits)

    def _merged(
        self, backs: list[Way], out_ranks: list[_Rank], back_ranks: list[_Rank], limits: Limits
    ) -> Iterator[Trip]:
        # Both sums and ties grow along the ways back, so of each way out's pairs the first that
        # is left is the best that is left.
        heap = []
        for out, out_rank in enumerate(out_ranks):
            left = self._joined_to(out, limits)
            if left:
                back = _first(left)
                heap.append((_key(out_rank, back_ranks[back]), out, back, left))
        heapq.heapify(heap)
        while heap:
            _, out, back, left = heap[0]
            yield self._outs[out], backs[back]
            left &= left - 1
            if left:
                back = _first(left)
                heapq.heapreplace(heap, (_key(out_ranks[out], back_ranks[back]), out, back, left))
            else:
                heapq.heappop(heap)

    def _joined_to(self, out: int, limits: Limits) -> int:
        way = self._outs[out]
        if out not in self._connections:
            self._connections[out] = self._connecting(way)
        return self._connections[out] & self._within(
            limits, way.price_minor, way.fare_minor, way.minutes
        )

    def _within(self, limits: Limits, price: int = 0, fare: int = 0, minutes: int = 0) -> int:
        """Return the last ways of trips that stay within limits on top of what went before."""
        return (
            self._prices.at_most(limits.price_to - price)
            & self._fares.at_most(limits.fare_to - fare)
            & self._fares.at_least(limits.fare_from - fare)
            & self._minutes.at_most(limits.minutes_to - minutes)
            & self._minutes.at_least(limits.minutes_from - minutes)
        )

    def _connecting(self, way: Way) -> int:
        """Return the ways back that leave late enough after a way out, and can be paid with it."""
        last = way.flights[-1]
        found = 0
        for (origin, end, currency), departures in self._departures.items():
            if currency == last.currency:  # Nothing converts, so their prices have no sum.
                least = self._network.minimum_connection(
                    last.origin_iata, last.destination_iata, origin, end
                )
                found |= departures.at_least(last.lands + least.total_seconds())
        return found

    @staticmethod
    def _by_airports(backs: Sequence[Way]) -> dict[tuple[str, str, str], Ranking]:
        positions: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for position, way in enumerate(backs):
            first = way.flights[0]
            positions[first.origin_iata, first.destination_iata, first.currency].append(position)
        departs = [way.found.departs for way in backs]
        return {key: Ranking(departs, of) for key, of in positions.items()}


def _rank(way: Way, cost: Cost) -> _Rank:
    return cost(way), way.price_minor, way.found.departs, way.ids


def _first(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _key(out: _Rank, back: _Rank) -> tuple[object, ...]:
    return (out[0] + back[0], out[1] + back[1], out[2], back[2], out[3], back[3])
