"""A hold that ended, or a form that was used before: the same seats again, with what was typed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.booking.steps import ALICE, hold, name
from tests.builders import log_in, make_aircraft, make_flight, make_offer, make_user
from tests.pages import alerts, page, typed
from tests.state import counts_of
from webapp import clock
from webapp.booking import service
from webapp.booking.models import Booking, BookingStatus
from webapp.booking.seats.queries import live_coupons
from webapp.booking.trips import trip_of
from webapp.db import db, transaction
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightCabin
from webapp.search.offers import sign
from webapp.staff.integrity import broken_promises

HOLIDAY = timedelta(days=7)


def form_of(answer: TestResponse) -> dict[str, str]:
    """Return what the page's form for a hold would send."""
    form = page(answer).one("main").one("form", action="/holds")
    return {each.attributes["name"]: each.attributes["value"] for each in form.all("input")}


def bookings() -> list[Booking]:
    db.session.expire_all()
    return db.session.query(Booking).order_by(Booking.id).all()


def test_a_hold_that_ran_out_can_be_held_again_with_the_names_in_it(
    app: Flask, client: FlaskClient
) -> None:
    address = hold(client)
    name(client, address, contact_phone="+44 20 7946 0018")
    clock.advance(service.HOLD_TIME)
    expired = client.get(address)
    assert expired.status_code == 409
    assert "The names that you typed are kept" in expired.text
    again = client.post("/holds", data=form_of(expired))
    assert again.status_code == 303
    assert again.location != address
    form = page(client.get(again.location))
    assert form.one(name="passengers-0-given_name").attributes["value"] == "Alice"
    assert form.one(name="contact_phone").attributes["value"] == "+442079460018"
    assert client.get(again.location.replace("passengers", "review")).status_code == 200


def test_names_that_were_sent_too_late_are_kept(app: Flask, client: FlaskClient) -> None:
    address = hold(client, party=Party(2))
    clock.advance(service.HOLD_TIME)
    late = client.post(
        address,
        data={
            **ALICE,
            "passengers-1-given_name": "Bob",
            "passengers-1-family_name": "7",
            "passengers-1-born_on": "1988-01-02",
        },
    )
    assert late.status_code == 409
    again = client.post("/holds", data=form_of(late))
    form = page(client.get(again.location))
    assert form.one(name="passengers-0-given_name").attributes["value"] == "Alice"
    assert form.one(name="passengers-1-given_name").attributes["value"] == ""
    assert form.one(name="contact_email").attributes["value"] == "alice@example.com"
    ended, new = bookings()
    for booking in (ended, new):
        (line,) = [each for each in booking.events if each.what == "named"]
        assert line.before["passengers"] == ["", ""]
        assert line.after["passengers"] == ["Alice Meier", ""]
        assert line.after["contact_email"] == "alice@example.com"


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_names_that_were_typed_are_kept_by_whoever_asks_for_more_time_too_late(
    app: Flask, client: FlaskClient, headers: dict[str, str]
) -> None:
    address = hold(client)
    (asked,) = [
        each for each in page(client.get(address)).all("button") if "more time" in each.text
    ]
    form = page(client.get(address)).one("form", id=asked.attributes["form"])
    assert form.all(name="passengers-0-given_name"), "the button sends the names along"
    clock.advance(service.HOLD_TIME)
    late = client.post(asked.attributes["formaction"], data=ALICE, headers=headers)
    assert late.headers.get("HX-Redirect", late.location) == address
    expired = client.get(address)
    assert "The names that you typed are kept" in expired.text
    again = client.post("/holds", data=form_of(expired))
    assert typed(client.get(again.location), "passengers-0-given_name") == "Alice"
    assert typed(client.get(again.location), "contact_email") == "alice@example.com"


def test_more_time_in_time_writes_nothing_down(app: Flask, client: FlaskClient) -> None:
    address = hold(client)
    assert client.post(address.replace("passengers", "extend"), data=ALICE).status_code == 200
    assert not typed(client.get(address), "passengers-0-given_name")


