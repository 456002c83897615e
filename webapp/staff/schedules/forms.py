"""The shape of letting a schedule end, and of a file of schedules."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import Form
from wtforms.validators import InputRequired

from webapp.search.fields import DayField


class EndScheduleForm(Form):
    """The day of the last flight: in the address of a preview, then in the POST that saves it.

    The token against forgery of every POST is checked before its view is entered.
    """

    last_day = DayField("Last day", [InputRequired("Choose the day of the last flight.")])


class ImportSchedulesForm(FlaskForm):
    """A file of comma-separated values."""

    file = FileField("File", [FileRequired("Choose a file.")])
