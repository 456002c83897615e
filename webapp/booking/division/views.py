"""Dividing a booking: who gets one of their own is ticked, and goes."""

from __future__ import annotations

from flask import Blueprint, Response, flash, render_template, url_for
from markupsafe import Markup

from webapp.booking.access import actor, go_along, refuse_closed, trip_or_404
from webapp.booking.cancellation.errors import ChildLeftAlone, LapMissing
from webapp.booking.changes.rules import changeable_journeys
from webapp.booking.checkin.queries import has_pass_ahead
from webapp.booking.division import service
from webapp.booking.division.errors import (
    HasBoardingPass,
    NobodyChosen,
    NobodyStays,
    NotDivisible,
    PartyMoved,
    SeatsAtExit,
)
from webapp.booking.division.forms import DivideBookingForm
from webapp.booking.division.rules import has_two_adults
from webapp.booking.errors import FormKeyReused
from webapp.booking.models import Passenger, PassengerKind
from webapp.booking.trips import Trip, trip_of
from webapp.db import transaction
from webapp.errors import DomainError
from webapp.htmx import redirect, render

blueprint = Blueprint("division", __name__)

_WHY_NOT: dict[type[DomainError], str] = {
    NobodyChosen: "Choose who gets a booking of their own.",
    NobodyStays: "Somebody has to stay: choose some of you, not all.",
    ChildLeftAlone: "Children travel with an adult: each part needs one.",
    LapMissing: "Each infant sits on an adult's lap: it goes where there is one for it.",
}
_REFUSALS = (
    NobodyChosen,
    NobodyStays,
    ChildLeftAlone,
    LapMissing,
    HasBoardingPass,
    SeatsAtExit,
)


@blueprint.route("/bookings/<reference>/divide", methods=["GET", "POST"])
def divide_booking(reference: str) -> Response:
    """Ask who of a party gets a booking of their own, and divide it."""
    trip = trip_or_404(reference)
    form = DivideBookingForm()
    if not form.is_submitted():
        return _show(trip, form)
    if not form.validate():
        return _show(trip, form, 422, "" if form.passenger.errors else "invalid")
    try:
        with transaction():
            key, agreed = form.idempotency_key.data or "", form.agreed.data or ""
            part = service.divide_booking(trip.id, form.leaving, key, actor(), agreed)
    except NotDivisible:
        return _show(trip_or_404(reference), form)
    except (PartyMoved, FormKeyReused):
        return _show(trip_or_404(reference), form, 409, "moved")
    except _REFUSALS as error:
        _refuse(form, error, trip)
        return _show(trip_or_404(reference), form, 422)
    go_along(trip.booking, part)
    flash(Markup(render_template("booking/_divided.html", trip=trip_of(part), rest=trip.reference)))
    return redirect(url_for("booking.trip", reference=part.reference))


def _refuse(form: DivideBookingForm, error: DomainError, trip: Trip) -> None:
    if isinstance(error, SeatsAtExit):
        form.agreed.data = error.agreed  # Whoever sends it once more was told.
    form.refuse(_words_of(error, trip))


def _words_of(error: DomainError, trip: Trip) -> str:
    if isinstance(error, SeatsAtExit):
        return _words_of_seats(error, trip)
    if isinstance(error, HasBoardingPass):
        names = " and ".join(map(trip.name_of, error.passengers))
        return f"A boarding pass bears reference and seat: take the check-in of {names} back first."
    return _WHY_NOT[type(error)]


def _words_of_seats(error: SeatsAtExit, trip: Trip) -> str:
    seats = " and ".join(
        f"{trip.name_of(each.passenger)} another seat than {each.seat} on "
        f"{each.leg.segment.flight.designator}"
        for each in error.seats
    )
    if not seats:
        return "Nobody has to leave an exit row any more: divide it once more, if you like."
    return (
        "Nobody with an infant on the lap, or alone with children, sits in an exit row. This would "
        f"give {seats}, and back what choosing it cost. Send it once more, if you agree."
    )


def _show(trip: Trip, form: DivideBookingForm, status: int = 200, refused: str = "") -> Response:
    if not changeable_journeys(trip):
        return refuse_closed(trip)
    form.offer({each.position: _described(each, trip) for each in trip.passengers})
    return render(
        "booking/divide.html",
        status=status,
        trip=trip,
        form=form,
        is_possible=has_two_adults(trip),
        checked_in=[each for each in trip.passengers if has_pass_ahead(trip, each)],
        refused=refused,
    )


def _described(passenger: Passenger, trip: Trip) -> str:
    name, adult = trip.name_of(passenger), trip.lap_of(passenger)
    if adult:
        return f"{name}, on the lap of {trip.name_of(adult)}"
    return name if passenger.kind == PassengerKind.ADULT else f"{name}, {passenger.kind}"
