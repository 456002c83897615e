"""Handing mails out and writing down what became of them: one hand at a time, by a plan."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain

import pytest
from flask import Flask
from sqlalchemy import delete, select

from tests.builders import make_booking, make_flight
from tests.notifications.hands import (
    LEASE,
    begin,
    begin_at_once,
    claim,
    claim_at_once,
    end_leases,
    hand_out,
    make_mails,
    row,
)
from webapp import clock
from webapp.db import db, transaction
from webapp.notifications import outbox
from webapp.notifications.models import Kind, Notification, NotificationEvent, State
from webapp.notifications.service import plan


@pytest.mark.databases("mariadb")
def test_dispatchers_that_claim_at_once_claim_each_mail_once(app: Flask) -> None:
    ids = make_mails(5)
    assert sorted(chain(*claim_at_once(app, 4))) == ids


@pytest.mark.databases("mariadb")
def test_workers_that_begin_the_same_mails_at_once_begin_each_once(app: Flask) -> None:
    ids = make_mails(5)
    claim()
    assert sorted(chain(*begin_at_once(app, ids, 4))) == ids


def test_what_is_claimed_is_not_claimed_again(app: Flask) -> None:
    ids = make_mails(5)
    assert sorted(claim()) == ids
    assert claim() == []


def test_mails_about_one_booking_are_claimed_together_in_their_order(app: Flask) -> None:
    bookings = [make_booking(make_flight()) for _ in range(2)]
    now = clock.now()
    with transaction() as session:
        session.execute(delete(Notification))
        planned = [
            plan(kind, booking.id, "alice@example.com", due_at=now - timedelta(minutes=minutes))
            for kind, minutes in ((Kind.SEATS_MOVED, 1), (Kind.BOOKING_CONFIRMED, 3))
            for booking in bookings
        ]
        alone = [plan(Kind.WELCOME, None, "bob@example.com", user_id=each) for each in (1, 2)]
    seats_one, seats_two, first_one, first_two = planned
    with transaction():
        claimed = outbox.claim_due(LEASE)
    pairs = [[first_one, seats_one], [first_two, seats_two]]
    assert sorted(claimed) == sorted([*pairs, *([id_] for id_ in alone)])
    assert [mail.id for mail in begin([first_two, seats_two, first_one])] == [
        first_two,
        seats_two,
        first_one,
    ]


def test_a_row_is_begun_once_however_often_its_id_arrives(app: Flask) -> None:
    ids = make_mails(3)
    claim()
    assert [mail.attempts for mail in begin(ids)] == [1, 1, 1]
    assert begin(ids) == []


@pytest.mark.databases("mariadb")
def test_a_row_that_somebody_else_looks_at_for_a_moment_is_begun_all_the_same(app: Flask) -> None:
    (mail,) = make_mails()
    claim()
    looking, taken = threading.Event(), threading.Event()

    def look() -> None:
        with app.app_context(), transaction() as session:
            session.get_one(Notification, mail, with_for_update=True)
            looking.set()
            assert not taken.wait(0.3), "the lock was not waited for"

    with ThreadPoolExecutor(1) as other:
        looked = other.submit(look)
        looking.wait(5)
        assert [each.id for each in begin([mail])] == [mail]
        taken.set()
        looked.result()


def test_what_a_dead_worker_left_is_handed_out_again_when_its_lease_is_over(app: Flask) -> None:
    (mail,) = make_mails()
    hand_out()
    assert claim() == []
    end_leases()
    (again,) = hand_out()
    assert (again.id, again.attempts) == (mail, 2)


def test_a_worker_that_lost_its_lease_can_record_nothing(app: Flask) -> None:
    make_mails()
    (lost,) = hand_out()
    end_leases()
    (held,) = hand_out()
    with transaction():
        outbox.record_withheld(lost, "too late")
        outbox.record_failure(lost, 550, "too late")
        outbox.record_sent([(lost, "too late")])
        assert outbox.renew_leases([lost], LEASE) == []
    assert row(lost.id).state == State.SENDING
    with transaction():
        outbox.record_sent([(held, "250 ok")])
    assert (row(held.id).state, row(held.id).answer) == (State.SENT, "250 ok")


def test_only_so_many_are_in_hands_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "MOST_IN_HANDS", 5)
    make_mails(8, Kind.PRICE_ALERT)
    taken = claim(most=3)
    assert len(taken) == 3
    assert claim(most=3) == [], "what would be too many waits until all of it fits"
    awaited = make_mails(8)
    for most in (2, 1):
        ids = claim(most)
        assert len(ids) == most
        assert set(ids) < set(awaited), "what somebody waits for comes on top"
    assert claim(most=3) == [], "but has its bounds too"
    for mail in begin(awaited):
        with transaction():
            outbox.record_withheld(mail, "no more")
    mails = begin(taken)
    with transaction():
        outbox.record_sent([(mail, "250 ok") for mail in mails[:1]])
    assert len(claim(most=3)) == 3


def test_several_answers_are_written_down_each_for_its_mail(app: Flask) -> None:
    make_mails(3)
    mails = hand_out()
    with transaction():
        outbox.record_sent([(mail, f"250 {mail.id}") for mail in mails])
    assert all(row(mail.id).answer == f"250 {mail.id}" for mail in mails)


def test_a_mail_given_back_has_used_no_attempt_and_is_due_when_it_was_said(app: Flask) -> None:
    make_mails()
    (mail,) = hand_out()
    later = clock.now() + timedelta(minutes=5)
    with transaction():
        outbox.give_back([mail], later, "the server is away")
    kept = row(mail.id)
    assert (kept.state, kept.attempts, kept.reason) == (State.RETRY, 0, "the server is away")
    assert claim() == []
    clock.move_to(later)
    assert hand_out()[0].attempts == 1


@pytest.mark.parametrize(
    ("code", "waits"),
    [
        (None, outbox.RETRY_SERVER),
        (421, outbox.RETRY_SERVER),
        (451, outbox.RETRY_SERVER),
        (440, outbox.RETRY_RECIPIENT),
        (-1, outbox.RETRY_SERVER),
        (250, outbox.RETRY_SERVER),
        (550, ()),
        (554, ()),
    ],
)
def test_a_refusal_is_retried_by_its_plan_and_then_stands_with_the_servers_words(
    app: Flask, code: int | None, waits: tuple[int, ...]
) -> None:
    (mail_id,) = make_mails()
    for seconds in waits:
        (mail,) = hand_out()
        before = clock.now()
        with transaction():
            outbox.record_failure(mail, code, "No, thank you")
        kept = row(mail_id)
        assert kept.state == State.RETRY
        assert abs((kept.due_at - before).total_seconds() - seconds) < 2
        clock.move_to(kept.due_at)
    (mail,) = hand_out()
    with transaction():
        outbox.record_failure(mail, code, "No, thank you")
    kept = row(mail_id)
    assert (kept.state, kept.attempts) == (State.FAILED, len(waits) + 1)
    assert "No, thank you" in (kept.reason or "")
    lines = db.session.scalars(select(NotificationEvent)).all()
    assert [line.what for line in lines] == ["refused"] * (len(waits) + 1)


def test_a_mail_outlives_a_server_that_is_away_or_refuses_to_talk(app: Flask) -> None:
    (mail_id,) = make_mails()
    for attempt in range(12):
        (mail,) = hand_out()
        with transaction():
            outbox.record_failure(mail, 535 if attempt % 2 else None, "Away", is_refused=False)
        kept = row(mail_id)
        assert kept.state == State.RETRY
        clock.move_to(kept.due_at)
    assert len(hand_out()) == 1
