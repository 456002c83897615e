"""Reads: alerts by owner and by id, those whose price is to be looked at again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import ColumnElement, or_, select

from webapp import clock
from webapp.accounts.models import User
from webapp.accounts.queries import user_by_id
from webapp.alerts.followers import owners_of
from webapp.alerts.models import AlertState, PriceAlert
from webapp.db import db
from webapp.retention import ALERTS_KEPT, PORTION

CHECK_EVERY = timedelta(hours=1)
CONFIRM_WITHIN = timedelta(days=7)


def alert_by_id(alert_id: int) -> PriceAlert | None:
    """Return an alert."""
    return db.session.get(PriceAlert, alert_id)


def alert_of(owner: str, journey: str) -> PriceAlert | None:
    """Return the alert with which somebody follows a journey."""
    query = select(PriceAlert).where(PriceAlert.owner == owner, PriceAlert.journey == journey)
    return db.session.scalar(query)


def recipient_of(alert: PriceAlert) -> str:
    """Return where an alert's mails go: an account may have another address by now."""
    user = user_by_id(alert.user_id) if alert.user_id is not None else None
    return user.email if user else alert.email


def alerts_on(user: User, journey: str) -> list[PriceAlert]:
    """Return the alerts on a journey of an account and its confirmed address, its own first."""
    owners = owners_of(user)
    query = select(PriceAlert).where(PriceAlert.owner.in_(owners), PriceAlert.journey == journey)
    return sorted(db.session.scalars(query), key=lambda alert: owners.index(alert.owner))


def alerts_of(user: User) -> list[PriceAlert]:
    """Return the alerts of an account, the next departure first, those that have ended last.

    What its confirmed address follows is among them, but for what nobody answered from there.
    """
    query = (
        select(PriceAlert)
        .where(PriceAlert.owner.in_(owners_of(user)), PriceAlert.state != AlertState.UNCONFIRMED)
        .order_by(PriceAlert.depart, PriceAlert.id)
    )
    alerts = list(db.session.scalars(query))
    return sorted(alerts, key=lambda alert: alert.state == AlertState.ENDED)


def alerts_to_check(most: int = 200) -> list[int]:
    """Return alerts whose price was not looked at for an hour, the longest first."""
    query = (
        select(PriceAlert.id)
        .where(
            PriceAlert.state == AlertState.ACTIVE,
            # What lies ahead was written before the clock was set back.
            or_(
                PriceAlert.checked_at <= clock.now() - CHECK_EVERY,
                PriceAlert.checked_at > clock.now(),
            ),
        )
        .order_by(PriceAlert.checked_at)
        .limit(most)
    )
    return list(db.session.scalars(query))


def alerts_out_of_time() -> list[PriceAlert]:
    """Return alerts whose price nobody looks at, and whose day may have come somewhere."""
    query = select(PriceAlert).where(
        PriceAlert.state.in_((AlertState.PAUSED, AlertState.UNCONFIRMED)),
        # The first place on earth to see tomorrow is fourteen hours ahead.
        PriceAlert.depart < (clock.now() + timedelta(hours=14)).date(),
    )
    return list(db.session.scalars(query))


def is_to_be_checked(alert: PriceAlert) -> bool:
    """Tell whether alerts_to_check() would return an alert."""
    age = clock.now() - alert.checked_at
    return alert.state == AlertState.ACTIVE and not timedelta() <= age < CHECK_EVERY


def alerts_left_unconfirmed() -> Collection[int]:
    """Return alerts whose address did not answer within a week."""
    query = select(PriceAlert.id).where(
        PriceAlert.state == AlertState.UNCONFIRMED,
        PriceAlert.checked_at <= clock.now() - CONFIRM_WITHIN,
    )
    return list(db.session.scalars(query))


def alerts_to_forget() -> list[int]:
    """Return the ids of alerts that ended long ago."""
    return list(db.session.scalars(select(PriceAlert.id).where(*ended_long_ago()).limit(PORTION)))


def ended_long_ago() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that an alert has ended and that its day is long over."""
    day = (clock.now() - ALERTS_KEPT).date()
    return PriceAlert.state == AlertState.ENDED, PriceAlert.depart < day
