"""Schedules as staff see them, letting one end, and adding a file of them."""

from __future__ import annotations

import io
import threading
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.builders import (
    birthday_of,
    cancel,
    make_booking,
    make_hold,
    make_schedule,
    today,
)
from tests.flights.test_schedule_file import LINE, written
from tests.pages import alerts, beside, page, typed
from tests.races import at_once
from webapp.booking import service
from webapp.booking.party import PassengerNames
from webapp.db import db, retry_conflicts, transaction
from webapp.flights import schedule_file
from webapp.flights.errors import FlightNotOpen, NoSeatsLeft
from webapp.flights.generation import extend_schedules
from webapp.flights.models import Flight, FlightStatus, Schedule
from webapp.flights.sales import CabinSale, set_sales
from webapp.flights.schedule_file import SchedulesInFile
from webapp.flights.schedules import end_schedule
from webapp.notifications.models import Kind, Notification
from webapp.staff.integrity import broken_promises
from worker.schedule_changes import cancel_beyond_ends


def address(schedule: Schedule) -> str:
    return (
        f"/staff/schedules/{schedule.airline_iata}{schedule.number}"
        f"/{schedule.operates_from}/{schedule.origin_iata}"
    )


def flights(schedule: Schedule) -> list[Flight]:
    db.session.expire_all()
    query = select(Flight).where(
        Flight.airline_iata == schedule.airline_iata, Flight.number == schedule.number
    )
    return list(db.session.scalars(query.order_by(Flight.departs_on)))


def flying(schedule: Schedule) -> list[date]:
    return [each.departs_on for each in flights(schedule) if each.status != "cancelled"]


def end(sam: FlaskClient, schedule: Schedule, last_day: date) -> TestResponse:
    return sam.post(f"{address(schedule)}/end", data={"last_day": last_day.isoformat()})


def upload(sam: FlaskClient, content: bytes) -> TestResponse:
    data = {"file": (io.BytesIO(content), "plan.csv")}
    return sam.post("/staff/schedules/import", data=data)


def cancellations() -> list[int | None]:
    query = select(Notification).where(Notification.kind == Kind.FLIGHT_CANCELLED)
    return [each.booking_id for each in db.session.scalars(query)]


def test_schedules_are_listed_found_by_number_and_lead_to_their_flights(sam: FlaskClient) -> None:
    schedule = make_schedule(days="135")
    make_schedule(number=73)
    make_schedule(number=71, airline="Y2")
    listed = page(sam.get("/staff/schedules")).text
    assert "2 schedules that are not over" in listed
    assert "Mon Wed Fri" in listed
    found = page(sam.get("/staff/schedules?number=X1 71&origin=Delhi")).text
    assert "1 schedule that is not over" in found
    assert "X1 73" not in found
    shown = page(sam.get(address(schedule)))
    link = next(each for each in shown.all("a") if "to come" in each.text)
    made = len(flights(schedule))
    assert f"{made} flights to come" in link.text
    assert f"{made} flights from" in page(sam.get(link.attributes["href"])).text
    assert sam.get("/staff/schedules?airline=Y2").status_code == 404
    assert sam.get("/staff/schedules?page=99").status_code == 200
    assert sam.get("/staff/schedules?number=nine").status_code == 422


def test_a_schedule_that_ends_sells_nothing_beyond_and_tells_whoever_is_booked(
    sam: FlaskClient,
) -> None:
    schedule = make_schedule()
    last_kept, first_gone = flights(schedule)[4:6]
    kept, lost, undone = (make_booking(each) for each in (last_kept, first_gone, first_gone))
    preview = page(sam.get(f"{address(schedule)}/end?last_day={last_kept.departs_on}")).text
    assert "5 flights after that day go off sale at once" in preview
    assert "2 travellers on 2 bookings are told by mail" in preview
    assert end(sam, schedule, last_kept.departs_on).status_code == 303
    make_hold(last_kept)
    cancel(undone)
    with pytest.raises(NoSeatsLeft):
        make_hold(first_gone)
    assert [each.id for each in flights(schedule)[5:]] == [first_gone.id]
    assert "are being cancelled" in page(sam.get(address(schedule))).text
    cancel_beyond_ends()
    assert flying(schedule)[-1] == last_kept.departs_on
    assert [each.status for each in flights(schedule)[5:]] == ["cancelled"]
    assert cancellations() == [lost.id]
    assert kept.id != lost.id
    shown = page(sam.get(address(schedule))).text
    assert "are being cancelled" not in shown
    assert "ended by sam@example.com" in shown
    assert broken_promises() == []
    with transaction() as session:
        assert extend_schedules(session, last_kept.departs_on + timedelta(days=60)) == 0
    cancel_beyond_ends()
    assert cancellations() == [lost.id]


