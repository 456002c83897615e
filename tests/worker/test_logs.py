"""What the worker's log says: what started, when the broker went away, and when it is back."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from dramatiq import Message
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.errors import ConnectionClosed
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.builders import make_booking, make_flight
from tests.conftest import settings_for
from tests.services import MailServer, MariaDB, RabbitMQ
from tests.worker.conftest import WAIT, StartWorker, Worker, eventually
from webapp import create_app
from webapp.db import db, transaction
from webapp.notifications import outbox
from webapp.notifications.models import Notification, State
from worker import outage
from worker.actors import notifications as deliveries
from worker.actors.alerts import check_alerts
from worker.actors.inventory import expire_holds
from worker.broker import broker as dramatiq_broker
from worker.outage import DatabaseWatch
from worker.presence import Presence
from worker.schedule import sending
from worker.watch import Watch


def lines_of(worker: Worker, words: str) -> list[str]:
    """Return the lines of a worker's log in which some words stand."""
    return [line for line in worker.log.read_text().splitlines() if words in line]


@pytest.mark.databases("mariadb")
@pytest.mark.slow
def test_a_broker_that_goes_away_is_told_once_and_so_is_its_return(
    app: Flask, start_worker: StartWorker, mail_server: MailServer, rabbitmq: RabbitMQ
) -> None:
    flight = make_flight(seats=3)
    deliver, dispatch = start_worker("deliver"), start_worker("dispatch", "schedule")
    make_booking(flight, email="first@example.com")
    assert mail_server.wait_for(1, WAIT)
    assert "parts=deliver" in lines_of(deliver, "level=INFO request=- event=worker.started")[0]
    assert "parts=dispatch,schedule" in lines_of(dispatch, "event=worker.started")[0]
    rabbitmq.stop()
    try:
        make_booking(flight, email="second@example.com")
        assert eventually(lambda: bool(lines_of(deliver, "event=broker.away")))
        assert eventually(lambda: bool(lines_of(dispatch, "event=dispatch.paused")))
    finally:
        rabbitmq.start()
    assert mail_server.wait_for(2, WAIT)
    assert eventually(lambda: bool(lines_of(deliver, "event=broker.back")))
    assert len(lines_of(dispatch, "event=dispatch.resumed")) == 1
    for event in ("away", "back"):
        assert len(lines_of(deliver, f"event=broker.{event}")) == 1
    for worker in (deliver, dispatch):
        assert not lines_of(worker, "CRITICAL")


@pytest.mark.databases("mariadb")
@pytest.mark.slow
def test_a_mail_server_that_goes_away_is_told_once_and_so_is_its_return(
    app: Flask, start_worker: StartWorker, mail_server: MailServer
) -> None:
    flight = make_flight(seats=3)
    mail_server.stop()
    worker = start_worker("deliver", "dispatch")
    for guest in ("first", "second"):
        make_booking(flight, email=f"{guest}@example.com")
    assert eventually(lambda: len(lines_of(worker, "event=mail.refused")) >= 3)
    (away,) = lines_of(worker, "event=mail_server.away")
    assert "level=WARNING" in away
    assert "could not be reached" in away
    mail_server.start()
    assert mail_server.wait_for(2, WAIT)
    assert eventually(lambda: bool(lines_of(worker, "event=mail_server.back")))
    for event in ("away", "back"):
        assert len(lines_of(worker, f"event=mail_server.{event}")) == 1


