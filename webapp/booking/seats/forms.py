"""The shape of choosing a seat."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField
from wtforms.validators import AnyOf, InputRequired, Length, NumberRange, Optional, Regexp


def _tidy(text: str | None) -> str | None:
    return text.strip().upper() if text else text


class ChooseSeatForm(FlaskForm):
    """A passenger, a flight and a seat by its name, or nothing for none.

    Flights and passengers go by their positions. `agreed` is the price, in minor units, that the
    traveller has seen and said yes to. `others` is what becomes of the rest of a held party on the
    flight: whoever has no seat is seated beside, or all are moved there. `then` is where to go on
    to instead of the next seat: the review, or the map of a flight and a passenger.
    """

    flight = IntegerField(validators=[InputRequired(), NumberRange(0, 99)])
    passenger = IntegerField(validators=[InputRequired(), NumberRange(0, 99)])
    seat = StringField("Seat", [Length(max=4)], filters=[_tidy])
    agreed = IntegerField(default=0, validators=[Optional(), NumberRange(0, 10_000_000)])
    others = StringField(validators=[Optional(), AnyOf(("seat", "move"))])
    then = StringField(validators=[Optional(), Regexp(r"(review|\d{1,2}-\d{1,2})\Z")])
