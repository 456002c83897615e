"""Holding seats: the guard against overselling, the key against double clicks, expiry."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.builders import (
    cancel,
    log_in,
    make_booking,
    make_flight,
    make_hold,
    make_offer,
    make_user,
)
from tests.conftest import MakeApp
from tests.pages import page, typed
from tests.state import counts_of
from tests.statements import counted_selects
from webapp import clock
from webapp.booking import service
from webapp.booking.errors import FareChanged, FormKeyReused, HoldExpired
from webapp.booking.models import Booking, BookingStatus
from webapp.booking.queries import holds_past_their_time
from webapp.db import db, transaction
from webapp.flights.errors import NoSeatsLeft
from webapp.flights.families import LIGHT
from webapp.flights.fares import Party
from webapp.flights.models import FlightCabin
from webapp.search.offers import digest, sign
from webapp.staff.integrity import broken_promises


def test_a_hold_takes_the_seats_of_the_party_and_none_for_infants(app: Flask) -> None:
    flight = make_flight(seats=5)
    booking = make_hold(flight, Party(2, 1, 1))
    assert counts_of(flight.id) == (3, 0)
    assert [passenger.price_minor for passenger in booking.passengers] == [
        100_00,
        100_00,
        75_00,
        10_00,
    ]
    assert booking.total_minor == 285_00


def test_more_seats_than_are_left_are_refused_and_nothing_stays_behind(app: Flask) -> None:
    flight = make_flight(seats=3)
    make_hold(flight, Party(2))
    with pytest.raises(NoSeatsLeft):
        make_hold(flight, Party(2))
    assert counts_of(flight.id) == (2, 0)
    assert db.session.query(Booking).count() == 1


def test_the_database_itself_refuses_an_oversold_cabin(app: Flask) -> None:
    flight = make_flight(seats=1)
    with pytest.raises(Exception, match="not_oversold"), transaction() as session:
        session.get_one(FlightCabin, (flight.id, "economy")).sold = 2


def test_a_hold_of_a_time_that_the_clock_went_back_from_is_tidied_away(app: Flask) -> None:
    present = clock.now()
    clock.advance(timedelta(days=3))
    later = make_hold(make_flight())
    clock.move_to(present)
    hold = make_hold(make_flight())
    for booking_id in holds_past_their_time():
        with transaction():
            service.expire_hold(booking_id)
    db.session.expire_all()
    statuses = [db.session.get_one(Booking, each.id).status for each in (later, hold)]
    assert statuses == [BookingStatus.EXPIRED, BookingStatus.HELD]


@pytest.mark.parametrize("words", [("reset",), ("advance", "-21m")])
def test_a_hold_that_ended_by_the_moved_clock_does_not_run_again_when_it_turns_back(
    app: Flask, words: tuple[str, ...]
) -> None:
    flight = make_flight(seats=1)
    hold = make_hold(flight)
    clock.advance(timedelta(minutes=21))
    make_hold(flight)  # Takes the seat that the first one holds no more.
    ended = app.test_cli_runner().invoke(args=["clock", *words])
    assert ended.exit_code == 0, ended.output
    db.session.expire_all()
    assert db.session.get_one(Booking, hold.id).status == BookingStatus.EXPIRED
    assert broken_promises() == []


def test_an_expired_hold_frees_its_seats_with_no_worker_running(app: Flask) -> None:
    flight = make_flight(seats=2)
    make_hold(flight, Party(2))
    with pytest.raises(NoSeatsLeft):
        make_hold(flight, Party(1))
    clock.advance(service.HOLD_TIME)
    make_hold(flight, Party(1))
    assert counts_of(flight.id) == (1, 0)


def test_an_expired_hold_cannot_be_confirmed_even_when_nobody_took_its_seats(app: Flask) -> None:
    flight = make_flight(seats=2)
    booking = make_hold(flight)
    clock.advance(service.HOLD_TIME)
    with pytest.raises(HoldExpired), transaction():
        service.confirm_booking(booking.id, "test")


def test_expired_and_cancelled_bookings_give_their_seats_back_exactly_once(app: Flask) -> None:
    flight = make_flight(seats=4)
    hold, booking = make_hold(flight), make_booking(flight, Party(2))
    assert counts_of(flight.id) == (1, 2)
    clock.advance(service.HOLD_TIME)
    for _ in range(2):
        with transaction():
            service.expire_hold(hold.id)
        cancel(booking)
    assert counts_of(flight.id) == (0, 0)


def test_who_gives_up_what_was_booked_meanwhile_is_not_told_that_it_is_released(
    app: Flask,
) -> None:
    booking, hold = make_booking(make_flight()), make_hold(make_flight(number=72))
    with transaction():
        assert service.release_hold(hold.id, "alice")
        assert not service.release_hold(hold.id, "alice")
        assert not service.release_hold(booking.id, "alice")
    assert db.session.get_one(Booking, booking.id).status == BookingStatus.CONFIRMED


@pytest.mark.parametrize("seats", [4, 1], ids=["seats are left", "it took the last seat"])
def test_the_same_form_twice_is_one_booking(app: Flask, seats: int) -> None:
    flight = make_flight(seats=seats)
    assert make_hold(flight, key="k" * 20).id == make_hold(flight, key="k" * 20).id
    assert counts_of(flight.id) == (1, 0)


@pytest.mark.parametrize("seats", [4, 1], ids=["seats are left", "the first took the last seat"])
def test_the_same_key_with_another_body_is_refused(app: Flask, seats: int) -> None:
    flight = make_flight(seats=seats)
    make_hold(flight, key="k" * 20)
    with pytest.raises(FormKeyReused):
        make_hold(flight, Party(2), key="k" * 20)


def test_a_hold_reads_its_flights_and_nothing_else(app: Flask, client: FlaskClient) -> None:
    form = {"offer": sign(make_offer(make_flight())), "idempotency_key": "k" * 20}
    with counted_selects() as seen:
        assert client.post("/holds", data=form).status_code == 303
    assert len(seen) == 1, seen


def test_a_price_that_moved_is_asked_about(app: Flask, client: FlaskClient) -> None:
    flight = make_flight(fare=120_00)
    offer = make_offer(flight, total=100_00)
    with pytest.raises(FareChanged), transaction():
        service.hold_seats(offer, LIGHT, "k" * 20, digest(sign(offer)), None, "test")
    answer = client.post("/holds", data={"offer": sign(offer), "idempotency_key": "k" * 20})
    assert answer.status_code == 409
    assert "The price changed" in answer.text
    assert "$100" in answer.text
    assert "$120" in answer.text


def test_a_flight_that_filled_up_meanwhile_shows_the_way_back(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight(seats=1)
    offer = make_offer(flight)
    make_hold(flight)
    answer = client.post(
        "/holds",
        data={"offer": sign(offer), "idempotency_key": "k" * 20},
        headers={"Referer": "http://localhost/flights?origin=DEL&destination=BOM"},
    )
    assert answer.status_code == 409
    assert "is sold no more" in answer.text
    assert 'href="/flights?origin=DEL&amp;destination=BOM"' in answer.text


@pytest.mark.parametrize("offer", ["", "nonsense", "WzFd.sig", "x" * 3000])
def test_a_tampered_offer_is_refused_with_words(
    app: Flask, client: FlaskClient, offer: str
) -> None:
    answer = client.post("/holds", data={"offer": offer, "idempotency_key": "k" * 20})
    assert answer.status_code == 422
    assert "could not read that choice" in answer.text


def test_an_offer_past_its_time_is_refused_with_words(app: Flask, client: FlaskClient) -> None:
    offer = sign(make_offer(make_flight()))
    clock.advance(timedelta(minutes=31))
    answer = client.post("/holds", data={"offer": offer, "idempotency_key": "k" * 20})
    assert answer.status_code == 409
    assert "price is too old" in answer.text


@pytest.mark.parametrize(
    ("fare", "family", "words", "price"),
    [
        (100_00, "light", "This one has not changed", "$200"),
        (100_00, "flex", "This one has not changed", "$284"),
        (130_00, "light", "where it was $200", "$260"),
        (130_00, "flex", "This one has changed", "$370"),
    ],
)
def test_an_offer_past_its_time_names_its_flights_and_is_held_at_the_price_of_now(
    app: Flask, client: FlaskClient, fare: int, family: str, words: str, price: str
) -> None:
    flight = make_flight(fare=100_00)
    offer = sign(make_offer(flight, party=Party(2)))
    clock.advance(timedelta(minutes=40))
    with transaction() as session:
        session.get_one(FlightCabin, (flight.id, "economy")).fare_minor = fare
    form = {"offer": offer, "family": family, "idempotency_key": "k" * 20}
    answer = client.post("/holds", data=form)
    assert answer.status_code == 409
    main = page(answer).one("main")
    assert words in main.text
    assert f"2 travellers, Economy, {family.capitalize()} fare: {price} in total now" in main.text
    assert f"X1 {flight.number}" in main.text
    assert db.session.query(Booking).count() == 0
    (asked,) = main.all("form", action="/holds")
    assert asked.one("button").text == f"Hold them for {price}"
    sent = {each.attributes["name"]: each.attributes["value"] for each in asked.all("input")}
    assert client.post("/holds", data=sent).status_code == 303
    booking = db.session.query(Booking).one()
    assert (f"${booking.total_minor // 100}", booking.family) == (price, family)


def test_an_offer_past_its_time_whose_flight_is_full_or_was_moved_says_so(
    app: Flask, client: FlaskClient
) -> None:
    full, moved = make_flight(seats=1), make_flight()
    forms = [
        {"offer": sign(make_offer(each)), "idempotency_key": "k" * 20} for each in (full, moved)
    ]
    clock.advance(timedelta(minutes=40))
    make_hold(full)
    with transaction():
        moved.departs_at += timedelta(hours=1)
        moved.arrives_at += timedelta(hours=1)
    for form, words in zip(forms, ("is sold no more", "has new times"), strict=True):
        answer = client.post("/holds", data=form)
        assert answer.status_code == 409
        assert words in page(answer).one("h1").text


def test_one_place_holds_only_so_often_in_an_hour(make_app: MakeApp) -> None:
    client = make_app(rate_limits=True).test_client()
    far, here = {"REMOTE_ADDR": "203.0.113.9"}, {"REMOTE_ADDR": "127.0.0.1"}
    for _ in range(120):
        assert client.post("/holds", data={}, environ_base=far).status_code == 422
    answer = client.post("/holds", data={}, environ_base=far)
    assert answer.status_code == 429
    assert "Too many tries" in page(answer).one("h1").text
    assert client.post("/holds", data={}, environ_base=here).status_code == 422


def test_a_proxy_that_names_no_address_is_no_error(make_app: MakeApp) -> None:
    client = make_app(rate_limits=True).test_client()
    for name in ("unknown", "203.0.113.9:4711", ""):
        answer = client.post("/holds", data={}, environ_base={"REMOTE_ADDR": name})
        assert answer.status_code == 422


def test_a_form_that_somebody_else_sends_along_opens_nothing(make_app: MakeApp) -> None:
    flight, app = make_flight(), make_app(csrf=True)
    search = f"/flights?origin=DEL&destination=BOM&depart={flight.departs_on}"
    alice, stranger = app.test_client(), app.test_client()

    def form_of(browser: FlaskClient) -> dict[str, str]:
        names = ("csrf_token", "offer", "idempotency_key")
        return {each: typed(browser.get(search), each) for each in names}

    own = form_of(alice)
    held = alice.post("/holds", data=own)
    assert alice.post("/holds", data=own).location == held.location
    along = own | {"csrf_token": form_of(stranger)["csrf_token"]}
    refused = stranger.post("/holds", data=along)
    assert refused.status_code == 409
    assert held.location.split("/")[2] not in refused.text
    assert stranger.get(held.location).status_code in (303, 404)
    assert db.session.query(Booking).count() == 1


def test_a_form_that_held_seats_leads_to_them_however_late_it_is_sent_again(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, make_user())
    form = {
        "offer": sign(make_offer(make_flight())),
        "family": "light",
        "idempotency_key": "a-key-of-twenty-letters",
    }
    first = client.post("/holds", data=form)
    clock.advance(timedelta(minutes=40))
    again = client.post("/holds", data=form)
    assert (again.status_code, again.location) == (303, first.location)
    assert db.session.query(Booking).count() == 1
