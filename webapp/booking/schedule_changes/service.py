"""Commands: note what an airline changed, accept it, settle it by a change or a refund."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta

from sqlalchemy import select, update

from webapp import clock
from webapp.booking.connections import cannot_be_flown, connections_lost_on
from webapp.booking.errors import TimesChanged
from webapp.booking.history import record
from webapp.booking.models import Segment
from webapp.booking.schedule_changes.errors import AlreadyAnswered, CannotBeFlown
from webapp.booking.schedule_changes.models import (
    ASKED_AGAIN_AFTER,
    Answer,
    ScheduleChange,
)
from webapp.booking.schedule_changes.queries import change_by_id
from webapp.booking.segments import times_now
from webapp.booking.trips import trip_of
from webapp.db import change_rows, db
from webapp.flights import service as flights
from webapp.flights.models import FlightStatus
from webapp.notifications import service as notifications
from webapp.notifications.models import Kind
from webapp.notifications.reminders import withhold_reminders

HANDLED = "the airline's staff took care of it"
_WORDS = {
    Answer.ACCEPTED: "accepted",
    Answer.CHANGED: "another flight was chosen",
    Answer.REFUNDED: "refunded",
    Answer.WITHDRAWN: "the airline took the change back",
}


def note_changes(segments: Iterable[Segment]) -> None:
    """Open a change for each segment whose flight moved far, was cancelled or misses another.

    One that is open already follows the flight. It is withdrawn where its flight came back to the
    times that the party agreed to, and where either of two flights came back to the other. Called
    in the transaction of the airline's change, with the segments of the flight that it changed.
    """
    segments = list(segments)
    trips = [each for segment in segments for each in segment.booking.segments]
    still_open = _open_changes([each.id for each in trips])
    for segment in segments:
        if segment.id not in still_open and _is_owed_a_choice(segment):
            _open(segment)
        elif segment.id in still_open and still_open[segment.id].handled_at:
            # Staff took care of what it was; what it is now is another matter.
            _reopen(segment, still_open[segment.id])
    for each in trips:
        if each.id in still_open and not _is_owed_a_choice(each):
            _answer(still_open[each.id].id, Answer.WITHDRAWN)


def accept(change_id: int, actor: str, seen: str | None = None) -> None:
    """Take the flight at its new times. Safe to repeat.

    Raises AlreadyAnswered, TimesChanged, and CannotBeFlown: whoever took a connection that nobody
    can make would have given away the right to another. `seen` are the times that the traveller
    said yes to, as `times_now` writes them. Locks the flight against change, then the answer.
    """
    change = change_by_id(change_id)
    assert change is not None
    flights.keep_unchanged([change.segment.flight_id])
    if change.is_open and seen not in (None, times_now([change.segment])):
        raise TimesChanged
    flight, segment = change.segment.flight, change.segment
    if change.is_open and cannot_be_flown(trip_of(change.booking), segment.id):
        raise CannotBeFlown
    if flight.status == FlightStatus.CANCELLED or not _answer(change_id, Answer.ACCEPTED):
        db.session.refresh(change)
        if change.answer == Answer.ACCEPTED:
            return
        raise AlreadyAnswered(change.answer)
    segment.agreed_departs_at = segment.told_departs_at = flight.expected_departs_at
    segment.agreed_arrives_at = segment.told_arrives_at = flight.expected_arrives_at
    segment.seen_departs_at = segment.seen_arrives_at = None
    record(
        change.booking,
        actor,
        "schedule_change_accepted",
        {
            "departs_at": change.was_departs_at.isoformat(),
            "arrives_at": change.was_arrives_at.isoformat(),
        },
        {
            "departs_at": flight.expected_departs_at.isoformat(),
            "arrives_at": flight.expected_arrives_at.isoformat(),
        },
    )


def settle(segment_ids: Collection[int], answer: Answer) -> None:
    """Close what is open on segments that the party changed or gave back."""
    for change in _open_changes(segment_ids).values():
        _answer(change.id, answer)


def mark_handled(change_id: int, actor: str) -> bool:
    """Write down that staff took care of a change; tell whether nobody had before."""
    handled = (
        update(ScheduleChange)
        .where(ScheduleChange.id == change_id, ScheduleChange.handled_at.is_(None))
        .values(handled_at=clock.now(), handled_by=actor)
    )
    if not change_rows(handled):
        return False
    change = change_by_id(change_id)
    assert change is not None
    withhold_reminders([change.segment_id], HANDLED, [Kind.SCHEDULE_CHANGE_OPEN])
    record(change.booking, actor, "schedule_change_handled")
    return True


def _is_owed_a_choice(segment: Segment) -> bool:
    trip = trip_of(segment.booking)
    leg = trip.leg_of(segment.id)
    assert leg is not None
    return (
        leg.is_cancelled
        or leg.is_significantly_moved
        or any(leg in (gap.arriving, gap.departing) for gap in connections_lost_on(trip))
    )


def _open_changes(segment_ids: Collection[int]) -> dict[int, ScheduleChange]:
    query = select(ScheduleChange).where(ScheduleChange.open_segment_id.in_(segment_ids))
    return {change.segment_id: change for change in db.session.scalars(query)}


def _open(segment: Segment) -> None:
    now = clock.now()
    change = ScheduleChange(
        booking_id=segment.booking_id,
        segment_id=segment.id,
        open_segment_id=segment.id,
        was_departs_at=segment.agreed_departs_at,
        was_arrives_at=segment.agreed_arrives_at,
        opened_at=now,
    )
    db.session.add(change)
    db.session.flush()  # Assigns change.id, which tells the mails of one change from another's.
    for after in ASKED_AGAIN_AFTER:
        _ask_again(segment, change, after)


def _reopen(segment: Segment, change: ScheduleChange) -> None:
    change.handled_at = change.handled_by = None
    for after in ASKED_AGAIN_AFTER:
        _ask_again(segment, change, after, serial=f"-{int(clock.now().timestamp())}")


def _ask_again(
    segment: Segment, change: ScheduleChange, after: timedelta, serial: str = ""
) -> None:
    assert segment.booking.contact_email is not None
    notifications.plan(
        Kind.SCHEDULE_CHANGE_OPEN,
        segment.booking_id,
        segment.booking.contact_email,
        segment_id=segment.id,
        user_id=segment.booking.user_id,
        serial=f"{change.id}-{after // timedelta(hours=1)}h{serial}",
        due_at=clock.now() + after,
    )


def _answer(change_id: int, answer: Answer) -> bool:
    """Close a change; of two answers at once, one finds it open."""
    answered = (
        update(ScheduleChange)
        .where(ScheduleChange.id == change_id, ScheduleChange.answer == Answer.OPEN)
        .values(answer=answer, answered_at=clock.now(), open_segment_id=None)
    )
    if not change_rows(answered):
        return False
    change = db.session.get_one(ScheduleChange, change_id)
    withhold_reminders([change.segment_id], _WORDS[answer], [Kind.SCHEDULE_CHANGE_OPEN])
    return True
