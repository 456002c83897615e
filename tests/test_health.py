"""What operators are told: figures of the mails, and whether they go out in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.builders import make_booking, make_flight
from webapp import clock
from webapp.db import db, transaction
from webapp.health import LAG_LIMIT_SECONDS
from webapp.notifications import outbox
from webapp.notifications.models import Kind, Notification, State


def figure(client: FlaskClient, name: str) -> float:
    lines = client.get("/metrics").text.splitlines()
    return float(next(line for line in lines if line.startswith(f"{name} ")).split()[-1])


def claim_due_now() -> list[list[int]]:
    with transaction():
        return outbox.claim_due(timedelta(seconds=60))


def set_state(kind: Kind, **values: object) -> None:
    with transaction() as session:
        session.execute(update(Notification).where(Notification.kind == kind).values(**values))


def test_the_metrics_count_mails_by_state_and_kind(app: Flask, client: FlaskClient) -> None:
    flight = make_flight()
    for _ in range(3):
        make_booking(flight)
    set_state(Kind.BOOKING_CONFIRMED, state=State.SENT)
    assert figure(client, 'fairwind_notifications{state="sent"}') == 3
    assert figure(client, 'fairwind_mails_sent{kind="booking_confirmed"}') == 3
    assert figure(client, 'fairwind_mails_failed{kind="booking_confirmed"}') == 0
    assert figure(client, 'fairwind_notifications{state="due"}') > 0


def test_a_mail_that_waits_too_long_makes_the_service_unready(
    app: Flask, client: FlaskClient
) -> None:
    make_booking(make_flight())
    assert client.get("/readyz").status_code == 200
    assert figure(client, "fairwind_oldest_due_seconds") < LAG_LIMIT_SECONDS
    clock.advance(timedelta(seconds=LAG_LIMIT_SECONDS + 1))
    assert figure(client, "fairwind_oldest_due_seconds") > LAG_LIMIT_SECONDS
    assert figure(client, "fairwind_dispatch_lag_seconds") > LAG_LIMIT_SECONDS
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["dispatch_lag_seconds"] > LAG_LIMIT_SECONDS


def test_a_mail_server_that_takes_no_mail_is_seen_however_often_it_is_tried(
    app: Flask, client: FlaskClient
) -> None:
    make_booking(make_flight())
    assert figure(client, "fairwind_oldest_refusal_seconds") == 0
    for _ in range(3):
        claimed = [each for mails in claim_due_now() for each in mails]
        with transaction():
            for mail in outbox.begin_delivery(claimed, timedelta(seconds=60)):
                outbox.record_failure(mail, None, "It is away", is_refused=False)
        clock.advance(timedelta(seconds=100))
    assert figure(client, "fairwind_dispatch_lag_seconds") < LAG_LIMIT_SECONDS
    assert figure(client, "fairwind_oldest_refusal_seconds") >= 300
    set_state(Kind.BOOKING_CONFIRMED, state=State.SENT)
    assert figure(client, "fairwind_oldest_refusal_seconds") == 0


@pytest.mark.parametrize("state", [State.SENT, State.WITHHELD, State.FAILED])
def test_a_mail_that_is_settled_is_not_overdue(
    app: Flask, client: FlaskClient, state: State
) -> None:
    make_booking(make_flight())
    set_state(Kind.BOOKING_CONFIRMED, state=state)
    clock.advance(timedelta(seconds=LAG_LIMIT_SECONDS + 1))
    assert client.get("/readyz").status_code == 200


def test_a_request_names_itself_and_the_mails_that_it_planned(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "fairwind")
    make_booking(make_flight())
    planned = [each.getMessage() for each in caplog.records if "mail.planned" in each.getMessage()]
    for kind in ("booking_confirmed", "departure_reminder"):
        row = db.session.scalars(select(Notification).where(Notification.kind == kind)).one()
        line = f"event=mail.planned id={row.id} key={row.key} due_at={row.due_at}"
        assert planned.count(line) == 1
    assert len(client.get("/healthz").headers["X-Request-Id"]) == 12
