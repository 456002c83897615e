"""Which airlines' flights, bookings and mails a member of staff may see, and which one is meant."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from flask import abort

from webapp.booking.access import staff_airline
from webapp.network.queries import directory


def managed_airlines() -> tuple[str, ...]:
    """Return the codes of the airlines that the visitor may see; others do not exist for them."""
    airline = staff_airline()
    return (airline,) if airline else tuple(directory().airlines)


class Named(NamedTuple):
    """What an address names: a flight number of an airline, a local day and an airport."""

    airlines: tuple[str, ...]
    airline_iata: str
    number: int
    day: date
    origin_iata: str


def named_in_address(designator: str, day: str, origin: str) -> Named:
    """Return what an address names, for the airlines that the visitor may see; 404 for nonsense."""
    airline, number = designator[:2].upper(), designator[2:]
    try:
        on = date.fromisoformat(day)
    except ValueError:
        abort(404)
    # MariaDB refuses to compare other letters with a column that holds ASCII alone.
    if not ((designator + origin).isascii() and number.isdigit() and len(number) <= 4):
        abort(404)
    return Named(managed_airlines(), airline, int(number), on, origin.upper())
