"""Another address or telephone for a trip that is booked: what waits follows, and both are told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from tests.builders import cancel, log_in, make_booking, make_flight, make_hold, make_user
from tests.conftest import MakeApp
from tests.pages import beside, page, typed
from webapp import clock
from webapp.accounts.models import Role
from webapp.booking.contact.service import change_contact
from webapp.booking.models import Booking, BookingEvent
from webapp.db import db, transaction
from webapp.notifications import outbox
from webapp.notifications.models import Kind, Notification, State
from worker.mails import Mail, Redirected, Withheld, decide

NEW = "alice@new.example.com"


def save(client: FlaskClient, booking: Booking, email: str = NEW, phone: str = "") -> TestResponse:
    data = {"contact_email": email, "contact_phone": phone}
    return client.post(f"/bookings/{booking.reference}/contact", data=data)


def booked(client: FlaskClient) -> Booking:
    """Return a trip of Alice, who is logged in, with a confirmation that went out."""
    alice = make_user()
    booking = make_booking(make_flight(), user=alice)
    log_in(client, alice)
    with transaction() as session:
        sent = update(Notification).where(Notification.kind == Kind.BOOKING_CONFIRMED)
        session.execute(sent.values(state=State.SENT, sent_at=clock.now()))
    return booking


def mails() -> dict[tuple[str, str], Notification]:
    """Return every mail by its kind and the address that it goes to."""
    db.session.expire_all()
    return {(each.kind, each.recipient): each for each in db.session.scalars(select(Notification))}


def test_what_waits_goes_to_the_new_address_and_what_went_stays(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client)
    shown = page(client.get(f"/bookings/{booking.reference}"))
    assert "Mail goes to alice@example.com" in shown.text
    assert save(client, booking, phone="+442079460018").status_code == 303
    shown = page(client.get(f"/bookings/{booking.reference}"))
    assert f"Mail goes to {NEW}, calls to +44 20 7946 0018" in shown.text
    assert "Address or telephone changed" in shown.text
    assert (Kind.BOOKING_CONFIRMED, "alice@example.com") in mails()
    waiting = {each.kind: each.recipient for each in mails().values() if each.state == State.DUE}
    assert Kind.DEPARTURE_REMINDER in waiting
    assert waiting.pop(Kind.CONTACT_CHANGED)
    assert set(waiting.values()) == {NEW}


def test_both_addresses_are_told_and_the_new_one_gets_the_documents(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client)
    save(client, booking)
    old, new = (
        decide(mails()[Kind.CONTACT_CHANGED, address]) for address in ("alice@example.com", NEW)
    )
    assert isinstance(old, Mail)
    assert isinstance(new, Mail)
    assert [each.content_type.partition(";")[0] for each in new.attached] == [
        "application/pdf",
        "text/calendar",
    ]
    assert not old.attached
    # Once more: who is told that mail goes elsewhere stays who it was.
    save(client, booking, "third@example.com")
    told = {address for kind, address in mails() if kind == Kind.CONTACT_CHANGED}
    assert told == {"alice@example.com", NEW, "third@example.com"}
    passed_by = decide(mails()[Kind.CONTACT_CHANGED, NEW])
    assert isinstance(passed_by, Mail)
    assert not passed_by.attached
    assert (Kind.DEPARTURE_REMINDER, "third@example.com") in mails()


def test_a_mail_that_is_sent_again_goes_where_mail_goes_now(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client)
    save(client, booking)
    confirmation = mails()[Kind.BOOKING_CONFIRMED, "alice@example.com"]
    again = {"mail": confirmation.key}
    client.post(f"/bookings/{booking.reference}/mails/again", data=again)
    assert (Kind.BOOKING_CONFIRMED, NEW) in mails()


def test_a_form_sent_twice_and_another_telephone_alone_tell_nobody(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client)
    for _ in range(2):
        assert save(client, booking, "alice@example.com", "+442079460018").status_code == 303
    assert not [kind for kind, _ in mails() if kind == Kind.CONTACT_CHANGED]
    lines = select(BookingEvent).where(BookingEvent.what == "contact_changed")
    (line,) = db.session.scalars(lines)
    assert line.before == {"contact_email": "alice@example.com", "contact_phone": None}
    assert line.actor == "alice@example.com"


def test_what_is_no_address_or_number_is_refused_beside_its_field(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client)
    answer = save(client, booking, "alice at home", "12")
    assert answer.status_code == 422
    assert beside(answer, "contact_email")
    assert "Begin with +" in beside(answer, "contact_phone")
    assert typed(answer, "contact_email") == "alice at home"
    assert "Tell us where mail goes" in beside(save(client, booking, ""), "contact_email")


def test_what_is_not_booked_leads_to_where_it_stands(app: Flask, client: FlaskClient) -> None:
    alice = make_user()
    log_in(client, alice)
    hold = make_hold(make_flight(), user=alice)
    assert save(client, hold).status_code == 303
    booking = make_booking(make_flight(number=72), user=alice)
    cancel(booking)
    assert save(client, booking).status_code == 303


def being_sent() -> dict[str, Notification]:
    """Let a worker take all mails that are due, and return them by kind."""
    with transaction():
        portions = outbox.claim_due(timedelta(seconds=60))
    with transaction():
        taken = [outbox.begin_delivery(ids, timedelta(seconds=60)) for ids in portions]
    return {each.kind: each for mails_ in taken for each in mails_}


def test_a_mail_that_was_being_sent_meanwhile_is_tried_again_at_the_new_address(app: Flask) -> None:
    booking = make_booking(make_flight(), email="mistyped@example.com")
    confirmation = being_sent()[Kind.BOOKING_CONFIRMED]
    with transaction():
        change_contact(booking.id, NEW, None, "alice")
    with transaction():
        outbox.record_failure(confirmation, 450, "busy, come again")
    clock.advance(timedelta(hours=1))
    again = being_sent()[Kind.BOOKING_CONFIRMED]
    assert again.recipient == "mistyped@example.com"
    assert decide(again) == Redirected(NEW)
    with transaction():
        outbox.record_redirected(again, NEW)
    third = being_sent()[Kind.BOOKING_CONFIRMED]
    assert (third.recipient, third.attempts) == (NEW, 2), "looking again is no attempt"
    assert isinstance(decide(third), Mail)


def told_of_the_change() -> list[tuple[str, bool]]:
    """Return who is still to be told, and whether that mail comes there now or no more."""
    query = select(Notification).where(
        Notification.kind == Kind.CONTACT_CHANGED, Notification.state == State.DUE
    )
    decided = [(mail.recipient, decide(mail)) for mail in db.session.scalars(query)]
    return sorted((who, mail.context["is_here"]) for who, mail in decided if isinstance(mail, Mail))


def reach(booking: Booking, *addresses: str) -> None:
    """Change a booking's address to one after the other, before any mail is sent."""
    for address in addresses:
        with transaction():
            change_contact(booking.id, address, None, "alice")
        clock.advance(timedelta(seconds=1))


