"""Seats for whoever chose none: the party together, children beside an adult, exits for adults."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st

from tests.builders import cancel, make_aircraft, make_booking, make_flight, make_hold
from webapp import clock
from webapp.booking import service
from webapp.booking.models import Booking, Coupon
from webapp.booking.seats.assignment import Sitter, assigned
from webapp.booking.seats.queries import live_coupons
from webapp.db import db, transaction
from webapp.flights.fares import Party
from webapp.network.models import Cabin, CabinLayout
from webapp.network.seating import SeatMap, seat_map_of

ADULT, CHILD, LAP = "adult", "child", "lap"


def cabin(rows: int = 10, letters: str = "ABC DEF", **more: str) -> SeatMap:
    layout = {"exit_rows": "", "extra_legroom_rows": "", "blocked_seats": "", **more}
    return seat_map_of(
        CabinLayout(cabin="economy", first_row=1, last_row=rows, letters=letters, **layout)
    )


def party(
    *kinds: str, seats: dict[int, str] | None = None, families: Sequence[str] = ()
) -> list[Sitter]:
    return [
        Sitter(number, kind == CHILD, kind == LAP, (seats or {}).get(number), family=family)
        for number, (kind, family) in enumerate(
            itertools.zip_longest(kinds, families[: len(kinds)], fillvalue="")
        )
    ]


def seats_of(booking: Booking) -> list[str | None]:
    db.session.expire_all()
    return [coupon.seat for coupon in live_coupons(booking)]


# The map


def test_a_layout_is_spelt_out_into_rows_windows_aisles_and_exits() -> None:
    a320 = cabin(3, exit_rows="2", extra_legroom_rows="2,3", blocked_seats="3F")
    assert a320.columns == ("A", "B", "C", None, "D", "E", "F")
    assert [row.is_exit for row in a320.rows] == [False, True, False]
    first = {seat.letter: seat for seat in a320.rows[0].seats}
    assert [letter for letter, seat in first.items() if seat.is_window] == ["A", "F"]
    assert [letter for letter, seat in first.items() if seat.is_aisle] == ["C", "D"]
    assert len(a320.seats) == 17
    assert "3F" not in a320.seats
    assert a320.seats["3A"].has_legroom


def test_a_seat_of_its_own_between_two_aisles_is_window_and_aisle() -> None:
    business = cabin(1, "A DG K")
    assert all(seat.is_aisle for seat in business.seats.values())
    assert [seat.name for seat in business.seats.values() if seat.is_window] == ["1A", "1K"]


# The assignment


def test_a_traveller_alone_sits_at_a_window_or_an_aisle() -> None:
    taken = {"1A", "1C", "1D", "1F"}
    assert assigned(cabin(), taken, party(ADULT)) == {0: "2A"}


def test_a_party_sits_side_by_side_where_a_row_has_room() -> None:
    found = assigned(cabin(), {"1B"}, party(ADULT, ADULT, ADULT))
    assert sorted(found.values()) == ["1D", "1E", "1F"]


def test_a_party_too_large_for_what_is_left_of_any_row_sits_in_neighbouring_rows() -> None:
    taken = {f"{row}{letter}" for row in range(1, 11) for letter in "ADEF"}
    found = assigned(cabin(), taken, party(*[ADULT] * 4))
    assert sorted(found.values()) == ["1B", "1C", "2B", "2C"]


def test_children_sit_beside_an_adult() -> None:
    found = assigned(cabin(), set(), party(ADULT, CHILD, CHILD))
    assert sorted(found.values()) == ["1A", "1B", "1C"]
    assert found[0] == "1B"


def test_a_family_that_must_part_parts_with_an_adult_on_each_side() -> None:
    taken = {f"{row}{letter}" for row in range(1, 11) for letter in "ADEF"}
    found = assigned(cabin(), taken, party(ADULT, ADULT, CHILD, CHILD))
    assert found[0][:-1] == found[2][:-1]
    assert found[1][:-1] == found[3][:-1]


def test_who_joins_somebody_with_a_seat_sits_beside_them() -> None:
    found = assigned(cabin(), {"7A"}, party(ADULT, CHILD, seats={0: "7A"}))
    assert found == {1: "7B"}


@pytest.mark.parametrize(
    ("kinds", "seats", "found"),
    [
        ((ADULT, CHILD, CHILD), {0: "6B"}, {1: "6C", 2: "6A"}),
        ((ADULT, CHILD, CHILD), {0: "6C"}, {1: "6A", 2: "6B"}),
        ((ADULT, ADULT, CHILD), {2: "6A"}, {0: "6B", 1: "6C"}),
        ((LAP, ADULT, CHILD, CHILD), {0: "6A"}, {1: "6D", 2: "6F", 3: "6C"}),
    ],
)
def test_a_family_sits_around_the_first_of_them_who_has_a_seat(
    kinds: tuple[str, ...], seats: dict[int, str], found: dict[int, str]
) -> None:
    letters = "AC DF" if len(kinds) == 4 else "ABC DEF"
    assert (
        assigned(cabin(letters=letters), set(seats.values()), party(*kinds, seats=seats)) == found
    )


def test_where_a_row_has_no_room_for_all_a_child_stays_beside_its_adult() -> None:
    family = party(ADULT, ADULT, CHILD, CHILD, seats={0: "6A"})
    found = assigned(cabin(), {"6A", "6C"}, family)
    assert found[2] == "6B"
    assert sorted((found[1], found[3])) == ["5A", "5B"]


def test_legroom_beside_somebody_who_paid_for_it_is_not_given_away() -> None:
    roomy = cabin(extra_legroom_rows="1")
    assert assigned(roomy, {"1A"}, party(ADULT, ADULT, seats={0: "1A"})) == {1: "2A"}


def test_no_child_is_seated_in_an_exit_row_to_be_beside_its_adult() -> None:
    exits = cabin(exit_rows="5")
    found = assigned(exits, {"5A"}, party(ADULT, CHILD, seats={0: "5A"}))
    assert exits.seats[found[1]].row in (4, 6)


@pytest.mark.parametrize("kind", [CHILD, LAP])
def test_an_exit_row_stays_empty_rather_than_take_a_child_or_an_infants_adult(kind: str) -> None:
    exits = cabin(2, exit_rows="1")
    assert assigned(exits, set(), party(kind)) == {0: "2A"}
    assert assigned(exits, {f"2{letter}" for letter in "ABCDEF"}, party(kind)) == {}
    assert assigned(exits, {f"2{letter}" for letter in "ABCDEF"}, party(ADULT)) == {0: "1A"}


def test_legroom_that_is_sold_is_given_away_only_where_nothing_else_is_left() -> None:
    roomy = cabin(2, extra_legroom_rows="1")
    assert assigned(roomy, set(), party(ADULT)) == {0: "2A"}
    assert assigned(roomy, {f"2{letter}" for letter in "ABCDEF"}, party(ADULT)) == {0: "1A"}


def test_in_a_cabin_with_too_few_seats_somebody_stays_without() -> None:
    found = assigned(cabin(1, "AB"), {"1A"}, party(ADULT, ADULT))
    assert list(found.values()) == ["1B"]


def moved(seats: SeatMap, had: dict[int, str], *kinds: str) -> list[Sitter]:
    return [replace(each, had=seats.seats[had[each.id]]) for each in party(*kinds)]


def test_who_changes_flights_sits_where_they_sat_if_all_of_them_can() -> None:
    seats = cabin(20)
    couple = moved(seats, {0: "12C", 1: "12D"}, ADULT, ADULT)
    assert assigned(seats, {"12A"}, couple) == {0: "12C", 1: "12D"}


def test_where_a_seat_of_them_is_taken_they_sit_together_around_one_like_the_first() -> None:
    seats = cabin(20)
    couple = moved(seats, {0: "12C", 1: "12D"}, ADULT, ADULT)
    assert assigned(seats, {"12D"}, couple) == {0: "12C", 1: "12B"}
    alone = moved(seats, {0: "12F"}, ADULT)
    assert assigned(seats, {"12F"}, alone) == {0: "12A"}
    assert assigned(seats, {"12F", "12A"}, alone) == {0: "11F"}
    full = {f"{row}{letter}" for row in range(1, 21) for letter in "AF"}
    assert assigned(seats, full, alone) == {0: "1C"}, "no window is left"


def test_legroom_and_exits_are_not_given_for_a_seat_like_one_before() -> None:
    seats = cabin(20, exit_rows="12", extra_legroom_rows="12")
    assert assigned(seats, set(), moved(seats, {0: "12F"}, ADULT)) == {0: "11F"}


@given(
    kinds=st.lists(st.sampled_from([ADULT, CHILD, LAP]), min_size=1, max_size=9),
    taken=st.sets(
        st.sampled_from([f"{r}{x}" for r, x in itertools.product(range(1, 7), "ABCDEF")])
    ),
    before=st.sampled_from(["nothing", "a seat here", "seats elsewhere"]),
)
def test_nobody_gets_a_taken_seat_or_one_twice_and_free_seats_find_somebody(
    kinds: list[str], taken: set[str], before: str
) -> None:
    seats = cabin(6, exit_rows="3", extra_legroom_rows="1,3", blocked_seats="6A")
    own = {0: min(taken)} if taken and before == "a seat here" else {}
    sitters = party(*kinds, seats=own)
    if before == "seats elsewhere":
        names = sorted(seats.seats)
        sitters = [replace(each, had=seats.seats[names[each.id]]) for each in sitters]
    found = assigned(seats, taken, sitters)
    assert len(set(found.values())) == len(found)
    assert not set(found.values()) & taken
    assert set(found.values()) <= set(seats.seats)
    for sitter in sitters:
        if sitter.id in found and not sitter.may_sit_at_exit:
            assert not seats.seats[found[sitter.id]].is_exit
    left = [seats.seats[name] for name in set(seats.seats) - taken - set(found.values())]
    for sitter in sitters:
        if sitter.id not in found and sitter.seat is None:
            assert all(seat.is_exit for seat in left)
            assert not sitter.may_sit_at_exit or not left


# Children


LAYOUTS = ["ABC DEF", "ABC DEFG HJK", "AB DEFG JK", "AC DF", "A DG K", "ABC DEF GHJ"]


def beside(seats: SeatMap, name: str) -> set[str]:
    """Return the seats right beside one, with no aisle between."""
    places = next(row.places for row in seats.rows if row.number == seats.seats[name].row)
    place = places.index(seats.seats[name])
    near = [*places[max(0, place - 1) : place], *places[place + 1 : place + 2]]
    return {seat.name for seat in near if seat}


def alone(seats: SeatMap, adults: set[str], children: set[str]) -> int:
    """Return how many children sit right beside no adult."""
    return sum(not beside(seats, name) & adults for name in children)


def alone_at_best(seats: SeatMap, row: int, taken: set[str], own: str, kinds: list[str]) -> int:
    """Return how few children sit beside no adult, tried over all seats side by side in a row."""
    names = [seat.name for seat in next(each for each in seats.rows if each.number == row).seats]
    fewest = len(kinds)
    for start in range(len(names) - len(kinds) + 1):
        run = names[start : start + len(kinds)]
        if own not in run or taken.intersection(run) - {own}:
            continue
        for chosen in itertools.combinations(run, kinds.count(CHILD)):
            if (own in chosen) == (kinds[0] == CHILD):
                fewest = min(fewest, alone(seats, set(run).difference(chosen), set(chosen)))
    return fewest


def spread(found: dict[int, str], sitters: list[Sitter]) -> tuple[set[str], set[str]]:
    """Return the seats of the adults of a party, and those of its children."""
    seats = {each.id: each.seat or found[each.id] for each in sitters}
    children = {seats[each.id] for each in sitters if each.is_child}
    return set(seats.values()) - children, children


parties = st.lists(st.sampled_from([ADULT, CHILD, LAP]), min_size=2, max_size=9).filter(
    lambda kinds: set(kinds) != {CHILD}
)
families = st.lists(st.sampled_from(["LIN", "DIAZ"]), min_size=9, max_size=9)


@given(
    letters=st.sampled_from(LAYOUTS),
    kinds=parties,
    families=families,
    place=st.integers(0, 9),
    holes=st.sets(st.integers(0, 9), max_size=3),
)
def test_beside_a_choice_no_child_is_alone_where_its_row_has_room_for_adults_beside_all(
    letters: str, kinds: list[str], families: list[str], place: int, holes: set[int]
) -> None:
    seats = cabin(9, letters)
    row = list(seats.rows[4].seats)
    own = row[place % len(row)].name
    taken = {row[hole].name for hole in holes if hole < len(row)} | {own}
    sitters = party(*kinds, seats={0: own}, families=families)
    found = assigned(seats, taken, sitters)
    if alone_at_best(seats, 5, taken, own, kinds) == 0:
        assert alone(seats, *spread(found, sitters)) == 0


@given(
    letters=st.sampled_from(["ABC DEF", "ABC DEFG HJK", "AB DEFG JK"]),
    kinds=parties,
    families=families,
    place=st.none() | st.integers(0, 9),
    holes=st.sets(st.integers(0, 9)),
)
@example("ABC DEF", [LAP, ADULT, CHILD], ["LIN"] * 9, 0, {2})
def test_with_free_rows_around_no_child_is_alone_unless_the_party_is_short_of_adults(
    letters: str, kinds: list[str], families: list[str], place: int | None, holes: set[int]
) -> None:
    kinds.sort(key=CHILD.__eq__)
    seats = cabin(9, letters)
    row = list(seats.rows[4].seats)
    taken = {row[hole].name for hole in holes if hole < len(row)}
    own = {} if place is None else {0: row[place % len(row)].name}
    sitters = party(*kinds, seats=own, families=families)
    room = len(beside(seats, own[0]) - taken) if own else 2
    found = assigned(seats, taken.union(own.values()), sitters)
    children = kinds.count(CHILD)
    if children <= room + 2 * (len(kinds) - children - 1):
        assert alone(seats, *spread(found, sitters)) == 0


def test_children_sit_beside_an_adult_of_their_own_family_before_another() -> None:
    found = assigned(
        cabin(letters="ABC DEFG HJK"),
        set(),
        party(ADULT, ADULT, CHILD, CHILD, families=["LIN", "DIAZ", "DIAZ", "LIN"]),
    )
    seats = cabin(letters="ABC DEFG HJK")
    assert found[2] in beside(seats, found[1])
    assert found[3] in beside(seats, found[0])


def test_a_child_whose_adult_chose_a_seat_sits_there_and_not_where_another_did() -> None:
    sitters = party(ADULT, ADULT, CHILD, seats={0: "2B", 1: "8B"}, families=["LIN", "DIAZ", "DIAZ"])
    assert assigned(cabin(), {"2B", "8B"}, sitters)[2] in {"8A", "8C"}


# On a flight


def test_the_confirmation_seats_the_party_and_no_infant(app: Flask) -> None:
    flight = make_flight(seats=12, aircraft=make_aircraft(seats=12, letters="ABC DEF"))
    booking = make_booking(flight, Party(2, 1, 1))
    assert sorted(filter(None, seats_of(booking))) == ["100A", "100B", "100C"]
    assert seats_of(booking)[-1] is None
    another = make_booking(flight)
    assert seats_of(another) == ["100D"]


def test_a_cabin_that_the_aircraft_lacks_seats_nobody_and_stops_nothing(app: Flask) -> None:
    booking = make_booking(make_flight(cabin=Cabin.BUSINESS))
    assert seats_of(booking) == [None]
    assert booking.status == "confirmed"


def test_the_seats_of_a_hold_past_its_time_are_given_to_others(app: Flask) -> None:
    flight = make_flight(seats=1)
    lapsed = make_hold(flight)
    with transaction():
        live_coupons(lapsed)[0].seat = "100A"
    clock.advance(service.HOLD_TIME)
    assert seats_of(make_booking(flight)) == ["100A"]
    assert seats_of(lapsed) == [None]


def test_a_cancelled_booking_gives_its_seats_back(app: Flask) -> None:
    flight = make_flight(seats=1)
    booking = make_booking(flight)
    cancel(booking)
    coupon = db.session.query(Coupon).one()
    assert (coupon.seat, coupon.status) == (None, "cancelled")
    assert seats_of(make_booking(flight)) == ["100A"]
