"""Reads: the flights that are to leave some airports within some time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from webapp.flights.models import Flight
from webapp.flights.queries import BEFORE_DEPARTURE
from webapp.staff.queries import (
    FURTHEST_AHEAD_OF_UTC,
    FURTHEST_BEHIND_UTC,
    LONGEST_DELAY,
    StaffFlight,
    shown_flights,
)

# So many are delayed by one press of a button.
MOST_AT_ONCE = 50


def flights_to_leave(
    airlines: Sequence[str], origins: Sequence[str], first: datetime, last: datetime
) -> list[StaffFlight]:
    """Return the flights of some airlines that are expected to leave from `first` to `last`.

    In the order in which they leave; one more than MOST_AT_ONCE where there are too many.
    """
    query = (
        select(Flight)
        .where(
            Flight.airline_iata.in_(airlines),
            Flight.origin_iata.in_(origins),
            # A delayed flight keeps its own date, which is what the index knows.
            Flight.departs_on >= (first - FURTHEST_BEHIND_UTC - LONGEST_DELAY).date(),
            Flight.departs_on <= (last + FURTHEST_AHEAD_OF_UTC).date(),
            Flight.expected_departs_at.between(first, last),
            Flight.status.in_(BEFORE_DEPARTURE),
        )
        .order_by(Flight.expected_departs_at, Flight.id)
        .limit(MOST_AT_ONCE + 1)
    )
    return shown_flights(query)
