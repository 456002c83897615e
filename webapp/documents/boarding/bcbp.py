"""The bar code of a boarding pass: IATA's BCBP (Resolution 792), its 60 mandatory characters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from webapp.network.models import Cabin

NAME_LENGTH = 20
ON_A_LAP = "INF"
_CHECKED_IN = "1"
_COMPARTMENTS = {
    Cabin.FIRST: "F",
    Cabin.BUSINESS: "J",
    Cabin.PREMIUM_ECONOMY: "W",
    Cabin.ECONOMY: "Y",
}


@dataclass(frozen=True)
class Leg:
    """What the bar code says of one passenger on one flight; `seat` is ON_A_LAP for an infant.

    It is None for whoever lost a seat after check-in and is given one at the gate.
    """

    name: str
    reference: str
    origin_iata: str
    destination_iata: str
    airline_iata: str
    number: int
    departs_on: date
    cabin: Cabin
    seat: str | None
    sequence: int


def bar_code_text(leg: Leg) -> str:
    """Return the 60 characters. Raises ValueError where a field does not fit its place."""
    fields = [
        ("M", 1),
        ("1", 1),  # One leg.
        (_name(leg.name), NAME_LENGTH),
        ("E", 1),  # There is an e-ticket.
        (leg.reference, 7),
        (leg.origin_iata, 3),
        (leg.destination_iata, 3),
        (leg.airline_iata, 3),
        (f"{leg.number:04}", 4),
        ("", 1),  # No suffix.
        (f"{leg.departs_on:%j}", 3),
        (_COMPARTMENTS[leg.cabin], 1),
        (_seat(leg.seat), 4),
        (f"{leg.sequence:04}", 4),
        ("", 1),
        (_CHECKED_IN, 1),
        ("00", 2),  # Nothing follows the mandatory part.
    ]
    return "".join(_fitted(text, length) for text, length in fields)


def _name(name: str) -> str:
    """Return a ticket's name, cut to its place; of a long one, the given name keeps a letter."""
    family, _, given = name.partition("/")
    if len(name) <= NAME_LENGTH or not given:
        return name[:NAME_LENGTH]
    return f"{family[: NAME_LENGTH - 2]}/{given}"[:NAME_LENGTH]


def _seat(seat: str | None) -> str:
    if seat is None or seat == ON_A_LAP:
        return seat or ""
    return f"{int(seat[:-1]):03}{seat[-1]}"


def _fitted(text: str, length: int) -> str:
    if not text.isascii() or len(text) > length:
        raise ValueError(f"{text!r} does not fit into {length} characters of the bar code")
    return text.ljust(length)
