"""Naming the passengers: who travels, and how the party is reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask_login import current_user
from wtforms.validators import ValidationError

from webapp.accounts.models import SavedTraveller
from webapp.accounts.travellers import service as travellers
from webapp.accounts.travellers.queries import saved_travellers_of
from webapp.booking import service
from webapp.booking.access import actor, stay_led, trip_or_404, user_id
from webapp.booking.errors import HoldExpired
from webapp.booking.forms import reachable_email
from webapp.booking.holds.views import keep_typed, past_the_hold
from webapp.booking.models import Booking, BookingStatus, Passenger
from webapp.booking.party import PassengerNames
from webapp.booking.passengers.forms import PassengersForm, age_error
from webapp.booking.trips import Trip
from webapp.db import transaction
from webapp.htmx import redirect, render

blueprint = Blueprint("passengers", __name__)

# A saved traveller with the number by which addresses name them.
Choice = tuple[int, SavedTraveller]
_TRAVELLER = "traveller-"


@blueprint.route("/bookings/<reference>/passengers", methods=["GET", "POST"])
def passengers(reference: str) -> Response:
    """Ask who travels, and how the party is reached."""
    trip = trip_or_404(reference)
    known = _saved()
    saved = [_fitting(known, passenger, trip) for passenger in trip.passengers]
    chosen = _chosen(trip, saved)
    form = _form_of(trip, chosen)
    if trip.status != BookingStatus.HELD:
        if request.method == "POST":
            keep_typed(trip, form)
        return past_the_hold(trip_or_404(reference))
    if request.method == "POST" and _is_complete(form, trip):
        names = [given for each in form.passengers if (given := each.form.names)]
        address, phone = form.contact_email.data or "", form.contact_phone.data or None
        key = form.idempotency_key.data
        try:
            with transaction():
                service.name_passengers(trip.id, names, address, actor(), phone, key)
                _save_travellers(form, names)
        except HoldExpired:
            keep_typed(trip, form)
            return past_the_hold(trip_or_404(reference))
        stay_led(trip.booking)
        endpoint = "seats.seats" if "seats" in request.form else "booking.review"
        return redirect(url_for(endpoint, reference=trip.reference))
    status = 422 if request.method == "POST" else 200
    return render(
        "booking/passengers.html",
        status=status,
        form=form,
        trip=trip,
        choices=saved,
        chosen={position: number for position, (number, _) in chosen.items()},
    )


def _form_of(trip: Trip, chosen: Mapping[int, Choice]) -> PassengersForm:
    """Return the form as it was sent, or afresh where it was sent for another party."""
    typed_before = _as_typed_before(trip.booking, chosen)
    form = PassengersForm(data=typed_before)
    if len(form.passengers) != len(trip.passengers):
        form = PassengersForm(formdata=None, data=typed_before)
        form.form_errors = ["The form did not come through whole. Write the names again."]
    return form


def _save_travellers(form: PassengersForm, names: list[PassengerNames]) -> None:
    owner = user_id()
    if owner is not None and form.save_travellers.data:
        people = [(each.given_name, each.family_name, each.born_on) for each in names]
        if not travellers.save_travellers(owner, people):
            flash(f"Your account keeps {travellers.MOST} travellers. Remove some to save others.")


def _saved() -> list[SavedTraveller]:
    owner = user_id()
    return saved_travellers_of(owner) if owner is not None else []


def _fitting(saved: list[SavedTraveller], passenger: Passenger, trip: Trip) -> list[Choice]:
    """Return the saved travellers, by number, who are of a passenger's kind on the trip."""
    today = trip.local(trip.seen_at).date()
    return [
        (number, each)
        for number, each in enumerate(saved, 1)
        if not age_error(passenger.kind, each.born_on, today, trip.first_day, trip.last_day)
    ]


def _chosen(trip: Trip, saved: list[list[Choice]]) -> dict[int, Choice]:
    """Return whom the address names for each passenger, by position.

    Where it names nobody, and whoever travels alone has typed nothing, it is the one who fits.
    """
    if not any(name.startswith(_TRAVELLER) for name in request.args):
        (alone, *more), (fitting, *_) = trip.passengers, saved
        is_typed = alone.given_name or alone.family_name or alone.born_on
        is_clear = not more and not is_typed and len(fitting) == 1
        return {alone.position: fitting[0]} if is_clear else {}
    return {
        passenger.position: choice
        for passenger, fitting in zip(trip.passengers, saved, strict=True)
        for choice in fitting
        if choice[0] == request.args.get(f"{_TRAVELLER}{passenger.position}", type=int)
    }


def _is_complete(form: PassengersForm, trip: Trip) -> bool:
    if form.form_errors:
        return False
    is_valid = form.validate_on_submit()
    today = trip.local(trip.seen_at).date()
    for entry, passenger in zip(form.passengers, trip.passengers, strict=True):
        is_of_kind = entry.form.check_kind(passenger.kind)
        is_of_age = entry.form.check_age(passenger.kind, today, trip.first_day, trip.last_day)
        is_valid = is_valid and is_of_kind and is_of_age
    if not form.contact_email.data and current_user.is_authenticated:
        form.contact_email.data = current_user.email
        try:
            reachable_email(form, form.contact_email)
        except ValidationError as error:
            form.contact_email.errors = [str(error)]
    if not form.contact_email.data and not form.contact_email.errors:
        form.contact_email.errors = ["Tell us where to send your confirmation."]
    if not form.contact_email.errors and not current_user.is_authenticated:
        # Of a guest it is the only way to find the trip again.
        form.ask_about_email()
    return bool(is_valid and not form.contact_email.errors)


def _as_typed_before(booking: Booking, chosen: Mapping[int, Choice]) -> dict[str, Any]:
    email = booking.contact_email
    if email is None and current_user.is_authenticated:
        email = current_user.email
    return {
        "contact_email": email,
        "contact_phone": booking.contact_phone,
        "passengers": [
            {
                "kind": passenger.kind,
                "given_name": person.given_name,
                "family_name": person.family_name,
                "born_on": person.born_on,
            }
            for passenger in booking.passengers
            for _, person in (chosen.get(passenger.position, (0, passenger)),)
        ],
    }
