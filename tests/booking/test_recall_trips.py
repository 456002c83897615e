"""A lost reference: the trips of an address, mailed to that address alone."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.builders import cancel, make_booking, make_flight, make_hold
from tests.conftest import MakeApp
from tests.mails.gallery import trips_of_address, written
from tests.pages import alerts, page
from tests.statements import counted_selects
from webapp import clock
from webapp.booking.contact.service import change_contact
from webapp.booking.recall.queries import FLOWN_WITHIN
from webapp.db import db, transaction
from webapp.notifications.models import Kind, Notification
from worker.mails import Mail, Withheld, decide

ALICE = "alice@example.com"


def ask(client: FlaskClient, email: str) -> TestResponse:
    return client.post("/trip/mail", data={"email": email})


def asked_for() -> list[Notification]:
    query = select(Notification).where(Notification.kind == Kind.TRIPS_OF_ADDRESS)
    return list(db.session.scalars(query.order_by(Notification.id)))


def listed(client: FlaskClient, email: str = ALICE) -> list[str]:
    """Return the references in the mail that an address gets, and none where none goes out."""
    assert ask(client, email).status_code == 303
    decision = decide(asked_for()[-1])
    if decision == Withheld("no trips of this address"):
        return []
    assert isinstance(decision, Mail)
    return [trip.reference for trip, _address in decision.context["trips"]]


def test_the_trips_of_an_address_are_mailed_to_it_the_next_first(
    app: Flask, client: FlaskClient
) -> None:
    first = make_flight()
    later = make_booking(make_flight(departs_at=first.departs_at + timedelta(days=30)))
    next_one = make_booking(first)
    make_booking(make_flight(), email="charlie@example.com")
    make_hold(make_flight())
    cancel(make_booking(make_flight()))
    assert listed(client, " Alice@Example.com") == [next_one.reference, later.reference]
    (mail,) = asked_for()
    assert mail.recipient == ALICE
    decision = decide(mail)
    assert isinstance(decision, Mail)
    _trip, address = decision.context["trips"][0]
    assert address.endswith(f"/trip?reference={next_one.reference}")


def test_what_was_flown_lately_comes_last_and_then_no_more(app: Flask, client: FlaskClient) -> None:
    flown = make_flight()
    ahead = make_flight(departs_at=flown.departs_at + timedelta(days=90))
    over, coming = make_booking(flown), make_booking(ahead)
    clock.move_to(flown.arrives_at + FLOWN_WITHIN - timedelta(hours=1))
    assert listed(client) == [coming.reference, over.reference]
    clock.move_to(flown.arrives_at + FLOWN_WITHIN + timedelta(hours=1))
    assert listed(client) == [coming.reference]


def test_a_trip_is_mailed_to_the_address_of_this_moment_alone(
    app: Flask, client: FlaskClient
) -> None:
    booking = make_booking(make_flight())
    with transaction():
        change_contact(booking.id, "bob@example.com", None, "alice")
    assert listed(client) == []
    assert listed(client, "bob@example.com") == [booking.reference]


def test_every_address_gets_the_same_answer_after_the_same_questions(
    app: Flask, client: FlaskClient
) -> None:
    make_booking(make_flight())
    answers, questions = [], []
    for email in (ALICE, "nobody@example.com"):
        with counted_selects() as asked:
            answers.append(ask(client, email))
        questions.append(asked)
    assert questions[0] == questions[1]
    assert {answer.location for answer in answers} == {"/trip/mailed"}
    assert page(client.get("/trip/mailed")).one("h1").text == "Look into your mails"
    assert decide(asked_for()[1]) == Withheld("no trips of this address")


def test_a_mail_that_comes_late_is_not_sent(app: Flask, client: FlaskClient) -> None:
    make_booking(make_flight())
    ask(client, ALICE)
    clock.advance(timedelta(minutes=61))
    assert decide(asked_for()[0]) == Withheld("asked for too long ago")


def test_an_address_gets_few_mails_an_hour_whoever_asks(app: Flask, client: FlaskClient) -> None:
    for _ in range(8):
        ask(app.test_client(), ALICE)
    assert len(asked_for()) == 6
    clock.advance(timedelta(minutes=61))
    ask(client, ALICE)
    assert len(asked_for()) == 7


def test_asking_again_and_again_is_stopped_with_words(make_app: MakeApp) -> None:
    client = make_app(rate_limits=True).test_client()
    for _ in range(4):
        assert ask(client, ALICE).status_code == 303
    answer = ask(client, "ALICE@example.com")
    assert answer.status_code == 429
    assert "Too many tries" in page(answer).one("h1").text
    assert ask(client, "bob@example.com").status_code == 303


def test_the_form_stands_beside_the_search_and_tells_a_mistake(
    app: Flask, client: FlaskClient
) -> None:
    shown = page(client.get("/trip")).one("main")
    assert [each.text for each in shown.all("h2")] == ["No reference at hand?"]
    answer = ask(client, "nobody")
    assert answer.status_code == 422
    assert "E-mail" in alerts(answer)
    assert not asked_for()


def test_the_mail_speaks_of_no_account(app: Flask) -> None:
    mail = written(trips_of_address())
    assert "because somebody asked for the trips of this address" in mail.body
    assert "account" not in mail.body
