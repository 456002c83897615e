"""Sets of positions in a list, as the bits of whole numbers, so that one step asks about many."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from operator import or_
from typing import Any, TypeVar

T = TypeVar("T")


def members(bits: int) -> Iterator[int]:
    """Return the positions in a set, the lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def positions_by(aspect: Callable[[T], Any], items: Iterable[T]) -> dict[Any, int]:
    """Return the positions of the items that share each value of an aspect."""
    found: dict[Any, int] = defaultdict(int)
    for position, value in enumerate(map(aspect, items)):
        found[value] |= 1 << position
    return found


class Ranking:
    """Positions by their values, to ask for those whose value is within bounds."""

    def __init__(self, values: Sequence[Any], positions: Iterable[int] | None = None) -> None:
        """Rank every position, or only some."""
        ranked = sorted(
            range(len(values)) if positions is None else positions, key=values.__getitem__
        )
        self._values = [values[position] for position in ranked]
        self._up_to = list(accumulate((1 << each for each in ranked), or_, initial=0))

    def at_most(self, bound: Any) -> int:
        """Return the positions of values up to a bound, the bound included."""
        return self._up_to[bisect_right(self._values, bound)]

    def at_least(self, bound: Any) -> int:
        """Return the positions of values from a bound on, the bound included."""
        return self._up_to[-1] ^ self._up_to[bisect_left(self._values, bound)]
