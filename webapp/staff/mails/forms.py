"""The shape of a look into the mail log."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Length, NumberRange, Optional

from webapp.choices import SelectField
from webapp.notifications.words import NAMES
from webapp.search.fields import CountField
from webapp.staff.mails.queries import ANY

STATES = {
    "due": "Due or planned",
    "sending": "Sending",
    "retry": "Waiting to retry",
    "sent": "Sent",
    "withheld": "Not sent",
    "failed": "Failed",
}


class MailsForm(FlaskForm):
    """Which mails staff ask for."""

    class Meta:
        csrf = False

    booking = StringField(
        "Booking, flight or address", [Length(max=254, message="At most 254 letters.")]
    )
    state = SelectField(
        "State",
        default="",
        choices=[SelectChoice("", "All but not sent"), SelectChoice(ANY, "Any")]
        + [SelectChoice(state, words) for state, words in STATES.items()],
    )
    kind = SelectField(
        "Kind",
        default="",
        choices=[SelectChoice("", "Any")]
        + [SelectChoice(kind.value, name) for kind, name in NAMES.items()],
    )
    page = CountField("Page", [Optional(), NumberRange(1, 200, "There are pages from 1 to 200.")])
