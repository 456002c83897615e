"""The guards of a division taken away: what breaks."""

from __future__ import annotations

from functools import partial

import pytest
from flask import Flask

from tests.booking.guards.promises import SEATLESS, TOTAL
from tests.booking.races import divide_off, new_keys
from tests.builders import make_booking, make_flight
from tests.guards import broken, unlocked
from tests.races import meanwhile
from webapp.flights.fares import Party

# What is read last under the booking's lock.
PASSES = r"FROM coupons\s+WHERE"


@pytest.mark.databases("mariadb")
def test_without_the_locks_on_a_booking_and_its_mails_one_person_is_given_two_bookings(
    app: Flask,
) -> None:
    booking = make_booking(make_flight(), Party(4))
    one, other = new_keys(2)
    divide = partial(divide_off, booking.id, 1)
    with (
        unlocked("bookings"),
        unlocked("notifications"),
        meanwhile(app, partial(divide, other), after=PASSES),
    ):
        assert divide(one) == "done"
    assert {SEATLESS, TOTAL} <= broken()
