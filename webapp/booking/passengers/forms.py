"""The shape of a party: names as in the passport, ages on the days of travel, how to reach it."""

from __future__ import annotations

import unicodedata
from datetime import date

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Field,
    Form,
    FormField,
    HiddenField,
    StringField,
    TelField,
)
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from webapp.booking.forms import PartyList, reachable_email, stripped, valid_phone
from webapp.documents.names import has_spelling
from webapp.formats import short_day

_CHILD_FROM, _ADULT_FROM = 2, 12
_RULES = {
    "infant": "An infant is under 2",
    "child": "A child is from 2 to 11",
    "adult": "An adult is 12 or older",
}


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


class BirthdayField(DateField):
    """A date of birth, with words for people when it is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read year-month-day."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Write the day as year-month-day, like 1990-05-31.") from None


class PassengerForm(Form):
    """One member of the party; `kind` comes from the offer."""

    kind = HiddenField()
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

    def check_age(self, kind: str, today: date, first_day: date, last_day: date) -> bool:
        """Hold the date of birth against today and the kind of passenger on the days of travel."""
        born_on = self.born_on.data
        if born_on is None:
            return False
        message = age_error(kind, born_on, today, first_day, last_day)
        if message:
            self.born_on.errors = [*self.born_on.errors, message]
        return message is None


class PassengersForm(FlaskForm):
    """The party, and where its mail goes."""

    passengers = PartyList(FormField(PassengerForm))
    contact_email = EmailField(
        "E-mail for your trip", [Optional(), reachable_email], filters=[stripped]
    )
    contact_phone = TelField(
        "Mobile phone, if you like", [Optional(), valid_phone], filters=[stripped]
    )
    save_travellers = BooleanField("Save these travellers in my account for the next booking")


def age_error(kind: str, born_on: date, today: date, first_day: date, last_day: date) -> str | None:
    """Return what is wrong with a date of birth for a kind of passenger on the days of travel."""
    if born_on > today:
        return "This day is still to come."
    if _age_on(first_day, born_on) > 120:
        return "Check the year of birth."
    age = _age_on(last_day, born_on)
    right = _kind_at(age)
    if kind == right:
        return None
    article = "a" if right == "child" else "an"
    when = "on the day of travel"
    if kind == _kind_at(_age_on(first_day, born_on)):  # It is the way back that it does not fit.
        when = (
            f"on the last day of the trip too, and this traveller is {age} on {short_day(last_day)}"
        )
    return f"{_RULES[kind]} {when}. Search again with {article} {right} instead."


def _kind_at(age: int) -> str:
    return "infant" if age < _CHILD_FROM else "child" if age < _ADULT_FROM else "adult"


def _age_on(day: date, born_on: date) -> int:
    had_birthday = (day.month, day.day) >= (born_on.month, born_on.day)
    return day.year - born_on.year - (0 if had_birthday else 1)
