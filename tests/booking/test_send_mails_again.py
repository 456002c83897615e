"""The mails on a trip's page, and having one sent again."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.builders import cancel, log_in, make_booking, make_flight, make_user
from tests.pages import page
from tests.races import at_once
from webapp import clock
from webapp.booking.models import Booking
from webapp.db import db, retry_conflicts, transaction
from webapp.notifications import by_hand
from webapp.notifications.errors import TooOften
from webapp.notifications.models import Kind, Notification, NotificationEvent, State
from worker.mails import Mail, Withheld, decide


def confirmation(booking: Booking) -> Notification:
    query = select(Notification).where(
        Notification.booking_id == booking.id,
        Notification.kind == Kind.BOOKING_CONFIRMED,
        Notification.repeats_id.is_(None),
    )
    return db.session.scalars(query).one()


def settle(mail: Notification, state: State, reason: str | None = None) -> None:
    values = {"state": state, "reason": reason, "sent_at": clock.now()}
    with transaction() as session:
        session.execute(update(Notification).where(Notification.id == mail.id).values(**values))


def ask(client: FlaskClient, booking: Booking) -> str:
    """Ask for the confirmation once more; return what the page then says."""
    answer = client.post(
        f"/bookings/{booking.reference}/mails/again", data={"mail": confirmation(booking).key}
    )
    assert answer.status_code == 303
    return page(client.get(answer.location)).one("main").text


def repeats() -> list[Notification]:
    query = select(Notification).where(Notification.repeats_id.is_not(None))
    return list(db.session.scalars(query.order_by(Notification.id)))


def test_a_mail_is_sent_again_as_a_row_of_its_own(app: Flask, client: FlaskClient) -> None:
    alice = make_user()
    booking = make_booking(make_flight(), user=alice)
    log_in(client, alice)
    settle(confirmation(booking), State.SENT)
    assert "goes to alice@example.com once more" in ask(client, booking)
    (again,) = repeats()
    first = confirmation(booking)
    assert (again.kind, again.state, again.repeats_id) == (first.kind, State.DUE, first.id)
    assert again.message_id != first.message_id
    assert isinstance(decide(again), Mail)
    line = db.session.scalars(select(NotificationEvent)).one()
    assert (line.actor, line.what) == ("alice@example.com", "sent again")


def test_what_is_sent_again_is_decided_anew(app: Flask, client: FlaskClient) -> None:
    alice = make_user()
    booking = make_booking(make_flight(), user=alice)
    log_in(client, alice)
    settle(confirmation(booking), State.SENT)
    ask(client, booking)
    cancel(booking)
    assert decide(repeats()[0]) == Withheld("the booking is cancelled")


def test_a_mail_that_waits_is_not_sent_twice_and_none_too_often(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    booking = make_booking(make_flight(), user=alice)
    log_in(client, alice)
    assert "on its way already" in ask(client, booking)
    settle(confirmation(booking), State.SENT)
    ask(client, booking)
    assert "was sent again a moment ago" in ask(client, booking)
    for _ in range(6):
        clock.advance(timedelta(minutes=2))
        log_in(client, alice)
        ask(client, booking)
    assert len(repeats()) == 5


def test_a_refused_address_is_shown_with_the_servers_words(app: Flask, client: FlaskClient) -> None:
    alice = make_user()
    booking = make_booking(make_flight(), user=alice)
    log_in(client, alice)
    settle(confirmation(booking), State.FAILED, "550 5.1.1 No such mailbox")
    shown = page(client.get(f"/bookings/{booking.reference}")).one(id="mails-of-trip").text
    assert "alice@example.com was refused: 550 5.1.1 No such mailbox" in shown


def test_charlie_cannot_have_alices_mails_sent(app: Flask, client: FlaskClient) -> None:
    booking = make_booking(make_flight(), user=make_user())
    settle(confirmation(booking), State.SENT)
    log_in(client, make_user("charlie@example.com"))
    address = f"/bookings/{booking.reference}/mails/again"
    assert client.post(address, data={"mail": confirmation(booking).key}).status_code == 404
    other = make_booking(make_flight(), user=make_user("charlie@example.com"))
    address = f"/bookings/{other.reference}/mails/again"
    for key in (confirmation(booking).key, "", "é"):
        assert client.post(address, data={"mail": key}).status_code == 404
    assert not repeats()


@pytest.mark.databases("mariadb")
def test_of_many_who_ask_for_a_mail_or_its_copy_at_once_one_is_heard(app: Flask) -> None:
    booking = make_booking(make_flight())
    settle(confirmation(booking), State.SENT)
    with transaction():
        by_hand.send_again(confirmation(booking).id, "alice")
    settle(repeats()[0], State.SENT)
    clock.advance(timedelta(minutes=2))
    ids = [confirmation(booking).id, repeats()[0].id] * 4

    def ask_for(mail_id: int) -> bool:
        def act() -> bool:
            with transaction():
                by_hand.send_again(mail_id, "alice")
            return True

        try:
            return retry_conflicts(act)
        except TooOften:
            return False

    heard = at_once(app, [partial(ask_for, mail_id) for mail_id in ids])
    assert sorted(heard) == [False] * 7 + [True]
