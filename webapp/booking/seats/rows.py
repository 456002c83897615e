"""Seats side by side in one row, and where children can sit on them right beside an adult.

Pure. Places on a window count from the left; whoever sits across an aisle is not right beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from webapp.network.seating import Seat, SeatMap

# What makes a place less good, in rows towards the back.
_MIDDLE_ALONE = 6
_AISLE_BETWEEN = 4
_LEGROOM = 200  # It is sold; it is given away where nothing else is left.
_EXIT = 100


@dataclass(frozen=True, slots=True)
class Window:
    """Seats side by side in one row.

    `offsets` are how far each seat is from the first, where an aisle is as wide as a seat. `cost`
    is how far back it feels to sit there; `flaws` are what of that goes with the seats, wherever
    the rest of the party sits.
    """

    seats: tuple[Seat, ...]
    offsets: tuple[int, ...]
    cost: int
    flaws: int
    has_exit: bool


@dataclass(frozen=True, slots=True)
class Ways:
    """The sets of places for children that leave the fewest of them alone, and how few."""

    alone: int
    places: tuple[frozenset[int], ...]


@lru_cache(maxsize=1000)
def windows(seat_map: SeatMap, size: int) -> tuple[Window, ...]:
    """Return every run of so many seats side by side, the best first."""
    found = []
    for row in seat_map.rows:
        run: list[tuple[int, Seat]] = []
        for place, seat in enumerate(row.places):
            if seat is None:
                continue
            run = [] if seat.is_blocked else [*run, (place, seat)][-size:]
            if len(run) == size:
                found.append(_window(run, row.number - seat_map.rows[0].number))
    return tuple(sorted(found, key=lambda window: window.cost))


def beside(seat_map: SeatMap, seat: Seat) -> list[Seat]:
    """Return the seats right beside one."""
    places = next(row.places for row in seat_map.rows if row.number == seat.row)
    place = places.index(seat)
    near = [*places[max(0, place - 1) : place], *places[place + 1 : place + 2]]
    return [each for each in near if each and not each.is_blocked]


def elbows(offsets: Sequence[int], place: int) -> list[int]:
    """Return the places right beside one."""
    return [
        other
        for other in (place - 1, place + 1)
        if 0 <= other < len(offsets) and abs(offsets[other] - offsets[place]) == 1
    ]


@lru_cache(maxsize=10_000)
def ways(
    offsets: tuple[int, ...], children: int, adult: int | None = None, child: int | None = None
) -> Ways:
    """Return where so many children can sit on seats that adults fill up.

    The place of one adult, or of one of the children, may be settled.
    """
    beside = [elbows(offsets, place) for place in range(len(offsets))]
    found: dict[int, list[frozenset[int]]] = {}
    # From the right, so that of two equal ways the one with the adult first comes first.
    for chosen in combinations(reversed(range(len(beside))), children):
        places = frozenset(chosen)
        if adult not in places and (child is None or child in places):
            alone = sum(places.issuperset(beside[place]) for place in places)
            found.setdefault(alone, []).append(places)
    fewest = min(found)
    return Ways(fewest, tuple(found[fewest]))


def _window(run: Sequence[tuple[int, Seat]], rows_back: int) -> Window:
    seats = tuple(seat for _, seat in run)
    offsets = tuple(place - run[0][0] for place, _ in run)
    flaws = _AISLE_BETWEEN * (offsets[-1] + 1 - len(offsets))
    flaws += sum(_LEGROOM * seat.has_legroom + _EXIT * seat.is_exit for seat in seats)
    cost = rows_back + flaws
    if len(seats) == 1 and not (seats[0].is_window or seats[0].is_aisle):
        cost += _MIDDLE_ALONE
    return Window(seats, offsets, cost, flaws, any(seat.is_exit for seat in seats))
