"""What the worker's log says: what started, when the broker went away, and when it is back."""

from __future__ import annotations

import logging

import pytest
from dramatiq.errors import ConnectionClosed
from flask import Flask

from tests.builders import make_booking, make_flight
from tests.services import MailServer, RabbitMQ
from tests.worker.conftest import WAIT, StartWorker, Worker, eventually
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


def test_the_broker_is_back_when_every_queue_has_it_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "fairwind")
    watch = Watch()
    watch.note_back("mail")
    for queue in ("mail", "upkeep"):
        watch.note_away(queue, "gone")
    watch.note_back("mail")
    assert [record.getMessage() for record in caplog.records] == ['event=broker.away words="gone"']
    watch.note_back("upkeep")
    assert [record.getMessage() for record in caplog.records][1:] == ["event=broker.back"]
