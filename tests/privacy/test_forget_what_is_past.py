"""What is kept about people goes when it is needed no more; what others count by stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.booking.checkin.test_check_in import DOCUMENT, send
from tests.booking.steps import ALICE, hold, name
from tests.booking.test_hold_again import form_of
from tests.builders import cancel, log_in, make_booking, make_flight, make_hold, make_user
from tests.pages import page, typed
from tests.races import at_once
from webapp import clock
from webapp.accounts.models import Role
from webapp.alerts.models import PriceAlert
from webapp.alerts.service import forget_alerts
from webapp.booking import disruptions
from webapp.booking.cancellation.rules import Part
from webapp.booking.checkin.queries import documents_to_forget
from webapp.booking.checkin.service import TravelDocument, check_in, forget_documents
from webapp.booking.history import record
from webapp.booking.holds.service import forget_holds
from webapp.booking.models import Booking, BookingEvent, Passenger
from webapp.booking.service import confirm_booking, expire_hold, keep_typed, release_hold
from webapp.db import db, transaction
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightCabin, SeatClaim
from webapp.limits import DatabaseStorage, RateLimit, forget_windows
from webapp.notifications import by_hand
from webapp.notifications.models import Notification, NotificationEvent
from webapp.retention import ALERTS_KEPT, DOCUMENTS_KEPT, HOLDS_KEPT
from webapp.search.recent.models import RecentSearch
from webapp.search.recent.service import forget_past_searches
from webapp.staff.integrity import broken_promises
from worker.forgetting import forget_portions
from worker.price_checks import check_prices

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PASSPORT = ("CH", "X1234567", "CH")


def forget_at(instant: Any) -> None:
    """Let it be some time, and forget as the schedule does."""
    clock.move_to(instant)
    db.session.rollback()
    forget_portions()
    db.session.rollback()
    db.session.expire_all()


def passports() -> list[tuple[str | None, ...]]:
    """Return what is kept of everybody's travel document."""
    query = select(Passenger).order_by(Passenger.booking_id, Passenger.position)
    return [
        (each.nationality, each.document_number, each.document_country)
        for each in db.session.scalars(query)
    ]


def checked_in(client: FlaskClient, days_away: int | None = None) -> tuple[Booking, Flight]:
    """Return Alice's trip abroad, checked in with a passport, and the last flight of it."""
    alice = make_user()
    out = make_flight(destination="LHR")
    back = None
    if days_away:
        leaves = out.departs_at + days_away * DAY
        back = make_flight(origin="LHR", destination="DEL", departs_at=leaves)
    booking = make_booking(out, user=alice, back=back)
    clock.move_to(out.departs_at - 20 * HOUR)
    log_in(client, alice)
    assert send(client, booking, 0, **DOCUMENT).status_code == 303
    assert passports() == [PASSPORT]
    return booking, back or out


def ended_hold(client: FlaskClient, end: Callable[[int], Any] = expire_hold) -> Booking:
    """Return a guest's hold, on a flight far ahead, that was named and is over."""
    flight = make_flight(departs_at=clock.now() + 90 * DAY)
    assert name(client, hold(client, flight), contact_phone="+442079460018").status_code == 303
    booking = db.session.scalars(select(Booking)).one()
    clock.move_to(booking.expires_at)
    with transaction():
        end(booking.id)
    return booking


def typed_into(booking: Booking) -> list[Any]:
    """Return what is kept of what was typed into a hold."""
    db.session.expire_all()
    kept = db.session.get_one(Booking, booking.id)
    people = [(each.given_name, each.family_name, each.born_on) for each in kept.passengers]
    lines = [(each.before, each.after) for each in kept.events if each.what == "named"]
    flat = [kept.contact_email, kept.contact_phone, *chain(*people), *chain(*lines)]
    return [each for each in flat if each]


def test_travel_documents_are_forgotten_thirty_days_after_the_last_flight_left(
    client: FlaskClient,
) -> None:
    _, flight = checked_in(client)
    forget_at(flight.departs_at + DOCUMENTS_KEPT - HOUR)
    assert passports() == [PASSPORT]
    forget_at(flight.departs_at + DOCUMENTS_KEPT)
    assert passports() == [(None, None, None)]
    passenger = db.session.scalars(select(Passenger)).one()
    assert (passenger.document_expires_on, passenger.document_given_at) == (None, None)
    assert (passenger.family_name, passenger.born_on is not None) == ("Meier", True)
    assert broken_promises() == []