def test_a_hold_of_before_may_be_confirmed_and_is_cancelled_with_its_flight(
    sam: FlaskClient,
) -> None:
    schedule = make_schedule()
    flight = flights(schedule)[-1]
    hold = make_hold(flight)
    assert end(sam, schedule, flight.departs_on - timedelta(days=1)).status_code == 303
    with pytest.raises(NoSeatsLeft):
        make_hold(flight)
    with transaction():
        names = [PassengerNames("Alice", "Meier", birthday_of("adult"))]
        service.name_passengers(hold.id, names, "alice@example.com", "alice")
        service.confirm_booking(hold.id, "alice")
    cancel_beyond_ends()
    assert cancellations() == [hold.id]
    assert broken_promises() == []


def test_another_schedule_of_the_number_flies_on_the_days_that_became_free(
    sam: FlaskClient,
) -> None:
    schedule = make_schedule()
    begins = schedule.operates_from + timedelta(days=5)
    assert end(sam, schedule, begins - timedelta(days=1)).status_code == 303
    make_schedule(starts_on=begins, days="67")
    cancel_beyond_ends()
    on_new = [day for day in flying(schedule) if day >= begins]
    assert on_new
    assert {day.isoweekday() for day in on_new} == {6, 7}
    # An end that comes even earlier concerns what is left of the first one alone.
    assert end(sam, schedule, begins - timedelta(days=3)).status_code == 303
    cancel_beyond_ends()
    assert [day for day in flying(schedule) if day >= begins] == on_new


def test_a_flight_under_way_and_one_of_another_day_stay(sam: FlaskClient) -> None:
    schedule = make_schedule(days="12345")
    under_way, _, moved, *_ = flights(schedule)[2:]
    saturday = moved.departs_on + timedelta(days=6 - moved.departs_on.isoweekday())
    with transaction():
        db.session.get_one(Flight, under_way.id).status = FlightStatus.DEPARTED
        db.session.get_one(Flight, moved.id).departs_on = saturday
    assert end(sam, schedule, flights(schedule)[0].departs_on).status_code == 303
    cancel_beyond_ends()
    assert {each.id for each in flights(schedule)[1:]} == {under_way.id, moved.id}


def test_a_schedule_that_has_not_begun_may_never_fly(sam: FlaskClient) -> None:
    schedule = make_schedule(starts_on=today() + timedelta(days=20))
    preview = page(sam.get(f"{address(schedule)}/end?last_day={today()}")).text
    assert "It would never fly" in preview
    assert "by another schedule" not in preview
    first = make_schedule(until=today() + timedelta(days=10))
    assert "by another schedule" in sam.get(f"{address(first)}/end?last_day={today()}").text
    assert end(sam, schedule, today()).status_code == 303
    cancel_beyond_ends()
    assert all(day < schedule.operates_from for day in flying(schedule))
    assert "never flies" in page(sam.get(address(schedule))).text


@pytest.mark.parametrize(
    ("last_day", "words"),
    [
        ("", "Choose the day"),
        ("soon", "year-month-day"),
        ("2020-01-01", "This day is over"),
        ("9999-12-31", "Check the year"),
    ],
)
def test_an_end_that_cannot_be_is_refused_beside_its_field(
    sam: FlaskClient, last_day: str, words: str
) -> None:
    schedule = make_schedule()
    for answer in (
        sam.get(f"{address(schedule)}/end?last_day={last_day}"),
        sam.post(f"{address(schedule)}/end", data={"last_day": last_day}),
    ):
        assert answer.status_code == 422
        assert words in beside(answer, "last_day")
    assert len(flying(schedule)) == 10


def test_an_end_is_not_put_off_and_a_form_sent_twice_changes_nothing(sam: FlaskClient) -> None:
    schedule = make_schedule()
    day = schedule.operates_from + timedelta(days=4)
    assert end(sam, schedule, day).status_code == 303
    assert end(sam, schedule, day).status_code == 303
    later = end(sam, schedule, day + timedelta(days=2))
    assert later.status_code == 422
    assert "as it is" in beside(later, "last_day")
    assert typed(later, "last_day") == (day + timedelta(days=2)).isoformat()


@pytest.mark.parametrize(
    "path",
    [
        "X171/tomorrow/DEL",
        "X1nine/2026-12-01/DEL",
        "X1²/2026-12-01/DEL",
        "X171/2026-12-01/D\u00c9L",
    ],
)
def test_an_address_of_no_schedule_is_a_404(sam: FlaskClient, path: str) -> None:
    assert sam.get(f"/staff/schedules/{path}").status_code == 404


