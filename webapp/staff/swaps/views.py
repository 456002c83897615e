"""The page of another aircraft for a flight, before and when it is saved."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_login import current_user

from webapp.booking import disruptions
from webapp.booking.seats.reseating import displaced_by
from webapp.flights.errors import AircraftTooSmall
from webapp.flights.reach import farther_than_scheduled
from webapp.flights.swaps import SwappedCabin, swapped_cabins
from webapp.formats import plural
from webapp.htmx import redirect, render
from webapp.network.models import Aircraft, Cabin
from webapp.security import staff_required
from webapp.staff import plans
from webapp.staff.forms import SwapAircraftForm
from webapp.staff.passengers.queries import passengers_of
from webapp.staff.queries import StaffFlight
from webapp.staff.views import as_shown, fleet_of, flight_at, show_flight

blueprint = Blueprint(
    "staff_swaps", __name__, url_prefix="/staff/flights/<designator>/<departs_on>/<origin>"
)
_MOST_NAMED = 4


@blueprint.get("/aircraft")
@staff_required
def preview_swap(designator: str, departs_on: str, origin: str) -> Response:
    """Say whom another aircraft would seat elsewhere and what it sells, before it is saved."""
    shown = flight_at(designator, departs_on, origin)
    form = SwapAircraftForm(request.args)
    if not request.args:
        return redirect(url_for("staff.flight", **shown.address))
    aircraft = plans.read_swap(form, fleet_of(shown.flight.airline_iata))
    if aircraft is None:
        return show_flight(shown, 422, aircraft=form)
    cabins = _swapped(shown, aircraft)
    listed = passengers_of(shown.flight.id)
    return render(
        "staff/swap_aircraft.html",
        shown=shown,
        aircraft=aircraft,
        cabins=cabins,
        farthest=farther_than_scheduled(
            aircraft.type_code, shown.flight.origin_iata, shown.flight.destination_iata
        ),
        displaced=displaced_by(shown.flight.id, aircraft),
        without_seat=listed.without_seat,
        lacking=[
            (
                _too_small(aircraft.tail, each.cabin, each.taken, each.capacity),
                each,
                listed.parties_in(each.cabin),
            )
            for each in cabins
            if each.is_too_small
        ],
        large_enough=_large_enough(shown) if any(each.is_too_small for each in cabins) else [],
    )


@blueprint.post("/aircraft")
@staff_required
def swap_aircraft(designator: str, departs_on: str, origin: str) -> Response:
    """Fly with another aircraft of the airline."""
    shown = flight_at(designator, departs_on, origin)
    form = SwapAircraftForm()
    aircraft = plans.read_swap(form, fleet_of(shown.flight.airline_iata))
    if aircraft is None:
        return show_flight(shown, 422, aircraft=form)
    try:
        with as_shown(shown, lambda flight: flight.aircraft_id == aircraft.id):
            told = disruptions.swap_aircraft(shown.flight.id, aircraft.id, current_user.email)
    except AircraftTooSmall as error:
        words = _too_small(aircraft.tail, error.cabin, error.taken, error.capacity)
        form.aircraft.errors = [f"{words} Choose a larger aircraft."]
        return show_flight(flight_at(designator, departs_on, origin), 409, aircraft=form)
    whom = plural(told, "booking is", "bookings are") if told else "Nobody is"
    flash(
        f"{shown.flight.designator} flies with {aircraft.tail}. {whom} told of other seats. "
        f"On sale: {_on_sale(shown, flight_at(designator, departs_on, origin))}."
    )
    return redirect(url_for("staff.flight", **shown.address))


def _on_sale(before: StaffFlight, after: StaffFlight) -> str:
    """Return how many seats of each cabin can be sold, and for how much where the cabin is new."""
    known = [load.cabin for load in before.loads]
    seats = ["closed" if load.is_closed else plural(load.sellable, "seat") for load in after.loads]
    return "; ".join(
        f"{load.cabin.label.lower()} {each}" + ("" if load.cabin in known else f" at {load.fare}")
        for load, each in zip(after.loads, seats, strict=True)
    )


def _swapped(shown: StaffFlight, aircraft: Aircraft) -> list[SwappedCabin]:
    taken = {load.cabin.value: load.taken for load in shown.loads}
    return swapped_cabins(shown.flight.id, shown.flight.cabins, taken, aircraft)


def _large_enough(shown: StaffFlight) -> list[Aircraft]:
    """Return other aircraft that have room for all who are booked, a few of the smallest."""
    fleet = [
        each
        for each in fleet_of(shown.flight.airline_iata)
        if each.id != shown.flight.aircraft_id
        and not any(cabin.is_too_small for cabin in _swapped(shown, each))
    ]
    return sorted(fleet, key=lambda each: sum(each.layout.capacities().values()))[:_MOST_NAMED]


def _too_small(tail: str, cabin: str, taken: int, capacity: int) -> str:
    seats = plural(taken, "seat is sold or held", "seats are sold or held")
    room = f"has {capacity} there" if capacity else "has no such cabin"
    return f"{Cabin(cabin).label}: {seats}, and {tail} {room}."
