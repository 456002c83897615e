"""Calendar files: a stable event per flight, both airports' zones, and what takes it away again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event

from tests.airline import cancel_flight, delay
from tests.builders import cancel, log_in, make_booking, make_flight, make_hold, make_user
from tests.pages import page, typed
from webapp import clock
from webapp.booking import disruptions
from webapp.booking.models import Booking
from webapp.booking.queries import booking_by_reference
from webapp.db import db, transaction
from webapp.documents.calendar.files import calendar_of
from webapp.documents.calendar.zones import zone_text


def file_of(booking: Booking) -> Any:
    """Return a booking's calendar file as an independent reader sees it."""
    found = booking_by_reference(booking.reference)
    assert found is not None
    return Calendar.from_ical(calendar_of(found))


def only_event(calendar: Any) -> Event:
    (event,) = calendar.walk("VEVENT")
    return event


def test_an_event_carries_the_local_times_of_both_airports(app: Flask) -> None:
    flight = make_flight(origin="DEL", destination="LHR", minutes=540)
    calendar = file_of(make_booking(flight))
    event = only_event(calendar)
    assert calendar["method"] == "PUBLISH"
    assert event["dtstart"].params["tzid"] == "Asia/Kolkata"
    assert event["dtend"].params["tzid"] == "Europe/London"
    assert event["dtstart"].dt == flight.departs_at
    assert event["dtend"].dt == flight.arrives_at
    assert event["dtstart"].dt.replace(tzinfo=None) == flight.departs_at.astimezone(
        ZoneInfo("Asia/Kolkata")
    ).replace(tzinfo=None)
    zones = {str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")}
    assert zones == {"Asia/Kolkata", "Europe/London"}
    assert event["status"] == "CONFIRMED"
    assert f"{flight.designator} Delhi to London" in event["summary"]


def address_of(booking: Booking) -> str:
    """Return where the one event of a booking leads, within the site."""
    return str(only_event(file_of(booking))["url"]).removeprefix("http://127.0.0.1:8000")


def test_an_event_leads_a_guest_on_to_the_trip(app: Flask, client: FlaskClient) -> None:
    booking = make_booking(make_flight(), family_name="Meier")
    found = client.get(address_of(booking))
    assert found.status_code == 200
    assert typed(found, "reference") == booking.reference
    led_on = client.get(f"{address_of(booking)}&last_name=Meier")
    assert led_on.location == f"/bookings/{booking.reference}"


def test_an_event_leads_whoever_is_logged_in_straight_to_the_trip(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, alice := make_user())
    booking = make_booking(make_flight(), user=alice)
    assert client.get(address_of(booking)).location == f"/bookings/{booking.reference}"


def test_a_retimed_flight_keeps_its_event_and_raises_the_sequence(app: Flask) -> None:
    flight = make_flight()
    booking = make_booking(flight)
    before = only_event(file_of(booking))
    later = timedelta(hours=2)
    with transaction():
        disruptions.retime_flight(
            flight.id,
            flight.departs_at + later,
            flight.arrives_at + later,
            flight.departs_on,
            "test",
        )
    after = only_event(file_of(booking))
    assert after["uid"] == before["uid"]
    assert after["sequence"] == before["sequence"] + 1
    assert after["dtstart"].dt == before["dtstart"].dt + later


def test_a_delayed_flight_moves_its_event_to_when_it_is_expected(app: Flask) -> None:
    flight = make_flight()
    booking = make_booking(flight)
    before = only_event(file_of(booking))
    later = timedelta(hours=2)
    delay(flight, later)
    after = only_event(file_of(booking))
    assert after["uid"] == before["uid"]
    assert after["sequence"] == before["sequence"] + 1
    assert after["dtstart"].dt == flight.departs_at + later
    assert after["dtend"].dt == flight.arrives_at + later
    assert "Delayed: planned for 08:00, expected at 10:00" in after["description"]
    assert "Delayed" not in before["description"]


def test_a_flight_that_the_airline_cancels_becomes_a_cancelled_event(app: Flask) -> None:
    flight = make_flight()
    booking = make_booking(flight)
    before = only_event(file_of(booking))
    cancel_flight(flight)
    after = only_event(file_of(booking))
    assert (after["uid"], after["status"]) == (before["uid"], "CANCELLED")
    assert after["sequence"] > before["sequence"]


def test_a_cancelled_booking_gives_a_file_that_cancels_its_events(app: Flask) -> None:
    booking = make_booking(make_flight())
    before = only_event(file_of(booking))
    cancel(booking)
    calendar = file_of(booking)
    event = only_event(calendar)
    assert calendar["method"] == "CANCEL"
    assert (event["uid"], event["status"]) == (before["uid"], "CANCELLED")


def test_a_dropped_flight_is_taken_out_of_the_calendar(app: Flask) -> None:
    booking = make_booking(make_flight())
    with transaction():
        db.session.get_one(Booking, booking.id).segments[0].dropped_at = clock.now()
    calendar = file_of(booking)
    assert calendar["method"] == "PUBLISH"
    assert only_event(calendar)["status"] == "CANCELLED"


def test_an_unchanged_trip_gives_an_unchanged_file(app: Flask, client: FlaskClient) -> None:
    alice = make_user()
    log_in(client, alice)
    booking = make_booking(make_flight(), user=alice)
    first = client.get(f"/bookings/{booking.reference}/calendar.ics")
    assert first.status_code == 200
    assert first.content_type == "text/calendar; charset=utf-8"
    again = client.get(
        f"/bookings/{booking.reference}/calendar.ics",
        headers={"If-None-Match": first.headers["ETag"]},
    )
    assert again.status_code == 304


def test_a_hold_has_no_calendar_file_yet(app: Flask, client: FlaskClient) -> None:
    alice = make_user()
    log_in(client, alice)
    held = make_hold(make_flight(), user=alice)
    answer = client.get(f"/bookings/{held.reference}/calendar.ics")
    assert (answer.status_code, answer.location) == (303, f"/bookings/{held.reference}")


def test_a_private_address_shows_all_trips_until_it_is_revoked(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    log_in(client, alice)
    assert page(client.get("/account/calendar")).all(id="address") == []
    client.post("/account/calendar")
    address = page(client.get("/account/calendar")).one(id="address").attributes["value"]
    # By our own setting: the host of a request is whatever somebody says.
    assert address.startswith("http://127.0.0.1:8000/calendar/")
    assert address.endswith(".ics")
    make_booking(make_flight(), user=alice)
    make_booking(make_flight(), user=make_user("charlie@example.com"))
    dropped = make_booking(make_flight(), user=alice)
    cancel(dropped)

    program = app.test_client()
    calendar = Calendar.from_ical(program.get(address).data)
    assert "method" not in calendar
    assert [event["status"] for event in calendar.walk("VEVENT")] == ["CONFIRMED", "CANCELLED"]

    client.post("/account/calendar")
    renewed = page(client.get("/account/calendar")).one(id="address").attributes["value"]
    assert program.get(address).status_code == 404
    assert program.get(renewed).status_code == 200
    client.post("/account/calendar/revoke")
    assert program.get(renewed).status_code == 404


@pytest.mark.parametrize("token", ["nobody", "ä", "%00", "a" * 5000])
def test_an_unknown_calendar_address_is_not_found(client: FlaskClient, token: str) -> None:
    assert client.get(f"/calendar/{token}.ics").status_code == 404


ZONES = [
    "Europe/London",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Casablanca",
    "Pacific/Auckland",
]


@settings(max_examples=150, deadline=None)
@given(zone=st.sampled_from(ZONES), minute=st.integers(1440, 728 * 1440))
def test_a_calendars_zones_tell_the_same_time_as_the_airports_do(zone: str, minute: int) -> None:
    """Read by dateutil, which knows a zone only from the file."""
    written = zone_text(zone, 2026, 2027).decode()
    read = tzical(StringIO(written.replace("\r\n", "\n"))).get(zone)
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    there = moment.astimezone(ZoneInfo(zone))
    assert read is not None
    assert there.replace(tzinfo=read, fold=there.fold).utcoffset() == there.utcoffset()