def test_a_file_of_schedules_is_added_once(sam: FlaskClient) -> None:
    make_schedule(number=9)
    begins = today() + timedelta(days=2)
    line = {
        "destination": "BOM",
        "departs": "22:10",
        "arrives": "00:20",
        "operates_from": begins.isoformat(),
        "operates_to": (begins + timedelta(days=13)).isoformat(),
    }
    shown = upload(sam, written(line))
    assert "Add 1 schedule?" in page(shown).text
    row = page(shown).one("tbody").one("tr").text
    assert "Delhi DEL → Mumbai BOM" in row
    assert "Mon Wed Fri" in row
    assert row.endswith("A320 $412.50")
    assert "up to 120 days ahead; later ones follow" in page(shown).text
    assert db.session.query(Schedule).count() == 1
    content = {"content": typed(shown, "content")}
    for words in ("1 new schedule with", "0 new schedules with 0 flights. 1 were"):
        saved = sam.post("/staff/schedules/import/save", data=content, follow_redirects=True)
        assert words in page(saved).text
    assert "X1 71" in page(sam.get("/staff/schedules")).text
    assert "Add 0 schedules?" in page(upload(sam, written(line))).text


def test_what_clashes_by_the_time_it_is_saved_adds_nothing(sam: FlaskClient) -> None:
    make_schedule(number=9)
    content = written({"destination": "BOM", "number": "9"}).decode()
    answer = sam.post("/staff/schedules/import/save", data={"content": content})
    assert answer.status_code == 409
    assert "Nothing was added" in alerts(answer)
    assert db.session.query(Schedule).count() == 1


def test_a_file_with_mistakes_or_of_another_airline_adds_nothing(sam: FlaskClient) -> None:
    make_schedule(number=9)
    make_schedule(number=9, airline="Y2")
    lines = written({"destination": "BOM", "days": "9"}, {**LINE, "airline": "Y2"})
    answer = upload(sam, lines)
    assert answer.status_code == 422
    assert "the file has 3 mistakes. Mend them, and choose the file again." in alerts(answer)
    assert "line 2: days '9'" in alerts(answer)
    assert "line 3: airline 'Y2' is not one that you work for" in alerts(answer)
    assert sam.post("/staff/schedules/import", data={}).status_code == 422
    large = upload(sam, b"x" * 100_000)
    assert large.status_code == 413
    assert alerts(large).startswith("Nothing was added: the file is larger than 60 kB; bring it")
    assert db.session.query(Schedule).count() == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty."),
        (b"\xff\xfe\x00", "the file is not text in UTF-8; save it as “CSV UTF-8”."),
        (written(), "the file has a header and no schedules."),
    ],
)
def test_a_file_without_a_line_of_schedules_is_told_as_a_whole(
    sam: FlaskClient, content: bytes, words: str
) -> None:
    assert alerts(upload(sam, content)) == f"Nothing was added: {words}"


def test_a_file_with_one_mistake_says_so(sam: FlaskClient) -> None:
    make_schedule(number=9)
    told = alerts(upload(sam, written({"destination": "BOM", "days": "9"})))
    assert told.startswith("Nothing was added: the file has 1 mistake. Mend it, and choose")


def test_a_flight_that_was_taken_out_meanwhile_is_changed_no_more(app: Flask) -> None:
    schedule = make_schedule()
    gone = flights(schedule)[-1].id
    with transaction():
        end_schedule(schedule.id, schedule.operates_from, "sam")
    with pytest.raises(FlightNotOpen), transaction():
        set_sales(gone, {"economy": CabinSale(90_00, 10)}, "sam")


@pytest.mark.databases("mariadb")
def test_a_file_that_is_saved_twice_at_once_is_added_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_schedule(number=9)
    begins = (today() + timedelta(days=2)).isoformat()
    content = written({"destination": "BOM", "operates_from": begins})
    met, read = threading.Barrier(2), schedule_file.schedules_in

    def meet(*known: Any) -> SchedulesInFile:
        found = read(*known)
        with suppress(threading.BrokenBarrierError):
            met.wait(timeout=3)
        return found

    monkeypatch.setattr(schedule_file, "schedules_in", meet)
    save = partial(retry_conflicts, partial(schedule_file.import_schedules, content))
    done = at_once(app, [save, save])
    assert sorted((each.new, each.there) for each in done) == [(0, 1), (1, 0)]
    assert db.session.query(Schedule).where(Schedule.number != 9).count() == 1
