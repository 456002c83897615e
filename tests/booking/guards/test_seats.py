"""The guards of seats, each taken away: what then breaks, or what stands behind it.

Where one guard is enough, the test's name says so, and another takes both away.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from tests.booking.guards.promises import MISCOUNTED, OVERSOLD, SEAT_TWICE, SOLD_LATE, UNLIKE_CLAIMS
from tests.booking.races import (
    book_at_once,
    confirm_late,
    extend_late,
    hold_lapsed_seats_at_once,
    named_hold,
    pick_one_seat_at_once,
    seat_first_of,
    seat_others_at_once,
)
from tests.builders import make_aircraft, make_flight, make_hold, make_offer
from tests.guards import broken, dropped, regardless, unlocked
from tests.races import meeting
from tests.state import sold
from webapp import clock
from webapp.booking import service
from webapp.booking.errors import HoldExpired
from webapp.booking.models import HOLD_TIME, Coupon
from webapp.db import db, transaction
from webapp.flights import inventory
from webapp.flights.errors import NoSeatsLeft
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightCabin
from webapp.network.models import Cabin

on_mariadb = pytest.mark.databases("mariadb")

# The conditions, as the database hears them.
ROOM = (
    "UPDATE flight_cabins",
    "flight_cabins.sold + flight_cabins.held + ? <= flight_cabins.sellable",
)
NOT_YET_RELEASED = (
    "UPDATE seat_claims SET status=? WHERE seat_claims.id = ? AND seat_claims.status",
    "seat_claims.status = ?",
)
SELL = "UPDATE seat_claims SET status=? WHERE seat_claims.id = ? AND seat_claims.seats"
EXTEND = "UPDATE seat_claims SET expires_at=?"
IS_HELD, IS_IN_TIME = "seat_claims.status = ?", "seat_claims.expires_at > ?"


def held(flight: Flight) -> int:
    db.session.rollback()
    return db.session.get_one(FlightCabin, (flight.id, "economy"), populate_existing=True).held


# The UPDATE that takes seats only where there are some, and the CHECK on what is taken


def two_for_the_last_seat(app: Flask, flight: Flight) -> dict[str, int]:
    """Let two who both saw the last seat book it."""
    with meeting(2, after="INSERT INTO bookings"):
        return book_at_once(app, make_offer(flight), requests=2, threads=2)


@on_mariadb
def test_without_the_guarded_update_the_check_refuses_the_second_in_an_error(app: Flask) -> None:
    flight = make_flight(seats=1)
    with regardless(*ROOM), pytest.raises(DatabaseError, match="not_oversold"):
        two_for_the_last_seat(app, flight)
    assert sold(flight.id) == 1
    assert broken() == set()


@on_mariadb
def test_without_the_check_the_guarded_update_alone_refuses_the_second(app: Flask) -> None:
    with dropped("ck_flight_cabins_not_oversold"):
        assert two_for_the_last_seat(app, make_flight(seats=1)) == {"booked": 1, "full": 1}
        assert broken() == set()


@on_mariadb
def test_without_the_guarded_update_and_the_check_the_last_seat_is_sold_twice(app: Flask) -> None:
    with dropped("ck_flight_cabins_not_oversold"):
        with regardless(*ROOM):
            assert two_for_the_last_seat(app, make_flight(seats=1)) == {"booked": 2}
        assert broken() >= {OVERSOLD}


def test_a_claim_that_asks_for_no_room_runs_into_the_check_on_either_database(app: Flask) -> None:
    flight = make_flight(seats=2)
    until = clock.now() + HOLD_TIME
    with regardless(*ROOM), pytest.raises(DatabaseError, match="not_oversold"), transaction():
        inventory.hold_seats(flight.id, Cabin.ECONOMY, 3, until)
    assert held(flight) == 0


# The claim that changes its state once, and the CHECK that no count is below zero


def test_where_a_claim_is_released_twice_two_have_the_last_seat(app: Flask) -> None:
    flight = make_flight(seats=1)
    lapsed = make_hold(flight)
    clock.advance(HOLD_TIME)
    make_hold(flight)  # Lets go of the lapsed claim, whose booking still says that it holds.
    with regardless(*NOT_YET_RELEASED), transaction():
        service.expire_hold(lapsed.id)
    assert broken() >= {MISCOUNTED}
    make_hold(flight)
    assert held(flight) == 1  # By two who both still hold.


@on_mariadb
def test_a_lapsed_claim_released_by_two_at_once_runs_into_the_check_on_what_is_held(
    app: Flask,
) -> None:
    flight = make_flight(seats=2)
    with (
        regardless(*NOT_YET_RELEASED),
        meeting(2, after="^SELECT seat_claims.id"),
        pytest.raises(DatabaseError, match="ck_flight_cabins_held"),
    ):
        hold_lapsed_seats_at_once(app, flight, 2)
    assert broken() == set()


@on_mariadb
def test_without_that_check_either_a_lapsed_claim_gives_its_seats_back_twice(app: Flask) -> None:
    with dropped("ck_flight_cabins_held"):
        with regardless(*NOT_YET_RELEASED), meeting(2, after="^SELECT seat_claims.id"):
            outcomes = hold_lapsed_seats_at_once(app, make_flight(seats=2), 2)
        assert outcomes == ["held"] * 2
        assert broken() >= {MISCOUNTED}


# A hold past its time, which holds nothing


def test_nobody_gets_the_seats_of_a_lapsed_hold_that_nobody_lets_go_of(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "expire_claims_of", lambda _flight_id: 0)
    flight = make_flight(seats=1)
    make_hold(flight)
    clock.advance(HOLD_TIME)
    with pytest.raises(NoSeatsLeft):
        make_hold(flight)


@on_mariadb
def test_all_who_ask_for_seats_of_a_lapsed_hold_at_once_leave_without_where_it_is_not_let_go_of(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "expire_claims_of", lambda _flight_id: 0)
    assert hold_lapsed_seats_at_once(app, make_flight(seats=8), 8) == ["full"] * 8


@on_mariadb
@pytest.mark.parametrize("condition", [IS_HELD, IS_IN_TIME])
def test_that_a_claim_is_held_and_that_its_time_runs_each_alone_keep_a_lost_seat_from_being_sold(
    app: Flask, condition: str
) -> None:
    flight = make_flight(seats=1)
    with regardless(SELL, condition), pytest.raises(HoldExpired):
        confirm_late(app, flight)
    assert broken() == set()


@on_mariadb
def test_without_either_a_seat_is_sold_that_somebody_else_holds(app: Flask) -> None:
    flight = make_flight(seats=1)
    with regardless(SELL, IS_HELD, IS_IN_TIME):
        confirm_late(app, flight)
    assert sold(flight.id) == 1
    assert broken() >= {MISCOUNTED, SOLD_LATE}


@on_mariadb
def test_unless_its_claim_is_held_a_hold_is_extended_whose_seat_somebody_else_has(
    app: Flask,
) -> None:
    with regardless(EXTEND, IS_HELD):
        extend_late(app, make_flight(seats=1))
    assert broken() >= {UNLIKE_CLAIMS}


def confirm_after(app: Flask, flight: Flight, by: timedelta) -> None:
    booking_id = named_hold(flight)
    clock.advance(by)
    with transaction():
        service.confirm_booking(booking_id, "test")


def test_that_the_booking_is_still_held_is_asked_of_its_claim_as_well(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_require_live_hold", lambda _booking: None)
    with pytest.raises(HoldExpired):
        confirm_after(app, make_flight(), HOLD_TIME)
    assert broken() == set()


def test_asked_of_neither_a_hold_is_sold_after_its_time(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_require_live_hold", lambda _booking: None)
    with regardless(SELL, IS_IN_TIME):
        confirm_after(app, make_flight(), HOLD_TIME)
    assert broken() >= {SOLD_LATE}


# The cabin's lock of those who choose seats, and the unique seat of a flight

WHO_SITS_WHERE = r"^SELECT coupons\.seat\s+FROM coupons\s+WHERE"


@pytest.fixture
def flight(app: Flask) -> Flight:
    """Return a flight with rows 100 to 104."""
    return make_flight(seats=30, aircraft=make_aircraft(seats=30, letters="ABC DEF"))


@on_mariadb
def test_without_the_cabins_lock_the_unique_seat_refuses_the_second(
    app: Flask, flight: Flight
) -> None:
    with unlocked("flight_cabins"), meeting(2, after=WHO_SITS_WHERE):
        assert pick_one_seat_at_once(app, flight, 2) == ["has it", "taken"]
    assert broken() == set()


@on_mariadb
def test_without_the_unique_seat_who_waited_for_the_cabin_sees_that_it_is_taken(
    app: Flask, flight: Flight
) -> None:
    with dropped("uq_coupons_flight_id_seat"):
        assert pick_one_seat_at_once(app, flight, 8) == ["has it", *["taken"] * 7]
        assert broken() == set()


@on_mariadb
def test_without_the_cabins_lock_and_the_unique_seat_two_sit_on_it(
    app: Flask, flight: Flight
) -> None:
    with dropped("uq_coupons_flight_id_seat"):
        with unlocked("flight_cabins"), meeting(2, after=WHO_SITS_WHERE):
            assert pick_one_seat_at_once(app, flight, 2) == ["has it"] * 2
        assert broken() >= {SEAT_TWICE}


def two_for_the_seat_between(app: Flask, flight: Flight) -> list[str]:
    """Let two who sit left and right of a seat both have seen it free for their companion."""
    firsts = seat_first_of(flight, Party(2), ["101A", "101C"])
    with meeting(2, after=WHO_SITS_WHERE):
        seat_others_at_once(app, firsts)
    return sorted(filter(None, db.session.scalars(select(Coupon.seat))))


@on_mariadb
def test_without_the_cabins_lock_the_unique_seat_sends_the_second_companion_elsewhere(
    app: Flask, flight: Flight
) -> None:
    with unlocked("flight_cabins"):
        seats = two_for_the_seat_between(app, flight)
    assert seats.count("101B") == 1
    assert len(set(seats)) == 4
    assert broken() == set()


@on_mariadb
def test_without_the_cabins_lock_and_the_unique_seat_two_companions_sit_on_it(
    app: Flask, flight: Flight
) -> None:
    with dropped("uq_coupons_flight_id_seat"):
        with unlocked("flight_cabins"):
            assert two_for_the_seat_between(app, flight) == ["101A", "101B", "101B", "101C"]
        assert broken() >= {SEAT_TWICE}
