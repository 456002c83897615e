"""Nothing is lost: the worker is killed, the broker stops, the mail server is away."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.builders import make_booking, make_flight
from tests.services import MailServer, RabbitMQ
from tests.worker.conftest import WAIT, StartWorker, eventually
from webapp import clock
from webapp.db import db
from webapp.notifications.models import Kind, Notification, State

pytestmark = [pytest.mark.databases("mariadb"), pytest.mark.rabbitmq, pytest.mark.slow]

BOOKINGS = 60
WORKER_THREADS = 4


def sent() -> int:
    """Return how many confirmations the rows call sent."""
    db.session.rollback()
    query = select(func.count()).where(
        Notification.kind == Kind.BOOKING_CONFIRMED, Notification.state == State.SENT
    )
    return db.session.scalar(query) or 0


def test_a_worker_killed_while_mails_go_out_loses_none_and_repeats_only_those_in_its_hands(
    app: Flask, start_worker: StartWorker, mail_server: MailServer
) -> None:
    flight = make_flight(seats=BOOKINGS)
    for number in range(BOOKINGS):
        make_booking(flight, email=f"traveller-{number}@example.com")
    # The server has the mail, and its answer is on the way: the gap that the promise names.
    mail_server.delay = 0.3
    worker = start_worker()
    kills = 3
    for kill in range(kills):
        assert mail_server.wait_for((kill + 1) * 8, WAIT)
        worker.kill()
        worker.start()
    mail_server.delay = 0
    assert eventually(lambda: sent() == BOOKINGS, 60)
    by_message = Counter(message.message_id for message in mail_server.messages)
    assert len(by_message) == BOOKINGS
    repeated = sum(by_message.values()) - BOOKINGS
    print(f"{repeated} mails were accepted twice over {kills} kills")
    assert repeated <= kills * WORKER_THREADS


def test_bookings_made_while_rabbitmq_is_away_are_confirmed_when_it_is_back(
    app: Flask, start_worker: StartWorker, mail_server: MailServer, rabbitmq: RabbitMQ
) -> None:
    flight = make_flight(seats=BOOKINGS)
    start_worker("deliver")
    start_worker("dispatch", "schedule")
    make_booking(flight, email="first@example.com")
    assert mail_server.wait_for(1, WAIT)
    rabbitmq.stop()
    try:
        for number in range(10):
            make_booking(flight, email=f"traveller-{number}@example.com")
    finally:
        rabbitmq.start()
    assert eventually(lambda: sent() == 11, 90)
    assert max(Counter(message.message_id for message in mail_server.messages).values()) == 1


def test_mails_due_while_the_mail_server_is_away_go_out_when_it_is_back(
    app: Flask, start_worker: StartWorker, mail_server: MailServer
) -> None:
    flight = make_flight(seats=BOOKINGS)
    mail_server.stop()
    for number in range(10):
        make_booking(flight, email=f"traveller-{number}@example.com")
    start_worker()
    assert eventually(lambda: retrying() == 10)
    mail_server.start()
    # A minute on the clock of the business; the retry plan runs on it.
    clock.advance(timedelta(minutes=1))
    assert eventually(lambda: sent() == 10, 30)
    assert max(Counter(message.message_id for message in mail_server.messages).values()) == 1


def retrying() -> int:
    """Return how many mails wait for another attempt."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(Notification.state == State.RETRY)) or 0
