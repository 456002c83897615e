"""From the filters of a list as staff typed them to what is meant, or to words beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from webapp import clock
from webapp.flights.models import FlightStatus
from webapp.network.queries import Directory
from webapp.search.criteria import read_place
from webapp.search.fields import refuse
from webapp.staff.forms import FlightsForm, RoutesForm
from webapp.staff.queries import FURTHEST_AHEAD_OF_UTC, FURTHEST_BEHIND_UTC, Routes, Wanted

DAYS_SHOWN = 7
_GONE = (FlightStatus.DEPARTED, FlightStatus.ARRIVED)
NO_SUCH_PLACE = "The network has no place called"


def read_filters(form: FlightsForm, network: Directory, airlines: Sequence[str]) -> Wanted | None:
    """Return which flights are asked for; None, with errors in the fields, if that is unclear."""
    routes = read_routes(form, network, airlines)
    day_from, day_to = form.day_from.data, form.day_to.data
    if form.status.data in _GONE and not day_from:
        # Without a day the list begins with what has not left yet, and none of it has left.
        day_from, today = _days_of_today()
        day_to = day_to or today
        day_from = min(day_from, day_to)
    day_to = day_to or _week_from(day_from or clock.now().date())
    if day_from and day_to < day_from:
        refuse(form.day_to, "This day is before the first one. Choose a later day.")
    if form.errors:
        return None
    return Wanted(routes, day_from, day_to, form.status.data or None, form.page.data or 1)


def read_routes(form: RoutesForm, network: Directory, airlines: Sequence[str]) -> Routes:
    """Return which routes are asked for, with errors in the form's fields where that is unclear."""
    form.validate()
    places = [
        read_place(field, network, NO_SUCH_PLACE) if field.data and field.data.strip() else None
        for field in (form.origin, form.destination)
    ]
    origins, destinations = (place.airports if place else () for place in places)
    code, number = form.designator
    asked = {each for each in (form.airline.data, code) if each}
    whose = tuple(each for each in airlines if asked <= {each})
    return Routes(whose, origins, destinations, number)


def _days_of_today() -> tuple[date, date]:
    """Return the first and the last date that is today in some place of the world."""
    now = clock.now()
    return (now - FURTHEST_BEHIND_UTC).date(), (now + FURTHEST_AHEAD_OF_UTC).date()


def _week_from(day: date) -> date:
    # The calendar has an end, and any day may be typed.
    return day + min(timedelta(days=DAYS_SHOWN - 1), date.max - day)
