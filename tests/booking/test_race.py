"""Many threads, few seats: exactly the seats are sold, whatever runs at once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from tests.booking.races import (
    book_at_once,
    confirm_late,
    deadlocks,
    extend_late,
    hold_lapsed_seats_at_once,
    hold_once,
    name_and_confirm,
    send_one_form_at_once,
)
from tests.builders import cancel, make_flight, make_offer
from webapp.booking import service
from webapp.booking.errors import HoldExpired
from webapp.booking.models import Booking
from webapp.db import db, retry_conflicts, transaction
from webapp.flights.errors import NoSeatsLeft
from webapp.flights.models import Flight, FlightCabin
from webapp.search.offers import Offer
from webapp.staff.integrity import broken_promises

THREADS = 32
SEATS = 100
REQUESTS = 400


@pytest.mark.databases("mariadb")
def test_32_threads_asking_400_times_for_100_seats_book_exactly_100(app: Flask) -> None:
    flight = make_flight(seats=SEATS)
    offer = make_offer(flight)
    deadlocks_before = deadlocks()

    outcomes = book_at_once(app, offer, REQUESTS, THREADS)

    assert outcomes == {"booked": SEATS, "full": REQUESTS - SEATS}
    cabin = db.session.get_one(FlightCabin, (flight.id, "economy"))
    assert (cabin.sold, cabin.held) == (SEATS, 0)
    assert deadlocks() == deadlocks_before
    assert broken_promises() == []


@pytest.mark.databases("mariadb")
def test_the_seats_of_a_hold_that_lapsed_are_there_for_all_who_ask_at_once(app: Flask) -> None:
    flight = make_flight(seats=8)
    assert hold_lapsed_seats_at_once(app, flight, 8) == ["held"] * 8
    assert broken_promises() == []


@pytest.mark.databases("mariadb")
@pytest.mark.parametrize("act", [confirm_late, extend_late])
def test_a_hold_that_loses_its_seat_between_two_looks_is_neither_sold_nor_extended(
    app: Flask, act: Callable[[Flask, Flight], None]
) -> None:
    with pytest.raises(HoldExpired):
        act(app, make_flight(seats=1))
    assert broken_promises() == []


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
    ids = send_one_form_at_once(app, make_offer(flight), THREADS)
    assert len(ids) == 1
    assert db.session.get_one(FlightCabin, (flight.id, "economy")).held == 1


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


def cancel_by_id(booking_id: int) -> None:
    db.session.rollback()
    cancel(db.session.get_one(Booking, booking_id))


def within(command: object, booking_id: int) -> None:
    with transaction():
        command(booking_id, "race")  # type: ignore[operator]
