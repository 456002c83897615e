"""Reads: what can be sold, flights as staff know them, whom a flight carries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import inf
from typing import NamedTuple

from sqlalchemy import (
    Connection,
    Select,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
)

from webapp import clock
from webapp.db import Base, UtcDateTime, db, in_one_text, instant_in, rows_in
from webapp.flights.models import (
    ClaimStatus,
    Flight,
    FlightCabin,
    FlightEvent,
    FlightStatus,
    Schedule,
    SeatClaim,
)
from webapp.network.models import Cabin

SALES_CLOSE = timedelta(minutes=60)
OPEN_STATUSES = (FlightStatus.SCHEDULED, FlightStatus.DELAYED)
BEFORE_DEPARTURE = (*OPEN_STATUSES, FlightStatus.BOARDING)
# For travellers a flight has left when its time is over. Staff may still say for so long that it
# stands at the gate: most delays are known only then.
STANDS_AT_MOST = timedelta(hours=6)

# Built once, on the tables rather than the classes: composing it anew costs more than running it.
_flights = Base.metadata.tables[Flight.__tablename__]
_cabins = Base.metadata.tables[FlightCabin.__tablename__]
_claims = Base.metadata.tables[SeatClaim.__tablename__]
# A hold past its time holds nothing, even while its row still says so: these are the seats that
# `held` counts too many. They are looked for only where any are held, and count for nothing where
# staff closed the cabin.
_LAPSED = (
    select(func.coalesce(func.sum(_claims.c.seats), 0))
    .where(
        _claims.c.flight_id == _cabins.c.flight_id,
        _claims.c.cabin == _cabins.c.cabin,
        _claims.c.status == ClaimStatus.HELD.value,
        _claims.c.expires_at <= bindparam("now"),
    )
    .scalar_subquery()
)
_COLUMNS = (
    _flights.c.id,
    _flights.c.airline_iata,
    _flights.c.number,
    _flights.c.origin_iata,
    _flights.c.destination_iata,
    _flights.c.departs_at,
    _flights.c.arrives_at,
    _cabins.c.fare_minor,
    _cabins.c.currency,
    _cabins.c.sellable - _cabins.c.sold - _cabins.c.held,
    case((and_(_cabins.c.held > 0, ~_cabins.c.is_closed), _LAPSED), else_=0),
    _flights.c.estimated_departs_at,
    _flights.c.estimated_arrives_at,
)
_SELLABLE = (
    select(in_one_text(*_COLUMNS))
    .select_from(_flights)
    .join(_cabins, _cabins.c.flight_id == _flights.c.id)
    .where(
        # Not as a list: SQLAlchemy writes each list anew at every execution.
        or_(*(_flights.c.status == status.value for status in OPEN_STATUSES)),
        _flights.c.departs_at > bindparam("sales_close_at"),
        _cabins.c.cabin == bindparam("cabin"),
        _cabins.c.sellable - _cabins.c.sold >= bindparam("seats"),
    )
)
_BETWEEN_AIRPORTS = (
    _flights.c.origin_iata == bindparam("origin"),
    _flights.c.destination_iata == bindparam("destination"),
)
_BETWEEN_PLACES = (
    _flights.c.origin_iata.in_(bindparam("origins", expanding=True)),
    _flights.c.destination_iata.in_(bindparam("destinations", expanding=True)),
)
_OF_DAY = _flights.c.departs_on == bindparam("day")
_OF_DAYS = _flights.c.departs_on.between(bindparam("first"), bindparam("last"))
# Most searches are between one airport and another, and cost a tenth less when asked so.
_ON_A_DAY = {
    True: _SELLABLE.where(*_BETWEEN_AIRPORTS, _OF_DAY),
    False: _SELLABLE.where(*_BETWEEN_PLACES, _OF_DAY),
}
_BETWEEN_DAYS = {
    True: _SELLABLE.where(*_BETWEEN_AIRPORTS, _OF_DAYS),
    False: _SELLABLE.where(*_BETWEEN_PLACES, _OF_DAYS),
}
_LEAVING = _SELLABLE.where(
    _OF_DAYS, _flights.c.departs_at.between(bindparam("first_at"), bindparam("last_at"))
)
_BETWEEN_ALL = _LEAVING.where(*_BETWEEN_PLACES)
_BY_ID = _SELLABLE.where(_flights.c.id.in_(bindparam("ids", expanding=True)))

_Query = Select[str | None]
_readings: ContextVar[list[Reading] | None] = ContextVar("readings", default=None)


class SellableFlight(NamedTuple):
    """A flight with seats left in one cabin, at the moment of the query.

    A delay of the day is in its estimates; None where it flies as planned. A tuple, as hundreds of
    them are made for a search, and a dataclass takes several times as long. For the same reason it
    has its times as seconds since 1970 too, by which thousands of connections are compared: when it
    `departs` and `arrives` by plan, `leaves` and `lands` as far as is known.
    """

    id: int
    airline_iata: str
    number: int
    origin_iata: str
    destination_iata: str
    departs_at: datetime
    arrives_at: datetime
    fare_minor: int
    currency: str
    seats_left: int
    estimated_departs_at: datetime | None
    estimated_arrives_at: datetime | None
    departs: float
    arrives: float
    leaves: float
    lands: float

    @property
    def expected_departs_at(self) -> datetime:
        """When it leaves as far as is known."""
        return self.estimated_departs_at or self.departs_at

    @property
    def expected_arrives_at(self) -> datetime:
        """When it arrives as far as is known."""
        return self.estimated_arrives_at or self.arrives_at


@dataclass(frozen=True, slots=True)
class Reading:
    """A read of flights that can be sold, and a digest of what the database said.

    Whoever kept what follows from the rows alone asks whether they are still the same. In whatever
    order they come: another order costs a needless look at them, no more.
    """

    query: _Query
    values: dict[str, object]
    digest: int

    def is_still_true(self) -> bool:
        """Ask again; tell whether fares, seats, times and all else are as they were found."""
        # Without a session: to open and close one costs as much as the question.
        with db.engine.connect() as connection:
            return hash(_text(connection, self.query, self.values)) == self.digest


@contextmanager
def noted_readings(are_wanted: bool) -> Iterator[list[Reading]]:
    """Note each read of flights that can be sold which the block makes, if that is wanted."""
    noted: list[Reading] = []
    outer = _readings.set(noted if are_wanted else None)
    try:
        yield noted
    finally:
        _readings.reset(outer)


def sellable_flights(
    origins: Sequence[str], destinations: Sequence[str], day: date, cabin: Cabin, seats: int
) -> list[SellableFlight]:
    """Return the flights of a local day that still have `seats` seats in a cabin, unordered."""
    is_one_each, places = _places(origins, destinations)
    return _with_seats(_ON_A_DAY[is_one_each], cabin, seats, day=day, **places)


def sellable_between(
    origins: Sequence[str],
    destinations: Sequence[str],
    first: date,
    last: date,
    cabin: Cabin,
    seats: int,
) -> list[SellableFlight]:
    """Return the flights from one local day to another that have seats left, unordered."""
    is_one_each, places = _places(origins, destinations)
    query = _BETWEEN_DAYS[is_one_each]
    return _with_seats(query, cabin, seats, first=first, last=last, **places)


def sellable_onward(
    routes: Collection[tuple[str, str]],
    first_at: datetime,
    last_at: datetime,
    cabin: Cabin,
    seats: int,
    most_minor: float = inf,
) -> list[SellableFlight]:
    """Return the flights on some routes that leave between two instants and have seats left.

    `most_minor` is the highest adult fare that is of interest.
    """
    if not routes:
        return []
    values: dict[str, object] = {
        "first_at": first_at,
        "last_at": last_at,
        # Local dates differ from UTC's by a day at most; the dates let the index do the work.
        "first": first_at.date() - timedelta(days=1),
        "last": last_at.date() + timedelta(days=1),
    }
    by_origin: dict[str, set[str]] = defaultdict(set)
    for origin, destination in routes:
        by_origin[origin].add(destination)
    destinations = set[str]().union(*by_origin.values())
    if len(routes) == len(by_origin) * len(destinations):
        # All lead to all, as with a single end: then there is nothing to compose.
        query = _BETWEEN_ALL
        values |= {"origins": sorted(by_origin), "destinations": sorted(destinations)}
    else:
        on_routes = [
            and_(_flights.c.origin_iata == origin, _flights.c.destination_iata.in_(ends))
            for origin, ends in sorted(by_origin.items())
        ]
        query = _LEAVING.where(or_(*on_routes))
    if most_minor < inf:
        query = query.where(_cabins.c.fare_minor <= most_minor)
    return _with_seats(query, cabin, seats, **values)


def routes_flown() -> set[tuple[str, str]]:
    """Return every pair of airports that any flight joins; a walk along the route index."""
    query = select(Flight.origin_iata, Flight.destination_iata).distinct()
    return {(origin, destination) for origin, destination in db.session.execute(query)}


def scheduled_to() -> date | None:
    """Return the last day up to which any schedule has made its flights so far."""
    # One that begins later stands at the day before it does.
    has_begun = Schedule.operates_from <= Schedule.generated_to
    return db.session.scalar(select(func.max(Schedule.generated_to)).where(has_begun))


def sellable_by_id(flight_ids: Sequence[int], cabin: Cabin, seats: int) -> list[SellableFlight]:
    """Return those of some flights that can still be sold, as sellable_flights() does."""
    return _with_seats(_BY_ID, cabin, seats, ids=list(flight_ids))


def _places(origins: Sequence[str], destinations: Sequence[str]) -> tuple[bool, dict[str, object]]:
    if len(origins) == len(destinations) == 1:
        return True, {"origin": origins[0], "destination": destinations[0]}
    return False, {"origins": list(origins), "destinations": list(destinations)}


def _with_seats(query: _Query, cabin: Cabin, seats: int, **values: object) -> list[SellableFlight]:
    values |= {"cabin": cabin.value, "seats": seats}
    text = _text(db.session.connection(), query, values)
    noted = _readings.get()
    if noted is not None:
        noted.append(Reading(query, values, hash(text)))
    flights = [_sellable_flight(*row) for row in rows_in(text)]
    return [flight for flight in flights if flight.seats_left >= seats]


def _text(connection: Connection, query: _Query, values: dict[str, object]) -> str | None:
    now = clock.now()
    times = {"now": now, "sales_close_at": now + SALES_CLOSE}
    return connection.execute(query, values | times).scalar_one()


def _sellable_flight(
    id_: int,
    airline_iata: str,
    number: int,
    origin_iata: str,
    destination_iata: str,
    departs_at: str,
    arrives_at: str,
    fare_minor: int,
    currency: str,
    left: int,
    lapsed: int,
    estimated_departs_at: str | None,
    estimated_arrives_at: str | None,
) -> SellableFlight:
    planned = instant_in(departs_at), instant_in(arrives_at)
    departs, arrives = planned[0].timestamp(), planned[1].timestamp()
    late_from = instant_in(estimated_departs_at) if estimated_departs_at else None
    late_to = instant_in(estimated_arrives_at) if estimated_arrives_at else None
    return SellableFlight(
        id_,
        airline_iata,
        number,
        origin_iata,
        destination_iata,
        *planned,
        fare_minor,
        currency,
        left + lapsed,
        late_from,
        late_to,
        departs,
        arrives,
        late_from.timestamp() if late_from else departs,
        late_to.timestamp() if late_to else arrives,
    )


def is_on_ground(flight: Flight) -> bool:
    """Tell whether staff may still change a flight: nobody wrote that it left, and it may stand."""
    is_late_by = clock.now() - flight.expected_departs_at
    return flight.status in BEFORE_DEPARTURE and is_late_by < STANDS_AT_MOST


def last_line_of(flight_id: int) -> int:
    """Return the id of the last line of a flight's history, 0 where there is none."""
    query = select(func.max(FlightEvent.id)).where(FlightEvent.flight_id == flight_id)
    return db.session.scalar(query) or 0


