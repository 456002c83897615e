"""Putting names right after the booking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, flash, url_for

from webapp.accounts.travellers.queries import saved_travellers_of
from webapp.booking.access import (
    actor,
    as_shown,
    is_by_name,
    is_let_in,
    of_booking,
    refuse_closed,
    trip_or_404,
    user_id,
)
from webapp.booking.cancellation.rules import parts_of
from webapp.booking.errors import NotBooked
from webapp.booking.models import Passenger
from webapp.booking.names import service
from webapp.booking.names.errors import AnotherPerson, NamesMoved
from webapp.booking.names.forms import CorrectNamesForm
from webapp.booking.names.rules import MOST_LETTERS, as_seen, first_booked, may_correct
from webapp.booking.names.service import Correction
from webapp.booking.party import PassengerNames
from webapp.booking.trips import Trip
from webapp.db import transaction
from webapp.htmx import redirect, render
from webapp.security import limiter

blueprint = Blueprint("names", __name__)


@blueprint.route("/bookings/<reference>/names", methods=["GET", "POST"])
# Each writes a mail.
@limiter.limit("20 per hour", key_func=of_booking, methods=["POST"], deduct_when=is_let_in)
def correct_names(reference: str) -> Response:
    """Show what the passengers of a booked trip are called, and put it right."""
    trip = trip_or_404(reference)
    if not trip.is_upcoming:
        return refuse_closed(trip)
    form = CorrectNamesForm(data=_known(trip))
    if not form.is_submitted():
        return _show(trip, form)
    if not _is_of(trip, form):
        return _show_moved(reference, form)
    if is_by_name():
        _keep_birthdays(trip, form)
    if not _is_complete(form, trip):
        return _show(trip, form, 422)
    try:
        with transaction():
            is_corrected = service.correct_names(trip.id, _corrections(trip, form), actor())
    except NotBooked:
        return refuse_closed(trip_or_404(reference))
    except NamesMoved:
        return _show_moved(reference, form)
    except AnotherPerson as error:
        return _show_refused(reference, form, error)
    _tell_of_saved(trip, form)
    address = as_shown(trip.booking.contact_email or "")
    flash(
        f"The names are corrected. The new e-ticket is on its way to {address}."
        if is_corrected
        else "Nothing was changed: you are booked under these names."
    )
    return redirect(url_for("booking.trip", reference=trip.reference))


def _is_of(trip: Trip, form: CorrectNamesForm) -> bool:
    """Tell whether a form is for those whose names can be put right at this moment."""
    positions = [entry.position.data for entry in form.passengers]
    return positions == [str(each.position) for each in _correctable(trip)]


def _keep_birthdays(trip: Trip, form: CorrectNamesForm) -> None:
    """Let dates of birth that the visitor was not shown, and left alone, stay as they are."""
    for entry, passenger in zip(form.passengers, _correctable(trip), strict=True):
        entry.form.keep_birthday(passenger.born_on)


def _is_complete(form: CorrectNamesForm, trip: Trip) -> bool:
    is_valid = form.validate_on_submit()
    today = trip.local(trip.seen_at).date()
    for entry, passenger in zip(form.passengers, _correctable(trip), strict=True):
        born_on = entry.born_on.data
        # Who was booked for other days, and moved, may have grown; a name is put right even so.
        if born_on and born_on != passenger.born_on:
            is_of_age = entry.form.check_age(passenger.kind, today, trip.first_day, trip.last_day)
            is_valid = is_valid and is_of_age
    return bool(is_valid)


def _corrections(trip: Trip, form: CorrectNamesForm) -> list[Correction]:
    known = {str(each.position): each.position for each in trip.passengers}
    return [
        Correction(
            known[entry.position.data],
            names,
            entry.seen.data or "",
            is_blind=is_by_name() and entry.form.is_dated,
        )
        for entry in form.passengers
        if (names := entry.form.names) and entry.position.data in known
    ]


def _tell_of_saved(trip: Trip, form: CorrectNamesForm) -> None:
    """Say whom the account keeps as they were called: the next booking would fill that in."""
    owner = user_id()
    changed = [each for each in _corrections(trip, form) if not _was_shown(trip, each, each.names)]
    for each in saved_travellers_of(owner) if owner is not None else ():
        names = PassengerNames(each.given_name, each.family_name, each.born_on)
        if any(_was_shown(trip, correction, names) for correction in changed):
            flash(
                f"Your saved traveller {each.given_name} {each.family_name} is as before. "
                "Change that in your account as well."
            )


def _was_shown(trip: Trip, correction: Correction, names: PassengerNames) -> bool:
    return as_seen(trip.id, correction.position, names) == correction.seen


def _show_refused(reference: str, form: CorrectNamesForm, error: AnotherPerson) -> Response:
    """Say beside the fields what would be another person, and below how to go on."""
    trip = trip_or_404(reference)
    booked = first_booked(trip.booking)
    for entry in form.passengers:
        position = int(entry.position.data)
        for field in error.fields.get(position, ()):
            entry.form.refuse(field, booked[position])
    return _show(
        trip, form, 422, [each for each in trip.passengers if error.fields.get(each.position)]
    )


def _show_moved(reference: str, sent: CorrectNamesForm) -> Response:
    """Show what the passengers are called by now, with what was typed for those still open."""
    trip = trip_or_404(reference)
    if not trip.is_upcoming:
        return refuse_closed(trip)
    typed = {
        each.position: _as_shown(each.names, is_seen=each.is_blind or not is_by_name())
        for each in _corrections(trip, sent)
        if not _was_shown(trip, each, each.names)
    }
    form = CorrectNamesForm(formdata=None, data=_known(trip, typed))
    form.form_errors = [
        "Somebody was corrected, checked in or cancelled meanwhile. Above the fields stand the "
        "names as they are now: look through the form once more."
    ]
    return _show(trip, form, 409)


def _show(
    trip: Trip, form: CorrectNamesForm, status: int = 200, strange: Sequence[Passenger] = ()
) -> Response:
    parts = parts_of(trip)
    return render(
        "booking/names.html",
        status=status,
        trip=trip,
        form=form,
        correctable=_correctable(trip),
        most_letters=MOST_LETTERS,
        may_cancel=bool(parts) and parts[0].is_whole,
        strange=strange,
    )


def _known(trip: Trip, typed: Mapping[int, dict[str, Any]] | None = None) -> dict[str, Any]:
    typed = typed or {}
    passengers = []
    for each in _correctable(trip):
        names = PassengerNames.of(each)
        shown = typed.get(each.position) or _as_shown(names, is_seen=not is_by_name())
        seen = as_seen(trip.id, each.position, names)
        passengers.append(shown | {"position": str(each.position), "seen": seen})
    return {"passengers": passengers}


def _as_shown(names: PassengerNames, is_seen: bool) -> dict[str, Any]:
    return asdict(names) | ({} if is_seen else {"born_on": None})


def _correctable(trip: Trip) -> list[Passenger]:
    return [each for each in trip.passengers if may_correct(trip, each)]
