"""Other times for a schedule from a day on: what moves, who is told, and what stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.builders import (
    INDIA,
    log_in,
    make_airport,
    make_booking,
    make_hold,
    make_schedule,
    make_user,
    today,
)
from tests.pages import alerts, beside, page, typed, what_is_wrong
from tests.races import at_once
from tests.staff.addresses import address as of_flight
from tests.staff.test_schedules import address, flights
from tests.statements import counted_selects
from webapp import clock
from webapp.accounts.models import Role
from webapp.booking import disruptions
from webapp.booking.errors import TimesChanged
from webapp.booking.party import PassengerNames
from webapp.booking.service import confirm_booking, name_passengers
from webapp.db import db, retry_conflicts, transaction
from webapp.flights.generation import extend_schedules
from webapp.flights.local_time import LocalTimes
from webapp.flights.models import Flight, FlightEvent, FlightStatus, Schedule
from webapp.flights.pending import to_be_moved
from webapp.flights.schedule_times import retime_schedule
from webapp.flights.schedules import end_schedule
from webapp.formats import short_day
from webapp.notifications.models import Kind, Notification
from webapp.staff.integrity import broken_promises
from worker.schedule_changes import cancel_beyond_ends, move_to_new_times

EIGHT, NOON = time(8), time(12)


def noon_from(first_day: date, **changed: str) -> dict[str, str]:
    """Return what staff type to let a flight of eight o'clock leave at noon."""
    times = {"departs_local": "12:00", "arrives_local": "14:10", "day_shift": "0"}
    return {"first_day": first_day.isoformat(), **times, **changed}


def retime(sam: FlaskClient, schedule: Schedule, first_day: date, **changed: str) -> TestResponse:
    return sam.post(f"{address(schedule)}/retime", data=noon_from(first_day, **changed))


def preview(sam: FlaskClient, schedule: Schedule, first_day: date, **changed: str) -> TestResponse:
    typed_in = noon_from(first_day, **changed)
    return sam.get(f"{address(schedule)}/retime", query_string=typed_in)


def leaving(schedule: Schedule) -> list[time]:
    """Return the local times of departure of a number's flights, day by day."""
    return [each.departs_at.astimezone(INDIA).time() for each in flights(schedule)]


def told(kind: Kind = Kind.FLIGHT_RETIMED) -> list[int | None]:
    query = select(Notification.booking_id).where(Notification.kind == kind)
    return list(db.session.scalars(query))


def periods() -> list[tuple[time, int, int | None]]:
    """Return each schedule's departure, and its first and last day counted from the first one's."""
    found = db.session.scalars(select(Schedule).order_by(Schedule.operates_from)).all()
    begin = found[0].operates_from
    return [
        (
            each.departs_local,
            (each.operates_from - begin).days,
            (each.operates_to - begin).days if each.operates_to else None,
        )
        for each in found
    ]


def test_flights_move_from_a_day_on_and_whoever_is_booked_is_told(sam: FlaskClient) -> None:
    schedule = make_schedule()
    before, booked = flights(schedule)[3], flights(schedule)[6]
    kept, moved = make_booking(before), make_booking(booked)
    first_day = flights(schedule)[4].departs_on
    asked = page(preview(sam, schedule, first_day)).text
    assert "6 flights on sale move" in asked
    assert "One is booked, and moves within minutes" in asked
    assert "1 traveller on 1 booking will be told by mail" in asked
    assert "1 booking would be moved by more than three hours" in asked
    answer = retime(sam, schedule, first_day)
    assert answer.status_code == 303
    assert leaving(schedule) == [EIGHT] * 4 + [NOON, NOON, EIGHT, NOON, NOON, NOON]
    assert told() == []
    follower = page(sam.get(answer.location)).text
    assert "12:00 – 14:10" in follower
    assert "are being moved" in follower
    waiting = page(sam.get(of_flight(booked))).one(id="history-lines").text
    assert f"To be moved to {short_day(booked.departs_on)}, 12:00 with its schedule" in waiting
    move_to_new_times()
    move_to_new_times()
    assert leaving(schedule) == [EIGHT] * 4 + [NOON] * 6
    assert told() == [moved.id]
    assert kept.id != moved.id
    assert periods() == [(EIGHT, 0, 3), (NOON, 4, None)]
    assert "are being moved" not in page(sam.get(answer.location)).text
    with transaction() as session:
        extend_schedules(session, first_day + timedelta(days=10))
    assert leaving(schedule)[10:] == [NOON] * 5
    assert broken_promises() == []


