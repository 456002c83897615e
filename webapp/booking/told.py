"""What a party was last told of its flights, so that each change is news once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webapp.booking.models import Segment
from webapp.db import db


@dataclass(frozen=True)
class Told:
    """What a mail says of a segment's flight; None stands for what it does not speak of."""

    segment_id: int
    times: tuple[datetime, datetime] | None = None
    gate: tuple[str | None, str | None] | None = None


def everything_of(segment: Segment) -> tuple[Told, ...]:
    """Return what a mail tells that shows a segment's flight as it stands, if any of it is news."""
    flight = segment.flight
    times = flight.expected_departs_at, flight.expected_arrives_at
    if times == (segment.told_departs_at, segment.told_arrives_at) and not gate_of(segment):
        return ()
    return (Told(segment.id, times, (flight.terminal, flight.gate)),)


def gate_of(segment: Segment) -> tuple[Told, ...]:
    """Return what a mail tells that is about the gate alone, if that is news."""
    gate = segment.flight.terminal, segment.flight.gate
    if gate == (segment.told_terminal, segment.told_gate):
        return ()
    return (Told(segment.id, None, gate),)


def record_told(told: Told) -> None:
    """Write down what the party knows by now. Safe to repeat: the same facts again."""
    segment = db.session.get_one(Segment, told.segment_id)
    if told.times:
        segment.told_departs_at, segment.told_arrives_at = told.times
    if told.gate:
        segment.told_terminal, segment.told_gate = told.gate
