"""The shape of filtering, creating, retiming and equipping flights."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, Form, HiddenField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from webapp.choices import SelectField
from webapp.flights.models import FlightStatus, Reason
from webapp.network.models import Aircraft, Cabin
from webapp.search.fields import ClockField, CountField, DayField, PlaceField
from webapp.search.forms import AddressForm

# An airline's code has a letter, or 231 would be the flight 1 of an airline called 23.
_DESIGNATOR = re.compile(
    r"\s*(?:(?=.?[A-Z])([A-Z0-9]{2})\s*)?(\d{1,4})\s*\Z", re.IGNORECASE | re.ASCII
)


def aircraft_choices(fleet: Iterable[Aircraft]) -> list[SelectChoice]:
    """Return aircraft to choose from, under the names of their types."""
    return [
        SelectChoice(
            aircraft.tail,
            # A list that is closed shows the choice alone, without the name above it.
            f"{aircraft.tail}, {aircraft.type.name} ({_cabins(aircraft)})",
            optgroup=aircraft.type.name,
        )
        for aircraft in fleet
    ]


def _cabins(aircraft: Aircraft) -> str:
    seats = aircraft.layout.capacities().items()
    return ", ".join(f"{cabin.label.lower()} {capacity}" for cabin, capacity in seats)


def _tidy(text: str | None) -> str | None:
    return " ".join(text.split()).upper() or None if text else None


def _designator(text: str | None) -> tuple[str | None, int | None]:
    match = _DESIGNATOR.match(text or "")
    if match is None:
        return None, None
    return match.group(1) and match.group(1).upper(), int(match.group(2))


class RoutesForm(AddressForm):
    """Filters of a list."""

    airline = SelectField("Airline", [Optional()], validate_choice=False)
    origin = PlaceField("Origin", [Length(max=80, message="At most 80 letters.")])
    destination = PlaceField("Destination", [Length(max=80, message="At most 80 letters.")])
    number = StringField(
        "Flight number",
        [Optional(), Regexp(_DESIGNATOR, message="Write a number from 1 to 9999, like 123.")],
    )
    page = CountField("Page", [Optional(), NumberRange(1, 100_000, "No such page.")], default=1)

    def offer_airlines(self, names: dict[str, str]) -> None:
        """Let one of some airlines be chosen, by name, or all of them."""
        by_name = sorted(names.items(), key=lambda item: item[1])
        self.airline.choices = [
            SelectChoice("", "All airlines"),
            *(SelectChoice(iata, name) for iata, name in by_name),
        ]

    @property
    def designator(self) -> tuple[str | None, int | None]:
        """The airline's code and the number of what may be typed as 123, X1 123 or X1123."""
        return _designator(self.number.data)


class FlightsForm(RoutesForm):
    """Which flights the list shows."""

    day_from = DayField("From day", [Optional()])
    day_to = DayField("To day", [Optional()])
    status = SelectField(
        "Status",
        choices=[
            SelectChoice("", "Any"),
            *(SelectChoice(each.value, each.value.capitalize()) for each in FlightStatus),
        ],
        default="",
    )


class ReasonField(SelectField):
    """Why a flight is late, moved or cancelled; it need not be said. Its data is a Reason."""

    data: Reason | None

    def __init__(self, label: str = "Reason", **options: Any) -> None:
        super().__init__(
            label,
            choices=[
                SelectChoice("", "None given"),
                *(SelectChoice(each, each.replace("_", " ").capitalize()) for each in Reason),
            ],
            coerce=lambda value: Reason(value) if value else None,
            **options,
        )

    def _value(self) -> str:
        """Return what a preview hands on, as the fields of text do."""
        return self.data or ""


# A form's fields stand in the order in which they are made here, bases of a form included: it is
# that of the pages, so that an alert goes through them from top to bottom.