def test_a_preview_asks_as_much_for_many_booked_flights_as_for_one(sam: FlaskClient) -> None:
    schedule = make_schedule()
    asked = []
    for booked in (flights(schedule)[:1], flights(schedule)[1:]):
        for flight in booked:
            make_booking(flight)
        db.session.expire_all()
        with counted_selects() as seen:
            assert preview(sam, schedule, schedule.operates_from).status_code == 200
        asked.append(len(seen))
    assert asked[1] <= asked[0]


def test_a_schedule_flies_at_other_times_from_its_first_day_on(sam: FlaskClient) -> None:
    starts_on = today() + timedelta(days=20)
    schedule = make_schedule(starts_on=starts_on)
    assert retime(sam, schedule, starts_on - timedelta(days=3)).status_code == 303
    assert set(leaving(schedule)) == {NOON}
    assert periods() == [(NOON, 0, None)]


def test_a_hold_of_before_is_asked_again_and_moves_with_its_flight(sam: FlaskClient) -> None:
    schedule = make_schedule()
    hold = make_hold(flights(schedule)[-1])
    assert retime(sam, schedule, flights(schedule)[-1].departs_on).status_code == 303
    assert leaving(schedule)[-1] == NOON
    with transaction():
        names = [PassengerNames("Alice", "Meier", date(1990, 5, 1))]
        name_passengers(hold.id, names, "alice@example.com", "alice")
    with pytest.raises(TimesChanged), transaction():
        confirm_booking(hold.id, "alice")


def test_what_staff_moved_by_hand_stays_before_and_after(sam: FlaskClient) -> None:
    schedule = make_schedule()
    by_hand, waiting = flights(schedule)[5:7]
    make_booking(waiting)
    _move_by_hand(by_hand, hours=1)
    first_day = flights(schedule)[4].departs_on
    assert "1 flight that has other times" in page(preview(sam, schedule, first_day)).text
    assert retime(sam, schedule, first_day).status_code == 303
    assert to_be_moved() == [waiting.id]
    _move_by_hand(waiting, hours=2)
    move_to_new_times()
    assert leaving(schedule)[5:7] == [time(9), time(10)]


def test_a_flight_that_ends_with_its_schedule_is_cancelled_and_moved_no_more(
    sam: FlaskClient,
) -> None:
    schedule = make_schedule()
    flight = flights(schedule)[-1]
    booking = make_booking(flight)
    first_day = flights(schedule)[2].departs_on
    assert retime(sam, schedule, first_day).status_code == 303
    follower = db.session.scalars(select(Schedule).where(Schedule.departs_local == NOON)).one()
    with transaction():
        end_schedule(follower.id, first_day, "sam")
    cancel_beyond_ends()
    move_to_new_times()
    assert told() == []
    assert told(Kind.FLIGHT_CANCELLED) == [booking.id]


def test_a_form_sent_twice_moves_once_and_an_older_page_is_refused(sam: FlaskClient) -> None:
    schedule = make_schedule()
    first_day = flights(schedule)[4].departs_on
    assert retime(sam, schedule, first_day).location == retime(sam, schedule, first_day).location
    assert len(periods()) == 2
    lines = select(FlightEvent).where(FlightEvent.what == "retimed")
    assert len(db.session.scalars(lines).all()) == 6
    first = retime(sam, schedule, schedule.operates_from, seen="07:00-09:10+0")
    assert first.status_code == 409
    assert "somebody gave this schedule other times" in alerts(first)
    later = retime(sam, schedule, first_day + timedelta(days=1))
    assert later.status_code == 409
    asked = preview(sam, schedule, first_day + timedelta(days=1))
    assert asked.status_code == 422
    for answer in (later, asked):
        assert "It ends on" in beside(answer, "first_day")


