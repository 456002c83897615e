"""Kept results say what is true at each visit, to each visitor with tokens of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.builders import log_in, make_airport, make_booking, make_flight, make_hold, make_user
from tests.conftest import MakeApp
from tests.pages import offers, page
from webapp import clock
from webapp.booking.service import HOLD_TIME
from webapp.db import db, transaction
from webapp.flights.families import LIGHT
from webapp.flights.models import Flight, FlightCabin
from webapp.search import kept
from webapp.search.offers import LIFETIME, read

DEPARTS_AT = datetime(2026, 10, 11, 4, 0, tzinfo=UTC)
ADDRESS = "/flights?origin=DEL&destination=BOM&depart=2026-10-11&stops=0"


@pytest.fixture(autouse=True)
def _a_morning_in_october(app: Flask) -> None:
    clock.move_to(datetime(2026, 10, 1, 6, 0, 5, tzinfo=UTC))


def shown(client: FlaskClient, address: str = ADDRESS) -> list[str]:
    """Return the words of each result, which are the same however often it is asked for."""
    # Written, written to be kept, and then asked about twice.
    first, *again = [[each.text for each in offers(client.get(address))] for _ in range(4)]
    assert again == [first] * 3
    return first


def hidden(client: FlaskClient, name: str) -> list[str]:
    """Return what the forms of the results send along."""
    return [
        form.one("input", name=name).attributes["value"]
        for form in page(client.get(ADDRESS)).all("form")
        if form.attributes.get("action") == "/holds"
    ]


def the_kept(app: Flask) -> list[kept.KeptResults]:
    return list(app.extensions["kept_results"].values())


def test_what_has_not_changed_is_written_once(app: Flask, client: FlaskClient) -> None:
    make_flight(departs_at=DEPARTS_AT)

    first = shown(client)
    written = the_kept(app)
    again = shown(client)

    assert first == again
    assert len(again) == 1
    assert the_kept(app)[0] is written[0]


def test_seats_that_are_sold_and_fares_that_change_are_seen_at_once(client: FlaskClient) -> None:
    flight = make_flight(departs_at=DEPARTS_AT, seats=5)
    assert "5 seats left" in shown(client)[0]

    make_booking(flight)
    assert "4 seats left" in shown(client)[0]

    with transaction() as session:
        session.get_one(FlightCabin, (flight.id, "economy")).fare_minor = 987_00
    assert LIGHT.fare(987_00) == 987_00
    assert "987" in shown(client)[0]


def test_a_hold_that_ran_out_gives_its_seats_back_with_nothing_written(client: FlaskClient) -> None:
    flight = make_flight(departs_at=DEPARTS_AT, seats=2)
    make_hold(flight)
    clock.advance(HOLD_TIME - timedelta(minutes=1))
    assert "1 seat left" in shown(client)[0]

    clock.advance(timedelta(minutes=1, seconds=1))

    assert "2 seats left" in shown(client)[0]


@pytest.mark.databases("mariadb")
def test_no_text_of_many_rows_is_cut(app: Flask) -> None:
    cut = db.session.scalar(text("SELECT @@group_concat_max_len <> @@max_allowed_packet"))
    assert cut == 0


def test_a_flight_that_is_cancelled_retimed_or_closed_for_sale_is_seen_at_once(
    client: FlaskClient,
) -> None:
    early = make_flight(departs_at=DEPARTS_AT)
    make_flight(departs_at=DEPARTS_AT + timedelta(hours=3))
    assert len(shown(client)) == 2

    with transaction() as session:
        session.get_one(Flight, early.id).departs_at += timedelta(minutes=25)
    assert any("09:55" in words for words in shown(client))

    clock.move_to(DEPARTS_AT)
    assert len(shown(client)) == 1

    with transaction() as session:
        for flight in session.query(Flight):
            flight.status = "cancelled"
    assert shown(client) == []


def test_each_visit_gets_keys_of_its_own_and_each_visitor_a_token_of_their_own(
    make_app: MakeApp,
) -> None:
    for hour in range(3):
        make_flight(departs_at=DEPARTS_AT + timedelta(hours=hour))
    guarded = make_app(csrf=True)
    alice, bob = guarded.test_client(), guarded.test_client()

    keys = [key for _ in range(3) for key in hidden(alice, "idempotency_key")]
    of_alice, of_bob = hidden(alice, "csrf_token"), hidden(bob, "csrf_token")

    assert len(keys) == len(set(keys)) == 9
    assert not set(of_alice) & set(of_bob)
    for client, token in ((alice, of_alice[0]), (bob, of_bob[0])):
        form = {
            "csrf_token": token,
            "offer": hidden(client, "offer")[0],
            "idempotency_key": hidden(client, "idempotency_key")[0],
        }
        assert client.post("/holds", data=form).status_code == 303
    assert bob.post("/holds", data={**form, "csrf_token": of_alice[0]}).status_code == 400


def test_an_offer_lives_as_long_as_it_says_however_long_results_are_kept(
    client: FlaskClient,
) -> None:
    make_flight(departs_at=DEPARTS_AT)
    first = hidden(client, "offer")
    clock.advance(timedelta(minutes=14))
    assert hidden(client, "offer") == first
    assert read(first[0]).expires_at - clock.now() > LIFETIME

    clock.advance(timedelta(minutes=1))

    assert hidden(client, "offer") != first


def test_a_message_to_one_visitor_is_not_kept_for_others(client: FlaskClient, app: Flask) -> None:
    make_flight(departs_at=DEPARTS_AT)
    with client.session_transaction() as session:
        session["_flashes"] = [("message", "Your seats are released.")]

    assert "Your seats are released." in client.get(ADDRESS).text
    assert "Your seats are released." not in client.get(ADDRESS).text
    assert "Your seats are released." not in app.test_client().get(ADDRESS).text


def test_the_page_around_is_that_of_whoever_looks(app: Flask, client: FlaskClient) -> None:
    make_flight(departs_at=DEPARTS_AT)
    stranger = app.test_client()
    log_in(client, make_user())
    for _ in range(4):
        for browser, own, foreign in (
            (client, "Log out", "Log in"),
            (stranger, "Log in", "My trips"),
        ):
            menu = page(browser.get(ADDRESS)).one("nav", aria_label="Main").text
            assert own in menu
            assert foreign not in menu


ABROAD = "/flights?origin=DEL&destination=LHR&depart=2026-10-11"


def fly_by_mumbai() -> None:
    make_flight(departs_at=DEPARTS_AT + timedelta(hours=1), fare=10_00)
    departs_at = DEPARTS_AT + timedelta(hours=5)
    make_flight(origin="BOM", destination="LHR", departs_at=departs_at, fare=10_00)


def test_a_connection_is_found_as_soon_as_its_routes_are_known(
    app: Flask, client: FlaskClient
) -> None:
    make_airport("BOM")
    make_flight(destination="LHR", departs_at=DEPARTS_AT)
    assert len(shown(client, ABROAD)) == 1
    fly_by_mumbai()
    app.extensions.pop("routes_flown")
    assert len(shown(client, ABROAD)) == 2


def test_routes_to_an_airport_that_is_not_known_yet_are_left_out(
    app: Flask, client: FlaskClient
) -> None:
    make_flight(destination="LHR", departs_at=DEPARTS_AT)
    assert len(shown(client, ABROAD)) == 1
    fly_by_mumbai()
    app.extensions.pop("routes_flown")
    assert len(shown(client, ABROAD)) == 1
    app.extensions.pop("directory")
    app.extensions.pop("routes_flown")
    assert len(shown(client, ABROAD)) == 2


def test_few_searches_are_kept_and_long_ones_not_at_all(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_flight(departs_at=DEPARTS_AT)
    monkeypatch.setattr(kept, "MOST_KEPT", 2)
    for adults in range(1, 5):
        assert len(shown(client, f"{ADDRESS}&adults={adults}")) == 1
    assert [each.criteria.party.adults for each in the_kept(app)] == [3, 4]

    monkeypatch.setattr(kept, "MOST_BYTES", 100)
    assert len(shown(client, f"{ADDRESS}&adults=5")) == 1
    assert [each.criteria.party.adults for each in the_kept(app)] == [3, 4]


def test_another_network_is_another_page(app: Flask, client: FlaskClient) -> None:
    flight = make_flight(departs_at=DEPARTS_AT)
    assert "Airline X1" in shown(client)[0]
    with transaction():
        flight.airline.name = "Renamed Air"
    app.extensions.pop("directory")
    db.session.rollback()

    assert "Renamed Air" in shown(client)[0]
