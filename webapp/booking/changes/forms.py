"""The shape of looking for other flights inside a booking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import HiddenField
from wtforms.validators import InputRequired, Length, Optional

from webapp.search.fields import CountField, DayField
from webapp.search.forms import AddressForm


class ChangeForm(AddressForm):
    """Which journey, on which day, and the offer that was chosen; looking changes nothing."""

    journey = CountField("Journey", [Optional()])
    depart = DayField("New departure", [InputRequired("Choose the day you leave.")])
    offer = HiddenField(validators=[Optional(), Length(max=2000)])

    @classmethod
    def of(cls, plan: dict[str, Any]) -> ChangeForm:
        """Return the form as it was filled in for a quote's plan, on the day of its flights."""
        return cls(MultiDict({"journey": str(plan["journey"]), "depart": plan["depart"]}))

    def number(self, default: int) -> int:
        """Return the number of the journey that is meant; what is no number is no journey's."""
        if self.journey.process_errors:
            return -1
        return default if self.journey.data is None else int(self.journey.data)

    def begin_on(self, day: date) -> None:
        """Look at this day where no other one is asked for."""
        if not self.depart.raw_data:
            self.depart.data, self.depart.raw_data = day, [day.isoformat()]

    def refuse_day(self, words: Sequence[str]) -> None:
        """Say beside the day why nothing can be found for it."""
        self.depart.errors = [*self.depart.errors, *words]
