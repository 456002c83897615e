"""Creating a flight: local times, the airline's own fleet, fares by cabin, words for mistakes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import pages
from tests.airline import cancel_flight
from tests.builders import (
    log_in,
    make_aircraft,
    make_airline,
    make_airport,
    make_flight,
    make_user,
)
from webapp import clock
from webapp.accounts.models import Role
from webapp.db import db
from webapp.flights.models import Flight
from webapp.flights.queries import flight_of, history_of

DAY = date(2027, 3, 10)


@pytest.fixture
def sam(app: Flask, client: FlaskClient) -> FlaskClient:
    """Return a browser in which Sam, who works for X1, is logged in, some weeks before DAY."""
    for iata in ("DEL", "LHR", "LGW", "JFK", "ZRH"):
        make_airport(iata)
    make_aircraft("X1", seats=100, business=10, tail="N1X")
    make_aircraft("Y2", tail="N2Y")
    user = make_user("sam@example.com", Role.AIRLINE_STAFF, "X1")
    clock.move_to(datetime(2027, 2, 1, tzinfo=UTC))
    log_in(client, user)
    return client


def filled(**changes: Any) -> dict[str, Any]:
    return {
        "number": "77",
        "origin": "JFK",
        "destination": "Zürich",
        "departs_on": "2027-03-10",
        "departs_local": "18:00",
        "arrives_on": "2027-03-11",
        "arrives_local": "07:40",
        "aircraft": "N1X",
        "fare_economy": "129.50",
        "fare_business": "900",
        **changes,
    }


def created() -> Flight | None:
    db.session.rollback()
    return flight_of("X1", 77, DAY, "JFK")


def test_a_new_flight_is_on_sale_at_the_instants_of_its_local_times(sam: FlaskClient) -> None:
    answer = sam.post("/staff/flights/new", data=filled())
    assert answer.status_code == 303
    assert answer.location == "/staff/flights/X177/2027-03-10/JFK"
    flight = created()
    assert flight is not None
    assert flight.departs_at == datetime(2027, 3, 10, 23, 0, tzinfo=UTC)
    assert flight.arrives_at == datetime(2027, 3, 11, 6, 40, tzinfo=UTC)
    cabins = {cabin.cabin: (cabin.sellable, cabin.fare_minor) for cabin in flight.cabins}
    assert cabins == {"economy": (100, 129_50), "business": (10, 900_00)}
    assert [(event.actor, event.what) for event in history_of(flight.id)] == [
        ("sam@example.com", "created")
    ]
    page = sam.get(answer.location).text
    assert "X1 77 is on sale" in page
    assert "Put on sale" in page
    assert "by sam@example.com" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"number": ""}, "Say the flight number"),
        ({"number": "0"}, "A flight number is from 1 to 9999"),
        ({"number": "10000"}, "A flight number is from 1 to 9999"),
        ({"number": "twelve"}, "A flight number is from 1 to 9999"),
        ({"number": "X1 0"}, "A flight number is from 1 to 9999"),
        ({"number": "Y2 77"}, "This is a flight of Airline X1: its code is X1"),
        ({"origin": "Atlantis"}, "The network has no place called “Atlantis”"),
        ({"origin": "London"}, "London has several airports: choose LGW or LHR"),
        ({"destination": "JFK"}, "choose another destination"),
        ({"departs_on": ""}, "Choose the day it leaves"),
        ({"departs_on": "soon"}, "Write the day as year-month-day"),
        ({"departs_on": "2207-03-10"}, "Check the year"),
        ({"departs_on": "0001-01-01"}, "Check the year"),
        ({"departs_local": "25:00"}, "Write the time as hours and minutes"),
        ({"departs_on": "2027-01-10"}, "That time is over in New York"),
        ({"arrives_on": "2027-03-10"}, "It would arrive before it leaves"),
        ({"arrives_local": "02:00"}, "No airliner gets there in so little time"),
        ({"arrives_on": "2027-03-12"}, "No flight takes 24 hours or more"),
        ({"aircraft": "N2Y"}, "The airline has no such aircraft"),
        ({"aircraft": ""}, "Choose an aircraft"),
        ({"fare_economy": ""}, "say what an adult pays"),
        ({"fare_economy": "0"}, "A fare is more than nothing"),
        ({"fare_economy": "-5"}, "Write an amount in digits"),
        ({"fare_economy": "1e3"}, "Write an amount in digits"),
        ({"fare_economy": "NaN"}, "Write an amount in digits"),
        ({"fare_economy": "1,290"}, "Write an amount in digits"),
        ({"fare_economy": "12.345"}, "The smallest amount is $0.01"),
        ({"fare_economy": "9" * 30}, "at most $100,000"),
    ],
)
def test_a_mistake_is_told_beside_its_field_and_what_was_typed_stays(
    sam: FlaskClient, changes: dict[str, str], words: str
) -> None:
    answer = sam.post("/staff/flights/new", data=filled(**changes))
    assert answer.status_code == 422
    assert words in answer.text
    assert 'role="alert"' in answer.text
    assert 'value="900"' in answer.text
    for field, text in changes.items():
        assert pages.typed(answer, field) == ("" if text == "N2Y" else text)
    assert db.session.query(Flight).count() == 0


def preview_of(sam: FlaskClient, **changes: Any) -> pages.Element:
    answer = sam.get("/staff/flights/new/preview", query_string=filled(**changes))
    assert answer.status_code == 200
    return pages.page(answer).one("main")


def test_a_new_flight_is_looked_at_before_it_is_put_on_sale(sam: FlaskClient) -> None:
    shown = pages.page(sam.get("/staff/flights/new")).one("form", class_="working")
    assert (shown.attributes["action"], shown.attributes["method"]) == (
        "/staff/flights/new/preview",
        "get",
    )
    preview = preview_of(sam)
    for words in (
        "Put X1 77 on sale?",
        "Wednesday, 10 March",
        "New York JFK → Zürich ZRH",
        "18:00 – 07:40 +1 , 7 h 40 min",
        "Airbus A320, N1X",
        "Business 10 $900",
        "Economy 100 $129.50",
    ):
        assert words in preview.text, words
    assert not preview.all(role="alert")
    assert created() is None
    saves = preview.one("form")
    sent = {each.attributes["name"]: each.attributes["value"] for each in saves.all("input")}
    assert sam.post(saves.attributes["action"], data=sent).status_code == 303
    assert created() is not None


def test_the_preview_leads_back_to_the_form_as_it_was_typed(sam: FlaskClient) -> None:
    (back,) = [each for each in preview_of(sam).all("a") if each.text == "Change it"]
    form = sam.get(back.attributes["href"])
    for field, text in filled().items():
        assert pages.typed(form, field) == text


def test_fares_that_are_swapped_are_pointed_out(sam: FlaskClient) -> None:
    (alert,) = preview_of(sam, fare_business="50", fare_economy="500").all(role="alert")
    assert "Business would cost less than economy: $50 and $500" in alert.text


@pytest.mark.parametrize(
    ("fare", "is_far_off"),
    [("49.99", True), ("50", False), ("165", False), ("165.01", True), ("10000", True)],
)
def test_a_fare_far_from_the_usual_of_its_route_is_pointed_out(
    sam: FlaskClient, fare: str, is_far_off: bool
) -> None:
    for number in range(8):
        departs_at = datetime(2027, 3, 12 + number, 12, tzinfo=UTC)
        fare_minor = 100_00 if number < 4 else 110_00
        make_flight(
            origin="JFK", destination="ZRH", departs_at=departs_at, minutes=460, fare=fare_minor
        )
    preview = preview_of(sam, fare_economy=fare)
    assert "$100 – $110" in preview.text
    assert bool(preview.all(role="alert")) == is_far_off
    assert ("On this route most pay $100 to $110 in that month" in preview.text) == is_far_off


def test_a_flight_that_takes_long_for_its_way_is_pointed_out(sam: FlaskClient) -> None:
    assert "long for this way" not in preview_of(sam).text
    preview = preview_of(sam, arrives_local="22:40")
    assert "It would take 22 h 40 min, long for this way" in preview.text


def test_a_mistake_is_told_before_the_preview(sam: FlaskClient) -> None:
    answer = sam.get("/staff/flights/new/preview", query_string=filled(departs_on=""))
    assert answer.status_code == 422
    assert "Choose the day it leaves" in pages.beside(answer, "departs_on")
    sam.post("/staff/flights/new", data=filled())
    taken = sam.get("/staff/flights/new/preview", query_string=filled())
    assert taken.status_code == 409
    assert "leaves this airport on that day already" in pages.beside(taken, "number")


def test_the_alert_goes_through_the_mistakes_as_the_page_does(sam: FlaskClient) -> None:
    empty = dict.fromkeys(filled(), "") | {"aircraft": "N1X"}
    shown = pages.page(sam.post("/staff/flights/new", data=empty)).one("main")
    led_to = [each.attributes["href"] for each in shown.one("div", role="alert").all("a")]
    on_page = [f"#{each.attributes['id']}" for each in shown.all(aria_invalid="true")]
    assert len(led_to) > 7
    assert led_to == on_page


def test_a_local_time_that_the_clocks_skip_is_refused_with_words(sam: FlaskClient) -> None:
    # Clocks in New York go from 02:00 to 03:00 on 14 March 2027.
    skipped = {"departs_on": "2027-03-14", "departs_local": "02:30", "arrives_on": "2027-03-14"}
    answer = sam.post("/staff/flights/new", data=filled(**skipped, arrives_local="16:00"))
    assert answer.status_code == 422
    assert "02:30 does not exist in New York on this day" in answer.text
    assert "The same moment is 03:30" in answer.text


def test_a_number_that_leaves_there_on_that_day_already_is_refused(sam: FlaskClient) -> None:
    sam.post("/staff/flights/new", data=filled())
    answer = sam.post("/staff/flights/new", data=filled(departs_local="19:00"))
    assert answer.status_code == 409
    assert "This number leaves this airport on that day already" in answer.text
    assert 'value="19:00"' in answer.text
    assert db.session.query(Flight).count() == 1


def test_a_form_sent_twice_makes_one_flight_and_leads_to_it(sam: FlaskClient) -> None:
    first, second = (sam.post("/staff/flights/new", data=filled()) for _ in range(2))
    assert (second.status_code, second.location) == (303, first.location)
    assert db.session.query(Flight).count() == 1
    dearer = sam.post("/staff/flights/new", data=filled(fare_economy="130"))
    assert dearer.status_code == 409


@pytest.mark.parametrize("text", ["X1 77", "x177", " 77 ", "0077"])
def test_a_number_is_taken_as_the_lists_take_it(sam: FlaskClient, text: str) -> None:
    assert sam.post("/staff/flights/new", data=filled(number=text)).status_code == 303
    assert created() is not None


def test_a_cancelled_flight_keeps_its_number_and_that_is_said(sam: FlaskClient) -> None:
    sam.post("/staff/flights/new", data=filled())
    flight = created()
    assert flight
    cancel_flight(flight)
    answer = sam.post("/staff/flights/new", data=filled())
    assert answer.status_code == 409
    assert "a cancelled flight keeps its number" in pages.beside(answer, "number")


def test_the_fares_asked_for_are_those_of_the_aircraft(sam: FlaskClient) -> None:
    make_aircraft("X1", seats=50, tail="N3X")
    typed = {"aircraft": "N3X", "fare_economy": "88"}
    answer = sam.get("/staff/flights/new", query_string=typed, headers={"HX-Request": "true"})
    assert answer.text.lstrip().startswith('<div id="fares">')
    assert "Fare in business" not in answer.text
    assert 'value="88"' in answer.text
    answer = sam.post("/staff/flights/new", data=filled(aircraft="N3X", fare_business=""))
    assert answer.status_code == 303


def test_sam_cannot_create_a_flight_of_another_airline(sam: FlaskClient) -> None:
    answer = sam.post("/staff/flights/new", data=filled(airline="Y2", aircraft="N2Y"))
    assert answer.status_code == 404
    assert sam.get("/staff/flights/new?airline=Y2").status_code == 404
    assert db.session.query(Flight).count() == 0


def test_ada_chooses_the_airline_first(sam: FlaskClient) -> None:
    make_airline("Z3", "Zephyr")
    log_in(sam, make_user("ada@example.com", Role.ADMIN))
    page = sam.get("/staff/flights/new").text
    assert "Which airline flies it?" in page
    assert "airline=Y2" in page
    assert "Zephyr has no aircraft" in sam.get("/staff/flights/new?airline=Z3").text
    assert sam.get("/staff/flights/new?airline=ZZ").status_code == 404
    answer = sam.post("/staff/flights/new", data=filled(airline="Y2", aircraft="N2Y"))
    assert answer.location == "/staff/flights/Y277/2027-03-10/JFK"
