"""Commands: import schedules from a file of comma-separated values, and make their flights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, false, func, select
from sqlalchemy.exc import IntegrityError

from webapp import clock
from webapp.db import db, transaction
from webapp.flights.generation import DAYS_AHEAD, extend_schedules
from webapp.flights.models import Flight, FlightStatus, Schedule
from webapp.flights.schedule_lines import FileRefused, known_to, parsed_line, read_lines

# Of schedules without an end it is unknown, which is no answer of a WHERE.
_NEVER_FLIES = func.coalesce(Schedule.operates_to < Schedule.operates_from, false())


@dataclass(frozen=True)
class SchedulesImported:
    """How many schedules are new, how many were there as they are, and the flights made.

    `later` of the new ones begin after the last day up to which flights are made.
    """

    new: int
    there: int
    flights: int
    later: int


@dataclass(frozen=True)
class SchedulesInFile:
    """The schedules that a file would add, and how many of it are there as they are."""

    new: list[Schedule]
    there: int


def import_schedules(
    content: bytes, days_ahead: int = DAYS_AHEAD, airlines: Collection[str] | None = None
) -> SchedulesImported:
    """Import every line of a file or none, and make flights for `days_ahead` days.

    Owns its transaction. Safe to repeat, also at once: a schedule that is there with the same
    content stays. Raises FileRefused, for what schedules_in() says.
    """
    try:
        return _import(content, days_ahead, airlines)
    except IntegrityError:  # The file was sent twice, and the other one was first.
        return _import(content, days_ahead, airlines)


def _import(content: bytes, days_ahead: int, airlines: Collection[str] | None) -> SchedulesImported:
    with transaction() as session:
        found = schedules_in(content, airlines)
        _make_room(found.new)
        session.add_all(found.new)
        session.flush()  # The flights are made from the rows.
        until = clock.now().date() + timedelta(days=days_ahead)
        flights = extend_schedules(session, until)
    later = sum(schedule.operates_from > until for schedule in found.new)
    return SchedulesImported(len(found.new), found.there, flights, later)


def schedules_in(content: bytes, airlines: Collection[str] | None = None) -> SchedulesInFile:
    """Return what importing a file would add. Raises FileRefused.

    Where `airlines` are given, no other one's schedules are taken. A schedule that is there with
    other content is refused, since its flights may be booked, and so is one that would fly on a
    day on which another of its number does, or a flight that staff made. Where such a flight is
    cancelled, that day stays without one.
    """
    rows, errors = read_lines(content)
    known = known_to(airlines)
    parsed = {line: parsed_line(line, row, known, errors) for line, row in rows}
    there = _there()
    new: dict[tuple[Any, ...], Schedule] = {}
    by_number: dict[tuple[Any, ...], list[Schedule]] = defaultdict(list)
    for known_one in there.values():
        by_number[_number(known_one)].append(known_one)
    for line, schedule in parsed.items():
        if schedule is None:
            continue
        key = _key(schedule)
        twin = there.get(key) or new.get(key)
        if twin is None:
            others = by_number[_number(schedule)]
            errors += [f"line {line}: {trouble}" for trouble in _clashes(schedule, others)]
            new[key] = schedule
            others.append(schedule)
        elif _content(twin) != _content(schedule):
            errors.append(
                f"line {line}: this flight is scheduled from this day already, "
                "with other times, days or fares"
            )
    if errors:
        raise FileRefused(errors)
    return SchedulesInFile(list(new.values()), len(parsed) - len(new))


def _clashes(schedule: Schedule, others: Collection[Schedule]) -> Iterator[str]:
    if not _ever_flies(schedule):
        yield "it has no day of operation that is still to come"
    for other in others:
        if _overlap(schedule, other):
            yield (
                f"this number flies on some of these days already, "
                f"in the schedule from {other.operates_from}"
            )
    flown = _days_flown(schedule)
    if flown:
        yield f"a flight of this number leaves there on {flown[0]} already"


def _make_room(new: Collection[Schedule]) -> None:
    """Take out the schedules that ended before they began and have the keys of new ones."""
    keys = {_key(schedule) for schedule in new}
    called_off = db.session.scalars(select(Schedule).where(_NEVER_FLIES))
    gone = [schedule.id for schedule in called_off if _key(schedule) in keys]
    db.session.execute(delete(Schedule).where(Schedule.id.in_(gone)))


def _there() -> dict[tuple[Any, ...], Schedule]:
    flying = db.session.scalars(select(Schedule).where(~_NEVER_FLIES))
    return {_key(schedule): schedule for schedule in flying}


def _key(schedule: Schedule) -> tuple[Any, ...]:
    return (
        schedule.airline_iata,
        schedule.number,
        schedule.origin_iata,
        schedule.operates_from,
    )


def _number(schedule: Schedule) -> tuple[Any, ...]:
    return schedule.airline_iata, schedule.number, schedule.origin_iata


def _ever_flies(schedule: Schedule) -> bool:
    """Tell whether a schedule has a day that is not over."""
    first = max(schedule.operates_from, clock.now().date())
    # A week has every day of the week.
    week = (first + timedelta(days=shift) for shift in range(7))
    last = schedule.operates_to or date.max
    return any(day <= last and str(day.isoweekday()) in schedule.days for day in week)


def _overlap(one: Schedule, other: Schedule) -> bool:
    """Tell whether two schedules have a day of operation in common."""
    first = max(one.operates_from, other.operates_from)
    last = min(one.operates_to or date.max, other.operates_to or date.max)
    # A week from the first day has every day of the week.
    days = (first + timedelta(days=shift) for shift in range(7))
    common = {*one.days} & {*other.days}
    return any(day <= last and str(day.isoweekday()) in common for day in days)


def _days_flown(schedule: Schedule) -> list[date]:
    """Return the days of a new schedule on which a flight of its number leaves there already."""
    query = select(Flight.departs_on).where(
        Flight.airline_iata == schedule.airline_iata,
        Flight.number == schedule.number,
        Flight.origin_iata == schedule.origin_iata,
        Flight.departs_on >= max(schedule.operates_from, clock.now().date()),
        Flight.departs_on <= (schedule.operates_to or date.max),
        Flight.status != FlightStatus.CANCELLED,
    )
    flown = db.session.scalars(query.order_by(Flight.departs_on))
    return [day for day in flown if str(day.isoweekday()) in schedule.days]


def _content(schedule: Schedule) -> tuple[Any, ...]:
    return (
        schedule.destination_iata,
        schedule.operates_to,
        schedule.days,
        schedule.departs_local,
        schedule.arrives_local,
        schedule.arrival_day_shift,
        schedule.aircraft_type,
        schedule.base_fare_minor,
    )
