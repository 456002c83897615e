"""Calendar files (RFC 5545) of trips: an event per flight, whose UID stays as long as it lives.

A change raises the booking's sequence, and a program that has the event replaces it. What was
dropped or cancelled stays in the file as a cancelled event, so that it goes from the calendar too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import TYPE_CHECKING

from flask import current_app

from webapp.booking.addresses import trip_address
from webapp.booking.legs import TripLeg, trip_leg
from webapp.booking.models import Booking, BookingStatus, Segment
from webapp.config import Settings
from webapp.documents.calendar.queries import every_segment_of, last_changes_of
from webapp.documents.calendar.zones import zone_text
from webapp.flights.models import Flight, FlightStatus
from webapp.network.models import Airport

if TYPE_CHECKING:
    from icalendar import Event

_ASK_AGAIN = timedelta(hours=1)


def calendar_of(booking: Booking) -> bytes:
    """Return a booking's calendar file: published, or cancelled where the booking is."""
    is_cancelled = booking.status == BookingStatus.CANCELLED
    return _file(every_segment_of([booking.id]), "CANCEL" if is_cancelled else "PUBLISH")


def feed_calendar(booking_ids: Sequence[int]) -> bytes:
    """Return all trips of an account as one file for a program that asks for it again and again."""
    return _file(every_segment_of(booking_ids), None)


def _file(segments: Sequence[Segment], method: str | None) -> bytes:
    # Imported when the first file is asked for: it takes 10 MB that most processes never need.
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Fairwind//Trips//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if method:
        calendar.add("method", method)
    else:
        calendar.add("name", "Fairwind trips")
        calendar.add("x-wr-calname", "Fairwind trips")
        calendar.add("refresh-interval", _ASK_AGAIN, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
    changes = last_changes_of({segment.flight_id for segment in segments})
    for segment in segments:
        calendar.add_component(_event(segment, changes.get(segment.flight_id)))
    properties, first_event, events = calendar.to_ical().partition(b"BEGIN:VEVENT")
    zones = _zones([segment.flight for segment in segments])
    return b"".join((properties, *zones, first_event, events))


def _zones(flights: Sequence[Flight]) -> list[bytes]:
    if not flights:
        return []
    # Whole years, so that a program which knows no zones still sees when their clocks change.
    first_year = min(flight.departs_at for flight in flights).year
    last_year = max(flight.arrives_at for flight in flights).year + 1
    ends = [airport for flight in flights for airport in (flight.origin, flight.destination)]
    names = sorted({airport.timezone for airport in ends})
    return [zone_text(name, first_year, last_year) for name in names]


def _event(segment: Segment, flight_changed_at: datetime | None) -> Event:
    from icalendar import Event, vCalAddress, vGeo, vUri

    flight, booking, leg = segment.flight, segment.booking, trip_leg(segment)
    settings: Settings = current_app.config["SETTINGS"]
    changed_at = max(
        [each.at for each in booking.events] + [flight_changed_at or booking.created_at]
    )
    sender = vCalAddress(f"mailto:{parseaddr(settings.mail_from)[1]}")
    sender.params["cn"] = "Fairwind"
    event = Event()
    # Never the row's key: the UID leaves the house.
    event.add("uid", f"{booking.reference}-{segment.position + 1}@fairwind.example")
    event.add("sequence", booking.calendar_sequence)
    # The moment of the last change, so that an unchanged trip gives an unchanged file.
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("organizer", sender)
    event.add("dtstart", leg.expected_departs_at)
    event.add("dtend", leg.expected_arrives_at)
    event.add("summary", f"{flight.designator} {flight.origin.city} to {flight.destination.city}")
    event.add("location", _place(flight.origin, flight.terminal))
    event.add("geo", vGeo((flight.origin.latitude, flight.origin.longitude)))
    event.add("url", vUri(trip_address(booking.reference)))
    event.add("status", "CANCELLED" if _is_off(segment) else "CONFIRMED")
    event.add("description", _description(leg))
    return event


def _is_off(segment: Segment) -> bool:
    return (
        segment.booking.status == BookingStatus.CANCELLED
        or segment.dropped_at is not None
        or segment.flight.status == FlightStatus.CANCELLED
    )


def _place(airport: Airport, terminal: str | None) -> str:
    place = f"{airport.name} ({airport.iata}), {airport.city}"
    return f"{place}, terminal {terminal}" if terminal else place


def _description(leg: TripLeg) -> str:
    template = current_app.jinja_env.get_template("documents/event.txt")
    text = template.render(leg=leg, flight=leg.segment.flight, booking=leg.segment.booking)
    return "\n".join(line for line in text.splitlines() if line)