def test_a_trip_whose_documents_are_forgotten_reads_as_before(client: FlaskClient) -> None:
    booking, flight = checked_in(client)
    trip = f"/bookings/{booking.reference}"
    forget_at(flight.departs_at + DOCUMENTS_KEPT)
    log_in(client, make_user())
    shown = client.get(trip)
    assert "Travel documents given" in shown.text
    for more in ("/check-in", "/e-ticket.pdf", "/boarding-pass/1/1.pdf", "/calendar.ics"):
        assert client.get(trip + more).status_code == 200
    written = client.get("/account/data.json").text
    assert "documents_given" in written
    assert "X1234567" not in written


def test_travel_documents_are_kept_for_the_way_back(client: FlaskClient) -> None:
    booking, last = checked_in(client, days_away=45)
    forget_at(last.departs_at - 20 * HOUR)
    log_in(client, make_user())
    form = client.get(f"/bookings/{booking.reference}/check-in")
    assert typed(form, "travellers-0-document_number") == "X1234567"
    forget_at(last.departs_at + DOCUMENTS_KEPT - HOUR)
    assert passports() == [PASSPORT]
    forget_at(last.departs_at + DOCUMENTS_KEPT)
    assert passports() == [(None, None, None)]


def test_travel_documents_are_kept_for_a_flight_that_left_late(client: FlaskClient) -> None:
    _, flight = checked_in(client)
    late = flight.departs_at + 5 * HOUR
    with transaction():
        disruptions.delay_flight(flight.id, late, late + 9 * HOUR, "sam@example.com")
    forget_at(late + DOCUMENTS_KEPT - HOUR)
    assert passports() == [PASSPORT]
    forget_at(late + DOCUMENTS_KEPT)
    assert passports() == [(None, None, None)]


def test_travel_documents_are_forgotten_thirty_days_after_a_cancellation(
    client: FlaskClient,
) -> None:
    booking, _ = checked_in(client, days_away=60)
    clock.advance(10 * HOUR)
    cancel(booking)
    at = clock.now()
    forget_at(at + DOCUMENTS_KEPT - HOUR)
    assert passports() == [PASSPORT]
    forget_at(at + DOCUMENTS_KEPT + HOUR)
    assert passports() == [(None, None, None)]
    assert broken_promises() == []


def test_a_way_back_that_was_given_up_keeps_no_travel_documents(client: FlaskClient) -> None:
    booking, last = checked_in(client, days_away=60)
    cancel(booking, Part(journey=1))
    forget_at(last.departs_at - 60 * DAY + DOCUMENTS_KEPT)
    assert passports() == [(None, None, None)]
    assert broken_promises() == []


def test_who_was_cancelled_alone_keeps_no_travel_documents_for_the_others_way_back(
    client: FlaskClient,
) -> None:
    out = make_flight(destination="LHR")
    back = make_flight(origin="LHR", destination="DEL", departs_at=out.departs_at + 200 * DAY)
    booking = make_booking(out, Party(2), back=back)
    clock.move_to(out.departs_at - 20 * HOUR)
    document = TravelDocument("CH", "X1234567", "CH", (clock.now() + 900 * DAY).date())
    with transaction():
        check_in(booking.id, {0: document, 1: document}, "alice")
    cancel(booking, Part(passengers=(1,)))
    forget_at(clock.now() + DOCUMENTS_KEPT)
    assert passports() == [PASSPORT, (None, None, None)]


def test_travel_documents_that_are_given_meanwhile_are_kept(client: FlaskClient) -> None:
    _, flight = checked_in(client)
    clock.move_to(flight.departs_at + DOCUMENTS_KEPT)
    found = documents_to_forget()
    assert len(found) == 1
    with transaction() as session:
        session.execute(update(Passenger).values(document_given_at=clock.now()))
    with transaction():
        forget_documents(found)
    assert passports() == [PASSPORT]


def test_the_check_in_says_how_long_travel_documents_are_kept(client: FlaskClient) -> None:
    flight, alice = make_flight(destination="LHR"), make_user()
    booking = make_booking(flight, user=alice)
    clock.move_to(flight.departs_at - 20 * HOUR)
    log_in(client, alice)
    shown = page(client.get(f"/bookings/{booking.reference}/check-in")).text
    assert "forgotten 30 days after the last flight of your trip" in shown


