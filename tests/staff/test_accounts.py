"""The accounts of staff, as an administrator sees them."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from tests.builders import PASSWORD, log_in, make_airline, make_user
from tests.pages import page
from tests.races import at_once
from webapp.accounts.errors import LastAdministrator
from webapp.accounts.models import NO_PASSWORD, Role, User
from webapp.accounts.passwords.service import change_email
from webapp.accounts.queries import user_by_email
from webapp.accounts.rights.service import demote_staff
from webapp.db import db, transaction
from webapp.notifications.models import Kind, Notification
from worker.mails import Mail, Withheld, decide

NEW = "another long password"
CHOSEN = {"password": NEW, "password_again": NEW}


def test_an_administrator_sees_who_works_for_which_airline(app: Flask, client: FlaskClient) -> None:
    make_airline("X1", "Airline X1")
    make_user("sam@example.com", Role.AIRLINE_STAFF, "X1")
    make_user("olga@example.com", Role.AIRLINE_STAFF, "Y2")
    closed = make_user("stella@example.com", Role.AIRLINE_STAFF, "X1")
    with transaction() as session:
        session.execute(update(User).where(User.id == closed.id).values(password_hash=NO_PASSWORD))
    make_user("alice@example.com")
    log_in(client, make_user("ada@example.com", Role.ADMIN))
    shown = page(client.get("/staff/accounts")).one("main")
    accounts = [row.one("th").text for row in shown.one("tbody").all("tr")]
    assert accounts == ["ada@example.com", "sam@example.com", "olga@example.com"]
    works_for = [row.all("td")[0].text for row in shown.one("tbody").all("tr")]
    assert works_for == ["All airlines Administrator", "Airline X1 X1", "Airline Y2 Y2"]
    assert shown.one("nav").one("a", href="/staff/accounts").attributes["aria-current"] == "page"


def test_only_an_administrator_is_led_there(app: Flask, client: FlaskClient) -> None:
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    assert not page(client.get("/staff/flights")).all("a", href="/staff/accounts")
    assert client.get("/staff/accounts").status_code == 404


@pytest.fixture
def ada(app: Flask, client: FlaskClient) -> FlaskClient:
    """Return a browser in which Ada, the administrator, is logged in."""
    make_airline("X1", "Airline X1")
    make_airline("Y2", "Airline Y2")
    log_in(client, make_user("ada@example.com", Role.ADMIN))
    return client


def invite(browser: FlaskClient, email: str, works_for: str = "X1") -> TestResponse:
    return browser.post("/staff/accounts", data={"email": email, "works_for": works_for})


def account_of(email: str) -> User:
    db.session.expire_all()
    user = user_by_email(email)
    assert user
    return user


def link_for(email: str) -> str:
    """Return the path of the link to a password in the latest invitation of an account."""
    query = select(Notification).where(Notification.kind == Kind.STAFF_INVITED)
    query = query.where(Notification.recipient == email).order_by(Notification.id.desc())
    decision = decide(db.session.scalars(query.limit(1)).one())
    assert isinstance(decision, Mail)
    return str(decision.context["reset_address"]).partition("8000")[2]


def test_who_is_invited_chooses_a_password_and_works_for_the_airline(
    app: Flask, ada: FlaskClient
) -> None:
    assert invite(ada, "Sam@Example.com").status_code == 303
    sam = app.test_client()
    assert sam.post(link_for("sam@example.com"), data=CHOSEN).status_code == 303
    sam.post("/login", data={"email": "sam@example.com", "password": NEW})
    assert sam.get("/staff/flights").status_code == 200
    assert sam.get("/staff/accounts").status_code == 404
    user = account_of("sam@example.com")
    assert (user.role, user.airline_iata) == (Role.AIRLINE_STAFF, "X1")


def test_who_is_invited_for_all_airlines_is_an_administrator(app: Flask, ada: FlaskClient) -> None:
    assert invite(ada, "bea@example.com", "all").status_code == 303
    assert account_of("bea@example.com").role == Role.ADMIN
    (row,) = [row for row in page(ada.get("/staff/accounts")).all("tr") if "bea" in row.text]
    assert "Address not confirmed yet" in row.text


def test_a_travellers_account_that_is_invited_opens_by_the_mail_alone(
    app: Flask, ada: FlaskClient
) -> None:
    stranger = app.test_client()
    log_in(stranger, make_user("sam@example.com"))
    answer = ada.post(
        "/staff/accounts",
        data={"email": "sam@example.com", "works_for": "X1"},
        follow_redirects=True,
    )
    assert "It is the account of a traveller, who keeps the trips" in page(answer).text
    assert stranger.get("/account").status_code == 303
    known = {"email": "sam@example.com", "password": PASSWORD}
    assert app.test_client().post("/login", data=known).status_code == 422
    sam = app.test_client()
    assert sam.post(link_for("sam@example.com"), data=CHOSEN).status_code == 303


def test_an_account_that_may_go_back_to_another_address_gets_no_rights(
    app: Flask, ada: FlaskClient
) -> None:
    user = make_user("mallory@example.com")
    with transaction():
        change_email(user, PASSWORD, "sam@example.com")
    assert invite(ada, "sam@example.com").status_code == 409
    assert invite(ada, "mallory@example.com").status_code == 409
    assert account_of("sam@example.com").role == Role.CUSTOMER


def test_who_works_here_is_not_invited_again(app: Flask, ada: FlaskClient) -> None:
    make_user("olga@example.com", Role.AIRLINE_STAFF, "Y2")
    answer = invite(ada, "olga@example.com")
    assert answer.status_code == 409
    assert "Somebody who works here has this address" in page(answer).text
    assert account_of("olga@example.com").airline_iata == "Y2"


def test_an_invitation_that_was_taken_back_is_not_mailed(app: Flask, ada: FlaskClient) -> None:
    invite(ada, "sam@example.com")
    assert ada.post("/staff/accounts/end", data={"email": "sam@example.com"}).status_code == 303
    (mail,) = db.session.scalars(select(Notification))
    assert decide(mail) == Withheld("the invitation was taken back")


def test_who_moves_to_another_airline_works_for_that_one(app: Flask, ada: FlaskClient) -> None:
    make_user("sam@example.com", Role.AIRLINE_STAFF, "X1")
    moved = {"email": "sam@example.com", "works_for": "Y2"}
    assert ada.post("/staff/accounts/move", data=moved).status_code == 303
    assert account_of("sam@example.com").airline_iata == "Y2"


def test_a_leaver_is_out_at_once_and_stays_a_traveller(app: Flask, ada: FlaskClient) -> None:
    sam = app.test_client()
    log_in(sam, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    assert ada.post("/staff/accounts/end", data={"email": "sam@example.com"}).status_code == 303
    assert sam.get("/staff/flights").status_code == 303
    log_in(sam, account_of("sam@example.com"))
    assert (sam.get("/staff/flights").status_code, sam.get("/account").status_code) == (404, 200)


@pytest.mark.parametrize("where", ["end", "move"])
def test_the_last_administrator_stays_one(app: Flask, ada: FlaskClient, where: str) -> None:
    invite(ada, "bea@example.com", "all")  # Who has not answered could let nobody in.
    data = {"email": "ada@example.com", "works_for": "X1"}
    answer = ada.post(f"/staff/accounts/{where}", data=data)
    assert answer.status_code == 409
    assert "No other administrator would be left" in page(answer).text
    assert account_of("ada@example.com").role == Role.ADMIN


def test_two_administrators_cannot_end_each_other_at_once(app: Flask) -> None:
    emails = ("ada@example.com", "bea@example.com")
    for email in emails:
        make_user(email, Role.ADMIN)

    def end(email: str) -> None:
        with suppress(LastAdministrator), transaction():
            demote_staff(email)

    at_once(app, [partial(end, email) for email in emails])
    assert sorted(account_of(email).role for email in emails) == [Role.ADMIN, Role.CUSTOMER]


def test_an_operator_ends_rights_on_the_server(app: Flask) -> None:
    make_user("sam@example.com", Role.AIRLINE_STAFF, "X1")
    make_user("ada@example.com", Role.ADMIN)
    run = app.test_cli_runner().invoke
    ended = run(args=["users", "demote", "Sam@example.com"])
    assert ended.output == "sam@example.com is a traveller now, and logged out everywhere.\n"
    assert account_of("sam@example.com").role == Role.CUSTOMER
    assert run(args=["users", "demote", "sam@example.com"]).exit_code == 1
    assert run(args=["users", "demote", "ada@example.com"]).exit_code == 1
