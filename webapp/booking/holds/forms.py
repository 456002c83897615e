"""The shape of holding an offer."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import HiddenField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, Optional, Regexp

from webapp.choices import SelectField
from webapp.flights.families import FAMILIES, LIGHT


class HoldSeatsForm(FlaskForm):
    """An offer, the fare family, and the key that makes two clicks one booking.

    `again` is the reference of an earlier hold whose names the new one takes over.
    """

    offer = HiddenField(validators=[InputRequired(), Length(max=2000)])
    family = SelectField(
        choices=[SelectChoice(family.code, family.name) for family in FAMILIES],
        default=LIGHT.code,
    )
    idempotency_key = HiddenField(validators=[InputRequired(), Regexp(r"^[A-Za-z0-9_-]{16,64}\Z")])
    again = HiddenField(validators=[Optional(), Length(max=6)])
