"""Reads: schedules as staff see them, and what ending or moving one would do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, func, or_, select

from webapp import clock
from webapp.booking.connections import connections_lost
from webapp.booking.models import Booking, Segment
from webapp.booking.queries import flies_on, travellers_on
from webapp.booking.schedule_changes.queries import choices_owed
from webapp.db import db
from webapp.flights.local_time import LocalTimes
from webapp.flights.models import Schedule
from webapp.flights.pending import flights_beyond, moves_of
from webapp.money import Money
from webapp.network.models import Airline
from webapp.staff.paging import PAGE_SIZE, Page, page_within
from webapp.staff.queries import Carried, Routes, on_routes, told_of

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHOWN = select(Schedule, Airline.currency).join(Airline, Airline.iata == Schedule.airline_iata)


@dataclass(frozen=True)
class StaffSchedule:
    """A schedule with its fare: what an adult pays in economy on an ordinary day."""

    schedule: Schedule
    fare: Money

    @property
    def address(self) -> dict[str, Any]:
        """What names the schedule in an address."""
        return {
            "designator": f"{self.schedule.airline_iata}{self.schedule.number}",
            "operates_from": self.schedule.operates_from.isoformat(),
            "origin": self.schedule.origin_iata,
        }

    @property
    def designator(self) -> str:
        """The airline's code and the flight number."""
        return f"{self.schedule.airline_iata} {self.schedule.number}"

    @property
    def days(self) -> str:
        """The days of operation as people say them."""
        if len(self.schedule.days) == len(_DAYS):
            return "Every day"
        return " ".join(_DAYS[int(day) - 1] for day in self.schedule.days)


@dataclass(frozen=True)
class Ending:
    """What a schedule that ends on a day leaves behind: flights to cancel, and whom they carry."""

    last_day: date
    flights: int
    carried: Carried


@dataclass(frozen=True)
class Moving:
    """What other times from a day on move: flights at once, booked ones, and whom they carry.

    `kept` are flights that stay where staff put them by hand. `told` are those who get a mail,
    `owed` and `lost` the bookings that may choose, for the time or for a connection.
    """

    flights: int
    booked: int
    kept: int
    told: Carried
    owed: int
    lost: int


def schedules_found(routes: Routes, asked: int) -> Page[StaffSchedule]:
    """Return a page of the schedules on some routes that are not over, by number."""
    # Days are local, and somewhere it is still yesterday.
    yesterday = clock.now().date() - timedelta(days=1)
    conditions = [
        *on_routes(Schedule, routes),
        or_(Schedule.operates_to.is_(None), Schedule.operates_to >= yesterday),
    ]
    total = db.session.scalar(select(func.count()).select_from(Schedule).where(*conditions)) or 0
    page = page_within(asked, total)
    query = (
        _SHOWN.where(*conditions)
        .order_by(
            Schedule.airline_iata, Schedule.number, Schedule.origin_iata, Schedule.operates_from
        )
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return Page([_shown(row) for row in db.session.execute(query)], total, page)


def as_staff_see(schedules: Collection[Schedule]) -> list[StaffSchedule]:
    """Return schedules that need not be saved yet with their fares."""
    airlines = db.session.execute(select(Airline.iata, Airline.currency))
    currencies = {row.iata: row.currency for row in airlines}
    return [
        StaffSchedule(each, Money(each.base_fare_minor, currencies[each.airline_iata]))
        for each in schedules
    ]


def schedule_of(
    airlines: Sequence[str], airline_iata: str, number: int, operates_from: date, origin_iata: str
) -> StaffSchedule | None:
    """Return a schedule of one of `airlines`; to anybody else's staff it does not exist."""
    if airline_iata not in airlines:
        return None
    query = _SHOWN.where(
        Schedule.airline_iata == airline_iata,
        Schedule.number == number,
        Schedule.operates_from == operates_from,
        Schedule.origin_iata == origin_iata,
    )
    row = db.session.execute(query).one_or_none()
    return _shown(row) if row else None


def flies_again_on(schedule: Schedule) -> date | None:
    """Return when the next schedule of the same number begins, if there is one."""
    query = select(func.min(Schedule.operates_from)).where(
        Schedule.airline_iata == schedule.airline_iata,
        Schedule.number == schedule.number,
        Schedule.origin_iata == schedule.origin_iata,
        Schedule.operates_from > schedule.operates_from,
    )
    return db.session.scalar(query)


def flights_ahead(schedule: Schedule) -> int:
    """Return how many of a schedule's flights can be booked from today on."""
    return len(flights_beyond(schedule, clock.now().date() - timedelta(days=1)))


def ending_of(schedule: Schedule, last_day: date) -> Ending:
    """Return what would be cancelled if a schedule flew for the last time on a day."""
    flights = [flight.id for flight in flights_beyond(schedule, last_day)]
    carried = Carried(len(_booked_on(flights)), travellers_on(*flights))
    return Ending(last_day, len(flights), carried)


def moving_of(schedule: Schedule, first_day: date, times: LocalTimes) -> Moving:
    """Return what would move if a schedule flew at other times from a day on."""
    moves = list(moves_of(schedule, first_day, times))
    booked = set(_booked_on([move.flight.id for move in moves]))
    new = {move.flight.id: (move.departs_at, move.arrives_at) for move in moves}
    return Moving(
        flights=len(moves),
        booked=len(booked),
        kept=len(flights_beyond(schedule, first_day - timedelta(days=1))) - len(moves),
        told=told_of(new),
        owed=choices_owed(new),
        lost=connections_lost(new),
    )


def _booked_on(flight_ids: Collection[int]) -> list[int]:
    """Return the flight of each confirmed booking on some flights."""
    query = select(Segment.flight_id).join(Booking).where(flies_on(*flight_ids))
    return list(db.session.scalars(query))


def _shown(row: Row[Schedule, str]) -> StaffSchedule:
    schedule, currency = row
    return StaffSchedule(schedule, Money(schedule.base_fare_minor, currency))
