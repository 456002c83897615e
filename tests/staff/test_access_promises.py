"""The promises about who has to do with what, and about forms sent twice: each breach is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, text, update

from tests.builders import (
    PASSWORD,
    log_in,
    make_airline,
    make_booking,
    make_flight,
    make_hold,
    make_schedule,
    make_user,
)
from tests.staff.test_integrity import unchecked
from webapp import clock
from webapp.accounts.models import EmailChange, Role, User
from webapp.booking import disruptions
from webapp.booking.models import Booking, BookingEvent
from webapp.db import db, transaction
from webapp.flights.local_time import LocalTimes
from webapp.flights.models import Flight
from webapp.flights.schedule_times import retime_schedule
from webapp.flights.schedules import end_schedule
from webapp.notifications.models import Notification
from webapp.privacy.service import close_account
from webapp.staff.integrity import broken_promises
from worker.schedule_changes import cancel_beyond_ends, move_to_new_times

CHANGED = "Nobody changed a flight but staff of its airline and administrators"
SERVED = "Nobody served a party but staff of an airline that it flies with and administrators"
SAM, OLGA, ADA, CHARLIE = (f"{name}@example.com" for name in ("sam", "olga", "ada", "charlie"))


@pytest.fixture
def cast(app: Flask) -> None:
    make_airline("X1")
    make_airline("Y2")
    make_user(SAM, Role.AIRLINE_STAFF, "X1")
    make_user(OLGA, Role.AIRLINE_STAFF, "Y2")
    make_user(ADA, Role.ADMIN)
    make_user(CHARLIE)


def broken() -> list[tuple[str, str]]:
    db.session.rollback()
    return [(each.promise, each.row) for each in broken_promises()]


def let_end(actor: str) -> Flight:
    """Let a schedule end before a booked flight, which the worker is to cancel."""
    schedule, flight = make_schedule(), booked_flight()
    with transaction():
        end_schedule(schedule.id, flight.departs_on - timedelta(days=1), actor)
    return flight


def give_other_times(actor: str) -> Flight:
    """Let a schedule fly at other times from a booked flight on, which the worker is to move."""
    schedule, flight = make_schedule(), booked_flight()
    nine = LocalTimes(time(9), time(11, 10), 0)
    with transaction():
        retime_schedule(schedule.id, flight.departs_on, nine, None, actor)
    return flight


def booked_flight() -> Flight:
    flight = db.session.query(Flight).order_by(Flight.departs_on)[1]
    make_booking(flight)
    return flight


def carry_out(flight: Flight) -> None:
    """Do what a change of its schedule asks of a flight, as the worker does."""
    before = flight.status, flight.departs_at
    cancel_beyond_ends()
    move_to_new_times()
    db.session.refresh(flight)
    assert (flight.status, flight.departs_at) != before


# Whose flights


@pytest.mark.parametrize(("actor", "is_found"), [(SAM, 0), (ADA, 0), (OLGA, 1), (CHARLIE, 1)])
def test_who_changed_a_flight_of_another_airline_is_found(
    cast: None, actor: str, is_found: int
) -> None:
    flight = make_flight(airline="X1")
    with transaction():
        disruptions.cancel_flight(flight.id, actor)
    row = f"X1{flight.number}/{flight.departs_on}/DEL: cancelled by {actor}"
    assert broken() == [(CHANGED, row)] * is_found


@pytest.mark.parametrize("is_put_back", [False, True])
def test_a_strangers_line_is_found_after_the_account_has_another_address(
    cast: None, client: FlaskClient, is_put_back: bool
) -> None:
    flight = make_flight(airline="X1")

    def assign(gate: str, actor: str) -> str:
        with transaction():
            disruptions.assign_gate(flight.id, None, gate, actor)
        clock.advance(timedelta(hours=1))
        return f"X1{flight.number}/{flight.departs_on}/DEL: gate by {actor}"

    rows = [assign("A1", OLGA)]
    move = {"password": PASSWORD, "email": "olga2@example.com"}
    log_in(client, db.session.query(User).filter(User.email == OLGA).one())
    assert client.post("/account/email", data=move).status_code == 303
    clock.advance(timedelta(hours=1))
    assign("A2", OLGA)  # Whoever that was: the account had another address by then.
    if not is_put_back:
        rows.append(assign("A3", "olga2@example.com"))
    else:
        with transaction() as session:
            session.execute(update(User).where(User.email == move["email"]).values(email=OLGA))
            session.execute(update(EmailChange).values(put_back_at=clock.now()))
        clock.advance(timedelta(hours=1))
        assign("A4", "olga2@example.com")
        rows.append(assign("A5", OLGA))
    make_user("sam2@example.com", Role.AIRLINE_STAFF, "X1")
    assert sorted(broken()) == sorted((CHANGED, row) for row in rows)


def test_who_got_an_address_later_did_nothing_under_it(cast: None, client: FlaskClient) -> None:
    flight = make_flight(airline="X1")
    with transaction():
        disruptions.assign_gate(flight.id, None, "A1", "left@example.com")
        disruptions.assign_gate(flight.id, None, "A2", SAM)
        disruptions.assign_gate(flight.id, None, "A3", "moved@example.com")
    clock.advance(timedelta(hours=1))
    make_user("left@example.com")
    charlie = {"password": PASSWORD, "email": "moved@example.com"}
    log_in(client, db.session.query(User).filter(User.email == CHARLIE).one())
    assert client.post("/account/email", data=charlie).status_code == 303
    assert broken() == []


@pytest.mark.parametrize("change", [let_end, give_other_times])
def test_who_got_an_address_before_the_worker_was_done_did_nothing_under_it(
    cast: None, change: Callable[[str], Flight]
) -> None:
    user_id = db.session.query(User).filter(User.email == SAM).one().id
    flight = change(SAM)
    clock.advance(timedelta(seconds=20))
    with transaction():
        close_account(user_id, PASSWORD)
    clock.advance(timedelta(seconds=20))
    make_user(SAM)
    clock.advance(timedelta(seconds=20))
    carry_out(flight)
    assert broken() == []


@pytest.mark.parametrize(
    ("change", "what"), [(let_end, "ending"), (give_other_times, "moving")], ids=["end", "times"]
)
def test_what_a_stranger_had_the_worker_do_is_found_by_the_order(
    cast: None, change: Callable[[str], Flight], what: str
) -> None:
    flight = change(OLGA)
    carry_out(flight)
    row = f"X1{flight.number}/{flight.departs_on}/DEL: {what} by {OLGA}"
    assert (CHANGED, row) in broken()


@pytest.mark.parametrize("what", ["served", "schedule_change_handled"])
@pytest.mark.parametrize(("actor", "is_found"), [(SAM, 0), (ADA, 0), (OLGA, 1), (CHARLIE, 1)])
def test_who_served_a_party_that_flies_with_another_airline_is_found(
    cast: None, actor: str, is_found: int, what: str
) -> None:
    booking = make_booking(make_flight(airline="X1"))
    line = {"booking_id": booking.id, "at": clock.now(), "actor": actor, "what": what}
    with transaction() as session:
        session.execute(insert(BookingEvent).values(**line, before={}, after={}))
    assert broken() == [(SERVED, f"{booking.reference}: {what} by {actor}")] * is_found


def test_mail_that_stands_in_another_account_is_found(cast: None) -> None:
    booking = make_booking(make_flight(), user=make_user("alice@example.com"))
    guests = make_booking(make_flight())
    charlie = make_user(CHARLIE).id
    assert broken() == []
    for each in (booking, guests):
        mails = update(Notification).where(Notification.booking_id == each.id)
        with transaction() as session:
            session.execute(mails.values(user_id=charlie))
        found = broken()
        assert {promise for promise, _ in found} == {
            "Mail about a booking stands in no other account than its own"
        }
        assert all(each.reference in row for _, row in found[-1:])


@pytest.mark.parametrize(
    ("who", "damage"),
    [
        (SAM, {"airline_iata": None}),
        (CHARLIE, {"airline_iata": "X1"}),
        (ADA, {"airline_iata": "Y2"}),
        (CHARLIE, {"role": "pilot"}),
    ],
)
def test_staff_of_no_airline_and_other_roles_are_found(
    cast: None, who: str, damage: dict[str, Any]
) -> None:
    with transaction() as session, unchecked():
        session.execute(update(User).where(User.email == who).values(**damage))
    ((promise, row),) = broken()
    assert promise == "Airline staff, and only they, belong to an airline"
    assert row.startswith(f"{who} is ")


# Forms sent twice


def test_bookings_of_one_form_are_found_where_no_constraint_keeps_them_apart(app: Flask) -> None:
    flight = make_flight()
    one, other = sorted(make_booking(flight).reference for _ in range(2))
    make_hold(flight)
    assert broken() == []
    # A table without constraints stands before the real one, for this connection alone.
    with transaction() as session:
        session.execute(text("CREATE TEMPORARY TABLE copied AS SELECT * FROM bookings"))
        session.execute(text("CREATE TEMPORARY TABLE bookings AS SELECT * FROM copied"))
        try:
            same = update(Booking).where(Booking.status == "confirmed")
            session.execute(same.values(idempotency_key="k" * 20))
            found = [(each.promise, each.row) for each in broken_promises()]
        finally:
            temporary = "" if db.engine.dialect.name == "sqlite" else "TEMPORARY "
            for name in ("bookings", "copied"):
                where = f"temp.{name}" if not temporary else name
                session.execute(text(f"DROP {temporary}TABLE {where}"))
    words = f"2 bookings were made at one press of a button, such as {one} and {other}"
    assert found == [("A button made one booking, however often it was pressed", words)]
    assert broken() == []


@pytest.mark.parametrize("what", ["held", "confirmed"])
def test_a_booking_to_which_a_form_did_the_same_twice_is_found(app: Flask, what: str) -> None:
    booking = make_booking(make_flight())
    line = {"booking_id": booking.id, "at": clock.now(), "actor": "traveller", "what": what}
    with transaction() as session:
        session.execute(insert(BookingEvent).values(**line, before={}, after={}))
    assert broken() == [
        (
            "No booking was held, confirmed, cancelled or let go more than once",
            f"{booking.reference} was {what} 2 times",
        )
    ]
