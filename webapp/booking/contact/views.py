"""Changing where mail about a trip goes, and the telephone of its party."""

from __future__ import annotations

from flask import Blueprint, Response, flash, g, url_for

from webapp.booking.access import actor, refuse_closed, trip_or_404
from webapp.booking.contact.forms import ContactForm
from webapp.booking.contact.service import change_contact
from webapp.booking.errors import NotBooked
from webapp.booking.models import BookingStatus
from webapp.db import transaction
from webapp.htmx import redirect, render
from webapp.security import limiter

blueprint = Blueprint("contact", __name__)


@blueprint.route("/bookings/<reference>/contact", methods=["GET", "POST"])
@limiter.limit("20 per hour", methods=["POST"])  # Each writes to an address that was typed.
def contact(reference: str) -> Response:
    """Show how the party of a booked trip is reached, and change it."""
    trip = trip_or_404(reference)
    if trip.status != BookingStatus.CONFIRMED:
        return refuse_closed(trip)
    # Who was let in by a name may say where mail goes, and does not see where it went.
    form = ContactForm(obj=None if g.get("is_by_name") else trip.booking)
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render("booking/contact.html", status=status, trip=trip, form=form)
    address = form.contact_email.data or ""
    try:
        with transaction():
            change_contact(trip.id, address, form.contact_phone.data or None, actor())
    except NotBooked:
        return refuse_closed(trip_or_404(reference))
    flash(f"Mail about this trip goes to {address}.")
    return redirect(url_for("booking.trip", reference=trip.reference))
