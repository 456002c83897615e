"""Another aircraft for a flight: it must take everybody who is booked."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.builders import (
    cancel,
    make_aircraft,
    make_booking,
    make_flight,
    make_hold,
    make_schedule,
)
from tests.pages import Element, alerts, page
from tests.staff.addresses import address
from webapp.booking.models import Coupon
from webapp.db import db, transaction
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightStatus
from webapp.flights.queries import history_of
from webapp.network.models import Aircraft


def capacities(flight: Flight) -> dict[str, tuple[int, int]]:
    db.session.expire_all()
    return {cabin.cabin: (cabin.capacity, cabin.sellable) for cabin in flight.cabins}


def set_sales(sam: FlaskClient, flight: Flight, seats: int, business: int | None = None) -> None:
    data = {"fare_economy": "100", "seats_economy": str(seats)}
    if business is not None:
        data |= {"fare_business": "360", "seats_business": str(business)}
    assert sam.post(f"{address(flight)}/sales", data=data).status_code == 303


def swap(sam: FlaskClient, flight: Flight, aircraft: Aircraft) -> None:
    answer = sam.post(f"{address(flight)}/aircraft", data={"aircraft": aircraft.tail})
    assert answer.status_code == 303


def preview_of(sam: FlaskClient, flight: Flight, aircraft: Aircraft) -> Element:
    address_of = f"{address(flight)}/aircraft"
    return page(sam.get(address_of, query_string={"aircraft": aircraft.tail})).one("main")


def test_another_aircraft_brings_its_seats(sam: FlaskClient) -> None:
    flight = make_flight(seats=3)
    make_booking(flight, Party(2))
    larger = make_aircraft("X1", seats=8, business=2)
    before = flight.aircraft.tail
    assert f"{larger.tail}, Airbus A320 (business 2, economy 8)" in sam.get(address(flight)).text
    answer = sam.post(f"{address(flight)}/aircraft", data={"aircraft": larger.tail})
    assert answer.status_code == 303
    assert capacities(flight) == {"economy": (8, 8), "business": (2, 2)}
    shown = page(sam.get(answer.location)).text
    assert f"Aircraft changed from {before} to {larger.tail}" in shown
    assert "Economy has 8 seats on sale, where it was 3." in shown
    assert "Business is new: 2 seats on sale at $360." in shown
    assert "On sale: business 2 seats at $360; economy 8 seats." in shown


def test_the_preview_says_what_is_on_sale_now_and_then(sam: FlaskClient) -> None:
    flight = make_flight(seats=10)
    set_sales(sam, flight, seats=12)
    make_booking(flight, Party(2))
    preview = preview_of(sam, flight, make_aircraft("X1", seats=20, business=2))
    rows = [row.text for row in preview.one("tbody").all("tr")]
    assert rows == ["Business 0 0 → 2 0 → 2", "Economy 2 10 → 20 12 → 22"]
    assert "Business is new on this flight: an adult pays $360 there" in preview.text


def test_the_preview_names_the_types_and_says_what_goes_off_sale(sam: FlaskClient) -> None:
    flight = make_flight(aircraft=make_aircraft("X1", seats=10, business=2), seats=10)
    swap(sam, flight, make_aircraft("X1", seats=10, business=4))
    jet = make_aircraft("X1", seats=10, type_code="E190", type_name="Embraer 190")
    preview = preview_of(sam, flight, jet).text
    assert f"Airbus A320, {flight.aircraft.tail} → Embraer 190, {jet.tail}" in preview
    assert "There is no business aboard: it goes off sale." in preview
    assert "farther than" not in preview, "no schedule knows the type"


def test_the_preview_says_that_a_type_flies_farther_than_any_schedule_sends_it(
    sam: FlaskClient,
) -> None:
    make_schedule()
    aircraft = make_aircraft("X1")
    near, far = make_flight(), make_flight(destination="JFK", minutes=900)
    assert "farther than" not in preview_of(sam, near, aircraft).text
    preview = preview_of(sam, far, aircraft).text
    assert (
        "no schedule sends the Airbus A320 farther than 1,138 km, from Delhi to Mumbai" in preview
    )


def test_a_cabin_that_staff_closed_stays_closed_with_any_aircraft(sam: FlaskClient) -> None:
    with_business = [make_aircraft("X1", seats=20, business=2) for _ in range(3)]
    flight = make_flight(seats=10)
    make_booking(flight, Party(2))
    swap(sam, flight, with_business[0])
    set_sales(sam, flight, seats=2, business=0)
    preview = preview_of(sam, flight, with_business[1]).text
    assert "Nothing more is sold in economy:" in preview
    assert "Nothing more is sold in business:" in preview
    without = [make_aircraft("X1", seats=8) for _ in range(2)]
    for aircraft in (without[0], with_business[1], without[1], with_business[2]):
        swap(sam, flight, aircraft)
    assert capacities(flight) == {"economy": (20, 2), "business": (2, 0)}


def test_a_full_cabin_that_staff_closed_stays_closed_with_a_larger_aircraft(
    sam: FlaskClient,
) -> None:
    flight = make_flight(seats=2)
    booking = make_booking(flight, Party(2))
    set_sales(sam, flight, seats=0)
    same = make_aircraft("X1", seats=2)
    assert "Nothing more is sold in economy" in preview_of(sam, flight, same).text
    swapped = sam.post(
        f"{address(flight)}/aircraft", data={"aircraft": same.tail}, follow_redirects=True
    )
    assert "On sale: economy closed." in page(swapped).text
    swap(sam, flight, make_aircraft("X1", seats=20))
    assert capacities(flight) == {"economy": (20, 2)}
    history = page(sam.get(address(flight))).text
    assert history.count("Economy sells no more seats.") == 1
    assert "on sale, where it was" not in history
    cancel(booking)
    assert capacities(flight) == {"economy": (20, 0)}


@pytest.mark.parametrize("is_closed", [False, True])
@pytest.mark.parametrize(("seats", "fits"), [(8, True), (9, True), (7, False)])
def test_what_is_overbooked_stays_so_far_above_the_seats_of_another_aircraft(
    sam: FlaskClient, is_closed: bool, seats: int, fits: bool
) -> None:
    flight = make_flight(seats=8)
    set_sales(sam, flight, seats=10)
    make_booking(flight, Party(5))
    make_booking(flight, Party(5))
    if is_closed:
        set_sales(sam, flight, seats=0)
    answer = sam.post(
        f"{address(flight)}/aircraft", data={"aircraft": make_aircraft("X1", seats=seats).tail}
    )
    assert answer.status_code == (303 if fits else 409)
    expected = seats if fits else 8
    assert capacities(flight) == {"economy": (expected, 10 if is_closed else expected + 2)}


def test_a_cabin_that_was_sold_is_sold_again_when_it_comes_back(sam: FlaskClient) -> None:
    flight = make_flight(seats=10)
    for aircraft in (
        make_aircraft("X1", seats=10, business=2),
        make_aircraft("X1", seats=10),
        make_aircraft("X1", seats=10, business=4),
    ):
        swap(sam, flight, aircraft)
    assert capacities(flight) == {"economy": (10, 10), "business": (4, 4)}


def test_seats_that_are_kept_back_keep_no_aircraft_out_that_has_enough(sam: FlaskClient) -> None:
    flight = make_flight(seats=10)
    set_sales(sam, flight, seats=5)
    make_booking(flight, Party(4))
    swap(sam, flight, make_aircraft("X1", seats=8))
    assert capacities(flight) == {"economy": (8, 4)}


def test_the_preview_says_who_is_without_a_seat(sam: FlaskClient) -> None:
    flight = make_flight(seats=2)
    make_booking(flight, Party(2))
    with transaction() as session:
        session.execute(update(Coupon).values(seat=None))
    preview = preview_of(sam, flight, make_aircraft("X1", seats=4)).text
    assert "2 passengers have no seat yet." in preview
    assert "Everybody keeps the seat they have." in preview


def test_the_preview_of_a_flight_that_nobody_booked_says_so(sam: FlaskClient) -> None:
    preview = preview_of(sam, make_flight(seats=2), make_aircraft("X1", seats=4)).text
    assert "Nobody is booked on it." in preview
    assert "Everybody keeps" not in preview


def test_an_aircraft_too_small_for_what_is_sold_and_held_is_refused(sam: FlaskClient) -> None:
    flight = make_flight(seats=5)
    make_booking(flight, Party(2))
    make_hold(flight, Party(1))
    smaller = make_aircraft("X1", seats=2)
    answer = sam.post(f"{address(flight)}/aircraft", data={"aircraft": smaller.tail})
    assert answer.status_code == 409
    words = f"Economy: 3 seats are sold or held, and {smaller.tail} has 2 there"
    assert words in answer.text
    preview = sam.get(f"{address(flight)}/aircraft", query_string={"aircraft": smaller.tail})
    assert words in alerts(preview)
    assert f"Fly with {smaller.tail}</button>" not in preview.text
    assert capacities(flight) == {"economy": (5, 5)}
    assert flight.aircraft_id != smaller.id
    assert history_of(flight.id) == []


def test_an_aircraft_that_is_too_small_is_told_with_whom_it_concerns_and_what_can_be_done(
    sam: FlaskClient,
) -> None:
    flight = make_flight(seats=5)
    booking = make_booking(flight, Party(2), family_name="Ngata")
    make_hold(flight, Party(1))
    smaller, larger = make_aircraft("X1", seats=2), make_aircraft("X1", seats=3)
    preview = preview_of(sam, flight, smaller)
    assert "1 seat too many." in preview.text
    assert f"{booking.reference} Alice Ngata, Alice Ngata alice@example.com" in preview.text
    assert "1 seat is held" in preview.text
    assert {each.attributes["href"] for each in preview.one("section").all("a")} >= {
        f"/staff/bookings/{booking.reference}",
        f"{address(flight)}/sales",
        f"{address(flight)}/cancel",
        f"{address(flight)}/aircraft?aircraft={larger.tail}",
    }


def test_staff_are_told_that_no_other_aircraft_has_room(sam: FlaskClient) -> None:
    flight = make_flight(seats=5)
    make_booking(flight, Party(3))
    preview = preview_of(sam, flight, make_aircraft("X1", seats=2)).text
    assert "No other aircraft of Airline X1 has room for all who are booked." in preview


def test_an_aircraft_of_another_airline_is_refused(sam: FlaskClient) -> None:
    flight = make_flight()
    theirs = make_aircraft("Y2")
    answer = sam.post(f"{address(flight)}/aircraft", data={"aircraft": theirs.tail})
    assert answer.status_code == 422
    assert "The airline has no such aircraft" in answer.text
    assert history_of(flight.id) == []


def test_a_flight_that_is_cancelled_gets_no_aircraft(sam: FlaskClient) -> None:
    flight = make_flight(status=FlightStatus.CANCELLED)
    answer = sam.post(f"{address(flight)}/aircraft", data={"aircraft": make_aircraft("X1").tail})
    assert answer.status_code == 409
    assert "nothing was changed" in answer.text
    assert history_of(flight.id) == []
