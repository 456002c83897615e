"""Reads: a booking's mails, what waits, how late the oldest is, who wants which mails."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select

from webapp import clock
from webapp.db import db
from webapp.formats import HOUSE_LOCALE
from webapp.notifications.models import (
    DEFAULT_REMINDER_HOURS,
    IN_HANDS,
    NOT_SETTLED,
    REFUSED,
    Kind,
    MailPreference,
    Notification,
    NotificationEvent,
    State,
)

_SAME_TRANSACTION = timedelta(seconds=5)


@dataclass(frozen=True)
class Preferences:
    """What the reader of a mail wants: kinds left out, when to be reminded, how dates look."""

    muted: frozenset[str] = frozenset()
    reminder_lead: timedelta = timedelta(hours=DEFAULT_REMINDER_HOURS)
    locale: str = HOUSE_LOCALE


def preferences_of(user_id: int | None, address: str) -> Preferences:
    """Return what an account wants, without the kinds that an address was taken off.

    Whoever unsubscribed by the link in a mail gets none of that kind, whose booking it may be.
    """
    return _joined(user_id, address, _wishes([user_id], [address]))


def preferences_for(notifications: Sequence[Notification]) -> dict[int, Preferences]:
    """Return what the readers of mails want, by the mails' ids."""
    wishes = _wishes(
        {each.user_id for each in notifications}, {each.recipient for each in notifications}
    )
    return {each.id: _joined(each.user_id, each.recipient, wishes) for each in notifications}


def _wishes(user_ids: Collection[int | None], addresses: Collection[str]) -> list[MailPreference]:
    query = select(MailPreference).where(
        or_(
            MailPreference.user_id.in_([each for each in user_ids if each is not None]),
            MailPreference.address.in_([each.lower() for each in addresses]),
        )
    )
    return list(db.session.scalars(query))


def _joined(user_id: int | None, address: str, wishes: list[MailPreference]) -> Preferences:
    own = next((each for each in wishes if user_id and each.user_id == user_id), None)
    taken_off = next((each for each in wishes if each.address == address.lower()), None)
    muted = frozenset(kind for each in (own, taken_off) if each for kind in each.muted)
    if own is None:
        return Preferences(muted)
    return Preferences(muted, timedelta(hours=own.reminder_hours), own.locale)


def waiting_to_be_told(segment_ids: Collection[int], kinds: Collection[Kind]) -> set[int]:
    """Return the segments that a mail of some kinds is planned for, or on its way."""
    query = select(Notification.segment_id).where(
        Notification.segment_id.in_(segment_ids),
        Notification.kind.in_(kinds),
        Notification.state.in_(NOT_SETTLED),
    )
    return {segment_id for segment_id in db.session.scalars(query) if segment_id}


def is_going_out(segment_id: int, kinds: Collection[Kind]) -> bool:
    """Tell whether a mail of some kinds about a segment is due by now, and is no new attempt."""
    is_due = and_(Notification.state == State.DUE, Notification.due_at <= clock.now())
    query = select(Notification.id).where(
        Notification.segment_id == segment_id,
        Notification.kind.in_(kinds),
        or_(is_due, Notification.state.in_(IN_HANDS)),
    )
    return db.session.scalar(query.limit(1)) is not None


def states_of(segment_id: int, kind: Kind) -> set[str]:
    """Return the states of a segment's mails of a kind."""
    query = select(Notification.state).where(
        Notification.segment_id == segment_id, Notification.kind == kind
    )
    return set(db.session.scalars(query))


def planned_since_last_sent(kind: Kind, segment_id: int) -> datetime | None:
    """Return when the first of a segment's mails of a kind was planned that none was sent after.

    A moment before: what it is about was written down in the same transaction.
    """
    own = [Notification.segment_id == segment_id, Notification.kind == kind]
    sent = select(func.max(Notification.id)).where(*own, Notification.state == State.SENT)
    last_id = db.session.scalar(sent) or 0
    first = select(func.min(Notification.created_at)).where(*own, Notification.id > last_id)
    planned_at = db.session.scalar(first)
    return planned_at - _SAME_TRANSACTION if planned_at else None