class NumberedForm(Form):
    """A flight by its number and its two ends."""

    number = StringField(
        "Flight number",
        [
            InputRequired("Say the flight number."),
            Regexp(_DESIGNATOR, message="A flight number is from 1 to 9999, like 123."),
        ],
    )
    origin = PlaceField(
        "From",
        [InputRequired("Say where it leaves from."), Length(max=80, message="At most 80 letters.")],
    )
    destination = PlaceField(
        "To", [InputRequired("Say where it goes."), Length(max=80, message="At most 80 letters.")]
    )

    @property
    def designator(self) -> tuple[str | None, int | None]:
        """The airline's code and the number, typed as in the lists: 123, X1 123 or X1123."""
        return _designator(self.number.data)


class TimesForm(Form):
    """When a flight leaves and arrives, on the clocks of its two airports."""

    departs_on = DayField("Departure day", [InputRequired("Choose the day it leaves.")])
    departs_local = ClockField(
        "Departure time", [InputRequired("Say when it leaves, in the origin's local time.")]
    )
    arrives_on = DayField("Arrival day", [InputRequired("Choose the day it arrives.")])
    arrives_local = ClockField(
        "Arrival time", [InputRequired("Say when it arrives, in the destination's local time.")]
    )


class RetimeFlightForm(TimesForm):
    """New times: in the address of a preview, then in the POST that saves them.

    A preview changes nothing, so the form has no CSRF token of its own; the token of every POST
    is checked before its view is entered. Without an arrival the flying time stays.
    """

    arrives_on = DayField("Arrival day", [Optional()])
    arrives_local = ClockField("Arrival time", [Optional()])
    reason = ReasonField()


class DelayFlightForm(RetimeFlightForm):
    """The times that a flight is expected at on its day; the planned ones take a delay away."""

    departs_on = DayField(
        "Expected day", [InputRequired("Choose the day it leaves.")], id="expected_on"
    )
    departs_local = ClockField(
        "Expected time",
        [InputRequired("Say when it leaves, in the origin's local time.")],
        id="expected_local",
    )
    reason = ReasonField(id="expected_reason")


class CancelFlightForm(FlaskForm):
    """That a flight is cancelled, and why."""

    reason = ReasonField()


class FlightStatusForm(FlaskForm):
    """What happened to a flight on its day."""

    status = SelectField(
        "Status",
        [InputRequired("Choose what happened.")],
        choices=[
            SelectChoice(each.value, each.value.capitalize())
            for each in FlightStatus
            if each != FlightStatus.CANCELLED
        ],
    )


class AircraftForm(Form):
    """An aircraft of the airline, by its tail."""

    aircraft = SelectField(
        "Aircraft", [InputRequired("Choose an aircraft.")], validate_choice=False
    )


class FaresForm(Form):
    """What an adult pays in each cabin; only those that the aircraft has count."""

    fare_first = StringField("Fare in first")
    fare_business = StringField("Fare in business")
    fare_premium_economy = StringField("Fare in premium economy")
    fare_economy = StringField("Fare in economy")

    def fare_of(self, cabin: Cabin) -> Field:
        """Return the field of one cabin's fare."""
        return self[f"fare_{cabin.value}"]


class NewFlightForm(NumberedForm, TimesForm, AircraftForm, FaresForm):
    """A flight that no schedule makes: in the address of its preview, then in a POST.

    It has no CSRF token of its own, as RetimeFlightForm has none.
    """

    airline = HiddenField()


class AssignGateForm(FlaskForm):
    """Where the flight is boarded; an empty field takes the word away."""

    terminal = StringField(
        "Terminal",
        [
            Length(max=4, message="At most 4 characters."),
            Regexp(r"^[A-Za-z0-9 -]*\Z", message="Use letters and digits, like 2E."),
        ],
        filters=[_tidy],
    )
    gate = StringField(
        "Gate",
        [
            Length(max=6, message="At most 6 characters."),
            Regexp(r"^[A-Za-z0-9 -]*\Z", message="Use letters and digits, like B42."),
        ],
        filters=[_tidy],
    )


class SwapAircraftForm(FlaskForm, AircraftForm):
    """Another aircraft for a flight."""
