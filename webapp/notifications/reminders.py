"""Reminders: mails about a departure to come, which follow their flight and die with a reason."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update

from webapp import clock
from webapp.db import change_rows, db
from webapp.notifications import service
from webapp.notifications.models import (
    NEW_TIMES,
    WAITING,
    Kind,
    MailPreference,
    Notification,
    State,
)
from webapp.notifications.queries import preferences_for, preferences_of, waiting_to_be_told

# How long before the departure each falls due.
LEADS = {
    Kind.CHECK_IN_OPEN: timedelta(hours=24),
    Kind.DEPARTURE_REMINDER: timedelta(hours=24),
    Kind.DAY_OF_TRAVEL: timedelta(hours=3),
}
# Which of them say what another one does, where they fall due together.
SAYING: dict[Kind, tuple[Kind, ...]] = {
    Kind.CHECK_IN_OPEN: (Kind.DEPARTURE_REMINDER, Kind.DAY_OF_TRAVEL),
    Kind.DEPARTURE_REMINDER: (),
    Kind.DAY_OF_TRAVEL: (Kind.DEPARTURE_REMINDER,),
}
# What a traveller who has checked in needs no more; the gate is news to them still.
BEFORE_CHECK_IN = (Kind.CHECK_IN_OPEN, Kind.DEPARTURE_REMINDER)

CHECKED_IN = "checked in"
SAID = "said in the reminder"
LEFT = "already left"
BOOKED_LATE = "booked after it was due"
TOLD_WITH = "told with "  # And the flight of the journey whose mail told of this one as well.
_RETIMED = "retimed to "


def plan_reminders(
    booking_id: int, recipient: str, user_id: int | None, departures: Mapping[int, datetime]
) -> None:
    """Plan the reminders of segments, each with its departure, as their traveller wants them.

    One that would be late from the start is never sent.
    """
    leads = dict(LEADS)
    if user_id is not None:
        leads[Kind.DEPARTURE_REMINDER] = preferences_of(user_id, recipient).reminder_lead
    service.plan_each(
        [
            service.planned(
                kind,
                booking_id,
                recipient,
                segment_id=segment_id,
                user_id=user_id,
                due_at=departs_at - lead,
                late=BOOKED_LATE,
            )
            for segment_id, departs_at in departures.items()
            for kind, lead in leads.items()
        ]
    )


def move_reminders(segment_ids: Collection[int], departs_at: datetime, told_as: str | None) -> None:
    """Let reminders that still wait follow their flight to a new time.

    `told_as` says the new time where a mail of its own tells of it. A reminder whose time is past
    through the move would then repeat that mail, and dies instead. It lives again where the flight
    comes back before that mail has gone out, for then nothing else tells.
    """
    untold = waiting_to_be_told(segment_ids, NEW_TIMES)
    for kind, lead, ids in _by_lead(segment_ids):
        due_at = departs_at - lead
        # Who takes a check-in back is reminded of the flight as it is then.
        _change(ids, [kind], _died_of(CHECKED_IN), due_at=due_at)
        if due_at > clock.now():
            _change(ids, [kind], _is_waiting(), due_at=due_at)
            # Who booked too late for a reminder, or was overtaken by a move, is early again, and so
            # is a flight that was taken for gone. What the reminder of another day said is to be
            # said once more.
            again = _is_late() | _died_of(SAID) | _died_of(LEFT) | _is_withheld_for(TOLD_WITH)
            _change(ids, [kind], again, state=State.DUE, reason=None, due_at=due_at)
        elif told_as:
            overtaken = _is_waiting() | _died_of(LEFT)
            reason = f"{_RETIMED}{told_as}"
            _change(ids, [kind], overtaken, state=State.WITHHELD, reason=reason)
        else:
            _change(ids, [kind], _is_waiting(), due_at=due_at)
            unheard = [id_ for id_ in ids if id_ in untold]
            _change(unheard, [kind], _is_overtaken(), state=State.DUE, reason=None, due_at=due_at)


def change_lead(user_id: int, before: timedelta, after: timedelta) -> None:
    """Let an account's departure reminders fall due that much earlier or later."""
    query = select(Notification).where(
        Notification.user_id == user_id,
        Notification.kind == Kind.DEPARTURE_REMINDER,
        _is_waiting() | _is_late(),
    )
    for reminder in db.session.scalars(query):
        reminder.due_at += before - after
        if reminder.state == State.WITHHELD and reminder.due_at > clock.now():
            reminder.state, reminder.reason = State.DUE, None


