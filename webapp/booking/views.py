"""From an offer to a confirmed trip: hold, passengers, review, confirm; and the trips after it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask_login import current_user, login_required

from webapp import clock
from webapp.booking import service
from webapp.booking.access import actor, let_in, trip_or_404, user_id
from webapp.booking.errors import (
    FareChanged,
    FormKeyReused,
    HoldExpired,
    PassengersMissing,
    TimesChanged,
)
from webapp.booking.forms import FindTripForm, HoldSeatsForm, PassengersForm
from webapp.booking.models import Booking, BookingStatus
from webapp.booking.queries import booking_found_by, bookings_of
from webapp.booking.schedule_changes.queries import open_changes_of
from webapp.booking.schedule_changes.words import shown_change
from webapp.booking.service import PassengerNames
from webapp.booking.trips import Trip, trip_of
from webapp.db import transaction
from webapp.flights.errors import FlightNotOpen, NoSeatsLeft
from webapp.flights.families import family_of
from webapp.htmx import redirect, render
from webapp.notifications.queries import mails_of
from webapp.search import offers
from webapp.security import limiter

blueprint = Blueprint("booking", __name__)


@blueprint.post("/holds")
def hold_seats() -> Response:
    """Hold the seats of an offer, and go on to the passengers' names."""
    form = HoldSeatsForm()
    if not form.validate_on_submit():
        return _refuse_offer("invalid")
    text, key = form.offer.data or "", form.idempotency_key.data or ""
    try:
        offer = offers.read(text)
    except offers.OfferInvalid:
        return _refuse_offer("invalid")
    except offers.OfferExpired:
        return _refuse_offer("expired")
    try:
        with transaction():
            booking = service.hold_seats(
                offer,
                family_of(form.family.data),
                key,
                offers.digest(f"{form.family.data} {text}"),
                user_id(),
                actor(),
            )
    except NoSeatsLeft:
        return _refuse_offer("full")
    except TimesChanged:
        return _refuse_offer("retimed")
    except FareChanged as changed:
        return _ask_about_fare(offer, changed)
    except FormKeyReused:
        return _refuse_offer("reused")
    let_in(booking.reference)
    return redirect(url_for("booking.passengers", reference=booking.reference))


@blueprint.route("/bookings/<reference>/passengers", methods=["GET", "POST"])
def passengers(reference: str) -> Response:
    """Ask who travels, and where the mail goes."""
    trip = trip_or_404(reference)
    if trip.status != BookingStatus.HELD:
        return _past_the_hold(trip)
    form = _form_of(trip)
    if request.method == "POST" and _is_complete(form, trip):
        names = [
            PassengerNames(each.given_name.data, each.family_name.data, each.born_on.data)
            for each in form.passengers
        ]
        try:
            with transaction():
                service.name_passengers(
                    trip.booking.id, names, form.contact_email.data or "", actor()
                )
        except HoldExpired:
            return _past_the_hold(trip_or_404(reference))
        return redirect(url_for("booking.review", reference=trip.reference))
    status = 422 if request.method == "POST" else 200
    return render("booking/passengers.html", status=status, form=form, trip=trip)


@blueprint.get("/bookings/<reference>/review")
def review(reference: str) -> Response:
    """Show everything once more, before it counts."""
    trip = trip_or_404(reference)
    if trip.status != BookingStatus.HELD:
        return _past_the_hold(trip)
    if not trip.is_named:
        return redirect(url_for("booking.passengers", reference=trip.reference))
    return render("booking/review.html", trip=trip)


@blueprint.post("/bookings/<reference>/confirm")
def confirm(reference: str) -> Response:
    """Make the hold a booking."""
    trip = trip_or_404(reference)
    try:
        with transaction():
            service.confirm_booking(trip.booking.id, actor())
    except PassengersMissing:
        return redirect(url_for("booking.passengers", reference=trip.reference))
    except HoldExpired:
        return _past_the_hold(trip_or_404(reference))
    except (FlightNotOpen, TimesChanged):
        return render("booking/flight_closed.html", status=409, trip=trip_or_404(reference))
    flash(f"You are booked. Your confirmation is on its way to {trip.booking.contact_email}.")
    return redirect(url_for("booking.trip", reference=trip.reference))


@blueprint.post("/bookings/<reference>/release")
def release(reference: str) -> Response:
    """Give the held seats up."""
    trip = trip_or_404(reference)
    if trip.status != BookingStatus.HELD:
        return _past_the_hold(trip)
    with transaction():
        service.release_hold(trip.booking.id, actor())
    flash("Your seats are released. Nothing was booked.")
    return redirect(trip.search_again)


