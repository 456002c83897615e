"""Terminal and gate of a flight."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.builders import make_flight
from tests.staff.addresses import address
from webapp.db import db
from webapp.flights.models import FlightStatus
from webapp.flights.queries import history_of


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


def test_a_flight_that_is_cancelled_gets_no_gate(sam: FlaskClient) -> None:
    flight = make_flight(status=FlightStatus.CANCELLED)
    answer = sam.post(f"{address(flight)}/gate", data={"gate": "B1"})
    assert answer.status_code == 409
    assert "nothing was changed" in answer.text
    assert history_of(flight.id) == []
    shown = sam.get(address(flight)).text
    assert "it can no longer be changed" in shown
    assert "Save the gate" not in shown
