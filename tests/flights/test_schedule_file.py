"""Schedules from a file: what they yield, and what is refused, line by line."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.builders import make_aircraft, make_airport, make_flight
from webapp import clock
from webapp.db import db, transaction
from webapp.flights.models import Flight, FlightStatus, Schedule
from webapp.flights.schedule_file import import_schedules
from webapp.flights.schedule_lines import COLUMNS, FileRefused
from webapp.flights.schedules import end_schedule

LINE = {
    "airline": "X1", "number": "71", "origin": "DEL", "destination": "LHR",
    "operates_from": "2027-03-01", "operates_to": "2027-03-14", "days": "135",
    "departs": "22:10", "arrives": "02:40", "day_shift": "1", "aircraft_type": "A320",
    "fare": "412.50",
}  # fmt: skip


@pytest.fixture(autouse=True)
def network(app: Flask) -> None:
    make_airport("DEL")
    make_airport("LHR")
    make_aircraft("X1", seats=20)
    clock.move_to(datetime(2027, 2, 1, 9, tzinfo=UTC))


def written(*lines: dict[str, str]) -> bytes:
    """Return a file of schedules; each line is LINE where it does not say otherwise."""
    rows = [",".join(COLUMNS)] + [
        ",".join({**LINE, **line}[name] for name in COLUMNS) for line in lines
    ]
    return ("\n".join(rows) + "\n").encode()


def test_a_schedule_yields_its_flights_on_its_days_in_local_times() -> None:
    done = import_schedules(written({}), 120)
    assert (done.new, done.there, done.flights) == (1, 0, 6)
    flights = db.session.scalars(select(Flight).order_by(Flight.departs_on)).all()
    assert {flight.departs_on.isoweekday() for flight in flights} == {1, 3, 5}
    first = flights[0]
    assert first.departs_at == datetime(2027, 3, 1, 16, 40, tzinfo=UTC)
    assert first.arrives_at - first.departs_at == timedelta(hours=10)
    schedule = db.session.scalars(select(Schedule)).one()
    assert schedule.base_fare_minor == 412_50


def test_the_same_file_twice_changes_nothing() -> None:
    content = written({})
    import_schedules(content, 120)
    again = import_schedules(content, 120)
    assert (again.new, again.there, again.flights) == (0, 1, 0)


def test_a_schedule_that_was_called_off_before_it_began_makes_room_for_another() -> None:
    import_schedules(written({}, {"number": "72"}, {"number": "73"}), 120)
    for called_off in db.session.scalars(select(Schedule).where(Schedule.number != 72)).all():
        with transaction():
            end_schedule(called_off.id, clock.now().date(), "sam")
    done = import_schedules(written({"departs": "21:10"}, {"number": "72"}), 120)
    assert (done.new, done.there, done.flights) == (1, 1, 6)
    found = db.session.scalars(select(Schedule).order_by(Schedule.number)).all()
    assert [each.departs_local for each in found] == [time(21, 10), time(22, 10), time(22, 10)]
    assert [each.ended_by for each in found] == [None, None, "sam"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"airline": "QQ"}, "airline 'QQ' is not in the network"),
        ({"origin": "XXX"}, "origin 'XXX' is not an airport"),
        ({"destination": "DEL"}, "the same"),
        ({"number": "0"}, "number '0'"),
        ({"number": "7½"}, "number '7½'"),
        ({"number": "9" * 5000}, f"number '{'9' * 40}…' is not from 1 to 9999"),
        ({"days": "18"}, "days '18'"),
        ({"days": "11"}, "days '11'"),
        ({"departs": "25:00"}, "departs '25:00'"),
        ({"departs": "08:00+02:00"}, "departs '08:00+02:00'"),
        ({"day_shift": "0"}, "it arrives before it leaves"),
        ({"day_shift": "2"}, "24 hours or more"),
        ({"number": "71", "operates_from": "2027-03-08"}, "already, in the schedule from"),
        ({"number": "71", "operates_from": "2027-03-02", "days": "56"}, "flies on some of these"),
        ({"departs": "06:00", "arrives": "01:10", "day_shift": "0"}, "in so little time"),
        ({"operates_from": "2026-03-01", "operates_to": "2026-03-14"}, "still to come"),
        ({"operates_to": "2027-03-02", "days": "7"}, "still to come"),
        ({"operates_from": "1 March"}, "operates_from '1 March'"),
        ({"operates_from": "0001-01-01"}, "operates_from '0001-01-01'"),
        ({"operates_from": "9999-12-31", "operates_to": ""}, "operates_from '9999-12-31'"),
        ({"operates_to": "2027-02-01"}, "operates_to is before"),
        ({"day_shift": "9"}, "day_shift '9'"),
        ({"aircraft_type": "B747"}, "no aircraft of type 'B747'"),
        ({"fare": "NaN"}, "fare 'NaN'"),
        ({"fare": "1e2"}, "fare '1e2'"),
        ({"fare": "1_0"}, "fare '1_0'"),
        ({"fare": "٩٩"}, "fare '٩٩'"),
        ({"operates_to": "20270401"}, "operates_to '20270401'"),
        ({"operates_to": "2027-W14-1"}, "operates_to '2027-W14-1'"),
        ({"fare": "99,7"}, "more values than there are columns"),
        ({"fare": "-1"}, "fare '-1'"),
        ({"fare": "1.005"}, "too many decimals"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_imported(change: dict[str, str], words: str) -> None:
    with pytest.raises(FileRefused) as refused:
        import_schedules(written({}, {"number": "72", **change}), 120)
    assert any(error.startswith("line 3:") and words in error for error in refused.value.errors)
    assert db.session.scalar(select(func.count()).select_from(Schedule)) == 0


def test_a_spreadsheets_own_separator_any_case_and_codes_in_small_letters_are_taken() -> None:
    for mark, number in ((";", "71"), ("\t", "72")):
        text = written({"number": number, "airline": "x1", "origin": "del"}).decode()
        header, line = text.replace(",", mark).splitlines()
        done = import_schedules(f"{header.title()}\n{line}\n".encode(), 120)
        assert (done.new, done.flights) == (1, 6)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (written(), "a header and no schedules"),
        ("".encode("utf-16"), "save it as “CSV UTF-8”"),
        (b"airline;number\n", "the column origin is missing"),
    ],
)
def test_a_file_that_is_none_says_what_it_lacks(content: bytes, words: str) -> None:
    with pytest.raises(FileRefused) as refused:
        import_schedules(content, 120)
    assert words in refused.value.errors[0]


def test_a_line_that_is_too_long_hides_no_other_ones_mistakes() -> None:
    with pytest.raises(FileRefused) as refused:
        import_schedules(written({"days": "9"}, {"fare": "99,7"}), 120)
    assert [error.partition(":")[0] for error in refused.value.errors] == ["line 3", "line 2"]


def test_the_same_number_may_fly_on_other_days_and_at_other_times() -> None:
    weekend = {"operates_from": "2027-03-02", "days": "67", "departs": "20:10"}
    summer = {"operates_from": "2027-03-15", "operates_to": "", "departs": "23:10"}
    done = import_schedules(written({}, weekend, summer), 60)
    assert (done.new, done.there) == (3, 0)
    with pytest.raises(FileRefused):
        import_schedules(written({**summer, "operates_from": "2027-06-01"}), 60)


def test_a_schedule_that_is_there_with_other_content_is_refused() -> None:
    import_schedules(written({}), 120)
    with pytest.raises(FileRefused) as refused:
        import_schedules(written({"departs": "21:00"}), 120)
    assert "scheduled from this day already" in refused.value.errors[0]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"airline,number\nX1,1\n",
        ",".join([*COLUMNS, "number"]).encode(),
    ],
)
def test_a_file_of_another_kind_is_refused_in_words(
    app: Flask, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(content)
    result = app.test_cli_runner().invoke(args=["import", "schedule", str(path)])
    assert result.exit_code == 1
    assert "Nothing was imported" in result.output


def test_the_command_says_what_it_did(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "schedules.csv"
    path.write_bytes(written({}))
    result = app.test_cli_runner().invoke(args=["import", "schedule", str(path)])
    assert result.exit_code == 0, result.output
    assert "1 schedule imported, 0 were there already; 6 flights made." in result.output


def test_the_command_says_when_the_flights_of_a_later_season_are_made(
    app: Flask, tmp_path: Path
) -> None:
    last_day, later = clock.now().date() + timedelta(days=120), timedelta(days=121)
    soon = {"operates_from": str(last_day), "operates_to": "", "days": "1234567"}
    summer = {**soon, "number": "73", "operates_from": str(clock.now().date() + later)}
    path = tmp_path / "summer.csv"
    path.write_bytes(written(soon, summer))
    runner = app.test_cli_runner()
    said = runner.invoke(args=["import", "schedule", str(path)]).output.splitlines()
    assert said == [
        "2 schedules imported, 0 were there already; 1 flight made.",
        "1 schedule begins later: flights are made from 120 days ahead on.",
    ]
    told = " ".join(runner.invoke(args=["import", "schedule", "--help"]).output.split())
    assert "Flights are made from 120 days ahead on. Those of a schedule that begins later" in told


def test_a_day_on_which_the_number_flies_already_is_refused() -> None:
    own = make_flight(number=71, destination="BOM", departs_at=datetime(2027, 3, 3, 6, tzinfo=UTC))
    with pytest.raises(FileRefused) as refused:
        import_schedules(written({}))
    assert refused.value.errors == [
        "line 2: a flight of this number leaves there on 2027-03-03 already"
    ]
    import_schedules(written({"days": "15"}))
    with transaction() as session:
        session.get_one(Flight, own.id).status = FlightStatus.CANCELLED
    assert import_schedules(written({"days": "3", "operates_from": "2027-03-02"})).flights == 1