def test_an_address_that_comes_back_is_told_once_how_things_stand(app: Flask) -> None:
    reach(make_booking(make_flight(), email="alice@example.com"), NEW, "alice@example.com")
    assert told_of_the_change() == [("alice@example.com", True), (NEW, False)]


def test_who_was_left_first_is_told_although_the_address_changes_again(app: Flask) -> None:
    reach(make_booking(make_flight(), email="alice@example.com"), "thief@example.com", NEW)
    told = [("alice@example.com", False), (NEW, True), ("thief@example.com", False)]
    assert told_of_the_change() == sorted(told)


def test_who_is_left_hears_of_it_although_the_trip_is_cancelled_at_once(app: Flask) -> None:
    booking = make_booking(make_flight(), email="alice@example.com")
    with transaction():
        change_contact(booking.id, "thief@example.com", None, "traveller")
    cancel(booking)
    mail = mails()[Kind.CONTACT_CHANGED, "alice@example.com"]
    assert isinstance(decide(mail), Mail)
    assert isinstance(decide(mails()[Kind.CONTACT_CHANGED, "thief@example.com"]), Withheld)


@pytest.mark.parametrize("phone", [" ", "\t", "\u00a0"])
def test_a_telephone_of_spaces_is_none(app: Flask, client: FlaskClient, phone: str) -> None:
    booking = booked(client)
    assert save(client, booking, phone=phone).status_code == 303
    assert db.session.get_one(Booking, booking.id).contact_phone is None
    assert client.get(f"/bookings/{booking.reference}").status_code == 200


def test_an_address_that_few_servers_take_is_refused_here_too(
    app: Flask, client: FlaskClient
) -> None:
    refused = save(client, booked(client), "jürg@example.com")
    assert refused.status_code == 422
    assert "plain letters before the @" in beside(refused, "contact_email")


def test_what_strangers_send_counts_against_nobody(make_app: MakeApp) -> None:
    app = make_app(rate_limits=True)
    alice, stranger = app.test_client(), app.test_client()
    booking = make_booking(make_flight(), user=make_user())
    log_in(alice, make_user())
    address = f"/bookings/{booking.reference}/contact"
    for _ in range(21):
        assert stranger.post(address, data={"contact_email": NEW}).status_code == 404
    assert alice.post(address, data={"contact_email": NEW}).status_code == 303
    for _ in range(20):
        answer = alice.post(address, data={"contact_email": NEW})
    assert answer.status_code == 429


def test_staff_who_help_many_are_not_held_up_by_their_address(make_app: MakeApp) -> None:
    app = make_app(rate_limits=True)
    sam, flight = app.test_client(), make_flight(seats=200)
    log_in(sam, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    for _ in range(101):
        booking = make_booking(flight)
        sam.post(f"/staff/bookings/{booking.reference}/serve")
        address = f"/bookings/{booking.reference}/contact"
        assert sam.post(address, data={"contact_email": NEW}).status_code == 303


def test_nobody_writes_to_addresses_for_ever_by_one_trip_after_another(make_app: MakeApp) -> None:
    app = make_app(rate_limits=True)
    alice, flight, user = app.test_client(), make_flight(), make_user()
    log_in(alice, user)
    trips = [make_booking(flight, user=user) for _ in range(6)]
    for trip in trips[:5]:
        assert {save(alice, trip).status_code for _ in range(20)} == {303}
    assert save(alice, trips[5]).status_code == 429
