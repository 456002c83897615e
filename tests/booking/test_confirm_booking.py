"""Confirming: once, with names, in time; the mails it plans and the history it leaves."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.booking.steps import hold, name
from tests.builders import (
    birthday_of,
    log_in,
    make_booking,
    make_flight,
    make_hold,
    make_offer,
    make_user,
)
from tests.pages import page, typed
from tests.state import mails
from webapp import clock
from webapp.booking import disruptions, service
from webapp.booking.errors import PassengersMissing
from webapp.booking.models import Booking, BookingStatus
from webapp.booking.party import PassengerNames
from webapp.db import db, transaction
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightCabin, FlightStatus
from webapp.notifications.models import Kind, State
from webapp.search.offers import sign


def named(client: FlaskClient, *flights: Flight) -> str:
    """Hold seats, name Alice, and return the address that confirms."""
    address = hold(client, *flights)
    assert name(client, address).status_code == 303
    return address.replace("passengers", "confirm")


def booking() -> Booking:
    db.session.expire_all()
    return db.session.query(Booking).one()


def test_the_main_journey_without_javascript(app: Flask, client: FlaskClient) -> None:
    address = named(client)
    review = client.get(address.replace("confirm", "review"))
    assert page(review).one("h1").text == "Everything right?"
    assert "Alice Meier" in review.text
    assert "alice@example.com" in review.text
    assert page(review).one("main").one("form", action=address).all("button")
    answer = client.post(address)
    assert (answer.status_code, answer.location) == (303, f"/bookings/{booking().reference}")
    shown = client.get(answer.location)
    assert shown.status_code == 200
    assert page(shown).one("h1").text == "Delhi → Mumbai"
    assert page(shown).one(class_="reference").text == booking().reference
    assert "Delhi to Mumbai" in shown.text
    assert "Alice Meier" in shown.text
    assert "on its way to alice@example.com" in shown.text


def test_a_reference_is_six_characters_that_cannot_be_misheard(
    app: Flask, client: FlaskClient
) -> None:
    client.post(named(client))
    reference = booking().reference
    assert len(reference) == 6
    assert not set(reference) & set("01IO")


def test_confirming_twice_is_one_booking_and_one_of_each_mail(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight(seats=5)
    address = named(client, flight)
    answers = [client.post(address) for _ in range(3)]
    assert {(each.status_code, each.location) for each in answers} == {
        (303, f"/bookings/{booking().reference}")
    }
    assert len(mails(Kind.BOOKING_CONFIRMED)) == 1
    assert len(mails(Kind.DEPARTURE_REMINDER)) == 1
    cabin = db.session.get_one(FlightCabin, (flight.id, "economy"))
    assert (cabin.held, cabin.sold) == (0, 1)
    assert [event.what for event in booking().events] == ["held", "named", "confirmed"]


def test_confirming_at_once_from_two_tabs_is_one_booking(app: Flask, client: FlaskClient) -> None:
    flight = make_flight(seats=5)
    address = named(client, flight)
    cookie = client.get_cookie("session")
    assert cookie is not None
    statuses: list[int] = []

    def confirm() -> None:
        tab = app.test_client()
        tab.set_cookie("session", cookie.value)
        statuses.append(tab.post(address).status_code)

    tabs = [threading.Thread(target=confirm) for _ in range(6)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert statuses == [303] * 6
    assert len(mails(Kind.BOOKING_CONFIRMED)) == 1
    cabin = db.session.get_one(FlightCabin, (flight.id, "economy"))
    assert (cabin.held, cabin.sold) == (0, 1)


def test_the_confirmation_is_due_now_and_the_reminder_a_day_ahead(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight()
    client.post(named(client, flight))
    (confirmation,) = mails(Kind.BOOKING_CONFIRMED)
    (reminder,) = mails(Kind.DEPARTURE_REMINDER)
    assert confirmation.state == reminder.state == State.DUE
    assert abs(confirmation.due_at - clock.now()) < timedelta(seconds=20)
    assert reminder.due_at == flight.departs_at - timedelta(hours=24)
    assert reminder.segment_id == booking().segments[0].id
    assert confirmation.recipient == reminder.recipient == "alice@example.com"
    assert confirmation.message_id != reminder.message_id


def test_who_books_within_a_day_of_departure_is_not_reminded(
    app: Flask, client: FlaskClient
) -> None:
    clock.move_to(datetime(2026, 10, 1, 6, 0, tzinfo=UTC))
    flight = make_flight(departs_at=clock.now() + timedelta(hours=23))
    client.post(named(client, flight))
    (reminder,) = mails(Kind.DEPARTURE_REMINDER)
    assert (reminder.state, reminder.reason) == (State.WITHHELD, "booked after it was due")
    shown = client.get(f"/bookings/{booking().reference}")
    assert "Booked after it was due" in page(shown).text


def test_each_segment_has_a_reminder_of_its_own(app: Flask, client: FlaskClient) -> None:
    clock.move_to(datetime(2026, 10, 1, 6, 0, tzinfo=UTC))
    first = make_flight(origin="BOM", destination="DEL", departs_at=clock.now() + timedelta(days=3))
    second = make_flight(
        origin="DEL", destination="LHR", departs_at=clock.now() + timedelta(days=3, hours=4)
    )
    client.post(named(client, first, second))
    assert len(mails(Kind.BOOKING_CONFIRMED)) == 1
    due = [reminder.due_at for reminder in mails(Kind.DEPARTURE_REMINDER)]
    assert due == [each.departs_at - timedelta(hours=24) for each in (first, second)]


def test_confirming_without_names_goes_back_to_the_passengers(
    app: Flask, client: FlaskClient
) -> None:
    address = hold(client)
    for answer in (
        client.post(address.replace("passengers", "confirm")),
        client.get(address.replace("passengers", "review")),
    ):
        assert (answer.status_code, answer.location) == (303, address)
    assert booking().status == BookingStatus.HELD
    assert not mails(Kind.BOOKING_CONFIRMED)


def test_a_hold_that_ran_out_before_the_click_shows_the_way_on(
    app: Flask, client: FlaskClient
) -> None:
    address = named(client)
    clock.advance(service.HOLD_TIME)
    answer = client.post(address)
    assert answer.status_code == 409
    assert "no longer held" in page(answer).one("h1").text
    assert client.get(page(answer).one("main").one("a").attributes["href"]).status_code == 200
    assert not mails(Kind.BOOKING_CONFIRMED)


def test_a_flight_cancelled_before_the_click_is_not_booked(app: Flask, client: FlaskClient) -> None:
    flight = make_flight()
    address = named(client, flight)
    with transaction() as session:
        session.get_one(Flight, flight.id).status = FlightStatus.CANCELLED
    answer = client.post(address)
    assert answer.status_code == 409
    assert booking().status == BookingStatus.HELD
    assert not mails(Kind.BOOKING_CONFIRMED)


def test_the_steps_of_a_confirmed_booking_lead_to_its_page(app: Flask, client: FlaskClient) -> None:
    address = named(client)
    client.post(address)
    for step in ("passengers", "review"):
        answer = client.get(address.replace("confirm", step))
        assert (answer.status_code, answer.location) == (303, f"/bookings/{booking().reference}")


def test_a_held_trip_leads_to_the_step_that_is_missing(app: Flask, client: FlaskClient) -> None:
    address = hold(client)
    trip = address.removesuffix("/passengers")
    assert client.get(trip).location == address
    name(client, address)
    assert client.get(trip).location == f"{trip}/review"


def test_a_form_of_a_hold_sent_twice_is_one_hold(app: Flask, client: FlaskClient) -> None:
    offer = sign(make_offer(make_flight(seats=5)))
    data = {"offer": offer, "idempotency_key": "k" * 20}
    first, second = client.post("/holds", data=data), client.post("/holds", data=data)
    assert first.location == second.location
    assert db.session.query(Booking).count() == 1


@pytest.mark.parametrize("key", ["", "short", "ключ" * 5, "k" * 65, "k" * 19 + "\n", "k k" * 8])
def test_a_form_with_an_odd_key_is_refused_with_words(
    app: Flask, client: FlaskClient, key: str
) -> None:
    offer = sign(make_offer(make_flight()))
    answer = client.post("/holds", data={"offer": offer, "idempotency_key": key})
    assert answer.status_code == 422
    assert "could not read that choice" in answer.text


def test_somebody_elses_key_opens_nothing(app: Flask, client: FlaskClient) -> None:
    flight = make_flight()
    offer = make_offer(flight)
    data = {"offer": sign(offer), "idempotency_key": "k" * 20}
    alices = client.post("/holds", data=data)
    charlie = app.test_client()
    another = charlie.post(
        "/holds", data={"offer": sign(make_offer(make_flight())), "idempotency_key": "k" * 20}
    )
    assert another.status_code == 409
    assert charlie.get(alices.location).status_code == 404


def test_htmx_is_sent_on_by_a_header(app: Flask, client: FlaskClient) -> None:
    answer = client.post(named(client), headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"] == f"/bookings/{booking().reference}"


def test_elapsed_time_on_the_night_when_the_clocks_change(app: Flask, client: FlaskClient) -> None:
    clock.move_to(datetime(2026, 10, 1, tzinfo=UTC))
    flight = make_flight(
        origin="LHR",
        destination="LGW",
        departs_at=datetime(2026, 10, 25, 0, 30, tzinfo=ZoneInfo("Europe/London")),
        minutes=120,
    )
    client.post(named(client, flight))
    shown = page(client.get(f"/bookings/{booking().reference}"))
    assert shown.one("p", class_="way").text == "2 h"


def test_my_trips_are_listed_under_what_they_need(app: Flask, client: FlaskClient) -> None:
    log_in(client, make_user("alice@example.com"))
    assert "No trips yet" in client.get("/bookings").text
    held = hold(client).split("/")[2]
    client.post(named(client))
    shown = page(client.get("/bookings"))
    assert [each.text for each in shown.one("main").all("h2")] == ["Finish booking", "Upcoming"]
    assert held in shown.text
    clock.advance(timedelta(days=20))
    shown = page(client.get("/bookings"))
    assert [each.text for each in shown.one("main").all("h2")] == ["Past"]
    assert held not in shown.text


def test_a_trip_is_not_past_while_its_delayed_flight_still_waits(
    app: Flask, client: FlaskClient
) -> None:
    alice, flight, delay = make_user(), make_flight(), timedelta(hours=5)
    make_booking(flight, user=alice)
    clock.move_to(flight.departs_at - timedelta(hours=6))
    with transaction():
        disruptions.delay_flight(
            flight.id, flight.departs_at + delay, flight.arrives_at + delay, "test"
        )
    log_in(client, alice)
    for moment, group in ((delay / 2, "Upcoming"), (delay, "Past")):
        clock.move_to(flight.departs_at + moment)
        shown = page(client.get("/bookings"))
        assert [each.text for each in shown.one("main").all("h2")] == [group]


def test_a_hold_ends_when_sales_close_so_whoever_pays_can_check_in(
    app: Flask, client: FlaskClient
) -> None:
    address = named(client, make_flight(departs_at=clock.now() + timedelta(minutes=65)))
    left = booking().expires_at - clock.now()
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)
    clock.advance(timedelta(minutes=5))
    assert client.post(address).status_code == 409
    assert db.session.query(Booking).one().confirmed_at is None


def test_who_logs_in_on_the_way_books_for_their_own_account(
    app: Flask, client: FlaskClient
) -> None:
    address = named(client)
    alice = make_user()
    log_in(client, alice)
    assert client.post(address).status_code == 303
    assert booking().user_id == alice.id
    assert booking().reference in client.get("/bookings").text
    other = app.test_client()
    log_in(other, alice)
    assert other.get(f"/bookings/{booking().reference}").status_code == 200


def test_names_of_an_earlier_hold_are_asked_for_again_where_the_ages_do_not_fit(
    app: Flask, client: FlaskClient
) -> None:
    near = make_flight()
    far = make_flight(departs_at=near.departs_at + timedelta(days=60))
    party = Party(1, 0, 1)
    address = hold(client, near, party=party)
    two_soon = near.departs_on - timedelta(days=700)
    infant = {
        "passengers-1-given_name": "Bo",
        "passengers-1-family_name": "Meier",
        "passengers-1-born_on": two_soon.isoformat(),
    }
    assert name(client, address, **infant).status_code == 303
    form = {
        "offer": sign(make_offer(far, party=party)),
        "idempotency_key": "another-key-of-its-own",
        "again": address.split("/")[2],
    }
    again = client.post("/holds", data=form).location
    shown = client.get(again)
    assert typed(shown, "passengers-1-given_name") == "Bo"
    assert typed(shown, "passengers-1-born_on") == ""
    assert client.get(again.replace("passengers", "review")).location == again
    assert client.post(again.replace("passengers", "confirm")).location == again


def test_a_delay_that_was_shown_is_agreed_to(app: Flask, client: FlaskClient) -> None:
    flight = make_flight(departs_at=clock.now() + timedelta(hours=5))
    late = timedelta(hours=4)
    with transaction():
        disruptions.delay_flight(flight.id, flight.departs_at + late, flight.arrives_at + late, "s")
    assert client.post(named(client, flight)).status_code == 303
    asked = client.get(f"/bookings/{booking().reference}/cancel").text
    assert "the whole price comes back" not in asked
    with transaction():
        late = timedelta(hours=8)
        disruptions.delay_flight(flight.id, flight.departs_at + late, flight.arrives_at + late, "s")
    asked = client.get(f"/bookings/{booking().reference}/cancel").text
    assert "the whole price comes back" in asked


def test_nobody_flies_on_a_lap_who_is_too_old_for_it_however_the_name_came_in(app: Flask) -> None:
    flight = make_flight()
    held = make_hold(flight, Party(1, 0, 1))
    born_on = flight.departs_on - timedelta(days=3 * 366)
    names = [
        PassengerNames("Alice", "Meier", birthday_of("adult")),
        PassengerNames("Bo", "Meier", born_on),
    ]
    with transaction():
        service.name_passengers(held.id, names, "alice@example.com", "test")
    with pytest.raises(PassengersMissing), transaction():
        service.confirm_booking(held.id, "test")
    assert booking().status == BookingStatus.HELD
