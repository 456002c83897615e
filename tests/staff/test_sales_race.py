"""Staff change what is sold while travellers take seats: nobody gets a seat that is not on sale."""

from __future__ import annotations

from functools import partial

import pytest
from flask import Flask

from tests.booking.races import hold
from tests.builders import make_flight, make_offer, make_schedule
from tests.races import at_once
from webapp.db import db, retry_conflicts, transaction
from webapp.flights.errors import SeatsTaken
from webapp.flights.models import Flight, FlightCabin
from webapp.flights.sales import CabinSale, set_sales
from webapp.flights.schedules import end_schedule
from webapp.staff.integrity import broken_promises


@pytest.mark.databases("mariadb")
@pytest.mark.parametrize("round_", range(4))
def test_seats_that_are_kept_back_meanwhile_are_sold_to_nobody(app: Flask, round_: int) -> None:
    flight = make_flight(seats=20)
    offer = make_offer(flight)
    holds = [partial(hold, offer, f"sales-{round_}-{number:012}") for number in range(12)]
    outcomes = at_once(app, [*holds[:6], partial(keep_back, flight.id, 6), *holds[6:]])
    db.session.expire_all()
    cabin = db.session.get_one(FlightCabin, (flight.id, "economy"))
    assert cabin.held == outcomes.count("held")
    assert set(outcomes) <= {"held", "full", "kept back", "too late"}
    # Either the seats were kept back in time, or so many were taken that they could not be.
    assert cabin.sellable == (6 if "kept back" in outcomes else 20)
    assert broken_promises() == []


@pytest.mark.databases("mariadb")
@pytest.mark.parametrize("round_", range(4))
def test_a_flight_that_is_taken_out_is_held_by_nobody(app: Flask, round_: int) -> None:
    schedule = make_schedule()
    flight = db.session.query(Flight).order_by(Flight.departs_on.desc()).first()
    assert flight
    flight_id, last_day = flight.id, schedule.operates_from
    offer = make_offer(flight)
    holds = [partial(hold, offer, f"ends-{round_}-{number:012}") for number in range(6)]
    outcomes = at_once(app, [*holds[:3], partial(end, schedule.id, last_day), *holds[3:]])
    db.session.expire_all()
    left = db.session.get(FlightCabin, (flight_id, "economy"))
    taken = outcomes.count("held")
    assert set(outcomes) <= {"held", "full", "ended"}
    # Where somebody was quicker, the flight stays until it is cancelled, and sells no other seat.
    assert (left.held, left.sellable) == (taken, taken) if left else not taken
    assert broken_promises() == []


def keep_back(flight_id: int, seats: int) -> str:
    def work() -> str:
        with transaction():
            set_sales(flight_id, {"economy": CabinSale(100_00, seats)}, "sam")
        return "kept back"

    try:
        return retry_conflicts(work)
    except SeatsTaken:
        return "too late"


def end(schedule_id: int, last_day: object) -> str:
    def work() -> str:
        with transaction():
            end_schedule(schedule_id, last_day, "sam")  # type: ignore[arg-type]
        return "ended"

    return retry_conflicts(work)