@blueprint.get("/bookings")
@login_required
def trips() -> Response:
    """List the traveller's own trips."""
    found = [trip_of(booking) for booking in bookings_of(current_user.id)]
    groups = {
        "Finish booking": [trip for trip in found if trip.status == BookingStatus.HELD],
        "Upcoming": sorted(
            (trip for trip in found if trip.is_upcoming), key=lambda trip: trip.departs_at
        ),
        "Past": [trip for trip in found if trip.is_past],
        "Cancelled": [trip for trip in found if trip.status == BookingStatus.CANCELLED],
    }
    return render("booking/trips.html", groups=groups, total=len(found))


@blueprint.get("/bookings/<reference>")
def trip(reference: str) -> Response:
    """Show one trip."""
    found = trip_or_404(reference)
    if found.status == BookingStatus.HELD:
        step = "review" if found.is_named else "passengers"
        return redirect(url_for(f"booking.{step}", reference=found.reference))
    if found.status == BookingStatus.EXPIRED:
        return _past_the_hold(found)
    return render(
        "booking/trip.html",
        trip=found,
        mails=mails_of(found.booking.id),
        schedule_changes=[shown_change(each) for each in open_changes_of(found.booking.id)],
    )


@blueprint.get("/trip")
@limiter.limit("20 per 15 minutes", deduct_when=lambda response: response.status_code == 422)
def find_trip() -> Response:
    """Find a booking by reference and family name, without an account."""
    form = FindTripForm(request.args)
    if "last_name" not in request.args:
        return render("booking/find_trip.html", form=form, refused=False)
    found = None
    if form.validate():
        found = booking_found_by(form.reference.data or "", form.last_name.data or "")
    if found is None or found.status not in (BookingStatus.CONFIRMED, BookingStatus.CANCELLED):
        return render("booking/find_trip.html", status=422, form=form, refused=not form.errors)
    let_in(found.reference)
    return redirect(url_for("booking.trip", reference=found.reference))


def _past_the_hold(trip: Trip) -> Response:
    if trip.status in (BookingStatus.CONFIRMED, BookingStatus.CANCELLED):
        return redirect(url_for("booking.trip", reference=trip.reference))
    return render("booking/hold_expired.html", status=409, trip=trip)


def _refuse_offer(why: str) -> Response:
    statuses = {"invalid": 422, "expired": 409, "full": 409, "retimed": 409, "reused": 409}
    back = request.referrer if (request.referrer or "").startswith(request.host_url) else None
    return render(
        "booking/offer_refused.html",
        status=statuses[why],
        why=why,
        back=back or url_for("search.home"),
    )


def _ask_about_fare(offer: offers.Offer, changed: FareChanged) -> Response:
    new_offer = offers.Offer(
        offer.journeys,
        offer.cabin,
        offer.party,
        changed.total,
        clock.now() + offers.LIFETIME,
        offer.times,
    )
    return render(
        "booking/fare_changed.html",
        status=409,
        old_total=offer.total,
        new_total=changed.total,
        token=offers.sign(new_offer),
        form=HoldSeatsForm(formdata=None),
    )


def _form_of(trip: Trip) -> PassengersForm:
    """Return the form as it was sent, or afresh where it was sent for another party."""
    typed_before = _as_typed_before(trip.booking)
    form = PassengersForm(data=typed_before)
    if len(form.passengers) != len(trip.passengers):
        form = PassengersForm(formdata=None, data=typed_before)
        form.form_errors = ["The form did not come through whole. Write the names again."]
    return form


def _is_complete(form: PassengersForm, trip: Trip) -> bool:
    if form.form_errors:
        return False
    is_valid = form.validate_on_submit()
    today = trip.local(trip.seen_at).date()
    for entry, passenger in zip(form.passengers, trip.passengers, strict=True):
        is_of_age = entry.form.check_age(passenger.kind, today, trip.first_day, trip.last_day)
        is_valid = is_valid and is_of_age
    if not form.contact_email.data and current_user.is_authenticated:
        form.contact_email.data = current_user.email
    if not form.contact_email.data and not form.contact_email.errors:
        form.contact_email.errors = ["Tell us where to send your confirmation."]
    address = form.contact_email.data or ""
    if not address.partition("@")[0].isascii():
        # Few mail servers take such a name, and a promise to write to it could not be kept.
        form.contact_email.errors = ["Use an address with plain letters before the @."]
    return bool(is_valid and address and not form.contact_email.errors)


def _as_typed_before(booking: Booking) -> dict[str, Any]:
    email = booking.contact_email
    if email is None and current_user.is_authenticated:
        email = current_user.email
    return {
        "contact_email": email,
        "passengers": [
            {
                "kind": passenger.kind,
                "given_name": passenger.given_name,
                "family_name": passenger.family_name,
                "born_on": passenger.born_on,
            }
            for passenger in booking.passengers
        ],
    }
