"""Who may see a booking, and under which name they act: the door of every view of a booking."""

from __future__ import annotations

from flask import Response, abort, request, session, url_for
from flask_login import current_user

from webapp.booking.journeys import journeys_of
from webapp.booking.models import Booking, BookingStatus
from webapp.booking.queries import BareBooking, bare_booking, booking_by_id
from webapp.booking.trips import Trip, trip_of
from webapp.htmx import redirect, render, wants_fragment
from webapp.security import ask_to_log_in


def trip_or_404(reference: str) -> Trip:
    """Return a trip that the visitor may see: their own, or one their session was let into.

    To anybody else it does not exist; a visitor who is not logged in is asked to log in first,
    whether or not it does.
    """
    # Whose it is is asked first, and alone: a stranger waits no longer for a trip that exists.
    booking = booking_by_id(booking_id_or_404(reference))
    assert booking is not None  # No booking is ever taken out.
    return trip_of(booking)


def booking_id_or_404(reference: str) -> int:
    """Return the id of a booking that the visitor may see, for what reads the rest under a lock."""
    booking = bare_booking(reference)
    if booking and may_see(booking):
        return booking.id
    if not current_user.is_authenticated:
        abort(ask_to_log_in())
    abort(404)


def may_see(booking: Booking | BareBooking) -> bool:
    """Tell whether a booking is the visitor's own, or one their session was let into."""
    if booking.reference in session.get("trips", []):
        return True
    return bool(current_user.is_authenticated and booking.user_id == current_user.id)


def refuse_closed(trip: Trip) -> Response:
    """Say that a trip boards or has left; one that is not booked shows where it stands."""
    if trip.status != BookingStatus.CONFIRMED:
        return redirect(url_for("booking.trip", reference=trip.reference))
    if wants_fragment():
        return redirect(request.full_path)  # This is no part of the page that is open.
    is_boarding = any(each.is_boarding and not each.has_left for each in journeys_of(trip))
    return render("booking/closed.html", status=409, trip=trip, is_boarding=is_boarding)


def let_in(reference: str) -> None:
    """Let the visitor's session into a booking; it remembers the last twenty."""
    kept = [each for each in session.get("trips", []) if each != reference]
    session["trips"] = [*kept, reference][-20:]


def trips_let_into() -> list[str]:
    """Return the references of the bookings that the visitor's session was let into."""
    return list(session.get("trips", []))


def user_id() -> int | None:
    """Return who is logged in, None for a guest."""
    return current_user.id if current_user.is_authenticated else None


def actor() -> str:
    """Return the name that goes into a booking's history."""
    return current_user.email if current_user.is_authenticated else "traveller"
