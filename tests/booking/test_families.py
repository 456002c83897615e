"""Whose lap an infant sits on: of its own family first, and never in an exit row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.builders import birthday_of, log_in, make_aircraft, make_flight, make_hold, make_user
from tests.pages import page
from tests.state import balance_of
from webapp.booking import service
from webapp.booking.models import Booking, BookingEvent, Passenger
from webapp.booking.names.rules import as_seen
from webapp.booking.names.service import Correction, correct_names
from webapp.booking.party import PassengerNames, laps
from webapp.booking.seats.queries import live_coupons
from webapp.booking.seats.service import choose_seat
from webapp.db import db, transaction
from webapp.flights.fares import Party
from webapp.flights.models import Flight
from webapp.staff.integrity import broken_promises


@pytest.fixture
def flight(app: Flask) -> Flight:
    return make_flight(seats=18, aircraft=make_aircraft(seats=18, exit_rows="103"))


def named(passengers: Sequence[Passenger], *family_names: str) -> list[PassengerNames]:
    return [
        PassengerNames(given_name, family_name, birthday_of(passenger.kind))
        for passenger, given_name, family_name in zip(
            passengers, ("Ann", "Bob", "Mia", "Leo"), family_names, strict=False
        )
    ]


def name_all(booking: Booking, *family_names: str) -> None:
    with transaction():
        names = named(booking.passengers, *family_names)
        service.name_passengers(booking.id, names, "alice@example.com", "test")


def whose_lap(booking: Booking) -> dict[str | None, str | None]:
    found = laps(booking.passengers)
    return {
        each.given_name: found[each.id].given_name
        for each in booking.passengers
        if each.id in found
    }


@pytest.mark.parametrize(
    ("family_names", "expected"),
    [
        (("Lin", "Díaz", "Díaz", "Lin"), {"Mia": "Bob", "Leo": "Ann"}),
        (("Lin", "Müller", "von Müller", "Roy"), {"Mia": "Bob", "Leo": "Ann"}),
        (("Lin", "Díaz", "Roy", "Lin"), {"Mia": "Bob", "Leo": "Ann"}),
        (("Lin", "Lin", "Lin", "Lin"), {"Mia": "Ann", "Leo": "Bob"}),
        (("Lin", "Díaz", "Roy", "Roy"), {"Mia": "Ann", "Leo": "Bob"}),
    ],
)
def test_an_infant_sits_on_the_lap_of_its_own_family_or_else_by_order(
    flight: Flight, family_names: tuple[str, ...], expected: dict[str, str]
) -> None:
    booking = make_hold(flight, Party(2, 0, 2))
    name_all(booking, *family_names)
    assert whose_lap(booking) == expected


def test_the_page_says_on_whose_lap_an_infant_sits(client: FlaskClient, flight: Flight) -> None:
    log_in(client, alice := make_user())
    booking = make_hold(flight, Party(2, 0, 1), alice)
    name_all(booking, "Lin", "Díaz", "Díaz")
    assert (
        "On the lap of Bob Díaz" in page(client.get(f"/bookings/{booking.reference}/review")).text
    )


def test_who_gets_an_infant_by_its_name_leaves_the_exit_row_that_was_chosen(
    flight: Flight,
) -> None:
    booking = make_hold(flight, Party(2, 0, 1))
    name_all(booking, "Lin", "Díaz", "Lin")
    bob = booking.passengers[1]
    with transaction():
        choose_seat(booking.id, booking.segments[0].id, bob.id, "103A", 0, "test")
    name_all(booking, "Lin", "Díaz", "Díaz")
    coupon = next(each for each in live_coupons(booking) if each.passenger_id == bob.id)
    assert (coupon.seat, coupon.seat_price_minor) == (None, 0)


def test_a_family_name_put_right_moves_the_infant_and_its_adult_from_the_exit(
    flight: Flight,
) -> None:
    booking = make_hold(flight, Party(2, 0, 1))
    name_all(booking, "Lin", "Dias", "Díaz")
    bob = booking.passengers[1]
    with transaction():
        choose_seat(booking.id, booking.segments[0].id, bob.id, "103A", 0, "test")
    with transaction():
        service.confirm_booking(booking.id, "test")
    paid = balance_of(booking.id)
    before = PassengerNames.of(bob)
    with transaction():
        correction = Correction(
            1, replace(before, family_name="Díaz"), as_seen(booking.id, 1, before)
        )
        correct_names(booking.id, [correction], "test")
    assert whose_lap(db.session.get_one(Booking, booking.id)) == {"Mia": "Bob"}
    coupon = next(each for each in live_coupons(booking) if each.passenger_id == bob.id)
    assert coupon.seat not in (None, "103A")
    assert paid - balance_of(booking.id) == 8_00, "the seat was chosen"
    assert db.session.query(BookingEvent).filter_by(what="seats_moved").count() == 1
    assert broken_promises() == []