def remind_before(departures: Mapping[int, datetime], lead: timedelta) -> None:
    """Let the departure reminders of segments fall due so long before each departure.

    One that was late for that lives again where its time is still to come.
    """
    for segment_id, departs_at in departures.items():
        meant, due_at = ([segment_id], [Kind.DEPARTURE_REMINDER]), departs_at - lead
        _change(*meant, _is_waiting(), due_at=due_at)
        if due_at > clock.now():
            late = _died_of(BOOKED_LATE)
            _change(*meant, late, state=State.DUE, reason=None, due_at=due_at)


def withhold_reminders(
    segment_ids: Collection[int], reason: str, kinds: Collection[Kind] = tuple(LEADS)
) -> None:
    """Let reminders that still wait die, with a reason that people can read."""
    _change(segment_ids, kinds, _is_waiting(), state=State.WITHHELD, reason=reason)


def restore_reminders(segment_ids: Sequence[int], reason: str) -> None:
    """Let reminders that died for a reason wait again, where their time is still to come."""
    died = _died_of(reason) & (Notification.due_at > clock.now())
    _change(segment_ids, tuple(LEADS), died, state=State.DUE, reason=None)


def told_on_the_day(segment_ids: Collection[int]) -> set[int]:
    """Return the segments whose mail of the day of travel is still to come, and is wanted."""
    query = select(Notification).where(
        Notification.segment_id.in_(segment_ids),
        Notification.kind == Kind.DAY_OF_TRAVEL,
        Notification.due_at > clock.now(),
        _is_waiting(),
    )
    found = db.session.scalars(query).all()
    wishes = preferences_for(found)
    return {
        each.segment_id
        for each in found
        if each.segment_id and Kind.DAY_OF_TRAVEL not in wishes[each.id].muted
    }


def is_to_remind(booking_id: int) -> bool:
    """Tell whether a reminder of a booking is still to come, and is wanted."""
    query = select(Notification).where(
        Notification.booking_id == booking_id,
        Notification.kind.in_(tuple(LEADS)),
        Notification.due_at > clock.now(),
        _is_waiting(),
    )
    found = db.session.scalars(query).all()
    wishes = preferences_for(found)
    return any(Kind(each.kind) not in wishes[each.id].muted for each in found)


def reminder_of(segment_id: int, kind: Kind) -> Notification | None:
    """Return the one reminder of a kind that a segment has."""
    query = select(Notification).where(
        Notification.segment_id == segment_id,
        Notification.kind == kind,
        Notification.repeats_id.is_(None),
    )
    return db.session.scalar(query)


def reminders_saying(kind: Kind, segment_ids: Collection[int]) -> list[Notification]:
    """Return the mails of segments that say what one of a kind does, copies included."""
    query = select(Notification).where(
        Notification.segment_id.in_(segment_ids),
        Notification.kind.in_((kind, *SAYING[kind])),
    )
    return list(db.session.scalars(query))


def _by_lead(segment_ids: Collection[int]) -> Iterator[tuple[Kind, timedelta, list[int]]]:
    query = (
        select(Notification.segment_id, MailPreference.reminder_hours)
        .join(MailPreference, MailPreference.user_id == Notification.user_id)
        .where(
            Notification.segment_id.in_(segment_ids),
            Notification.kind == Kind.DEPARTURE_REMINDER,
        )
    )
    chosen = {segment_id: timedelta(hours=hours) for segment_id, hours in db.session.execute(query)}
    for kind, lead in LEADS.items():
        own = chosen if kind == Kind.DEPARTURE_REMINDER else {}
        for each in {lead, *own.values()}:
            yield kind, each, [id_ for id_ in segment_ids if own.get(id_, lead) == each]


def _is_waiting() -> ColumnElement[bool]:
    return Notification.state.in_(WAITING)


def _is_late() -> ColumnElement[bool]:
    return _died_of(BOOKED_LATE) | _is_overtaken()


def _is_overtaken() -> ColumnElement[bool]:
    return _is_withheld_for(_RETIMED)


def _is_withheld_for(beginning: str) -> ColumnElement[bool]:
    is_withheld = Notification.state == State.WITHHELD
    return is_withheld & Notification.reason.startswith(beginning)


def _died_of(reason: str) -> ColumnElement[bool]:
    return (Notification.state == State.WITHHELD) & (Notification.reason == reason)


def _change(
    segment_ids: Collection[int],
    kinds: Collection[Kind],
    condition: ColumnElement[bool],
    **values: object,
) -> None:
    change_rows(
        update(Notification)
        .where(Notification.segment_id.in_(segment_ids), Notification.kind.in_(kinds), condition)
        .values(**values)
    )
