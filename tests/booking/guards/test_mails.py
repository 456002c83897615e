"""The guards of mails, each taken away: what breaks, or what stands behind it.

Where one guard is enough, the test's name says so, and another takes both away.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError

from tests.booking.races import confirm, named_hold
from tests.builders import make_flight
from tests.guards import broken, dropped, regardless, unlocked, waiting
from tests.notifications.hands import (
    begin,
    begin_at_once,
    claim,
    claim_at_once,
    end_leases,
    hand_out,
    make_mails,
    row,
)
from tests.races import at_once, meeting
from webapp.db import db, transaction
from webapp.notifications import outbox
from webapp.notifications.models import Kind, Notification, State
from webapp.notifications.service import plan

on_mariadb = pytest.mark.databases("mariadb")

KEY = "uq_notifications_key"
CLAIMED = r"^SELECT notifications\.id, notifications\.booking_id"
BEGUN = r"^SELECT notifications\.id, notifications\.`key`"


# The key of a fact


def tell_at_once(app: Flask) -> None:
    """Plan the mail about one fact twice."""

    def tell() -> None:
        with transaction():
            plan(Kind.WELCOME, None, "alice@example.com", user_id=1)

    at_once(app, [tell] * 2)


def mails(kind: Kind) -> int:
    query = select(func.count()).where(Notification.kind == kind)
    return db.session.scalar(query) or 0


@on_mariadb
def test_without_its_unique_key_a_fact_is_announced_twice(app: Flask) -> None:
    with pytest.raises(IntegrityError, match=KEY):
        tell_at_once(app)
    assert mails(Kind.WELCOME) == 1
    with dropped(KEY):
        tell_at_once(app)
        assert mails(Kind.WELCOME) == 1 + 2


@on_mariadb
def test_without_the_key_the_bookings_lock_alone_keeps_its_mails_from_being_planned_twice(
    app: Flask,
) -> None:
    with dropped(KEY):
        at_once(app, [partial(confirm, named_hold(make_flight()))] * 4)
        assert mails(Kind.BOOKING_CONFIRMED) == 1
        assert broken() == set()


# The locks of those who claim what is due, and of those who begin what was claimed


@on_mariadb
def test_without_a_lock_two_dispatchers_hand_out_the_same_mails_and_workers_begin_each_once(
    app: Flask,
) -> None:
    ids = make_mails(3)
    with unlocked("notifications"), meeting(2, after=CLAIMED):
        claimed = claim_at_once(app, 2)
    assert [sorted(each) for each in claimed] == [ids, ids]
    assert sorted(begin_at_once(app, ids, 2)) == [[], ids]


@on_mariadb
def test_without_a_lock_of_the_workers_either_two_of_them_send_the_same_mails(app: Flask) -> None:
    ids = make_mails(3)
    with unlocked("notifications"):
        with meeting(2, after=CLAIMED):
            claim_at_once(app, 2)
        with meeting(2, after=BEGUN):
            assert begin_at_once(app, ids, 2) == [ids, ids]
    assert row(ids[0]).attempts == 2


def test_unless_a_row_is_queued_it_is_begun_as_often_as_its_id_arrives(app: Flask) -> None:
    ids = make_mails(3)
    claim()
    with regardless("FROM notifications", "notifications.state = ?"):
        assert [len(begin(ids)) for _ in range(2)] == [3, 3]


@on_mariadb
def test_a_dispatcher_that_skips_no_locked_row_waits_for_it_and_claims_nothing(app: Flask) -> None:
    locked, *others = make_mails(3)
    with transaction() as session:
        session.get_one(Notification, locked, with_for_update=True)
        with waiting("notifications"), pytest.raises(OperationalError, match="Lock wait timeout"):
            claim_beside(app)
        assert sorted(claim_beside(app)) == others


def claim_beside(app: Flask) -> list[int]:
    """Claim what is due while this thread is in a transaction of its own."""

    def act() -> list[int]:
        with app.app_context():
            return claim()

    with ThreadPoolExecutor(1) as dispatcher:
        return dispatcher.submit(act).result()


# The lease, and the number of the attempt that fences a worker who lost it


def test_without_a_lease_a_mail_in_the_hands_of_a_worker_is_given_to_another(app: Flask) -> None:
    make_mails()
    (mine,) = hand_out()
    with regardless("FROM notifications", "notifications.lease_until <= ?"):
        (theirs,) = hand_out()
    assert (theirs.id, theirs.attempts) == (mine.id, 2)


def test_without_the_number_of_the_attempt_who_lost_a_mail_writes_down_what_became_of_it(
    app: Flask,
) -> None:
    make_mails()
    (lost,) = hand_out()
    end_leases()
    (held,) = hand_out()
    with regardless("UPDATE notifications", "notifications.attempts = ?"), transaction():
        outbox.record_failure(lost, 550, "too late")
    assert row(held.id).state == State.FAILED
