"""Links in mails that let a party answer a schedule change without logging in, until it leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from webapp import clock
from webapp.booking.journeys import journey_of
from webapp.booking.schedule_changes.errors import LinkExpired, LinkInvalid
from webapp.booking.schedule_changes.models import ScheduleChange
from webapp.booking.trips import trip_of
from webapp.config import Settings
from webapp.flights.models import FlightStatus

CANCELLED_FOR = timedelta(days=30)


def sign(change: ScheduleChange) -> str:
    """Return the part of an address that names a change; good until its flight leaves.

    One that was cancelled never does: its travellers have CANCELLED_FOR to choose.
    """
    flight = change.segment.flight
    is_cancelled = flight.status == FlightStatus.CANCELLED
    until = flight.expected_departs_at + (CANCELLED_FOR if is_cancelled else timedelta())
    return _signer().dumps([change.id, int(until.timestamp())])


def read(token: str) -> int:
    """Return the id of the change that a link names. Raises LinkInvalid and LinkExpired."""
    try:
        change_id, expires_at = _signer().loads(token)
    except (BadData, ValueError) as error:
        raise LinkInvalid from error
    if datetime.fromtimestamp(expires_at, UTC) <= clock.now():
        raise LinkExpired
    return int(change_id)


def choices_of(change: ScheduleChange) -> list[tuple[str, str]]:
    """Return the address of each answer with its words, the likeliest first, for a mail."""
    settings: Settings = current_app.config["SETTINGS"]
    address = f"{settings.base_url}/schedule-change/{sign(change)}"
    accept = [(f"{address}/accept", "Accept the new times")]
    leave = [
        (f"{address}/other-flight", "Choose another flight"),
        (f"{address}/refund", "Get a full refund"),
    ]
    return [
        *([] if change.segment.flight.status == FlightStatus.CANCELLED else accept),
        *([] if is_under_way(change) else leave),
    ]


def is_under_way(change: ScheduleChange) -> bool:
    """Tell whether the journey has begun, so that only people can help."""
    journey = journey_of(trip_of(change.booking), change.segment)
    return journey is not None and journey.has_left


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="schedule-change")
