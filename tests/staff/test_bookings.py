"""Bookings for staff: found by what somebody says on the telephone, and served in their name."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.airline import retime
from tests.builders import log_in, make_booking, make_flight, make_hold, make_user
from tests.pages import beside, page, typed
from webapp.accounts.models import Role, User
from webapp.booking.models import Booking, BookingEvent, BookingStatus, Segment
from webapp.booking.party import PassengerNames
from webapp.db import db, transaction
from webapp.flights.families import FLEX
from webapp.flights.fares import Party
from webapp.staff.bookings.queries import MOST_LISTED

NOTHING = "No such booking"


@pytest.fixture
def olga(app: Flask) -> FlaskClient:
    """Return a browser in which Olga, who works for Y2, is logged in."""
    browser = app.test_client()
    log_in(browser, make_user("olga@example.com", Role.AIRLINE_STAFF, "Y2"))
    return browser


def found(staff: FlaskClient, words: str) -> list[str]:
    """Return the references of the bookings that staff find by some words."""
    shown = page(staff.get("/staff/bookings", query_string={"q": words}))
    table = shown.all("tbody")
    assert bool(table) != (NOTHING in shown.text)
    return [row.one("a").text for body in table for row in body.all("tr")]


def act_for(staff: FlaskClient, booking: Booking) -> int:
    return staff.post(f"/staff/bookings/{booking.reference}/serve").status_code


def trip_of(staff: FlaskClient, booking: Booking) -> int:
    return staff.get(f"/bookings/{booking.reference}").status_code


def lines(booking: Booking) -> list[tuple[str, str]]:
    """Return who did what to a booking."""
    query = select(BookingEvent).where(BookingEvent.booking_id == booking.id)
    events = db.session.scalars(query.order_by(BookingEvent.id))
    return [(each.what, each.actor) for each in events]


def test_a_booking_is_found_by_reference_by_ticket_and_by_address(sam: FlaskClient) -> None:
    booking = make_booking(make_flight(), email="alice.meier@example.com")
    other = make_booking(make_flight(), email="bob@example.com")
    ticket = booking.passengers[0].ticket_number
    assert ticket
    spelt = (ticket, f"{ticket[:3]}-{ticket[3:]}", f"{ticket[:3]} {ticket[3:]}")
    written = (booking.reference, f" {booking.reference.lower()} ", "Alice.Meier@example.com")
    for words in (*spelt, *written):
        assert found(sam, words) == [booking.reference], words
    assert found(sam, "BOB@example.com") == [other.reference]
    for words in ("ABC", "901-0000000000", "nobody@example.com", "Ωmega", "١٢٣", "%", "@"):
        assert found(sam, words) == [], words


@pytest.mark.parametrize(
    ("family_name", "asked"),
    [
        ("Meier", ("Meier", "MEIER", "Alice Meier", "meier, alice", "MEIER/ALICE", "Mrs Meier")),
        ("Müller", ("Müller", "Mueller", "alice MÜLLER", "muller", "Alice Muller", "mull", "Muel")),
        ("Ångström", ("angstrom", "Aangstroem", "Angstrom Alice", "Angs")),
        ("Ødegård", ("odegard", "Oedegaard", "alice odegard")),
        ("O’Brien", ("O'Brien", "obrien")),
        ("von der Heide", ("Heide", "von der Heide", "Alice von der Heide", "von der Heide Alice")),
        ("Da", ("Da", "Alice Da")),
        ("Schöler-Brandt", ("Schöler-Brandt", "Schöler", "Schoeler Brandt")),
        ("Li", ("Li", "Alice Li")),
    ],
)
def test_a_booking_is_found_by_the_name_of_who_travels(
    sam: FlaskClient, family_name: str, asked: tuple[str, ...]
) -> None:
    booking = make_booking(make_flight(), family_name=family_name)
    make_booking(make_flight(), family_name="Ngata")
    for words in asked:
        assert found(sam, words) == [booking.reference], words
    for words in ("Bob " + family_name, "Nobody", family_name[:1]):
        assert found(sam, words) == [], words


def test_a_booking_is_found_by_the_telephone_number_of_who_made_it(sam: FlaskClient) -> None:
    booking, other = make_booking(make_flight()), make_booking(make_flight())
    with transaction() as session:
        for each, number in ((booking, "+34612345678"), (other, "+442079460018")):
            session.get_one(Booking, each.id).contact_phone = number
    spelt = ("+34 612 345 678", "0034 612-345-678", "34612345678", "612345678", "(612) 34 56 78")
    for words in spelt:
        assert found(sam, words) == [booking.reference], words
    assert found(sam, "020 7946 0018") == [other.reference]
    for words in ("612345679", "+34612", "0", "+", "5678"):
        assert found(sam, words) == [], words


def test_several_of_one_name_are_listed_with_flight_and_day(sam: FlaskClient) -> None:
    flights = [make_flight(number=501), make_flight(number=502)]
    bookings = [make_booking(flight, Party(2)) for flight in flights]
    assert found(sam, "Meier") == [each.reference for each in reversed(bookings)]
    shown = page(sam.get("/staff/bookings?q=Meier"))
    assert "2 bookings" in shown.text
    for flight, row in zip(reversed(flights), shown.one("tbody").all("tr"), strict=True):
        assert flight.designator in row.text
        assert f"{flight.departs_on:%a} {flight.departs_on.day}" in row.text
        assert row.text.count("Meier") == 2


def test_whoever_is_called_so_comes_before_those_whose_name_begins_so(sam: FlaskClient) -> None:
    longer = make_booking(make_flight(), family_name="Meierhofer")
    assert found(sam, "Meier") == [longer.reference]
    booking = make_booking(make_flight(), family_name="Meier")
    assert found(sam, "Meier") == [booking.reference]


def test_a_name_that_was_corrected_is_found_as_it_is_now(sam: FlaskClient) -> None:
    booking = make_booking(make_flight(), family_name="Meyer")
    born_on = booking.passengers[0].born_on
    assert born_on
    with transaction():
        PassengerNames("Alice", "Meier", born_on).give_to(
            db.session.get_one(Booking, booking.id).passengers[0]
        )
    assert found(sam, "Meyer") == []
    assert found(sam, "Meier") == [booking.reference]


def test_a_name_finds_no_hold_and_nothing_of_another_airline(
    sam: FlaskClient, olga: FlaskClient
) -> None:
    make_booking(make_flight(airline="Y2"))
    hold = make_hold(make_flight())
    with transaction():
        PassengerNames("Alice", "Meier", date(1990, 1, 1)).give_to(
            db.session.get_one(Booking, hold.id).passengers[0]
        )
    assert found(sam, "Meier") == []
    assert len(found(olga, "Meier")) == 1
    log_in(sam, make_user("ada@example.com", Role.ADMIN))
    assert len(found(sam, "Meier")) == 1


def test_a_name_that_many_have_is_found_behind_those_of_another_airline(sam: FlaskClient) -> None:
    booking, theirs = make_booking(make_flight()), make_flight(airline="Y2")
    for _ in range(MOST_LISTED):
        make_booking(theirs)
    assert found(sam, "Meier") == [booking.reference]


def test_a_list_that_may_be_cut_says_so(sam: FlaskClient) -> None:
    flight = make_flight()
    for _ in range(MOST_LISTED - 1):
        make_booking(flight)
    assert "There may be more" not in page(sam.get("/staff/bookings?q=Meier")).text
    make_booking(flight)
    assert "There may be more" in page(sam.get("/staff/bookings?q=Meier")).text


def test_nothing_is_looked_for_before_it_is_asked_for(sam: FlaskClient) -> None:
    make_booking(make_flight())
    for address in ("/staff/bookings", "/staff/bookings?q=++"):
        shown = page(sam.get(address))
        assert not shown.all("tbody")
        assert NOTHING not in shown.text
    refused = sam.get("/staff/bookings", query_string={"q": "x" * 255})
    assert refused.status_code == 422
    assert "At most 254 letters." in beside(refused, "q")


def test_holds_and_bookings_of_another_airline_are_not_there(
    sam: FlaskClient, olga: FlaskClient
) -> None:
    booking, hold = make_booking(make_flight()), make_hold(make_flight())
    assert found(sam, hold.reference) == []
    assert sam.get(f"/staff/bookings/{hold.reference}").status_code == 404
    assert found(olga, booking.reference) == []
    assert olga.get(f"/staff/bookings/{booking.reference}").status_code == 404
    assert act_for(olga, booking) == act_for(sam, hold) == 404
    assert trip_of(olga, booking) == trip_of(sam, hold) == 404
    assert [what for what, _ in lines(booking)] == ["held", "named", "confirmed"]


def test_a_trip_with_two_airlines_belongs_to_both(sam: FlaskClient, olga: FlaskClient) -> None:
    out = make_flight()
    later = out.arrives_at + timedelta(hours=3)
    onward = make_flight(airline="Y2", origin="BOM", destination="LHR", departs_at=later)
    booking = make_booking(out, onward=onward)
    assert found(sam, booking.reference) == found(olga, booking.reference) == [booking.reference]
    flights, _ = page(olga.get(f"/staff/bookings/{booking.reference}")).all("ul", class_="log")
    links = flights.all("a")
    assert [each.text for each in links] == [onward.designator], "the other's page is a 404"
    assert (
        "Another airline flies a part" in page(sam.get(f"/staff/bookings/{booking.reference}")).text
    )
    assert act_for(sam, booking) == act_for(olga, booking) == 404, "neither touches the other's"


def test_its_page_says_who_flies_what_was_paid_and_who_did_what(sam: FlaskClient) -> None:
    booking = make_booking(make_flight(), Party(1, 0, 1), family_name="Øberg")
    shown = page(sam.get(f"/staff/bookings/{booking.reference.lower()}"))
    for words in ("Alice Øberg", "Infant", "Ticket ", "alice@example.com", "Paid in all", "Booked"):
        assert words in shown.text
    history = [each.text for each in shown.one("ol", class_="log history").all("li")]
    assert history[0].startswith("Booked")
    assert history[0].endswith("by test")


def test_staff_act_for_a_party_under_their_own_name(sam: FlaskClient) -> None:
    booking = make_booking(make_flight(), family=FLEX)
    assert trip_of(sam, booking) == 404, "before they opened it"
    assert act_for(sam, booking) == 303
    shown = page(sam.get(f"/bookings/{booking.reference}"))
    assert f"You act for the travellers of {booking.reference}" in shown.text
    assert "Opened by the airline" in shown.one("ol", class_="timeline").text
    asked = sam.get(f"/bookings/{booking.reference}/cancel")
    assert "You act for the travellers" in page(asked).text
    sam.post(f"/bookings/{booking.reference}/cancel", data={"quote": typed(asked, "quote")})
    assert db.session.get_one(Booking, booking.id).status == BookingStatus.CANCELLED
    assert lines(booking)[-2:] == [("served", "sam@example.com"), ("cancelled", "sam@example.com")]


def test_to_open_it_again_is_no_second_line(sam: FlaskClient) -> None:
    booking = make_booking(make_flight())
    assert act_for(sam, booking) == act_for(sam, booking) == 303
    assert [what for what, _ in lines(booking)].count("served") == 1


def test_a_change_is_answered_in_the_name_of_the_staff(sam: FlaskClient) -> None:
    flight = make_flight()
    booking = make_booking(flight)
    late = timedelta(hours=5)
    retime(flight, late)
    shown = page(sam.get(f"/staff/bookings/{booking.reference}"))
    assert "has new times, and the party has not answered" in shown.text
    act_for(sam, booking)
    trip = page(sam.get(f"/bookings/{booking.reference}"))
    decide = next(each for each in trip.all("a") if each.text == "Decide now").attributes["href"]
    sam.post(f"{decide}/accept", data={"seen": typed(sam.get(decide), "seen")})
    assert lines(booking)[-1] == ("schedule_change_accepted", "sam@example.com")
    with sam.session_transaction() as session:
        assert "led" not in session, "the way in ends with the airline's bookings"


def test_the_pages_close_when_staff_leave_their_airline(sam: FlaskClient) -> None:
    booking = make_booking(make_flight())
    act_for(sam, booking)
    with transaction() as session:
        leaves = update(User).where(User.email == "sam@example.com")
        session.execute(leaves.values(airline_iata=None, role=Role.CUSTOMER))
    assert trip_of(sam, booking) == 404


def test_the_pages_close_when_the_party_flies_with_another_airline(sam: FlaskClient) -> None:
    booking = make_booking(make_flight())
    act_for(sam, booking)
    elsewhere = make_flight(airline="Y2")
    with transaction() as session:
        moved = update(Segment).where(Segment.booking_id == booking.id)
        session.execute(moved.values(flight_id=elsewhere.id))
    shown = sam.get(f"/bookings/{booking.reference}/seats", follow_redirects=True)
    assert shown.request.path == "/staff/bookings"
    assert f"{booking.reference} does not fly with your airline alone any more" in page(shown).text


def test_the_next_who_logs_in_has_opened_nothing(sam: FlaskClient) -> None:
    booking = make_booking(make_flight())
    act_for(sam, booking)
    log_in(sam, make_user("stella@example.com", Role.AIRLINE_STAFF, "X1"))
    assert trip_of(sam, booking) == 404
    assert act_for(sam, booking) == 303
    assert lines(booking)[-1] == ("served", "stella@example.com")


def test_staff_do_not_take_a_guests_trip_into_their_own_account(sam: FlaskClient) -> None:
    booking = make_booking(make_flight())
    act_for(sam, booking)
    assert "Add it to my trips" not in page(sam.get(f"/bookings/{booking.reference}")).text
    sam.get(f"/trip?reference={booking.reference}&last_name=Meier")  # As any guest may.
    assert "Add it to my trips" not in page(sam.get(f"/bookings/{booking.reference}")).text
    assert sam.post(f"/bookings/{booking.reference}/add").status_code == 404
    assert db.session.get_one(Booking, booking.id).user_id is None
    assert booking.reference not in page(sam.get("/bookings")).text
