"""Many threads change and cancel at once: the last seats go to as many as there are, money once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask

from tests.builders import make_booking, make_flight, make_offer, quote_cancellation
from tests.races import at_once
from webapp.booking import ledger
from webapp.booking.cancellation import service as cancellation
from webapp.booking.cancellation.rules import Part
from webapp.booking.changes import service as changes
from webapp.booking.changes.queries import change_quote
from webapp.booking.changes.rules import changeable_journey
from webapp.booking.errors import QuoteOutdated
from webapp.booking.models import Booking, Quote
from webapp.booking.quotes import Offered
from webapp.booking.trips import trip_of
from webapp.db import db, retry_conflicts, transaction
from webapp.flights.errors import NoSeatsLeft
from webapp.flights.families import FLEX
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightCabin
from webapp.network.queries import directory
from webapp.staff.integrity import broken_promises

pytestmark = pytest.mark.databases("mariadb")

THREADS = 12


def quote_of_change(booking: Booking, new: Flight) -> Offered:
    trip = trip_of(db.session.get_one(Booking, booking.id))
    offer = make_offer(new, party=Party(booking.adults))
    return change_quote(trip, changeable_journey(trip, 0), offer, directory()).offered


def sold(flight: Flight) -> int:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(FlightCabin, (flight.id, "economy")).sold


def raced(app: Flask, acts: list[tuple[Callable[..., None], int, Offered]]) -> Counter[str]:
    """Do everything at once; count what became of it."""

    def act(command: Callable[..., None], booking_id: int, offered: Offered) -> str:
        def work() -> None:
            with transaction():
                command(booking_id, offered, "race")

        try:
            retry_conflicts(work)
        except (NoSeatsLeft, QuoteOutdated) as error:
            return type(error).__name__
        return "done"

    return Counter(at_once(app, [partial(act, *each) for each in acts]))


def test_twelve_who_change_to_a_flight_with_five_seats_move_exactly_five(app: Flask) -> None:
    old = make_flight(seats=12)
    new = make_flight(seats=5, departs_at=old.departs_at + timedelta(days=1))
    bookings = [make_booking(old, family=FLEX) for _ in range(12)]
    acts = [(changes.change, each.id, quote_of_change(each, new)) for each in bookings]
    assert raced(app, acts) == {"done": 5, "NoSeatsLeft": 7}
    assert (sold(old), sold(new)) == (7, 5)
    assert broken_promises() == []


def test_parties_that_change_places_do_not_wait_for_each_other(app: Flask) -> None:
    one = make_flight(seats=12)
    other = make_flight(seats=12, departs_at=one.departs_at + timedelta(days=1))
    here = [make_booking(one, family=FLEX) for _ in range(6)]
    there = [make_booking(other, family=FLEX) for _ in range(6)]
    acts = [(changes.change, each.id, quote_of_change(each, other)) for each in here]
    acts += [(changes.change, each.id, quote_of_change(each, one)) for each in there]
    assert raced(app, acts) == {"done": 12}
    assert (sold(one), sold(other)) == (6, 6)
    assert broken_promises() == []


def test_one_quote_confirmed_by_twelve_at_once_counts_once(app: Flask) -> None:
    flight = make_flight(seats=12)
    booking = make_booking(flight, Party(3), family=FLEX)
    part = quote_cancellation(booking, Part(passengers=(1,)))
    assert raced(app, [(cancellation.cancel, booking.id, part)] * THREADS) == {"done": THREADS}
    assert sold(flight) == 2
    assert db.session.query(Quote).count() == 1
    assert ledger.balance_of(booking).minor == 2 * 142_00
    assert broken_promises() == []


def test_of_a_change_and_a_cancellation_at_once_one_is_asked_again(app: Flask) -> None:
    old = make_flight(seats=12)
    new = make_flight(seats=12, departs_at=old.departs_at + timedelta(days=1), fare=200_00)
    booking = make_booking(old, Party(2), family=FLEX)
    acts = [
        (changes.change, booking.id, quote_of_change(booking, new)),
        (cancellation.cancel, booking.id, quote_cancellation(booking, Part(passengers=(1,)))),
    ]
    assert raced(app, acts) == {"done": 1, "QuoteOutdated": 1}
    assert broken_promises() == []
