"""What a party was last told of its flights, so that each change is news once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webapp.booking.models import Segment
from webapp.db import db


@dataclass(frozen=True)
class Told:
    """What a mail says of a segment's flight.

    A terminal and a gate need no other words. Times may be news, or shown by the way: the news of
    them is then still to come, and says from when to when the flight was moved.
    """

    segment_id: int
    times: tuple[datetime, datetime]
    gate: tuple[str | None, str | None]
    are_times_news: bool


def everything_of(segment: Segment) -> tuple[Told, ...]:
    """Return what a mail about a flight tells of it as it stands, if any of that is new."""
    told = segment.told_departs_at, segment.told_arrives_at
    return _if_new(segment, {told, segment.last_seen}, are_times_news=True)


def by_the_way(segment: Segment) -> tuple[Told, ...]:
    """Return what a mail about something else shows of a flight, if any of that is new."""
    return _if_new(segment, {segment.last_seen}, are_times_news=False)


def record_told(told: Told) -> None:
    """Write down what the party knows by now. Safe to repeat: the same facts again."""
    segment = db.session.get_one(Segment, told.segment_id)
    if told.are_times_news:
        segment.told_departs_at, segment.told_arrives_at = told.times
    is_known = told.times == (segment.told_departs_at, segment.told_arrives_at)
    seen = (None, None) if is_known else told.times
    segment.seen_departs_at, segment.seen_arrives_at = seen
    segment.told_terminal, segment.told_gate = told.gate


def _if_new(
    segment: Segment, known: set[tuple[datetime, datetime]], *, are_times_news: bool
) -> tuple[Told, ...]:
    flight = segment.flight
    times = flight.expected_departs_at, flight.expected_arrives_at
    gate = flight.terminal, flight.gate
    if known == {times} and gate == (segment.told_terminal, segment.told_gate):
        return ()
    return (Told(segment.id, times, gate, are_times_news),)
