"""The shape of a party: names as in the passport, ages on the days of travel, how to reach it."""

from __future__ import annotations

from datetime import date

from wtforms import (
    BooleanField,
    EmailField,
    FormField,
    HiddenField,
    StringField,
    TelField,
)
from wtforms.validators import Optional

from webapp.accounts.travellers.forms import PersonForm, age_on, birthday_error
from webapp.booking.forms import PartyList, SentOnceForm, reachable_email, stripped, valid_phone
from webapp.booking.party import PassengerNames
from webapp.booking.passengers.mistyped import doubt_about
from webapp.formats import short_day

_CHILD_FROM, _ADULT_FROM = 2, 12
_RULES = {
    "infant": "An infant is under 2",
    "child": "A child is from 2 to 11",
    "adult": "An adult is 12 or older",
}
_SEARCH_AGAIN = "Search again with {} instead."


class PassengerForm(PersonForm):
    """One member of the party; `kind` comes from the offer.

    `way_on` is what helps somebody of the kind that stands in it, who is not of the offer's.
    """

    way_on = _SEARCH_AGAIN

    kind = StringField("Kind")

    @property
    def names(self) -> PassengerNames | None:
        """Whom it names; None where anything is missing or wrong."""
        given_name, family_name, born_on = self.given_name, self.family_name, self.born_on
        if given_name.errors or family_name.errors or born_on.errors:
            return None
        if not (given_name.data and family_name.data and born_on.data):
            return None
        return PassengerNames(given_name.data, family_name.data, born_on.data)

    def check_kind(self, kind: str) -> bool:
        """Refuse another kind of passenger than the offer's, whose price and seats are for that."""
        if self.kind.data in (None, "", kind):
            return True
        words = f"The search asked for {_one(kind)} here. For another party, search again."
        self.kind.errors = [words]
        return False

    def check_age(self, kind: str, today: date, first_day: date, last_day: date) -> bool:
        """Hold the date of birth against today and the kind of passenger on the days of travel."""
        born_on = self.born_on.data
        if born_on is None:
            return False
        message = age_error(kind, born_on, today, first_day, last_day, self.way_on)
        if message:
            self.born_on.errors = [*self.born_on.errors, message]
        return message is None


class PassengersForm(SentOnceForm):
    """The party, and where its mail goes."""

    passengers = PartyList(FormField(PassengerForm))
    contact_email = EmailField(
        "E-mail for your trip", [Optional(), reachable_email], filters=[stripped]
    )
    contact_phone = TelField(
        "Mobile phone, if you like", [Optional(), valid_phone], filters=[stripped]
    )
    asked_email = HiddenField()
    save_travellers = BooleanField("Save these travellers in my account for the next booking")

    def ask_about_email(self) -> None:
        """Ask once about an address that looks mistyped: sent again as it is, it is meant so."""
        address = self.contact_email.data or ""
        doubt = doubt_about(address)
        if doubt and self.asked_email.data != address:
            words = f"{doubt} Correct the address, or go on with it as it is."
            self.contact_email.errors = [*self.contact_email.errors, words]
            self.asked_email.data = address


def age_error(
    kind: str,
    born_on: date,
    today: date,
    first_day: date,
    last_day: date,
    way_on: str = _SEARCH_AGAIN,
) -> str | None:
    """Return what is wrong with a date of birth for a kind of passenger on the days of travel."""
    impossible = birthday_error(born_on, today)
    if impossible:
        return impossible
    age = age_on(last_day, born_on)
    right = _kind_at(age)
    if kind == right:
        return None
    when = "on the day of travel"
    if kind == _kind_at(age_on(first_day, born_on)):  # It is the way back that it does not fit.
        when = (
            f"on the last day of the trip too, and this traveller is {age} on {short_day(last_day)}"
        )
    return f"{_RULES[kind]} {when}. {way_on.format(_one(right))}"


def _one(kind: str) -> str:
    return "a child" if kind == "child" else f"an {kind}"


def _kind_at(age: int) -> str:
    return "infant" if age < _CHILD_FROM else "child" if age < _ADULT_FROM else "adult"