@pytest.mark.parametrize("end", [expire_hold, lambda id: release_hold(id, "traveller")])
def test_what_was_typed_into_a_hold_is_forgotten_thirty_days_after_its_end(
    client: FlaskClient, end: Callable[[int], Any]
) -> None:
    booking = ended_hold(client, end)
    before = typed_into(booking)
    assert "+442079460018" in before
    forget_at(booking.expires_at + HOLDS_KEPT - HOUR)
    assert typed_into(booking) == before
    forget_at(booking.expires_at + HOLDS_KEPT)
    assert typed_into(booking) == []
    assert db.session.scalars(select(Notification)).all() == []


def test_what_others_count_by_stays_of_a_hold(client: FlaskClient) -> None:
    booking = ended_hold(client)

    def counted() -> list[Any]:
        db.session.expire_all()
        kept = db.session.get_one(Booking, booking.id)
        return [
            (kept.reference, kept.idempotency_key, kept.offer_digest, kept.total_minor),
            [(each.kind, each.price_minor) for each in kept.passengers],
            [(each.what, each.actor, each.at) for each in kept.events],
            [(each.before, each.after) for each in kept.events if each.what != "named"],
            [(each.claim_id, each.flight_id) for each in kept.segments],
            [(each.status, each.seats) for each in db.session.scalars(select(SeatClaim))],
            [(each.held, each.sold) for each in db.session.scalars(select(FlightCabin))],
        ]

    before = counted()
    forget_at(booking.expires_at + HOLDS_KEPT)
    assert counted() == before
    assert broken_promises() == []


def test_the_history_of_a_forgotten_hold_names_staff_and_no_account(client: FlaskClient) -> None:
    booking = ended_hold(client, lambda id: release_hold(id, "alice@example.com"))
    make_user("alice@example.com")
    make_user("sam@example.com", Role.AIRLINE_STAFF, "X1")
    with transaction():
        record(booking, "sam@example.com", "seen")
    forget_at(booking.expires_at + HOLDS_KEPT)
    lines = select(BookingEvent.what, BookingEvent.actor).order_by(BookingEvent.id)
    assert dict(map(tuple, db.session.execute(lines))) == {
        "held": "traveller",
        "named": "traveller",
        "released": "traveller",
        "seen": "sam@example.com",
    }


def test_a_hold_that_is_forgotten_is_held_again_without_names(client: FlaskClient) -> None:
    booking = ended_hold(client)
    address = f"/bookings/{booking.reference}/passengers"
    assert "The names that you typed are kept" in client.get(address).text
    forget_at(booking.expires_at + HOLDS_KEPT)
    expired = client.get(address)
    assert expired.status_code == 409
    assert "$100 in total" in page(expired).text
    assert "The names that you typed are kept" not in expired.text
    again = client.post("/holds", data=form_of(expired))
    form = client.get(again.location)
    assert typed(form, "passengers-0-given_name") == ""
    assert typed(form, "contact_email") == ""


def test_what_is_typed_into_a_hold_that_is_forgotten_is_not_kept(client: FlaskClient) -> None:
    booking = ended_hold(client)
    forget_at(booking.expires_at + HOLDS_KEPT)
    late = client.post(f"/bookings/{booking.reference}/passengers", data=ALICE)
    assert late.status_code == 409
    assert "The names that you typed are kept" not in late.text
    assert typed_into(booking) == []


def test_the_mails_about_a_hold_go_with_what_was_done_to_them(client: FlaskClient) -> None:
    booking = ended_hold(client)
    mail = db.session.scalars(select(Notification)).one()
    with transaction():
        by_hand.send_again(mail.id, "sam@example.com")
    other = make_booking(make_flight())
    forget_at(booking.expires_at + HOLDS_KEPT)
    assert db.session.scalars(select(NotificationEvent)).all() == []
    left = {each.booking_id for each in db.session.scalars(select(Notification))}
    assert left == {other.id}


