"""The pages for a flight's day: a delay, with whom it tells, and what happened."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_login import current_user

from webapp.booking import disruptions
from webapp.booking.connections import connections_lost
from webapp.booking.models import TOLD_FROM
from webapp.booking.schedule_changes.queries import choices_owed
from webapp.db import transaction
from webapp.flights.errors import FlightNotOpen
from webapp.flights.models import FlightStatus
from webapp.formats import clock_time, plural, short_day
from webapp.htmx import redirect, render
from webapp.network.queries import directory
from webapp.security import staff_required
from webapp.staff import plans
from webapp.staff.forms import DelayFlightForm, FlightStatusForm
from webapp.staff.queries import told_of
from webapp.staff.views import as_shown, flight_at, refuse_change, show_flight

blueprint = Blueprint(
    "staff_operations", __name__, url_prefix="/staff/flights/<designator>/<departs_on>/<origin>"
)


@blueprint.get("/delay")
@staff_required
def preview_delay(designator: str, departs_on: str, origin: str) -> Response:
    """Say whom a delay would be told to, before it is saved."""
    shown = flight_at(designator, departs_on, origin)
    form = DelayFlightForm(request.args)
    if not request.args:
        return redirect(url_for("staff.flight", **shown.address))
    delay = plans.read_delay(form, shown, directory())
    if delay is None:
        return show_flight(shown, 422, delay=form)
    new = {shown.flight.id: (delay.departs_at, delay.arrives_at)}
    return render(
        "staff/delay.html",
        shown=shown,
        form=form,
        delay=delay,
        told=told_of(new),
        owed=choices_owed(new),
        lost=connections_lost(new),
        told_from=TOLD_FROM.seconds // 60,
    )


@blueprint.post("/delay")
@staff_required
def delay_flight(designator: str, departs_on: str, origin: str) -> Response:
    """Write down when a flight is expected, and tell its travellers."""
    shown = flight_at(designator, departs_on, origin)
    form = DelayFlightForm(request.form)
    delay = plans.read_delay(form, shown, directory())
    if delay is None:
        return show_flight(shown, 422, delay=form)
    told = told_of({shown.flight.id: (delay.departs_at, delay.arrives_at)})
    with as_shown(
        shown,
        lambda flight: (
            (flight.expected_departs_at, flight.expected_arrives_at, flight.reason)
            == (delay.departs_at, delay.arrives_at, delay.reason)
        ),
    ):
        disruptions.delay_flight(
            shown.flight.id, delay.departs_at, delay.arrives_at, current_user.email, delay.reason
        )
    whom = plural(told.travellers, "traveller") if told.travellers else "Nobody"
    flash(
        f"{shown.flight.designator} is expected to leave at {clock_time(delay.departs_local)} on "
        f"{short_day(delay.departs_on)}. "
        f"{whom} will be told by mail."
    )
    return redirect(url_for("staff.flight", **shown.address))


@blueprint.post("/status")
@staff_required
def record_status(designator: str, departs_on: str, origin: str) -> Response:
    """Write down that a flight boards, left or arrived."""
    shown = flight_at(designator, departs_on, origin)
    form = FlightStatusForm()
    if not form.validate_on_submit():
        return show_flight(shown, 422, status_form=form)
    status = FlightStatus(form.status.data)
    try:
        with transaction():
            disruptions.record_status(shown.flight.id, status, current_user.email)
    except FlightNotOpen as error:
        if status == FlightStatus.ARRIVED and shown.status == FlightStatus.DEPARTED:
            return show_flight(shown, 409, refused="flying")
        return refuse_change(error)
    flash(f"{shown.flight.designator}: {status.value}.")
    return redirect(url_for("staff.flight", **shown.address))
