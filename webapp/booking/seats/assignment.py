"""Seats for whoever chose none: the party together, children beside an adult, the front first.

Pure: it takes a map, what is taken on it and who is to sit, and returns who sits where.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from webapp.network.seating import Seat, SeatMap

# What makes a place less good, in rows towards the back.
_MIDDLE_ALONE = 6
_AISLE_BETWEEN = 4
_LEGROOM = 200  # It is sold; it is given away where nothing else is left.
_EXIT = 100
_ROW_APART = 3


@dataclass(frozen=True, slots=True)
class Sitter:
    """Somebody who needs a seat, by an id of the caller's.

    `is_minding` is an adult with an infant on the lap, or with children and no other adult. `seat`
    is one that they have here, `had` one that they had on the flight before.
    """

    id: int
    is_child: bool = False
    is_minding: bool = False
    seat: str | None = None
    had: Seat | None = None

    @property
    def may_sit_at_exit(self) -> bool:
        """Tell whether they could help at an emergency exit."""
        return not self.is_child and not self.is_minding


@dataclass(frozen=True, slots=True)
class _Window:
    """Seats side by side in one row.

    `cost` is how far back it feels to sit there; `flaws` are what of that goes with the seats,
    wherever the rest of the party sits.
    """

    seats: tuple[Seat, ...]
    cost: int
    flaws: int
    has_exit: bool


def assigned(
    seat_map: SeatMap, taken: Collection[str], sitters: Sequence[Sitter]
) -> dict[int, str]:
    """Return a seat for each sitter without one, by id; who finds none is left out.

    The others sit beside the first who has a seat. A party that had seats on the flight before gets
    the same, or sits around one like the first one's. Children, and adults who mind somebody, get
    no seat in an exit row.
    """
    taken = set(taken)
    if as_before := _same(seat_map, taken, sitters) or _alike(seat_map, taken, sitters):
        return as_before
    anchor = next((each for each in sitters if each.seat in seat_map.seats), None)
    near = seat_map.seats[anchor.seat] if anchor and anchor.seat else None
    queue = _queue(sitters, anchor)
    found: dict[int, str] = {}
    if anchor and near and queue:
        found = _beside(seat_map, taken, queue, anchor, near, _sizes(queue))
    taken.update(found.values())
    queue = _without(queue, len(found))
    while queue:
        order = [sitter for unit in queue for sitter in unit]
        for size in _sizes(queue):
            window = _best(seat_map, size, taken, order[:size], near)
            if window:
                break
        else:
            # Not even alone: the next one may still fit where this one must not sit.
            size, window = 1, None
        if window:
            for sitter, seat in zip(order[:size], window.seats, strict=True):
                found[sitter.id] = seat.name
                taken.add(seat.name)
            near = window.seats[-1]
        queue = _without(queue, size)
    return found


def _same(seat_map: SeatMap, taken: set[str], sitters: Sequence[Sitter]) -> dict[int, str]:
    """Return the seats that all had before, if they are of the same kind and free here."""
    found = {
        each.id: each.had.name
        for each in sitters
        if each.had
        and seat_map.seats.get(each.had.name) == each.had
        and each.had.name not in taken
        and not each.had.has_legroom
        and (each.may_sit_at_exit or not each.had.is_exit)
    }
    return found if len(found) == len(sitters) else {}


def _alike(seat_map: SeatMap, taken: set[str], sitters: Sequence[Sitter]) -> dict[int, str]:
    """Return seats around one like the first had before, if all find room in its row.

    The nearest to the row in which that was; what is sold or at an exit is not given for it.
    """
    first, had = next(((each, each.had) for each in sitters if each.had), (None, None))
    if first is None or had is None or any(each.seat for each in sitters):
        return {}
    free = [
        seat
        for seat in seat_map.seats.values()
        if (seat.is_window, seat.is_aisle) == (had.is_window, had.is_aisle)
        and not (seat.name in taken or seat.has_legroom or seat.is_exit)
    ]
    for own in sorted(free, key=lambda seat: (abs(seat.row - had.row), seat.letter != had.letter)):
        anchor = replace(first, seat=own.name)
        queue = _queue([anchor if each is first else each for each in sitters], anchor)
        others = _beside(seat_map, taken, queue, anchor, own, [len(sitters) - 1])
        if len(others) == len(sitters) - 1:
            return {first.id: own.name, **others}
    return {}


def _queue(sitters: Sequence[Sitter], anchor: Sitter | None) -> list[list[Sitter]]:
    """Return who needs a seat, as they belong together: those of somebody who has one first."""
    units = _units(sitters)
    if anchor:
        units.sort(key=lambda unit: anchor not in unit)
        units[0].sort(key=lambda one: one.is_child)  # A child's adult comes before its siblings.
    unseated = ([each for each in unit if each.seat is None] for unit in units)
    return [unit for unit in unseated if unit]


def _beside(
    seat_map: SeatMap,
    taken: set[str],
    queue: list[list[Sitter]],
    anchor: Sitter,
    own: Seat,
    sizes: Sequence[int],
) -> dict[int, str]:
    """Return seats side by side with somebody's own, for the first of `sizes` that finds room."""

    def far(seat: Seat) -> int:
        # An aisle is a place of its own.
        return abs(seat_map.columns.index(seat.letter) - seat_map.columns.index(own.letter))

    order = [sitter for unit in queue for sitter in unit]
    for size in sizes:
        group = order[:size]
        may_sit_at_exit = all(each.may_sit_at_exit for each in (anchor, *group))
        fitting = [
            window
            for window in _windows(seat_map, size + 1)
            if own in window.seats
            and (may_sit_at_exit or not window.has_exit)
            and not any(
                seat.name in taken or seat.has_legroom for seat in window.seats if seat != own
            )
        ]
        if fitting:
            seats = min(fitting, key=lambda one: (one.flaws, sum(map(far, one.seats)))).seats
            places = sorted((seat for seat in seats if seat != own), key=far)
            return {each.id: seat.name for each, seat in zip(group, places, strict=True)}
    return {}


