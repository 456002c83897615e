"""The shape of a look for a booking."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Length


class FindBookingForm(FlaskForm):
    """What staff know of a booking."""

    class Meta:
        csrf = False

    q = StringField(
        "Reference, ticket, address, telephone or name",
        [Length(max=254, message="At most 254 letters.")],
    )
