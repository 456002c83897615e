"""Which airlines' flights, bookings and mails a member of staff may see, and which one is meant."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from flask import abort
from flask_login import current_user

from webapp.accounts.models import Role
from webapp.network.queries import directory


def managed_airlines() -> tuple[str, ...]:
    """Return the codes of the airlines that the visitor may see; others do not exist for them."""
    if current_user.role == Role.ADMIN:
        return tuple(directory().airlines)
    return (current_user.airline_iata,)


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