def test_times_are_not_changed_again_while_flights_still_move(sam: FlaskClient) -> None:
    schedule = make_schedule()
    make_booking(flights(schedule)[-1])
    first = schedule.operates_from
    assert retime(sam, schedule, first).status_code == 303
    assert retime(sam, schedule, first, departs_local="12:30").status_code == 409
    move_to_new_times()
    assert retime(sam, schedule, first, departs_local="12:30").status_code == 303


def test_a_day_on_which_another_schedule_of_the_number_begins_is_refused(sam: FlaskClient) -> None:
    schedule = make_schedule(days="12345")
    begins = schedule.operates_from + timedelta(days=5)
    make_schedule(starts_on=begins, days="67")
    answer = retime(sam, schedule, begins)
    assert answer.status_code == 409
    assert "begins on that day" in beside(answer, "first_day")
    assert NOON not in leaving(schedule)


@pytest.mark.databases("mariadb")
@pytest.mark.parametrize("round_", range(4))
def test_nobody_books_times_that_are_gone_while_a_schedule_moves(app: Flask, round_: int) -> None:
    schedule = make_schedule()
    flight, first_day = flights(schedule)[-1], schedule.operates_from
    flight_id = flight.id
    holds = [make_hold(flight, key=f"moving-{round_}-{number:012}") for number in range(6)]
    names = [PassengerNames("Alice", "Meier", date(1990, 5, 1))]
    with transaction():
        for each in holds:
            name_passengers(each.id, names, "alice@example.com", "alice")
    bookings = [partial(_confirm, each.id) for each in holds]
    move = partial(_retime, schedule.id, first_day)
    outcomes = at_once(app, [*bookings[:3], move, *bookings[3:]])
    booked = outcomes.count("booked")
    assert set(outcomes) <= {"booked", "asked again", "moved"}
    assert bool(booked) == (flight_id in to_be_moved())
    move_to_new_times()
    assert len(told()) == booked
    assert db.session.get_one(Flight, flight_id).departs_at.astimezone(INDIA).time() == NOON


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("first_day", "", "Choose the first day"),
        ("first_day", "soon", "year-month-day"),
        ("first_day", "2020-01-01", "Tomorrow at the earliest"),
        ("first_day", "9999-12-31", "Check the year"),
        ("departs_local", "late", "hours and minutes"),
        ("departs_local", "", "Say when it leaves"),
        ("arrives_local", "11:00", "arrive before it leaves"),
        ("arrives_local", "12:20", "so little time"),
        ("day_shift", "7", "Choose one of these."),
    ],
)
def test_times_that_cannot_be_are_refused_beside_their_field(
    sam: FlaskClient, field: str, value: str, words: str
) -> None:
    schedule = make_schedule()
    changed = {"first_day": schedule.operates_from.isoformat(), field: value}
    sent = noon_from(schedule.operates_from, departs_local="12:00") | changed
    for answer in (
        sam.get(f"{address(schedule)}/retime", query_string=sent),
        sam.post(f"{address(schedule)}/retime", data=sent),
    ):
        assert answer.status_code == 422
        assert words in beside(answer, field)
        assert [*what_is_wrong(answer)] == [field]
        assert typed(answer, "arrives_local") == sent["arrives_local"]
    assert NOON not in leaving(schedule)


def test_the_times_that_it_has_already_change_nothing(sam: FlaskClient) -> None:
    schedule = make_schedule()
    same = {"departs_local": "08:00", "arrives_local": "10:10"}
    assert (
        "Nothing would change" in page(preview(sam, schedule, schedule.operates_from, **same)).text
    )
    assert retime(sam, schedule, schedule.operates_from, **same).status_code == 303
    assert periods() == [(EIGHT, 0, None)]


def _move_by_hand(flight: Flight, hours: int) -> None:
    by = timedelta(hours=hours)
    with transaction():
        departs_at, arrives_at = flight.departs_at + by, flight.arrives_at + by
        disruptions.retime_flight(flight.id, departs_at, arrives_at, flight.departs_on, "sam")


def _confirm(booking_id: int) -> str:
    def work() -> str:
        try:
            with transaction():
                confirm_booking(booking_id, "alice")
        except TimesChanged:
            return "asked again"
        return "booked"

    return retry_conflicts(work)


