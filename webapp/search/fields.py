"""Fields of a search, each with words for people when its text makes no sense."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from wtforms import DateField, Field, IntegerField, StringField, TimeField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from webapp.choices import SelectField
from webapp.network.queries import Place

_WHOLE_NUMBER = re.compile(r"-?[0-9]+")
_LARGEST = 999_999_999


class PlaceField(StringField):
    """A place; `near` are those of ours to search with where the text means none."""

    near: tuple[Place, ...] = ()


class DayField(DateField):
    """A calendar date."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read year-month-day; an empty text is no day, and of several the first is read."""
        if valuelist and not valuelist[0].strip():
            self.raw_data = [""]  # Or spaces would count as given.
            return
        try:
            super().process_formdata(valuelist[:1])
        except ValueError:
            raise ValueError("Write the day as year-month-day, like 2026-12-01.") from None


class CountField(IntegerField):
    """A number of people, of minutes, of whole units of money, or of a page."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a whole number; an empty text leaves the default."""
        if not valuelist or not (text := valuelist[0].strip()):
            return
        if not _WHOLE_NUMBER.fullmatch(text):
            raise ValueError("Write a whole number.")
        # No number of ours is larger, and some thousand digits take long to read.
        self.data = max(-_LARGEST, min(int(text[:20]), _LARGEST))


class ClockField(TimeField):
    """A time of day."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read hours and minutes; of several times the first is read."""
        try:
            super().process_formdata(valuelist[:1])
        except ValueError:
            raise ValueError("Write the time as hours and minutes, like 08:30.") from None


class ChoiceField(SelectField):
    """One value of a list."""

    def __init__(
        self, label: str, values: Iterable[tuple[str, str]], refused: str, **options: Any
    ) -> None:
        """Take values with their labels, and the words for what is not on the list."""
        choices = [SelectChoice(value, text) for value, text in values]
        super().__init__(label, choices=choices, **options)
        self.refused = refused

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the choice; an empty text leaves the default, as if nothing were asked."""
        if any(valuelist):
            super().process_formdata(valuelist)


def refuse(field: Field, message: str) -> None:
    """Put a message beside a field, after what its own validators found."""
    field.errors = [*field.errors, message]
