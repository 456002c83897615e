"""The shape of checking in: who, and with which travel document."""

from __future__ import annotations

import re
from datetime import date

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, Form, FormField, HiddenField, StringField
from wtforms.validators import Length, Optional

from webapp.booking.forms import PartyList
from webapp.formats import short_day
from webapp.network.countries import countries, country_code
from webapp.search.fields import DayField, refuse

_NUMBER = re.compile(r"[A-Z0-9]{5,20}")


class TravellerForm(Form):
    """One member of the party; `position` says which, whatever the order of the form."""

    position = HiddenField()
    checks_in = BooleanField("Check in")
    nationality = StringField(
        "Citizen of (country)", [Length(max=60, message="At most 60 letters.")]
    )
    document_number = StringField(
        "Document number", [Length(max=40, message="At most 20 letters.")]
    )
    document_country = StringField("Issued by", [Length(max=60, message="At most 60 letters.")])
    document_expires_on = DayField("Valid until", [Optional()])

    def check_document(self, today: date, travels_until: date) -> bool:
        """Hold the travel document against what the border asks for."""
        self._check_country(self.nationality, "Tell us the nationality, as in the passport.")
        self._check_country(self.document_country, "Tell us which country issued the document.")
        number = self.written_number
        if not number:
            refuse(self.document_number, "Tell us the number of the document.")
        elif not _NUMBER.fullmatch(number):
            refuse(self.document_number, "Use 5 to 20 letters and digits, as on the document.")
        expires_on = self.document_expires_on.data
        if expires_on is None:
            refuse(self.document_expires_on, "Tell us the day until which it is valid.")
        elif expires_on < today:
            refuse(self.document_expires_on, "This document has expired. Use another one.")
        elif expires_on < travels_until:
            refuse(
                self.document_expires_on,
                f"Use a document that is valid until {short_day(travels_until)} at least.",
            )
        return not self.errors

    @property
    def written_number(self) -> str:
        """The number as it is kept: capital letters and digits alone."""
        return re.sub(r"[\s-]+", "", self.document_number.data or "").upper()

    def _check_country(self, field: Field, missing: str) -> None:
        if not (field.data or "").strip():
            refuse(field, missing)
        elif country_code(field.data) is None:
            refuse(
                field, "Write the country's name as in the list, or its letters, like IN or IND."
            )


class CheckInForm(FlaskForm):
    """Who checks in, for the flights that the page showed as open, by their positions."""

    flights = HiddenField()
    travellers = PartyList(FormField(TravellerForm))

    @property
    def shown(self) -> list[int]:
        """The positions of the flights that the page showed."""
        return [int(each) for each in re.findall(r"[0-9]{1,3}", self.flights.data or "")]


def as_written(country: str | None) -> str:
    """Return a kept country's name, as the form shows it."""
    return countries().get(country or "", "")