def _retime(schedule_id: int, first_day: date) -> str:
    def work() -> str:
        with transaction():
            retime_schedule(schedule_id, first_day, LocalTimes(NOON, time(14, 10), 0), None, "sam")
        return "moved"

    return retry_conflicts(work)


def test_times_that_it_has_from_a_later_day_on_move_nothing(app: Flask) -> None:
    schedule = make_schedule()
    flight = flights(schedule)[3]
    make_booking(flight)
    with transaction():
        flying = retime_schedule(schedule.id, flight.departs_on, schedule.times, None, "sam")
    assert flying.id == schedule.id
    assert to_be_moved() == []


def test_a_night_in_which_both_times_are_one_instant_moves_nothing(app: Flask) -> None:
    clock.move_to(datetime(2027, 3, 20, 12, tzinfo=UTC))
    make_airport("LHR")
    first_day = make_schedule().operates_from + timedelta(days=3)
    with transaction() as session:
        schedule = Schedule(
            airline_iata="X1",
            number=72,
            origin_iata="LHR",
            destination_iata="DEL",
            operates_from=first_day,
            days="1234567",
            times=LocalTimes(time(1, 30), time(15), 0),
            aircraft_type="A320",
            base_fare_minor=100_00,
            generated_to=first_day - timedelta(days=1),
        )
        session.add(schedule)
        session.flush()
        extend_schedules(session, date(2027, 3, 30))
    changing = Flight.number == 72, Flight.departs_on == date(2027, 3, 28)
    make_booking(db.session.scalars(select(Flight).where(*changing)).one())
    with transaction():
        retime_schedule(schedule.id, first_day, LocalTimes(time(2, 30), time(16), 0), None, "sam")
    assert to_be_moved() == []


def test_a_worker_that_comes_late_moves_no_flight_into_the_past(app: Flask) -> None:
    schedule = make_schedule()
    flight = flights(schedule)[3]
    make_booking(flight)
    day, before = flight.departs_on, flight.departs_at
    with transaction():
        early = LocalTimes(time(4), time(6, 10), 0)
        retime_schedule(schedule.id, day, early, None, "sam")
    clock.move_to(datetime.combine(day, time(7), INDIA))
    move_to_new_times()
    db.session.expire_all()
    assert db.session.get_one(Flight, flight.id).departs_at == before


def test_a_flight_that_boards_is_not_moved_with_its_schedule(app: Flask) -> None:
    schedule = make_schedule()
    boarding, marked = flights(schedule)[:2]
    make_booking(marked)
    clock.move_to(boarding.departs_at - timedelta(hours=1))
    with transaction():
        disruptions.record_status(boarding.id, FlightStatus.BOARDING, "sam")
        later = LocalTimes(NOON, time(14, 10), 0)
        retime_schedule(schedule.id, schedule.operates_from, later, None, "sam")
    clock.move_to(marked.departs_at - timedelta(hours=1))
    with transaction():
        disruptions.record_status(marked.id, FlightStatus.BOARDING, "sam")
    move_to_new_times()
    assert leaving(schedule) == [EIGHT] * 2 + [NOON] * 8


@pytest.mark.parametrize("what", ["retime", "end"])
def test_a_day_of_spaces_is_none(sam: FlaskClient, what: str) -> None:
    schedule = make_schedule()
    sent = noon_from(schedule.operates_from) | {"first_day": " ", "last_day": " "}
    where = f"{address(schedule)}/{what}"
    for answer in (sam.get(where, query_string=sent), sam.post(where, data=sent)):
        assert answer.status_code == 422


def test_new_times_that_leave_in_minutes_are_refused(sam: FlaskClient) -> None:
    schedule = make_schedule()
    first_day = schedule.operates_from
    clock.move_to(datetime.combine(first_day - timedelta(days=1), time(23, 30), INDIA))
    log_in(sam, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    times = {"departs_local": "00:10", "arrives_local": "02:20"}
    refused = retime(sam, schedule, first_day, **times)
    assert refused.status_code == 422
    assert "too soon for many flights at once" in beside(refused, "departs_local")
    assert leaving(schedule)[0] == EIGHT