def test_what_is_booked_keeps_its_names_and_addresses(client: FlaskClient) -> None:
    flight = make_flight()
    booked, cancelled = make_booking(flight), make_booking(flight)
    cancel(cancelled)
    forget_at(flight.departs_at + 400 * DAY)
    with transaction():
        forget_holds([booked.id, cancelled.id])
    for booking in (booked, cancelled):
        assert "alice@example.com" in typed_into(booking)
    assert broken_promises() == []


def test_a_hold_that_runs_keeps_what_was_typed(client: FlaskClient) -> None:
    assert name(client, hold(client)).status_code == 303
    booking = db.session.scalars(select(Booking)).one()
    with transaction():
        forget_holds([booking.id])
    assert "alice@example.com" in typed_into(booking)
    with transaction():
        confirm_booking(booking.id, "traveller")


def test_more_than_a_portion_is_forgotten_and_nothing_twice(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.booking.holds.queries.PORTION", 2)
    flight = make_flight()
    holds = [make_hold(flight) for _ in range(5)]
    clock.move_to(holds[-1].expires_at)
    with transaction():
        for each in holds:
            expire_hold(each.id)
    forget_at(clock.now() + HOLDS_KEPT)
    query = select(Booking.forgotten_at).order_by(Booking.id)
    first = db.session.scalars(query).all()
    assert None not in first
    forget_at(clock.now() + DAY)
    assert db.session.scalars(query).all() == first


@pytest.mark.parametrize("round_", range(4))
def test_workers_and_travellers_side_by_side_leave_nothing_typed(
    app: Flask, client: FlaskClient, round_: int
) -> None:
    booking = ended_hold(client)
    clock.move_to(booking.expires_at + HOLDS_KEPT)

    def type_late(number: int) -> None:
        with transaction():
            keep_typed(booking.id, [None], f"bob-{round_}-{number}@example.com", None, "traveller")

    typing = [partial(type_late, number) for number in range(6)]
    at_once(app, [*typing[:3], forget_portions, *typing[3:], forget_portions])
    forget_at(clock.now())
    assert typed_into(booking) == []
    assert broken_promises() == []


def test_a_search_is_forgotten_when_its_day_is_over(client: FlaskClient) -> None:
    log_in(client, make_user())
    flight, later = make_flight(), make_flight(departs_at=clock.now() + 40 * DAY)
    for each in (flight, later):
        search = f"origin=DEL&destination=BOM&depart={each.departs_on}"
        assert client.get(f"/flights?{search}").status_code == 200
    forget_at(flight.departs_at - HOUR)
    assert len(db.session.scalars(select(RecentSearch)).all()) == 2
    forget_at(flight.departs_at + 2 * DAY)
    (left,) = db.session.scalars(select(RecentSearch)).all()
    assert left.depart == later.departs_on
    with transaction():
        forget_past_searches([left.id])
    assert db.session.scalars(select(RecentSearch.id)).all() == [left.id]


def test_a_followed_price_is_forgotten_thirty_days_after_its_day(client: FlaskClient) -> None:
    log_in(client, make_user())
    flight = make_flight()
    follow = f"/alerts/follow?origin=DEL&destination=BOM&depart={flight.departs_on}"
    assert client.post(follow, data={"rule": "percent", "threshold": 10}).status_code == 303
    forget_at(flight.departs_at + ALERTS_KEPT + 2 * DAY)
    (alert,) = db.session.scalars(select(PriceAlert)).all()
    with transaction():
        forget_alerts([alert.id])
    assert db.session.scalars(select(PriceAlert)).all(), "it did not end yet"
    clock.move_to(flight.departs_at + 2 * DAY)
    check_prices()
    forget_at(flight.departs_at + ALERTS_KEPT - DAY)
    assert db.session.scalars(select(PriceAlert)).all()
    forget_at(flight.departs_at + ALERTS_KEPT + 2 * DAY)
    assert not db.session.scalars(select(PriceAlert)).all()


def test_counts_of_tries_are_forgotten_when_their_window_is_over(app: Flask) -> None:
    storage = DatabaseStorage()
    storage.incr("over", 60)
    storage.incr("runs", 60, 2)
    with transaction() as session:
        over = update(RateLimit).where(RateLimit.hits == 1)
        session.execute(over.values(expires_at=1.0))
    forget_portions()
    db.session.rollback()
    (left,) = db.session.scalars(select(RateLimit.key))
    with transaction():
        forget_windows([left])
    assert storage.get("runs") == 2
