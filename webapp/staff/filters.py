"""From the filters of a list as staff typed them to what is meant, or to words beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from wtforms import Field

from webapp import clock
from webapp.network.queries import Directory, Place
from webapp.search.fields import refuse
from webapp.staff.forms import FlightsForm, RoutesForm
from webapp.staff.queries import Wanted
from webapp.staff.schedules.queries import WantedSchedules

DAYS_SHOWN = 7


class _Routes(NamedTuple):
    airlines: tuple[str, ...]
    origins: tuple[str, ...]
    destinations: tuple[str, ...]
    number: int | None


def read_filters(form: FlightsForm, network: Directory, airlines: Sequence[str]) -> Wanted | None:
    """Return which flights are asked for; None, with errors in the fields, if that is unclear."""
    routes = _read_routes(form, network, airlines)
    day_to = form.day_to.data or _week_from(form.day_from.data or clock.now().date())
    if form.day_from.data and day_to < form.day_from.data:
        refuse(form.day_to, "This day is before the first one. Choose a later day.")
    if form.errors:
        return None
    return Wanted(
        routes.airlines,
        form.day_from.data,
        day_to,
        routes.origins,
        routes.destinations,
        routes.number,
        form.status.data or None,
        form.page.data or 1,
    )


def read_schedule_filters(
    form: RoutesForm, network: Directory, airlines: Sequence[str]
) -> WantedSchedules | None:
    """Return which schedules are asked for; None, with errors in the fields, if unclear."""
    routes = _read_routes(form, network, airlines)
    return None if form.errors else WantedSchedules(*routes, form.page.data or 1)


def _read_routes(form: RoutesForm, network: Directory, airlines: Sequence[str]) -> _Routes:
    form.validate()
    places = [
        read_place(field, network) if field.data and field.data.strip() else None
        for field in (form.origin, form.destination)
    ]
    origins, destinations = (place.airports if place else () for place in places)
    code, number = form.designator
    asked = {each for each in (form.airline.data, code) if each}
    return _Routes(
        tuple(each for each in airlines if asked <= {each}), origins, destinations, number
    )


def read_place(field: Field, network: Directory) -> Place | None:
    if field.errors or not field.data:
        return None
    place = network.place(field.data)
    if place is None:
        near = network.suggestions(field.data, most=1)
        hint = (
            f"Did you mean {near[0].label} ({near[0].code})?"
            if near
            else "Try the name of a city, or an airport's three letters."
        )
        refuse(field, f"The network has no place called “{field.data.strip()}”. {hint}")
    return place


def _week_from(day: date) -> date:
    # The calendar has an end, and any day may be typed.
    return day + min(timedelta(days=DAYS_SHOWN - 1), date.max - day)