def recorded_at(flight_id: int, status: FlightStatus) -> datetime | None:
    """Return when it was last written down that a flight boards, left or arrived."""
    query = select(func.max(FlightEvent.at, type_=UtcDateTime)).where(
        FlightEvent.flight_id == flight_id, FlightEvent.what == status.value
    )
    return db.session.scalar(query)


def flight_of(airline_iata: str, number: int, departs_on: date, origin_iata: str) -> Flight | None:
    """Return the flight that a designator, a date and an origin name."""
    query = select(Flight).where(
        Flight.airline_iata == airline_iata,
        Flight.number == number,
        Flight.departs_on == departs_on,
        Flight.origin_iata == origin_iata,
    )
    return db.session.scalar(query)


def moves_of(flight_ids: Collection[int], since: datetime) -> list[FlightEvent]:
    """Return when flights were moved, delayed or cancelled since a moment, in that order."""
    query = (
        select(FlightEvent)
        .where(
            FlightEvent.flight_id.in_(flight_ids),
            FlightEvent.what.in_(("retimed", "delayed", "cancelled")),
            FlightEvent.at >= since,
        )
        .order_by(FlightEvent.id)
    )
    return list(db.session.scalars(query))


def history_of(flight_id: int) -> list[FlightEvent]:
    """Return what was done to a flight, the latest first."""
    query = (
        select(FlightEvent)
        .where(FlightEvent.flight_id == flight_id)
        .order_by(FlightEvent.id.desc())
    )
    return list(db.session.scalars(query))
