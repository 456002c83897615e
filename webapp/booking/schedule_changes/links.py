"""Links in mails that let a party answer a schedule change without logging in, until it leaves."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from webapp.booking.cancellation.queries import full_refund
from webapp.booking.connections import cannot_be_flown, connections_to_come
from webapp.booking.journeys import journey_of
from webapp.booking.ledger import fees_of
from webapp.booking.schedule_changes.errors import LinkInvalid
from webapp.booking.schedule_changes.models import ScheduleChange
from webapp.booking.trips import Trip, trip_of
from webapp.config import Settings
from webapp.flights.models import FlightStatus
from webapp.money import format_money

CANCELLED_FOR = timedelta(days=30)


def sign(change: ScheduleChange) -> str:
    """Return the part of an address that names a change; good until its flight leaves.

    One that was cancelled never does: its travellers have CANCELLED_FOR to choose.
    """
    return _signer().dumps([change.id])


def open_until(change: ScheduleChange) -> datetime:
    """Return until when the links of a change take an answer."""
    flight = change.segment.flight
    is_cancelled = flight.status == FlightStatus.CANCELLED
    return flight.expected_departs_at + (CANCELLED_FOR if is_cancelled else timedelta())


def read(token: str) -> int:
    """Return the id of the change that a link names. Raises LinkInvalid."""
    try:
        change_id, *_ = _signer().loads(token)
    except (BadData, ValueError, TypeError) as error:
        raise LinkInvalid from error
    return int(change_id)


def choices_of(change: ScheduleChange, trip: Trip) -> list[tuple[str, str]]:
    """Return the address of each answer with its words, the likeliest first, for a mail."""
    settings: Settings = current_app.config["SETTINGS"]
    address = f"{settings.base_url}/schedule-change/{sign(change)}"
    accept = [(f"{address}/accept", "Accept the new times")]
    is_cancelled = change.segment.flight.status == FlightStatus.CANCELLED
    if is_cancelled or cannot_be_flown(trip, change.segment_id):
        accept = []
    leave = [(f"{address}/other-flight", "Choose another flight")]
    if not is_under_way(change):
        leave.append((f"{address}/refund", refund_words(change, trip)))
    # What cannot be flown as it stands is not the first thing to accept.
    return leave + accept if connections_to_come(trip) else accept + leave


def refund_words(change: ScheduleChange, trip: Trip) -> str:
    """Return what the way to the money is called: it is all, but for fees that were paid before."""
    back = full_refund(trip, change.segment)
    amount = format_money(back.minor, back.currency)
    return f"Get {amount} back" if fees_of(trip.booking) else f"Get a full refund of {amount}"


def is_under_way(change: ScheduleChange) -> bool:
    """Tell whether the journey has begun: its money does not come back, and there is no time."""
    journey = journey_of(trip_of(change.booking), change.segment)
    return journey is not None and journey.has_left


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="schedule-change")
