"""What a flight's cabins are sold for, and how many of their seats."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from tests.builders import (
    cancel,
    make_aircraft,
    make_booking,
    make_flight,
    make_hold,
    make_offer,
)
from tests.pages import alerts, beside, offers, page, typed
from tests.staff.addresses import address
from webapp import clock
from webapp.booking.checkin import service as checkin
from webapp.booking.checkin.errors import NoSeatFree
from webapp.booking.models import Booking
from webapp.booking.service import HOLD_TIME, expire_hold, release_hold
from webapp.db import db, transaction
from webapp.flights.errors import NoSeatsLeft
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightStatus
from webapp.flights.queries import history_of
from webapp.search.offers import sign
from webapp.staff.integrity import broken_promises


def sales(flight: Flight) -> dict[str, tuple[int, int]]:
    db.session.expire_all()
    return {cabin.cabin: (cabin.fare_minor, cabin.sellable) for cabin in flight.cabins}


def test_a_new_fare_is_found_at_once_and_asked_about_where_the_old_one_was_seen(
    sam: FlaskClient,
) -> None:
    flight = make_flight(fare=100_00)
    search = f"/flights?origin=DEL&destination=BOM&depart={flight.departs_on}"
    assert [each.attributes["data-price"] for each in offers(sam.get(search))] == ["10000"]
    seen, held = sign(make_offer(flight)), make_hold(flight)
    form = sam.get(f"{address(flight)}/sales")
    assert (typed(form, "fare_economy"), typed(form, "seats_economy")) == ("100", "100")
    answer = sam.post(
        f"{address(flight)}/sales", data={"fare_economy": "129.50", "seats_economy": "100"}
    )
    assert answer.status_code == 303
    assert [each.attributes["data-price"] for each in offers(sam.get(search))] == ["12950"]
    refused = sam.post("/holds", data={"offer": seen, "idempotency_key": "k" * 20})
    assert refused.status_code == 409
    assert "$129.50" in refused.text
    db.session.expire_all()
    assert db.session.get_one(Booking, held.id).total_minor == 100_00
    shown = page(sam.get(answer.location)).text
    assert "Economy costs $129.50, where it was $100." in shown
    assert "on sale, where it was" not in shown
    assert typed(sam.get(f"{address(flight)}/sales"), "fare_economy") == "129.50"


def test_a_cabin_is_overbooked_just_as_far_as_staff_say(sam: FlaskClient) -> None:
    flight = make_flight(seats=4, departs_at=clock.now() + timedelta(hours=20))
    make_booking(flight, Party(4))
    with pytest.raises(NoSeatsLeft):
        make_hold(flight)
    data = {"fare_economy": "100", "seats_economy": "5"}
    assert sam.post(f"{address(flight)}/sales", data=data).status_code == 303
    late = make_booking(flight)
    with pytest.raises(NoSeatsLeft):
        make_hold(flight)
    shown = page(sam.get(address(flight))).text
    assert "1 seat is sold in economy that the aircraft does not have" in shown
    assert "Economy has 5 seats on sale, where it was 4." in shown
    assert broken_promises() == []
    with pytest.raises(NoSeatFree), transaction():
        checkin.check_in(late.id, {0: None}, "alice")
    larger = make_aircraft("X1", seats=8)
    swapped = sam.post(f"{address(flight)}/aircraft", data={"aircraft": larger.tail})
    assert swapped.status_code == 303
    assert sales(flight)["economy"] == (100_00, 9)
    with transaction():
        checkin.check_in(late.id, {0: None}, "alice")


def test_seats_that_are_kept_back_are_not_sold_and_can_be_sold_again(sam: FlaskClient) -> None:
    flight = make_flight(seats=4)
    search = f"/flights?origin=DEL&destination=BOM&depart={flight.departs_on}"
    closed = sam.post(
        f"{address(flight)}/sales", data={"fare_economy": "100", "seats_economy": "0"}
    )
    assert closed.status_code == 303
    assert offers(sam.get(search)) == []
    assert "Economy 0 0 Closed" in page(sam.get(address(flight))).text
    data = {"fare_economy": "100", "seats_economy": "4"}
    assert sam.post(f"{address(flight)}/sales", data=data).status_code == 303
    assert len(offers(sam.get(search))) == 1


def test_a_smaller_aircraft_than_what_is_kept_back_sells_nothing(sam: FlaskClient) -> None:
    flight = make_flight(seats=100)
    data = {"fare_economy": "100", "seats_economy": "50"}
    assert sam.post(f"{address(flight)}/sales", data=data).status_code == 303
    small = make_aircraft("X1", seats=20)
    swapped = sam.post(f"{address(flight)}/aircraft", data={"aircraft": small.tail})
    assert swapped.status_code == 303
    assert sales(flight)["economy"][1] == 0


def test_a_preview_says_what_is_sold_now_and_then_and_changes_nothing(sam: FlaskClient) -> None:
    flight = make_flight(seats=10, fare=344_00)
    make_booking(flight)
    form = page(sam.get(f"{address(flight)}/sales")).one("main").one("form", method="get")
    assert form.attributes["action"] == f"{address(flight)}/sales/preview"
    data = {"fare_economy": "3.44", "seats_economy": "5"}
    preview = sam.get(f"{address(flight)}/sales/preview", query_string=data)
    assert page(preview).one("tbody").text == "Economy 1 10 → 5 $344 → $3.44"
    assert "An adult would pay $3.44 in economy, 99 % less than now" in alerts(preview)
    assert sales(flight)["economy"] == (344_00, 10)
    saved = {name: typed(preview, name) for name in ("seen", *data)}
    assert sam.post(f"{address(flight)}/sales", data=saved).status_code == 303
    assert sales(flight)["economy"] == (3_44, 5)


def test_no_fare_is_said_to_be_less_by_all_of_it(sam: FlaskClient) -> None:
    flight = make_flight(fare=540_00)
    data = {"fare_economy": "0.50", "seats_economy": "100"}
    preview = sam.get(f"{address(flight)}/sales/preview", query_string=data)
    assert "99 % less than now" in alerts(preview).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(("fare", "is_steep"), [("50", False), ("49", True), ("151", True)])
def test_a_fare_that_changes_by_more_than_half_is_warned_of(
    sam: FlaskClient, fare: str, is_steep: bool
) -> None:
    flight = make_flight(fare=100_00)
    data = {"fare_economy": fare, "seats_economy": "100"}
    preview = sam.get(f"{address(flight)}/sales/preview", query_string=data)
    assert ("Check that no digit" in alerts(preview)) == is_steep


def test_a_cabin_is_closed_by_nought_though_seats_are_sold_and_held(sam: FlaskClient) -> None:
    flight = make_flight(seats=10)
    make_booking(flight, Party(2))
    data = {"fare_economy": "100", "seats_economy": "0"}
    preview = sam.get(f"{address(flight)}/sales/preview", query_string=data)
    assert "Nothing more is sold in economy" in page(preview).text
    make_hold(flight)
    saved = {name: typed(preview, name) for name in ("seen", *data)}
    for _ in range(2):  # A form that is sent twice is nobody else's change.
        assert sam.post(f"{address(flight)}/sales", data=saved).status_code == 303
    assert sales(flight)["economy"] == (100_00, 3)
    assert broken_promises() == []
    with pytest.raises(NoSeatsLeft):
        make_hold(flight)


def test_as_many_seats_as_are_taken_are_told_from_a_closed_cabin(sam: FlaskClient) -> None:
    flight = make_flight(seats=9)
    make_booking(flight, Party(2))
    told = []
    for seats in ("2", "0"):
        data = {"fare_economy": "100", "seats_economy": seats}
        told.append(page(sam.get(f"{address(flight)}/sales/preview", query_string=data)).text)
    assert "Nothing more is sold in economy, unless a seat comes back" in told[0]
    assert "Nothing more is sold in economy, also where a seat comes back" in told[1]


def test_what_comes_back_to_a_closed_cabin_is_sold_to_nobody(sam: FlaskClient) -> None:
    flight = make_flight(seats=10)
    search = f"/flights?origin=DEL&destination=BOM&depart={flight.departs_on}"
    booking = make_booking(flight, Party(2))
    given_up, lapsing = make_hold(flight), make_hold(flight)
    data = {"fare_economy": "100", "seats_economy": "0"}
    assert sam.post(f"{address(flight)}/sales", data=data).status_code == 303
    assert typed(sam.get(f"{address(flight)}/sales"), "seats_economy") == "0"
    assert "Economy sells no more seats." in page(sam.get(address(flight))).text
    cancel(booking)
    with transaction():
        release_hold(given_up.id, "alice")
    assert sales(flight)["economy"] == (100_00, 1)
    clock.advance(HOLD_TIME + timedelta(seconds=1))
    # Nobody has tidied the hold away yet.
    assert offers(sam.get(search)) == []
    opened = sam.get(f"{address(flight)}/sales/preview", query_string=data | {"seats_economy": 9})
    assert page(opened).one("tbody").text == "Economy 0 0 → 9 $100"
    with pytest.raises(NoSeatsLeft):
        make_hold(flight)
    with transaction():
        expire_hold(lapsing.id)
    assert sales(flight)["economy"] == (100_00, 0)
    assert broken_promises() == []
    data["seats_economy"] = "10"
    assert sam.post(f"{address(flight)}/sales", data=data).status_code == 303
    assert make_hold(flight)


def test_a_preview_of_what_is_sold_already_offers_nothing_to_save(sam: FlaskClient) -> None:
    flight = make_flight(fare=100_00)
    data = {"fare_economy": "100", "seats_economy": "100"}
    preview = sam.get(f"{address(flight)}/sales/preview", query_string=data)
    assert "Nothing would change" in page(preview).text
    assert "Save fares and seats" not in page(preview).text


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("fare_economy", "", "say what an adult pays"),
        ("fare_economy", "0", "more than nothing"),
        ("fare_economy", "1e3", "digits"),
        ("fare_economy", "9" * 300, "at most"),
        ("seats_economy", "", "Write a number of seats"),
        ("seats_economy", "-1", "Write a number of seats"),
        ("seats_economy", "²", "Write a number of seats"),
        ("seats_economy", "9" * 5000, "Write a number of seats"),
        ("seats_economy", "0" * 5000, "Write a number of seats"),
        ("seats_economy", "13", "At most 12 can be sold of 10 seats"),
        ("seats_economy", "2", "3 are sold or held already"),
    ],
)
def test_what_cannot_be_sold_is_refused_beside_its_field_and_kept(
    sam: FlaskClient, field: str, text: str, words: str
) -> None:
    flight = make_flight(seats=10, fare=100_00)
    make_booking(flight, Party(2))
    make_hold(flight)
    data = {"fare_economy": "80", "seats_economy": "10", field: text}
    answer = sam.post(f"{address(flight)}/sales", data=data)
    assert answer.status_code == 422
    assert words in beside(answer, field)
    assert typed(answer, field) == text
    preview = sam.get(f"{address(flight)}/sales/preview", query_string=data)
    assert (preview.status_code, words in beside(preview, field)) == (422, True)
    assert sales(flight)["economy"] == (100_00, 10)
    assert history_of(flight.id) == []


def test_holds_past_their_time_stand_in_nobodys_way(sam: FlaskClient) -> None:
    flight = make_flight(seats=10)
    make_hold(flight, Party(5))
    clock.advance(HOLD_TIME)
    data = {"fare_economy": "100", "seats_economy": "1"}
    assert sam.post(f"{address(flight)}/sales", data=data).status_code == 303
    assert sales(flight)["economy"] == (100_00, 1)
    assert broken_promises() == []


def test_what_a_colleague_changed_meanwhile_is_shown_and_nothing_is_saved(
    sam: FlaskClient,
) -> None:
    flight = make_flight()
    data = {"fare_economy": "90", "seats_economy": "100"}
    preview = sam.get(f"{address(flight)}/sales/preview", query_string=data)
    data["seen"] = typed(preview, "seen")
    assert sam.post(f"{address(flight)}/sales", data=data).status_code == 303
    answer = sam.post(f"{address(flight)}/sales", data={**data, "fare_economy": "80"})
    assert answer.status_code == 409
    assert "You changed this flight after it was shown to you" in alerts(answer)
    assert sales(flight)["economy"] == (90_00, 100)


def test_a_form_that_is_sent_twice_is_saved_once_and_nobody_is_blamed(sam: FlaskClient) -> None:
    flight = make_flight()
    data = {"fare_economy": "90", "seats_economy": "100"}
    preview = sam.get(f"{address(flight)}/sales/preview", query_string=data)
    data["seen"] = typed(preview, "seen")
    for _ in range(2):
        assert sam.post(f"{address(flight)}/sales", data=data).status_code == 303
    assert len(history_of(flight.id)) == 1


def test_a_flight_that_has_left_is_sold_no_more(sam: FlaskClient) -> None:
    flight = make_flight()
    with transaction():
        db.session.get_one(Flight, flight.id).status = FlightStatus.DEPARTED
    data = {"fare_economy": "90", "seats_economy": "100"}
    assert "has left" in alerts(sam.get(f"{address(flight)}/sales"))
    assert sam.post(f"{address(flight)}/sales", data=data).status_code == 409
    assert sales(flight)["economy"] == (100_00, 100)
