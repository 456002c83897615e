"""Cancelling a flight: a preview first, then the mails, and no reminder any more."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient

from tests.builders import log_in, make_booking, make_flight, make_hold, make_user
from tests.pages import page
from tests.staff.addresses import address
from webapp import clock
from webapp.accounts.models import Role
from webapp.db import db
from webapp.flights.fares import Party
from webapp.flights.models import FlightStatus
from webapp.flights.queries import history_of
from webapp.notifications.models import Kind
from webapp.notifications.queries import mails_of


def test_a_preview_says_who_is_affected_and_changes_nothing(sam: FlaskClient) -> None:
    flight = make_flight()
    make_booking(flight, Party(2, 0, 1))
    make_booking(flight, Party(1))
    make_hold(flight, Party(2))
    page = sam.get(f"{address(flight)}/cancel").text
    assert "2 bookings with 4 travellers" in page
    assert "2 more seats are held" in page
    assert history_of(flight.id) == []


def test_a_preview_says_who_is_on_the_way_already_and_needs_help(sam: FlaskClient) -> None:
    first = make_flight(departs_at=clock.now() + timedelta(hours=2))
    onward = make_flight(
        origin="BOM", destination="LHR", departs_at=first.arrives_at + timedelta(hours=3)
    )
    make_booking(first, Party(2), onward=onward)
    assert "on the way already" not in page(sam.get(f"{address(onward)}/cancel")).text
    clock.move_to(first.departs_at)
    log_in(sam, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    shown = page(sam.get(f"{address(onward)}/cancel")).text
    assert "2 travellers are on the way already. They are asked to choose" in shown
    assert "may choose another flight" not in shown
    make_booking(onward)
    shown = page(sam.get(f"{address(onward)}/cancel")).text
    assert "2 travellers are on the way already" in shown
    assert "may choose another flight" in shown


def test_a_cancelled_flight_tells_its_travellers_and_reminds_nobody(sam: FlaskClient) -> None:
    flight = make_flight()
    booking = make_booking(flight)
    for _ in range(2):
        answer = sam.post(f"{address(flight)}/cancel")
        assert answer.status_code == 303
        assert answer.location == address(flight)
    db.session.expire_all()
    assert flight.status == FlightStatus.CANCELLED
    mails = {mail.kind: mail for mail in mails_of(booking.id)}
    assert mails[Kind.FLIGHT_CANCELLED].state == "due"
    assert mails[Kind.DEPARTURE_REMINDER].reason == "flight cancelled"
    assert [event.what for event in history_of(flight.id)] == ["cancelled"]
    shown = page(sam.get(address(flight))).text
    assert "Cancelled; it was scheduled before" in shown
    assert "Economy 1 0 None" in shown, "of which none is left to sell"
    assert "This flight is cancelled already" in sam.get(f"{address(flight)}/cancel").text


def test_a_flight_that_has_left_cannot_be_cancelled(sam: FlaskClient) -> None:
    # So long after its time nobody will say any more that it still stands at the gate.
    flight = make_flight(departs_at=clock.now() - timedelta(hours=6))
    page = sam.get(f"{address(flight)}/cancel").text
    assert "it can no longer be cancelled" in page
    assert "Cancel the flight" not in page
    answer = sam.post(f"{address(flight)}/cancel")
    assert answer.status_code == 409
    assert "nothing was changed" in answer.text
    assert history_of(flight.id) == []