def test_the_price_of_this_moment_is_shown_before_it_is_held_again(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight(fare=100_00)
    address = hold(client, flight)
    clock.advance(service.HOLD_TIME)
    with transaction() as session:
        session.get_one(FlightCabin, (flight.id, "economy")).fare_minor = 130_00
    expired = client.get(address)
    assert "$130 in total, where it was $100" in page(expired).text
    client.post("/holds", data=form_of(expired))
    assert bookings()[-1].total_minor == 130_00


def test_flights_that_filled_up_meanwhile_are_not_offered_again(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight(seats=1)
    address = hold(client, flight)
    clock.advance(service.HOLD_TIME)
    hold(app.test_client(), flight)
    expired = client.get(address)
    assert not page(expired).one("main").all("form")
    assert "no seats left for your party" in expired.text


def test_the_form_of_a_hold_that_was_given_up_leads_to_a_new_one(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight()
    form = {"offer": sign(make_offer(flight)), "idempotency_key": "k" * 20}
    address = client.post("/holds", data=form).location
    client.post(address.replace("passengers", "release"))
    back = client.post("/holds", data=form, follow_redirects=True)
    assert back.status_code == 409
    assert client.post("/holds", data=form_of(back)).status_code == 303
    assert [each.status for each in bookings()] == ["expired", "held"]
    assert counts_of(flight.id) == (1, 0)


def test_another_fare_of_the_same_result_takes_the_place_of_the_first(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight(seats=1)
    form = {"offer": sign(make_offer(flight)), "idempotency_key": "k" * 20, "family": "light"}
    first = client.post("/holds", data=form).location
    name(client, first)
    asked = client.post("/holds", data={**form, "family": "flex"})
    assert asked.status_code == 409
    assert "nothing was added by this one yet" in alerts(asked)
    assert "Take Flex instead" in asked.text
    client.post("/holds", data=form_of(asked))
    light, flex = bookings()
    assert (light.status, flex.status) == (BookingStatus.EXPIRED, BookingStatus.HELD)
    assert (flex.family, flex.contact_email) == ("flex", "alice@example.com")
    assert counts_of(flight.id) == (1, 0)


def test_a_changed_price_is_asked_about_in_the_fare_that_was_chosen(
    app: Flask, client: FlaskClient
) -> None:
    offer = sign(make_offer(make_flight(fare=120_00), total=100_00))
    asked = client.post(
        "/holds", data={"offer": offer, "idempotency_key": "k" * 20, "family": "flex"}
    )
    assert "With Flex it is now $171 for your party" in page(asked).text
    client.post("/holds", data=form_of(asked))
    (booking,) = bookings()
    assert (booking.family, booking.total_minor) == ("flex", 171_00)


def test_who_comes_back_to_the_start_page_can_finish_the_booking(
    app: Flask, client: FlaskClient
) -> None:
    address = hold(client)
    trip = address.removesuffix("/passengers")
    found = page(client.get("/")).one("a", href=trip)
    assert found.text == "Finish booking"
    assert client.get(trip).location == address
    assert not page(app.test_client().get("/")).all("a", href=trip)
    clock.advance(service.HOLD_TIME)
    assert not page(client.get("/")).all("a", href=trip)


def test_nobody_takes_over_somebody_elses_names(app: Flask, client: FlaskClient) -> None:
    address = hold(client)
    name(client, address)
    reference = address.split("/")[2]
    charlie = app.test_client()
    log_in(charlie, make_user("charlie@example.com"))
    answer = charlie.post(
        "/holds",
        data={
            "offer": sign(make_offer(make_flight())),
            "idempotency_key": "c" * 20,
            "again": reference,
        },
    )
    assert answer.status_code == 303
    assert "Meier" not in charlie.get(answer.location).text
    assert bookings()[0].status == "held"


SEARCH = "http://localhost/flights?origin=LON&destination=DEL&sort=departure&stops=0"


def test_who_gives_the_seats_up_is_back_at_the_search_as_it_was_made(
    app: Flask, client: FlaskClient
) -> None:
    form = {"offer": sign(make_offer(make_flight())), "idempotency_key": "k" * 20}
    first = client.post("/holds", data=form, headers={"Referer": SEARCH}).location
    clock.advance(service.HOLD_TIME)
    expired = client.get(first)
    address = SEARCH.removeprefix("http://localhost")
    assert page(expired).one("main").one("a", href=address).text == "See the flights again"
    again = client.post(
        "/holds", data=form_of(expired), headers={"Referer": f"http://localhost{first}"}
    )
    released = client.post(again.location.replace("passengers", "release"))
    assert released.location == address


def test_a_telephone_that_was_typed_too_late_is_kept(client: FlaskClient) -> None:
    address = hold(client)
    clock.advance(service.HOLD_TIME)
    late = client.post(address, data={**ALICE, "contact_phone": "+44 20 7946 0018"})
    again = client.post("/holds", data=form_of(late))
    assert typed(client.get(again.location), "contact_phone") == "+442079460018"


def test_a_price_that_is_asked_about_keeps_the_way_back_to_the_search(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight(seats=1, fare=120_00)
    form = {"offer": sign(make_offer(flight, total=100_00)), "idempotency_key": "k" * 20}
    asked = client.post("/holds", data=form, headers={"Referer": SEARCH})
    here = {"Referer": "http://localhost/holds"}
    hold(app.test_client(), flight)
    full = client.post("/holds", data=form_of(asked), headers=here)
    address = SEARCH.removeprefix("http://localhost")
    assert page(full).one("main").one("a", href=address).text == "Back to the search"
    db.session.expire_all()
    with transaction():
        service.release_hold(bookings()[0].id, "test")
    held = client.post("/holds", data=form_of(asked), headers=here)
    released = client.post(held.location.replace("passengers", "release"))
    assert released.location == address


def test_a_hold_of_another_search_or_site_leads_to_one_that_finds_its_flights(
    app: Flask, client: FlaskClient
) -> None:
    first = hold(client)
    others = SEARCH.replace("localhost", "elsewhere.example"), "http://[", ""
    for key, referrer in zip("kmno", (SEARCH, *others), strict=True):
        form = {"offer": sign(make_offer(make_flight())), "idempotency_key": key * 20}
        held = client.post("/holds", data=form, headers={"Referer": referrer}).location
    for address in (first, held):
        released = client.post(address.replace("passengers", "release"))
        assert released.location.startswith("/flights?origin=DEL&destination=BOM&")


# The seats that were chosen


def choose(client: FlaskClient, address: str, seat: str, passenger: int = 0) -> None:
    data = {"flight": 0, "passenger": passenger, "seat": seat}
    assert client.post(address.replace("passengers", "seats"), data=data).status_code == 303


def seats() -> list[str | None]:
    return [each.seat for each in live_coupons(bookings()[-1])]


@pytest.fixture
def flight(app: Flask) -> Flight:
    """Return a flight with rows 100 to 104; row 100 has more room."""
    aircraft = make_aircraft(seats=30, letters="ABC DEF", legroom_rows="100")
    return make_flight(seats=30, aircraft=aircraft)


@pytest.mark.parametrize("is_tidied", [True, False])
def test_seats_that_are_still_free_are_chosen_again_at_their_price(
    app: Flask, client: FlaskClient, flight: Flight, is_tidied: bool
) -> None:
    address = hold(client, flight, party=Party(2))
    name(client, address)
    choose(client, address, "103C")
    choose(client, address, "100A")
    choose(client, address, "103D", passenger=1)
    clock.advance(service.HOLD_TIME)
    if is_tidied:
        with transaction():
            service.expire_hold(bookings()[0].id)
    expired = client.get(address)
    assert "The 2 seats that you chose are kept where still free, for $32 more" in expired.text
    again = client.post("/holds", data=form_of(expired))
    assert seats() == ["100A", "103D"]
    assert trip_of(bookings()[-1]).seats_price.minor == 32_00
    assert "The seats that you chose are kept." in client.get(again.location).text
    assert broken_promises() == []


def test_a_seat_that_somebody_took_meanwhile_is_named_and_the_others_are_kept(
    app: Flask, client: FlaskClient, flight: Flight
) -> None:
    address = hold(client, flight, party=Party(2))
    choose(client, address, "103C")
    choose(client, address, "103D", passenger=1)
    clock.advance(service.HOLD_TIME)
    charlie = app.test_client()
    choose(charlie, hold(charlie, flight, party=Party(3)), "103C")
    again = client.post("/holds", data=form_of(client.get(address)))
    assert seats() == [None, "103D"]
    said = page(client.get(again.location)).text
    assert "Taken meanwhile, or dearer now: 103C, Delhi to Mumbai. Please choose again." in said
    assert "The other seats that you chose are kept." in said


def test_a_seat_that_was_given_back_or_costs_more_now_is_not_chosen_again(
    app: Flask, client: FlaskClient, flight: Flight
) -> None:
    form = {"offer": sign(make_offer(flight)), "idempotency_key": "k" * 20, "family": "flex"}
    address = client.post("/holds", data=form).location
    choose(client, address, "103C")
    asked = client.post("/holds", data={**form, "family": "light"})
    light = client.post("/holds", data=form_of(asked))
    assert "dearer now: 103C" in page(client.get(light.location)).text
    choose(client, light.location, "103D")
    choose(client, light.location, "")
    clock.advance(service.HOLD_TIME)
    expired = client.get(light.location)
    assert "that you chose" not in expired.text
    client.post("/holds", data=form_of(expired))
    assert seats() == [None]


@pytest.mark.parametrize(
    ("is_given_up", "words"), [(True, "They were given up."), (False, "The time for this")]
)
def test_the_page_says_what_ended_the_hold_and_shows_the_way_on_first(
    client: FlaskClient, is_given_up: bool, words: str
) -> None:
    out = make_flight()
    back = make_flight(origin="BOM", destination="DEL", departs_at=out.arrives_at + HOLIDAY)
    offer = make_offer(out, back)
    offer = replace(offer, journeys=((out.id,), (back.id,)))
    form = {"offer": sign(offer), "idempotency_key": "k" * 20}
    address = client.post("/holds", data=form).location
    if is_given_up:
        client.post(address.replace("passengers", "release"))
    clock.advance(service.HOLD_TIME)
    ended = client.get(address)
    assert words in alerts(ended)
    main = page(ended).one("main")
    assert [each.text for each in main.all("h2")] == ["Outbound", "Return"]
    assert ended.text.index("Hold them again") < ended.text.index("Outbound")
    client.post("/holds", data=form_of(ended))
    assert words in alerts(client.get(address)), "also once it is held again"
