"""Choosing a seat: a map in words, one passenger a seat, prices that are asked about first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.booking.races import pick_one_seat_at_once, quote_of_change
from tests.booking.steps import hold, name
from tests.builders import (
    cancel,
    log_in,
    make_aircraft,
    make_booking,
    make_flight,
    make_hold,
    make_user,
)
from tests.mails.post import deliver
from tests.pages import alerts, page
from tests.state import balance_of
from webapp import clock
from webapp.booking import ledger, service
from webapp.booking.cancellation.rules import Part
from webapp.booking.changes import service as changes
from webapp.booking.checkin.service import check_in
from webapp.booking.models import Booking, Coupon
from webapp.booking.seats import service as seats
from webapp.booking.seats.queries import live_coupons
from webapp.db import db, transaction
from webapp.flights.families import FLEX, LIGHT, STANDARD, FareFamily
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightStatus
from webapp.network.models import Cabin

DAY = timedelta(days=1)


@pytest.fixture
def flight(app: Flask) -> Flight:
    """Return a flight with rows 100 to 104; 102 is at an exit and, like 100, has more room."""
    aircraft = make_aircraft(seats=30, letters="ABC DEF", exit_rows="102", legroom_rows="100,102")
    return make_flight(seats=30, aircraft=aircraft)


def choose(
    client: FlaskClient, reference: str, seat: str, passenger: int = 0, **more: object
) -> TestResponse:
    data = {"flight": 0, "passenger": passenger, "seat": seat, **more}
    return client.post(f"/bookings/{reference}/seats", data=data)


def labels(answer: TestResponse) -> dict[str, str]:
    """Return the words of each seat's label, by the seat's name."""
    found = {}
    for label in page(answer).one(id="seat-map").all("label"):
        radio = label.one("input", type="radio")
        words = label.one("span", class_="vh").text
        assert words.startswith(radio.attributes["value"])
        found[radio.attributes["value"]] = words
    return found


def checked(answer: TestResponse) -> str:
    (radio,) = [
        each for each in page(answer).all("input", name="seat") if "checked" in each.attributes
    ]
    return radio.attributes["value"]


def seats_of(reference: str) -> list[str | None]:
    db.session.expire_all()
    booking = db.session.query(Booking).filter_by(reference=reference).one()
    return [coupon.seat for coupon in live_coupons(booking)]


def held(client: FlaskClient, flight: Flight, party: Party | None = None) -> str:
    return hold(client, flight, party=party).split("/")[2]


# The map


def test_each_label_says_the_seats_state_its_kind_and_its_price(
    client: FlaskClient, flight: Flight
) -> None:
    make_booking(flight)
    shown = client.get(f"/bookings/{held(client, flight)}/seats")
    words = labels(shown)
    assert len(words) == 30
    assert words["101A"] == "101A, taken, window, $8"
    assert words["101B"] == "101B, available, middle, $8"
    assert words["101C"] == "101C, available, aisle, $8"
    assert words["100F"] == "100F, available, window, extra legroom, $24"
    assert words["102A"] == "102A, available, window, exit row, extra legroom, $24"
    table = page(shown).one(id="seat-map")
    assert [each.text for each in table.all("th", scope="col")] == list("ABCDEF")
    rows = [each.text for each in table.all("th", scope="row")]
    assert rows == ["100", "101", "102 exit", "103", "104"]
    assert checked(shown) == "", "nobody is given a seat that costs without asking"
    legend = page(shown).one("ul", aria_label="What the map shows").text
    assert "Available: $8" in legend
    assert "free" not in legend.lower(), "of a seat that costs"


def test_a_fare_with_free_choice_pays_for_legroom_alone(app: Flask, client: FlaskClient) -> None:
    log_in(client, alice := make_user())
    aircraft = make_aircraft(seats=6, letters="ABC DEF")
    booking = make_hold(make_flight(seats=6, aircraft=aircraft), user=alice, family=STANDARD)
    words = labels(client.get(f"/bookings/{booking.reference}/seats"))
    assert words["100A"] == "100A, available, window, free of charge"


@pytest.mark.parametrize(
    ("cabin", "family", "words"),
    [
        (Cabin.ECONOMY, LIGHT, "choosing one costs $8 a flight, and $24 with more legroom"),
        (Cabin.ECONOMY, STANDARD, "Choose your seats free of charge; more legroom costs $24 a"),
        (Cabin.BUSINESS, LIGHT, "Choose your seats free of charge Changes"),
    ],
)
def test_the_conditions_say_what_choosing_a_seat_costs(
    app: Flask, client: FlaskClient, cabin: Cabin, family: FareFamily, words: str
) -> None:
    log_in(client, alice := make_user())
    booking = make_booking(make_flight(cabin=cabin), user=alice, family=family)
    assert words in page(client.get(f"/bookings/{booking.reference}")).text


def test_the_exit_row_is_closed_to_children_and_to_adults_with_an_infant(
    client: FlaskClient, flight: Flight
) -> None:
    other = held(client, flight, Party(1))
    assert choose(client, other, "102B").status_code == 303
    reference = held(client, flight, Party(2, 1, 1))
    for passenger in (0, 2):
        shown = client.get(f"/bookings/{reference}/seats?passenger={passenger}")
        assert labels(shown)["102B"] == "102B, taken, middle, exit row, extra legroom, $24"
        assert labels(shown)["102A"] == (
            "102A, not for this passenger, window, exit row, extra legroom, $24"
        )
        refused = choose(client, reference, "102A", passenger)
        assert refused.status_code == 422
        assert "may not sit there" in alerts(refused)
    table = page(shown).one("table", class_="rows stacks seat-table")
    assert table.all("tr")[-1].text == "Infant 1 On the lap of Adult 1", "which says why"
    assert choose(client, reference, "102A", passenger=1).status_code == 303


def test_whoever_travels_alone_with_a_child_stays_out_of_the_exit_row(
    client: FlaskClient, flight: Flight
) -> None:
    reference = held(client, flight, Party(1, 1))
    shown = client.get(f"/bookings/{reference}/seats")
    assert labels(shown)["102A"].startswith("102A, not for this passenger,")
    refused = choose(client, reference, "102A")
    assert refused.status_code == 422
    assert "an adult alone with children" in alerts(refused)
    two = held(client, flight, Party(2, 1))
    assert choose(client, two, "102A").status_code == 303


def test_an_infant_has_no_map_and_neither_has_a_flight_that_is_not_there(
    client: FlaskClient, flight: Flight
) -> None:
    reference = held(client, flight, Party(1, 0, 1))
    for address in ("?passenger=1", "?passenger=7", "?flight=1", "?flight=-1"):
        assert client.get(f"/bookings/{reference}/seats{address}").status_code == 404
    assert client.get(f"/bookings/{reference}/seats?flight=x&passenger=").status_code == 200
    assert choose(client, reference, "101A", passenger=1).status_code == 404


def test_a_seat_on_a_flight_that_the_party_left_meanwhile_gives_the_map_of_the_new_one(
    app: Flask, client: FlaskClient, flight: Flight
) -> None:
    alice = make_user()
    booking = make_booking(flight, Party(2), alice, family=FLEX)
    aircraft = make_aircraft(seats=30, letters="ABC DEF")
    new = make_flight(seats=30, aircraft=aircraft, departs_at=flight.departs_at + DAY)
    log_in(client, alice)
    stale = {"flight": "0", "passenger": "1", "seat": "104F"}
    address = f"/bookings/{booking.reference}/seats"
    with transaction():
        changes.change(booking.id, quote_of_change(booking, new), "test")
    refused = client.post(address, data=stale)
    assert refused.status_code == 409
    assert "not part of this trip any more" in alerts(refused)
    assert new.designator in page(refused).one("main").text
    assert "104F" not in [each.seat for each in live_coupons(booking)]
    # The way to another seat of the same old page.
    looked = client.get(address, query_string={"flight": 0, "passenger": 1})
    assert looked.status_code == 404
    assert new.designator in page(looked).one("main").text
    form = page(refused).one("form", id="seat-form")
    stale["flight"] = form.one(name="flight").attributes["value"]
    assert client.post(address, data=stale).status_code == 303


def test_a_seat_for_a_traveller_who_was_cancelled_meanwhile_gives_the_map_of_the_others(
    app: Flask, client: FlaskClient, flight: Flight
) -> None:
    alice = make_user()
    booking = make_booking(flight, Party(2), alice, family=FLEX)
    log_in(client, alice)
    cancel(booking, Part((1,)))
    refused = choose(client, booking.reference, "101A", passenger=1)
    assert refused.status_code == 409
    assert "not part of this trip any more" in alerts(refused)
    assert "Alice Meier" in page(refused).one("h1").text


def test_boarding_passes_of_who_moves_after_check_in_are_said_to_hold_no_longer(
    client: FlaskClient, flight: Flight
) -> None:
    alice = make_user()
    booking = make_booking(flight, Party(2), alice, family=FLEX)
    clock.move_to(flight.departs_at - timedelta(hours=5))
    log_in(client, alice)
    address = f"/bookings/{booking.reference}/seats"
    assert "oarding pass" not in page(client.get(address)).one("main").text
    choose(client, booking.reference, "101A")
    with transaction():
        check_in(booking.id, {0: None}, "test")
    shown = page(client.get(address)).one("main").text
    assert "Alice Meier is checked in" in shown
    assert "boarding passes that you have kept no longer hold" in shown
    second = page(client.get(f"{address}?passenger=1")).one("main").text
    assert "Alice Meier is checked in" in second, "the button moves the others, too"

    def told(seat: str, passenger: int = 0, **more: str) -> bool:
        saved = choose(client, booking.reference, seat, passenger, **more)
        assert saved.status_code == 303
        text = page(client.get(f"/bookings/{booking.reference}")).text
        return "Boarding passes that you have kept show the old seats" in text

    assert told("103A")
    assert not told("103A"), "who stays there has the pass of that seat"
    assert not told("104A", passenger=1), "nobody who has a pass moved"
    assert told("103D", passenger=1, others="move")


def test_a_flight_without_a_map_says_so_and_leads_on(app: Flask, client: FlaskClient) -> None:
    flight = make_flight(cabin=Cabin.BUSINESS)
    shown = client.get(f"/bookings/{held(client, flight)}/seats")
    assert "This flight has no map" in shown.text


# While it is held


def test_a_party_is_led_from_one_to_the_next_and_then_to_the_review(
    client: FlaskClient, flight: Flight
) -> None:
    address = hold(client, flight, party=Party(2))
    reference = address.split("/")[2]
    data = {f"passengers-1-{key}": value for key, value in PARTNER.items()}
    client.post(address, data={**ALICE, **data})
    first = choose(client, reference, "101a ")
    assert first.location == f"/bookings/{reference}/seats?flight=0&passenger=1"
    shown = client.get(first.location)
    assert "Seat 101A is kept for Alice Meier." in shown.text
    assert "Bob" in page(shown).one("h1").text
    assert labels(shown)["101A"] == "101A, taken by Alice Meier, window, $8"
    assert "Seats so far: $8" in page(shown).text
    assert choose(client, reference, "101B", passenger=1).location.endswith("/review")
    assert seats_of(reference) == ["101A", "101B"]


def test_the_price_of_the_seats_joins_the_total_and_is_charged(
    client: FlaskClient, flight: Flight
) -> None:
    address = hold(client, flight)
    reference = address.split("/")[2]
    name(client, address)
    choose(client, reference, "100A")
    assert "$124" in client.get(f"/bookings/{reference}/review").text
    client.post(f"/bookings/{reference}/confirm")
    booking = db.session.query(Booking).one()
    assert [(each.what, each.amount_minor) for each in ledger.entries_of(booking.id)] == [
        ("Fare: Alice Meier", 80_00),
        ("Taxes and charges: Alice Meier", 20_00),
        ("Seat 100A, DEL to BOM: Alice Meier", 24_00),
    ]
    assert balance_of(booking.id) == 124_00
    assert seats_of(reference) == ["100A"]


def test_the_longest_names_fit_on_the_receipt(client: FlaskClient, flight: Flight) -> None:
    address = hold(client, flight)
    reference = address.split("/")[2]
    long = {"passengers__0__given_name": "Ł" * 60, "passengers__0__family_name": "ễ" * 60}
    name(client, address, **long)
    choose(client, reference, "100A")
    assert client.post(f"/bookings/{reference}/confirm").status_code == 303
    booking = db.session.query(Booking).one()
    seat = ledger.entries_of(booking.id)[-1]
    assert seat.what == f"Seat 100A, DEL to BOM: {'Ł' * 60} {'ễ' * 60}"


def test_a_flight_that_was_cancelled_has_no_seat_to_choose(
    client: FlaskClient, flight: Flight
) -> None:
    log_in(client, alice := make_user())
    booking = make_booking(flight, user=alice)
    with transaction() as session:
        session.get_one(Flight, flight.id).status = FlightStatus.CANCELLED
    shown = client.get(f"/bookings/{booking.reference}/seats")
    assert "there is no seat to choose" in alerts(shown)
    assert choose(client, booking.reference, "103A").status_code == 409


def test_a_choice_can_be_taken_back_until_it_is_paid(client: FlaskClient, flight: Flight) -> None:
    reference = held(client, flight)
    choose(client, reference, "100A")
    assert choose(client, reference, "").status_code == 303
    coupon = db.session.query(Coupon).one()
    assert (coupon.seat, coupon.seat_price_minor) == (None, 0)


def test_a_seat_that_somebody_took_meanwhile_gives_the_map_as_it_is_now(
    client: FlaskClient, flight: Flight
) -> None:
    reference = held(client, flight)
    choose(client, reference, "103F")
    other = make_hold(flight)
    with transaction():
        live_coupons(other)[0].seat = "101A"
    answer = choose(client, reference, "101A")
    assert answer.status_code == 409
    assert "Seat 101A is taken. The map shows what is available now" in alerts(answer)
    assert "103F is still yours" in alerts(answer)
    assert labels(answer)["101A"].startswith("101A, taken,")
    assert checked(answer) == "103F"


@pytest.mark.parametrize("seat", ["1A", "101G", "999Z", "!", "Ä", "101A;", "x" * 500, "０１"])
def test_a_seat_that_is_not_there_is_refused_with_words(
    client: FlaskClient, flight: Flight, seat: str
) -> None:
    reference = held(client, flight)
    answer = choose(client, reference, seat)
    assert answer.status_code == 422
    assert alerts(answer)
    assert seats_of(reference) == [None]


def test_the_seat_of_a_hold_past_its_time_is_free_with_no_worker_running(
    client: FlaskClient, flight: Flight
) -> None:
    choose(client, held(client, flight), "101A")
    clock.advance(service.HOLD_TIME)
    reference = held(client, flight)
    assert (
        labels(client.get(f"/bookings/{reference}/seats"))["101A"] == "101A, available, window, $8"
    )
    assert choose(client, reference, "101A").status_code == 303
    assert seats_of(reference) == ["101A"]


def test_a_hold_past_its_time_chooses_nothing(client: FlaskClient, flight: Flight) -> None:
    reference = held(client, flight)
    clock.advance(service.HOLD_TIME)
    for answer in (client.get(f"/bookings/{reference}/seats"), choose(client, reference, "101A")):
        assert answer.location == f"/bookings/{reference}"
    assert seats_of(reference) == [None]


# After the confirmation


def test_a_dearer_seat_is_asked_about_before_it_is_charged(
    client: FlaskClient, flight: Flight
) -> None:
    log_in(client, alice := make_user())
    booking = make_booking(flight, user=alice)
    asked = choose(client, booking.reference, "100A")
    assert asked.status_code == 200
    assert page(asked).one("h1").text == "Seat 100A for $24?"
    assert seats_of(booking.reference) == ["101A"]
    assert balance_of(booking.id) == 100_00
    assert choose(client, booking.reference, "100A", agreed=800).status_code == 200
    answer = choose(client, booking.reference, "100A", agreed=2400)
    assert answer.location == f"/bookings/{booking.reference}"
    assert balance_of(booking.id) == 124_00
    choose(client, booking.reference, "100A", agreed=2400)
    assert balance_of(booking.id) == 124_00, "sent twice is charged once"
    assert choose(client, booking.reference, "103A").status_code == 303
    assert choose(client, booking.reference, "100B").status_code == 303
    assert balance_of(booking.id) == 124_00, "what was paid once is not paid again"


def test_the_label_of_ones_own_seat_says_what_it_cost(client: FlaskClient, flight: Flight) -> None:
    reference = held(client, flight)
    choose(client, reference, "103A")
    assert labels(client.get(f"/bookings/{reference}/seats"))["103A"] == "103A, yours, window, $8"
    log_in(client, alice := make_user())
    booking = make_booking(flight, user=alice)
    address = f"/bookings/{booking.reference}/seats"
    given = labels(client.get(address))["101A"]
    assert given == "101A, yours, window, free of charge"
    choose(client, booking.reference, "100A", agreed=2400)
    words = labels(client.get(address))
    assert words["100A"] == "100A, yours, window, extra legroom, $24 paid"
    assert words["100B"] == "100B, available, middle, extra legroom, free of charge"
    assert words["103A"] == "103A, taken, window, free of charge"


def test_a_ticket_keeps_a_seat(client: FlaskClient, flight: Flight) -> None:
    log_in(client, alice := make_user())
    booking = make_booking(flight, user=alice)
    assert choose(client, booking.reference, "").status_code == 422
    assert seats_of(booking.reference) == ["101A"]


def test_an_hour_before_departure_the_choice_is_closed(app: Flask, client: FlaskClient) -> None:
    log_in(client, alice := make_user())
    aircraft = make_aircraft(seats=6, letters="ABC DEF")
    leaves = clock.now() + timedelta(hours=3)
    booking = make_booking(make_flight(seats=6, aircraft=aircraft, departs_at=leaves), user=alice)
    clock.advance(timedelta(hours=2, minutes=1))
    assert "can no longer be chosen" in alerts(client.get(f"/bookings/{booking.reference}/seats"))
    answer = choose(client, booking.reference, "100C", agreed=800)
    assert answer.status_code == 409
    assert seats_of(booking.reference) == ["100A"]


def test_in_the_middle_of_a_trip_seats_are_those_of_the_flights_ahead(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, alice := make_user())
    aircraft = make_aircraft(seats=30, letters="ABC DEF")
    out = make_flight(seats=30, aircraft=aircraft)
    day = out.departs_at + timedelta(days=5)
    back = make_flight(30, "BOM", "DEL", day, aircraft=aircraft)
    booking = make_booking(out, user=alice, back=back)
    clock.move_to(out.arrives_at)
    asked = f"/bookings/{booking.reference}/seats"
    assert "Mumbai to Delhi" in page(client.get(asked)).one("title").text
    table = page(client.get(f"/bookings/{booking.reference}")).one(class_="rows stacks seat-table")
    (link,) = table.all("a")
    assert link.attributes["href"] == f"{asked}?flight=1&passenger=0"
    flown = client.get(f"{asked}?flight=0&passenger=0")
    assert "can no longer be chosen" in alerts(flown)
    assert page(flown).one("a", class_="button").text == "Back to the trip"


# Races


@pytest.mark.databases("mariadb")
def test_of_16_parties_that_pick_one_seat_at_once_one_has_it(app: Flask, flight: Flight) -> None:
    outcomes = pick_one_seat_at_once(app, flight, 16)
    assert outcomes == ["has it", *["taken"] * 15]
    assert db.session.query(Coupon).filter_by(seat="101A").count() == 1


PARTNER = {"given_name": "Bob", "family_name": "Meier", "born_on": "1988-01-02"}
ALICE = {
    "passengers-0-given_name": "Alice",
    "passengers-0-family_name": "Meier",
    "passengers-0-born_on": "1990-05-31",
    "contact_email": "alice@example.com",
}


def test_a_seat_that_is_paid_for_after_the_booking_has_a_receipt_by_mail(app: Flask) -> None:
    aircraft = make_aircraft(seats=30, letters="ABC DEF", legroom_rows="100,102")
    booking = make_booking(make_flight(seats=30, aircraft=aircraft))
    deliver()
    segment, passenger = booking.segments[0], booking.passengers[0]
    with transaction():
        seats.choose_seat(booking.id, segment.id, passenger.id, "102A", 24_00, "alice")
    (receipt,) = deliver()
    assert receipt.subject.startswith("Seat 102A: ")
    assert f"Seat 102A: {passenger.given_name} {passenger.family_name}: $24.00" in receipt.body
    assert "You paid: $24.00" in receipt.body
    with transaction():  # It costs nothing more, so there is nothing to confirm.
        seats.choose_seat(booking.id, segment.id, passenger.id, "103A", 0, "alice")
    assert deliver() == []


def test_the_receipt_of_a_seat_says_that_the_boarding_pass_of_before_holds_no_longer(
    app: Flask,
) -> None:
    aircraft = make_aircraft(seats=30, letters="ABC DEF", legroom_rows="100,102")
    in_time = clock.now() + timedelta(hours=20)
    words = "A boarding pass that you have kept shows the old seat"
    for is_checked_in in (False, True):
        flight = make_flight(seats=30, aircraft=aircraft, departs_at=in_time)
        booking = make_booking(flight)
        deliver()
        if is_checked_in:
            with transaction():
                check_in(booking.id, {0: None}, "alice")
        segment, passenger = booking.segments[0], booking.passengers[0]
        with transaction():
            seats.choose_seat(booking.id, segment.id, passenger.id, "102A", 24_00, "alice")
        (receipt,) = deliver()
        assert (words in " ".join(receipt.body.split())) == is_checked_in


def test_who_moves_to_a_cheaper_seat_is_told_what_becomes_of_what_was_paid(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, alice := make_user())
    aircraft = make_aircraft(seats=30, letters="ABC DEF", legroom_rows="100,102")
    flight = make_flight(seats=30, aircraft=aircraft)
    booking = make_booking(flight, user=alice, family=STANDARD)
    assert choose(client, booking.reference, "102A", agreed=24_00).status_code == 303
    answer = choose(client, booking.reference, "103A")
    shown = page(client.get(answer.location)).text
    assert "The $24 that you paid before stay paid" in shown
    assert choose(client, booking.reference, "102B").status_code == 303
    assert "stay paid" not in page(client.get(f"/bookings/{booking.reference}")).text
