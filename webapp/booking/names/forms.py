"""The shape of putting names right."""

from __future__ import annotations

from datetime import date

from flask_wtf import FlaskForm
from wtforms import FormField, HiddenField
from wtforms.validators import Optional

from webapp.booking.forms import PartyList
from webapp.booking.party import PassengerNames
from webapp.booking.passengers.forms import PassengerForm


class NameForm(PassengerForm):
    """One passenger's names; `seen` tells those that were shown beside it."""

    way_on = "Check the date of birth: for {} it takes a new ticket. See below how to go on."

    position = HiddenField()
    seen = HiddenField()
    # What an empty date of birth stands for, where the visitor may not see it.
    unseen_birthday: date | None = None

    def keep_birthday(self, born_on: date | None) -> None:
        """Take an empty date of birth for the one that is booked."""
        self.unseen_birthday = born_on
        self.born_on.validators = [Optional()]

    @property
    def is_dated(self) -> bool:
        """Tell whether a date of birth was typed, and not taken as it is booked."""
        return bool(self.born_on.data)

    @property
    def names(self) -> PassengerNames | None:
        """What was typed, None where anything is missing."""
        given_name, family_name = self.given_name.data, self.family_name.data
        born_on = self.born_on.data or self.unseen_birthday
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
