"""The shape of finding a trip and of saying yes to a price, and the fields that forms share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from flask_wtf import FlaskForm
from wtforms import Field, FieldList, Form, HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from webapp.accounts.forms import valid_email
from webapp.booking.passengers.phones import normal_phone
from webapp.booking.references import ALPHABET, LENGTH, joined

_TICKET_DIGITS = 13


class SentOnceForm(FlaskForm):
    """A form with a key, which tells that it comes again when it is sent twice."""

    idempotency_key = HiddenField(
        validators=[Optional(), Regexp(r"^[A-Za-z0-9_-]{16,64}\Z")], default=""
    )


class PartyList(FieldList):  # type: ignore[type-arg] # It takes none while it runs.
    """The party's members; names of fields that carry no plain index are passed over."""

    def _extract_indices(self, prefix: str, formdata: Iterable[str]) -> Iterator[int]:
        pattern = re.compile(rf"{re.escape(prefix)}-([0-9]{{1,2}})-")
        return (int(found[1]) for name in formdata if (found := pattern.match(name)))


def stripped(text: str | None) -> str | None:
    """Return a text without spaces around it: alone they are nothing that anybody typed."""
    return text.strip() if text else text


def reachable_email(form: object, field: Field) -> None:
    """Refuse what cannot be an address for mails about a trip."""
    valid_email(form, field)
    if not field.data.partition("@")[0].isascii():
        # Few mail servers take such a name, and a promise to write to it could not be kept.
        raise ValidationError("Use an address with plain letters before the @.")


def valid_phone(_form: object, field: Field) -> None:
    """Refuse what is no telephone number, and write one as it is kept."""
    try:
        field.data = normal_phone(field.data or "")
    except ValueError as error:
        raise ValidationError(str(error)) from error


def _a_reference(_form: object, field: Field) -> None:
    """Say what is wrong with the shape of a reference; whether anybody has it is no question."""
    text = (field.data or "").upper()
    if len(text) == _TICKET_DIGITS and text.isdecimal():
        raise ValidationError(
            "This is a ticket number. A booking reference has six letters and digits."
        )
    if len(text) != LENGTH or not (text.isascii() and text.isalnum()):
        raise ValidationError("A reference has six letters and digits.")
    if not set(text) <= set(ALPHABET):
        raise ValidationError("No reference has a 0, an O, a 1 or an I in it. Look once more.")


class ConfirmQuoteForm(FlaskForm):
    """The quote that is confirmed, as it was signed."""

    quote = HiddenField(validators=[InputRequired(), Length(max=4000)])


class FindTripForm(Form):
    """A reference and a family name; a look-up changes nothing, so it carries no CSRF token.

    `go` names the page of the trip that a mail leads to; without one it is the trip itself.
    """

    reference = StringField(
        "Booking reference",
        [
            InputRequired("Tell us the reference: six letters and digits."),
            Length(max=20, message="At most 20 letters."),
            _a_reference,
        ],
        filters=[joined],
    )
    last_name = StringField(
        "Family name of a passenger",
        [InputRequired("Tell us the family name."), Length(max=60, message="At most 60 letters.")],
    )
    go = HiddenField(filters=[lambda page: page if page == "check-in" else None])


class ConfirmForm(FlaskForm):
    """A yes to what the review showed: `total` is that price in minor units.

    `seen` are the times at which the flights were expected; without it, those of the hold count.
    """

    total = IntegerField(validators=[Optional(), NumberRange(0, 2_000_000_000)])
    seen = StringField(validators=[Optional(), Length(max=2_000)])
