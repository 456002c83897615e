"""The shape of choosing what to cancel, and of confirming its quote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from werkzeug.datastructures import MultiDict
from wtforms import Field, Form
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput

from webapp.booking.cancellation.rules import Part
from webapp.choices import RadioField, SelectMultipleField

ALL, PASSENGERS, JOURNEY = "all", "passengers", "journey-"


class CancelForm(Form):
    """What to cancel; asking changes nothing, so it carries no CSRF token."""

    part = RadioField("What to cancel", choices=[])
    passenger = SelectMultipleField(
        "Who does not travel", choices=[], option_widget=CheckboxInput()
    )

    @classmethod
    def of(cls, part: Part) -> CancelForm:
        """Return the form as it was filled in for a part."""
        chosen = PASSENGERS if part.passengers else ALL
        if part.journey is not None:
            chosen = f"{JOURNEY}{part.journey}"
        values = [("part", chosen), *(("passenger", str(each)) for each in part.passengers)]
        return cls(MultiDict(values))

    def offer(
        self, parts: Sequence[Part], journeys: Mapping[int, str], party: Mapping[int, str]
    ) -> None:
        """Let the traveller choose among these; what is named first is chosen to begin with."""
        choices = []
        for part in parts:
            if part.is_whole:
                choices.append(SelectChoice(ALL, "The whole booking"))
                if len(party) > 1:
                    choices.append(SelectChoice(PASSENGERS, "Some of the passengers"))
            elif part.journey is not None:
                name = f"{JOURNEY}{part.journey}"
                choices.append(SelectChoice(name, f"Only {journeys[part.journey]}"))
        self.part.choices = choices
        self.passenger.choices = [SelectChoice(str(each), name) for each, name in party.items()]
        if not self.part.data:
            self.part.data = PASSENGERS if self.passenger.data else choices[0].value

    def validate_part(self, field: Field) -> None:
        """Never take somebody who is ticked for everybody, or for a journey of everybody."""
        if self.passenger.data and not self.is_of_passengers:
            raise ValidationError("Choose some of the passengers, or take the ticks away.")

    @property
    def passengers(self) -> list[int]:
        """The positions of those who are chosen; nobody where passengers are not the part."""
        return [int(each) for each in self.passenger.data or []] if self.is_of_passengers else []

    @property
    def is_of_passengers(self) -> bool:
        """Tell whether some of the party are to be cancelled."""
        return bool(self.part.data == PASSENGERS)

    @property
    def asks_who(self) -> bool:
        """Tell whether some of the party are meant, and nobody is ticked yet: no mistake so far."""
        return self.is_of_passengers and not self.passenger.data

    @property
    def journey(self) -> int | None:
        """The number of the journey, where one is to be cancelled."""
        name = str(self.part.data)
        return int(name.removeprefix(JOURNEY)) if name.startswith(JOURNEY) else None

    def refuse_passengers(self, message: str) -> None:
        """Say beside the passengers why they cannot be cancelled."""
        self.passenger.errors = [*self.passenger.errors, message]

    def refuse_part(self) -> None:
        """Say that this can no longer be cancelled."""
        self.part.errors = [*self.part.errors, "This has left, or is cancelled already."]
