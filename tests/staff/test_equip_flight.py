"""Terminal, gate and aircraft of a flight; an aircraft must take everybody who is booked."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.builders import log_in, make_aircraft, make_booking, make_flight, make_hold, make_user
from tests.pages import alerts
from tests.staff.test_access import address
from webapp.accounts.models import Role
from webapp.db import db
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightStatus
from webapp.flights.queries import history_of


@pytest.fixture
def sam(app: Flask, client: FlaskClient) -> FlaskClient:
    """Return a browser in which Sam, who works for X1, is logged in."""
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    return client


def capacities(flight: Flight) -> dict[str, tuple[int, int]]:
    db.session.expire_all()
    return {cabin.cabin: (cabin.capacity, cabin.sellable) for cabin in flight.cabins}


def test_a_gate_is_set_changed_and_taken_away_and_each_is_history(sam: FlaskClient) -> None:
    flight = make_flight()
    for terminal, gate in (("2", " b42 "), ("2", "C1"), ("", "")):
        data = {"terminal": terminal, "gate": gate}
        answer = sam.post(f"{address(flight)}/gate", data=data)
        assert answer.status_code == 303
        assert answer.location == address(flight)
    db.session.expire_all()
    assert (flight.terminal, flight.gate) == (None, None)
    page = sam.get(address(flight)).text
    assert "Boards at terminal 2, gate B42" in page
    assert "Boards at terminal 2, gate C1, no longer at terminal 2, gate B42" in page
    assert "No gate any more; it was terminal 2, gate C1" in page


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"terminal": "12345"}, "At most 4 characters"),
        ({"gate": "B123456"}, "At most 6 characters"),
        ({"gate": "B\t\x00"}, "Use letters and digits"),
        ({"gate": "<b>"}, "Use letters and digits"),
    ],
)
def test_a_gate_that_is_none_is_refused_beside_its_field(
    sam: FlaskClient, data: dict[str, str], words: str
) -> None:
    flight = make_flight()
    answer = sam.post(f"{address(flight)}/gate", data=data)
    assert answer.status_code == 422
    assert words in answer.text
    assert history_of(flight.id) == []


def test_another_aircraft_brings_its_seats(sam: FlaskClient) -> None:
    flight = make_flight(seats=3)
    make_booking(flight, Party(2))
    larger = make_aircraft("X1", seats=8, business=2)
    before = flight.aircraft.tail
    assert f"{larger.tail} (business 2, economy 8)" in sam.get(address(flight)).text
    answer = sam.post(f"{address(flight)}/aircraft", data={"aircraft": larger.tail})
    assert answer.status_code == 303
    assert capacities(flight) == {"economy": (8, 8), "business": (2, 2)}
    page = sam.get(answer.location).text
    assert f"Aircraft changed from {before} to {larger.tail}" in page


def test_an_aircraft_too_small_for_what_is_sold_and_held_is_refused(sam: FlaskClient) -> None:
    flight = make_flight(seats=5)
    make_booking(flight, Party(2))
    make_hold(flight, Party(1))
    smaller = make_aircraft("X1", seats=2)
    answer = sam.post(f"{address(flight)}/aircraft", data={"aircraft": smaller.tail})
    assert answer.status_code == 409
    words = f"Economy: 3 seats are sold or held, and {smaller.tail} has 2 there"
    assert words in answer.text
    preview = sam.get(f"{address(flight)}/aircraft", query_string={"aircraft": smaller.tail})
    assert words in alerts(preview)
    assert f"Fly with {smaller.tail}</button>" not in preview.text
    assert capacities(flight) == {"economy": (5, 5)}
    assert flight.aircraft_id != smaller.id
    assert history_of(flight.id) == []


def test_an_aircraft_of_another_airline_is_refused(sam: FlaskClient) -> None:
    flight = make_flight()
    theirs = make_aircraft("Y2")
    answer = sam.post(f"{address(flight)}/aircraft", data={"aircraft": theirs.tail})
    assert answer.status_code == 422
    assert "The airline has no such aircraft" in answer.text
    assert history_of(flight.id) == []


def test_a_flight_that_is_cancelled_gets_no_gate_and_no_aircraft(sam: FlaskClient) -> None:
    flight = make_flight(status=FlightStatus.CANCELLED)
    other = make_aircraft("X1")
    for page, data in (("/gate", {"gate": "B1"}), ("/aircraft", {"aircraft": other.tail})):
        answer = sam.post(address(flight) + page, data=data)
        assert answer.status_code == 409
        assert "nothing was changed" in answer.text
    assert history_of(flight.id) == []
    page = sam.get(address(flight)).text
    assert "it can no longer be changed" in page
    assert "Save the gate" not in page
