"""A confirmation and a change of its flight at the same moment: one sees the other."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from tests.booking.races import confirm, named_hold, release, times_later
from tests.builders import make_flight
from tests.races import at_once
from tests.state import balance_of
from webapp.booking import disruptions, service
from webapp.booking.errors import HoldExpired
from webapp.booking.models import Booking, BookingStatus
from webapp.db import db, retry_conflicts, transaction
from webapp.flights.errors import FlightNotOpen
from webapp.notifications.models import Kind, Notification
from webapp.staff.integrity import broken_promises


@pytest.fixture
def held(app: Flask) -> tuple[int, int]:
    """Return a flight and a named hold on it, by their ids."""
    flight = make_flight()
    return flight.id, named_hold(flight)


def confirm_meanwhile(app: Flask, booking_id: int) -> tuple[threading.Thread, list[object]]:
    """Start a confirmation in a thread of its own; the list gets what became of it."""
    outcome: list[object] = []

    def confirm() -> None:
        with app.app_context():
            try:
                with transaction():
                    service.confirm_booking(booking_id, "test")
                outcome.append("confirmed")
            except FlightNotOpen as error:
                outcome.append(error)

    thread = threading.Thread(target=confirm)
    thread.start()
    thread.join(0.5)
    return thread, outcome


@pytest.mark.databases("mariadb")
def test_a_booking_confirmed_while_its_flight_is_retimed_is_reminded_at_the_new_time(
    app: Flask, held: tuple[int, int]
) -> None:
    flight_id, booking_id = held
    new_times = times_later(flight_id)
    with transaction():
        disruptions.retime_flight(flight_id, *new_times, "sam")
        thread, outcome = confirm_meanwhile(app, booking_id)
        assert outcome == []
    thread.join(10)
    assert outcome == ["confirmed"]
    query = select(Notification.due_at).where(Notification.kind == Kind.DEPARTURE_REMINDER)
    assert db.session.scalar(query) == new_times[0] - timedelta(hours=24)


@pytest.mark.databases("mariadb")
def test_a_booking_cannot_be_confirmed_while_its_flight_is_being_cancelled(
    app: Flask, held: tuple[int, int]
) -> None:
    flight_id, booking_id = held
    with transaction():
        disruptions.cancel_flight(flight_id, "sam")
        thread, outcome = confirm_meanwhile(app, booking_id)
        assert outcome == []
    thread.join(10)
    assert isinstance(outcome[0], FlightNotOpen)


def confirm_in_time(booking_id: int) -> None:
    with suppress(HoldExpired):
        confirm(booking_id)


@pytest.mark.databases("mariadb")
def test_holds_confirmed_and_given_up_at_once_are_booked_and_paid_or_neither(app: Flask) -> None:
    flight = make_flight()
    ids = [named_hold(flight) for _ in range(6)]
    acts = [partial(act, each) for each in ids for act in (confirm_in_time, release)]
    at_once(app, [partial(retry_conflicts, act) for act in acts])
    bookings = [db.session.get_one(Booking, each) for each in ids]
    ends = {(booking.status, balance_of(booking.id)) for booking in bookings}
    assert ends <= {(BookingStatus.CONFIRMED, 100_00), (BookingStatus.EXPIRED, 0)}
    assert broken_promises() == []
