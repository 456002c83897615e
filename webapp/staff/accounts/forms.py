"""The shape of an invitation, of a move to another airline, and of an end."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import EmailField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired

from webapp.accounts.forms import valid_email
from webapp.choices import SelectField

# In the place of an airline's code.
ALL_AIRLINES = "all"


class DemoteStaffForm(FlaskForm):
    """Whom it is about."""

    email = EmailField("E-mail", [InputRequired("Tell us their e-mail address."), valid_email])


class MoveStaffForm(DemoteStaffForm):
    """For which airline they are to work."""

    works_for = SelectField("Works for", [InputRequired("Choose what they work for.")])

    def offer_airlines(self, names: dict[str, str]) -> None:
        """Let one of some airlines be chosen, by name, or all of them."""
        self.works_for.choices = [
            *(SelectChoice(iata, name) for iata, name in sorted(names.items(), key=lambda n: n[1])),
            SelectChoice(ALL_AIRLINES, "All airlines, as an administrator"),
        ]

    @property
    def airline(self) -> str | None:
        """Return the airline's code; None for all of them."""
        chosen = str(self.works_for.data)
        return None if chosen == ALL_AIRLINES else chosen


class InviteStaffForm(MoveStaffForm):
    """Somebody new, and for which airline."""
