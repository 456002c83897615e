"""From a search as it was typed to what is searched, or to words beside the fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, timedelta, tzinfo
from typing import TYPE_CHECKING

from wtforms import Field

from webapp import clock
from webapp.flights.fares import Party
from webapp.network.models import Cabin
from webapp.network.queries import Directory, Place
from webapp.search.filters import Filters

if TYPE_CHECKING:
    from webapp.search.forms import SearchForm

DAYS_AHEAD = 330
MOST_TRAVELLERS = 9


@dataclass(frozen=True)
class Criteria:
    """One way from one place to another on a local date, for a party in a cabin."""

    origin: Place
    destination: Place
    depart: date
    party: Party
    cabin: Cabin
    filters: Filters
    sort: str
    page: int


def read_criteria(form: SearchForm, network: Directory) -> Criteria | None:
    """Return what the form asks for; None, with the errors in its fields, where it cannot be."""
    form.validate()
    origin = _read_place(form.origin, network)
    destination = _read_place(form.destination, network)
    if origin and destination and set(origin.airports) & set(destination.airports):
        _refuse(form.destination, "You leave from there already: choose another destination.")
    if form.depart.data and not form.depart.errors:
        _check_day(form.depart, network.airports[origin.airports[0]].zone if origin else UTC)
    _check_party(form)
    _check_windows(form)
    if form.errors or origin is None or destination is None or form.depart.data is None:
        return None
    party = Party(form.adults.data or 1, form.children.data or 0, form.infants.data or 0)
    return Criteria(
        origin,
        destination,
        form.depart.data,
        party,
        Cabin(form.cabin.data),
        _read_filters(form),
        form.sort.data,
        form.page.data or 1,
    )


def days_on_sale(zone: tzinfo) -> tuple[date, date]:
    """Return the first and the last day on which flights from a time zone can be booked."""
    today = clock.now().astimezone(zone).date()
    return today, today + timedelta(days=DAYS_AHEAD)


def _read_place(field: Field, network: Directory) -> Place | None:
    if field.errors:
        return None
    place = network.place(field.data)
    if place is None:
        near = network.suggestions(field.data, most=1)
        hint = (
            f"Did you mean {near[0].label} ({near[0].code})?"
            if near
            else ("Try the name of a city, or an airport's three letters.")
        )
        _refuse(field, f"We do not fly to a place called “{field.data}”. {hint}")
    return place


def _check_day(field: Field, zone: tzinfo) -> None:
    first, last = days_on_sale(zone)
    if field.data < first:
        _refuse(field, "That day is over. Choose today or a later day.")
    elif field.data > last:
        _refuse(field, f"Flights are on sale {DAYS_AHEAD} days ahead. Choose an earlier day.")


def _check_windows(form: SearchForm) -> None:
    for earliest, latest in (
        (form.depart_from, form.depart_to),
        (form.arrive_from, form.arrive_to),
    ):
        if earliest.data and latest.data and earliest.data > latest.data:
            _refuse(latest, "This time is before the earliest one.")


def _read_filters(form: SearchForm) -> Filters:
    return Filters(
        stops=form.stops.data,
        max_price=form.max_price.data,
        max_duration=form.max_duration.data,
        airline=form.airline.data or None,
        time_class=form.time_class.data or None,
        depart_from=form.depart_from.data,
        depart_to=form.depart_to.data,
        arrive_from=form.arrive_from.data,
        arrive_to=form.arrive_to.data,
    )


def _check_party(form: SearchForm) -> None:
    if form.adults.errors or form.children.errors or form.infants.errors:
        return
    adults, infants = form.adults.data or 1, form.infants.data or 0
    if infants > adults:
        _refuse(form.infants, "Each infant travels on an adult's lap: one infant per adult.")
    if adults + (form.children.data or 0) + infants > MOST_TRAVELLERS:
        _refuse(form.adults, f"Up to {MOST_TRAVELLERS} travellers fit in one booking.")


def _refuse(field: Field, message: str) -> None:
    field.errors = [*field.errors, message]
