"""The promises: each holds after real work, and a row that breaks it is found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects.mysql.base import MySQLDialect

from tests.airline import cancel_flight
from tests.builders import cancel, log_in, make_booking, make_flight, make_hold, make_user
from webapp import clock
from webapp.accounts.models import Role
from webapp.booking import service
from webapp.booking.division.service import divide_booking
from webapp.booking.models import (
    Booking,
    BookingEvent,
    Coupon,
    LedgerEntry,
    Passenger,
    Quote,
    Segment,
)
from webapp.booking.schedule_changes.models import ScheduleChange
from webapp.db import db, transaction
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightCabin, SeatClaim
from webapp.notifications.by_hand import send_again
from webapp.notifications.models import Notification
from webapp.staff import integrity
from webapp.staff.integrity import MOST_ROWS, broken_promises, check_promises

WHOSE = Booking.status == "confirmed"


@pytest.fixture
def worked(app: Flask) -> Flight:
    """Return a flight on which everything has happened that happens to bookings."""
    flight, cancelled = make_flight(seats=20), make_flight(seats=20)
    make_booking(flight, Party(2, 1, 1))
    make_booking(cancelled)
    lost, given_up, gone = make_hold(flight), make_hold(flight), make_booking(flight)
    with transaction():
        service.release_hold(given_up.id, "test")
    divided = make_booking(make_flight(), Party(2, 0, 1))
    with transaction():
        divide_booking(divided.id, [1], "key of a division", "test")
    cancel(gone)
    cancel_flight(cancelled)
    clock.advance(service.HOLD_TIME)
    with transaction():
        service.expire_hold(lost.id)
    make_hold(flight, Party(3))
    return flight


def confirmed_id() -> int:
    return db.session.query(Booking.id).filter(WHOSE).order_by(Booking.id).limit(1).scalar()


def test_every_promise_holds_after_real_work(worked: Flight) -> None:
    assert broken_promises() == []
    assert len(check_promises()) >= 8


def test_a_reminder_that_somebody_asked_for_again_breaks_nothing(worked: Flight) -> None:
    with transaction() as session:
        reminder = session.scalars(
            select(Notification).where(Notification.kind == "departure_reminder").limit(1)
        ).one()
        reminder.state = "sent"
    with transaction():
        send_again(reminder.id, "alice")
    assert broken_promises() == []


def _more_sold_than_claimed(flight: Flight) -> Any:
    return update(FlightCabin).where(FlightCabin.flight_id == flight.id).values(sold=4)


def _fewer_held_than_claimed(flight: Flight) -> Any:
    return update(FlightCabin).where(FlightCabin.flight_id == flight.id).values(held=0)


def _more_seats_than_the_aircraft_has(flight: Flight) -> Any:
    more = update(FlightCabin).where(FlightCabin.flight_id == flight.id)
    return more.values(sellable=FlightCabin.sellable + 1)


def _a_seat_too_few(_flight: Flight) -> Any:
    claim = Segment.__table__.select().with_only_columns(Segment.claim_id)
    claim = claim.where(Segment.booking_id == confirmed_id())
    return update(SeatClaim).where(SeatClaim.id.in_(claim)).values(seats=2)


def _seats_given_back(_flight: Flight) -> Any:
    claim = Segment.__table__.select().with_only_columns(Segment.claim_id)
    claim = claim.where(Segment.booking_id == confirmed_id())
    return update(SeatClaim).where(SeatClaim.id.in_(claim)).values(status="released")


def _seats_kept(_flight: Flight) -> Any:
    return update(Booking).where(Booking.id == confirmed_id()).values(status="expired")


def _a_live_hold_without_seats(_flight: Flight) -> Any:
    return update(SeatClaim).where(SeatClaim.status == "held").values(status="released")


def _a_question_to_nobody(_flight: Flight) -> Any:
    gone = select(Booking.id).where(Booking.status == "cancelled").scalar_subquery()
    return update(ScheduleChange).values(booking_id=gone)


def _a_coupon_at_another_price(_flight: Flight) -> Any:
    return update(Coupon).values(price_minor=Coupon.price_minor + 1)


def _seats_of_nobody(flight: Flight) -> Any:
    stray = {"flight_id": flight.id, "cabin": "economy", "seats": 1, "expires_at": clock.now()}
    return insert(SeatClaim).values(status="sold", **stray)


def _a_hold_sold_too_late(_flight: Flight) -> Any:
    return update(Booking).where(WHOSE).values(expires_at=Booking.confirmed_at)


def _another_price(_flight: Flight) -> Any:
    return update(Passenger).where(Passenger.kind == "infant").values(price_minor=1)


def _no_confirmation(_flight: Flight) -> Any:
    return delete(Notification).where(Notification.kind == "booking_confirmed")


def _no_news_of_the_division(_flight: Flight) -> Any:
    return delete(Notification).where(Notification.kind == "booking_divided")


def _no_line_of_the_division(_flight: Flight) -> Any:
    return delete(BookingEvent).where(BookingEvent.what == "divided_from")


def _no_cancellation(_flight: Flight) -> Any:
    return delete(Notification).where(Notification.kind == "booking_cancelled")


def _no_reminder(_flight: Flight) -> Any:
    return delete(Notification).where(Notification.kind == "departure_reminder")


def _no_news_of_the_flight(_flight: Flight) -> Any:
    return delete(Notification).where(Notification.kind == "flight_cancelled")


def _no_line_of_confirming(_flight: Flight) -> Any:
    return delete(BookingEvent).where(BookingEvent.what == "confirmed")


def _no_line_of_cancelling(_flight: Flight) -> Any:
    return delete(BookingEvent).where(BookingEvent.what == "cancelled")


def _no_line_of_expiring(_flight: Flight) -> Any:
    return delete(BookingEvent).where(BookingEvent.what == "expired")


def _one_seat_for_two(flight: Flight) -> Any:
    # On another flight of the coupon's own, or its constraint would refuse it.
    elsewhere = select(Flight.id).where(Flight.id != flight.id).limit(1).scalar_subquery()
    seats = select(Coupon.seat).where(Coupon.flight_id == flight.id, Coupon.seat.is_not(None))
    seat = db.session.scalar(seats.order_by(Coupon.id.desc()).limit(1))
    return (
        update(Coupon)
        .where(Coupon.id == db.session.scalar(seats.with_only_columns(func.min(Coupon.id))))
        .values(flight_id=elsewhere, seat=seat)
    )


def _a_seat_on_a_lap(_flight: Flight) -> Any:
    infant = select(Passenger.id).where(Passenger.kind == "infant").limit(1).scalar_subquery()
    return update(Coupon).where(Coupon.passenger_id == infant).values(seat="199A")


def _no_coupon(_flight: Flight) -> Any:
    return delete(Coupon).where(Coupon.seat.is_not(None))


def _no_ticket(_flight: Flight) -> Any:
    return update(Passenger).values(ticket_number=None)


def _no_charge(_flight: Flight) -> Any:
    return delete(LedgerEntry).where(LedgerEntry.what.startswith("Fare"))


def _a_seat_that_was_not_charged(_flight: Flight) -> Any:
    return update(Coupon).where(Coupon.seat.is_not(None)).values(seat_price_minor=800)


def _too_much_given_back(_flight: Flight) -> Any:
    return update(LedgerEntry).values(kind="refund", amount_minor=-1)


def _a_coupon_of_a_cancelled_booking(_flight: Flight) -> Any:
    gone = select(Segment.id).join(Booking).where(Booking.status == "cancelled")
    return update(Coupon).where(Coupon.segment_id.in_(gone)).values(status="open")


def _a_price_kept(_flight: Flight) -> Any:
    return delete(LedgerEntry).where(LedgerEntry.kind == "refund")


def _released_after_it_was_confirmed(_flight: Flight) -> Any:
    return update(Booking).where(Booking.status == "confirmed").values(status="expired")


def _another_total_quoted(_flight: Flight) -> Any:
    return update(Quote).values(total_minor=Quote.total_minor + 1)


@pytest.mark.parametrize(
    ("damage", "promise"),
    [
        (
            _more_sold_than_claimed,
            "The seats sold and held in every cabin are those of its bookings and holds",
        ),
        (_fewer_held_than_claimed, "The seats sold and held in every cabin"),
        (_a_seat_too_few, "Every adult and child of a confirmed booking has a seat"),
        (_seats_given_back, "Bookings that live have their seats"),
        (_seats_kept, "Bookings that live have their seats"),
        (_a_live_hold_without_seats, "Bookings that live have their seats"),
        (_a_question_to_nobody, "Nobody is asked about a change"),
        (_a_coupon_at_another_price, "A passenger's price is the sum of what their flights cost"),
        (_seats_of_nobody, "Every seat that is sold belongs to a booking"),
        (_a_hold_sold_too_late, "No hold was sold after its time"),
        (_another_price, "A booking's total is the sum"),
        (_no_confirmation, "Every confirmed booking has its confirmation mail"),
        (_no_news_of_the_division, "Every confirmed booking has its confirmation mail"),
        (_no_line_of_the_division, "Whoever left a booking that was divided has one"),
        (_no_cancellation, "Every cancelled booking has its cancellation mail"),
        (_no_reminder, "Every flight of a confirmed booking has one reminder"),
        (_no_news_of_the_flight, "Everybody booked on a cancelled flight is told"),
        (_no_line_of_confirming, "Every change of a booking's status is in its history"),
        (_no_line_of_cancelling, "Every change of a booking's status is in its history"),
        (_no_line_of_expiring, "Every change of a booking's status is in its history"),
        (_more_seats_than_the_aircraft_has, "More seats than an aircraft has are sold only"),
        (_one_seat_for_two, "A seat on a flight belongs to at most one passenger"),
        (_one_seat_for_two, "Every place on a flight belongs to a passenger"),
        (_a_seat_on_a_lap, "Whoever does not fly, or sits on a lap, has no seat"),
        (_no_coupon, "Every passenger of a confirmed booking has a place"),
        (_no_ticket, "Every passenger of a confirmed booking has a ticket"),
        (_no_charge, "What a confirmed booking was charged"),
        (_a_seat_that_was_not_charged, "What a confirmed booking was charged"),
        (_too_much_given_back, "Nobody got back more than was paid"),
        (_a_coupon_of_a_cancelled_booking, "Nothing that was cancelled or changed"),
        (_a_price_kept, "The prices of a cancelled booking have come back"),
        (_released_after_it_was_confirmed, "Whoever never booked was charged nothing"),
        (_another_total_quoted, "Every quote that was confirmed is in the ledger"),
    ],
)
def test_a_row_that_breaks_a_promise_is_found(worked: Flight, damage: Any, promise: str) -> None:
    with transaction() as session:
        session.execute(damage(worked), execution_options={"synchronize_session": False})
    broken = broken_promises()
    assert any(each.promise.startswith(promise) for each in broken), broken
    assert all(each.row for each in broken)


@contextmanager
def unchecked() -> Iterator[None]:
    """Take the database's own checks away for a while."""
    if db.engine.dialect.name == "sqlite":
        statement, off, on = "PRAGMA ignore_check_constraints = {}", "ON", "OFF"
    elif cast(MySQLDialect, db.engine.dialect).is_mariadb:
        statement, off, on = "SET SESSION check_constraint_checks = {}", "0", "1"
    else:
        pytest.skip("NOT TESTED, MySQL cannot leave out its checks for a while")
    db.session.execute(text(statement.format(off)))
    try:
        yield
    finally:
        db.session.execute(text(statement.format(on)))


