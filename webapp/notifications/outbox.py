"""Commands of the engine: claim what is due, hand it out, record what became of it.

Hand-out is fenced twice: a row moves to `queued` and to `sending` by guarded updates, so that of
two dispatchers or two workers one wins; and the number of attempts names the hand-over, so that
a worker whose lease ran out can record nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    ColumnExpressionArgument,
    Update,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm.attributes import set_committed_value

from webapp import clock
from webapp.db import Base, change_rows, db
from webapp.notifications.models import (
    AWAITED,
    IN_HANDS,
    REFUSED,
    WAITING,
    Notification,
    NotificationEvent,
    State,
)

# More than this are not handed out at once: what waits for a worker shall not outwait its lease.
MOST_IN_HANDS = 1_000

# Seconds to wait before each new attempt: for a server that could not be reached or asked us to
# come back, and for one that refused this recipient for now.
RETRY_SERVER = (10, 30, 60, 300, 900)
RETRY_RECIPIENT = (60, 300, 600, 1200, 1800)
_SERVER_CODES = {421, 450, 451, 452}


class _Claimed(NamedTuple):
    id: int
    booking_id: int | None
    due_at: datetime


def is_anything_due() -> bool:
    """Tell whether claim_due() would find anything, without taking a lock."""
    return any(
        db.session.scalar(select(Notification.id).where(*conditions).limit(1)) is not None
        for conditions in (*map(_due, WAITING), *map(_left_behind, IN_HANDS))
    )


def claim_due(lease: timedelta, most: int = 200) -> list[list[int]]:
    """Claim what is due, and what a dead worker left behind; return the ids for the broker.

    Mails about one booking come together, in the order in which they are due: what the first one
    tells need not be told by the next. Rows that another dispatcher is claiming are skipped, not
    waited for.
    """
    in_hands = db.session.scalar(select(func.count()).where(Notification.state.in_(IN_HANDS))) or 0
    # In whole portions: a flood that is handed out in crumbs costs twice as much to read.
    room = most if in_hands + most <= MOST_IN_HANDS else 0
    # What is awaited may always come on top of it, but never in a flood of its own.
    claimed = _claim_awaited(most) if in_hands <= MOST_IN_HANDS else []
    for state in WAITING:
        others = [*_due(state), Notification.id.not_in([each.id for each in claimed])]
        claimed += _claim(others, Notification.due_at, room - len(claimed))
    for state in IN_HANDS:  # These are counted already.
        claimed += _claim(_left_behind(state), Notification.lease_until, most)
    if claimed:
        _change(
            [Notification.id.in_([each.id for each in claimed])],
            state=State.QUEUED,
            lease_until=clock.machine_now() + lease,
        )
    together: dict[object, list[_Claimed]] = defaultdict(list)
    for each in claimed:
        together[each.booking_id or f"mail {each.id}"].append(each)
    return [
        [each.id for each in sorted(mails, key=lambda one: (one.due_at, one.id))]
        for mails in together.values()
    ]


def return_unpublished(ids: Sequence[int]) -> None:
    """Make rows due again whose ids the broker did not take."""
    _change(
        [Notification.id.in_(ids), Notification.state == State.QUEUED],
        state=State.DUE,
        lease_until=None,
    )


def begin_delivery(ids: Sequence[int], lease: timedelta) -> list[Notification]:
    """Take queued rows for sending; those that somebody else has or that are settled are left out.

    Safe to call twice with the same ids: each row is found `queued` once. The rows come detached,
    as they were at this moment, in the order of the ids.
    """
    # A locked row is waited for: most often a dispatcher looks it over and lets go of it at once,
    # and to pass over it would leave the mail until its lease is over.
    query = (
        select(Notification)
        .where(Notification.id.in_(ids), Notification.state == State.QUEUED)
        .order_by(Notification.id)
        .with_for_update()
    )
    taken = list(db.session.scalars(query))
    if not taken:
        return []
    lease_until = clock.machine_now() + lease
    _change(
        [Notification.id.in_([each.id for each in taken])],
        state=State.SENDING,
        attempts=Notification.attempts + 1,
        lease_until=lease_until,
    )
    for each in taken:
        db.session.expunge(each)
        set_committed_value(each, "attempts", each.attempts + 1)
        set_committed_value(each, "lease_until", lease_until)
    return sorted(taken, key=lambda each: ids.index(each.id))


def renew_leases(notifications: Sequence[Notification], lease: timedelta) -> list[Notification]:
    """Keep rows that wait for their turn in a worker's hands; return those that are still his."""
    lease_until = clock.machine_now() + lease
    kept = list(notifications)
    if _settle(kept, lease_until=lease_until) < len(kept):
        kept = [each for each in kept if _settle([each], lease_until=lease_until)]
    for each in kept:
        each.lease_until = lease_until
    return kept


def give_back(notifications: Sequence[Notification], due_at: datetime, reason: str | None) -> None:
    """Put rows back that were not handed to the mail server, so this was no attempt.

    Nobody else can hold them under this number of attempts, so it may be used again.
    """
    _settle(
        notifications,
        state=State.RETRY if reason else State.DUE,
        attempts=Notification.attempts - 1,
        reason=reason and reason[:500],
        due_at=due_at,
        lease_until=None,
    )


