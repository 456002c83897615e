"""A delay of many flights at once: which they are, whom it concerns, that each is saved once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.airline import cancel_flight, delay
from tests.builders import INDIA, log_in, make_aircraft, make_booking, make_flight, make_user
from tests.pages import Element, alerts, beside, page
from webapp import clock
from webapp.accounts.models import Role
from webapp.db import db
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightStatus
from webapp.flights.queries import history_of
from webapp.notifications.models import Kind, Notification
from webapp.staff.delays.queries import MOST_AT_ONCE

TWO_HOURS = timedelta(hours=2)


def tomorrow() -> date:
    return clock.now().astimezone(INDIA).date() + timedelta(days=1)


def at(hour: int, **options: Any) -> Flight:
    """Return a flight that leaves Delhi tomorrow at an hour of its local time."""
    day = tomorrow()
    departs_at = datetime(day.year, day.month, day.day, hour, tzinfo=INDIA)
    return make_flight(departs_at=departs_at, **options)


def asked(**changes: str) -> dict[str, str]:
    return {
        "origin": "DEL",
        "day": tomorrow().isoformat(),
        "leaves_from": "08:00",
        "leaves_to": "14:00",
        "minutes": "120",
        **changes,
    }


def preview(staff: FlaskClient, **changes: str) -> Element:
    answer = staff.get("/staff/delays", query_string=asked(**changes))
    assert answer.status_code == 200
    return page(answer).one("main")


def ticks(shown: Element) -> list[str]:
    return [each.attributes["value"] for each in shown.all("input", name="flight")]


def expected(flight: Flight) -> datetime:
    db.session.expire_all()
    return db.session.get_one(Flight, flight.id).expected_departs_at


def test_all_that_leave_in_some_hours_are_listed_with_whom_it_concerns(sam: FlaskClient) -> None:
    first, second = at(13), at(8)
    at(7)
    at(15)
    at(9, airline="Y2")
    at(9, origin="BOM", destination="DEL")
    cancel_flight(at(10))
    make_booking(first, Party(2))
    shown = preview(sam)
    rows = [row.text for row in shown.one("tbody").all("tr")]
    assert [row.split(" Mumbai")[0] for row in rows] == [second.designator, first.designator]
    assert "08:00 10:00 0 seats" in rows[0]
    assert "2 flights . If all of them are delayed, 2 travellers on 1 booking will" in shown.text
    assert expected(first) == first.departs_at, "a preview changes nothing"


def test_the_ticked_flights_are_delayed_and_their_travellers_told(sam: FlaskClient) -> None:
    first, second, third = at(8), at(9), at(10)
    booking = make_booking(first, Party(2))
    marks = ticks(preview(sam))
    answer = sam.post("/staff/delays", data={"flight": marks[:2]})
    assert (answer.status_code, answer.location) == (303, "/staff/flights?status=delayed")
    flashed = page(sam.get(answer.location)).text
    assert "2 flights are delayed. 2 travellers will be told by mail." in flashed
    assert expected(first) == first.departs_at + TWO_HOURS
    assert expected(second) == second.departs_at + TWO_HOURS
    assert expected(third) == third.departs_at
    assert history_of(first.id)[0].actor == "sam@example.com"
    told = select(Notification).where(Notification.kind == Kind.FLIGHT_DELAYED)
    assert db.session.scalars(told).one().booking_id == booking.id


def test_the_same_form_sent_twice_delays_once(sam: FlaskClient) -> None:
    flight = at(8)
    marks = ticks(preview(sam))
    for _ in range(2):
        answer = sam.post("/staff/delays", data={"flight": marks})
        assert "1 flight is delayed." in page(sam.get(answer.location)).text
    assert expected(flight) == flight.departs_at + TWO_HOURS
    assert [event.what for event in history_of(flight.id)] == ["delayed"]


def test_a_flight_that_a_colleague_changed_stays_as_it_is_and_is_named(sam: FlaskClient) -> None:
    changed, other = at(8), at(9)
    marks = ticks(preview(sam))
    delay(changed, timedelta(minutes=30))
    answer = sam.post("/staff/delays", data={"flight": marks})
    flashed = page(sam.get(answer.location)).text
    assert "1 flight is delayed." in flashed
    assert f"left as they are: {changed.designator}." in flashed
    assert expected(changed) == changed.departs_at + timedelta(minutes=30)
    assert expected(other) == other.departs_at + TWO_HOURS


def test_what_is_late_already_gets_later_still(sam: FlaskClient) -> None:
    late = at(7)
    delay(late, timedelta(hours=2))
    shown = preview(sam)
    assert "07:00 09:00 11:00" in shown.one("tbody").text.replace(",", "")
    sam.post("/staff/delays", data={"flight": ticks(shown)})
    assert expected(late) == late.departs_at + timedelta(hours=4)


def test_what_has_left_or_would_be_late_for_days_is_not_offered(sam: FlaskClient) -> None:
    at(8, status=FlightStatus.DEPARTED)
    delay(at(9), timedelta(hours=1))
    late = at(10)
    delay(late, timedelta(days=3))
    after = (tomorrow() + timedelta(days=3)).isoformat()
    assert "No flight leaves then" in preview(sam, day=after).text
    assert len(ticks(preview(sam))) == 1


def test_a_flight_that_is_late_by_days_is_found_on_the_day_on_which_it_leaves(
    sam: FlaskClient,
) -> None:
    late = at(9)
    delay(late, timedelta(days=2))
    after = (tomorrow() + timedelta(days=2)).isoformat()
    (tick,) = ticks(preview(sam, day=after))
    sam.post("/staff/delays", data={"flight": tick})
    assert expected(late) == late.departs_at + timedelta(days=2) + TWO_HOURS


@pytest.mark.parametrize(
    "time_of",
    [
        lambda flight: flight.departs_at - timedelta(hours=1),
        lambda flight: flight.departs_at + timedelta(days=4),
        lambda _flight: datetime.max.replace(tzinfo=UTC),
    ],
)
def test_a_time_that_is_no_delay_is_not_saved(
    sam: FlaskClient, time_of: Callable[[Flight], datetime]
) -> None:
    flight = at(9)
    (tick,) = ticks(preview(sam))
    ahead, _ = tick.rsplit("/", 1)
    answer = sam.post("/staff/delays", data={"flight": f"{ahead}/{time_of(flight).isoformat()}"})
    assert f"left as they are: {flight.designator}." in page(sam.get(answer.location)).text
    assert expected(flight) == flight.departs_at


def test_more_than_can_be_delayed_at_once_are_refused_in_words(sam: FlaskClient) -> None:
    aircraft = make_aircraft("X1")
    for _ in range(MOST_AT_ONCE + 1):
        at(8, aircraft=aircraft)
    answer = sam.get("/staff/delays", query_string=asked())
    assert answer.status_code == 422
    assert "That is more than 50 flights." in beside(answer, "leaves_to")


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("origin", "Atlantis", "The network has no place called"),
        ("origin", "", "Say where they leave from"),
        ("day", "soon", "Write the day as year-month-day"),
        ("day", "0001-01-01", "Choose a day within a year"),
        ("day", "9999-12-31", "Choose a day within a year"),
        ("leaves_from", "", "Say from when on"),
        ("leaves_to", "07:00", "This is before the first time"),
        ("leaves_to", "25:00", "Write the time as hours and minutes"),
        ("minutes", "0", "From 1 minute to 1,440"),
        ("minutes", "1441", "From 1 minute to 1,440"),
        ("minutes", "two", "Write a whole number"),
    ],
)
def test_a_mistake_is_told_beside_its_field(
    sam: FlaskClient, field: str, text: str, words: str
) -> None:
    at(8)
    answer = sam.get("/staff/delays", query_string=asked(**{field: text}))
    assert answer.status_code == 422
    assert words in beside(answer, field)
    assert alerts(answer)


@pytest.mark.parametrize(
    "mark",
    [
        "",
        "x",
        "X1/2027-01-01/DEL/0//soon",
        "X1/2027-01-01/DEL/0/volcano/2027-01-01T10:00:00+00:00",
        "X11/soon/DEL/0//2027-01-01T10:00:00+00:00",
        "/////",
    ],
)
def test_a_tick_that_names_nothing_is_not_found(sam: FlaskClient, mark: str) -> None:
    assert sam.post("/staff/delays", data={"flight": mark}).status_code == 404


def test_staff_of_another_airline_delay_nothing(sam: FlaskClient) -> None:
    flight = at(8)
    marks = ticks(preview(sam))
    log_in(sam, make_user("olga@example.com", Role.AIRLINE_STAFF, "Y2"))
    assert ticks(preview(sam)) == []
    assert sam.post("/staff/delays", data={"flight": marks}).status_code == 404
    assert expected(flight) == flight.departs_at


def test_no_tick_changes_nothing_and_says_so(sam: FlaskClient) -> None:
    at(8)
    answer = sam.post("/staff/delays")
    assert "Nothing was ticked" in page(sam.get(answer.location)).text
