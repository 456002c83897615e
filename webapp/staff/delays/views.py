"""The page of a delay of many flights, before and when it is saved."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, abort, flash, request, url_for
from flask_login import current_user

from webapp import clock
from webapp.booking import disruptions
from webapp.booking.connections import connections_lost
from webapp.booking.schedule_changes.queries import choices_owed
from webapp.db import transaction
from webapp.flights.errors import FlightChanged, FlightNotOpen
from webapp.flights.models import Reason
from webapp.flights.service import require_as_seen
from webapp.formats import plural
from webapp.htmx import redirect, render
from webapp.network.queries import directory
from webapp.security import staff_required
from webapp.staff.access import managed_airlines, named_in_address
from webapp.staff.delays.forms import DelaysForm
from webapp.staff.delays.plans import Later, read_delays
from webapp.staff.queries import staff_flight, told_of

blueprint = Blueprint("staff_delays", __name__, url_prefix="/staff/delays")


@blueprint.get("")
@staff_required
def delays() -> Response:
    """Say which flights would leave later, and whom that concerns, before it is saved."""
    if not request.args:
        form = DelaysForm(None, data={"day": clock.now().date()})
        return render("staff/delays.html", form=form, later=None)
    form = DelaysForm(request.args)
    later = read_delays(form, directory(), managed_airlines())
    if later is None:
        return render("staff/delays.html", status=422, form=form, later=None)
    new = {each.shown.flight.id: (each.departs_at, each.arrives_at) for each in later}
    return render(
        "staff/delays.html",
        form=form,
        later=later,
        told=told_of(new),
        owed=choices_owed(new),
        lost=connections_lost(new),
    )


@blueprint.post("")
@staff_required
def delay_flights() -> Response:
    """Write down when each of the ticked flights is expected, and tell its travellers."""
    ticked = [_read_mark(mark) for mark in dict.fromkeys(request.form.getlist("flight"))]
    saved, told, missed = 0, 0, []
    for later, seen in ticked:
        travellers = _delay(later, seen)
        if travellers is None:
            missed.append(later.shown.flight.designator)
        else:
            saved, told = saved + 1, told + travellers
    if saved:
        whom = plural(told, "traveller") if told else "Nobody"
        flash(f"{plural(saved, 'flight is', 'flights are')} delayed. {whom} will be told by mail.")
    if missed:
        flash(f"Changed meanwhile, or gone, and so left as they are: {', '.join(missed)}.")
    if not ticked:
        flash("Nothing was ticked, so nothing was changed.")
    return redirect(url_for("staff.flights", status="delayed"))


def _delay(later: Later, seen: str) -> int | None:
    """Delay one flight in a transaction of its own; return how many travellers it is told to.

    None where it is left as it is. Safe to repeat: a flight that is expected then already stays so.
    """
    if not later.is_possible:
        return None
    flight_id, times = later.shown.flight.id, (later.departs_at, later.arrives_at)
    told = told_of({flight_id: times}).travellers
    try:
        with transaction():
            require_as_seen(
                flight_id,
                seen,
                lambda flight: (
                    (flight.expected_departs_at, flight.expected_arrives_at, flight.reason)
                    == (*times, later.reason)
                ),
            )
            disruptions.delay_flight(flight_id, *times, current_user.email, later.reason)
    except (FlightChanged, FlightNotOpen):
        return None
    return told


def _read_mark(mark: str) -> tuple[Later, str]:
    """Return the delay that a tick carries, and what was seen; 404 if not the visitor's."""
    try:
        designator, departs_on, origin, seen, why, departs = mark.split("/")
        departs_at, reason = datetime.fromisoformat(departs), Reason(why) if why else None
    except ValueError:
        abort(404)
    shown = staff_flight(*named_in_address(designator, departs_on, origin))
    if shown is None or departs_at.tzinfo is None:
        abort(404)
    return Later(shown, departs_at, reason), seen
