"""The shape of a search: places, a date, a party, a cabin."""

from __future__ import annotations

from wtforms import DateField, Form, IntegerField, SelectField, StringField, TimeField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from webapp.network.models import Cabin
from webapp.search.results import TIME_CLASSES

SORTS = {
    "best": "Best",
    "price": "Price",
    "duration": "Duration",
    "departure": "Departure",
    "arrival": "Arrival",
}
FILTERS = (
    "stops",
    "max_price",
    "max_duration",
    "airline",
    "time_class",
    "depart_from",
    "depart_to",
    "arrive_from",
    "arrive_to",
)
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


class TimeClassField(SelectField):
    """One of the parts of a day, with words for people when it is none."""

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse what is not on the list."""
        try:
            super().pre_validate(form)
        except ValidationError:
            raise ValidationError("Choose night, morning, afternoon or evening.") from None


class ClockField(TimeField):
    """A time of day, with words for people when it is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read hours and minutes."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Write the time as hours and minutes, like 08:30.") from None


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
    stops = CountField("Most stops", [Optional(), NumberRange(0, 2, "From 0 to 2 stops.")])
    max_price = CountField(
        "Highest price", [Optional(), NumberRange(1, message="Write a price above 0.")]
    )
    max_duration = CountField(
        "Longest journey, in minutes",
        [Optional(), NumberRange(1, message="Write minutes above 0.")],
    )
    airline = StringField(
        "Airline",
        [Optional(), Regexp(r"^[A-Z0-9]{2}\Z", message="Write an airline's two letters.")],
    )
    time_class = TimeClassField(
        "Part of the day",
        choices=[SelectChoice("", "Any"), *map(SelectChoice, TIME_CLASSES)],
        default="",
    )
    depart_from = ClockField("Leaves after", [Optional()])
    depart_to = ClockField("Leaves before", [Optional()])
    arrive_from = ClockField("Arrives after", [Optional()])
    arrive_to = ClockField("Arrives before", [Optional()])
    sort = SelectField(
        "Sort by", choices=[SelectChoice(*sort) for sort in SORTS.items()], default="best"
    )
    page = CountField("Page", [Optional(), NumberRange(1, 1000, "No such page.")], default=1)
