"""An account's address is confirmed by a link mailed to it; until then it takes no guest's trip."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.accounts.test_passwords import (
    logs_in,
    move,
    planned,
    put_back_link,
    set_password,
)
from tests.accounts.test_register import register
from tests.booking.steps import hold
from tests.booking.test_guests_trips import let_in
from tests.builders import PASSWORD, log_in, make_booking, make_flight, make_user
from tests.conftest import MakeApp
from tests.pages import page
from tests.races import at_once
from webapp import clock
from webapp.accounts.models import User
from webapp.accounts.passwords.links import reset_token, verification_token
from webapp.accounts.queries import user_by_email
from webapp.booking.models import Booking
from webapp.db import db, transaction
from webapp.notifications.models import Kind, Notification
from webapp.privacy.service import close_account
from worker.mails import Mail, Withheld, decide


def alice() -> User:
    user = user_by_email("alice@example.com")
    assert user
    return user


def link_in(mail: Notification) -> str:
    """Return the path of the link that a mail carries."""
    return str(shown_in(mail)["verification_address"]).partition("8000")[2]


def shown_in(mail: Notification) -> dict[str, Any]:
    decision = decide(mail)
    assert isinstance(decision, Mail)
    return decision.context


def latest_link(kind: Kind = Kind.WELCOME) -> str:
    return link_in(planned(kind)[-1])


def test_a_new_account_is_asked_by_mail_to_confirm_its_address(
    app: Flask, client: FlaskClient
) -> None:
    register(client)
    (mail,) = planned(Kind.WELCOME)
    assert mail.recipient == "alice@example.com"
    assert "not confirmed yet" in page(client.get("/account")).text
    link = link_in(mail)
    asked = page(client.get(link))
    assert asked.one("h1").text == "Confirm your address"
    assert [each.text for each in asked.one("main").all("button")] == ["Confirm the address"]
    assert client.head(link).status_code == 200, "as programs ask that look at links"
    assert alice().email_verified_at is None, "to follow the link changes nothing"
    answer = client.post(link)
    assert (answer.status_code, answer.location) == (303, "/account")
    shown = page(client.get("/account")).text
    assert "alice@example.com is confirmed" in shown
    assert "confirmed on" in shown
    assert "not confirmed yet" not in shown


def test_who_is_not_logged_in_logs_in_first_and_comes_back(app: Flask, client: FlaskClient) -> None:
    register(client)
    link, other = latest_link(), app.test_client()
    for answer in (other.get(link), other.post(link)):
        assert answer.status_code == 303
        assert answer.location.startswith("/login?next=")
    assert alice().email_verified_at is None
    way_in = other.get(link).location
    back = other.post(way_in, data={"email": "alice@example.com", "password": PASSWORD})
    assert back.location == link
    assert other.post(link).status_code == 303
    assert alice().email_verified_at is not None


def test_a_guest_who_only_reads_the_mail_confirms_no_account_of_a_stranger(
    app: Flask, client: FlaskClient
) -> None:
    booking = make_booking(make_flight(), email="alice@example.com")
    stranger, guest = client, app.test_client()
    register(stranger)  # With her address and a password of their own.
    let_in(stranger, booking)
    guest.post(latest_link())
    log_in(guest, make_user("bob@example.com"))
    answer = guest.post(latest_link(), follow_redirects=True)
    assert "This link is for the account alice@example.com" in page(answer).text
    stranger.post(f"/bookings/{booking.reference}/add")
    assert booking_owner(booking) is None
    # By a new password she takes the account for her own, and the stranger out of it.
    assert set_password(guest, f"/password/reset/{reset_token(alice())}") == 303
    assert stranger.get("/account").status_code == 303


def test_who_registers_with_a_guests_address_does_not_get_the_trip(client: FlaskClient) -> None:
    booking = make_booking(make_flight(), email="alice@example.com")
    register(client)
    let_in(client, booking)
    address = f"/bookings/{booking.reference}"
    refused = client.post(f"{address}/add")
    assert (refused.status_code, refused.location) == (303, "/account/verify")
    asked = page(client.get(refused.location))
    assert asked.one("h1").text == "Confirm your address"
    assert "Send the link" in [each.text for each in asked.all("button")]
    assert booking.reference not in page(client.get("/bookings")).text
    assert booking_owner(booking) is None
    # Who does read the mails of that address is led back to the trip.
    answer = client.post(latest_link())
    assert answer.location == address
    assert client.get("/account/verify").location == "/account"
    client.post(f"{address}/add")
    assert booking.reference in page(client.get("/bookings")).text


def booking_owner(booking: Booking) -> int | None:
    return db.session.scalars(select(Booking.user_id).where(Booking.id == booking.id)).one()


def test_no_answer_tells_whose_address_a_guests_trip_has(app: Flask) -> None:
    booking = make_booking(make_flight(), email="alice@example.com")
    answers = []
    for email in ("alice@example.com", "charlie@example.com"):
        browser = app.test_client()
        register(browser, email=email)
        let_in(browser, booking)
        answers.append(browser.post(f"/bookings/{booking.reference}/add").location)
    assert answers == ["/account/verify"] * 2


def test_an_account_that_is_not_confirmed_does_not_take_a_trip_that_its_session_booked(
    client: FlaskClient,
) -> None:
    booking = make_booking(make_flight())
    register(client)
    with client.session_transaction() as session:
        session["guest"] = [booking.reference]
    assert client.post(f"/bookings/{booking.reference}/add").location == "/account/verify"
    assert booking_owner(booking) is None


def test_an_account_that_is_not_confirmed_books(app: Flask, client: FlaskClient) -> None:
    register(client)
    step = hold(client, make_flight())
    assert client.get(step).status_code == 200
    assert "Finish booking" in page(client.get("/bookings")).text
    # It is in the account already, so there is nothing to confirm for.
    kept = client.post(f"{step.removesuffix('/passengers')}/add")
    assert kept.location == step.removesuffix("/passengers")


@pytest.mark.parametrize("token", ["x", "WzEsMV0.abc", "é", "a" * 2000])
def test_a_link_that_is_not_ours_says_how_to_go_on(client: FlaskClient, token: str) -> None:
    for answer in (client.get(f"/account/verify/{token}"), client.post(f"/account/verify/{token}")):
        assert answer.status_code == 404
        assert 'href="/account"' in answer.text


def test_a_link_works_once_and_for_a_week(client: FlaskClient) -> None:
    register(client)
    link = latest_link()
    clock.advance(timedelta(days=7, minutes=-1))
    assert client.get(link).status_code == 200
    clock.advance(timedelta(minutes=2))
    for answer in (client.get(link), client.post(link)):
        assert answer.status_code == 410
        assert "This link does not work" in answer.text
    assert alice().email_verified_at is None
    client.post("/login", data={"email": "alice@example.com", "password": PASSWORD})
    client.post("/account/verify")
    fresh = latest_link(Kind.EMAIL_VERIFICATION)
    assert client.post(fresh).status_code == 303
    for answer in (client.get(fresh), client.post(fresh)):
        assert answer.status_code == 410


def test_a_used_link_says_that_the_address_is_confirmed_and_leads_on(client: FlaskClient) -> None:
    register(client)
    link = latest_link()
    client.post(link)
    again = client.get(link)
    assert again.status_code == 410
    shown = page(again).one("main")
    assert shown.one("h1").text == "Your address is confirmed already"
    assert shown.one("a", class_="button").attributes["href"] == "/account"
    assert "password" not in shown.text


def test_of_many_who_follow_one_link_at_once_one_confirms(app: Flask, client: FlaskClient) -> None:
    register(client)
    link = latest_link()
    browsers = [app.test_client() for _ in range(8)]
    for each in browsers:
        log_in(each, alice())

    answers = at_once(app, [partial(follow, each, link) for each in browsers])

    assert sorted(answers) == [303] + [410] * 7


def follow(browser: FlaskClient, link: str) -> int:
    return browser.post(link).status_code


def test_a_link_outlives_logging_out_and_a_new_password(client: FlaskClient) -> None:
    register(client)
    link = latest_link()
    new = {"password": "another long password", "password_again": "another long password"}
    changed = client.post("/account/password", data={"present": PASSWORD, **new})
    assert changed.status_code == 303
    client.post("/logout")
    client.post("/login", data={"email": "alice@example.com", "password": new["password"]})
    assert client.post(link).location == "/account"
    assert alice().email_verified_at is not None


def test_a_link_for_a_password_confirms_no_address_and_the_other_way_round(
    client: FlaskClient,
) -> None:
    register(client)
    assert client.get(f"/account/verify/{reset_token(alice())}").status_code == 404
    assert client.get(f"/password/reset/{verification_token(alice())}").status_code == 404


def test_a_new_password_by_a_mailed_link_confirms_the_address(client: FlaskClient) -> None:
    register(client)
    client.post("/logout")
    assert set_password(client, f"/password/reset/{reset_token(alice())}") == 303
    assert alice().email_verified_at is not None


def test_a_new_password_of_who_knows_the_old_one_confirms_nothing(client: FlaskClient) -> None:
    register(client)
    new = {"password": "another long password", "password_again": "another long password"}
    client.post("/account/password", data={"present": PASSWORD, **new})
    assert alice().email_verified_at is None


def test_another_address_is_confirmed_anew(app: Flask, client: FlaskClient) -> None:
    user = make_user()
    log_in(client, user)
    assert "confirmed on" in page(client.get("/account")).text
    move(user.id, "alice@new.example")
    log_in(client, user)
    assert "not confirmed yet" in page(client.get("/account")).text
    before, after = planned(Kind.EMAIL_CHANGED)
    assert (before.recipient, after.recipient) == ("alice@example.com", "alice@new.example")
    assert "verification_address" not in shown_in(before)
    used = link_in(after)
    assert client.post(used).status_code == 303
    assert "confirmed on" in page(client.get("/account")).text
    # Whoever comes back to an address has used its former links up.
    move(user.id, "alice@example.com")
    move(user.id, "alice@new.example")
    assert client.get(used).status_code == 410
    assert client.post(latest_link(Kind.EMAIL_CHANGED)).status_code == 303


def test_the_link_to_an_address_that_was_left_is_not_sent_and_does_not_work(
    client: FlaskClient,
) -> None:
    register(client)
    client.post("/account/verify")
    welcome, mail = planned(Kind.WELCOME)[0], planned(Kind.EMAIL_VERIFICATION)[0]
    link = link_in(mail)
    move(alice().id, "alice@new.example")
    assert decide(mail) == Withheld("the account has another address now")
    assert shown_in(welcome)["verification_address"] is None
    assert client.post(link).status_code == 410


def test_an_address_that_is_put_back_by_its_link_is_confirmed(client: FlaskClient) -> None:
    register(client)
    move(alice().id, "thief@example.com")
    assert set_password(client, put_back_link("alice@example.com")) == 303
    assert alice().email_verified_at is not None


def test_whom_an_operator_makes_is_confirmed(app: Flask, client: FlaskClient) -> None:
    made = ["users", "create", "--role", "customer", "--password", PASSWORD, "alice@example.com"]
    assert app.test_cli_runner().invoke(args=made).exit_code == 0
    assert alice().email_verified_at == alice().created_at
    assert logs_in(client, PASSWORD)
    for answer in (client.post("/account/verify"), client.get("/account/verify")):
        assert answer.location == "/account"
    assert "on its way" not in page(client.get("/account")).text
    assert not planned(Kind.EMAIL_VERIFICATION)


def test_a_mail_to_an_address_that_is_confirmed_meanwhile_is_not_sent(client: FlaskClient) -> None:
    register(client)
    link = latest_link()
    client.post("/account/verify")
    client.post(link)
    assert decide(planned(Kind.EMAIL_VERIFICATION)[-1]) == Withheld(
        "the address is confirmed already"
    )
    assert shown_in(planned(Kind.WELCOME)[0])["verification_address"] is None


def test_an_account_gets_a_few_links_an_hour(client: FlaskClient) -> None:
    register(client)
    for sent in range(9):
        answer = client.post("/account/verify", follow_redirects=True)
        assert "on its way to alice@example.com" in page(answer).text
        assert ("no more are sent" in page(answer).text) == (sent >= 6)
    assert len(planned(Kind.EMAIL_VERIFICATION)) == 6
    clock.advance(timedelta(minutes=61))
    client.post("/account/verify")
    assert len(planned(Kind.EMAIL_VERIFICATION)) == 7


def test_asking_for_links_is_limited(make_app: MakeApp) -> None:
    client = make_app(rate_limits=True).test_client()
    register(client)
    statuses = [client.post("/account/verify").status_code for _ in range(21)]
    assert statuses == [303] * 20 + [429]


def test_a_closed_account_keeps_no_word_of_it_and_its_link_opens_nothing(
    client: FlaskClient,
) -> None:
    register(client)
    client.post("/account/verify")
    link, used = latest_link(), make_user("bob@example.com")
    with transaction():
        close_account(alice().id, PASSWORD)
        close_account(used.id, PASSWORD)
    assert client.get(link).status_code == 410
    assert decide(planned(Kind.EMAIL_VERIFICATION)[0]) == Withheld("the account is closed")
    assert db.session.scalars(select(User.email_verified_at)).all() == [None, None]


def test_the_file_of_an_account_tells_when_its_address_was_confirmed(client: FlaskClient) -> None:
    register(client)
    account = client.get("/account/data.json").json["account"]
    assert account["email_verified_at"] is None
    client.post(latest_link())
    account = client.get("/account/data.json").json["account"]
    assert account["email_verified_at"] == alice().email_verified_at.isoformat()
