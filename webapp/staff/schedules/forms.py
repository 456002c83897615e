"""The shape of letting a schedule end, of its times, and of a file of schedules."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import Form, HiddenField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired

from webapp.choices import SelectField
from webapp.search.fields import ClockField, DayField


class EndScheduleForm(Form):
    """The day of the last flight: in the address of a preview, then in the POST that saves it.

    The token against forgery of every POST is checked before its view is entered.
    """

    last_day = DayField("Last day", [InputRequired("Choose the day of the last flight.")])


class RetimeScheduleForm(Form):
    """Other local times from a day on: in the address of a preview, then in the POST."""

    first_day = DayField("First day", [InputRequired("Choose the first day of the new times.")])
    departs_local = ClockField(
        "Departure time", [InputRequired("Say when it leaves, in the origin's local time.")]
    )
    arrives_local = ClockField(
        "Arrival time", [InputRequired("Say when it arrives, in the destination's local time.")]
    )
    day_shift = SelectField(
        "Arrives",
        choices=[
            SelectChoice("0", "on the day it leaves"),
            SelectChoice("1", "a day later"),
            SelectChoice("2", "two days later"),
            SelectChoice("-1", "a day earlier, across the date line"),
        ],
        default="0",
    )


class ImportSchedulesForm(FlaskForm):
    """A file of comma-separated values."""

    file = FileField("File", [FileRequired("Choose a file.")])


class SaveSchedulesForm(FlaskForm):
    """The text of a file whose schedules were shown."""

    content = HiddenField(validators=[InputRequired()])
