"""The shape of a search: places, a date, a party, a cabin."""

from __future__ import annotations

from wtforms import DateField, Form, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from webapp.network.models import Cabin

SORTS = {
    "best": "Best",
    "price": "Price",
    "duration": "Duration",
    "departure": "Departure",
    "arrival": "Arrival",
}
_LENGTH = Length(max=80, message="Write at most 80 letters.")


class DayField(DateField):
    """A calendar date, with words for people when it is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read year-month-day."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Write the day as year-month-day, like 2026-12-01.") from None


class CountField(IntegerField):
    """A number of people or a page, with words for people when it is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a whole number; an empty text leaves the default."""
        if valuelist and not valuelist[0].strip():
            return
        try:
            super().process_formdata([text[:9] for text in valuelist])
        except ValueError:
            raise ValueError("Write a whole number.") from None


class CabinField(SelectField):
    """One of the cabins, with words for people when it is none."""

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse what is not on the list."""
        try:
            super().pre_validate(form)
        except ValidationError:
            raise ValidationError("Choose one of the cabins.") from None


class SearchForm(Form):
    """A search, from the address; nothing in it changes anything, so it carries no CSRF token."""

    origin = StringField("From", [InputRequired("Tell us where you leave from."), _LENGTH])
    destination = StringField("To", [InputRequired("Tell us where you go."), _LENGTH])
    depart = DayField("Departure", [InputRequired("Choose the day you leave.")])
    adults = CountField("Adults", [Optional(), NumberRange(1, 9, "From 1 to 9 adults.")], default=1)
    children = CountField(
        "Children (2-11)", [Optional(), NumberRange(0, 8, "From 0 to 8 children.")], default=0
    )
    infants = CountField(
        "Infants (under 2)", [Optional(), NumberRange(0, 4, "From 0 to 4 infants.")], default=0
    )
    cabin = CabinField(
        "Cabin",
        choices=[SelectChoice(cabin.value, cabin.label) for cabin in reversed(Cabin)],
        default="economy",
    )
    sort = SelectField(
        "Sort by", choices=[SelectChoice(*sort) for sort in SORTS.items()], default="best"
    )
    page = CountField("Page", [Optional(), NumberRange(1, 1000, "No such page.")], default=1)
