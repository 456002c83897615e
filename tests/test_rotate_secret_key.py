"""Another SECRET_KEY: what the former one signed stays valid for as long as that is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import BadSignature
from sqlalchemy import select

from tests.airline import retime
from tests.builders import PASSWORD, log_in, make_booking, make_flight, make_hold, make_user
from tests.conftest import MakeApp
from tests.pages import page, typed
from webapp.accounts.models import EmailChange
from webapp.accounts.passwords import links as account_links
from webapp.accounts.passwords.service import change_email
from webapp.alerts import links as alert_links
from webapp.alerts.models import PriceAlert
from webapp.booking.holds import links as hold_links
from webapp.booking.schedule_changes import links as change_links
from webapp.booking.schedule_changes.models import ScheduleChange
from webapp.config import Settings
from webapp.db import db, transaction
from webapp.documents.calendar.service import renew_feed
from webapp.notifications.models import Kind
from webapp.notifications.preferences import read_token, unsubscribe_token
from webapp.signing import signer

NEW = "the key that signs from today on"
Rotate = Callable[..., Flask]


@pytest.fixture
def rotate(make_app: MakeApp, settings: Settings) -> Rotate:
    """Return a function that makes the application with another key, which knows the former or not.

    Cookies keep their names, so a browser of the one is one of the other.
    """

    def rotated(knows_former: bool = True, csrf: bool = False) -> Flask:
        former = (settings.secret_key,) if knows_former else ()
        return make_app(csrf=csrf, secret_key=NEW, secret_key_fallbacks=former)

    return rotated


def browser_of(app: Flask, before: FlaskClient) -> FlaskClient:
    """Return a browser with the cookie that another application gave it."""
    browser = app.test_client()
    cookie = before.get_cookie("session")
    assert cookie
    browser.set_cookie("session", cookie.value)
    return browser


def test_who_is_logged_in_stays_so(client: FlaskClient, rotate: Rotate) -> None:
    log_in(client, make_user())
    assert browser_of(rotate(), client).get("/account").status_code == 200
    assert browser_of(rotate(knows_former=False), client).get("/account").status_code == 303


def test_a_form_that_was_open_is_taken(make_app: MakeApp, rotate: Rotate) -> None:
    make_user()
    before = make_app(csrf=True).test_client()
    token = page(before.get("/login")).one("main").one(name="csrf_token").attributes["value"]
    data = {"email": "alice@example.com", "password": PASSWORD, "csrf_token": token}
    with before.session_transaction() as kept:
        secret = kept["csrf_token"]

    def answer_of(app: Flask) -> int:
        browser = app.test_client()
        with browser.session_transaction() as session:  # Signed anew: only the form's is former.
            session["csrf_token"] = secret
        return browser.post("/login", data=data).status_code

    assert answer_of(rotate(csrf=True)) == 303
    assert answer_of(rotate(csrf=True, knows_former=False)) == 400


def test_an_offer_that_was_shown_is_held(client: FlaskClient, rotate: Rotate) -> None:
    flight = make_flight()
    shown = client.get(f"/flights?origin=DEL&destination=BOM&depart={flight.departs_on}")
    form = {each: typed(shown, each) for each in ("offer", "idempotency_key")}
    assert rotate(knows_former=False).test_client().post("/holds", data=form).status_code == 422
    assert rotate().test_client().post("/holds", data=form).status_code == 303


def test_a_quote_that_was_shown_is_kept_to(client: FlaskClient, rotate: Rotate) -> None:
    alice = make_user()
    booking = make_booking(make_flight(), user=alice)
    log_in(client, alice)
    address = f"/bookings/{booking.reference}/cancel"
    form = {"quote": typed(client.get(address), "quote")}
    for knows_former, status in ((False, 422), (True, 303)):
        browser = rotate(knows_former).test_client()
        log_in(browser, alice)
        assert browser.post(address, data=form).status_code == status


def change_of_flights(_client: FlaskClient) -> str:
    flight = make_flight()
    make_booking(flight)
    retime(flight, timedelta(hours=5))
    return f"/schedule-change/{change_links.sign(db.session.scalars(select(ScheduleChange)).one())}"


def seats_held(_client: FlaskClient) -> str:
    return f"/holds/{hold_links.token_of(make_hold(make_flight()))}"


def price_followed(client: FlaskClient) -> str:
    search = f"origin=DEL&destination=BOM&depart={make_flight().departs_on}"
    data = {"rule": "percent", "threshold": 10, "email": "alice@example.com"}
    client.post(f"/alerts/follow?{search}", data=data)
    return f"/alerts/{alert_links.token_of(db.session.scalars(select(PriceAlert)).one())}"


def password_forgotten(_client: FlaskClient) -> str:
    return f"/password/reset/{account_links.reset_token(make_user())}"


def address_to_confirm(_client: FlaskClient) -> str:
    return f"/account/verify/{account_links.verification_token(make_user())}"


def address_left(_client: FlaskClient) -> str:
    alice = make_user()
    with transaction():
        change_email(alice, PASSWORD, "new@example.com")
    change = db.session.scalars(select(EmailChange)).one()
    return f"/account/put-back/{account_links.put_back_token(change)}"


def mail_wanted_no_more(_client: FlaskClient) -> str:
    return f"/mail/unsubscribe/{unsubscribe_token('alice@example.com', Kind.PRICE_ALERT)}"


LINKS = [
    change_of_flights,
    seats_held,
    price_followed,
    password_forgotten,
    address_to_confirm,
    address_left,
    mail_wanted_no_more,
]


@pytest.mark.parametrize("link", LINKS)
def test_a_link_in_a_mail_leads_on(
    app: Flask, client: FlaskClient, rotate: Rotate, link: Callable[[FlaskClient], str]
) -> None:
    address = link(client)
    as_it_was = app.test_client().get(address)
    assert as_it_was.status_code in (200, 303)
    kept, dropped = (rotate(each).test_client().get(address) for each in (True, False))
    assert (kept.status_code, kept.location) == (as_it_was.status_code, as_it_was.location)
    assert (dropped.status_code, dropped.location) != (as_it_was.status_code, as_it_was.location)


def test_a_calendar_goes_on_whatever_the_key(client: FlaskClient, rotate: Rotate) -> None:
    alice = make_user()
    with transaction():
        token = renew_feed(alice.id).token
    answer = rotate(knows_former=False).test_client().get(f"/calendar/{token}.ics")
    assert answer.status_code == 200


def test_only_the_new_key_signs(app: Flask, rotate: Rotate) -> None:
    alice = make_user()
    browser = rotate().test_client()
    log_in(browser, alice)
    with rotate().app_context():
        words = signer("test").dumps("word"), unsubscribe_token("a@example.com", Kind.PRICE_ALERT)
    with rotate(knows_former=False).app_context():
        assert signer("test").loads(words[0]) == "word"
        assert read_token(words[1]) == ("a@example.com", Kind.PRICE_ALERT)
    assert browser_of(rotate(knows_former=False), browser).get("/account").status_code == 200
    with pytest.raises(BadSignature):
        signer("test").loads(words[0])
    assert read_token(words[1]) is None
    assert browser_of(app, browser).get("/account").status_code == 303
