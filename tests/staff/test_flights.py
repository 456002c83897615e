"""The list of flights: filters, pages, local times, load."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.airline import delay
from tests.builders import INDIA, log_in, make_booking, make_flight, make_hold, make_user
from tests.pages import page
from tests.staff.addresses import address
from webapp import clock
from webapp.accounts.models import Role
from webapp.booking.service import HOLD_TIME
from webapp.flights.fares import Party
from webapp.flights.models import FlightStatus

FAR = "day_to=2099-01-01"


def test_the_list_begins_with_the_next_departure_and_looks_a_week_ahead(sam: FlaskClient) -> None:
    now = clock.now()
    for number, hours in ((501, -2), (502, 3), (503, 30), (504, 24 * 30)):
        make_flight(number=number, departs_at=now + timedelta(hours=hours))
    page = sam.get("/staff/flights").text
    assert "still to leave, up to" in page
    assert "X1 501" not in page
    assert "X1 504" not in page
    assert page.index("X1 502") < page.index("X1 503")


def test_times_are_local_with_the_days_that_pass(sam: FlaskClient) -> None:
    day = clock.now().date() + timedelta(days=20)
    leaves = datetime(day.year, day.month, day.day, 22, 15, tzinfo=ZoneInfo("America/New_York"))
    make_flight(origin="JFK", destination="DEL", departs_at=leaves, minutes=14 * 60)
    page = sam.get(f"/staff/flights?{FAR}").text
    assert ">22:15</time>" in page
    assert ">+1</sup>" in page or ">+2</sup>" in page
    assert f"{day:%a} {day.day} {day:%b}" in page


def test_the_load_counts_what_is_sold_and_held_and_no_hold_past_its_time(sam: FlaskClient) -> None:
    flight = make_flight(seats=10)
    make_booking(flight, Party(2))
    make_hold(flight, Party(3))
    page = sam.get(f"/staff/flights?{FAR}").text
    assert "5 of 10" in page
    assert "2 sold, 3 held, 5 left" in page
    clock.advance(HOLD_TIME)
    assert "2 of 10" in sam.get(f"/staff/flights?{FAR}").text


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("", {"X1 601", "X1 602", "X1 603"}),
        ("origin=LHR", {"X1 602"}),
        ("origin=lon&destination=Zürich", {"X1 602"}),
        ("destination=BOM", {"X1 601", "X1 603"}),
        ("number=603", {"X1 603"}),
        ("number=X1603", {"X1 603"}),
        ("number=x1 603", {"X1 603"}),
        ("status=cancelled", {"X1 603"}),
        ("status=scheduled", {"X1 601", "X1 602"}),
        ("status=departed", set()),
    ],
)
def test_filters_leave_what_they_name(sam: FlaskClient, filters: str, found: set[str]) -> None:
    make_flight(number=601)
    make_flight(number=602, origin="LHR", destination="ZRH")
    make_flight(number=603, status=FlightStatus.CANCELLED)
    page = sam.get(f"/staff/flights?{FAR}&{filters}").text
    assert {name for name in ("X1 601", "X1 602", "X1 603") if f">{name}</a>" in page} == found


def test_a_flight_past_its_time_is_listed_as_departed(sam: FlaskClient) -> None:
    flight = make_flight(number=701, departs_at=clock.now() - timedelta(hours=1))
    day = flight.departs_on
    page = sam.get(f"/staff/flights?day_from={day}&status=departed").text
    assert "X1 701" in page
    assert "Departed</span>" in page
    assert "X1 701" not in sam.get(f"/staff/flights?day_from={day}&status=scheduled").text


def test_a_delayed_flight_is_listed_until_it_leaves_indeed(sam: FlaskClient) -> None:
    flight = make_flight(number=811, departs_at=clock.now() + timedelta(hours=1))
    late = timedelta(hours=20)
    delay(flight, late)
    for passed, is_listed in ((18, True), (4, False)):
        clock.advance(timedelta(hours=passed))
        log_in(sam, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
        assert ("X1 811" in sam.get("/staff/flights").text) == is_listed


def test_a_delayed_flight_is_listed_with_the_times_at_which_it_is_expected(
    sam: FlaskClient,
) -> None:
    day = clock.now().date() + timedelta(days=2)
    leaves = datetime(day.year, day.month, day.day, 18, 30, tzinfo=INDIA)
    flight = make_flight(departs_at=leaves, minutes=120)
    late = timedelta(hours=4)
    delay(flight, late)
    listed = page(sam.get("/staff/flights")).one("td", class_="of-times")
    assert listed.text == "22:30 – 00:30 +1 18:30 – 20:30 17:00 UTC"
    assert listed.one("s").text == "18:30 – 20:30"
    shown = page(sam.get(address(flight))).all("p", class_="end")
    assert [end.text.split()[:3] for end in shown] == [
        ["22:30", "18:30", "Delhi"],
        ["00:30", "+1", "20:30"],
    ]


def test_flights_of_a_day_stand_in_the_order_in_which_they_leave_with_utc(
    sam: FlaskClient,
) -> None:
    day = clock.now().astimezone(INDIA).date() + timedelta(days=2)
    at = {
        number: datetime(day.year, day.month, day.day, hour, 5, tzinfo=INDIA)
        for number, hour in ((701, 9), (702, 10), (703, 11))
    }
    flights = {number: make_flight(number=number, departs_at=at[number]) for number in at}
    delay(flights[701], timedelta(hours=1, minutes=30))
    rows = page(sam.get("/staff/flights")).one("tbody").all("tr")
    assert [row.one("a").text for row in rows] == ["X1 702", "X1 701", "X1 703"]
    assert ["04:35 UTC" in rows[0].text, "05:05 UTC" in rows[1].text] == [True, True]


@pytest.mark.parametrize("status", [FlightStatus.DEPARTED, FlightStatus.ARRIVED])
def test_what_has_left_is_found_without_a_day_and_is_that_of_today(
    sam: FlaskClient, status: FlightStatus
) -> None:
    now = clock.now()
    for number, days in ((711, 0), (712, 3)):
        at = now - timedelta(days=days, hours=1)
        make_flight(number=number, departs_at=at, status=status)
    last_day = (now - timedelta(hours=1)).astimezone(INDIA).date()
    for filters in (f"status={status}", f"status={status}&day_to={last_day}"):
        listed = sam.get(f"/staff/flights?{filters}").text
        assert "X1 711" in listed
        assert "X1 712" not in listed
    past = last_day - timedelta(days=3)
    assert sam.get(f"/staff/flights?status={status}&day_to={past}").status_code == 200


def test_what_left_by_the_clock_alone_is_told_from_what_was_recorded(sam: FlaskClient) -> None:
    now = clock.now()
    late = make_flight(number=721, departs_at=now - timedelta(hours=7))
    make_flight(number=722, departs_at=now - timedelta(hours=7), status=FlightStatus.DEPARTED)
    listed = page(sam.get("/staff/flights?status=departed")).one("tbody").all("tr")
    words = {row.one("th").text: row.one("td", class_="of-status").text for row in listed}
    assert words == {"X1 721": "Departed by the clock", "X1 722": "Departed"}
    assert "nobody wrote down that it left" in page(sam.get(address(late))).text


def test_fifty_flights_stand_on_a_page_and_the_filters_on_the_next(sam: FlaskClient) -> None:
    aircraft = make_flight(number=1).aircraft
    for number in range(2, 53):
        make_flight(number=number, aircraft=aircraft)
    first = sam.get(f"/staff/flights?{FAR}&origin=DEL").text
    assert "52 flights" in first
    assert "Page 1 of 2" in first
    assert first.count('scope="row"') == 50
    assert f"?{FAR}&amp;origin=DEL&amp;page=2" in first
    second = sam.get(f"/staff/flights?{FAR}&origin=DEL&page=2").text
    assert second.count('scope="row"') == 2
    assert "Page 2 of 2" in sam.get(f"/staff/flights?{FAR}&origin=DEL&page=99").text


@pytest.mark.parametrize(
    ("seats", "taken", "words"), [(250, 1, "under 1 %"), (70, 1, "1 %"), (100, 99, "99 %")]
)
def test_a_cabin_is_not_said_to_be_fuller_than_it_is(
    sam: FlaskClient, seats: int, taken: int, words: str
) -> None:
    flight = make_flight(seats=seats)
    for party in range(0, taken, 9):
        make_booking(flight, Party(min(9, taken - party)))
    row = page(sam.get(address(flight))).one("tbody").text
    assert row.replace("\N{NO-BREAK SPACE}", " ").endswith(f" {words}")


def test_no_flights_say_what_to_do(sam: FlaskClient) -> None:
    answer = sam.get("/staff/flights")
    assert answer.status_code == 200
    assert "No flights still to leave, up to" in answer.text
    assert "Choose other days" in answer.text
    assert "New flight" in answer.text


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ("origin=Atlantis", "The network has no place called “Atlantis”"),
        ("day_from=soon", "Write the day as year-month-day"),
        ("day_from=2026-12-02&day_to=2026-12-01", "This day is before the first one"),
        ("number=abc", "Write a number from 1 to 9999"),
        ("number=12345", "Write a number from 1 to 9999"),
        ("page=many", "Write a whole number"),
        ("day_from=2026-12-01&day_from=2026-12-02", "Choose one: the address asks for several."),
        ("number=801&number=802", "Choose one: the address asks for several."),
    ],
)
def test_an_unclear_filter_is_told_beside_its_field(
    sam: FlaskClient, filters: str, words: str
) -> None:
    answer = sam.get(f"/staff/flights?{filters}")
    assert answer.status_code == 422
    assert words in answer.text


def test_days_at_the_end_of_the_calendar_are_no_trouble(sam: FlaskClient) -> None:
    assert sam.get("/staff/flights?day_from=9999-12-31").status_code == 200
    assert sam.get("/staff/flights?day_from=0001-01-01&day_to=9999-12-31").status_code == 200


def test_htmx_gets_the_list_alone(sam: FlaskClient) -> None:
    make_flight(number=801)
    answer = sam.get(f"/staff/flights?{FAR}", headers={"HX-Request": "true"})
    assert answer.text.lstrip().startswith('<section id="flights">')
    assert "X1 801" in answer.text
    assert "<html" not in answer.text


def test_ada_chooses_among_the_airlines(app: Flask, client: FlaskClient) -> None:
    make_flight(airline="X1", number=901)
    make_flight(airline="Y2", number=902)
    log_in(client, make_user("ada@example.com", Role.ADMIN))
    page = client.get(f"/staff/flights?{FAR}").text
    assert "X1 901" in page
    assert "Y2 902" in page
    page = client.get(f"/staff/flights?{FAR}&airline=Y2").text
    assert "X1 901" not in page
    assert "Y2 902" in page
    assert client.get(f"/staff/flights?{FAR}&airline=ZZ").status_code == 404


@pytest.mark.parametrize("status", ["\u2028", "\u00a0", " ", "no status"])
def test_a_status_that_is_none_is_refused(sam: FlaskClient, status: str) -> None:
    assert sam.get("/staff/flights", query_string={"status": status}).status_code == 422
