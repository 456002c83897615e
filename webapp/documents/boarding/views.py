"""Boarding passes, one or all of a trip, as a page that prints well and as a PDF."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, abort, make_response, url_for

from webapp.booking.access import trip_or_404
from webapp.booking.models import BookingStatus
from webapp.booking.trips import Trip
from webapp.documents.boarding.passes import (
    BoardingPass,
    boarding_pass_of,
    boarding_passes_of,
    boarding_passes_pdf,
    next_passes,
)
from webapp.documents.errors import NotCheckedIn
from webapp.htmx import redirect, render

blueprint = Blueprint("boarding", __name__)


@blueprint.get("/bookings/<reference>/boarding-pass/<passenger>/<segment>")
def boarding_pass(reference: str, passenger: str, segment: str) -> Response:
    """Show a boarding pass; passenger and segment are counted from 1."""
    trip = trip_or_404(reference)
    found = _pass_or_abort(trip, passenger, segment)
    address = url_for(
        "boarding.boarding_pass_file",
        reference=trip.reference,
        passenger=passenger,
        segment=segment,
    )
    next_traveller, next_flight = next_passes(trip, _position(passenger), _position(segment))
    return render(
        "documents/boarding_pass.html",
        trip=trip,
        shown=found,
        file=address,
        next_traveller=next_traveller,
        next_flight=next_flight,
    )


@blueprint.get("/bookings/<reference>/boarding-pass/<passenger>/<segment>.pdf")
def boarding_pass_file(reference: str, passenger: str, segment: str) -> Response:
    """Give a boarding pass as a PDF; passenger and segment are counted from 1."""
    trip = trip_or_404(reference)
    found = _pass_or_abort(trip, passenger, segment)
    name = f"boarding-pass-{found.designator.replace(' ', '')}-{trip.reference}-{passenger}.pdf"
    return _file(trip, [found], name)


@blueprint.get("/bookings/<reference>/boarding-passes")
def boarding_passes(reference: str) -> Response:
    """Show all boarding passes of a trip, for the flights to come."""
    trip = trip_or_404(reference)
    return render("documents/boarding_passes.html", trip=trip, passes=_passes_or_abort(trip))


@blueprint.get("/bookings/<reference>/boarding-passes.pdf")
def boarding_passes_file(reference: str) -> Response:
    """Give all boarding passes of a trip as one PDF."""
    trip = trip_or_404(reference)
    return _file(trip, _passes_or_abort(trip), f"boarding-passes-{trip.reference}.pdf")


def _file(trip: Trip, passes: Sequence[BoardingPass], name: str) -> Response:
    answer = make_response(boarding_passes_pdf(trip, passes))
    answer.content_type = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


def _passes_or_abort(trip: Trip) -> list[BoardingPass]:
    """Return all passes, or show the page that says why there are none."""
    _require_booked(trip)
    try:
        return boarding_passes_of(trip)
    except NotCheckedIn:
        abort(render("documents/no_boarding_pass.html", status=409, trip=trip, is_of_all=True))


def _pass_or_abort(trip: Trip, passenger: str, segment: str) -> BoardingPass:
    """Return the pass, or show the page that says why there is none."""
    _require_booked(trip)
    try:
        found = boarding_pass_of(trip, _position(passenger), _position(segment))
    except NotCheckedIn:
        abort(render("documents/no_boarding_pass.html", status=409, trip=trip))
    return found or abort(404)


def _require_booked(trip: Trip) -> None:
    if trip.status != BookingStatus.CONFIRMED:
        abort(redirect(url_for("booking.trip", reference=trip.reference)))


def _position(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 3):
        abort(404)
    return int(text) - 1
