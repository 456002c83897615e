"""Many parties check in on one flight at once, and each passenger gets a number of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.booking.races import deadlocks, quote_of_change
from tests.builders import log_in, make_booking, make_flight, make_user
from tests.races import at_once, meanwhile
from webapp import clock
from webapp.booking.changes import service as changes
from webapp.booking.checkin import service
from webapp.booking.models import Coupon
from webapp.db import db, retry_conflicts, transaction
from webapp.flights.families import FLEX
from webapp.flights.fares import Party
from webapp.staff.integrity import broken_promises

PARTIES = 16


@pytest.mark.databases("mariadb")
def test_parties_that_check_in_at_once_get_numbers_without_a_gap(app: Flask) -> None:
    flight = make_flight()
    ids = [make_booking(flight, Party(adults=2)).id for _ in range(PARTIES)]
    clock.move_to(flight.departs_at - timedelta(hours=5))
    before = deadlocks()

    def check_in(booking_id: int) -> None:
        retry_conflicts(partial(both, booking_id))

    def both(booking_id: int) -> None:
        with transaction():
            service.check_in(booking_id, {0: None, 1: None}, "test")

    at_once(app, [partial(check_in, booking_id) for booking_id in ids])

    numbers = db.session.scalars(select(Coupon.boarding_sequence)).all()
    assert sorted(number or 0 for number in numbers) == list(range(1, 2 * PARTIES + 1))
    assert deadlocks() == before
    assert broken_promises() == []


@pytest.mark.databases("mariadb")
def test_a_page_that_is_read_while_its_flight_is_changed_is_a_page(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    old, new = make_flight(), make_flight()
    booking = make_booking(old, family=FLEX, user=alice)
    change = partial(changes.change, booking.id, quote_of_change(booking, new), "test")
    log_in(client, alice)
    with meanwhile(app, partial(_committed, change), after="JOIN segments ON"):
        answer = client.get(f"/bookings/{booking.reference}/check-in")
    assert answer.status_code == 200


def _committed(act: Callable[[], object]) -> None:
    with transaction():
        act()
