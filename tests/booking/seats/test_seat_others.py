"""Seats for the rest of a party beside one of them, and the way from one to the next."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.booking.races import seat_first_of, seat_others_at_once
from tests.booking.test_name_passengers import hold
from tests.builders import log_in, make_aircraft, make_booking, make_flight, make_hold, make_user
from tests.pages import alerts, page
from tests.state import balance_of
from webapp import clock
from webapp.accounts.models import User
from webapp.booking.history import record
from webapp.booking.models import Booking, BookingEvent, Coupon
from webapp.booking.seats.queries import live_coupons
from webapp.booking.trips import trip_of
from webapp.db import db, transaction
from webapp.flights.families import STANDARD
from webapp.flights.fares import Party
from webapp.flights.models import Flight
from webapp.staff.integrity import broken_promises

SEAT, MOVE = "seat", "move"


@pytest.fixture
def flight(app: Flask) -> Flight:
    """Return a flight with rows 100 to 104; 102 is at an exit and, like 100, has more room."""
    aircraft = make_aircraft(seats=30, letters="ABC DEF", exit_rows="102", legroom_rows="100,102")
    return make_flight(seats=30, aircraft=aircraft)


def held(client: FlaskClient, *flights: Flight, party: Party) -> str:
    return hold(client, *flights, party=party).split("/")[2]


def choose(
    client: FlaskClient, reference: str, seat: str, passenger: int = 0, **more: object
) -> TestResponse:
    data = {"flight": 0, "passenger": passenger, "seat": seat, **more}
    return client.post(f"/bookings/{reference}/seats", data=data)


def onward_of(flight: Flight) -> Flight:
    departs_at = flight.arrives_at + timedelta(hours=3)
    aircraft = flight.aircraft
    return make_flight(30, "BOM", "LHR", departs_at, aircraft=aircraft)


def said(answer: TestResponse) -> str:
    return page(answer).all("p", class_="notice")[0].text


def booking_of(reference: str) -> Booking:
    db.session.expire_all()
    return db.session.query(Booking).filter_by(reference=reference).one()


def seats_of(reference: str) -> list[str | None]:
    return [coupon.seat for coupon in live_coupons(booking_of(reference))]


def buttons(answer: TestResponse) -> list[str]:
    return [each.text for each in page(answer).one("form", class_="card seat-form").all("button")]


# The others of the party


def test_one_choice_seats_the_whole_party_and_leads_on_to_the_next_flight(
    client: FlaskClient, flight: Flight
) -> None:
    onward = onward_of(flight)
    address = hold(client, flight, onward, party=Party(2, 2, 1))
    reference = address.split("/")[2]
    shown = client.get(f"/bookings/{reference}/seats")
    assert "Save and seat the other 3 beside it for $24 more" in buttons(shown)
    answer = choose(client, reference, "103A", others=SEAT)
    assert answer.location == f"/bookings/{reference}/seats?flight=1&passenger=0"
    assert seats_of(reference)[:4] == ["103A", "103D", "103E", "103B"]
    shown = client.get(answer.location)
    assert said(shown) == "Delhi to Mumbai: Adult 1 103A, Adult 2 103D, Child 1 103E, Child 2 103B."
    assert trip_of(booking_of(reference)).seats_price.minor == 4 * 8_00
    choose(client, reference, "103A", others=SEAT)
    assert db.session.query(BookingEvent).filter_by(what="seat_chosen").count() == 4, "sent twice"


def test_who_chose_a_seat_keeps_it_while_the_others_are_seated(
    client: FlaskClient, flight: Flight
) -> None:
    reference = held(client, flight, party=Party(3))
    choose(client, reference, "104F")
    shown = client.get(f"/bookings/{reference}/seats?passenger=1")
    assert "Save and seat the other traveller beside it for $8 more" in buttons(shown)
    answer = choose(client, reference, "101D", passenger=1, others=SEAT)
    assert answer.location.endswith("/review")
    assert seats_of(reference) == ["104F", "101D", "101E"]


def test_a_party_that_sits_already_moves_as_one(client: FlaskClient, flight: Flight) -> None:
    reference = held(client, flight, party=Party(1, 2))
    choose(client, reference, "101A", others=SEAT)
    assert seats_of(reference) == ["101A", "101C", "101B"]
    shown = client.get(f"/bookings/{reference}/seats")
    assert "Save and move the other 2 beside it" in buttons(shown)
    choose(client, reference, "103E", others=SEAT)
    assert seats_of(reference) == ["103E", "101C", "101B"], "nobody moves unless it is asked for"
    choose(client, reference, "104E", others=MOVE)
    assert seats_of(reference) == ["104E", "104F", "104D"]
    assert trip_of(booking_of(reference)).seats_price.minor == 3 * 8_00


def test_nobody_moves_where_somebody_would_be_left_without_a_seat(client: FlaskClient) -> None:
    aircraft = make_aircraft(seats=6, letters="A C", exit_rows="101")
    flight = make_flight(seats=6, aircraft=aircraft)
    make_booking(flight)  # In 100A.
    other = held(client, flight, party=Party(2))
    choose(client, other, "101C")
    choose(client, other, "102C", passenger=1)
    reference = held(client, flight, party=Party(2, 1, 1))
    for passenger, seat in enumerate(("102A", "101A", "100C")):
        choose(client, reference, seat, passenger=passenger)
    # Beside the first the second adult would take the only seat in which a child may sit.
    choose(client, reference, "102A", others=MOVE)
    assert seats_of(reference)[:3] == ["102A", "101A", "100C"]


def test_the_others_get_no_seat_that_costs_more_than_the_button_said(
    client: FlaskClient, flight: Flight
) -> None:
    reference = held(client, flight, party=Party(3))
    choose(client, reference, "100A", others=SEAT)
    assert seats_of(reference) == ["100A", "101A", "101B"]
    assert trip_of(booking_of(reference)).seats_price.minor == 24_00 + 2 * 8_00


def test_who_finds_no_seat_at_that_price_stays_without_and_is_named(client: FlaskClient) -> None:
    aircraft = make_aircraft(seats=4, letters="A C", legroom_rows="100")
    reference = held(client, make_flight(seats=4, aircraft=aircraft), party=Party(3))
    answer = choose(client, reference, "101A", others=SEAT)
    assert answer.location.endswith("?flight=0&passenger=2")
    assert seats_of(reference) == ["101A", "101C", None]
    words = said(client.get(answer.location))
    assert "No seat at this price is free for Adult 3: one is found when you confirm." in words


def test_a_fare_with_free_choice_seats_all_of_them_free_of_charge(
    app: Flask, client: FlaskClient, flight: Flight
) -> None:
    log_in(client, alice := make_user())
    booking = make_hold(flight, Party(2), user=alice, family=STANDARD)
    shown = client.get(f"/bookings/{booking.reference}/seats")
    assert "Save and seat the other traveller beside it" in buttons(shown)
    choose(client, booking.reference, "103F", others=SEAT)
    assert trip_of(booking_of(booking.reference)).seats_price.minor == 0


def test_who_travels_alone_is_asked_about_nobody_else(client: FlaskClient, flight: Flight) -> None:
    reference = held(client, flight, party=Party(1, 0, 1))
    assert buttons(client.get(f"/bookings/{reference}/seats")) == ["Save and review"]


def test_without_a_seat_there_is_nothing_to_sit_beside(client: FlaskClient, flight: Flight) -> None:
    reference = held(client, flight, party=Party(2))
    answer = choose(client, reference, "", others=SEAT)
    assert answer.status_code == 422
    assert "Choose a seat on the map" in alerts(answer)
    assert seats_of(reference) == [None, None]
    assert choose(client, reference, "101A", others="all").status_code == 422


def test_where_the_seat_is_taken_meanwhile_nobody_of_the_party_is_seated(
    client: FlaskClient, flight: Flight
) -> None:
    make_booking(flight)  # In 101A.
    reference = held(client, flight, party=Party(2))
    answer = choose(client, reference, "101A", others=SEAT)
    assert answer.status_code == 409
    assert "Seat 101A is taken" in alerts(answer)
    assert seats_of(reference) == [None, None]


@pytest.fixture
def alice(client: FlaskClient) -> User:
    """Return Alice, who is logged in."""
    log_in(client, user := make_user())
    return user


def test_a_party_with_tickets_moves_as_one_where_seats_are_free_of_charge(
    client: FlaskClient, flight: Flight, alice: User
) -> None:
    booking = make_booking(flight, Party(3), user=alice, family=STANDARD)
    choose(client, booking.reference, "100A", passenger=2, agreed=24_00)
    paid = balance_of(booking.id)
    shown = client.get(f"/bookings/{booking.reference}/seats")
    assert buttons(shown) == ["Save this choice", "Save and move the other traveller beside it"]
    assert "Keep 101A" in page(shown).text
    answer = choose(client, booking.reference, "104F", others=MOVE)
    assert answer.location == f"/bookings/{booking.reference}"
    assert seats_of(booking.reference) == ["104F", "104E", "100A"], "legroom was paid for"
    assert balance_of(booking.id) == paid
    assert broken_promises() == []


def test_a_dearer_seat_is_asked_about_before_the_others_move_beside_it(
    client: FlaskClient, flight: Flight, alice: User
) -> None:
    booking = make_booking(flight, Party(2), user=alice, family=STANDARD)
    asked = choose(client, booking.reference, "100F", others=MOVE)
    assert "The others get seats beside it where there is room, free of charge" in asked.text
    assert seats_of(booking.reference) == ["101A", "101B"]
    fields = page(asked).one("main").one("form").all("input")
    data = {each.attributes["name"]: each.attributes["value"] for each in fields}
    assert client.post(f"/bookings/{booking.reference}/seats", data=data).status_code == 303
    assert seats_of(booking.reference) == ["100F", "101F"]


def test_a_party_with_tickets_chooses_one_by_one_where_each_seat_costs(
    client: FlaskClient, flight: Flight, alice: User
) -> None:
    booking = make_booking(flight, Party(2), user=alice)
    assert buttons(client.get(f"/bookings/{booking.reference}/seats")) == ["Save this choice"]
    refused = choose(client, booking.reference, "104A", others=MOVE, agreed=8_00)
    assert refused.status_code == 422
    assert seats_of(booking.reference) == ["101A", "101B"]


def test_one_choice_for_a_party_is_one_line_of_its_trip(
    client: FlaskClient, flight: Flight, alice: User
) -> None:
    booking = make_booking(flight, Party(2, 1, 1), user=alice, family=STANDARD)

    def lines() -> list[str]:
        steps = page(client.get(f"/bookings/{booking.reference}")).one("ol", id="timeline")
        told = [each.one("span").text for each in steps.all("li")]
        return [each for each in told if each.startswith("Seat")]

    party = booking_of(booking.reference).passengers
    with transaction():
        for passenger, name in zip(party, ("Ann", "Bob", "Mia"), strict=False):
            passenger.given_name = name
    clock.advance(timedelta(minutes=5))
    before = [seat for seat in seats_of(booking.reference) if seat]
    choose(client, booking.reference, "104D", others=MOVE)
    after = [seat for seat in seats_of(booking.reference) if seat]
    told = ", ".join(
        f"{name} Meier {seat} instead of {had}"
        for name, seat, had in zip(("Ann", "Bob", "Mia"), after, before, strict=True)
    )
    assert lines() == ["Seats held", f"Seats chosen on {flight.designator}: {told}"]
    clock.advance(timedelta(minutes=5))
    choose(client, booking.reference, "103A", passenger=1)
    alone = f"Seat chosen on {flight.designator}: Bob Meier 103A instead of {after[1]}"
    assert lines()[2:] == [alone]


def test_a_line_of_old_that_does_not_say_whose_seat_it_was_is_read_as_it_stands(
    client: FlaskClient, flight: Flight, alice: User
) -> None:
    booking = make_booking(flight, Party(2), user=alice)
    with transaction():
        after = {"seat": "104A", "flight": "X1 7"}
        record(booking, "alice", "seat_chosen", {"seat": None}, after)
    shown = page(client.get(f"/bookings/{booking.reference}")).one("ol", id="timeline").text
    assert "Seat chosen: 104A on X1 7" in shown


# The way through the seats


def test_each_page_says_where_in_the_row_of_choices_it_stands(
    client: FlaskClient, flight: Flight
) -> None:
    onward = onward_of(flight)
    reference = held(client, flight, onward, party=Party(2, 0, 1))
    shown = client.get(f"/bookings/{reference}/seats?flight=1&passenger=1")
    assert "Flight 2 of 2, traveller 2 of 2" in page(shown).text


def test_the_way_to_the_review_saves_the_seat_that_is_marked(
    client: FlaskClient, flight: Flight
) -> None:
    reference = held(client, flight, party=Party(2))
    shown = client.get(f"/bookings/{reference}/seats")
    assert "Save and review" in buttons(shown)
    assert not [each for each in page(shown).all("a") if "review" in each.text.lower()]
    answer = choose(client, reference, "101A", then="review")
    assert answer.location == f"/bookings/{reference}/review"
    assert seats_of(reference) == ["101A", None]
    assert choose(client, reference, "101A", then="elsewhere").status_code == 422


def ways_on(answer: TestResponse) -> dict[str, str]:
    """Return the buttons of "Your seats", all of the form that has the marked seat."""
    table = page(answer).one("table", class_="rows stacks seat-table")
    assert not table.all("a")
    form = page(answer).one("form", class_="card seat-form").attributes["id"]
    found = table.all("button")
    assert {(each.attributes["form"], each.attributes["name"]) for each in found} == {
        (form, "then")
    }
    return {each.text: each.attributes["value"] for each in found}


def test_the_way_to_another_seat_saves_the_one_that_is_marked(
    client: FlaskClient, flight: Flight
) -> None:
    reference = held(client, flight, onward_of(flight), party=Party(2))
    shown = client.get(f"/bookings/{reference}/seats")
    assert list(ways_on(shown).values()) == ["0-0", "1-0", "0-1", "1-1"]
    answer = choose(client, reference, "101A", then="1-1")
    assert answer.location == f"/bookings/{reference}/seats?flight=1&passenger=1"
    assert "Seat 101A is kept for" in page(client.get(answer.location)).text
    assert choose(client, reference, "101A", passenger=1, then="1-0").status_code == 409
    assert choose(client, reference, "", then="0-1").status_code == 303
    assert seats_of(reference) == [None] * 4, "that we choose was marked, and is kept as well"


def test_on_the_way_to_another_seat_a_dearer_one_is_asked_about_and_then_it_goes_on(
    client: FlaskClient, flight: Flight
) -> None:
    log_in(client, alice := make_user())
    booking = make_booking(flight, Party(2), user=alice)
    reference = booking.reference
    assert ways_on(client.get(f"/bookings/{reference}/seats"))
    asked = choose(client, reference, "100A", then="0-1")
    form = page(asked).one("form", action=f"/bookings/{reference}/seats")
    sent = {each.attributes["name"]: each.attributes["value"] for each in form.all("input")}
    assert seats_of(reference)[0] != "100A"
    answer = client.post(f"/bookings/{reference}/seats", data=sent)
    assert answer.location == f"/bookings/{reference}/seats?flight=0&passenger=1"
    assert seats_of(reference)[0] == "100A"
    answer = choose(client, reference, "100A", then="0-1")
    assert answer.location == f"/bookings/{reference}/seats?flight=0&passenger=1"


def test_where_nothing_can_be_marked_the_other_seats_are_links(client: FlaskClient) -> None:
    flight = make_flight(30, aircraft=make_aircraft(seats=30))
    log_in(client, alice := make_user())
    booking = make_booking(flight, user=alice, onward=onward_of(flight))
    clock.move_to(flight.departs_at - timedelta(minutes=30))
    log_in(client, alice)
    shown = page(client.get(f"/bookings/{booking.reference}/seats?flight=0"))
    table = shown.one("table", class_="rows stacks seat-table")
    assert len(table.all("a")) == 2
    assert not table.all("button")


# Races


@pytest.mark.databases("mariadb")
def test_parties_that_seat_everybody_at_once_never_share_a_seat(app: Flask) -> None:
    flight = make_flight(seats=30, aircraft=make_aircraft(seats=30, letters="ABC DEF"))
    firsts = ["100A", "100B", "100C", "100D", "100E", "100F", "101A", "101B", "101C", "101D"]
    seat_others_at_once(app, seat_first_of(flight, Party(3), firsts))
    seats = db.session.scalars(select(Coupon.seat).where(Coupon.flight_id == flight.id)).all()
    assert None not in seats
    assert len(set(seats)) == 30
    assert broken_promises() == []
