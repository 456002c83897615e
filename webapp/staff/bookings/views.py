"""Finding a booking, its page for staff, and the way to act for its party."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request, url_for
from flask_login import current_user

from webapp.booking import ledger
from webapp.booking.access import is_opened, may_serve, serve, staff_airline
from webapp.booking.history import record
from webapp.booking.missed import ending_of, missed_flights
from webapp.booking.names.present import PresentNames
from webapp.booking.schedule_changes.queries import open_changes_of
from webapp.booking.schedule_changes.words import shown_change
from webapp.booking.trips import Trip
from webapp.db import transaction
from webapp.htmx import redirect, render
from webapp.security import staff_required
from webapp.staff.bookings.forms import FindBookingForm
from webapp.staff.bookings.queries import MOST_LISTED, history_of, trip_at, trips_found_by

blueprint = Blueprint("staff_bookings", __name__, url_prefix="/staff/bookings")


@blueprint.get("")
@staff_required
def bookings() -> Response:
    """Find the bookings that somebody calls about."""
    form = FindBookingForm(request.args)
    if not form.validate():
        return render("staff/bookings.html", status=422, form=form, found=[], asked=False)
    words = (form.q.data or "").strip()
    found = trips_found_by(words, staff_airline())
    return render(
        "staff/bookings.html",
        form=form,
        found=found,
        endings={each.id: ending_of(each) for each in found},
        asked=bool(words),
        most_listed=MOST_LISTED,
    )


@blueprint.get("/<reference>")
@staff_required
def booking(reference: str) -> Response:
    """Show a booking: who flies, what was paid, who did what."""
    trip = _trip_or_404(reference)
    changes = map(shown_change, open_changes_of(trip.id))
    return render(
        "staff/booking.html",
        trip=trip,
        airline=staff_airline(),
        may_serve=may_serve(trip.id),
        ending=ending_of(trip),
        missed=missed_flights(trip),
        changes=[each for each in changes if each.is_to_settle],
        entries=ledger.entries_of(trip.id),
        names=PresentNames.of(trip.booking),
        history=history_of(trip.id),
    )


@blueprint.post("/<reference>/serve")
@staff_required
def act_for_party(reference: str) -> Response:
    """Open the party's own pages to the staff, which is a line of the booking's history."""
    trip = _trip_or_404(reference)
    if not may_serve(trip.id):
        abort(404)
    if not is_opened(trip.reference):
        with transaction():
            record(trip.booking, current_user.email, "served")
        serve(trip.reference)
    return redirect(url_for("booking.trip", reference=trip.reference))


def _trip_or_404(reference: str) -> Trip:
    trip = trip_at(reference, staff_airline())
    if trip is None:
        abort(404)
    return trip
