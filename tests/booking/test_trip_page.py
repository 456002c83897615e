"""A trip's page: its flights, its seats, its money line by line, and its steps in order."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.airline import cancel_flight
from tests.booking.races import quote_of_change
from tests.builders import (
    cancel,
    log_in,
    make_booking,
    make_flight,
    make_hold,
    make_return,
    make_user,
)
from tests.mails.gallery import check_in
from tests.mails.post import deliver
from tests.pages import Element, page, typed
from webapp import clock
from webapp.booking import disruptions
from webapp.booking.changes.service import change
from webapp.booking.models import Coupon, CouponStatus
from webapp.db import transaction
from webapp.flights.families import FLEX, LIGHT, STANDARD, FareFamily
from webapp.flights.fares import Party
from webapp.flights.models import Flight
from webapp.formats import long_day, short_day


def steps(client: FlaskClient, reference: str) -> list[str]:
    timeline = page(client.get(f"/bookings/{reference}")).one("ol", id="timeline")
    return [each.one("span").text for each in timeline.all("li")]


def test_it_shows_seats_tickets_and_the_receipt(app: Flask, client: FlaskClient) -> None:
    log_in(client, alice := make_user())
    booking = make_booking(make_flight(), Party(1, 0, 1), user=alice)
    tree = page(client.get(f"/bookings/{booking.reference}"))
    for passenger in booking.passengers:
        assert passenger.ticket_number
        assert f"{passenger.ticket_number[:3]}-{passenger.ticket_number[3:]}" in tree.text
    rows = tree.one("table", class_="rows stacks seat-table").all("tr")
    assert [each.text for each in rows[1:]] == [
        "Alice Meier Alice Meier, Delhi to Mumbai: 100A",
        "Alice Meier On the lap of Alice Meier",
    ]
    receipt = [each.text for each in tree.one("table", id="receipt").all("tr")]
    assert receipt == [
        "Fare: Alice Meier Light, adult $80.00",
        "Taxes and charges: Alice Meier $20.00",
        "Fare: Alice Meier Light, infant: with taxes and charges, 10 % of what an adult pays $9.40",
        "Taxes and charges: Alice Meier $0.60",
        "Paid in all $110.00",
    ]


def test_it_says_whose_time_the_mails_are_in(app: Flask, client: FlaskClient) -> None:
    log_in(client, alice := make_user())
    booking = make_booking(make_flight(), user=alice)
    trip = page(client.get(f"/bookings/{booking.reference}"))
    assert "When they go out, in Delhi time." in trip.one("main").text
    told = [each.text for each in trip.one(id="mails-of-trip").all("li")]
    with_reminder = [each for each in told if "in one mail with the reminder" in each]
    assert len(with_reminder) == 1
    assert "Check-in is open Planned" in with_reminder[0]


def test_the_next_two_mails_are_in_sight_and_the_others_folded_away(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, alice := make_user())
    booking = make_booking(make_flight(), user=alice)
    mails = page(client.get(f"/bookings/{booking.reference}")).one(id="mails-of-trip")
    folded = mails.one("details", id="mails-folded")
    assert len(mails.all("ul")[0].all("li")) == 2
    assert folded.one("summary").text.startswith(f"{len(folded.all('li'))} more mail")


def test_its_steps_stand_in_the_order_of_time(app: Flask, client: FlaskClient) -> None:
    log_in(client, alice := make_user())
    flight = make_flight()
    booking = make_booking(flight, user=alice)
    name = flight.designator
    assert steps(client, booking.reference) == [
        "Seats held",
        "Passengers named",
        "Booked",
        f"Check-in opens for {name}",
        f"Leaves Delhi, {name}",
        "Arrives in Mumbai",
    ]
    clock.advance(timedelta(days=20))
    without_alice = f"{name} left Delhi without you"
    assert steps(client, booking.reference)[-1] == without_alice
    check_in(booking)
    assert steps(client, booking.reference)[-2:] == [f"Left Delhi, {name}", "Arrived in Mumbai"]


def test_check_in_opens_for_nobody_before_the_flight_is_theirs(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, alice := make_user())
    old = make_flight(departs_at=clock.now() + timedelta(hours=8))
    new = make_flight(departs_at=old.departs_at + timedelta(hours=4))
    booking = make_booking(old, user=alice, family=FLEX)
    clock.advance(timedelta(hours=1))
    with transaction():
        change(booking.id, quote_of_change(booking, new), "alice")
    done = steps(client, booking.reference)[3:5]
    assert done[0].startswith(f"Flights changed: {new.designator} ")
    assert done[1] == f"Check-in opened for {new.designator}"


def test_check_in_for_two_flights_in_a_row_is_one_step(app: Flask, client: FlaskClient) -> None:
    log_in(client, alice := make_user())
    first = make_flight()
    onward = first.arrives_at + timedelta(hours=20)
    second = make_flight(origin="BOM", destination="LHR", departs_at=onward)
    booking = make_booking(first, onward=second, user=alice)
    assert steps(client, booking.reference)[-5:] == [
        f"Check-in opens for {first.designator} and {second.designator}",
        f"Leaves Delhi, {first.designator}",
        "Arrives in Mumbai",
        f"Leaves Mumbai, {second.designator}",
        "Arrives in London",
    ]


def test_a_trip_that_is_flown_as_far_as_it_was_has_nothing_to_check_in_or_to_seat(
    app: Flask, client: FlaskClient
) -> None:
    out, back = make_return()
    booking = make_booking(out, back=back, user=(alice := make_user()))
    cancel_flight(out)
    log_in(client, alice)

    def offered() -> list[str]:
        trip = page(client.get(f"/bookings/{booking.reference}"))
        return [each.text for each in trip.one("nav", aria_label="This trip").all("a")]

    assert {"Check in", "Seats"} <= set(offered())
    clock.advance(timedelta(days=200))
    assert offered() == ["Change flights", "Cancel this booking", "Documents"]


def test_a_cancelled_trip_has_nothing_to_come(app: Flask, client: FlaskClient) -> None:
    log_in(client, alice := make_user())
    booking = make_booking(make_flight(), user=alice)
    client.post(
        f"/bookings/{booking.reference}/cancel",
        data={
            "quote": page(client.get(f"/bookings/{booking.reference}/cancel"))
            .one("input", name="quote")
            .attributes["value"]
        },
    )
    assert steps(client, booking.reference)[-1] == "Cancelled"
    trip = page(client.get(f"/bookings/{booking.reference}"))
    assert not trip.all("nav", aria_label="This trip")
    assert "Keep it up to date" not in trip.text


def test_a_cancelled_trip_leads_to_its_flights_for_as_long_as_they_are_sold(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, alice := make_user())
    flight = make_flight()
    booking = make_booking(flight, Party(2), user=alice)
    address = f"/bookings/{booking.reference}"
    assert "Search these flights again" not in page(client.get(address)).text
    cancel(booking)
    shown = page(client.get(address))
    way = next(each for each in shown.all("a") if each.text == "Search these flights again")
    found = client.get(way.attributes["href"])
    assert flight.designator in page(found).text
    assert typed(found, "adults") == "2"
    # What is given up has no seats to choose.
    assert "Choose your seats" not in shown.text
    assert "Your Light fare" not in shown.text
    clock.move_to(flight.departs_at)
    assert "Search these flights again" not in page(client.get(address)).text


def test_a_flight_that_the_airline_cancelled_cannot_be_checked_in_for(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    flight = make_flight()
    booking = make_booking(flight, user=alice)
    log_in(client, alice)
    actions = page(client.get(f"/bookings/{booking.reference}")).one("nav", aria_label="This trip")
    assert actions.text.startswith("Check in")
    cancel_flight(flight)
    shown = page(client.get(f"/bookings/{booking.reference}"))
    actions = shown.one("nav", aria_label="This trip")
    assert actions.text.startswith("Change flights")
    assert "Flight cancelled" in shown.one("section", aria_labelledby="party").text


def test_a_hold_is_finished_from_the_list_of_trips(app: Flask, client: FlaskClient) -> None:
    log_in(client, alice := make_user())
    hold = make_hold(make_flight(), user=alice)
    (entry,) = page(client.get("/bookings")).one("ul", class_="trips").all("a")
    assert "Name the passengers" in entry.text
    assert "20 min left" in entry.text
    assert client.get(entry.attributes["href"]).location == f"/bookings/{hold.reference}/passengers"


@pytest.mark.parametrize(("family", "is_offered"), [(LIGHT, False), (STANDARD, True)])
def test_a_change_is_offered_where_the_fare_allows_one(
    app: Flask, client: FlaskClient, family: FareFamily, is_offered: bool
) -> None:
    log_in(client, alice := make_user())
    booking = make_booking(make_flight(), user=alice, family=family)
    actions = page(client.get(f"/bookings/{booking.reference}")).one("nav", aria_label="This trip")
    assert ("Change flights" in actions.text) == is_offered


def test_a_trip_is_past_when_all_of_it_is_flown(app: Flask, client: FlaskClient) -> None:
    log_in(client, alice := make_user())
    out, back = make_return()
    reference = make_booking(out, user=alice, back=back).reference
    later = make_booking(make_flight(departs_at=back.departs_at + timedelta(days=1)), user=alice)
    for now, heading in ((out.departs_at, "Upcoming"), (back.departs_at, "Past")):
        clock.move_to(now + timedelta(minutes=1))
        log_in(client, alice)
        shown = client.get("/bookings").text
        found = shown.index(heading) < shown.index(reference)
        assert found
        assert ("Past" in shown) == (heading == "Past")
        first_of_all = shown.index(reference) < shown.index(later.reference)
        assert first_of_all == (heading == "Upcoming")
        seats = client.get(f"/bookings/{reference}").text
        assert (f"/bookings/{reference}/seats?" in seats) == (heading == "Upcoming")


def test_a_change_of_airport_is_said_from_the_hold_to_the_mail(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, alice := make_user())
    first = make_flight(destination="LHR", minutes=540)
    onward = make_flight(
        origin="LGW", destination="ZRH", departs_at=first.arrives_at + timedelta(hours=5)
    )
    party = make_hold(first, onward=onward, user=alice)
    way = r"5 h in London: change from .+ \(LHR\) to .+ \(LGW\)"
    assert re.search(way, page(client.get(f"/bookings/{party.reference}/passengers")).text)
    booking = make_booking(first, onward=onward, user=alice)
    for address in ("", "/e-ticket"):
        assert re.search(way, page(client.get(f"/bookings/{booking.reference}{address}")).text)
    (confirmation,) = deliver()
    assert re.search(r"Change in London, from .+ \(LHR\) to .+ \(LGW\), 5 h", confirmation.body)


def test_the_right_to_undo_a_booking_is_told_as_long_as_it_holds(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, alice := make_user())
    far, near = make_flight(), make_flight(departs_at=clock.now() + timedelta(days=2))
    words = "Cancel within 24 hours of booking"
    undone, kept = make_booking(far, user=alice), make_booking(near, user=alice)
    assert words in client.get(f"/bookings/{undone.reference}").text
    assert words in client.get(f"/bookings/{undone.reference}/e-ticket").text
    assert words not in client.get(f"/bookings/{kept.reference}").text
    clock.advance(timedelta(hours=25))
    assert words not in client.get(f"/bookings/{undone.reference}").text


def test_what_the_airline_did_stands_among_the_steps(app: Flask, client: FlaskClient) -> None:
    flight = make_flight(departs_at=clock.now() + timedelta(days=2))
    log_in(client, alice := make_user())
    booking = make_booking(flight, user=alice)
    for hours in (1, 2):
        clock.advance(timedelta(minutes=10))
        moved = [at + timedelta(hours=hours) for at in (flight.departs_at, flight.arrives_at)]
        with transaction():
            disruptions.retime_flight(flight.id, moved[0], moved[1], flight.departs_on, "sam")
    cancel_flight(flight)
    shown = " ".join(steps(client, booking.reference))
    assert shown.count(f"{flight.designator} moved by the airline to") == 2
    assert f"{flight.designator} cancelled by the airline" in shown
    assert shown.index("Booked") < shown.index("moved by the airline")


def test_what_befalls_a_flight_after_the_party_cancelled_is_none_of_its_steps(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight(departs_at=clock.now() + timedelta(days=2))
    log_in(client, alice := make_user())
    booking = make_booking(flight, user=alice)
    cancel(booking)
    clock.advance(timedelta(minutes=10))
    cancel_flight(flight)
    assert "cancelled by the airline" not in " ".join(steps(client, booking.reference))


def test_a_kind_that_alice_switched_off_is_not_promised(app: Flask, client: FlaskClient) -> None:
    log_in(client, alice := make_user())
    booking = make_booking(make_flight(), user=alice)
    words = "Will not be sent: you have switched this kind off"
    assert words not in client.get(f"/bookings/{booking.reference}").text
    wanted = {"wanted": ["departure_reminder"], "reminder_hours": "24", "locale": "en-GB"}
    assert client.post("/account/preferences", data=wanted).status_code == 303
    shown = page(client.get(f"/bookings/{booking.reference}")).text
    assert shown.count(words) == 2, "check-in and the day of travel"


def test_the_first_button_is_what_the_hour_asks_for(app: Flask, client: FlaskClient) -> None:
    log_in(client, alice := make_user())
    flight = make_flight(departs_at=clock.now() + timedelta(days=2))
    booking = make_booking(flight, user=alice)

    def shown() -> Element:
        return page(client.get(f"/bookings/{booking.reference}"))

    def button() -> Element:
        return shown().one("nav", aria_label="This trip").all("a")[0]

    assert (button().text, button().attributes["class"]) == ("Check in", "button plain")
    clock.move_to(flight.departs_at - timedelta(hours=5))
    assert (button().text, button().attributes["class"]) == ("Check in", "button")
    assert "Check-in is open until" in shown().text
    clock.move_to(flight.departs_at - timedelta(minutes=50))
    assert button().text == "Seats"
    assert "Go to the airline’s desk" in shown().text
    assert (
        "goes to the airline’s desk" in client.get(f"/bookings/{booking.reference}/check-in").text
    )
    with transaction() as session:
        for coupon in session.query(Coupon):
            coupon.status = CouponStatus.CHECKED_IN
    assert (button().text, button().attributes["class"]) == ("Boarding passes", "button")
    assert "Go to the airline’s desk" not in shown().text


def test_a_trip_under_way_is_listed_by_its_next_flight(app: Flask, client: FlaskClient) -> None:
    log_in(client, alice := make_user())
    out, back = make_return()
    booking = make_booking(out, back=back, user=alice)
    check_in(booking)
    local = back.departs_at.astimezone(ZoneInfo("Asia/Kolkata"))
    clock.move_to(out.arrives_at + timedelta(hours=1))
    listed = page(client.get("/bookings")).one("main").text
    assert f"Under way, goes on {long_day(local.date())}" in listed
    assert "back" not in listed
    first, second = page(client.get(f"/bookings/{booking.reference}")).all("article", class_="leg")
    assert "Flown" in first.text
    assert "Flown" not in second.text


def folded(client: FlaskClient, reference: str) -> list[str]:
    """Return the lines under which flights of a trip are folded away."""
    main = page(client.get(f"/bookings/{reference}")).one("main")
    behind = main.all("details", class_="behind")
    assert not any("open" in each.attributes for each in behind)
    return [each.one("summary").text for each in behind]


def test_flights_that_are_flown_are_folded_away_before_those_to_come(
    app: Flask, client: FlaskClient
) -> None:
    first, back = make_return()
    onward = make_flight(
        origin="BOM", destination="LHR", departs_at=first.arrives_at + timedelta(hours=2)
    )
    booking = make_booking(first, Party(1), make_user(), onward=onward, back=back)
    check_in(booking)
    address = f"/bookings/{booking.reference}"

    def seen_at(flight: Flight, *, has_landed: bool) -> list[str]:
        clock.move_to(flight.arrives_at if has_landed else flight.departs_at)
        log_in(client, make_user())
        return folded(client, booking.reference)

    day = short_day(first.departs_on)
    line = f"Delhi to Mumbai, {day} Flown"
    assert seen_at(first, has_landed=False) == [], "it is not there yet"
    assert seen_at(first, has_landed=True) == [line]
    assert "2 h in Mumbai" in page(client.get(address)).one("main").text
    assert len(seen_at(onward, has_landed=True)) == 2
    assert "2 h in Mumbai" not in page(client.get(address)).one("main").text
    assert seen_at(back, has_landed=True) == [], "nothing is to come any more"


def test_a_flight_that_left_without_the_party_is_not_folded_away(
    app: Flask, client: FlaskClient
) -> None:
    out, back = make_return()
    booking = make_booking(out, Party(1), alice := make_user(), back=back)
    clock.move_to(out.arrives_at)
    log_in(client, alice)
    assert folded(client, booking.reference) == []
    assert "Left without you" in page(client.get(f"/bookings/{booking.reference}")).text
