"""Mails in the hands of dispatchers and workers, one or several at once."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from itertools import chain

from flask import Flask
from sqlalchemy import update

from tests.races import at_once
from webapp import clock
from webapp.db import db, retry_conflicts, transaction
from webapp.notifications import outbox
from webapp.notifications.models import Kind, Notification
from webapp.notifications.service import plan

LEASE = timedelta(seconds=60)


def make_mails(number: int = 1, kind: Kind = Kind.WELCOME) -> list[int]:
    with transaction():
        return [plan(kind, None, f"{each}@example.com", user_id=each + 1) for each in range(number)]


def claim(most: int = 200) -> list[int]:
    with transaction():
        return list(chain(*outbox.claim_due(LEASE, most)))


def begin(ids: list[int]) -> list[Notification]:
    with transaction():
        return outbox.begin_delivery(ids, LEASE)


def hand_out() -> list[Notification]:
    """Claim and begin whatever is due."""
    return begin(claim())


def row(mail_id: int) -> Notification:
    db.session.rollback()
    return db.session.get_one(Notification, mail_id, populate_existing=True)


def claim_at_once(app: Flask, dispatchers: int) -> list[list[int]]:
    """Let so many dispatchers claim what is due; return the ids that each of them has."""
    return at_once(app, [partial(retry_conflicts, claim)] * dispatchers)


def begin_at_once(app: Flask, ids: list[int], workers: int) -> list[list[int]]:
    """Let so many workers begin the same mails; return the ids that each of them sends."""

    def take() -> list[int]:
        return [mail.id for mail in begin(ids)]

    return at_once(app, [partial(retry_conflicts, take)] * workers)


def end_leases() -> None:
    with transaction() as session:
        session.execute(
            update(Notification).values(lease_until=clock.machine_now() - timedelta(seconds=1))
        )
