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


def everything_of(segment: Segment) -> Told:
    """Return what a mail tells that shows a segment's flight as it stands."""
    flight = segment.flight
    return Told(
        segment.id,
        (flight.expected_departs_at, flight.expected_arrives_at),
        (flight.terminal, flight.gate),
    )


def gate_of(segment: Segment) -> Told:
    """Return what a mail tells that is about the gate alone."""
    return Told(segment.id, gate=(segment.flight.terminal, segment.flight.gate))


def record_told(told: Told) -> None:
    """Write down what the party knows by now. Safe to repeat: the same facts again."""
    segment = db.session.get_one(Segment, told.segment_id)
    if told.times:
        segment.told_departs_at, segment.told_arrives_at = told.times
    if told.gate:
        segment.told_terminal, segment.told_gate = told.gate
