"""The pages that staff work in: the list of flights, one flight, changes to it, the promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Blueprint, Response, abort, flash, request, url_for
from flask_login import current_user

from webapp import clock
from webapp.accounts.models import Role
from webapp.booking import disruptions
from webapp.booking.connections import connections_lost
from webapp.booking.models import TOLD_FROM
from webapp.booking.schedule_changes.queries import choices_owed, under_way_on
from webapp.db import transaction
from webapp.flights import service as flight_service
from webapp.flights.errors import FlightChanged, FlightExists, FlightNotOpen
from webapp.flights.models import Flight, FlightStatus
from webapp.flights.queries import flight_of, history_of
from webapp.formats import clock_time, plural, short_day
from webapp.htmx import redirect, render
from webapp.network.models import Aircraft
from webapp.network.queries import aircraft_of, directory
from webapp.security import staff_required
from webapp.staff import plans
from webapp.staff.access import managed_airlines, named_in_address
from webapp.staff.filters import read_filters
from webapp.staff.forms import (
    AssignGateForm,
    CancelFlightForm,
    DelayFlightForm,
    FlightsForm,
    RetimeFlightForm,
    SwapAircraftForm,
    aircraft_choices,
)
from webapp.staff.integrity import check_promises
from webapp.staff.queries import (
    StaffFlight,
    carried_by,
    flights_found,
    moved_flight,
    staff_flight,
    told_of,
)

blueprint = Blueprint("staff", __name__, url_prefix="/staff")

_FLIGHT = "/flights/<designator>/<departs_on>/<origin>"


@blueprint.get("/")
@staff_required
def home() -> Response:
    """Lead on to the flights, with which most work begins."""
    return redirect(url_for("staff.flights"))


@blueprint.get("/flights")
@staff_required
def flights() -> Response:
    """List the flights of the airlines that the visitor works for."""
    network = directory()
    managed = managed_airlines()
    names = {iata: network.airlines.get(iata, iata) for iata in managed}
    form = FlightsForm(request.args)
    if form.airline.data and form.airline.data not in managed:
        abort(404)
    form.offer_airlines(names)
    wanted = read_filters(form, network, managed)
    found = flights_found(wanted) if wanted else None
    return render(
        "staff/flights.html",
        "staff/_flights.html",
        status=200 if wanted else 422,
        form=form,
        wanted=wanted,
        found=found,
        names=names,
        previous_page=found and found.beside(-1, request.path, request.args),
        next_page=found and found.beside(+1, request.path, request.args),
    )


@blueprint.get(_FLIGHT)
@staff_required
def flight(designator: str, departs_on: str, origin: str) -> Response:
    """Show one flight, with what can be done to it."""
    return show_flight(flight_at(designator, departs_on, origin))


@blueprint.get(f"{_FLIGHT}/retime")
@staff_required
def preview_retiming(designator: str, departs_on: str, origin: str) -> Response:
    """Say what a retiming would do, before it is saved."""
    shown = flight_at(designator, departs_on, origin)
    form = RetimeFlightForm(request.args)
    if not request.args:
        return redirect(url_for("staff.flight", **shown.address))
    retiming = plans.read_retiming(form, shown, directory())
    if retiming is None:
        return show_flight(shown, 422, retime=form)
    flight = shown.flight
    of_day = flight_of(flight.airline_iata, flight.number, retiming.departs_on, flight.origin_iata)
    if of_day not in (None, flight):
        return _refuse_day(shown, form, of_day)
    new = {shown.flight.id: (retiming.departs_at, retiming.arrives_at)}
    return render(
        "staff/retime.html",
        shown=shown,
        form=form,
        retiming=retiming,
        carried=carried_by(shown.flight.id),
        told=told_of(new),
        owed=choices_owed(new),
        lost=connections_lost(new),
        told_from=TOLD_FROM.seconds // 60,
    )


@blueprint.post(f"{_FLIGHT}/retime")
@staff_required
def retime_flight(designator: str, departs_on: str, origin: str) -> Response:
    """Move a flight in time; with its local date its address may change."""
    shown = flight_at(designator, departs_on, origin)
    form = RetimeFlightForm(request.form)
    retiming = plans.read_retiming(form, shown, directory())
    if retiming is None:
        return show_flight(shown, 422, retime=form)
    departs_at, arrives_at, day = retiming.departs_at, retiming.arrives_at, retiming.departs_on
    told = told_of({shown.flight.id: (departs_at, arrives_at)})
    try:
        with as_shown(
            shown,
            lambda flight: (
                (flight.departs_at, flight.arrives_at, flight.reason)
                == (departs_at, arrives_at, retiming.reason)
            ),
        ):
            disruptions.retime_flight(
                shown.flight.id, departs_at, arrives_at, day, current_user.email, retiming.reason
            )
    except FlightExists:
        now = flight_at(designator, departs_on, origin)
        of_day = flight_of(now.flight.airline_iata, now.flight.number, day, now.flight.origin_iata)
        return _refuse_day(now, form, of_day)
    whom = plural(told.travellers, "traveller") if told.travellers else "Nobody"
    flash(
        f"{shown.flight.designator} now leaves at {clock_time(retiming.departs_local)} on "
        f"{short_day(day)}. {whom} will be told by mail."
    )
    return redirect(url_for("staff.flight", **{**shown.address, "departs_on": day.isoformat()}))


@blueprint.post(f"{_FLIGHT}/gate")
@staff_required
def assign_gate(designator: str, departs_on: str, origin: str) -> Response:
    """Set or clear the terminal and the gate."""
    shown = flight_at(designator, departs_on, origin)
    form = AssignGateForm()
    if not form.validate_on_submit():
        return show_flight(shown, 422, gate=form)
    terminal, gate = form.terminal.data, form.gate.data
    with as_shown(shown, lambda flight: (flight.terminal, flight.gate) == (terminal, gate)):
        told = disruptions.assign_gate(shown.flight.id, terminal, gate, current_user.email)
    whom = plural(told, "traveller") if told else "Nobody"
    flash(f"Terminal and gate are saved. {whom} will be told by mail.")
    return redirect(url_for("staff.flight", **shown.address))


@blueprint.route(f"{_FLIGHT}/cancel", methods=["GET", "POST"])
@staff_required
def cancel_flight(designator: str, departs_on: str, origin: str) -> Response:
    """Say whom a cancellation affects, and do it."""
    shown = flight_at(designator, departs_on, origin)
    form = CancelFlightForm(data={"reason": shown.reason_of_delay})
    if not form.validate_on_submit():
        return render(
            "staff/cancel_flight.html",
            status=422 if form.is_submitted() else 200,
            shown=shown,
            form=form,
            carried=carried_by(shown.flight.id),
            under_way=under_way_on(shown.flight.id),
        )
    with as_shown(shown, lambda flight: flight.status == FlightStatus.CANCELLED):
        disruptions.cancel_flight(shown.flight.id, current_user.email, form.reason.data)
    carried = carried_by(shown.flight.id)
    whom = plural(carried.travellers, "traveller") if carried.travellers else "Nobody"
    flash(f"{shown.flight.designator} is cancelled. {whom} will be told by mail.")
    return redirect(url_for("staff.flight", **shown.address))


@blueprint.get("/integrity")
@staff_required
def integrity() -> Response:
    """Show which promises hold at this moment; the rows that break one are of all airlines."""
    checked_at = clock.now()
    checks = check_promises()
    if current_user.role != Role.ADMIN:
        checks = [check.without_rows() for check in checks]
    return render("staff/integrity.html", checks=checks, checked_at=checked_at)


def flight_at(designator: str, departs_on: str, origin: str) -> StaffFlight:
    """Return the flight that an address names; 404 where it is none of the visitor's.

    One that was moved to another day since leads on to where it is now.
    """
    named = named_in_address(designator, departs_on, origin)
    shown = staff_flight(*named)
    if shown is not None:
        return shown
    moved = moved_flight(*named) or abort(404)
    return abort(redirect(url_for("staff.flight", **moved.address)))


def show_flight(shown: StaffFlight, status: int = 200, refused: str = "", **sent: Any) -> Response:
    """Render a flight's page; `sent` are the forms that came back with errors."""
    form_of: dict[str, Any] = {
        "retime": RetimeFlightForm(
            departs_on=shown.departs_at.date(), departs_local=shown.departs_at.time()
        ),
        "delay": DelayFlightForm(
            departs_on=shown.expected_departs_at.date(),
            departs_local=shown.expected_departs_at.time(),
            reason=shown.reason_of_delay,
        ),
        "gate": AssignGateForm(None, obj=shown.flight),
        "aircraft": SwapAircraftForm(None, data={"aircraft": shown.flight.aircraft.tail}),
        **sent,
    }
    form_of["aircraft"].aircraft.choices = aircraft_choices(fleet_of(shown.flight.airline_iata))
    return render(
        "staff/flight.html",
        status=status,
        shown=shown,
        refused=refused,
        carried=carried_by(shown.flight.id),
        history=history_of(shown.flight.id),
        is_gate_news=disruptions.is_gate_news(shown.flight),
        form_of=form_of,
    )


