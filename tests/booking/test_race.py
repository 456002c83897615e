"""Many threads, few seats: exactly the seats are sold, whatever runs at once."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text

from tests.builders import birthday_of, cancel, make_flight, make_hold, make_offer
from tests.races import at_once
from webapp import clock
from webapp.booking import service
from webapp.booking.errors import HoldExpired
from webapp.booking.models import Booking
from webapp.booking.party import PassengerNames
from webapp.db import db, retry_conflicts, transaction
from webapp.flights.errors import NoSeatsLeft
from webapp.flights.families import LIGHT
from webapp.flights.fares import Party
from webapp.flights.models import FlightCabin
from webapp.search.offers import Offer, digest, sign
from webapp.staff.integrity import broken_promises

THREADS = 32
SEATS = 100
REQUESTS = 400


@pytest.mark.databases("mariadb")
def test_32_threads_asking_400_times_for_100_seats_book_exactly_100(app: Flask) -> None:
    flight = make_flight(seats=SEATS)
    offer = make_offer(flight)
    deadlocks_before = deadlocks()
    db.session.remove()

    with ThreadPoolExecutor(THREADS) as threads:
        outcomes = Counter(
            threads.map(lambda number: book(app, offer, f"race-{number:016}"), range(REQUESTS))
        )

    assert outcomes == {"booked": SEATS, "full": REQUESTS - SEATS}
    cabin = db.session.get_one(FlightCabin, (flight.id, "economy"))
    assert (cabin.sold, cabin.held) == (SEATS, 0)
    assert deadlocks() == deadlocks_before
    assert broken_promises() == []


@pytest.mark.databases("mariadb")
def test_the_seats_of_a_hold_that_lapsed_are_there_for_all_who_ask_at_once(app: Flask) -> None:
    flight = make_flight(seats=8)
    make_hold(flight, Party(8))
    clock.advance(service.HOLD_TIME)
    offer = make_offer(flight)
    holds = [partial(hold, offer, f"race-{number:016}") for number in range(8)]
    assert at_once(app, holds) == ["held"] * 8
    assert broken_promises() == []


def hold(offer: Offer, key: str) -> str:
    def act() -> None:
        with transaction():
            service.hold_seats(offer, LIGHT, key, digest(sign(offer)), None, "race")

    try:
        retry_conflicts(act)
    except NoSeatsLeft:
        return "full"
    return "held"


@pytest.mark.databases("mariadb")
def test_holds_confirmations_releases_and_cancellations_at_random_keep_every_promise(
    app: Flask,
) -> None:
    flights = [make_flight(seats=20) for _ in range(3)]
    offers = [make_offer(flight) for flight in flights]
    db.session.remove()

    with ThreadPoolExecutor(THREADS) as threads:
        outcomes = Counter(
            threads.map(
                lambda number: live(app, random.Random(number), offers, f"life-{number:016}"),
                range(REQUESTS),
            )
        )

    assert set(outcomes) <= {"booked", "cancelled", "released", "full"}
    assert outcomes["booked"] > 0
    assert outcomes["cancelled"] > 0
    assert broken_promises() == []


@pytest.mark.databases("mariadb")
def test_one_form_sent_by_32_clients_at_once_is_one_booking(app: Flask) -> None:
    flight = make_flight(seats=SEATS)
    offer = make_offer(flight)
    db.session.remove()

    def hold(_number: int) -> int:
        with app.app_context():
            return retry_conflicts(lambda: hold_once(offer, "the same key, twice"))

    with ThreadPoolExecutor(THREADS) as threads:
        ids = set(threads.map(hold, range(THREADS)))

    assert len(ids) == 1
    assert db.session.get_one(FlightCabin, (flight.id, "economy")).held == 1


def deadlocks() -> int:
    """Return how many deadlocks InnoDB has found since it started."""
    row = db.session.execute(text("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'")).one()
    return int(row[1])


def book(app: Flask, offer: Offer, key: str) -> str:
    """Go from an offer to a confirmed booking, as a web process does."""
    with app.app_context():
        try:
            booking_id = retry_conflicts(lambda: hold_once(offer, key))
            retry_conflicts(lambda: name_and_confirm(booking_id))
        except NoSeatsLeft:
            return "full"
        return "booked"


def live(app: Flask, chance: random.Random, offers: list[Offer], key: str) -> str:
    """Book, and then perhaps give the seats back, before or after the confirmation."""
    with app.app_context():
        try:
            booking_id = retry_conflicts(lambda: hold_once(chance.choice(offers), key))
            if chance.random() < 0.3:
                retry_conflicts(lambda: within(service.release_hold, booking_id))
                return "released"
            retry_conflicts(lambda: name_and_confirm(booking_id))
            if chance.random() < 0.5:
                retry_conflicts(lambda: cancel_by_id(booking_id))
                return "cancelled"
        except (NoSeatsLeft, HoldExpired):
            return "full"
        return "booked"


def hold_once(offer: Offer, key: str) -> int:
    with transaction():
        return service.hold_seats(offer, LIGHT, key, digest(sign(offer)), None, "race").id


def name_and_confirm(booking_id: int) -> None:
    with transaction():
        names = [PassengerNames("Alice", "Meier", birthday_of("adult"))]
        service.name_passengers(booking_id, names, "alice@example.com", "race")
    with transaction():
        service.confirm_booking(booking_id, "race")


def cancel_by_id(booking_id: int) -> None:
    db.session.rollback()
    cancel(db.session.get_one(Booking, booking_id))


def within(command: object, booking_id: int) -> None:
    with transaction():
        command(booking_id, "race")  # type: ignore[operator]
