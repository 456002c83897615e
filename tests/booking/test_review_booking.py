"""The review: what is bought, for how much, and a word where somebody would be in two places."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.airline import cancel_flight, delay
from tests.booking.steps import ALICE, hold, name
from tests.builders import log_in, make_aircraft, make_booking, make_flight, make_offer, make_user
from tests.pages import alerts, page, typed
from webapp import clock
from webapp.booking import disruptions
from webapp.booking.models import Booking, Passenger, Segment
from webapp.db import db, transaction
from webapp.flights.families import FLEX, LIGHT
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightStatus
from webapp.notifications.models import Kind, Notification
from webapp.search.offers import sign


def test_it_says_what_the_price_is_made_of_and_what_the_fare_allows(
    app: Flask, client: FlaskClient
) -> None:
    address = hold(client, party=Party(1))
    name(client, address)
    shown = page(client.get(address.replace("passengers", "review"))).text
    for words in (
        "Price, Light fare",
        "Total in US dollars, taxes included $100.00",
        "Fare $80.00",
        "Airport charges $11.00",
        "Security charge $3.00",
        "Ticket tax $6.00",
        "1 cabin bag for each passenger with a seat",
        "Changes are not possible",
        "only taxes and charges come back",
    ):
        assert words in shown


def test_a_delay_since_the_hold_is_shown_before_anything_is_booked(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight(departs_at=clock.now() + timedelta(hours=20))
    address = hold(client, flight)
    name(client, address)
    review, confirm = (address.replace("passengers", step) for step in ("review", "confirm"))
    seen = typed(client.get(review), "seen")

    delay(flight, timedelta(hours=9))
    for form in ({"seen": seen}, {}):
        answer = client.post(confirm, data=form)
        assert answer.status_code == 409
        assert "Nothing is booked yet" in alerts(answer)
        assert "has other times than when you chose it" in alerts(answer)
    seen = typed(answer, "seen")
    delay(flight, timedelta(hours=8))
    assert client.post(confirm, data={"seen": seen}).status_code == 409
    seen = typed(client.get(review), "seen")
    answer = client.post(confirm, data={"seen": seen})
    assert answer.status_code == 303
    (segment,) = db.session.scalars(select(Segment))
    assert segment.agreed_departs_at == flight.expected_departs_at
    assert client.get(answer.location).status_code == 200


def test_a_flight_that_was_moved_since_the_hold_is_asked_about_and_booked(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight()
    address = hold(client, flight)
    name(client, address)
    review, confirm = (address.replace("passengers", step) for step in ("review", "confirm"))
    seen = typed(client.get(review), "seen")
    with transaction():
        later = flight.departs_at + timedelta(hours=5), flight.arrives_at + timedelta(hours=5)
        disruptions.retime_flight(flight.id, *later, flight.departs_on, "sam")
    refused = client.post(confirm, data={"seen": seen})
    assert refused.status_code == 409
    assert "instead of" in alerts(refused)
    shown = page(client.get(review))
    assert "has other times than when you chose it" in shown.one("div", role="status").text
    assert client.post(confirm, data={"seen": typed(refused, "seen")}).status_code == 303
    (segment,) = db.session.scalars(select(Segment))
    assert (segment.told_departs_at, segment.agreed_departs_at) == (later[0], later[0])
    kinds = {each.kind for each in db.session.scalars(select(Notification))}
    assert Kind.FLIGHT_RETIMED not in kinds


def test_whoever_is_in_the_party_twice_is_asked_about(app: Flask, client: FlaskClient) -> None:
    address = hold(client, make_flight(), party=Party(2))
    twin = {name.replace("-0-", "-1-"): text for name, text in ALICE.items()}
    client.post(address, data={**twin, **ALICE, "passengers-1-given_name": "alice"})
    review = address.replace("passengers", "review")
    assert "alice Meier is in the party twice" in page(client.get(review)).text
    client.post(address, data={**twin, **ALICE, "passengers-1-given_name": "Bo"})
    assert "in the party twice" not in page(client.get(review)).text


def test_a_trip_that_can_be_flown_no_more_says_why(app: Flask, client: FlaskClient) -> None:
    flight = make_flight()
    address = hold(client, flight)
    name(client, address)
    confirm = address.replace("passengers", "confirm")
    cancel_flight(flight)
    answer = client.post(confirm)
    assert answer.status_code == 409
    assert "The airline cancelled" in alerts(answer)
    with transaction() as session:
        session.get_one(Flight, flight.id).status = FlightStatus.BOARDING
    assert "boards already" in alerts(client.post(confirm))


def test_the_total_is_one_figure_from_the_hold_to_the_receipt(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight(fare=99_99)
    party = Party(2, 1, 1)
    form = {"offer": sign(make_offer(flight, party=party)), "family": FLEX.code}
    address = client.post("/holds", data={**form, "idempotency_key": "k" * 20}).location
    fare = FLEX.fare(99_99)
    total = 2 * fare + (fare * 75 + 50) // 100 + (fare * 10 + 50) // 100
    words = f"Total in US dollars, taxes included ${total / 100:.2f}"
    assert words in page(client.get(address)).text
    people = {"adult": "1990-05-31", "child": "2020-05-31", "infant": "2026-05-31"}
    data = {"contact_email": "alice@example.com"}
    for passenger in db.session.query(Passenger):
        prefix = f"passengers-{passenger.position}"
        data |= {f"{prefix}-given_name": "A", f"{prefix}-family_name": "Meier"}
        data[f"{prefix}-born_on"] = people[passenger.kind]
    review = client.post(address, data=data).location
    assert words in page(client.get(review)).text
    trip = client.post(review.replace("review", "confirm"), data={"total": total}).location
    assert words in page(client.get(trip)).text


def test_a_price_that_moved_since_it_was_reviewed_is_asked_about(
    app: Flask, client: FlaskClient
) -> None:
    aircraft = make_aircraft(seats=6, letters="ABC DEF")
    address = hold(client, make_flight(seats=6, aircraft=aircraft))
    name(client, address)
    trip = address.removesuffix("/passengers")
    client.post(f"{trip}/seats", data={"flight": 0, "passenger": 0, "seat": "100A"})
    answer = client.post(f"{trip}/confirm", data={"total": 100_00})
    assert answer.status_code == 409
    assert "The price is now $108" in alerts(answer)
    assert db.session.query(Booking).one().status == "held"
    total = page(answer).one("main").one("input", name="total").attributes["value"]
    assert client.post(f"{trip}/confirm", data={"total": total}).status_code == 303


@pytest.mark.parametrize("other", ["1", "10801", "12400", "0", "abc", "-1", "9" * 30])
def test_what_is_confirmed_is_not_confirmed_again_for_another_price(
    app: Flask, client: FlaskClient, other: str
) -> None:
    aircraft = make_aircraft(seats=12, letters="ABC DEF", legroom_rows="100")
    trip = hold(client, make_flight(seats=12, aircraft=aircraft)).removesuffix("/passengers")
    name(client, f"{trip}/passengers")
    seat = {"flight": 0, "passenger": 0}
    client.post(f"{trip}/seats", data={**seat, "seat": "101A"})
    confirm = f"{trip}/confirm"
    total = typed(client.get(f"{trip}/review"), "total")
    assert client.post(confirm, data={"total": total}).location == trip
    # A dearer seat that is bought afterwards makes no other yes of the first one.
    bought = client.post(f"{trip}/seats", data={**seat, "seat": "100A", "agreed": 1600})
    assert bought.status_code == 303
    refused = client.post(confirm, data={"total": other})
    assert refused.status_code == 409
    assert "is not the one that was confirmed" in alerts(refused)
    assert page(refused).one("main").one("a").attributes["href"] == trip
    for same in ({"total": total}, {}, {"total": ""}):
        answer = client.post(confirm, data=same)
        assert (answer.status_code, answer.location) == (303, trip)
    events = db.session.query(Booking).one().events
    assert [each.what for each in events].count("confirmed") == 1


@pytest.mark.parametrize("total", ["abc", "10000x", "-1", "9" * 30])
def test_a_total_that_is_no_number_is_no_yes_to_any_price(
    app: Flask, client: FlaskClient, total: str
) -> None:
    address = hold(client)
    name(client, address)
    answer = client.post(address.replace("passengers", "confirm"), data={"total": total})
    assert answer.status_code == 409
    assert db.session.query(Booking).one().confirmed_at is None


def overlap_after(app: Flask, client: FlaskClient, hours: float, born_on: str) -> str:
    """Book Alice on a flight, hold her another some hours later, and return its review."""
    first = make_flight(minutes=130)
    booking = make_booking(first, user=make_user())
    with transaction():
        for passenger in booking.passengers:
            passenger.given_name, passenger.family_name = "Alice", "Meier"
    born = str(booking.passengers[0].born_on) if born_on == "hers" else born_on
    log_in(client, make_user())
    second = make_flight(departs_at=first.departs_at + timedelta(hours=hours))
    address = hold(client, second)
    client.post(address, data={**ALICE, "passengers-0-born_on": born})
    return page(client.get(address.replace("passengers", "review"))).text


def test_who_is_on_an_overlapping_flight_is_told_and_not_refused(
    app: Flask, client: FlaskClient
) -> None:
    shown = overlap_after(app, client, 2, "hers")
    assert "Alice Meier has another booking at the same time" in shown
    assert "Confirm for" in shown


def test_several_on_one_other_flight_are_told_in_one_sentence(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, alice := make_user())
    first = make_flight(seats=9)
    booking = make_booking(first, Party(2), user=alice)
    address = hold(client, make_flight(seats=9, departs_at=first.departs_at), party=Party(2))
    born = str(booking.passengers[0].born_on)
    second = {key.replace("-0-", "-1-"): value for key, value in ALICE.items()}
    own = {**ALICE, **second, "passengers-0-born_on": born, "passengers-1-born_on": born}
    assert client.post(address, data=own).status_code == 303
    shown = page(client.get(address.replace("passengers", "review"))).text
    assert "Alice Meier and Alice Meier have another booking at the same time" in shown
    assert shown.count("another booking at the same time") == 1


@pytest.mark.parametrize(("hours", "born_on"), [(3, "hers"), (2, "1961-01-01")])
def test_a_later_flight_and_somebody_with_the_same_name_are_no_overlap(
    app: Flask, client: FlaskClient, hours: float, born_on: str
) -> None:
    assert "another booking" not in overlap_after(app, client, hours, born_on)


@pytest.mark.parametrize("is_guests", [False, True])
def test_strangers_learn_nothing_from_a_name_and_a_date_of_birth(
    app: Flask, client: FlaskClient, is_guests: bool
) -> None:
    flight = make_flight()
    booking = make_booking(flight, user=None if is_guests else make_user(), family=LIGHT)
    with transaction():
        booking.passengers[0].given_name, booking.passengers[0].family_name = "Alice", "Meier"
    address = hold(client, flight)
    born_on = str(booking.passengers[0].born_on)
    client.post(address, data={**ALICE, "passengers-0-born_on": born_on})
    shown = client.get(address.replace("passengers", "review"))
    assert "another booking" not in shown.text
