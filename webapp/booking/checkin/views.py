"""Checking in, and taking it back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, request, url_for

from webapp.booking.access import actor, trip_or_404, user_id
from webapp.booking.checkin import service
from webapp.booking.checkin.errors import CheckInNotOpen, FlightsChanged, MinorAlone, NoSeatFree
from webapp.booking.checkin.forms import CheckInForm, TravellerForm, as_written
from webapp.booking.checkin.queries import CheckIn, check_in_of, documents_of_owner, has_passes
from webapp.booking.checkin.service import TravelDocument
from webapp.booking.connections import connections_to_come
from webapp.booking.models import BookingStatus, Passenger
from webapp.booking.trips import Trip
from webapp.db import transaction
from webapp.htmx import redirect, render
from webapp.network.countries import countries, country_code
from webapp.retention import DOCUMENTS_KEPT

blueprint = Blueprint("check_in", __name__)


@blueprint.route("/bookings/<reference>/check-in", methods=["GET", "POST"])
def check_in(reference: str) -> Response:
    """Show where check-in stands, and check in whoever is ticked."""
    trip = trip_or_404(reference)
    if trip.status != BookingStatus.CONFIRMED:
        return redirect(url_for("booking.trip", reference=trip.reference))
    state = check_in_of(trip)
    form = _form_of(trip, state)
    if request.method != "POST":
        return _show(trip, state, form)
    if not state.open_legs:
        return _show(trip, state, form, status=409, refused="closed")
    if not state.travellers:
        # A form that is sent twice: whoever it was for is checked in.
        return redirect(url_for("check_in.check_in", reference=trip.reference))
    if not form.form_errors and form.shown != state.open_positions:
        return _refuse(reference, "changed")
    if not _is_complete(form, trip, state):
        return _show(trip, state, form, status=422)
    try:
        with transaction():
            service.check_in(trip.id, _documents(form, state), actor(), user_id(), form.shown)
    except CheckInNotOpen:
        return _refuse(reference, "closed")
    except FlightsChanged:
        return _refuse(reference, "changed")
    except MinorAlone:
        return _show(trip, state, form, status=422, refused="minor")
    except NoSeatFree:
        return _refuse(reference, "full")
    flash("You are checked in. Your boarding passes are ready.")
    return redirect(url_for("check_in.check_in", reference=trip.reference))


@blueprint.post("/bookings/<reference>/check-in/undo")
def undo_check_in(reference: str) -> Response:
    """Take one passenger's check-in for one flight back."""
    trip = trip_or_404(reference)
    passenger, segment = request.form.get("passenger", ""), request.form.get("segment", "")
    if not (_is_position(passenger) and _is_position(segment)):
        abort(404)
    try:
        with transaction():
            service.undo_check_in(trip.id, int(passenger) - 1, int(segment) - 1, actor())
    except CheckInNotOpen:
        return _refuse(reference, "closed")
    except MinorAlone:
        return _refuse(reference, "minor")
    flash("Check-in is taken back. The boarding pass no longer counts.")
    return redirect(url_for("check_in.check_in", reference=trip.reference))


def _is_position(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 3


def _show(
    trip: Trip,
    state: CheckIn,
    form: CheckInForm,
    status: int = 200,
    refused: str | None = None,
) -> Response:
    return render(
        "booking/checkin/check_in.html",
        status=status,
        trip=trip,
        state=state,
        form=form,
        refused=refused,
        has_passes=has_passes(trip),
        lost={gap.departing.segment.id: gap for gap in connections_to_come(trip)},
        countries=countries() if state.asks_for_documents else {},
        documents_kept=DOCUMENTS_KEPT,
    )


def _refuse(reference: str, why: str) -> Response:
    """Show how things stand now, and what stood in the way."""
    trip = trip_or_404(reference)
    if trip.status != BookingStatus.CONFIRMED:
        return redirect(url_for("booking.trip", reference=trip.reference))
    state = check_in_of(trip)
    form = CheckInForm(formdata=None, data={"travellers": _known(trip, state)})
    return _show(trip, state, form, status=409, refused=why)


def _form_of(trip: Trip, state: CheckIn) -> CheckInForm:
    """Return the form as it was sent, or afresh where others of the party wait by now."""
    form = CheckInForm(data={"travellers": _known(trip, state)})
    waiting = [str(passenger.position) for passenger in state.travellers]
    if [entry.position.data for entry in form.travellers] != waiting:
        form = CheckInForm(formdata=None, data={"travellers": _known(trip, state)})
        form.form_errors = ["Somebody was checked in meanwhile. Look through the form once more."]
    return form


def _known(trip: Trip, state: CheckIn) -> list[dict[str, Any]]:
    # Reference and family name stand on every bag tag: they open the trip, but no passport.
    owner_id = user_id()
    own = set[int]()
    if owner_id is not None and trip.booking.user_id == owner_id:
        own = documents_of_owner(trip.booking.events, trip.passengers, owner_id)
    return [
        {
            "position": str(passenger.position),
            "checks_in": True,
        }
        | (_document_of(passenger) if passenger.id in own else {})
        for passenger in state.travellers
    ]


def _document_of(passenger: Passenger) -> dict[str, Any]:
    return {
        "nationality": as_written(passenger.nationality),
        "document_number": passenger.document_number,
        "document_country": as_written(passenger.document_country),
        "document_expires_on": passenger.document_expires_on,
    }


def _is_complete(form: CheckInForm, trip: Trip, state: CheckIn) -> bool:
    if form.form_errors:
        return False
    is_valid = form.validate_on_submit()
    chosen = [entry.form for entry in form.travellers if entry.checks_in.data]
    if not chosen:
        form.form_errors = ["Tick who checks in."]
        return False
    if not state.asks_for_documents:
        return bool(is_valid)
    today = trip.local(trip.seen_at).date()
    checks = [each.check_document(today, state.travels_until) for each in chosen]
    # The list counted its entries' errors before these were found.
    form.travellers.errors = [entry.errors for entry in form.travellers if entry.errors]
    return bool(is_valid and all(checks))


def _documents(form: CheckInForm, state: CheckIn) -> dict[int, TravelDocument | None]:
    by_position: dict[str, Passenger] = {str(each.position): each for each in state.travellers}
    return {
        by_position[entry.position.data].position: (
            _document(entry.form) if state.asks_for_documents else None
        )
        for entry in form.travellers
        if entry.checks_in.data
    }


def _document(form: TravellerForm) -> TravelDocument:
    nationality = country_code(form.nationality.data or "")
    country = country_code(form.document_country.data or "")
    expires_on = form.document_expires_on.data
    # check_document() saw to all of them.
    assert nationality
    assert country
    assert expires_on
    return TravelDocument(nationality, form.written_number, country, expires_on)
