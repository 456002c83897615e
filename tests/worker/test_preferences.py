"""What the reader of a mail wants: kinds left out, and dates in their own form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.builders import make_booking, make_flight, make_user
from webapp import clock
from webapp.db import db, transaction
from webapp.notifications.models import Kind, MailPreference, Notification
from webapp.notifications.rendering import render_mail
from worker.facts import read_facts
from worker.mails import Mail, Withheld, decide


def confirmation() -> Notification:
    query = select(Notification).where(Notification.kind == Kind.BOOKING_CONFIRMED)
    return db.session.scalars(query).one()


def test_a_kind_that_the_account_or_the_address_switched_off_is_not_sent(app: Flask) -> None:
    alice = make_user()
    make_booking(make_flight(), user=alice, email="alice.at.work@example.com")
    assert isinstance(decide(confirmation()), Mail)
    for whose in ({"user_id": alice.id}, {"address": "alice.at.work@example.com"}):
        with transaction() as session:
            wish = MailPreference(muted=[Kind.BOOKING_CONFIRMED], **whose)
            session.add(wish)
        assert decide(confirmation()) == Withheld("unsubscribed")
        with transaction() as session:
            session.delete(wish)


@pytest.mark.parametrize(
    ("locale", "day", "time", "in_subject"),
    [
        ("en-GB", "1 December 2026", "20:05", "Mumbai, Tue 1 Dec ("),
        ("en-US", "December 1, 2026", "8:05\u202fPM", "Mumbai, Tue, Dec 1 ("),
        # In a sentence the day is English, as the words around it are.
        ("de", "1. Dezember 2026", "20:05", "Mumbai, Tue 1 Dec ("),
    ],
)
def test_days_and_times_in_a_mail_are_written_as_the_reader_is_used_to(
    app: Flask, locale: str, day: str, time: str, in_subject: str
) -> None:
    departs_at = datetime(2026, 12, 1, 20, 5, tzinfo=UTC)
    clock.move_to(departs_at - timedelta(days=10))
    alice = make_user()
    with transaction() as session:
        session.add(MailPreference(user_id=alice.id, locale=locale))
    make_booking(make_flight(origin="LHR", departs_at=departs_at), user=alice)
    mail = confirmation()
    facts = read_facts([mail])
    decision = decide(mail, facts)
    assert isinstance(decision, Mail)
    wanted = facts.preferences_of(mail).locale
    message = render_mail(mail, decision.template, wanted, **decision.context)
    assert in_subject in message.subject
    for part in (message.body, message.html):
        assert part is not None
        assert day in part
        assert time in part
