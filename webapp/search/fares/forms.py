"""The shape of a question about fares: places, a month or days, a party, a cabin."""

from __future__ import annotations

import re
from datetime import date

from wtforms import Field
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import MonthInput

from webapp.search.criteria import DAYS_AHEAD
from webapp.search.fields import CountField, DayField
from webapp.search.forms import TravelForm

# Across the date line one may be back a day before one left.
_FEWEST_NIGHTS = -1
_MONTH = re.compile(r"(\d{4})-(\d{2})")


class MonthField(Field):
    """A month of a year; its data is the first day."""

    widget = MonthInput()
    data: date | None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data:%Y-%m}" if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read year-month."""
        if not valuelist:
            return
        found = _MONTH.fullmatch(valuelist[0].strip())
        try:
            if not found:
                raise ValueError
            self.data = date(int(found[1]), int(found[2]), 1)
        except ValueError:
            self.data = None
            raise ValueError("Write the month as year-month, like 2026-12.") from None


def _nights() -> CountField:
    within = NumberRange(_FEWEST_NIGHTS, DAYS_AHEAD, f"From 0 to {DAYS_AHEAD} nights.")
    return CountField("Nights", [Optional(), within])


class CalendarForm(TravelForm):
    """A month, and for how many nights one stays; without nights it is one way."""

    month = MonthField("Month", [Optional()])
    nights = _nights()


class GridForm(TravelForm):
    """A day out and a day back, or none; the days around them are compared."""

    depart = DayField("Departure", [Optional()])
    return_on = DayField("Return", [Optional()], name="return")


class GraphForm(TravelForm):
    """A first day, or none; sixty days from it are compared."""

    depart = DayField("First day", [Optional()])
    nights = _nights()