@contextmanager
def as_shown(shown: StaffFlight, is_done: Callable[[Flight], bool]) -> Iterator[None]:
    """Change a flight in a transaction, unless it is not as the page showed it any more.

    `is_done` tells whether it is as is asked for already, since the form was sent twice.
    """
    try:
        with transaction():
            flight_service.require_as_seen(shown.flight.id, request.form.get("seen"), is_done)
            yield
    except (FlightChanged, FlightNotOpen) as error:
        abort(refuse_change(error))


def refuse_change(error: FlightChanged | FlightNotOpen) -> Response:
    """Say that the flight is past what was asked for or not there yet, or not as it was shown."""
    shown = flight_at(**request.view_args or {})
    if isinstance(error, FlightChanged):
        return show_flight(shown, 409, refused="changed")
    return show_flight(shown, 409, refused="early" if shown.is_open else "gone")


def _refuse_day(shown: StaffFlight, form: RetimeFlightForm, of_day: Flight | None) -> Response:
    form.departs_on.errors = [
        f"{day_taken(of_day)} A flight that is late past midnight keeps its day: say in “Expected "
        "times” when it leaves."
    ]
    return show_flight(shown, 409, retime=form)


def day_taken(of_day: Flight | None) -> str:
    """Return the words beside a number that a flight of the day has already."""
    if of_day and of_day.status == FlightStatus.CANCELLED:
        return (
            "This number was cancelled here on that day, and a cancelled flight keeps its number: "
            "take another number or another day."
        )
    return "This number leaves this airport on that day already."


def fleet_of(airline_iata: str) -> list[Aircraft]:
    """Return an airline's aircraft as a list shows them: by type, then by tail."""
    return sorted(aircraft_of(airline_iata), key=lambda aircraft: aircraft.type.name)
