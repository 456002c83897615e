"""Many parties check in on one flight at once, and each passenger gets a number of their own."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from tests.booking.races import deadlocks
from tests.builders import make_booking, make_flight
from tests.races import at_once
from webapp import clock
from webapp.booking.checkin import service
from webapp.booking.models import Coupon
from webapp.db import db, retry_conflicts, transaction
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
