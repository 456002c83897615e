"""The pages of a new flight: its form, its preview, and putting it on sale."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, abort, flash, request, url_for
from flask_login import current_user

from webapp.db import transaction
from webapp.flights import service
from webapp.flights.errors import FlightExists
from webapp.flights.models import Flight
from webapp.flights.queries import flight_of
from webapp.flights.service import NewFlight
from webapp.htmx import redirect, render
from webapp.network.models import Aircraft, Airline, Cabin
from webapp.network.queries import airlines, directory
from webapp.security import staff_required
from webapp.staff.access import managed_airlines
from webapp.staff.creation import plans
from webapp.staff.forms import NewFlightForm, aircraft_choices
from webapp.staff.views import day_taken, fleet_of

blueprint = Blueprint("staff_creation", __name__, url_prefix="/staff/flights/new")


@blueprint.get("")
@staff_required
def new_flight() -> Response:
    """Ask for a flight; administrators choose the airline first."""
    airline = _airline()
    if airline is None:
        return _choose_airline()
    # What is typed stays in the address while the aircraft, and with it the cabins, is chosen.
    return _show(NewFlightForm(request.args), airline)


@blueprint.get("/preview")
@staff_required
def preview_flight() -> Response:
    """Say what would be on sale, and what is odd about it, before it is."""
    airline = _airline()
    if airline is None or not request.args:
        return redirect(url_for("staff_creation.new_flight"))
    fleet, form = fleet_of(airline.iata), NewFlightForm(request.args)
    new = plans.read_new_flight(form, directory(), airline, fleet)
    if new is None:
        return _show(form, airline, 422)
    if of_day := _of_its_day(new):
        form.number.errors = [day_taken(of_day)]
        return _show(form, airline, 409)
    aircraft = next(each for each in fleet if each.id == new.aircraft_id)
    look = plans.look_at(new, directory(), aircraft)
    return render("staff/new_flight_preview.html", form=form, airline=airline, look=look)


@blueprint.post("")
@staff_required
def create_flight() -> Response:
    """Put a flight on sale."""
    airline = _airline()
    if airline is None:
        return _choose_airline()
    form = NewFlightForm(request.form)
    new = plans.read_new_flight(form, directory(), airline, fleet_of(airline.iata))
    if new is None:
        return _show(form, airline, 422)
    try:
        with transaction():
            service.create_flight(new, current_user.email)
    except FlightExists:
        of_day = _of_its_day(new)
        # A form that was sent twice has made its flight already.
        if of_day is None or not new.is_made_by(of_day):
            form.number.errors = [day_taken(of_day)]
            return _show(form, airline, 409)
    flash(f"{new.airline_iata} {new.number} is on sale.")
    return redirect(
        url_for(
            "staff.flight",
            designator=f"{new.airline_iata}{new.number}",
            departs_on=new.departs_on,
            origin=new.origin_iata,
        )
    )


def _show(form: NewFlightForm, airline: Airline, status: int = 200) -> Response:
    fleet = fleet_of(airline.iata)
    form.aircraft.choices = aircraft_choices(fleet)
    return render(
        "staff/new_flight.html",
        "staff/_fares.html",
        status=status,
        form=form,
        airline=airline,
        cabins=_cabins(form.aircraft.data, fleet),
    )


def _choose_airline() -> Response:
    return render("staff/choose_airline.html", airlines=airlines())


def _of_its_day(new: NewFlight) -> Flight | None:
    return flight_of(new.airline_iata, new.number, new.departs_on, new.origin_iata)


def _airline() -> Airline | None:
    managed = managed_airlines()
    asked = request.values.get("airline") or (managed[0] if len(managed) == 1 else None)
    if asked is None:
        return None
    return next(
        (each for each in airlines() if each.iata == asked and asked in managed), None
    ) or abort(404)


def _cabins(tail: str | None, fleet: Sequence[Aircraft]) -> list[Cabin]:
    """Return the cabins of the chosen aircraft, or of the one that a browser chooses first."""
    chosen = [aircraft for aircraft in fleet if aircraft.tail == tail] or fleet[:1]
    return [cabin for aircraft in chosen for cabin in aircraft.layout.capacities()]
