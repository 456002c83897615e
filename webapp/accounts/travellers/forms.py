"""The shape of a person: names as in the passport, and a date of birth."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta

from flask_wtf import FlaskForm
from wtforms import DateField, Field, Form, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from webapp import clock
from webapp.accounts.travellers.service import Person
from webapp.spelling import has_spelling
from webapp.titles import without_titles

OLDEST = 120


def _tidy(text: str | None) -> str | None:
    # One form for letters that can be written in two ways, or a name would not equal itself.
    return unicodedata.normalize("NFC", " ".join(text.split())) if text else text


def _a_name(_form: object, field: Field) -> None:
    text = field.data or ""
    if not any(letter.isalpha() for letter in text):
        raise ValidationError("Write the name as it stands in the passport.")
    if any(unicodedata.category(each)[0] not in "LM" and each not in " -'’." for each in text):
        raise ValidationError("Use letters, spaces, hyphens and apostrophes only.")
    if not has_spelling(text):
        raise ValidationError(
            "Write it in Latin letters, as in the two lines at the foot of the passport's page."
        )
    name = without_titles(text)
    if name != text:
        raise ValidationError(f"Leave titles out: {name or 'the name alone'}, as in the passport.")


class BirthdayField(DateField):
    """A date of birth, with words for people when it is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read year-month-day."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Write the day as year-month-day, like 1990-05-31.") from None


class PersonForm(Form):
    """Somebody who travels."""

    given_name = StringField(
        "Given names",
        [
            InputRequired("Tell us the given names."),
            Length(max=60, message="At most 60 letters."),
            _a_name,
        ],
        filters=[_tidy],
    )
    family_name = StringField(
        "Family name",
        [
            InputRequired("Tell us the family name."),
            Length(max=60, message="At most 60 letters."),
            _a_name,
        ],
        filters=[_tidy],
    )
    born_on = BirthdayField("Date of birth", [InputRequired("Tell us the date of birth.")])


class TravellerForm(PersonForm, FlaskForm):
    """Somebody whom an account books for again."""

    @property
    def person(self) -> Person:
        """Who was written down; asked of a form that is valid."""
        assert self.given_name.data
        assert self.family_name.data
        assert self.born_on.data
        return self.given_name.data, self.family_name.data, self.born_on.data

    def validate_born_on(self, field: Field) -> None:
        """Hold the date of birth against today, where it is tomorrow first: 14 hours ahead."""
        today = (clock.now() + timedelta(hours=14)).date()
        message = birthday_error(field.data, today) if field.data else None
        if message:
            raise ValidationError(message)


def birthday_error(born_on: date, today: date) -> str | None:
    """Return what is wrong with a date of birth, whoever it is of."""
    if born_on > today:
        return "This day is still to come."
    return "Check the year of birth." if age_on(today, born_on) > OLDEST else None


def age_on(day: date, born_on: date) -> int:
    """Return how old somebody is on a day."""
    had_birthday = (day.month, day.day) >= (born_on.month, born_on.day)
    return day.year - born_on.year - (0 if had_birthday else 1)
