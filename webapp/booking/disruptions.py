"""What a change of a flight does to its bookings: the flight, the reminders and the mails move
in one transaction, so that nothing is announced that did not happen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import update

from webapp.booking.models import TOLD_FROM, Booking, Segment
from webapp.booking.queries import confirmed_segments_of
from webapp.db import db
from webapp.flights import service as flights
from webapp.notifications import service as notifications
from webapp.notifications.models import Kind


def is_told(departure_shift: timedelta, arrival_shift: timedelta) -> bool:
    """Tell whether travellers are told that a flight's departure and arrival move by so much."""
    return max(abs(departure_shift), abs(arrival_shift)) >= TOLD_FROM


def retime_flight(
    flight_id: int, departs_at: datetime, arrives_at: datetime, departs_on: date, actor: str
) -> None:
    """Move a flight in time; reminders follow, and whoever was told other times gets a mail.

    Many small moves add up: what counts is the distance to what a party was last told. Raises
    FlightNotOpen and FlightExists.
    """
    event_id = flights.retime_flight(flight_id, departs_at, arrives_at, departs_on, actor)
    if event_id is None:
        return
    segments = confirmed_segments_of(flight_id)
    _raise_calendar_sequences(segments)
    notifications.move_reminders([segment.id for segment in segments], departs_at)
    for segment in segments:
        if is_told(departs_at - segment.told_departs_at, arrives_at - segment.told_arrives_at):
            assert segment.booking.contact_email is not None
            notifications.plan(
                Kind.FLIGHT_RETIMED,
                segment.booking_id,
                segment.booking.contact_email,
                segment_id=segment.id,
                user_id=segment.booking.user_id,
                serial=str(event_id),  # Each retiming is a fact of its own.
            )


def cancel_flight(flight_id: int, actor: str) -> None:
    """Cancel a flight: its reminders die, its travellers are told. Raises FlightNotOpen."""
    if not flights.cancel_flight(flight_id, actor):
        return
    segments = confirmed_segments_of(flight_id)
    _raise_calendar_sequences(segments)
    notifications.withhold_reminders([segment.id for segment in segments], "flight cancelled")
    for segment in segments:
        assert segment.booking.contact_email is not None
        notifications.plan(
            Kind.FLIGHT_CANCELLED,
            segment.booking_id,
            segment.booking.contact_email,
            segment_id=segment.id,
            user_id=segment.booking.user_id,
        )


def _raise_calendar_sequences(segments: Sequence[Segment]) -> None:
    # A calendar program replaces the event that it has by one with a higher sequence.
    changed = update(Booking).where(Booking.id.in_([each.booking_id for each in segments]))
    db.session.execute(changed.values(calendar_sequence=Booking.calendar_sequence + 1))