def planned_lately(kind: Kind, recipient: str, within: timedelta) -> int:
    """Return how many mails of a kind were planned for an address in the last while."""
    query = select(func.count(Notification.id)).where(
        Notification.recipient == recipient,
        Notification.kind == kind,
        Notification.created_at > clock.now() - within,
    )
    return db.session.scalar(query) or 0


def latest_about(kind: Kind, about: str) -> Notification | None:
    """Return the latest mail of a kind about something that is no booking."""
    query = select(Notification).where(Notification.about == about, Notification.kind == kind)
    return db.session.scalar(query.order_by(Notification.id.desc()).limit(1))


def is_overtaken(notification: Notification) -> bool:
    """Tell whether a later mail of the same kind about the same flight is due as well."""
    query = select(Notification.id).where(
        Notification.segment_id == notification.segment_id,
        Notification.kind == notification.kind,
        Notification.due_at > notification.due_at,
        Notification.due_at <= clock.now(),
    )
    return db.session.scalar(query.limit(1)) is not None


def mails_of(booking_id: int) -> list[Notification]:
    """Return a booking's mails, in the order they fall due."""
    query = (
        select(Notification)
        .where(Notification.booking_id == booking_id)
        .order_by(Notification.due_at, Notification.id)
    )
    return list(db.session.scalars(query))


def unwanted_of(mails: Sequence[Notification]) -> set[int]:
    """Return the mails, of those that are still to come, of a kind that their reader muted."""
    planned = [mail for mail in mails if mail.state == State.DUE]
    wishes = preferences_for(planned)
    return {mail.id for mail in planned if mail.kind in wishes[mail.id].muted}


def mail_of_booking(booking_id: int, key: str) -> Notification | None:
    """Return one of a booking's mails by its key."""
    query = select(Notification).where(
        Notification.booking_id == booking_id, Notification.key == key
    )
    return db.session.scalar(query) if key.isascii() else None


def counts_by_state_and_kind() -> dict[tuple[str, str], int]:
    """Return how many mails of each kind are in each state, read from one index alone."""
    query = select(Notification.state, Notification.kind, func.count()).group_by(
        Notification.state, Notification.kind
    )
    return {(state, kind): count for state, kind, count in db.session.execute(query)}


def refusals() -> int:
    """Return how many hand-overs the mail server refused so far."""
    query = select(func.count()).where(NotificationEvent.what == REFUSED)
    return db.session.scalar(query) or 0


def age_of_oldest_due() -> timedelta:
    """Return for how long the oldest mail that is due and not handed out has been waiting."""
    query = select(func.min(Notification.due_at)).where(Notification.state == State.DUE)
    oldest = db.session.scalar(query)
    return max(clock.now() - oldest, timedelta()) if oldest else timedelta()


def age_of_oldest_refusal() -> timedelta:
    """Return for how long the oldest mail that was refused has been tried again."""
    query = (
        select(func.min(NotificationEvent.at))
        .join(Notification, Notification.id == NotificationEvent.notification_id)
        .where(
            NotificationEvent.what == REFUSED,
            Notification.state.in_(NOT_SETTLED),
        )
    )
    oldest = db.session.scalar(query)
    return max(clock.now() - oldest, timedelta()) if oldest else timedelta()


def dispatch_lag() -> timedelta:
    """Return for how long the oldest mail that is not settled is overdue, zero if none is.

    This is what travellers would notice, whoever is to blame: the dispatcher, the workers or the
    broker. A mail that waits for its next attempt is due at that time.
    """
    oldest = [
        db.session.scalar(select(func.min(Notification.due_at)).where(Notification.state == state))
        for state in NOT_SETTLED
    ]
    lags = [clock.now() - each for each in oldest if each is not None]
    return max([*lags, timedelta()])
