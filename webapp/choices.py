"""WTForms' fields for a choice, with our own words where what comes is not among it."""

from __future__ import annotations

import wtforms
from wtforms.form import BaseForm
from wtforms.validators import ValidationError


class _Choice(wtforms.Field):
    refused = "Choose one of these."

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was chosen."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(self.refused) from None

    def pre_validate(self, form: BaseForm) -> None:
        """Refuse what is not on the list."""
        try:
            super().pre_validate(form)
        except ValidationError:
            raise ValidationError(self.refused) from None


class SelectField(_Choice, wtforms.SelectField):
    """One of a list."""


class RadioField(_Choice, wtforms.RadioField):
    """One of a few that are all seen."""


class SelectMultipleField(_Choice, wtforms.SelectMultipleField):
    """Any of a list."""
