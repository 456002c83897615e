"""The shape of a search: places, dates, a party, a cabin, wishes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wtforms import Form, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from webapp.network.models import Cabin
from webapp.search.classes import DURATION_CLASSES, PRICE_CLASSES
from webapp.search.fields import ChoiceField, ClockField, CountField, DayField, PlaceField
from webapp.search.orders import SORTS
from webapp.search.ways import TIME_CLASSES

_LENGTH = Length(max=80, message="Write at most 80 letters.")
GROUPS = {
    "": "Nothing",
    "price_class": "Price",
    "time_class": "Departure",
    "duration_class": "Duration",
}


_ONE_WAY = [
    Optional(),
    Regexp(
        r"^[A-Z0-9]{2}\d{1,4}(-[A-Z0-9]{2}\d{1,4}){0,2}\Z",
        message="Write flight numbers like L2101-K1202.",
    ),
]


def _any_of(values: Iterable[str]) -> list[tuple[str, str]]:
    return [("", "Any"), *((value, value.capitalize()) for value in values)]


def _capitals(text: str | None) -> str | None:
    return text.strip().upper() if text else text


def _least(number: int, words: str) -> list[Optional | NumberRange]:
    return [Optional(), NumberRange(number, message=words)]


class AddressForm(Form):
    """What an address asks for; that changes nothing, so such a form carries no CSRF token."""

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Refuse a parameter that asks for several things: which one counts, nobody would know."""
        is_valid = super().validate(extra_validators)
        for field in self:
            if len({text for text in field.raw_data or () if text}) > 1:
                field.errors, is_valid = ["Choose one: the address asks for several."], False
        return is_valid


class TravelForm(AddressForm):
    """Who flies between which places."""

    origin = PlaceField("From", [InputRequired("Tell us where you leave from."), _LENGTH])
    destination = PlaceField("To", [InputRequired("Tell us where you go."), _LENGTH])
    adults = CountField("Adults", [Optional(), NumberRange(1, 9, "From 1 to 9 adults.")], default=1)
    children = CountField(
        "Children (2-11)", [Optional(), NumberRange(0, 8, "From 0 to 8 children.")], default=0
    )
    infants = CountField(
        "Infants (under 2)", [Optional(), NumberRange(0, 4, "From 0 to 4 infants.")], default=0
    )
    cabin = ChoiceField(
        "Cabin",
        [(cabin.value, cabin.label) for cabin in reversed(Cabin)],
        "Choose one of the cabins.",
        default="economy",
    )
    currency = StringField(
        "Currency",
        [Optional(), Regexp(r"^[A-Z]{3}\Z", message="Write a currency's three letters.")],
        filters=[_capitals],
    )


class SearchForm(TravelForm):
    """A search: the days, and what is wished for."""

    depart = DayField("Departure", [InputRequired("Choose the day you leave.")])
    # The parameter is a word that Python keeps for itself.
    return_on = DayField("Return, if any", [Optional()], name="return")
    stops = CountField("Most stops each way", [Optional(), NumberRange(0, 2, "From 0 to 2 stops.")])
    max_price = CountField("Highest price", _least(1, "Write a price above 0."))
    max_duration = CountField("Longest trip, in minutes", _least(1, "Write minutes above 0."))
    max_layover = CountField("Longest change, in minutes", _least(1, "Write minutes above 0."))
    airline = StringField(
        "Airline",
        [Optional(), Regexp(r"^[A-Z0-9]{2}\Z", message="Write an airline's two letters.")],
        filters=[_capitals],
    )
    via = StringField(
        "Change in",
        [Optional(), Regexp(r"^[A-Z]{3}\Z", message="Write an airport's three letters.")],
        filters=[_capitals],
    )
    overnight = ChoiceField(
        "Night on the way", _any_of(["no", "yes"]), "Choose no or yes.", default=""
    )
    price_class = ChoiceField(
        "Price class", _any_of(PRICE_CLASSES), "Choose low, typical or high.", default=""
    )
    time_class = ChoiceField(
        "Part of the day",
        _any_of(TIME_CLASSES),
        "Choose night, morning, afternoon or evening.",
        default="",
    )
    duration_class = ChoiceField(
        "Duration class", _any_of(DURATION_CLASSES), "Choose short, medium or long.", default=""
    )
    depart_from = ClockField("Leaves after", [Optional()])
    depart_to = ClockField("Leaves before", [Optional()])
    arrive_from = ClockField("Arrives after", [Optional()])
    arrive_to = ClockField("Arrives before", [Optional()])
    return_depart_from = ClockField("Return leaves after", [Optional()])
    return_depart_to = ClockField("Return leaves before", [Optional()])
    return_arrive_from = ClockField("Return arrives after", [Optional()])
    return_arrive_to = ClockField("Return arrives before", [Optional()])
    flights = StringField("Outbound", _ONE_WAY, filters=[_capitals])
    return_flights = StringField("Return", _ONE_WAY, filters=[_capitals])
    every = ChoiceField(
        "Those that others beat",
        [("", "No"), ("yes", "Yes")],
        "Write yes, or leave it out.",
        default="",
    )
    sort = ChoiceField(
        "Sort by",
        SORTS.items(),
        "Choose best, price, duration, departure or arrival.",
        default="best",
    )
    group = ChoiceField(
        "Group by", GROUPS.items(), "Write price_class, time_class or duration_class.", default=""
    )
    page = CountField("Page", _least(1, "Pages are numbered from 1."), default=1)
