"""The guards of changes and cancellations, each taken away: what breaks, or what stands behind it.

Where one guard is enough, the test's name says so, and another takes both away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from tests.booking.guards.promises import (
    AS_SHOWN,
    CHARGED,
    GIVEN_BACK,
    KEPT,
    MISCOUNTED,
    PRICES,
    SEATLESS,
    STILL_FLOWN,
    TOTAL,
)
from tests.booking.races import (
    change_and_cancellation,
    changes_to,
    confirm_quote,
    confirm_quotes_at_once,
    deadlocks,
    quote_of_change,
)
from tests.builders import WHOLE, make_booking, make_flight, quote_cancellation
from tests.guards import broken, dropped, regardless, unlocked
from tests.races import meanwhile, meeting
from tests.state import balance_of, sold
from webapp.booking import quotes
from webapp.booking.cancellation import service as cancellation
from webapp.booking.cancellation.rules import Part
from webapp.booking.changes import service as changes
from webapp.booking.models import Booking, Segment
from webapp.booking.quotes import Offered
from webapp.db import db, transaction
from webapp.errors import Busy
from webapp.flights import inventory
from webapp.flights.errors import ClaimLost
from webapp.flights.families import FLEX
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightCabin

on_mariadb = pytest.mark.databases("mariadb")

# What is read last under the booking's lock.
COUPONS = r"FROM coupons INNER JOIN passengers"
CLAIM_IS_SOLD = ("UPDATE seat_claims SET seats=", "seat_claims.status = ?")
QUOTE_TOKEN = "uq_quotes_token"


# The lock on the booking's row, of two who confirm what they were quoted


def cancel_twice(app: Flask, booking: Booking, one: Offered, other: Offered) -> int:
    """Cancel a booking, and once more when all of it is read; return what the party paid."""
    cancel = partial(confirm_quote, cancellation.cancel, booking.id)
    with unlocked("bookings"), meanwhile(app, partial(cancel, other), after=COUPONS):
        assert cancel(one) == "done"
    return balance_of(booking.id)


@on_mariadb
def test_without_the_lock_two_quotes_of_one_cancellation_give_the_money_back_twice(
    app: Flask,
) -> None:
    booking = make_booking(make_flight(), family=FLEX)
    quoted = [quote_cancellation(booking) for _ in range(2)]
    assert cancel_twice(app, booking, *quoted) < 0
    assert broken() >= {KEPT, GIVEN_BACK}


@on_mariadb
def test_without_the_lock_the_token_of_a_quote_refuses_to_count_twice_in_an_error(
    app: Flask,
) -> None:
    booking = make_booking(make_flight(), family=FLEX)
    with pytest.raises(DatabaseError, match=QUOTE_TOKEN):
        cancel_twice(app, booking, *[quote_cancellation(booking)] * 2)
    assert broken() == set()


@on_mariadb
def test_without_lock_and_token_one_quote_gives_the_money_back_twice(app: Flask) -> None:
    with dropped(QUOTE_TOKEN):
        booking = make_booking(make_flight(), family=FLEX)
        assert cancel_twice(app, booking, *[quote_cancellation(booking)] * 2) < 0
        assert broken() >= {KEPT, GIVEN_BACK}


def cancel_a_part_of_what_is_cancelled(app: Flask) -> None:
    """Cancel one of a party of two when all of it is cancelled once it is read."""
    flight = make_flight()
    make_booking(flight)
    booking = make_booking(flight, Party(2), family=FLEX)
    cancel = partial(confirm_quote, cancellation.cancel, booking.id)
    part, whole = (quote_cancellation(booking, each) for each in (Part(passengers=(1,)), WHOLE))
    with unlocked("bookings"), meanwhile(app, partial(cancel, whole), after=COUPONS):
        assert cancel(part) == "done"


@on_mariadb
def test_without_the_lock_the_claim_of_what_is_cancelled_meanwhile_gives_no_seat_back(
    app: Flask,
) -> None:
    with pytest.raises(ClaimLost):
        cancel_a_part_of_what_is_cancelled(app)
    assert broken() == set()


@on_mariadb
def test_without_lock_and_claim_one_seat_comes_back_twice_and_its_price_with_it(
    app: Flask,
) -> None:
    with regardless(*CLAIM_IS_SOLD):
        cancel_a_part_of_what_is_cancelled(app)
    assert broken() >= {MISCOUNTED, KEPT, GIVEN_BACK}


@pytest.fixture
def days(app: Flask) -> tuple[Flight, Flight]:
    """Return two flights, the dearer one a day later."""
    old = make_flight(seats=12)
    return old, make_flight(seats=12, departs_at=old.departs_at + timedelta(days=1), fare=200_00)


@on_mariadb
def test_without_the_lock_who_is_cancelled_meanwhile_is_taken_along_to_another_flight(
    app: Flask, days: tuple[Flight, Flight]
) -> None:
    old, new = days
    change, cancel = change_and_cancellation(new, old)
    with unlocked("bookings"), meanwhile(app, partial(confirm_quote, *cancel), after=COUPONS):
        assert confirm_quote(*change) == "done"
    assert broken() >= {TOTAL, SEATLESS, STILL_FLOWN, CHARGED}


@on_mariadb
def test_without_the_lock_the_claim_refuses_a_seat_back_from_a_flight_changed_meanwhile(
    app: Flask, days: tuple[Flight, Flight]
) -> None:
    old, new = days
    change, cancel = change_and_cancellation(new, old)
    with (
        unlocked("bookings"),
        meanwhile(app, partial(confirm_quote, *change), after=COUPONS),
        pytest.raises(ClaimLost),
    ):
        confirm_quote(*cancel)
    assert broken() == set()


# A change, whose new seats are taken and whose old ones are given back in one transaction


@on_mariadb
def test_old_seats_given_back_in_a_transaction_of_their_own_leave_who_finds_no_new_ones_without(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = make_flight(seats=12)
    new = make_flight(seats=1, departs_at=old.departs_at + timedelta(days=1))
    acts = changes_to(new, old, 3)
    give_back = inventory.release_claim

    def give_back_at_once(claim_id: int) -> bool:
        did = give_back(claim_id)
        db.session.commit()
        return did

    monkeypatch.setattr(inventory, "release_claim", give_back_at_once)
    with meeting(3, after="^INSERT INTO quotes"):
        assert confirm_quotes_at_once(app, acts) == {"done": 1, "NoSeatsLeft": 2}
    assert (sold(old.id), sold(new.id)) == (0, 1)
    live = select(Segment.booking_id).where(Segment.dropped_at.is_(None))
    assert len(db.session.scalars(live).all()) == 1
    assert broken() >= {PRICES}


@pytest.fixture
def crossing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, int]]:
    """Return the race of two parties that change places, taking new seats first of all.

    Each waits with its new seat until the other has one.
    """
    mine, move = threading.local(), changes._move_seats

    def move_seats(
        booking: Booking, old: list[Segment], flights: changes.Flights
    ) -> dict[int, int]:
        mine.new = {flight.id for flight in flights}
        return move(booking, old, flights)

    def new_first(ids: set[int]) -> list[int]:
        return sorted(ids, key=lambda id_: id_ not in mine.new)

    def race() -> dict[str, int]:
        one = make_flight(seats=12)
        other = make_flight(seats=12, departs_at=one.departs_at + timedelta(days=1))
        acts = [*changes_to(other, one, 1), *changes_to(one, other, 1)]
        monkeypatch.setattr(changes, "_move_seats", move_seats)
        monkeypatch.setattr(changes, "sorted", new_first, raising=False)
        with meeting(2, after="^UPDATE flight_cabins SET held"):
            return confirm_quotes_at_once(app, acts)

    return race


@on_mariadb
def test_without_one_order_of_flights_parties_that_change_places_meet_in_a_deadlock_and_try_again(
    crossing: Callable[[], dict[str, int]],
) -> None:
    before = deadlocks()
    assert crossing() == {"done": 2}
    assert deadlocks() == before + 1
    assert broken() == set()


@on_mariadb
def test_without_one_order_and_a_second_try_one_of_them_stays_where_it_was(
    crossing: Callable[[], dict[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.db._ATTEMPTS", 1)
    with pytest.raises(Busy):
        crossing()
    assert broken() == set()


def test_unless_the_lines_are_compared_more_is_charged_than_was_quoted(
    days: tuple[Flight, Flight], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotes, "_digest", lambda _lines: "the same")
    old, new = days
    booking = make_booking(old, family=FLEX)
    offered = quote_of_change(booking, new)
    with transaction() as session:
        session.get_one(FlightCabin, (new.id, "economy")).fare_minor = 300_00
    assert confirm_quote(changes.change, booking.id, offered) == "done"
    assert broken() >= {AS_SHOWN}
