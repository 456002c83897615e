"""A trip's calendar file, and the private address for a calendar program."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    make_response,
    request,
    url_for,
)
from flask_login import current_user, login_required

from webapp.booking.access import trip_or_404
from webapp.booking.models import BOOKED
from webapp.config import Settings
from webapp.db import transaction
from webapp.documents.calendar import service
from webapp.documents.calendar.files import calendar_of, feed_calendar
from webapp.documents.calendar.queries import booked_trips_of, feed_by_token, feed_of
from webapp.htmx import redirect, render

blueprint = Blueprint("calendar", __name__)


@blueprint.get("/bookings/<reference>/calendar.ics")
def trip_file(reference: str) -> Response:
    """Give the calendar file of one trip."""
    trip = trip_or_404(reference)
    if trip.status not in BOOKED:
        return redirect(url_for("booking.trip", reference=trip.reference))
    answer = _calendar(calendar_of(trip.booking))
    answer.headers["Content-Disposition"] = f'attachment; filename="{trip.reference}.ics"'
    return answer


@blueprint.get("/calendar/<token>.ics")
def feed(token: str) -> Response:
    """Give all trips of an account to its calendar program, which knows the token alone."""
    found = feed_by_token(token)
    if found is None:
        abort(404)
    return _calendar(feed_calendar(booked_trips_of(found.user_id)))


@blueprint.get("/account/calendar")
@login_required
def account() -> Response:
    """Show the private address of the traveller's calendar, and how to use it."""
    found = feed_of(current_user.id)
    settings: Settings = current_app.config["SETTINGS"]
    # Not by the host of the request, which anybody may have named.
    path = url_for("calendar.feed", token=found.token) if found else None
    address = f"{settings.base_url}{path}" if path else None
    return render("documents/calendar.html", address=address)


@blueprint.post("/account/calendar")
@login_required
def renew() -> Response:
    """Make a private address, or a new one in its place."""
    with transaction():
        service.renew_feed(current_user.id)
    flash("Your calendar address is ready.")
    return redirect(url_for("calendar.account"))


@blueprint.post("/account/calendar/revoke")
@login_required
def revoke() -> Response:
    """Take the private address away."""
    with transaction():
        service.revoke_feed(current_user.id)
    flash("Your calendar address no longer works.")
    return redirect(url_for("calendar.account"))


def _calendar(content: bytes) -> Response:
    answer = make_response(content)
    answer.content_type = "text/calendar; charset=utf-8"
    answer.add_etag()
    # Calendar programs ask every hour: an unchanged file is not sent again.
    answer.make_conditional(request)
    return answer
