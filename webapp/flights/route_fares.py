"""Reads: the fares of routes over many days, whether or not seats are left at them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select

from webapp.db import Base, db, in_one_text, rows_in
from webapp.flights.models import Flight, FlightCabin, FlightStatus
from webapp.network.models import Cabin

_flights = Base.metadata.tables[Flight.__tablename__]
_cabins = Base.metadata.tables[FlightCabin.__tablename__]
_FLOWN = and_(
    _cabins.c.flight_id == _flights.c.id,
    _cabins.c.cabin == bindparam("cabin"),
    _flights.c.departs_on.between(bindparam("first"), bindparam("last")),
    _flights.c.status != FlightStatus.CANCELLED.value,
)
_FARES = select(in_one_text(_cabins.c.fare_minor, _cabins.c.currency)).where(
    _FLOWN,
    _flights.c.origin_iata.in_(bindparam("origins", expanding=True)),
    _flights.c.destination_iata.in_(bindparam("destinations", expanding=True)),
)


class DayFare(NamedTuple):
    """The lowest adult fare on a route on a local day."""

    origin_iata: str
    destination_iata: str
    on: date
    fare_minor: int
    currency: str


def nonstop_fares(
    origins: Sequence[str], destinations: Sequence[str], first: date, last: date, cabin: Cabin
) -> list[tuple[int, str]]:
    """Return fare and currency of each flight from some airports to others between two days."""
    values = {
        "origins": list(origins),
        "destinations": list(destinations),
        "first": first,
        "last": last,
        "cabin": cabin.value,
    }
    text = db.session.connection().execute(_FARES, values).scalar_one()
    return [(fare_minor, currency) for fare_minor, currency in rows_in(text)]


def lowest_on(
    routes: Collection[tuple[str, str]], first: date, last: date, cabin: Cabin
) -> dict[tuple[str, str], int]:
    """Return the lowest fare of each route between two days, in whatever currency."""
    if not routes:
        return {}
    query = (
        select(_flights.c.origin_iata, _flights.c.destination_iata, func.min(_cabins.c.fare_minor))
        .where(_FLOWN, _on(routes))
        .group_by(_flights.c.origin_iata, _flights.c.destination_iata)
    )
    values = {"first": first, "last": last, "cabin": cabin.value}
    rows = db.session.connection().execute(query, values)
    return {(origin, destination): fare_minor for origin, destination, fare_minor in rows}


def lowest_a_day(
    routes: Collection[tuple[str, str]], first: date, last: date, cabin: Cabin
) -> list[DayFare]:
    """Return the lowest fare of each route on each day between two days on which it is flown."""
    if not routes:
        return []
    query = (
        select(
            _flights.c.origin_iata,
            _flights.c.destination_iata,
            _flights.c.departs_on,
            func.min(_cabins.c.fare_minor),
            _cabins.c.currency,
        )
        .where(_FLOWN, _on(routes))
        .group_by(
            _flights.c.origin_iata,
            _flights.c.destination_iata,
            _flights.c.departs_on,
            _cabins.c.currency,
        )
    )
    values = {"first": first, "last": last, "cabin": cabin.value}
    return [DayFare(*row) for row in db.session.connection().execute(query, values)]


def _on(routes: Collection[tuple[str, str]]) -> ColumnElement[bool]:
    by_origin: dict[str, set[str]] = defaultdict(set)
    for origin, destination in routes:
        by_origin[origin].add(destination)
    return or_(
        *(
            and_(_flights.c.origin_iata == origin, _flights.c.destination_iata.in_(sorted(ends)))
            for origin, ends in sorted(by_origin.items())
        )
    )
