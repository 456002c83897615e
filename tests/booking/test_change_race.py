"""Many threads change and cancel at once: the last seats go to as many as there are, money once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.booking.races import (
    change_and_cancellation,
    changes_to,
    confirm_quotes_at_once,
    deadlocks,
)
from tests.builders import make_booking, make_flight, quote_cancellation
from tests.state import balance_of, sold
from webapp.booking.cancellation import service as cancellation
from webapp.booking.cancellation.rules import Part
from webapp.booking.models import Quote
from webapp.db import db
from webapp.flights.families import FLEX
from webapp.flights.fares import Party
from webapp.staff.integrity import broken_promises

pytestmark = pytest.mark.databases("mariadb")

THREADS = 12


def test_twelve_who_change_to_a_flight_with_five_seats_move_exactly_five(app: Flask) -> None:
    old = make_flight(seats=12)
    new = make_flight(seats=5, departs_at=old.departs_at + timedelta(days=1))
    assert confirm_quotes_at_once(app, changes_to(new, old, 12)) == {"done": 5, "NoSeatsLeft": 7}
    assert (sold(old.id), sold(new.id)) == (7, 5)
    assert broken_promises() == []


def test_parties_that_change_places_do_not_wait_for_each_other(app: Flask) -> None:
    one = make_flight(seats=12)
    other = make_flight(seats=12, departs_at=one.departs_at + timedelta(days=1))
    acts = [*changes_to(other, one, 6), *changes_to(one, other, 6)]
    assert confirm_quotes_at_once(app, acts) == {"done": 12}
    assert (sold(one.id), sold(other.id)) == (6, 6)
    assert broken_promises() == []


def test_two_that_change_places_take_the_flights_in_one_order_and_meet_in_no_deadlock(
    app: Flask,
) -> None:
    before = deadlocks()
    for _ in range(4):
        one = make_flight(seats=12)
        other = make_flight(seats=12, departs_at=one.departs_at + timedelta(days=1))
        acts = [*changes_to(other, one, 1), *changes_to(one, other, 1)]
        assert confirm_quotes_at_once(app, acts) == {"done": 2}
    assert deadlocks() == before


def test_one_quote_confirmed_by_twelve_at_once_counts_once(app: Flask) -> None:
    flight = make_flight(seats=12)
    booking = make_booking(flight, Party(3), family=FLEX)
    part = quote_cancellation(booking, Part(passengers=(1,)))
    acts = [(cancellation.cancel, booking.id, part)] * THREADS
    assert confirm_quotes_at_once(app, acts) == {"done": THREADS}
    assert sold(flight.id) == 2
    assert db.session.query(Quote).count() == 1
    assert balance_of(booking.id) == 2 * 142_00
    assert broken_promises() == []


def test_of_a_change_and_a_cancellation_at_once_one_is_asked_again(app: Flask) -> None:
    old = make_flight(seats=12)
    new = make_flight(seats=12, departs_at=old.departs_at + timedelta(days=1), fare=200_00)
    acts = change_and_cancellation(new, old)
    assert confirm_quotes_at_once(app, acts) == {"done": 1, "QuoteOutdated": 1}
    assert broken_promises() == []
