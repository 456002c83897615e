"""Reviewing and confirming a hold, and the trips after it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, request, url_for
from flask_login import current_user, login_required

from webapp.booking import ledger, ownership, service
from webapp.booking.access import (
    actor,
    as_shown,
    booking_id_or_404,
    is_by_name,
    let_in_by_name,
    may_keep,
    may_see,
    trip_or_404,
    trips_let_into,
    user_id,
    words_as_shown,
)
from webapp.booking.cancellation.rules import parts_of
from webapp.booking.changes.rules import changeable_journeys, is_change_sold
from webapp.booking.checkin.queries import has_passes, leg_missed, leg_to_check_in
from webapp.booking.division.rules import may_divide
from webapp.booking.errors import (
    ConnectionBroken,
    HoldExpired,
    PassengersMissing,
    TimesChanged,
    TotalChanged,
)
from webapp.booking.forms import ConfirmForm, FindTripForm
from webapp.booking.holds.views import past_the_hold, unfinished_trips
from webapp.booking.mails.queries import told_with_others, too_late_of
from webapp.booking.missed import ending_of, is_stranded, lost_connections, missed_flights
from webapp.booking.models import BOOKED, Booking, BookingStatus
from webapp.booking.names.present import PresentNames
from webapp.booking.overlaps import overlapping_trips
from webapp.booking.queries import booking_by_reference, booking_found_by, bookings_of
from webapp.booking.recall.forms import RecallTripsForm
from webapp.booking.schedule_changes.queries import open_changes_of
from webapp.booking.schedule_changes.words import shown_change
from webapp.booking.segments import times_now
from webapp.booking.timeline import timeline_of
from webapp.booking.trips import Trip, trip_of
from webapp.db import transaction
from webapp.flights.errors import FlightNotOpen
from webapp.htmx import redirect, render
from webapp.notifications.queries import mails_of, unwanted_of
from webapp.security import ask_to_log_in, ask_to_verify, limiter

blueprint = Blueprint("booking", __name__)
blueprint.app_template_global()(as_shown)
blueprint.app_template_global()(words_as_shown)
blueprint.app_template_global()(is_by_name)


@blueprint.get("/bookings/<reference>/review")
def review(reference: str) -> Response:
    """Show everything once more, before it counts."""
    trip = trip_or_404(reference)
    if trip.status != BookingStatus.HELD:
        return past_the_hold(trip)
    if not trip.is_named:
        return redirect(url_for("passengers.passengers", reference=trip.reference))
    return _show_review(trip)


@blueprint.post("/bookings/<reference>/confirm")
def confirm(reference: str) -> Response:
    """Make the hold a booking."""
    booking_id = booking_id_or_404(reference)
    form = ConfirmForm()
    if not form.validate():
        return _review_again(reference)
    try:
        with transaction():
            booking = service.confirm_booking(
                booking_id, actor(), form.total.data, user_id(), form.seen.data
            )
    except PassengersMissing:
        return redirect(url_for("passengers.passengers", reference=reference))
    except HoldExpired:
        return past_the_hold(trip_or_404(reference))
    except TotalChanged:
        return _review_again(reference)
    except TimesChanged:
        return _review_again(reference, "times")
    except (FlightNotOpen, ConnectionBroken):
        return render("booking/flight_closed.html", status=409, trip=trip_or_404(reference))
    address = booking.contact_email or ""
    flash(f"You are booked. Your confirmation is on its way to {as_shown(address)}.")
    return redirect(url_for("booking.trip", reference=booking.reference))


@blueprint.get("/bookings")
@login_required
def trips() -> Response:
    """List the traveller's own trips."""
    found = [trip_of(booking) for booking in bookings_of(current_user.id)]
    booked = [trip for trip in found if trip.status == BookingStatus.CONFIRMED]
    over = {trip.id for trip in booked if ending_of(trip)}
    groups = {
        "Finish booking": unfinished_trips(),
        "Upcoming": sorted(
            (trip for trip in booked if trip.id not in over),
            key=lambda trip: trip.next_departs_at,
        ),
        "Past": [trip for trip in booked if trip.id in over],
        "Cancelled": [trip for trip in found if trip.status == BookingStatus.CANCELLED],
    }
    stranded = {trip.id for trip in found if is_stranded(trip)}
    return render("booking/trips.html", groups=groups, stranded=stranded)


