"""The promises about flights: their local times, and that their history says what they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, update

from tests.airline import retime
from tests.builders import (
    make_aircraft,
    make_airport,
    make_booking,
    make_flight,
    make_schedule,
    make_user,
    today,
)
from webapp import clock
from webapp.accounts.models import Role
from webapp.booking import disruptions
from webapp.db import db, transaction
from webapp.flights import operations, schedule_times, schedules, service, swaps
from webapp.flights.generation import extend_schedules
from webapp.flights.local_time import LocalTimes
from webapp.flights.models import Flight, FlightEvent, FlightStatus, Schedule
from webapp.network.models import Airport, Cabin
from webapp.staff.integrity import broken_promises
from worker.schedule_changes import move_to_new_times

LATE = timedelta(minutes=50)
SAM = "sam@example.com"


@pytest.fixture
def worked(app: Flask) -> Flight:
    """Return a flight to which everything was done that is done to flights on the ground."""
    make_user(SAM, Role.AIRLINE_STAFF, "X1")
    flight, soon = make_flight(), make_flight(departs_at=clock.now() + timedelta(hours=2))
    other = make_aircraft("X1", 120)
    with transaction():
        service.create_flight(
            service.NewFlight(
                "X1",
                4711,
                "DEL",
                "BOM",
                flight.departs_on,
                flight.departs_at,
                flight.arrives_at,
                flight.aircraft_id,
                {Cabin.ECONOMY: 100_00},
                "USD",
            ),
            SAM,
        )
        new = flight.departs_at + LATE, flight.arrives_at + LATE
        disruptions.retime_flight(flight.id, *new, flight.departs_on, SAM)
        later = new[0] + LATE, new[1] + LATE
        operations.delay_flight(flight.id, *later, SAM)
        for terminal, gate in (("1", "A1"), ("2", None), ("2", "B7")):
            operations.assign_gate(flight.id, terminal, gate, SAM)
        swaps.swap_aircraft(flight.id, other.id, SAM)
        operations.record_status(soon.id, FlightStatus.BOARDING, SAM)
    return flight


def test_every_promise_holds_after_a_day_of_work_on_flights(worked: Flight) -> None:
    assert broken_promises() == []
    soon = db.session.query(Flight).filter(Flight.status == "boarding").one()
    times = worked.departs_at, worked.arrives_at
    with transaction():
        operations.delay_flight(soon.id, soon.departs_at + LATE, soon.arrives_at + LATE, SAM)
        operations.delay_flight(worked.id, *times, SAM)
    assert broken_promises() == [], "one boards and is late, one is on time again"
    with transaction():
        operations.record_status(soon.id, FlightStatus.DELAYED, SAM)
        operations.record_status(soon.id, FlightStatus.BOARDING, SAM)
    retime(soon, LATE)
    with transaction():
        disruptions.cancel_flight(worked.id, SAM)
    assert broken_promises() == [], "one is open again, one is cancelled"
    for status in ("departed", "arrived", "departed", "arrived"):
        clock.move_to(soon.departs_at if clock.now() < soon.departs_at else soon.arrives_at)
        with transaction():
            operations.record_status(soon.id, FlightStatus(status), SAM)
        assert broken_promises() == [], status


def of(flight: Flight) -> Any:
    return update(Flight).where(Flight.id == flight.id)


def no_line(flight: Flight, what: str) -> Any:
    return delete(FlightEvent).where(FlightEvent.flight_id == flight.id, FlightEvent.what == what)


STATUS = "Every flight's status is the one that its history says"
EXPECTED = "Every flight is expected when its history says"
MOVED = "A flight that was moved leaves and arrives when its history says"
GATE = "Every flight's terminal and gate are those that its history says"
AIRCRAFT = "A flight whose aircraft was changed flies with the one that its history says"


@pytest.mark.parametrize(
    ("damage", "promise", "words"),
    [
        (lambda flight: of(flight).values(status="cancelled"), STATUS, "is cancelled, but"),
        (lambda flight: of(flight).values(status="arrived"), STATUS, "history says scheduled"),
        (lambda flight: of(flight).values(departs_at=flight.departs_at - LATE), MOVED, "moved to"),
        (lambda flight: of(flight).values(arrives_at=flight.arrives_at + LATE), MOVED, "moved to"),
        (
            lambda flight: of(flight).values(
                estimated_departs_at=None, estimated_arrives_at=None, status="scheduled"
            ),
            EXPECTED,
            "is expected at",
        ),
        (
            lambda flight: of(flight).values(estimated_arrives_at=flight.arrives_at + LATE * 3),
            EXPECTED,
            "arrival",
        ),
        (lambda flight: of(flight).values(status="scheduled"), EXPECTED, "another status"),
        (lambda flight: no_line(flight, "delayed"), EXPECTED, "is expected at"),
        (
            lambda flight: of(flight).values(gate="B8"),
            GATE,
            "gate B8, but its history says 2 and B7",
        ),
        (lambda flight: of(flight).values(terminal=None), GATE, "terminal None"),
        (lambda flight: no_line(flight, "gate"), GATE, "says None and None"),
        (
            lambda flight: of(flight).values(
                aircraft_id=db.session.query(Flight.aircraft_id)
                .filter(Flight.id != flight.id)
                .limit(1)
                .scalar()
            ),
            AIRCRAFT,
            "flies with",
        ),
    ],
)
def test_a_flight_that_is_not_what_its_history_says_is_found(
    worked: Flight, damage: Callable[[Flight], Any], promise: str, words: str
) -> None:
    db.session.refresh(worked)
    with transaction() as session:
        session.execute(damage(worked), execution_options={"synchronize_session": False})
    broken = broken_promises()
    assert {each.promise for each in broken} == {promise}
    (row,) = (each.row for each in broken)
    assert row.startswith(f"X1{worked.number}/{worked.departs_on}/DEL")
    assert words in row


@pytest.mark.parametrize(
    ("status", "promise"),
    [("scheduled", STATUS), ("cancelled", STATUS), ("departed", STATUS), ("delayed", STATUS)],
)
def test_a_status_that_nobody_wrote_down_is_found(
    worked: Flight, status: str, promise: str
) -> None:
    boarding = update(Flight).where(Flight.status == "boarding").values(status=status)
    with transaction() as session:
        session.execute(boarding, execution_options={"synchronize_session": False})
    assert promise in {each.promise for each in broken_promises()}


# Local times

ON_TIME = "Flights of the next 30 days leave and arrive on local time, as their schedules say"


@pytest.fixture
def scheduled(app: Flask) -> Schedule:
    """Return a schedule from London to Delhi that goes on through a night of a clock change."""
    clock.move_to(clock.now().replace(year=2027, month=3, day=20, hour=9))
    make_airport("DEL")
    make_airport("LHR")
    make_aircraft("X1")
    with transaction() as session:
        schedule = Schedule(
            airline_iata="X1",
            number=77,
            origin_iata="LHR",
            destination_iata="DEL",
            operates_from=today(),
            operates_to=None,
            days="1234567",
            departs_local=time(22),
            arrives_local=time(11, 30),
            arrival_day_shift=1,
            aircraft_type="A320",
            base_fare_minor=100_00,
            generated_to=today() - timedelta(days=1),
        )
        session.add(schedule)
        session.flush()  # The flights are made from the row.
        extend_schedules(session, today() + timedelta(days=20))
    return schedule


def flight_on(day: date) -> Flight:
    return db.session.query(Flight).filter(Flight.departs_on == day).one()


@pytest.mark.parametrize(
    ("column", "hours"), [("departs_at", -1), ("arrives_at", 1), ("departs_at", -24)]
)
@pytest.mark.parametrize("day", [date(2027, 3, 27), date(2027, 3, 28), date(2027, 4, 5)])
def test_a_flight_off_the_local_times_of_its_schedule_is_found(
    scheduled: Schedule, day: date, column: str, hours: int
) -> None:
    assert broken_promises() == []
    flight = flight_on(day)
    moved = getattr(flight, column) + timedelta(hours=hours)
    with transaction() as session:
        session.execute(of(flight).values({column: moved}))
    (broken,) = broken_promises()
    assert broken.promise == ON_TIME
    assert broken.row.startswith(f"X177/{day}/LHR flies from ")
    assert f"{moved:%Y-%m-%d %H:%M}" in broken.row


def test_flights_that_were_stored_in_local_time_are_found(scheduled: Schedule) -> None:
    with transaction() as session:
        session.execute(update(Airport).where(Airport.iata == "LHR").values(timezone="UTC"))
    # Until the clocks change, London has the time of UTC.
    days = {each.row.split("/")[1] for each in broken_promises()}
    assert min(days) == "2027-03-28"
    assert {each.promise for each in broken_promises()} == {ON_TIME}


def test_a_flight_of_its_own_that_leaves_on_another_day_than_it_says_is_found(
    worked: Flight,
) -> None:
    with transaction() as session:
        session.execute(of(worked).values(departs_on=worked.departs_on + timedelta(days=1)))
    (broken,) = broken_promises()
    assert broken.promise == ON_TIME
    assert "leaves at" in broken.row


def test_flights_of_a_schedule_that_was_changed_are_on_time(app: Flask) -> None:
    schedule = make_schedule(days="135")
    boards, *_, booked = db.session.query(Flight).order_by(Flight.departs_on)
    make_schedule(days="246", starts_on=boards.departs_on + timedelta(days=1))
    make_booking(booked)
    clock.move_to(boards.departs_at - timedelta(hours=1))
    with transaction():
        operations.record_status(boards.id, FlightStatus.BOARDING, SAM)
        flying = schedule_times.retime_schedule(
            schedule.id, boards.departs_on, LocalTimes(time(9), time(11, 10), 0), None, SAM
        )
    assert broken_promises() == [], "one boards, one waits until its travellers are told"
    with transaction():
        schedules.end_schedule(flying.id, today() + timedelta(days=4), SAM)
    assert broken_promises() == []


def test_a_flight_that_moved_with_its_schedule_is_still_held_against_it(app: Flask) -> None:
    schedule = make_schedule()
    booked, empty, by_hand, *_ = db.session.query(Flight).order_by(Flight.departs_on)[1:]
    make_booking(booked)
    with transaction():
        disruptions.retime_flight(
            by_hand.id,
            by_hand.departs_at + LATE,
            by_hand.arrives_at + LATE,
            by_hand.departs_on,
            SAM,
        )
        nine = LocalTimes(time(9), time(11, 10), 0)
        schedule_times.retime_schedule(schedule.id, booked.departs_on, nine, None, SAM)
    move_to_new_times()
    assert broken_promises() == []
    for flight in (booked, empty, by_hand):
        with transaction() as session:
            session.execute(of(flight).values(arrives_at=flight.arrives_at + LATE))
    found = {each.row.split("/")[1] for each in broken_promises() if each.promise == ON_TIME}
    assert found == {str(booked.departs_on), str(empty.departs_on)}


def test_a_flight_that_staff_made_before_its_schedule_came_so_far_has_its_own_times(
    worked: Flight,
) -> None:
    made = db.session.query(Flight).filter(Flight.number == 4711).one()
    make_schedule(4711, until=made.departs_on + timedelta(days=1))
    made_at = made.departs_at + LATE
    with transaction() as session:
        session.execute(of(made).values(departs_at=made_at))
    assert broken_promises() == []


def test_a_flight_that_had_not_left_after_all_keeps_the_times_it_had(app: Flask) -> None:
    schedule = make_schedule()
    first = db.session.query(Flight).order_by(Flight.departs_on).first()
    assert first
    clock.move_to(first.departs_at - timedelta(minutes=25))
    with transaction():
        disruptions.record_status(first.id, FlightStatus.DEPARTED, SAM)
        nine = LocalTimes(time(9), time(11, 10), 0)
        schedule_times.retime_schedule(schedule.id, first.departs_on, nine, None, SAM)
    with transaction():
        disruptions.record_status(first.id, FlightStatus.BOARDING, SAM)
    assert broken_promises() == []
