"""Choosing which mails come, and when; and the link in a mail that stops a kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Event, Thread
from time import sleep

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.builders import PASSWORD, log_in, make_booking, make_flight, make_user
from tests.pages import page
from tests.races import at_once
from webapp import clock
from webapp.db import db, retry_conflicts, transaction
from webapp.documents.calendar.models import CalendarFeed
from webapp.documents.calendar.service import renew_feed
from webapp.notifications import preferences
from webapp.notifications.models import OPTIONAL, Kind, MailPreference, Notification, State
from webapp.notifications.preferences import unsubscribe_token
from webapp.notifications.queries import preferences_of


def reminder() -> Notification:
    query = select(Notification).where(Notification.kind == Kind.DEPARTURE_REMINDER)
    return db.session.scalars(query).one()


CHOICE = {"wanted": [*OPTIONAL], "reminder_hours": "24", "locale": "en-GB"}


def choose(client: FlaskClient, **changes: object) -> int:
    return client.post("/account/preferences", data={**CHOICE, **changes}).status_code


def test_an_account_leads_to_trips_and_prices_before_it_says_what_it_keeps(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, make_user())
    shown = page(client.get("/account")).one("main")
    ways = shown.one("nav", aria_label="Account").text
    assert ways == "My trips Search flights Trips in my calendar Prices I follow"
    assert shown.text.index(ways) < shown.text.index("E-mail")


def test_what_was_chosen_is_kept_and_shown(app: Flask, client: FlaskClient) -> None:
    alice = make_user()
    log_in(client, alice)
    assert choose(client, wanted=[Kind.PRICE_ALERT], reminder_hours="3", locale="de") == 303
    wishes = preferences_of(alice.id, alice.email)
    assert Kind.PRICE_ALERT not in wishes.muted
    assert Kind.DEPARTURE_REMINDER in wishes.muted
    assert (wishes.reminder_lead, wishes.locale) == (timedelta(hours=3), "de")
    shown = page(client.get("/account")).one("main")
    ticked = [
        each.attributes["value"] for each in shown.all("input") if "checked" in each.attributes
    ]
    assert ticked == [Kind.PRICE_ALERT, "3"]


@pytest.mark.parametrize(
    "changes",
    [
        {"reminder_hours": "5"},
        {"reminder_hours": "soon"},
        {"reminder_hours": []},
        {"locale": "xx"},
        {"wanted": ["booking_confirmed"]},
    ],
)
def test_what_is_not_offered_is_refused_with_what_to_do(
    app: Flask, client: FlaskClient, changes: dict[str, object]
) -> None:
    log_in(client, make_user())
    answer = client.post("/account/preferences", data={**CHOICE, **changes})
    assert answer.status_code == 422
    assert [each.text for each in page(answer).all("p", class_="error")] == ["Choose one of these."]


def test_a_reminder_that_waits_moves_with_the_lead(app: Flask, client: FlaskClient) -> None:
    alice = make_user()
    log_in(client, alice)
    flight = make_flight()
    make_booking(flight, user=alice)
    for hours in (3, 12, 24):
        assert choose(client, reminder_hours=str(hours)) == 303
        assert reminder().due_at == flight.departs_at - timedelta(hours=hours)


def test_who_booked_too_late_for_one_lead_is_early_for_a_shorter_one(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    log_in(client, alice)
    flight = make_flight(departs_at=clock.now() + timedelta(hours=10))
    make_booking(flight, user=alice)
    assert reminder().state == State.WITHHELD
    assert choose(client, reminder_hours="3") == 303
    assert (reminder().state, reminder().reason) == (State.DUE, None)


def test_one_click_in_a_mail_program_stops_a_kind_without_logging_in(
    app: Flask, client: FlaskClient
) -> None:
    link = f"/mail/unsubscribe/{unsubscribe_token('Bob@example.com', Kind.CHECK_IN_OPEN)}"
    assert page(client.get(link)).one("h1").text == "Stop these mails?"
    assert not preferences_of(None, "bob@example.com").muted, "a look at the page stops nothing"
    assert client.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert preferences_of(None, "bob@example.com").muted == {Kind.CHECK_IN_OPEN}
    assert client.post(link, data={"back": "yes"}).status_code == 200
    assert not preferences_of(None, "bob@example.com").muted


def test_a_link_that_was_tampered_with_stops_nothing(app: Flask, client: FlaskClient) -> None:
    token = unsubscribe_token("bob@example.com", Kind.CHECK_IN_OPEN)
    for broken in (token[:-1], "x" + token, "é"):
        assert client.post(f"/mail/unsubscribe/{broken}").status_code == 404
    assert not preferences_of(None, "bob@example.com").muted


def test_a_link_that_was_tampered_with_leads_to_the_choice_of_mails(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    refused = page(client.get("/mail/unsubscribe/nothing")).one("main")
    (way,) = refused.all("a")
    assert way.attributes["href"] == "/account#mails"
    assert "password" not in refused.text
    asked = client.get("/account")
    assert asked.location.startswith("/login?")
    data = {"email": alice.email, "password": PASSWORD}
    assert client.post(asked.location, data=data).location == "/account"
    assert page(client.get("/account")).one(id="mails").text == "Mails"


@pytest.mark.databases("mariadb")
@pytest.mark.databases("mariadb")
def test_a_form_that_is_sent_twice_at_once_moves_reminders_once(app: Flask) -> None:
    alice = make_user()
    preferences.set_preferences(alice.id, alice.email, [], 24, "de")
    db.session.commit()
    flight = make_flight()
    make_booking(flight, user=alice)
    alice_id, email, has_set, may_end = alice.id, alice.email, Event(), Event()

    def slowly() -> None:
        with app.app_context(), transaction():
            preferences.set_preferences(alice_id, email, [], 3, "de")
            db.session.flush()
            has_set.set()
            may_end.wait(10)

    def at_the_same_time() -> None:
        with app.app_context(), transaction():
            preferences.set_preferences(alice_id, email, [], 3, "de")

    db.session.rollback()
    threads = [Thread(target=slowly), Thread(target=at_the_same_time)]
    threads[0].start()
    assert has_set.wait(10)
    threads[1].start()
    sleep(0.5)  # By now the second waits for the first, wherever it does.
    may_end.set()
    for thread in threads:
        thread.join(20)
    assert reminder().due_at == flight.departs_at - timedelta(hours=3)


def test_what_is_asked_for_twice_at_once_for_the_first_time_is_done_once(app: Flask) -> None:
    alice_id = make_user().id
    acts: list[Callable[[], object]] = [
        lambda: preferences.unsubscribe("alice@example.com", Kind.PRICE_ALERT),
        lambda: preferences.set_preferences(alice_id, "alice@example.com", [], 12, "de"),
        lambda: renew_feed(alice_id),
    ]

    def in_transaction(act: Callable[[], object]) -> None:
        def run() -> None:
            with transaction():
                act()

        retry_conflicts(run)

    for act in acts:
        at_once(app, [partial(in_transaction, act)] * 8)
    assert db.session.query(MailPreference).count() == 2
    assert db.session.query(CalendarFeed).count() == 1