@pytest.mark.mariadb
@pytest.mark.slow
def test_a_database_that_goes_away_is_told_once_and_so_is_its_return(
    rabbitmq: RabbitMQ, tmp_path: Path
) -> None:
    with MariaDB() as server, ExitStack() as until_then:
        settings = settings_for(server.create_database(), tmp_path, broker_url=rabbitmq.url)
        with create_app(settings).app_context():
            upgrade()
            db.engine.dispose()
        broker = RabbitmqBroker(url=rabbitmq.url, confirm_delivery=True)
        until_then.callback(broker.close)
        worker = Worker(settings, "deliver")
        worker.start()
        until_then.callback(worker.kill)

        def send(*names: str) -> None:
            broker.declare_queue("upkeep", ensure=True)
            for name in names:
                broker.enqueue(Message("upkeep", name, args=(), kwargs={}, options={}))

        send("expire_holds")
        assert eventually(lambda: bool(lines_of(worker, "event=worker.started")))
        server.kill()
        send("expire_holds", "check_alerts", "follow_schedules", "forget_what_is_past")
        assert eventually(lambda: bool(lines_of(worker, "event=database.away")))
        broker.join("upkeep", timeout=int(WAIT * 1000))
        server.start()
        send("expire_holds", "check_alerts")
        assert eventually(lambda: bool(lines_of(worker, "event=database.back")))
        said = worker.log.read_text().splitlines()
        assert [line.split()[4] for line in said] == [
            "event=worker.started",
            "event=database.away",
            "event=database.back",
        ]


def test_a_mail_whose_facts_cannot_be_read_is_no_mistake_of_its_own(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def lose_connection(_notifications: object) -> None:
        raise OperationalError("SELECT", {}, Exception("Lost connection"))

    make_booking(make_flight())
    with transaction():
        ((notification_id,),) = outbox.claim_due(timedelta(minutes=1))
    monkeypatch.setattr(deliveries, "read_facts", lose_connection)
    monkeypatch.setattr(outage, "database_answers", lambda: False)
    monkeypatch.setattr(deliveries, "database_answers", lambda: False)
    with pytest.raises(outage.DatabaseAway):
        deliveries.deliver_notifications.fn([notification_id])
    assert not [record for record in caplog.records if record.exc_info]
    db.session.rollback()
    kept = db.session.get_one(Notification, notification_id, populate_existing=True)
    assert (kept.state, kept.attempts, kept.reason) == (State.SENDING, 1, None)


def test_what_the_database_refuses_while_it_is_there_keeps_its_traceback(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    def ask_nonsense() -> None:
        db.session.execute(text("SELECT nonsense"))

    def divide() -> float:
        return 1 / 0

    for mistake, kind in ((ask_nonsense, OperationalError), (divide, ZeroDivisionError)):
        with pytest.raises(kind):
            DatabaseWatch().watched(mistake)()
    assert not caplog.records


def test_every_other_trouble_of_a_consumer_is_told_each_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = logging.getLogger("tests.consumer")
    logger.addFilter(Watch().filter_of("mail"))
    for _ in range(2):
        logger.critical("Consumer encountered an unexpected error.")
        logger.critical("Consumer encountered a connection error: %s", ConnectionClosed("gone"))
        logger.warning("Not acknowledged: %s", ConnectionClosed("gone"))
    said = [record.getMessage() for record in caplog.records]
    assert said.count("Consumer encountered an unexpected error.") == 2
    assert sum("event=broker.away" in line for line in said) == 1
    assert said.count("Not acknowledged: gone") == 2
    assert len(said) == 5


def test_the_schedule_tells_once_that_the_broker_is_away_and_once_that_it_is_back(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO", "fairwind")
    broker = Presence("broker")
    turns = [sending(actor, broker) for actor in (expire_holds, check_alerts)]

    def refuse(message: Message[None], **_options: object) -> Message[None]:
        raise ConnectionClosed("gone")

    with monkeypatch.context() as away:
        away.setattr(dramatiq_broker, "enqueue", refuse)
        for turn in turns * 2:
            turn()
    for turn in turns:
        turn()
    said = [record.getMessage() for record in caplog.records]
    assert said == ['event=broker.away words="gone"', "event=broker.back"]


def test_the_broker_is_back_when_every_queue_has_it_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "fairwind")
    broker = Watch().broker
    broker.note_back("mail")
    for queue in ("mail", "upkeep"):
        broker.note_away("gone", queue)
    broker.note_back("mail")
    assert [record.getMessage() for record in caplog.records] == ['event=broker.away words="gone"']
    broker.note_back("upkeep")
    assert [record.getMessage() for record in caplog.records][1:] == ["event=broker.back"]
