"""Seat maps: a cabin's layout, spelt out into rows of seats that people can find and judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from webapp.network.models import CabinLayout


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat: what it is called (12A), where it stands, and what is good about it."""

    name: str
    row: int
    letter: str
    is_window: bool
    is_aisle: bool
    is_exit: bool
    has_legroom: bool
    is_blocked: bool


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A row across the cabin; None stands for an aisle."""

    number: int
    places: tuple[Seat | None, ...]
    is_exit: bool

    @property
    def seats(self) -> Iterator[Seat]:
        """The seats that passengers may sit in, from left to right."""
        return (seat for seat in self.places if seat and not seat.is_blocked)


@dataclass(frozen=True, eq=False)
class SeatMap:
    """A cabin from front to back. `columns` are its letters, with None for each aisle.

    There is one object for each layout, so that what is worked out for a layout is kept by it.
    """

    cabin: str
    columns: tuple[str | None, ...]
    rows: tuple[SeatRow, ...]
    seats: dict[str, Seat]


def seat_map_of(layout: CabinLayout) -> SeatMap:
    """Spell a cabin's layout out; kept in memory, since a fleet has few layouts."""
    return _spelt_out(
        layout.cabin,
        layout.first_row,
        layout.last_row,
        layout.letters,
        layout.exit_rows,
        layout.extra_legroom_rows,
        layout.blocked_seats,
    )


@lru_cache(maxsize=500)
def _spelt_out(
    cabin: str, first: int, last: int, letters: str, exits: str, legroom: str, blocked: str
) -> SeatMap:
    exit_rows, legroom_rows, blocked_seats = _listed(exits), _listed(legroom), _listed(blocked)
    across = letters.replace(" ", "")
    # Beside an aisle stands whoever ends a group that another one follows or precedes.
    on_aisle = {
        edge
        for left, right in zip(letters.split(), letters.split()[1:], strict=False)
        for edge in (left[-1], right[0])
    }
    rows = tuple(
        SeatRow(
            number,
            tuple(
                Seat(
                    name=f"{number}{letter}",
                    row=number,
                    letter=letter,
                    is_window=letter in (across[0], across[-1]),
                    is_aisle=letter in on_aisle,
                    is_exit=str(number) in exit_rows,
                    has_legroom=str(number) in legroom_rows,
                    is_blocked=f"{number}{letter}" in blocked_seats,
                )
                if letter != " "
                else None
                for letter in letters
            ),
            str(number) in exit_rows,
        )
        for number in range(first, last + 1)
    )
    columns = tuple(letter if letter != " " else None for letter in letters)
    return SeatMap(cabin, columns, rows, {seat.name: seat for row in rows for seat in row.seats})


def _listed(text: str) -> frozenset[str]:
    return frozenset(each for each in text.split(",") if each)
