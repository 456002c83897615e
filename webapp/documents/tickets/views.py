"""The e-ticket as a page that prints well, and as a PDF."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, url_for

from webapp.booking.access import trip_or_404
from webapp.booking.models import BOOKED
from webapp.documents.tickets.receipts import e_ticket_pdf, receipt_of
from webapp.htmx import redirect, render

blueprint = Blueprint("tickets", __name__)


@blueprint.get("/bookings/<reference>/e-ticket")
def e_ticket(reference: str) -> Response:
    """Show the e-ticket."""
    trip = trip_or_404(reference)
    if trip.status not in BOOKED:
        return redirect(url_for("booking.trip", reference=trip.reference))
    return render("documents/e_ticket.html", trip=trip, receipt=receipt_of(trip))


@blueprint.get("/bookings/<reference>/e-ticket.pdf")
def e_ticket_file(reference: str) -> Response:
    """Give the e-ticket as a PDF."""
    trip = trip_or_404(reference)
    if trip.status not in BOOKED:
        return redirect(url_for("booking.trip", reference=trip.reference))
    answer = make_response(e_ticket_pdf(trip))
    answer.content_type = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="e-ticket-{trip.reference}.pdf"'
    return answer