@blueprint.get("/bookings/<reference>")
def trip(reference: str) -> Response:
    """Show one trip."""
    found = trip_or_404(reference)
    if found.status == BookingStatus.HELD:
        step = "booking.review" if found.is_named else "passengers.passengers"
        return redirect(url_for(step, reference=found.reference))
    if found.status == BookingStatus.EXPIRED:
        return past_the_hold(found)
    mails = mails_of(found.booking.id)
    unwanted, too_late = unwanted_of(mails), too_late_of(mails, found)
    changes = map(shown_change, open_changes_of(found.booking.id))
    journeys = changeable_journeys(found)
    return render(
        "booking/trip.html",
        trip=found,
        mails=mails,
        unwanted=unwanted,
        too_late=too_late,
        told_with=told_with_others(mails, found, unwanted | too_late),
        schedule_changes=[each for each in changes if each.is_to_settle],
        entries=ledger.entries_of(found.booking.id),
        names=PresentNames.of(found.booking),
        fees=ledger.fees_of(found.booking),
        moments=timeline_of(found),
        lost={gap.arriving.segment.id: gap for gap in lost_connections(found, journeys)},
        missed_flights=missed_flights(found),
        to_check_in=leg_to_check_in(found),
        missed=leg_missed(found),
        has_passes=has_passes(found),
        may_cancel=bool(parts_of(found)),
        may_divide=may_divide(found),
        changeable={each.number for each in journeys if is_change_sold(found, each)},
    )


@blueprint.post("/bookings/<reference>/add")
def add_to_account(reference: str) -> Response:
    """Keep a trip that was booked without an account among the visitor's own."""
    booking = trip_or_404(reference).booking
    if not current_user.is_authenticated:
        return ask_to_log_in()
    if current_user.is_staff:
        abort(404)  # It is the traveller's to keep.
    if booking.user_id is None and current_user.email_verified_at is None:
        return ask_to_verify(url_for("booking.trip", reference=booking.reference))
    if booking.user_id is None and not may_keep(booking):
        flash(f"First let mail about this trip go to {current_user.email}.")
        return redirect(url_for("contact.contact", reference=reference))
    with transaction():
        is_own = ownership.add_to_account(booking.id, current_user.id, actor())
    flash("It stands under My trips from now on." if is_own else "It is in another account.")
    return redirect(url_for("booking.trip", reference=reference))


@blueprint.get("/trip")
@limiter.limit(
    "20 per 15 minutes",
    deduct_when=lambda response: response.status_code == 422,
    exempt_when=lambda: not request.args.get("last_name", "").strip(),  # That is no guess.
)
def find_trip() -> Response:
    """Find a booking by reference and family name, without an account.

    Whoever may see it already, as the owner who follows a mail's link, is not asked again.
    """
    form = FindTripForm(request.args)
    if "last_name" not in request.args:
        known = booking_by_reference(form.reference.data or "")
        if known and may_see(known):
            return redirect(_page_of(known.reference, form.go.data))
        return _show_search(form)
    found = None
    if form.validate():
        found = booking_found_by(form.reference.data or "", form.last_name.data or "")
    if found is None or (found.status not in BOOKED and not may_see(found)):
        refused = None if form.errors else _why_not_found(found)
        return _show_search(form, refused, status=422)
    let_in_by_name(found)
    return redirect(_page_of(found.reference, form.go.data))


def _show_search(form: FindTripForm, refused: str | None = None, status: int = 200) -> Response:
    recall = RecallTripsForm()
    page = "booking/find_trip.html"
    return render(page, status=status, form=form, recall=recall, refused=refused)


def _why_not_found(booking: Booking | None) -> str:
    is_held = booking is not None and trip_of(booking).status == BookingStatus.HELD
    return "held" if is_held else "unknown"


def _page_of(reference: str, page: str | None) -> str:
    is_check_in = page == "check-in"
    return url_for("check_in.check_in" if is_check_in else "booking.trip", reference=reference)


def _review_again(reference: str, what: str = "price") -> Response:
    """Show the price or the times as they are now, for what was not agreed to.

    What was confirmed before is not agreed to again: it stays as it is.
    """
    trip = trip_or_404(reference)
    if trip.status == BookingStatus.CONFIRMED:
        return render("booking/booked_before.html", status=409, trip=trip)
    if trip.status == BookingStatus.HELD and trip.is_named:
        return _show_review(trip, what)
    return review(reference)


def _show_review(trip: Trip, changed: str = "") -> Response:
    overlaps = overlapping_trips(trip, user_id(), trips_let_into())
    return render(
        "booking/review.html",
        status=409 if changed else 200,
        trip=trip,
        overlaps=overlaps,
        changed=changed,
        seen=times_now(trip.booking.segments),
    )
