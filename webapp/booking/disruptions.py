"""What a change of a flight does to its bookings: the flight, the reminders and the mails move
in one transaction, so that nothing is announced that did not happen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from webapp import clock
from webapp.booking.checkin.service import take_back_onward
from webapp.booking.models import Booking, Segment
from webapp.booking.queries import confirmed_segments_of
from webapp.booking.schedule_changes.service import note_changes
from webapp.booking.seats.queries import seat_maps
from webapp.booking.seats.reseating import lock_bookings, reseat
from webapp.db import db
from webapp.flights import operations, swaps
from webapp.flights import service as flights
from webapp.flights.models import Flight, FlightStatus, Reason
from webapp.formats import clock_time, short_day
from webapp.notifications import reminders
from webapp.notifications import service as notifications
from webapp.notifications.models import Kind
from webapp.notifications.news import Hearer, hold_back, plan_news

# A gate that changes earlier is told with the mail of the day of travel.
GATE_TOLD_WITHIN = reminders.LEADS[Kind.DAY_OF_TRAVEL]


@dataclass(frozen=True)
class Audience:
    """A flight's segments of confirmed bookings, and the bookings that a mail is on its way to.

    What such a mail says of the flight was read before, and will be taken for told.
    """

    segments: list[Segment]
    reading: set[int]

    def unaware(self, is_told: Callable[[Segment], bool]) -> list[Segment]:
        """Return the segments that are to be told, for all that is known now."""
        return [
            segment
            for segment in self.segments
            if not is_told(segment) or segment.booking_id in self.reading
        ]


def is_gate_news(flight: Flight) -> bool:
    """Tell whether a change of gate is told by a mail of its own, for the day's may be out."""
    leaves_at = min(flight.departs_at, flight.expected_departs_at)
    return leaves_at - clock.now() < GATE_TOLD_WITHIN


def retime_flight(
    flight_id: int,
    departs_at: datetime,
    arrives_at: datetime,
    departs_on: date,
    actor: str,
    reason: Reason | None = None,
    *,
    is_by_hand: bool = True,
) -> None:
    """Move a flight in time; reminders follow, and whoever was told other times gets a mail.

    Many small moves add up: what counts is the distance to what a party was last told. Raises
    FlightNotOpen and FlightExists.
    """
    event_id = flights.retime_flight(
        flight_id, departs_at, arrives_at, departs_on, actor, reason, is_by_hand=is_by_hand
    )
    if event_id is None:
        return
    audience = _affected_by(flight_id)
    if not audience.segments:
        return
    ids = {segment.id for segment in audience.segments}
    untold = {each.id for each in audience.segments if not each.is_told_of(departs_at, arrives_at)}
    new_time = _words_of(audience.segments[0].flight, departs_at)
    reminders.move_reminders(untold, departs_at, new_time)
    reminders.move_reminders(ids - untold, departs_at, None)
    # What was estimated for the old time is over, and so is the mail about it.
    overtaken = f"retimed to {new_time}"
    reminders.withhold_reminders(ids, overtaken, [Kind.FLIGHT_DELAYED])
    news = audience.unaware(lambda segment: segment.id not in untold)
    plan_news(Kind.FLIGHT_RETIMED, _hearers(news), str(event_id), overtaken)
    note_changes(audience.segments)


def delay_flight(
    flight_id: int,
    departs_at: datetime,
    arrives_at: datetime,
    actor: str,
    reason: Reason | None = None,
) -> None:
    """Say when a flight is expected on its day, and why; whoever was told other times gets a mail.

    Its reminders stay where they are, for the check-in and the gate keep the scheduled time.
    Another reason alone is read on the trip's page, and in a mail that is still to go. Raises
    FlightNotOpen.
    """
    event_id = operations.delay_flight(flight_id, departs_at, arrives_at, actor, reason)
    if event_id is None:
        return
    audience = _affected_by(flight_id)
    news = audience.unaware(lambda segment: segment.is_told_of(departs_at, arrives_at))
    if news:
        overtaken = f"expected at {_words_of(news[0].flight, departs_at)} instead"
        plan_news(Kind.FLIGHT_DELAYED, _hearers(news), str(event_id), overtaken)
    note_changes(audience.segments)


