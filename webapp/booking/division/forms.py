"""The shape of dividing a booking."""

from __future__ import annotations

from collections.abc import Mapping

from flask_wtf import FlaskForm
from wtforms import HiddenField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, Regexp
from wtforms.widgets import CheckboxInput

from webapp.choices import SelectMultipleField


class DivideBookingForm(FlaskForm):
    """Who leaves, by position, and the key that makes two clicks one division.

    `agreed` names the seats that the division costs, once the traveller was told of them. Who sends
    it again is none of the party any more, so the party itself is not asked here.
    """

    passenger = SelectMultipleField(
        "Who gets a booking of their own",
        choices=[],
        coerce=int,
        validate_choice=False,
        option_widget=CheckboxInput(),
    )
    agreed = HiddenField(validators=[Length(max=400)])
    idempotency_key = HiddenField(validators=[InputRequired(), Regexp(r"^[A-Za-z0-9_-]{16,64}\Z")])

    def offer(self, party: Mapping[int, str]) -> None:
        """Let the traveller choose among these."""
        self.passenger.choices = [SelectChoice(each, name) for each, name in party.items()]

    @property
    def leaving(self) -> list[int]:
        """The positions of those who are ticked."""
        return [int(each) for each in self.passenger.data or []]

    def refuse(self, words: str) -> None:
        """Say beside the passengers why they cannot leave."""
        self.passenger.errors = [*self.passenger.errors, words]
