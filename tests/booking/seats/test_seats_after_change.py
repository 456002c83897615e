"""Seats after a change of flights: where the party sat, or like there, and right in money."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.booking.test_change_flights import booked, confirm, quote_for
from tests.builders import log_in, make_aircraft, make_flight, make_user
from tests.mails.post import deliver
from tests.pages import page
from tests.state import balance_of
from webapp.booking.models import Booking
from webapp.booking.seats import service
from webapp.booking.seats.queries import live_coupons
from webapp.db import db, transaction
from webapp.flights.fares import Party
from webapp.flights.models import Flight
from webapp.network.models import Aircraft
from webapp.staff.integrity import broken_promises


@pytest.fixture
def aircraft(app: Flask) -> Aircraft:
    """Return an aircraft with rows 100 to 109; row 100 has more room."""
    return make_aircraft(seats=60, letters="ABC DEF", legroom_rows="100")


@pytest.fixture
def old(aircraft: Aircraft) -> Flight:
    """Return the flight that was booked."""
    return make_flight(seats=60, aircraft=aircraft)


@pytest.fixture
def new(old: Flight, aircraft: Aircraft) -> Flight:
    """Return a flight two days later."""
    return make_flight(60, departs_at=old.departs_at + timedelta(days=2), aircraft=aircraft)


@pytest.fixture
def alice(client: FlaskClient) -> FlaskClient:
    """Return Alice's browser, logged in."""
    log_in(client, make_user("alice@example.com"))
    return client


def sit(booking: Booking, *seats: str, paying: int = 0) -> None:
    for coupon, seat in zip(live_coupons(booking), seats, strict=False):
        with transaction():
            service.choose_seat(
                booking.id, coupon.segment_id, coupon.passenger_id, seat, paying, "alice"
            )


def seats_of(booking: Booking) -> list[str | None]:
    db.session.expire_all()
    return [each.seat for each in live_coupons(db.session.get_one(Booking, booking.id))]


def test_the_same_seats_are_kept_and_told_of(alice: FlaskClient, old: Flight, new: Flight) -> None:
    booking = booked(old, Party(2))
    sit(booking, "107D", "107F")
    deliver()
    asked = alice.get(f"/bookings/{booking.reference}/change?depart={new.departs_on}")
    (offer,) = page(asked).all("article", data_change="")
    quoted = alice.get(offer.all("a")[0].attributes["href"])
    assert "You get the same seats on the new flights where they are free" in page(quoted).text
    answer = confirm(alice, booking, quote_for(alice, booking, new.departs_on))
    assert seats_of(booking) == ["107D", "107F"]
    shown = page(alice.get(answer.location)).text
    assert f"Your seats: 107D, 107F on {new.designator}." in shown
    (mail,) = deliver()
    assert "Your seats on the new ones stand beside your names" in " ".join(mail.body.split())
    assert "seat 107D" in mail.body


def test_where_one_of_them_is_taken_the_party_sits_alike_and_together(
    alice: FlaskClient, old: Flight, new: Flight
) -> None:
    other = booked(new)
    sit(other, "107F")
    booking = booked(old, Party(2))
    sit(booking, "107F", "107E")
    confirm(alice, booking, quote_for(alice, booking, new.departs_on))
    assert seats_of(booking) == ["107A", "107B"]
    assert broken_promises() == []


def test_legroom_that_was_paid_for_is_paid_back_and_not_given_again(
    alice: FlaskClient, old: Flight, new: Flight
) -> None:
    booking = booked(old)
    sit(booking, "100F", paying=24_00)
    assert balance_of(booking.id) == 118_00 + 24_00
    confirm(alice, booking, quote_for(alice, booking, new.departs_on))
    assert seats_of(booking) == ["101F"]
    fee = 60_00
    assert balance_of(booking.id) == 118_00 + fee
    assert [each.seat_price_minor for each in live_coupons(booking)] == [0]
    assert broken_promises() == []


def test_of_more_flights_than_before_each_has_a_seat_like_the_last(
    alice: FlaskClient, aircraft: Aircraft
) -> None:
    direct = make_flight(60, destination="LHR", minutes=560, aircraft=aircraft)
    booking = booked(direct)
    sit(booking, "108C")
    day = direct.departs_at + timedelta(days=3)
    first = make_flight(60, "DEL", "ZRH", day, minutes=480, aircraft=aircraft)
    make_flight(60, "ZRH", "LHR", first.arrives_at + timedelta(hours=2), aircraft=aircraft)
    confirm(alice, booking, quote_for(alice, booking, first.departs_on))
    assert seats_of(booking) == ["108C", "108C"]