def assign_gate(flight_id: int, terminal: str | None, gate: str | None, actor: str) -> int:
    """Set the terminal and the gate; shortly before the departure, travellers are told.

    So is at any time who gets no mail of the day of travel any more. Returns how many are told.
    Raises FlightNotOpen.
    """
    event_id = operations.assign_gate(flight_id, terminal, gate, actor)
    if event_id is None:
        return 0
    news = _audience_of(flight_id).unaware(lambda segment: segment.is_gate_told)
    if not news:
        return 0
    if not is_gate_news(news[0].flight):
        told_on_the_day = reminders.told_on_the_day([segment.id for segment in news])
        news = [segment for segment in news if segment.id not in told_on_the_day]
    overtaken = f"changed to gate {gate}" if gate else "the gate was taken back"
    plan_news(Kind.GATE_CHANGED, _hearers(news), str(event_id), overtaken)
    return sum(segment.booking.travellers for segment in news)


def swap_aircraft(flight_id: int, aircraft_id: int, actor: str) -> int:
    """Fly with another aircraft; whose seat it lacks gets another one, and is told.

    Returns how many bookings are told. Raises AircraftTooSmall and FlightNotOpen. Locks the
    bookings, then the flight and its cabins.
    """
    lock_bookings(flight_id)
    before = seat_maps(flight_id)
    event_id = swaps.swap_aircraft(flight_id, aircraft_id, actor)
    if event_id is None:
        return 0
    # Once more: who moved to this flight while its lock was waited for was on no list before.
    why = "The airline changed the aircraft, which has no such seat"
    moved = reseat(lock_bookings(flight_id), flight_id, before, why, actor)
    plan_news(Kind.SEATS_MOVED, _hearers(moved), str(event_id), "moved again")
    return len(moved)


def record_status(flight_id: int, status: FlightStatus, actor: str) -> None:
    """Write down that a flight boards or not, left or arrived; once it left, no reminder goes out.

    Where it has not left after all, those that are still to come wait again. Raises FlightNotOpen.
    """
    was = operations.record_status(flight_id, status, actor)
    ids = [segment.id for segment in confirmed_segments_of(flight_id)]
    if status in (FlightStatus.DEPARTED, FlightStatus.ARRIVED):
        reminders.withhold_reminders(ids, reminders.LEFT)
    elif was == FlightStatus.DEPARTED:
        reminders.restore_reminders(ids, reminders.LEFT)


def cancel_flight(flight_id: int, actor: str, reason: Reason | None = None) -> None:
    """Cancel a flight: its reminders die, its travellers are told. Raises FlightNotOpen.

    Whoever is checked in for a later flight of the same way is so no more.
    """
    if not flights.cancel_flight(flight_id, actor, reason):
        return
    segments = _affected_by(flight_id).segments
    reminders.withhold_reminders([segment.id for segment in segments], "flight cancelled")
    take_back_onward(segments, actor)
    notifications.plan_each(
        [
            notifications.planned(
                Kind.FLIGHT_CANCELLED,
                hearer.booking_id,
                hearer.recipient,
                segment_id=hearer.segment_id,
                user_id=hearer.user_id,
            )
            for hearer in _hearers(segments)
        ]
    )
    note_changes(segments)


def _affected_by(flight_id: int) -> Audience:
    """Return whom a flight's new times concern, with a higher sequence in their calendars.

    A calendar program replaces the event that it has by one with a higher sequence. Raising it
    locks the bookings, and waits for travellers who cancel or change theirs at this moment; so
    the list is read again when they are done.
    """
    found = [segment.booking_id for segment in confirmed_segments_of(flight_id)]
    changed = update(Booking).where(Booking.id.in_(found))
    db.session.execute(changed.values(calendar_sequence=Booking.calendar_sequence + 1))
    return _audience_of(flight_id)


def _audience_of(flight_id: int) -> Audience:
    """Return whom news of a flight is for. Locks their bookings: whose they are may change."""
    found = [segment.booking_id for segment in confirmed_segments_of(flight_id)]
    bookings = select(Booking.id).where(Booking.id.in_(found)).order_by(Booking.id)
    db.session.execute(bookings.with_for_update())
    reading = hold_back(found)
    # What those that wait no longer have told was written down meanwhile.
    db.session.expire_all()
    return Audience(confirmed_segments_of(flight_id), reading)


def _hearers(segments: Iterable[Segment]) -> list[Hearer]:
    hearers = []
    for segment in segments:
        booking = segment.booking
        assert booking.contact_email is not None
        hearers.append(Hearer(booking.id, segment.id, booking.contact_email, booking.user_id))
    return hearers


def _words_of(flight: Flight, instant: datetime) -> str:
    local = instant.astimezone(ZoneInfo(flight.origin.timezone))
    return f"{short_day(local.date())}, {clock_time(local)}"
