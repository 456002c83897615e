"""Having a mail of a trip sent again."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, request, url_for

from webapp.booking.access import actor, as_shown, trip_or_404
from webapp.db import transaction
from webapp.htmx import redirect
from webapp.notifications import by_hand
from webapp.notifications.errors import NotSendable, TooOften
from webapp.notifications.queries import mail_of_booking
from webapp.security import limiter

blueprint = Blueprint("booking_mails", __name__)


@blueprint.post("/bookings/<reference>/mails/again")
@limiter.limit("30 per hour")
def send_again(reference: str) -> Response:
    """Send one of a trip's mails once more, about how things stand now."""
    trip = trip_or_404(reference)
    mail = mail_of_booking(trip.booking.id, request.form.get("mail", ""))
    if mail is None:
        abort(404)
    try:
        with transaction():
            again = by_hand.send_again(mail.id, actor(), trip.booking.contact_email)
        flash(
            f"The mail goes to {as_shown(again.recipient)} once more, about how things stand now."
        )
    except NotSendable:
        flash("That mail is on its way already.")
    except TooOften:
        flash(
            "That mail was sent again a moment ago, or often enough for a day. "
            "Look among the unwanted mails."
        )
    return redirect(url_for("booking.trip", reference=trip.reference, _anchor="mails"))
