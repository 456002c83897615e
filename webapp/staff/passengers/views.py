"""The page of who is booked on a flight."""

from __future__ import annotations

from flask import Blueprint, Response

from webapp.htmx import render
from webapp.security import staff_required
from webapp.staff.passengers.queries import passengers_of
from webapp.staff.views import flight_at

blueprint = Blueprint(
    "staff_passengers", __name__, url_prefix="/staff/flights/<designator>/<departs_on>/<origin>"
)


@blueprint.get("/passengers")
@staff_required
def passengers(designator: str, departs_on: str, origin: str) -> Response:
    """List who is booked, with seat, check-in, connections and whom to call."""
    shown = flight_at(designator, departs_on, origin)
    return render("staff/passengers.html", shown=shown, listed=passengers_of(shown.flight.id))
