"""Schedules become dated flights: local times, days of operation, periods, repeated runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import event, select

from webapp import clock
from webapp.db import db, retry_conflicts, transaction
from webapp.flights.generation import extend_schedules, in_portions
from webapp.flights.local_time import LocalTimes
from webapp.flights.models import Flight, FlightCabin, Schedule
from webapp.flights.schedule_times import retime_schedule
from webapp.flights.schedules import end_schedule
from webapp.network.models import (
    Aircraft,
    AircraftType,
    Airline,
    Airport,
    CabinLayout,
    SeatLayout,
)
from webapp.network.places import airport_rows

START = date(2027, 1, 4)  # A Monday.


@pytest.fixture
def network(app: Flask) -> None:
    """Airports all over the world, and an airline with two aircraft of one type."""
    with transaction() as session:
        session.add_all(
            Airport(**row)
            for row in airport_rows(["JFK", "BOS", "LHR", "HND", "HNL", "AKL", "LAX", "DEL"])
        )
        session.add(Airline(iata="K1", name="Kestrel", ticketing_code="902", currency="USD"))
        session.add(AircraftType(code="A320", name="Airbus A320"))
        session.add(AircraftType(code="A388", name="Airbus A380"))
        layout = SeatLayout(
            name="six seats",
            cabins=[
                CabinLayout(cabin="business", first_row=1, last_row=1, letters="A B"),
                CabinLayout(cabin="economy", first_row=2, last_row=3, letters="A B"),
            ],
        )
        session.add(layout)
        session.flush()  # Assigns layout.id.
        session.add_all(
            Aircraft(tail=tail, type_code="A320", airline_iata="K1", layout_id=layout.id)
            for tail in ("N1", "N2")
        )


def add_schedule(**changes: Any) -> int:
    """Add a daily schedule from New York to Boston and return its id."""
    columns: dict[str, Any] = {
        "airline_iata": "K1",
        "number": 101,
        "origin_iata": "JFK",
        "destination_iata": "BOS",
        "operates_from": START,
        "operates_to": None,
        "days": "1234567",
        "departs_local": time(8),
        "arrives_local": time(9, 15),
        "arrival_day_shift": 0,
        "aircraft_type": "A320",
        "base_fare_minor": 10_000,
    } | changes
    columns.setdefault("generated_to", columns["operates_from"] - timedelta(days=1))
    with transaction() as session:
        schedule = Schedule(**columns)
        session.add(schedule)
        session.flush()  # Assigns schedule.id.
        return schedule.id


def extend(until: date) -> int:
    with transaction() as session:
        return extend_schedules(session, until)


def flights() -> list[Flight]:
    db.session.rollback()
    return list(db.session.scalars(select(Flight).order_by(Flight.departs_at, Flight.number)))


def flight_on(on: date) -> Flight:
    db.session.rollback()
    return db.session.scalars(select(Flight).where(Flight.departs_on == on)).one()


@pytest.mark.usefixtures("network")
def test_a_schedule_yields_a_flight_with_its_cabins_on_each_day() -> None:
    add_schedule()
    assert extend(START + timedelta(days=2)) == 3
    first = flights()[0]
    assert first.departs_on == START
    assert first.departs_at == datetime(2027, 1, 4, 13, tzinfo=UTC)
    assert first.arrives_at == datetime(2027, 1, 4, 14, 15, tzinfo=UTC)
    assert first.status == "scheduled"
    cabins = {cabin.cabin: cabin for cabin in first.cabins}
    assert {name: cabin.capacity for name, cabin in cabins.items()} == {"business": 2, "economy": 4}
    assert all((c.sellable, c.sold, c.held) == (c.capacity, 0, 0) for c in cabins.values())
    assert 0 < cabins["economy"].fare_minor < cabins["business"].fare_minor
    assert cabins["economy"].currency == "USD"


@pytest.mark.usefixtures("network")
def test_a_flight_leaves_on_its_days_of_operation_only() -> None:
    add_schedule(days="135")
    extend(START + timedelta(days=13))
    assert [flight.departs_on.isoweekday() for flight in flights()] == [1, 3, 5, 1, 3, 5]


@pytest.mark.usefixtures("network")
def test_a_flight_leaves_within_its_period_only() -> None:
    add_schedule(operates_to=START + timedelta(days=4))
    assert extend(START + timedelta(days=30)) == 5
    assert extend(START + timedelta(days=60)) == 0


@pytest.mark.usefixtures("network")
def test_a_period_that_begins_later_waits_for_its_time() -> None:
    begins = START + timedelta(days=40)
    add_schedule(operates_from=begins)
    assert extend(START + timedelta(days=30)) == 0
    assert extend(begins) == 1


@pytest.mark.usefixtures("network")
def test_a_period_that_is_lengthened_goes_on_where_it_stood() -> None:
    schedule_id = add_schedule(operates_to=START + timedelta(days=1))
    extend(START + timedelta(days=30))
    with transaction() as session:
        schedule = session.get(Schedule, schedule_id)
        assert schedule is not None
        schedule.operates_to = START + timedelta(days=3)
    assert extend(START + timedelta(days=31)) == 2
    assert [flight.departs_on.day for flight in flights()] == [4, 5, 6, 7]


@pytest.mark.usefixtures("network")
def test_a_second_run_makes_nothing_and_a_later_one_only_what_is_new() -> None:
    add_schedule()
    until = START + timedelta(days=6)
    assert extend(until) == 7
    assert extend(until) == 0
    assert extend(until - timedelta(days=3)) == 0
    assert extend(until + timedelta(days=1)) == 1
    assert len(flights()) == 8
    assert len(list(db.session.scalars(select(FlightCabin)))) == 16


@pytest.mark.usefixtures("network")
def test_a_flight_that_is_there_already_is_left_as_it_is() -> None:
    add_schedule()
    extend(START)
    with transaction() as session:
        session.scalars(select(Flight)).one().gate = "B7"
        schedule = session.scalars(select(Schedule)).one()
        schedule.generated_to = START - timedelta(days=1)
    assert extend(START + timedelta(days=1)) == 1
    assert [flight.gate for flight in flights()] == ["B7", None]


@pytest.mark.usefixtures("network")
def test_two_runs_at_once_make_each_flight_once(app: Flask) -> None:
    for number in range(101, 121):
        add_schedule(number=number)
    made: list[int] = []
    # All four have read the same schedules before any of them goes on. In SQLite the first to
    # begin holds the others off, so they cannot meet.
    meeting = threading.Barrier(1 if db.engine.dialect.name == "sqlite" else 4)

    def meet(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT schedules."):
            with suppress(threading.BrokenBarrierError):  # A run that is repeated meets nobody.
                meeting.wait(timeout=5)

    def run() -> None:
        with app.app_context():
            made.append(retry_conflicts(lambda: extend(START + timedelta(days=9))))

    event.listen(db.engine, "after_cursor_execute", meet)
    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    event.remove(db.engine, "after_cursor_execute", meet)
    assert sorted(made) == [0, 0, 0, 200]
    assert len(flights()) == 200


def extend_while(app: Flask, act: Callable[[], object], until: date) -> int:
    """Make the flights of schedules while somebody else does something to what was read."""
    others = []

    def work() -> None:
        with app.app_context(), transaction():
            act()

    def meanwhile(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT schedules.") and not others:
            others.append(threading.Thread(target=work))
            others[0].start()
            others[0].join()

    event.listen(db.engine, "after_cursor_execute", meanwhile)
    try:
        return extend(until)
    finally:
        event.remove(db.engine, "after_cursor_execute", meanwhile)


@pytest.mark.usefixtures("network")
@pytest.mark.databases("mariadb")
def test_a_schedule_that_is_ended_meanwhile_makes_no_flight_beyond_its_end(app: Flask) -> None:
    schedule_id = add_schedule()
    extend(START + timedelta(days=2))
    last_day = START + timedelta(days=4)
    act = partial(end_schedule, schedule_id, last_day, "sam")
    assert extend_while(app, act, START + timedelta(days=9)) == 0
    assert extend(START + timedelta(days=9)) == 2
    assert flights()[-1].departs_on == last_day


@pytest.mark.usefixtures("network")
@pytest.mark.databases("mariadb")
def test_a_schedule_that_gets_other_times_meanwhile_makes_no_flight_at_the_old_ones(
    app: Flask,
) -> None:
    schedule_id = add_schedule()
    later = LocalTimes(time(9), time(10, 15), 0)
    act = partial(retime_schedule, schedule_id, START, later, None, "sam")
    assert extend_while(app, act, START + timedelta(days=3)) == 0
    assert extend(START + timedelta(days=3)) == 4
    zone = ZoneInfo("America/New_York")
    assert {each.departs_at.astimezone(zone).time() for each in flights()} == {time(9)}


@pytest.mark.usefixtures("network")
def test_local_times_stay_and_instants_move_when_clocks_change() -> None:
    add_schedule(operates_from=date(2027, 3, 12))
    extend(date(2027, 3, 16))
    assert [flight.departs_at.hour for flight in flights()] == [13, 13, 12, 12, 12]


@pytest.mark.usefixtures("network")
def test_a_departure_in_the_hour_that_clocks_skip_leaves_an_hour_later_and_takes_as_long() -> None:
    add_schedule(
        operates_from=date(2027, 3, 13), departs_local=time(2, 30), arrives_local=time(3, 20)
    )
    extend(date(2027, 3, 15))
    skipped = flight_on(date(2027, 3, 14))
    assert skipped.departs_at == datetime(2027, 3, 14, 7, 30, tzinfo=UTC)  # 03:30 in New York.
    assert {flight.arrives_at - flight.departs_at for flight in flights()} == {
        timedelta(minutes=50)
    }


@pytest.mark.usefixtures("network")
def test_a_departure_in_the_hour_that_comes_twice_leaves_in_the_first() -> None:
    add_schedule(
        operates_from=date(2027, 11, 7), departs_local=time(1, 30), arrives_local=time(2, 30)
    )
    extend(date(2027, 11, 7))
    flight = flights()[0]
    assert flight.departs_at == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)
    assert flight.arrives_at - flight.departs_at == timedelta(hours=2)


@pytest.mark.usefixtures("network")
def test_a_flight_over_the_date_line_arrives_the_day_before() -> None:
    add_schedule(
        origin_iata="HND",
        destination_iata="HNL",
        departs_local=time(0, 5),
        arrives_local=time(12, 30),
        arrival_day_shift=-1,
    )
    extend(START)
    flight = flights()[0]
    assert flight.departs_at == datetime(2027, 1, 3, 15, 5, tzinfo=UTC)
    assert flight.arrives_at == datetime(2027, 1, 3, 22, 30, tzinfo=UTC)
    assert flight.departs_on == START


@pytest.mark.usefixtures("network")
def test_a_flight_may_arrive_two_days_later() -> None:
    add_schedule(
        origin_iata="LAX",
        destination_iata="AKL",
        departs_local=time(22),
        arrives_local=time(8),
        arrival_day_shift=2,
    )
    extend(START)
    assert flights()[0].arrives_at - flights()[0].departs_at == timedelta(hours=13)


@pytest.mark.usefixtures("network")
def test_half_hour_zones_are_kept() -> None:
    add_schedule(
        origin_iata="DEL",
        destination_iata="LHR",
        departs_local=time(2, 15),
        arrives_local=time(6, 45),
    )
    extend(START)
    flight = flights()[0]
    assert flight.departs_at == datetime(2027, 1, 3, 20, 45, tzinfo=UTC)
    assert flight.arrives_at - flight.departs_at == timedelta(hours=10)


@pytest.mark.usefixtures("network")
def test_tails_take_turns_and_the_flight_back_has_the_tail_of_the_flight_out() -> None:
    add_schedule()
    add_schedule(
        number=102,
        origin_iata="BOS",
        destination_iata="JFK",
        departs_local=time(10),
        arrives_local=time(11, 15),
    )
    extend(START + timedelta(days=3))
    tails = [flight.aircraft.tail for flight in flights()]
    assert tails[0::2] == tails[1::2]
    assert tails[0] != tails[2]
    assert tails[0] == tails[4]


@pytest.mark.usefixtures("network")
def test_a_schedule_without_an_aircraft_waits_until_there_is_one() -> None:
    add_schedule(aircraft_type="A388")
    add_schedule(number=103)
    assert extend(START) == 1
    with transaction() as session:
        layout_id = session.scalars(select(SeatLayout.id)).one()
        session.add(Aircraft(tail="N3", type_code="A388", airline_iata="K1", layout_id=layout_id))
    assert extend(START) == 1


@pytest.mark.usefixtures("network")
def test_a_day_on_which_clocks_turn_a_flight_round_is_left_out_and_the_rest_is_made() -> None:
    # In winter 30 minutes from Honolulu to New York, which is on summer time from 14 March.
    odd = {"origin_iata": "HNL", "destination_iata": "JFK", "arrives_local": time(13, 30)}
    start = date(2027, 3, 12)
    add_schedule(number=105, operates_from=start, **odd)
    add_schedule(number=107, operates_from=start)
    assert extend(date(2027, 3, 16)) == 2 + 5
    assert [flight.departs_on.day for flight in flights() if flight.number == 105] == [12, 13]
    assert extend(date(2027, 3, 17)) == 1


@pytest.mark.usefixtures("network")
def test_days_that_are_over_get_no_flights_however_long_nobody_rolled() -> None:
    add_schedule()
    clock.move_to(datetime(2028, 2, 29, 12, tzinfo=UTC))
    assert extend(date(2028, 3, 5)) == 7
    assert flights()[0].departs_on == date(2028, 2, 28), "where it may still be yesterday"


def test_portions_lead_to_the_last_day_and_no_further() -> None:
    today = date(2027, 1, 4)
    untils = list(in_portions(today, 120))
    assert untils == sorted(set(untils))
    assert untils[-1] == today + timedelta(days=120)
    assert list(in_portions(today, 0)) == [today]
