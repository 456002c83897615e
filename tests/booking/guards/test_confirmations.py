"""The guards of holds and confirmations, each taken away: what breaks, or what stands behind it.

Where one guard is enough, the test's name says so, and another takes both away.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from tests.booking.guards.promises import (
    CHARGED,
    COUPONLESS,
    MISCOUNTED,
    ONCE,
    ONE_FORM,
    PRICES,
    REMINDERS,
    UNTOLD,
)
from tests.booking.races import (
    confirm,
    named_hold,
    release,
    send_one_form_at_once,
    times_later,
)
from tests.builders import make_flight, make_hold, make_offer
from tests.guards import broken, dropped, regardless, unlocked
from tests.races import meanwhile
from tests.state import balance_of
from webapp.booking import disruptions, service
from webapp.booking.errors import HoldExpired
from webapp.booking.models import Booking, BookingStatus, Coupon, Segment
from webapp.db import db, transaction
from webapp.flights.fares import Party
from webapp.flights.models import Flight
from webapp.notifications.models import Kind, Notification

on_mariadb = pytest.mark.databases("mariadb")

# What is read under the booking's lock: the booking itself first, and last its coupons.
BOOKING = r"^SELECT bookings\.id.*\s+FROM bookings\s+WHERE bookings\.id = \S+$"
COUPONS = r"FROM coupons INNER JOIN passengers"
FLIGHTS = r"FROM flights INNER JOIN airlines .*\s+WHERE .* ORDER BY flights\.id$"
CLAIM_IS_HELD = (
    "UPDATE seat_claims SET status=? WHERE seat_claims.id = ? AND seat_claims.seats",
    "seat_claims.status = ?",
)
MAIL_KEY, SEAT_CHECK = "uq_notifications_key", "ck_coupons_seat_given_back"


# The key of the form


@on_mariadb
def test_without_its_unique_key_a_form_sent_twice_is_two_bookings(app: Flask) -> None:
    with dropped("uq_bookings_idempotency_key"):
        assert len(send_one_form_at_once(app, make_offer(make_flight()), 2)) == 2
        assert broken() >= {ONE_FORM}


def test_without_the_digest_the_same_key_with_another_body_gets_the_other_booking(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_same_form", lambda earlier, _digest: earlier)
    flight = make_flight()
    one = make_hold(flight, key="k" * 20)
    assert make_hold(flight, Party(2), key="k" * 20).id == one.id


# The lock on the booking's row, of two who confirm


def confirm_twice(app: Flask, others: int = 1) -> int:
    """Confirm a booking, and once more from beginning to end when all of it is read.

    So many seats of the cabin are held by others. Returns what the party paid.
    """
    flight = make_flight()
    if others:
        make_hold(flight, Party(others))
    booking_id = named_hold(flight)
    with meanwhile(app, partial(confirm, booking_id), after=COUPONS):
        confirm(booking_id)
    return balance_of(booking_id)


@on_mariadb
def test_without_the_lock_the_mails_key_refuses_the_second_confirmation_in_an_error(
    app: Flask,
) -> None:
    with unlocked("bookings"), pytest.raises(DatabaseError, match=MAIL_KEY):
        confirm_twice(app)
    assert broken() == set()


@on_mariadb
def test_without_the_mails_key_either_the_claim_refuses_to_be_sold_twice(app: Flask) -> None:
    with dropped(MAIL_KEY):
        with unlocked("bookings"), pytest.raises(HoldExpired):
            confirm_twice(app)
        assert broken() == set()


@on_mariadb
def test_with_a_claim_sold_twice_as_well_the_check_refuses_where_nobody_else_holds_a_seat(
    app: Flask,
) -> None:
    with dropped(MAIL_KEY):
        with (
            unlocked("bookings"),
            regardless(*CLAIM_IS_HELD),
            pytest.raises(DatabaseError, match="ck_flight_cabins_held"),
        ):
            confirm_twice(app, others=0)
        assert broken() == set()


@on_mariadb
def test_without_lock_key_and_claim_who_confirms_twice_pays_twice(app: Flask) -> None:
    with dropped(MAIL_KEY):
        with unlocked("bookings"), regardless(*CLAIM_IS_HELD):
            assert confirm_twice(app) == 2 * 100_00
        assert broken() >= {MISCOUNTED, CHARGED, REMINDERS, ONCE}


# The lock on the booking's row, of one who confirms and one who gives the hold up


def confirm_what_is_released(app: Flask) -> None:
    flight = make_flight()
    make_hold(flight)
    booking_id = named_hold(flight)
    with meanwhile(app, partial(release, booking_id), after=COUPONS):
        confirm(booking_id)


@on_mariadb
def test_without_the_lock_the_claim_of_a_hold_given_up_meanwhile_is_not_sold(app: Flask) -> None:
    with unlocked("bookings"), pytest.raises(HoldExpired):
        confirm_what_is_released(app)
    assert broken() == set()


@on_mariadb
def test_without_lock_and_claim_the_check_on_its_coupons_gives_it_no_seat(app: Flask) -> None:
    with (
        unlocked("bookings"),
        regardless(*CLAIM_IS_HELD),
        pytest.raises(DatabaseError, match=SEAT_CHECK),
    ):
        confirm_what_is_released(app)
    assert broken() == set()


@on_mariadb
def test_without_lock_claim_and_check_it_is_sold_without_a_coupon_to_fly_with(app: Flask) -> None:
    with dropped(SEAT_CHECK):
        with unlocked("bookings"), regardless(*CLAIM_IS_HELD):
            confirm_what_is_released(app)
        assert broken() >= {MISCOUNTED, COUPONLESS, PRICES}


@on_mariadb
def test_without_the_lock_what_was_booked_meanwhile_is_given_up_and_the_money_kept(
    app: Flask,
) -> None:
    booking_id = named_hold(make_flight())
    with unlocked("bookings"), meanwhile(app, partial(confirm, booking_id), after=BOOKING):
        release(booking_id)
    booking = db.session.get_one(Booking, booking_id, populate_existing=True)
    assert booking.status == BookingStatus.EXPIRED
    assert booking.confirmed_at is not None
    assert balance_of(booking_id) == 100_00


# What was shown is what is agreed to: times and prices


def confirm_what_is_disrupted(app: Flask, flight: Flight, act: Callable[..., None]) -> None:
    """Confirm a hold on a flight that staff disrupt once it is looked at."""

    def disrupt() -> None:
        with transaction():
            act(flight.id, actor="sam")

    booking_id = named_hold(flight)
    with unlocked("flights"), meanwhile(app, disrupt, after=FLIGHTS):
        confirm(booking_id)


@on_mariadb
def test_without_the_flights_lock_who_confirms_is_reminded_at_the_old_time(app: Flask) -> None:
    flight = make_flight()
    departs_at, arrives_at, departs_on = times_later(flight.id)
    retime = partial(
        disruptions.retime_flight,
        departs_at=departs_at,
        arrives_at=arrives_at,
        departs_on=departs_on,
    )
    confirm_what_is_disrupted(app, flight, retime)
    query = select(Notification.due_at).where(Notification.kind == Kind.DEPARTURE_REMINDER)
    assert db.session.scalar(query) < departs_at - timedelta(hours=24)


@on_mariadb
def test_without_the_flights_lock_a_cancelled_flight_is_booked_and_nobody_is_told(
    app: Flask,
) -> None:
    confirm_what_is_disrupted(app, make_flight(), disruptions.cancel_flight)
    assert broken() >= {UNTOLD}


def test_unless_the_times_are_compared_a_flight_is_booked_at_others_than_were_seen(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_agree_to_times", lambda _segments, _seen: None)
    flight = make_flight()
    booking_id, hours = named_hold(flight), timedelta(hours=5)
    with transaction():
        later = flight.departs_at + hours, flight.arrives_at + hours
        disruptions.retime_flight(flight.id, *later, flight.departs_on, "sam")
    confirm(booking_id)
    segment = db.session.scalars(select(Segment)).one()
    assert segment.flight.departs_at - segment.agreed_departs_at == hours


class WhateverWasAgreed(int):
    """A price that is equal to any other."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


def test_unless_the_price_is_compared_more_is_charged_than_was_agreed_to(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid_for = service.paid_for
    monkeypatch.setattr(service, "paid_for", lambda coupons: WhateverWasAgreed(paid_for(coupons)))
    booking_id = named_hold(make_flight())
    with transaction() as session:  # In another tab a seat is chosen.
        session.scalars(select(Coupon)).one().seat_price_minor = 8_00
    with transaction():
        service.confirm_booking(booking_id, "alice", agreed_minor=100_00)
    assert balance_of(booking_id) == 108_00
