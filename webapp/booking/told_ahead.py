"""What the mail about a departure tells of the flights after it, which need none of their own then.

It is about the journey from there on. A flight more than a day later is reminded of by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from webapp.booking.legs import TripLeg
from webapp.booking.trips import Trip
from webapp.notifications.models import Kind, Notification, State
from webapp.notifications.reminders import LEADS, SAYING

_TOLD_AHEAD = timedelta(hours=24)


def legs_ahead(trip: Trip, leg: TripLeg) -> list[TripLeg]:
    """Return a flight with those after it on its journey, up to one that is cancelled.

    How its party gets past that one is for the party to choose.
    """
    journey = _journey_of(trip, leg)
    onward = takewhile(lambda each: not each.is_cancelled, journey[journey.index(leg) :])
    return [each for each in onward if each is leg or not each.has_left]


def tellers_of(trip: Trip, leg: TripLeg) -> list[TripLeg]:
    """Return the flights before one whose mails about their departure tell of it as well."""
    journey = _journey_of(trip, leg)
    return [
        each
        for each in journey[: journey.index(leg)]
        if leg in legs_ahead(trip, each) and timedelta() < _between(each, leg) <= _TOLD_AHEAD
    ]


def told_with(
    reminder: Notification,
    due_at: datetime,
    tellers: Sequence[TripLeg],
    mails: Sequence[Notification],
) -> TripLeg | None:
    """Return the flight whose mail, sent in time, said what a reminder of a later one would say.

    `due_at` is when that reminder falls due by its flight's present time, and `mails` are those
    about the flights of `tellers`. What was sent before the later flight joined the trip, or a day
    earlier than it would be now, said nothing of it; what went elsewhere was read by others.
    """
    since = max(reminder.created_at, due_at - _TOLD_AHEAD)
    sent = (
        (mail.segment_id, mail.kind, mail.sent_at)
        for mail in mails
        if mail.state == State.SENT and mail.recipient == reminder.recipient
    )
    said = [(id_, kind, at) for id_, kind, at in sent if at and at >= since]
    return _first_saying(Kind(reminder.kind), tellers, said)


def due_with(
    reminder: Notification, tellers: Sequence[TripLeg], planned: Sequence[Notification]
) -> tuple[TripLeg, Notification] | None:
    """Return the flight whose mail will say what a reminder of a later one would, and that mail."""
    for mail in planned:
        is_said = [(mail.segment_id, mail.kind, mail.due_at)]
        first = _first_saying(Kind(reminder.kind), tellers, is_said)
        if first:
            return first, mail
    return None


def _first_saying(
    kind: Kind, tellers: Sequence[TripLeg], said: Sequence[tuple[int | None, str, datetime]]
) -> TripLeg | None:
    for first in tellers:
        # Another kind says it only if it goes out when this one is due.
        due_at = first.segment.flight.departs_at - LEADS[kind]
        for segment_id, other, at in said:
            says = other == kind or (other in SAYING[kind] and at >= due_at)
            if says and segment_id == first.segment.id:
                return first
    return None


def _journey_of(trip: Trip, leg: TripLeg) -> list[TripLeg]:
    return [each for each in trip.legs if each.segment.journey == leg.segment.journey]


def _between(first: TripLeg, second: TripLeg) -> timedelta:
    return second.segment.flight.departs_at - first.segment.flight.departs_at
