"""The shape of a delay of all flights that leave an airport within some hours."""

from __future__ import annotations

from wtforms import Form
from wtforms.validators import InputRequired, Length, NumberRange

from webapp.search.fields import ClockField, CountField, DayField, PlaceField
from webapp.staff.forms import ReasonField


class DelaysForm(Form):
    """Which flights leave later, by how much and why; a preview changes nothing."""

    origin = PlaceField(
        "Leaving from",
        [
            InputRequired("Say where they leave from."),
            Length(max=80, message="At most 80 letters."),
        ],
    )
    day = DayField("Day", [InputRequired("Choose the day.")])
    leaves_from = ClockField("From", [InputRequired("Say from when on, in local time.")])
    leaves_to = ClockField("Until", [InputRequired("Say until when, in local time.")])
    minutes = CountField(
        "Minutes later",
        [
            InputRequired("Say by how many minutes."),
            NumberRange(1, 1440, "From 1 minute to 1,440, which is a day."),
        ],
    )
    reason = ReasonField()
