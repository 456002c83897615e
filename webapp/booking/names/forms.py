"""The shape of putting names right."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import FormField, HiddenField

from webapp.booking.forms import PartyList
from webapp.booking.party import PassengerNames
from webapp.booking.passengers.forms import PassengerForm


class NameForm(PassengerForm):
    """One passenger's names; `seen` are those that were shown beside it."""

    way_on = "Check the date of birth: for {} it takes a new ticket. See below how to go on."

    position = HiddenField()
    seen = HiddenField()

    @property
    def names(self) -> PassengerNames | None:
        """What was typed, None where anything is missing."""
        given_name, family_name = self.given_name.data, self.family_name.data
        born_on = self.born_on.data
        if not (given_name and family_name and born_on):
            return None
        return PassengerNames(given_name, family_name, born_on)

    def refuse(self, field: str, booked: PassengerNames) -> None:
        """Say beside a field that it is too far from what was booked at first."""
        what = "This would be another passenger than was booked."
        if field != "born_on":
            what = f"This is too far from “{getattr(booked, field)}”, as it was booked."
        self[field].errors = [*self[field].errors, f"{what} See below how to go on."]


class CorrectNamesForm(FlaskForm):
    """Those of a party whose names can be put right."""

    passengers = PartyList(FormField(NameForm))
