"""Forgotten and changed passwords, and an account that moves to another address."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.builders import PASSWORD, log_in, make_airline, make_user
from tests.conftest import MakeApp
from tests.pages import page
from tests.races import at_once
from webapp import clock
from webapp.accounts.errors import EmailTaken, WrongCredentials
from webapp.accounts.models import User
from webapp.accounts.passwords import service
from webapp.accounts.passwords.links import reset_token
from webapp.accounts.queries import user_by_id
from webapp.db import db, transaction
from webapp.notifications import preferences
from webapp.notifications.models import Kind, Notification
from webapp.notifications.queries import preferences_of
from worker.mails import Mail, Withheld, decide

NEW = "another long password"


def planned(kind: Kind) -> list[Notification]:
    query = select(Notification).where(Notification.kind == kind).order_by(Notification.id)
    return list(db.session.scalars(query))


def link_in(mail: Notification) -> str:
    """Return the path of the link that a mail carries."""
    decision = decide(mail)
    assert isinstance(decision, Mail)
    return str(decision.context["reset_address"]).partition("8000")[2]


def set_password(client: FlaskClient, link: str) -> int:
    return client.post(link, data={"password": NEW, "password_again": NEW}).status_code


def logs_in(client: FlaskClient, password: str, email: str = "alice@example.com") -> bool:
    answer = client.post("/login", data={"email": email, "password": password})
    return answer.status_code == 303


def test_a_forgotten_password_is_set_by_the_link_in_the_mail(
    app: Flask, client: FlaskClient
) -> None:
    make_user()
    answer = client.post("/password/forgot", data={"email": " Alice@Example.com"})
    assert (answer.status_code, answer.location) == (303, "/password/asked")
    (mail,) = planned(Kind.PASSWORD_RESET)
    link = link_in(mail)
    assert page(client.get(link)).one("h1").text == "Set a new password"
    assert set_password(client, link) == 303
    assert not logs_in(client, PASSWORD)
    assert logs_in(client, NEW)
    (notice,) = planned(Kind.PASSWORD_CHANGED)
    assert isinstance(decide(notice), Mail)


def test_an_unknown_address_gets_the_same_answer_and_no_mail(
    app: Flask, client: FlaskClient
) -> None:
    answer = client.post("/password/forgot", data={"email": "nobody@example.com"})
    assert (answer.status_code, answer.location) == (303, "/password/asked")
    assert not planned(Kind.PASSWORD_RESET)


def test_a_link_works_once_and_for_an_hour(app: Flask, client: FlaskClient) -> None:
    alice = make_user()
    late, used = reset_token(alice), reset_token(alice)
    clock.advance(timedelta(minutes=59))
    assert set_password(client, f"/password/reset/{used}") == 303
    assert set_password(client, f"/password/reset/{used}") == 410
    db.session.expire_all()
    fresh = reset_token(alice)
    clock.advance(timedelta(minutes=61))
    for token in (late, fresh):
        answer = client.get(f"/password/reset/{token}")
        assert answer.status_code == 410
        assert "This link does not work" in answer.text
    assert not logs_in(client, "and no third password")


def test_of_many_who_follow_one_link_at_once_one_sets_the_password(app: Flask) -> None:
    link = f"/password/reset/{reset_token(make_user())}"

    answers = at_once(app, [lambda: set_password(app.test_client(), link)] * 8)

    assert sorted(answers) == [303] + [410] * 7


@pytest.mark.parametrize("token", ["x", "WzEsMV0.abc", "é", "a" * 2000])
def test_a_link_that_is_not_ours_says_how_to_go_on(
    app: Flask, client: FlaskClient, token: str
) -> None:
    answer = client.get(f"/password/reset/{token}")
    assert answer.status_code == 404
    assert 'href="/password/forgot"' in answer.text


def test_a_link_asked_for_long_ago_is_not_sent_any_more(app: Flask, client: FlaskClient) -> None:
    make_user()
    client.post("/password/forgot", data={"email": "alice@example.com"})
    clock.advance(timedelta(hours=2))
    assert decide(planned(Kind.PASSWORD_RESET)[0]) == Withheld("asked for too long ago")


def test_setting_a_password_ends_every_session(app: Flask, client: FlaskClient) -> None:
    alice = make_user()
    thief = app.test_client()
    log_in(thief, alice)
    assert set_password(client, f"/password/reset/{reset_token(alice)}") == 303
    assert thief.get("/account").status_code == 303


def test_a_changed_password_keeps_this_session_and_ends_the_others(
    app: Flask, client: FlaskClient
) -> None:
    alice, other = make_user(), app.test_client()
    log_in(client, alice)
    log_in(other, alice)
    data = {"present": "not this one at all", "password": NEW, "password_again": NEW}
    refused = client.post("/account/password", data=data)
    assert refused.status_code == 422
    assert "This is not your present password" in refused.text
    assert client.post("/account/password", data=data | {"present": PASSWORD}).status_code == 303
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 303
    assert len(planned(Kind.PASSWORD_CHANGED)) == 1


def test_an_account_that_moves_to_another_address_tells_both(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, make_user())
    make_user("bob@example.com")
    taken = client.post("/account/email", data={"email": "bob@example.com", "password": PASSWORD})
    assert taken.status_code == 422
    assert "Another account has this address." in taken.text
    data = {"email": "alice@new.example", "password": PASSWORD}
    assert client.post("/account/email", data=data).status_code == 303
    recipients = [mail.recipient for mail in planned(Kind.EMAIL_CHANGED)]
    assert recipients == ["alice@example.com", "alice@new.example"]
    assert logs_in(app.test_client(), PASSWORD, "alice@new.example")
    assert not logs_in(app.test_client(), PASSWORD)


def test_spaces_are_no_password_and_the_present_one_is_no_new_one(
    app: Flask, client: FlaskClient
) -> None:
    blank = {"password": " " * 12, "password_again": " " * 12}
    refused = client.post("/register", data={"email": "bob@example.com", **blank})
    assert refused.status_code == 422
    assert "Spaces alone are no password" in refused.text
    log_in(client, make_user())
    same = {"present": PASSWORD, "password": PASSWORD, "password_again": PASSWORD}
    for data, words in ((blank | {"present": PASSWORD}, "Spaces alone"), (same, "Choose another")):
        refused = client.post("/account/password", data=data)
        assert refused.status_code == 422
        assert words in refused.text
    assert not planned(Kind.PASSWORD_CHANGED)


def test_the_address_that_an_account_has_is_no_new_one(app: Flask, client: FlaskClient) -> None:
    log_in(client, make_user())
    data = {"email": "Alice@Example.com", "password": PASSWORD}
    refused = client.post("/account/email", data=data)
    assert refused.status_code == 422
    assert "This is the address that your account has." in refused.text
    assert not planned(Kind.EMAIL_CHANGED)


def put_back_link(address: str) -> str:
    """Return the path of the link in the latest mail that an old address got."""
    mail = [each for each in planned(Kind.EMAIL_CHANGED) if each.recipient == address][-1]
    decision = decide(mail)
    assert isinstance(decision, Mail)
    return str(decision.context["put_back_address"]).partition("8000")[2]


def move(user_id: int, address: str, password: str = PASSWORD) -> None:
    with transaction():
        user = user_by_id(user_id)
        assert user
        service.change_email(user, password, address)


def test_the_owner_of_the_old_address_takes_the_account_back(
    app: Flask, client: FlaskClient
) -> None:
    alice_id, thief = make_user().id, app.test_client()
    log_in(thief, make_user())
    move(alice_id, "thief@example.com")
    link = put_back_link("alice@example.com")
    move(alice_id, "thief2@example.com")
    assert put_back_link("thief@example.com") == "", "the thief's own is no way back"
    assert "alice@example.com" in client.get(link).text
    assert set_password(client, link) == 303
    assert logs_in(app.test_client(), NEW)
    assert thief.get("/account").status_code == 303, "every session ended"
    assert client.get(link).status_code == 410, "it works once"
    assert set_password(client, link) == 410
    assert db.session.scalars(select(User.email)).all() == ["alice@example.com"]


def test_an_old_address_is_put_back_for_a_week_and_kept_so_long(
    app: Flask, client: FlaskClient
) -> None:
    alice_id, bob_id = make_user().id, make_user("bob@example.com").id
    move(alice_id, "alice@new.example")
    link = put_back_link("alice@example.com")
    data = {"email": "alice@example.com", "password": NEW, "password_again": NEW}
    assert client.post("/register", data=data).status_code == 422
    with pytest.raises(EmailTaken):
        move(bob_id, "alice@example.com")
    assert client.post(link, data={"password": "short"}).status_code == 422
    clock.advance(timedelta(days=7, minutes=1))
    assert client.get(link).status_code == 410
    move(bob_id, "alice@example.com")
    # Whoever comes back by themselves needs no link, and nobody else's stands in their way.
    carol_id = make_user("carol@example.com").id
    move(carol_id, "carol@new.example")
    move(carol_id, "carol@example.com")
    assert client.get("/account/put-back/nonsense").status_code == 404


def test_an_address_that_was_given_away_by_the_operator_is_said_not_to_come_back(
    app: Flask, client: FlaskClient
) -> None:
    alice_id = make_user().id
    move(alice_id, "alice@new.example")
    link = put_back_link("alice@example.com")
    # What the operator makes, such as the accounts of the demo, is never in anybody's way.
    made = ["users", "create", "--role", "customer", "--password", NEW, "alice@example.com"]
    assert app.test_cli_runner().invoke(args=made).exit_code == 0
    refused = client.post(link, data={"password": NEW, "password_again": NEW})
    assert refused.status_code == 422
    assert "Another account has this address by now" in refused.text
    db.session.expire_all()
    user = user_by_id(alice_id)
    assert user
    assert user.email == "alice@new.example"


def test_a_new_account_is_greeted(app: Flask, client: FlaskClient) -> None:
    data = {"email": "alice@example.com", "password": NEW, "password_again": NEW}
    assert client.post("/register", data=data).status_code == 303
    (mail,) = planned(Kind.WELCOME)
    assert mail.recipient == "alice@example.com"
    assert isinstance(decide(mail), Mail)


def test_an_account_gets_a_few_links_an_hour_whoever_asks(client: FlaskClient) -> None:
    make_user()
    for _ in range(9):
        answer = client.post("/password/forgot", data={"email": "alice@example.com"})
        assert answer.status_code == 303
    asked = planned(Kind.PASSWORD_RESET)
    assert len(asked) == 6
    clock.move_to(clock.now() + timedelta(minutes=61))
    client.post("/password/forgot", data={"email": "alice@example.com"})
    assert len(planned(Kind.PASSWORD_RESET)) == 7


def test_asking_for_links_is_limited(make_app: MakeApp) -> None:
    client = make_app(rate_limits=True).test_client()
    make_user()
    data = {"email": "alice@example.com"}
    statuses = [client.post("/password/forgot", data=data).status_code for _ in range(5)]
    assert statuses == [303, 303, 303, 303, 429]


@pytest.mark.databases("mariadb")
@pytest.mark.parametrize("what", ["password", "address"])
def test_a_form_that_is_sent_twice_at_once_is_told_once(app: Flask, what: str) -> None:
    alice_id = make_user().id

    def change() -> None:
        alice = user_by_id(alice_id)
        assert alice is not None
        if what == "password":
            service.change_password(alice, PASSWORD, NEW)
        else:
            service.change_email(alice, PASSWORD, "alice@example.net")

    def act() -> None:
        with suppress(WrongCredentials), transaction():
            change()

    at_once(app, [act] * 6)
    db.session.rollback()
    told = planned(Kind.PASSWORD_CHANGED) + planned(Kind.EMAIL_CHANGED)
    assert len(told) == (1 if what == "password" else 2)


def test_an_address_that_was_mistyped_and_mended_gives_nobody_the_account(
    client: FlaskClient,
) -> None:
    alice = make_user()
    move(alice.id, "alcie@example.com")
    move(alice.id, "alice.new@example.com")
    assert put_back_link("alcie@example.com") == ""
    assert put_back_link("alice@example.com")
    # Nor does it keep the address from whoever it belongs to.
    data = {"email": "alcie@example.com", "password": PASSWORD, "password_again": PASSWORD}
    assert client.post("/register", data=data).status_code == 303


def test_what_was_unsubscribed_stays_so_after_a_move_to_another_address(
    client: FlaskClient,
) -> None:
    user = make_user()
    with transaction():
        preferences.unsubscribe(user.email, Kind.DEPARTURE_REMINDER)
    move(user.id, "new@example.com")
    db.session.expire_all()
    assert Kind.DEPARTURE_REMINDER in preferences_of(user.id, "new@example.com").muted


@pytest.mark.parametrize("password", ["", "x", "nine char", " " * 12, "x" * 201, "1234567890"])
def test_the_command_refuses_a_password_that_registering_refuses(
    app: Flask, client: FlaskClient, password: str
) -> None:
    command = ["users", "create", "--role", "admin", "--password", password, "ada@example.com"]
    done = app.test_cli_runner().invoke(args=command)
    assert done.exit_code == 1
    assert "The password is refused. Use from 10 to 200 characters" in done.output
    form = {"email": "ada@example.com", "password": password, "password_again": password}
    assert client.post("/register", data=form).status_code == 422
    assert db.session.scalars(select(User.email)).all() == []


def test_the_command_asks_for_no_password_where_there_is_no_terminal(app: Flask) -> None:
    make_airline("X1")
    command = ["users", "create", "--role", "airline_staff", "sam@example.com", "--airline"]
    done = app.test_cli_runner().invoke(args=[*command, "x1"])
    assert done.exit_code == 1
    assert done.output == "Error: There is no terminal to ask for a password: give --password.\n"
    # What can be known without one is said first.
    for airline, words in (
        ("QQ", "There is no airline QQ."),
        ("ÄÖ", "There is no airline ÄÖ."),
        (" ", "Say which airline"),
    ):
        assert words in app.test_cli_runner().invoke(args=[*command, airline]).output
    assert db.session.scalars(select(User.email)).all() == []


def test_the_command_takes_an_airline_in_small_letters(app: Flask) -> None:
    make_airline("X1")
    command = ["users", "create", "--role", "airline_staff", "--airline", "x1"]
    done = app.test_cli_runner().invoke(args=[*command, "--password", PASSWORD, "sam@example.com"])
    assert done.exit_code == 0
    assert db.session.scalars(select(User.airline_iata)).all() == ["X1"]


@pytest.mark.parametrize(
    "words", [["--password", "abcdefghijk\udcff"], ["--password", PASSWORD, "--airline", "\udcff"]]
)
def test_bytes_that_are_no_text_end_a_command_in_one_line(app: Flask, words: list[str]) -> None:
    command = ["users", "create", "--role", "airline_staff", *words, "bob@example.com"]
    done = app.test_cli_runner().invoke(args=command)
    assert isinstance(done.exception, SystemExit)
    assert len(done.output.splitlines()) <= 2


def test_a_thief_who_comes_and_goes_takes_no_right_from_the_owner(client: FlaskClient) -> None:
    alice_id = make_user().id
    for address in ("thief@example.com", "alice@example.com", "thief2@example.com"):
        move(alice_id, address)
    link = put_back_link("alice@example.com")
    assert link
    assert set_password(client, link) == 303
    db.session.expire_all()
    assert db.session.scalars(select(User.email)).all() == ["alice@example.com"]


def test_whoever_comes_back_by_the_link_of_a_mail_gets_the_kind_again(client: FlaskClient) -> None:
    user = make_user()
    with transaction():
        preferences.unsubscribe(user.email, Kind.DEPARTURE_REMINDER)
        preferences.set_preferences(user.id, user.email, [], 24, "en-GB")
    token = preferences.unsubscribe_token(user.email, Kind.DEPARTURE_REMINDER)
    assert client.post(f"/mail/unsubscribe/{token}", data={"back": "yes"}).status_code == 200
    db.session.expire_all()
    assert Kind.DEPARTURE_REMINDER not in preferences_of(user.id, user.email).muted