@pytest.mark.parametrize(
    ("damage", "promise", "row"),
    [
        (
            {"sellable": 5},
            "No cabin has more seats sold and held than can be sold",
            "3 sold and 3 held of 5",
        ),
        (
            {"is_closed": True},
            "A cabin that staff closed sells no more seats",
            "3 sold and 3 held of 20",
        ),
    ],
)
def test_a_cabin_is_found_that_breaks_a_constraint_which_was_taken_away(
    worked: Flight, damage: dict[str, Any], promise: str, row: str
) -> None:
    with transaction() as session, unchecked():
        session.execute(
            update(FlightCabin).where(FlightCabin.flight_id == worked.id).values(**damage)
        )
    assert [(each.promise, each.row) for each in broken_promises()] == [
        (promise, f"X1{worked.number}/{worked.departs_on}/DEL economy: {row}")
    ]


def test_a_promise_broken_everywhere_lists_a_bounded_number_of_rows(app: Flask) -> None:
    flight = make_flight(seats=MOST_ROWS + 5)
    for _ in range(MOST_ROWS + 5):
        make_hold(flight)
    with transaction() as session:
        session.execute(delete(BookingEvent))
    assert len(broken_promises()) == MOST_ROWS


def test_ada_sees_what_holds_what_is_broken_and_when_it_was_checked(
    worked: Flight, client: FlaskClient
) -> None:
    log_in(client, make_user("ada@example.com", Role.ADMIN))
    page = client.get("/staff/integrity").text
    assert "Every promise holds." in page
    assert f"{clock.now():%H}:" in page
    assert "UTC" in page
    with transaction() as session:
        session.execute(_no_reminder(worked))
    page = client.get("/staff/integrity").text
    assert "1 promise is broken" in page
    assert "flight 0: 0 reminders" in page


def test_promises_are_in_words_that_staff_know(app: Flask) -> None:
    said = [f"{promise} {row}" for promise, (_query, row) in integrity._ALL.items()]
    plain = [re.sub(r"\{\w+\}", "", each) for each in said]
    ours = re.compile(r"\b(claims?|coupons?|segments?|forms?|keys?)\b", re.IGNORECASE)
    assert [each for each in plain if ours.search(each)] == []
