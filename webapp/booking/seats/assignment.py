"""Seats for whoever chose none: the party together, children beside an adult, the front first.

Pure: it takes a map, what is taken on it and who is to sit, and returns who sits where.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from webapp.booking.seats.rows import Ways, Window, beside, elbows, ways, windows
from webapp.network.seating import Seat, SeatMap

_ROW_APART = 3  # How many seats across a row are as far as the next row.
_ELBOWS = 2


@dataclass(frozen=True, slots=True)
class Sitter:
    """Somebody who needs a seat, by an id of the caller's.

    `is_minding` is an adult with an infant on the lap, or with children and no other adult.
    `family` is what a family has in common, `adult` the id of whom a child is to sit beside, once
    that is known. `seat` is one that they have here, `had` one that they had on the flight before.
    """

    id: int
    is_child: bool = False
    is_minding: bool = False
    seat: str | None = None
    had: Seat | None = None
    family: str = ""
    adult: int | None = None

    @property
    def may_sit_at_exit(self) -> bool:
        """Tell whether they could help at an emergency exit."""
        return not self.is_child and not self.is_minding


def assigned(
    seat_map: SeatMap, taken: Collection[str], sitters: Sequence[Sitter]
) -> dict[int, str]:
    """Return a seat for each sitter without one, by id; who finds none is left out.

    The others sit beside the first who has a seat. A party that had seats on the flight before gets
    the same, or sits around one like the first one's. A child sits right beside an adult wherever
    there is room for both; children, and adults who mind somebody, get no seat in an exit row.
    """
    taken = set(taken)
    if as_before := _same(seat_map, taken, sitters) or _alike(seat_map, taken, sitters):
        return as_before
    sitters = _dealt(seat_map, taken, sitters)
    seated = [each for each in sitters if each.seat in seat_map.seats]
    first = seated[0] if seated else None
    found: dict[int, str] = {}
    for host in reversed(seated):
        # Each has their own beside them, and the first of them everybody else.
        own = [
            each for each in sitters if host.id in (each.id, each.adult) or each.id == host.adult
        ]
        queue = _queue(sitters if host is first else own, host, found)
        if queue:
            # Who belongs to nobody here sits elsewhere rather than leave a child alone.
            is_family = queue[0][0] in own
            tries = [each for each in _tries(queue) if each[1] or is_family]
            found |= _beside(seat_map, taken.union(found.values()), host, queue, tries)
    near = seat_map.seats[first.seat] if first and first.seat else None
    queue = _queue(sitters, first, found)
    while queue:
        given = taken.union(found.values())
        for size, is_strict in _tries(queue):
            group, rest = _split(queue, size)
            order = [sitter for unit in group for sitter in unit]
            window = _best(seat_map, given, order, near, is_strict=is_strict)
            if window:
                found |= _seated(window, order)
                near, queue = window.seats[-1], rest
                break
        else:
            # Not even alone: the next one may still fit where this one must not sit.
            queue = _split(queue, 1)[1]
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
        party = [replace(first, seat=own.name) if each is first else each for each in sitters]
        party = _dealt(seat_map, taken, party)
        anchor = next(each for each in party if each.seat)
        queue = _queue(party, anchor)
        others = _beside(seat_map, taken, anchor, queue, [(len(sitters) - 1, True)])
        if len(others) == len(sitters) - 1:
            return {first.id: own.name, **others}
    return {}


def _dealt(seat_map: SeatMap, taken: set[str], sitters: Sequence[Sitter]) -> list[Sitter]:
    """Return the party, where each child knows beside which adult: of its family before others."""
    # Who has an infant on the lap gets a child to mind only where nobody else is left.
    adults = sorted((each for each in sitters if not each.is_child), key=lambda one: one.is_minding)
    free = taken - {each.seat for each in sitters if each.is_child}
    room = {each.id: _room_beside(seat_map, free, each.seat) for each in adults}
    minded = Counter[int]()

    def with_adult(child: Sitter) -> Sitter:
        def misfit(adult: Sitter) -> tuple[bool, bool, int]:
            count = minded[adult.id]
            return count >= room[adult.id], adult.family != child.family, count

        adult = min(adults, key=misfit)
        minded[adult.id] += 1
        return replace(child, adult=adult.id)

    return [with_adult(each) if each.is_child and adults else each for each in sitters]


def _room_beside(seat_map: SeatMap, taken: set[str], name: str | None) -> int:
    """Return how many children there is room for right beside a seat, or one yet to be found."""
    own = seat_map.seats.get(name or "")
    if own is None:
        return _ELBOWS
    free = [seat for seat in beside(seat_map, own) if seat.name not in taken]
    return sum(not (seat.is_exit or seat.has_legroom) for seat in free)


def _queue(
    sitters: Sequence[Sitter], host: Sitter | None, found: Collection[int] = ()
) -> list[list[Sitter]]:
    """Return who still needs a seat, as they belong together: first who belongs to the host."""
    units = _units(sitters)
    if host:
        units.sort(key=lambda unit: host.id not in (each.id for each in unit))
        units[0].sort(key=lambda one: one.is_child)  # A child's adult comes before its siblings.
    waiting = (
        [each for each in unit if each.seat is None and each.id not in found] for unit in units
    )
    return [unit for unit in waiting if unit]


def _units(sitters: Sequence[Sitter]) -> list[list[Sitter]]:
    """Return adults, each with the children that sit beside them."""
    adults = sorted((each for each in sitters if not each.is_child), key=lambda one: one.is_minding)
    ids = {adult.id for adult in adults}
    units = []
    for adult in adults:
        own = [each for each in sitters if each.adult == adult.id]
        # A child on either side, and the rest behind the second.
        units.append([*own[1:2], adult, *own[:1], *own[2:]])
    return units + [[each] for each in sitters if each.is_child and each.adult not in ids]


def _tries(queue: list[list[Sitter]]) -> Iterator[tuple[int, bool]]:
    """Yield how many may sit together, the most first, and whether no child may be alone then.

    Units stay whole if they can; only where they cannot, children sit apart from adults.
    """
    ends = [sum(map(len, queue[: count + 1])) for count in range(len(queue))]
    yield from ((size, True) for size in reversed(ends))
    yield from ((size, False) for size in [*reversed(ends), *range(ends[0] - 1, 0, -1)])


def _split(queue: list[list[Sitter]], size: int) -> tuple[list[list[Sitter]], list[list[Sitter]]]:
    head, rest = [], []
    for unit in queue:
        head.append(unit[:size])
        rest.append(unit[size:])
        size = max(0, size - len(unit))
    return [unit for unit in head if unit], [unit for unit in rest if unit]


def _beside(
    seat_map: SeatMap,
    taken: set[str],
    anchor: Sitter,
    queue: list[list[Sitter]],
    tries: Iterable[tuple[int, bool]],
) -> dict[int, str]:
    """Return seats side by side with somebody's own, for the first try that finds room."""
    own = seat_map.seats[anchor.seat or ""]

    def distance(window: Window) -> tuple[int, int, int]:
        mine = window.offsets[window.seats.index(own)]
        apart = sum(abs(offset - mine) for offset in window.offsets)
        return _alone(window, group, anchor), window.flaws, apart

    order = [sitter for unit in queue for sitter in unit]
    for size, is_strict in tries:
        group = order[:size]
        may_sit_at_exit = all(each.may_sit_at_exit for each in (anchor, *group))
        fitting = [
            window
            for window in windows(seat_map, size + 1)
            if own in window.seats
            and (may_sit_at_exit or not window.has_exit)
            and not any(
                seat.name in taken or seat.has_legroom for seat in window.seats if seat != own
            )
            and not (is_strict and _alone(window, group, anchor))
        ]
        if fitting:
            return _seated(min(fitting, key=distance), group, anchor)
    return {}