def record_sent(answers: Sequence[tuple[Notification, str]]) -> None:
    """Record that the mail server took mails, with its words."""
    if answers:
        values: dict[str, object] = {"now": clock.now()}
        for place, (mail, words) in enumerate(answers):
            values |= {f"id{place}": mail.id, f"attempts{place}": mail.attempts}
            values[f"words{place}"] = words[:500]
        db.session.connection().execute(_sent(len(answers)), values)


def record_withheld(notification: Notification, reason: str) -> None:
    """Record why the mail will not be sent."""
    _settle([notification], state=State.WITHHELD, reason=reason[:500], lease_until=None)


def record_postponed(notification: Notification, due_at: datetime) -> None:
    """Put the mail back to a later time: what it is about has moved."""
    give_back([notification], due_at, None)


def record_redirected(notification: Notification, recipient: str) -> None:
    """Put the mail back at once, for another recipient; this was no attempt."""
    _settle(
        [notification],
        state=State.DUE,
        attempts=Notification.attempts - 1,
        recipient=recipient,
        due_at=clock.now(),
        lease_until=None,
    )


def record_failure(
    notification: Notification, code: int | None, words: str, is_refused: bool = True
) -> None:
    """Record a refusal, and plan the next attempt where there may be one.

    `code` is the mail server's reply, None where it gave none. A mail that was not refused itself,
    for nobody could talk to the server, is tried for as long as that lasts.
    """
    steps = _retry_steps(code) if is_refused else RETRY_SERVER
    words = (f"{code} {words}" if code else words)[:500]
    values: dict[str, object] = {"state": State.FAILED}
    if notification.attempts <= len(steps) or not is_refused:
        wait = timedelta(seconds=steps[min(notification.attempts, len(steps)) - 1])
        values = {"state": State.RETRY, "due_at": clock.now() + wait}
    if _settle([notification], reason=words, lease_until=None, **values):
        db.session.add(
            NotificationEvent(
                notification_id=notification.id,
                at=clock.now(),
                actor="mail server",
                what=REFUSED,
                words=words,
            )
        )


def _claim_awaited(most: int) -> list[_Claimed]:
    """Claim what somebody sits and waits for, whatever else is due.

    Found without locks first, in the index alone: among a flood there are few of these.
    """
    found = [
        *chain.from_iterable(
            db.session.scalars(
                select(Notification.id)
                .where(*_due(state), Notification.kind.in_(AWAITED))
                .order_by(Notification.due_at)
                .limit(most)
            )
            for state in WAITING
        )
    ]
    claimed: list[_Claimed] = []
    for state in WAITING if found else ():
        claimed += _claim([*_due(state), Notification.id.in_(found)], Notification.due_at, most)
    return claimed


def _claim(
    conditions: list[ColumnElement[bool]], order: ColumnExpressionArgument[Any], most: int
) -> list[_Claimed]:
    if most <= 0:
        return []
    query = (
        select(Notification.id, Notification.booking_id, Notification.due_at)
        .where(*conditions)
        .order_by(order)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return [_Claimed(*row) for row in db.session.execute(query)]


# One state at a time, in the order of the column that the condition is about: only then does one
# index give the rows in their order, and the database locks those that it returns instead of all
# that it had to sort or to look over.
def _due(state: State) -> list[ColumnElement[bool]]:
    return [Notification.state == state, Notification.due_at <= clock.now()]


def _left_behind(state: State) -> list[ColumnElement[bool]]:
    return [Notification.state == state, Notification.lease_until <= clock.machine_now()]


@cache
def _sent(number: int) -> Update:
    # Built once for each number of mails: to compose it takes longer than to run it, and worker
    # threads wait for it.
    table = Base.metadata.tables[Notification.__tablename__]
    id_, attempts = table.c.id, table.c.attempts
    mails = [
        and_(id_ == bindparam(f"id{place}"), attempts == bindparam(f"attempts{place}"))
        for place in range(number)
    ]
    answers: list[Any] = [(mail, bindparam(f"words{place}")) for place, mail in enumerate(mails)]
    return (
        update(table)
        .where(or_(*mails), table.c.state == State.SENDING)
        .values(
            state=State.SENT,
            sent_at=bindparam("now"),
            reason=None,
            answer=case(*answers),
            lease_until=None,
        )
    )


def _retry_steps(code: int | None) -> tuple[int, ...]:
    if code is not None and 500 <= code < 600:
        return ()
    is_about_recipient = code is not None and 400 <= code < 500 and code not in _SERVER_CODES
    return RETRY_RECIPIENT if is_about_recipient else RETRY_SERVER


def _settle(notifications: Sequence[Notification], **values: object) -> int:
    ids = defaultdict(list)
    for notification in notifications:
        ids[notification.attempts].append(notification.id)
    return sum(
        _change(
            [
                Notification.id.in_(same),
                Notification.state == State.SENDING,
                Notification.attempts == attempts,
            ],
            **values,
        )
        for attempts, same in ids.items()
    )


def _change(conditions: list[ColumnElement[bool]], **values: object) -> int:
    return change_rows(update(Notification).where(*conditions).values(**values))
