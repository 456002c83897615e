"""Closing an account: what ends with it, what stays, and who can do it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.airline import cancel_flight
from tests.builders import (
    PASSWORD,
    birthday_of,
    log_in,
    make_booking,
    make_flight,
    make_hold,
    make_offer,
    make_user,
)
from tests.conftest import MakeApp
from tests.mails.post import deliver
from tests.pages import beside, page
from tests.privacy.full_account import make_full_account
from tests.privacy.test_account_file import file_of, owners_of
from tests.races import at_once
from tests.state import mails
from webapp import clock
from webapp.accounts import service as accounts
from webapp.accounts.errors import AccountClosed
from webapp.accounts.models import EmailChange, Role, SavedTraveller, User
from webapp.accounts.passwords import service as passwords
from webapp.accounts.passwords.links import put_back_token, reset_token
from webapp.accounts.queries import PUT_BACK_WITHIN, user_by_id
from webapp.accounts.travellers.service import change_traveller, save_travellers
from webapp.booking import disruptions, ownership, service
from webapp.booking.models import Booking, BookingStatus
from webapp.booking.party import PassengerNames
from webapp.db import Base, db, retry_conflicts, transaction
from webapp.documents.calendar.models import CalendarFeed
from webapp.documents.calendar.service import renew_feed
from webapp.flights.models import FlightCabin
from webapp.notifications import preferences
from webapp.notifications.models import Kind, Notification, State
from webapp.privacy.service import close_account
from webapp.search.offers import sign
from webapp.staff.integrity import broken_promises
from worker.mails import Mail, Withheld, decide

# What still has a row with the id of an account that was closed.
STILL_THERE = {
    "email_changes": "bare, since the links in their mails name them",
    "notifications": "the log of mails about the account, as the law on records asks",
}


def close(client: FlaskClient, password: str = PASSWORD) -> TestResponse:
    return client.post("/account/close", data={"password": password})


def kept(booking: Booking) -> Booking:
    db.session.expire_all()
    return db.session.get_one(Booking, booking.id)


def withheld(mail: Notification) -> str:
    decision = decide(mail)
    assert isinstance(decision, Withheld)
    return decision.reason


def test_the_page_says_before_what_will_happen(app: Flask) -> None:
    alice = make_full_account(app)
    link = page(alice.client.get("/account")).one("a", href="/account/close")
    shown = page(alice.client.get(link.attributes["href"])).one("main")
    assert shown.one("h1").text == "Close your account?"
    assert shown.one(class_="reference-small").text == alice.booked.reference
    assert "seats that you hold at the moment are given back" in shown.text
    assert "Passports are forgotten 30 days after the last flight" in shown.text
    assert "never booked, 30 days after they were held" in shown.text
    assert "a last mail to alice@example.com" in shown.text
    assert shown.all("a", href="/account/data.json")


def test_who_has_nothing_booked_is_told_of_no_trips(client: FlaskClient) -> None:
    log_in(client, make_user())
    shown = page(client.get("/account/close")).one("main").text
    assert "You still fly" not in shown
    assert "hold at the moment" not in shown


def test_what_is_booked_is_found_by_reference_and_family_name(app: Flask) -> None:
    alice = make_full_account(app)
    answer = close(alice.client)
    assert (answer.status_code, answer.location) == (303, "/trip")
    assert answer.headers["Clear-Site-Data"] == '"cache"', "Back would show what was kept"
    assert "Your account is closed" in alice.client.get("/trip").text
    booked, cancelled = kept(alice.booked), kept(alice.cancelled)
    assert (booked.status, cancelled.status) == (BookingStatus.CONFIRMED, BookingStatus.CANCELLED)
    assert (booked.user_id, cancelled.user_id) == (None, None)
    assert [each.what for each in booked.events][-1] == "left_account"
    assert booked.events[-1].actor == "alice@example.com"
    finder = app.test_client()
    assert finder.get(f"/bookings/{booked.reference}").status_code == 404
    found = finder.get(f"/trip?reference={booked.reference}&last_name=Meier")
    assert found.location == f"/bookings/{booked.reference}"
    shown = finder.get(found.location)
    assert "Its account was closed" in shown.text
    assert finder.get(f"/bookings/{booked.reference}/e-ticket.pdf").status_code == 200
    assert broken_promises() == []


def test_an_account_whose_address_may_be_put_back_is_not_closed(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, make_user())
    moved = {"password": PASSWORD, "email": "thief@example.com"}
    assert client.post("/account/email", data=moved).status_code == 303
    thief = app.test_client()
    thief.post("/login", data={"email": "thief@example.com", "password": PASSWORD})
    assert "may still put it back" in page(thief.get("/account/close")).one("main").text
    assert [close(thief, each).status_code for each in (PASSWORD, "wrong words")] == [409, 409]
    db.session.expire_all()
    back = f"/account/put-back/{put_back_token(db.session.scalars(select(EmailChange)).one())}"
    secret = {"password": f"{PASSWORD}!", "password_again": f"{PASSWORD}!"}
    assert app.test_client().post(back, data=secret).status_code == 303
    assert close(thief).location.startswith("/login")
    owner = {"email": "alice@example.com", "password": secret["password"]}
    assert client.post("/login", data=owner).status_code == 303
    assert close(client, secret["password"]).status_code == 303


def test_a_week_after_its_address_changed_an_account_can_be_closed(client: FlaskClient) -> None:
    log_in(client, make_user())
    client.post("/account/email", data={"password": PASSWORD, "email": "new@example.com"})
    clock.advance(PUT_BACK_WITHIN)
    log_in(client, db.session.scalars(select(User)).one())
    assert close(client).status_code == 303


def test_held_seats_are_given_back_at_once(app: Flask) -> None:
    alice = make_full_account(app)
    close(alice.client)
    held = kept(alice.held)
    assert (held.status, held.user_id) == (BookingStatus.EXPIRED, None)
    assert db.session.scalars(select(func.sum(FlightCabin.held))).one() == 0


def test_all_else_is_forgotten(app: Flask) -> None:
    alice = make_full_account(app)
    charlie = make_full_account(app, "charlie", "Quux")
    before = file_of(charlie.client)
    user_id = alice.user.id
    close(alice.client)
    for table in Base.metadata.sorted_tables:
        if "users" in owners_of(table):
            found = table.select().where(table.c.user_id == user_id)
            rows = db.session.execute(found).all()
            assert bool(rows) == (table.name in STILL_THERE), table.name
    for model in (User, EmailChange, SavedTraveller):
        for row in db.session.scalars(select(model)):
            written = str({key: value for key, value in vars(row).items() if key[0] != "_"})
            assert "alice" not in written.lower(), written
    after = file_of(charlie.client)
    assert after | {"written_at": 0} == before | {"written_at": 0}


def test_mails_about_what_is_booked_still_come(app: Flask) -> None:
    alice = make_full_account(app)
    close(alice.client)
    (confirmation, _) = mails(Kind.BOOKING_CONFIRMED)
    assert confirmation.user_id is None
    assert isinstance(decide(confirmation), Mail)
    flight = kept(alice.booked).segments[0].flight
    cancel_flight(flight)
    (told,) = mails(Kind.FLIGHT_CANCELLED)
    assert (told.recipient, told.user_id) == ("alice@example.com", None)
    assert isinstance(decide(told), Mail)


def test_kinds_of_mails_that_were_switched_off_do_not_come_back(app: Flask) -> None:
    alice = make_user()
    with transaction():
        preferences.set_preferences(alice.id, alice.email, [Kind.DAY_OF_TRAVEL], 3, "en-GB")
    flight = make_flight()
    make_booking(flight, user=alice)
    with transaction():
        close_account(alice.id, PASSWORD)
    for kind in (Kind.DEPARTURE_REMINDER, Kind.CHECK_IN_OPEN):
        (mail,) = mails(kind)
        assert (mail.state, mail.reason) == (State.WITHHELD, "unsubscribed")
    (wanted,) = mails(Kind.DAY_OF_TRAVEL)
    assert wanted.state == State.DUE
    clock.move_to(flight.departs_at - timedelta(hours=3))
    assert isinstance(decide(wanted), Mail)


def test_a_last_mail_goes_to_the_address_of_that_moment_and_none_to_others(app: Flask) -> None:
    alice = make_full_account(app)
    # The page was open in one tab while the address was changed in another.
    with transaction():
        passwords.change_email(accounts.locked_account(alice.user.id), PASSWORD, "new@example.com")
        passwords.ask_for_link("new@example.com")
    clock.advance(PUT_BACK_WITHIN)
    browser = app.test_client()
    log_in(browser, alice.user)
    assert close(browser).status_code == 303
    (last,) = mails(Kind.ACCOUNT_CLOSED)
    assert last.recipient == "new@example.com"
    decision = decide(last)
    assert isinstance(decision, Mail)
    assert "user" not in decision.context
    moved = mails(Kind.EMAIL_CHANGED)
    assert len(moved) == 4
    for mail in (*moved, *mails(Kind.PASSWORD_RESET)):
        assert withheld(mail) == "the account is closed"


def test_its_links_open_nothing_any_more(app: Flask) -> None:
    alice, browser = make_full_account(app), app.test_client()
    reset = f"/password/reset/{reset_token(alice.user)}"
    back = f"/account/put-back/{put_back_token(db.session.scalars(select(EmailChange)).one())}"
    feed = f"/calendar/{db.session.scalars(select(CalendarFeed)).one().token}.ics"
    assert [browser.get(link).status_code for link in (reset, back, feed)] == [200, 410, 200]
    close(alice.client)
    assert [browser.get(link).status_code for link in (reset, back, feed)] == [410, 410, 404]
    new = {"password": "another long password", "password_again": "another long password"}
    assert [browser.post(link, data=new).status_code for link in (reset, back)] == [410, 410]


def test_every_session_ends_and_the_password_opens_nothing(app: Flask) -> None:
    alice, other = make_full_account(app), app.test_client()
    log_in(other, alice.user)
    user_id = alice.user.id
    close(alice.client)
    for browser in (alice.client, other):
        assert browser.get("/account").location.startswith("/login?")
    for email in ("alice@example.com", "alice.old@example.com", f"closed-{user_id}"):
        for password in (PASSWORD, ""):
            data = {"email": email, "password": password}
            assert app.test_client().post("/login", data=data).status_code == 422


def test_its_addresses_can_register_anew_and_see_nothing_of_it(app: Flask) -> None:
    alice, stale = make_full_account(app), app.test_client()
    log_in(stale, alice.user)
    user_id = alice.user.id
    close(alice.client)
    for email in ("alice@example.com", "alice.old@example.com"):
        browser = app.test_client()
        data = {"email": email, "password": PASSWORD, "password_again": PASSWORD}
        assert browser.post("/register", data=data).status_code == 303
        written = file_of(browser)
        assert [mail["kind"] for mail in written["mails"]] == ["welcome"]
        for word in (alice.booked.reference, "Meier", "DEL"):
            assert word not in json.dumps(written)
        assert alice.booked.reference not in browser.get("/bookings").text
    assert user_id not in db.session.scalars(select(User.id).where(User.email.contains("@"))).all()
    assert stale.get("/account").status_code == 303


def test_only_who_knows_the_password_closes_an_account(client: FlaskClient) -> None:
    log_in(client, make_user())
    for wrong, words in (("", "Type your password."), ("a wrong password", "not your password")):
        refused = close(client, wrong)
        assert refused.status_code == 422
        assert words in beside(refused, "password")
    assert client.get("/account").status_code == 200
    assert not mails(Kind.ACCOUNT_CLOSED)


def test_guesses_at_the_password_are_limited(make_app: MakeApp) -> None:
    client = make_app(rate_limits=True).test_client()
    log_in(client, make_user())
    statuses = [close(client, "a wrong password").status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]
    assert close(client).status_code == 429


@pytest.mark.parametrize(("role", "airline"), [(Role.AIRLINE_STAFF, "X1"), (Role.ADMIN, None)])
def test_staff_do_not_close_their_accounts(
    client: FlaskClient, role: Role, airline: str | None
) -> None:
    log_in(client, make_user("sam@example.com", role, airline))
    assert not page(client.get("/account")).all("a", href="/account/close")
    assert client.get("/account/close").status_code == 404
    assert close(client).status_code == 404
    assert client.get("/account").status_code == 200


def test_a_form_that_is_sent_twice_closes_once(app: Flask) -> None:
    alice = make_full_account(app)
    assert close(alice.client).location == "/trip"
    assert close(alice.client).location.startswith("/login?")
    assert len(mails(Kind.ACCOUNT_CLOSED)) == 1


# At the same moment


@pytest.mark.databases("mariadb")
def test_of_many_forms_sent_at_once_one_closes_and_none_fails(app: Flask) -> None:
    alice = make_user()
    make_booking(make_flight(), user=alice)
    browsers = [app.test_client() for _ in range(6)]
    for browser in browsers:
        log_in(browser, alice)
    answers = at_once(app, [lambda each=each: close(each).status_code for each in browsers])  # type: ignore[misc]
    assert answers == [303] * 6
    db.session.rollback()
    assert len(mails(Kind.ACCOUNT_CLOSED)) == 1


def named_hold(user: User | None) -> Booking:
    held = make_hold(make_flight(seats=3), user=user)
    with transaction():
        names = [PassengerNames("Alice", "Meier", birthday_of("adult"))]
        service.name_passengers(held.id, names, "alice@example.com", "test")
    return held


def the_same_either_way(is_booked: bool) -> None:
    """Hold everything against what became of the one booking that was confirmed meanwhile."""
    db.session.rollback()
    booking = db.session.scalars(select(Booking)).one()
    cabin = db.session.scalars(select(FlightCabin)).one()
    assert booking.status == (BookingStatus.CONFIRMED if is_booked else BookingStatus.EXPIRED)
    assert (booking.user_id, cabin.sold, cabin.held) == (None, int(is_booked), 0)
    assert len(mails(Kind.BOOKING_CONFIRMED)) == is_booked
    assert broken_promises() == []


@pytest.mark.parametrize("again", range(3))
def test_a_confirmation_in_another_tab_is_made_or_refused_as_a_whole(
    app: Flask, again: int
) -> None:
    alice = make_user()
    confirm = f"/bookings/{named_hold(alice).reference}/confirm"
    closing, confirming = app.test_client(), app.test_client()
    for browser in (closing, confirming):
        log_in(browser, alice)
    closed, confirmed = at_once(
        app, [lambda: close(closing), lambda: confirming.post(confirm, data={"total": "10000"})]
    )
    assert (closed.status_code, closed.location) == (303, "/trip")
    # A refusal is a trip that is not open here, or nobody's any more.
    is_booked = confirmed.location == confirm.removesuffix("/confirm")
    assert is_booked or confirmed.status_code == 404
    the_same_either_way(is_booked)


@pytest.mark.databases("mariadb")
def test_a_confirmation_that_comes_second_finds_the_hold_given_back(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    confirm = f"/bookings/{named_hold(alice).reference}/confirm"
    log_in(client, alice)
    with transaction():
        close_account(alice.id, PASSWORD)
        thread, outcome = meanwhile(app, lambda: client.post(confirm).status_code)
        assert outcome == []
    thread.join(10)
    assert outcome == [404]
    the_same_either_way(is_booked=False)


@pytest.mark.databases("mariadb")
def test_a_confirmation_that_comes_first_stays(app: Flask, client: FlaskClient) -> None:
    alice = make_user()
    held_id = named_hold(alice).id
    log_in(client, alice)
    with transaction():
        service.confirm_booking(held_id, alice.email, user_id=alice.id)
        thread, outcome = meanwhile(app, lambda: close(client).location)
        assert outcome == []
    thread.join(10)
    assert outcome == ["/trip"]
    the_same_either_way(is_booked=True)


def meanwhile(app: Flask, act: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """Start something in a thread of its own; the list gets what came of it."""
    outcome: list[object] = []

    def run() -> None:
        with app.app_context():
            try:
                outcome.append(retry_conflicts(act))
            except AccountClosed as error:
                outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(0.5)
    return thread, outcome


@pytest.mark.databases("mariadb")
def test_what_is_kept_at_the_moment_of_closing_is_forgotten_or_refused(app: Flask) -> None:
    alice_id = make_user().id

    def save() -> None:
        with transaction():
            save_travellers(alice_id, [("Bob", "Meier", date(1990, 5, 31))])

    def end() -> None:
        with transaction():
            close_account(alice_id, PASSWORD)

    with transaction():
        save_travellers(alice_id, [("Alice", "Meier", date(1990, 5, 31))])
        closing, closed = meanwhile(app, end)
        assert closed == []
    closing.join(10)
    assert closed == [None]
    _, saved = meanwhile(app, save)
    assert isinstance(saved[0], AccountClosed)
    assert db.session.scalars(select(SavedTraveller)).all() == []


def test_a_guests_hold_that_is_confirmed_as_the_account_closes_is_booked_as_a_guests(
    app: Flask,
) -> None:
    alice_id, held = make_user().id, named_hold(None)
    with transaction():
        close_account(alice_id, PASSWORD)
    with transaction():
        service.confirm_booking(held.id, "alice@example.com", user_id=alice_id)
    booking = kept(held)
    assert (booking.status, booking.user_id) == (BookingStatus.CONFIRMED, None)


GIVEN: dict[str, Callable[[int], object]] = {
    "a traveller": lambda id_: save_travellers(id_, [("Bob", "Meier", date(1990, 5, 31))]),
    "another name": lambda id_: change_traveller(id_, "x", ("Bob", "Meier", date(1990, 5, 31))),
    "a calendar address": renew_feed,
    "a booking": lambda id_: ownership.add_to_account(only_booking_id(), id_, "test"),
    "a password": lambda id_: passwords.change_password(user_with(id_), PASSWORD, "x" * 12),
    "an address": lambda id_: passwords.change_email(user_with(id_), PASSWORD, "b@example.com"),
}


def only_booking_id() -> int:
    return db.session.scalars(select(Booking.id)).one()


def user_with(user_id: int) -> User:
    user = user_by_id(user_id)
    assert user
    return user


@pytest.mark.parametrize("what", GIVEN)
def test_a_closed_account_is_given_nothing(app: Flask, what: str) -> None:
    alice_id = make_user().id
    named_hold(None)
    with transaction():
        close_account(alice_id, PASSWORD)
    with pytest.raises(AccountClosed), transaction():
        GIVEN[what](alice_id)


SEARCH = "origin=DEL&destination=BOM&depart={day}"
TRAVELLER = {"given_name": "Bob", "family_name": "Meier", "born_on": "1990-05-31"}


@pytest.mark.databases("mariadb")
@pytest.mark.parametrize(
    ("method", "address", "data"),
    [
        ("GET", f"/flights?{SEARCH}", {}),
        ("POST", f"/alerts/follow?{SEARCH}", {"rule": "percent", "threshold": "10"}),
        ("POST", "/account/preferences", {"reminder_hours": "3", "locale": "de"}),
        ("POST", "/account/travellers/new", TRAVELLER),
        ("POST", "/account/calendar", {}),
        ("POST", "/holds", {"offer": "{offer}", "idempotency_key": "a-key-of-the-form"}),
    ],
)
def test_a_request_that_outlives_its_account_leaves_nothing_behind(
    app: Flask, client: FlaskClient, method: str, address: str, data: dict[str, str]
) -> None:
    flight, alice = make_flight(), make_user()
    facts = {"day": flight.departs_on, "offer": sign(make_offer(flight))}
    sent = {key: value.format(**facts) for key, value in data.items()}
    log_in(client, alice)
    with transaction():
        close_account(alice.id, PASSWORD)
        thread, outcome = meanwhile(
            app, lambda: client.open(address.format(**facts), method=method, data=sent).location
        )
        assert outcome == [], "it waits for what becomes of the account"
    thread.join(10)
    assert outcome == ["/trip"]
    assert "This account is closed." in client.get("/trip").text
    assert client.get("/account").location.startswith("/login?")
    for table in Base.metadata.sorted_tables:
        if "users" in owners_of(table) and table.name not in STILL_THERE:
            assert db.session.execute(table.select().where(table.c.user_id == alice.id)).all() == []


@pytest.mark.parametrize("again", range(3))
def test_whatever_other_tabs_do_meanwhile_none_fails_and_nothing_is_left(
    app: Flask, again: int
) -> None:
    alice = make_user()
    alice_id, flight = alice.id, make_flight()
    booked = make_booking(flight, user=alice).reference
    held, typed = named_hold(alice).reference, make_hold(flight, user=alice).reference
    offer = {"offer": sign(make_offer(flight)), "idempotency_key": "a-key-of-the-form"}
    search = SEARCH.format(day=flight.departs_on)
    party = {f"passengers-0-{name}": value for name, value in TRAVELLER.items()}
    party |= {"contact_email": "alice@example.com", "save_travellers": "y"}
    tabs = [app.test_client() for _ in range(8)]
    for tab in tabs:
        log_in(tab, alice)
    answers = at_once(
        app,
        [
            lambda: close(tabs[0]),
            lambda: tabs[1].post(f"/bookings/{held}/confirm"),
            lambda: tabs[2].post(f"/bookings/{typed}/passengers", data=party),
            lambda: tabs[3].post("/holds", data=offer),
            lambda: tabs[4].get(f"/flights?{search}"),
            lambda: tabs[5].get(f"/bookings/{booked}"),
            lambda: tabs[6].get("/account/data.json"),
            lambda: tabs[7].post("/account/travellers/new", data=TRAVELLER),
        ],
    )
    assert 500 not in [each.status_code for each in answers]
    db.session.rollback()
    for table in Base.metadata.sorted_tables:
        if "users" in owners_of(table) and table.name not in STILL_THERE:
            rows = db.session.execute(table.select().where(table.c.user_id == alice_id)).all()
            assert rows == [], table.name
    assert broken_promises() == []


@pytest.mark.databases("mariadb")
def test_a_gate_that_is_set_at_the_moment_of_closing_is_told_outside_the_account(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, flight = make_user(), make_flight()
    make_booking(flight, user=alice)
    for hours in (24, 3, 2):
        clock.move_to(flight.departs_at - timedelta(hours=hours))
        deliver()  # No mail waits, and none is in the way of the one that closes.
    alice_id, flight_id = alice.id, flight.id
    plan_news, closing = disruptions.plan_news, list[threading.Thread]()

    def end() -> None:
        with transaction():
            close_account(alice_id, PASSWORD)

    def plan_while_it_closes(*news: Any) -> None:
        closing.append(meanwhile(app, end)[0])
        plan_news(*news)

    monkeypatch.setattr(disruptions, "plan_news", plan_while_it_closes)
    db.session.commit()
    with transaction():
        assert disruptions.assign_gate(flight_id, None, "B2", "sam") == 1
    closing[0].join(10)
    assert broken_promises() == []