def _units(sitters: Sequence[Sitter]) -> list[list[Sitter]]:
    """Return adults, each with the children that sit beside them."""
    # Who has an infant on the lap gets a child to mind only where nobody else is left.
    adults = sorted((each for each in sitters if not each.is_child), key=lambda one: one.is_minding)
    children = [each for each in sitters if each.is_child]
    if not adults:
        return [[each] for each in children]
    units = []
    for number, adult in enumerate(adults):
        own = children[number :: len(adults)]
        # A child on either side, and the rest behind the second.
        units.append([*own[1:2], adult, *own[:1], *own[2:]])
    return units


def _sizes(queue: list[list[Sitter]]) -> list[int]:
    """Return how many may sit together, the most first; units stay whole if they can."""
    ends = [sum(map(len, queue[: count + 1])) for count in range(len(queue))]
    return [*reversed(ends), *range(ends[0] - 1, 0, -1)]


def _without(queue: list[list[Sitter]], size: int) -> list[list[Sitter]]:
    left = []
    for unit in queue:
        if size < len(unit):
            left.append(unit[size:])
        size = max(0, size - len(unit))
    return left


def _best(
    seat_map: SeatMap,
    size: int,
    taken: set[str],
    sitters: Sequence[Sitter],
    near: Seat | None,
) -> _Window | None:
    may_sit_at_exit = all(each.may_sit_at_exit for each in sitters)
    fitting = (
        window
        for window in _windows(seat_map, size)
        if (may_sit_at_exit or not window.has_exit)
        and not any(seat.name in taken for seat in window.seats)
    )
    if near is None:
        return next(fitting, None)
    letters = [letter for letter in seat_map.columns if letter]

    def distance(window: _Window) -> int:
        first = window.seats[0]
        across = abs(letters.index(first.letter) - letters.index(near.letter))
        return window.flaws + _ROW_APART * abs(first.row - near.row) + across

    return min(fitting, key=distance, default=None)


@lru_cache(maxsize=1000)
def _windows(seat_map: SeatMap, size: int) -> tuple[_Window, ...]:
    """Return every run of seats side by side, the best first."""
    windows = []
    for row in seat_map.rows:
        run: list[tuple[int, Seat]] = []
        for place, seat in enumerate(row.places):
            if seat is None:
                continue
            run = [] if seat.is_blocked else [*run, (place, seat)][-size:]
            if len(run) == size:
                windows.append(_window(run, row.number - seat_map.rows[0].number))
    return tuple(sorted(windows, key=lambda window: window.cost))


def _window(run: Sequence[tuple[int, Seat]], rows_back: int) -> _Window:
    seats = tuple(seat for _, seat in run)
    flaws = _AISLE_BETWEEN * sum(after - before > 1 for (before, _), (after, _) in pairwise(run))
    flaws += sum(_LEGROOM * seat.has_legroom + _EXIT * seat.is_exit for seat in seats)
    cost = rows_back + flaws
    if len(seats) == 1 and not (seats[0].is_window or seats[0].is_aisle):
        cost += _MIDDLE_ALONE
    return _Window(seats, cost, flaws, any(seat.is_exit for seat in seats))