def _best(
    seat_map: SeatMap,
    taken: set[str],
    group: Sequence[Sitter],
    near: Seat | None,
    *,
    is_strict: bool,
) -> Window | None:
    may_sit_at_exit = all(each.may_sit_at_exit for each in group)
    fitting = (
        window
        for window in windows(seat_map, len(group))
        if (may_sit_at_exit or not window.has_exit)
        and not any(seat.name in taken for seat in window.seats)
        and not (is_strict and _alone(window, group))
    )
    letters = [letter for letter in seat_map.columns if letter]

    def distance(window: Window) -> tuple[int, int]:
        if near is None:
            return _alone(window, group), window.cost
        first = window.seats[0]
        across = abs(letters.index(first.letter) - letters.index(near.letter))
        rows = _ROW_APART * abs(first.row - near.row)
        return _alone(window, group), window.flaws + rows + across

    if near is None and is_strict:
        return next(fitting, None)  # They come in this order.
    return min(fitting, key=distance, default=None)


def _alone(window: Window, group: Sequence[Sitter], anchor: Sitter | None = None) -> int:
    """Return how many children have no adult beside them for want of room, not of adults."""
    party = [*group, anchor] if anchor else group
    children = sum(each.is_child for each in party)
    short = max(0, children - _ELBOWS * (len(party) - children))
    return _ways(window, group, anchor).alone - short


def _ways(window: Window, group: Sequence[Sitter], anchor: Sitter | None) -> Ways:
    children = sum(each.is_child for each in group)
    if anchor is None:
        return ways(window.offsets, children)
    place = _place_of(window, anchor)
    if anchor.is_child:
        return ways(window.offsets, children + 1, child=place)
    return ways(window.offsets, children, adult=place)


def _place_of(window: Window, anchor: Sitter) -> int:
    return [seat.name for seat in window.seats].index(anchor.seat or "")


def _seated(
    window: Window, group: Sequence[Sitter], anchor: Sitter | None = None
) -> dict[int, str]:
    """Return who of a group sits where: children beside their own adult, if they can."""
    tries = [_laid(window, places, group, anchor) for places in _ways(window, group, anchor).places]

    def beside_own(who: dict[int, Sitter]) -> int:
        return sum(
            any(who[elbow].id == child.adult for elbow in elbows(window.offsets, place))
            for place, child in who.items()
        )

    who = max(tries, key=beside_own)
    return {each.id: window.seats[place].name for place, each in who.items() if each is not anchor}


def _laid(
    window: Window, places: frozenset[int], group: Sequence[Sitter], anchor: Sitter | None
) -> dict[int, Sitter]:
    """Return who sits at which place, where the children have these; the first nearest."""
    who: dict[int, Sitter] = {}
    offsets, own = window.offsets, 0
    party = [*group, anchor] if anchor else group
    if anchor:
        place = _place_of(window, anchor)
        who[place], own = anchor, offsets[place]

    def misfit(sitter: Sitter, place: int) -> tuple[int, int]:
        near, far = elbows(offsets, place), abs(offsets[place] - own)
        if sitter.is_child:
            return all(who[each].id != sitter.adult for each in near if each in who), far
        minded = sum(each.adult == sitter.id for each in party)
        return abs(minded - len(places.intersection(near))), far

    for sitter in sorted(group, key=lambda one: one.is_child):
        free = [place for place in range(len(offsets)) if place not in who]
        right = [place for place in free if (place in places) == sitter.is_child]
        who[min(right, key=lambda place: misfit(sitter, place))] = sitter
    return who
