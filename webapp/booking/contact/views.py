"""Changing where mail about a trip goes, and the telephone of its party."""

from __future__ import annotations

from flask import Blueprint, Response, flash, url_for
from flask_login import current_user

from webapp.booking.access import (
    actor,
    is_by_name,
    is_let_in,
    is_staff,
    of_booking,
    refuse_closed,
    stay_led,
    trip_or_404,
)
from webapp.booking.contact.forms import ContactForm
from webapp.booking.contact.service import change_contact
from webapp.booking.errors import NotBooked
from webapp.booking.models import BookingStatus
from webapp.booking.trips import Trip
from webapp.db import transaction
from webapp.htmx import redirect, render
from webapp.security import limiter

blueprint = Blueprint("contact", __name__)


@blueprint.route("/bookings/<reference>/contact", methods=["GET", "POST"])
# Each writes to an address that was typed.
@limiter.limit("100 per hour", methods=["POST"], exempt_when=is_staff)
@limiter.limit("20 per hour", key_func=of_booking, methods=["POST"], deduct_when=is_let_in)
def contact(reference: str) -> Response:
    """Show how the party of a booked trip is reached, and change it."""
    trip = trip_or_404(reference)
    if trip.status != BookingStatus.CONFIRMED:
        return refuse_closed(trip)
    form = _form_of(trip)
    # What somebody does not see and leaves empty stays.
    kept_phone = trip.booking.contact_phone if is_by_name() else None
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render(
            "booking/contact.html", status=status, trip=trip, form=form, kept_phone=kept_phone
        )
    address = form.contact_email.data or ""
    phone, key = form.contact_phone.data or kept_phone, form.idempotency_key.data
    try:
        with transaction():
            change_contact(trip.id, address, phone, actor(), key)
    except NotBooked:
        return refuse_closed(trip_or_404(reference))
    stay_led(trip.booking)
    flash(f"Mail about this trip goes to {address}.")
    return redirect(url_for("booking.trip", reference=trip.reference))


def _form_of(trip: Trip) -> ContactForm:
    if not is_by_name():
        booking = trip.booking
        known = {"contact_email": booking.contact_email, "contact_phone": booking.contact_phone}
        return ContactForm(data=known)
    # Who was let in by a name may say where mail goes, and does not see where it went.
    own = current_user.email if current_user.is_authenticated else ""
    return ContactForm(data={"contact_email": own})
