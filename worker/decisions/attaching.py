"""The files that go with the mails about a trip."""

from __future__ import annotations

from webapp.booking.models import BookingStatus
from webapp.booking.trips import Trip
from webapp.documents.calendar.files import calendar_of
from webapp.documents.tickets.receipts import e_ticket_pdf
from webapp.notifications.mime import Attached


def calendar(trip: Trip) -> Attached:
    """Return the trip's calendar file; its method is what the mail's part says, too."""
    method = "CANCEL" if trip.status == BookingStatus.CANCELLED else "PUBLISH"
    return Attached(
        f"trip-{trip.reference}.ics",
        f"text/calendar; charset=utf-8; method={method}",
        calendar_of(trip.booking),
    )


def e_ticket(trip: Trip) -> Attached:
    """Return the e-ticket."""
    return Attached(f"e-ticket-{trip.reference}.pdf", "application/pdf", e_ticket_pdf(trip))
