"""Reads: flights as staff see them, with their load, whom they carry and their history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import selectinload

from webapp import clock
from webapp.booking.models import Booking, Segment
from webapp.booking.queries import NewTimes, confirmed_segments_of, flies_on, travellers_on
from webapp.db import db
from webapp.flights.models import (
    ClaimStatus,
    Flight,
    FlightCabin,
    FlightEvent,
    FlightStatus,
    Reason,
    Schedule,
    SeatClaim,
)
from webapp.flights.operations import lands_at_earliest, statuses_after
from webapp.flights.queries import BEFORE_DEPARTURE, flight_of, is_on_ground, last_line_of
from webapp.money import Money
from webapp.network.models import Cabin
from webapp.staff.paging import PAGE_SIZE, Page, page_within

FURTHEST_AHEAD_OF_UTC = timedelta(hours=14)
FURTHEST_BEHIND_UTC = timedelta(hours=12)
# What is later than that has other times, and is no delay.
LONGEST_DELAY = timedelta(days=3)


class Routes(NamedTuple):
    """Whose flights staff ask for, and on which routes; no places are any places."""

    airlines: tuple[str, ...]
    origins: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    number: int | None = None


@dataclass(frozen=True)
class Wanted:
    """Which flights staff ask for; without `day_from`, those that have not left yet.

    Days are local to each origin and `day_to` is included.
    """

    routes: Routes
    day_from: date | None
    day_to: date
    status: str | None = None
    page: int = 1


@dataclass(frozen=True)
class CabinLoad:
    """How full one cabin of a flight is; holds past their time do not count."""

    cabin: Cabin
    capacity: int
    sellable: int
    is_closed: bool
    sold: int
    held: int
    fare: Money

    @property
    def taken(self) -> int:
        """The seats that nobody else can have at this moment."""
        return self.sold + self.held

    @property
    def left(self) -> int:
        """The seats that can still be sold."""
        return self.sellable - self.taken

    @property
    def too_many(self) -> int:
        """The seats that are sold above those of the aircraft."""
        return max(0, self.sold - self.capacity)

    @property
    def percent(self) -> int:
        """How full the cabin is, rounded down: only a full one is 100 %."""
        return 100 * self.taken // self.sellable if self.sellable else 0


@dataclass(frozen=True)
class StaffFlight:
    """A flight in the local times of its airports, with its load, at one moment."""

    flight: Flight
    departs_at: datetime
    arrives_at: datetime
    loads: tuple[CabinLoad, ...]
    seen_at: datetime

    @property
    def address(self) -> dict[str, Any]:
        """What names the flight in an address."""
        return {
            "designator": f"{self.flight.airline_iata}{self.flight.number}",
            "departs_on": self.flight.departs_on.isoformat(),
            "origin": self.flight.origin_iata,
        }

    @property
    def day_shift(self) -> int:
        """How many dates later (or earlier) than it departs the flight arrives."""
        return (self.arrives_at.date() - self.departs_at.date()).days

    @property
    def expected_departure_shift(self) -> int:
        """How many dates after its own the flight is expected to leave."""
        return (self.expected_departs_at.date() - self.departs_at.date()).days

    @property
    def expected_day_shift(self) -> int:
        """How many dates after (or before) its own the flight is expected to arrive."""
        return (self.expected_arrives_at.date() - self.departs_at.date()).days

    @property
    def minutes(self) -> int:
        """The elapsed time from gate to gate."""
        # Two local times of one zone would be subtracted without their offsets.
        return int((self.flight.arrives_at - self.flight.departs_at).total_seconds()) // 60

    @property
    def status(self) -> FlightStatus:
        """The status that holds now: past its time an open flight has departed.

        The row may say `scheduled` until somebody writes down that it left.
        """
        if self.flight.status in BEFORE_DEPARTURE and (
            self.flight.expected_departs_at <= self.seen_at
        ):
            return FlightStatus.DEPARTED
        return FlightStatus(self.flight.status)

    @property
    def is_open(self) -> bool:
        """Tell whether staff can still change the flight, which may stand there past its time."""
        return is_on_ground(self.flight)

    @property
    def is_unrecorded(self) -> bool:
        """Tell whether it counts as departed by the clock alone."""
        return self.status == FlightStatus.DEPARTED != self.flight.status

    @property
    def is_overdue(self) -> bool:
        """Tell whether its time is over, but nobody wrote that it left."""
        return self.is_open and self.is_unrecorded

    @property
    def expected_departs_at(self) -> datetime:
        """When it leaves as far as is known, on the clocks of the origin."""
        return self.at_origin(self.flight.expected_departs_at)

    @property
    def expected_arrives_at(self) -> datetime:
        """When it arrives as far as is known, on the clocks of the destination."""
        return self.at_destination(self.flight.expected_arrives_at)

    @property
    def lands_at_earliest(self) -> datetime | None:
        """Before which it cannot have landed, on the clocks of the destination, while it flies."""
        lands_at = lands_at_earliest(self.flight)
        is_flying = self.status == FlightStatus.DEPARTED and lands_at > self.seen_at
        return self.at_destination(lands_at) if is_flying else None

    @property
    def is_delayed(self) -> bool:
        """Tell whether it is expected at other times than it is planned for."""
        expected = self.flight.expected_departs_at, self.flight.expected_arrives_at
        return expected != (self.flight.departs_at, self.flight.arrives_at)

    @property
    def reason_of_delay(self) -> Reason | None:
        """Why it is late; None where it is not, or nobody said."""
        reason = self.flight.reason
        return Reason(reason) if reason and self.is_delayed else None

    @property
    def seen(self) -> int:
        """What a form carries back, to tell that nobody changed the flight meanwhile."""
        return last_line_of(self.flight.id)

    @property
    def next_statuses(self) -> tuple[FlightStatus, ...]:
        """What can be written down of it at this moment."""
        return statuses_after(self.flight)

    def at_origin(self, instant: datetime | str) -> datetime:
        """Return an instant on the clocks of the origin; history keeps instants as ISO text."""
        return _instant(instant).astimezone(self.departs_at.tzinfo)

    def at_destination(self, instant: datetime | str) -> datetime:
        """Return an instant on the clocks of the destination."""
        return _instant(instant).astimezone(self.arrives_at.tzinfo)


@dataclass(frozen=True)
class Carried:
    """How many confirmed bookings are on a flight, and how many people they bring."""

    bookings: int
    travellers: int


def flights_found(wanted: Wanted) -> Page[StaffFlight]:
    """Return a page of the flights asked for, by day, then as they are expected to leave.

    Past the end it is the last page.
    """
    conditions = _conditions(wanted)
    total = db.session.scalar(select(func.count()).select_from(Flight).where(*conditions)) or 0
    page = page_within(wanted.page, total)
    query = (
        select(Flight)
        .where(*conditions)
        .order_by(Flight.departs_on, Flight.expected_departs_at, Flight.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return Page(shown_flights(query), total, page)


def shown_flights(query: Select[Flight]) -> list[StaffFlight]:
    """Return the flights of a query, in its order."""
    # Joins would be made for all the rows that are sorted, and not for the page alone.
    whole = query.options(
        selectinload(Flight.aircraft),
        selectinload(Flight.origin),
        selectinload(Flight.destination),
        selectinload(Flight.cabins),
    )
    flights = db.session.scalars(whole).all()
    lapsed = _lapsed_seats([flight.id for flight in flights])
    now = clock.now()
    return [_shown(flight, lapsed, now) for flight in flights]


def staff_flight(
    airlines: Sequence[str], airline_iata: str, number: int, departs_on: date, origin_iata: str
) -> StaffFlight | None:
    """Return a flight of one of `airlines`; to anybody else's staff it does not exist."""
    if airline_iata not in airlines:
        return None
    flight = flight_of(airline_iata, number, departs_on, origin_iata)
    if flight is None:
        return None
    return _shown(flight, _lapsed_seats([flight.id]), clock.now())


def moved_flight(
    airlines: Sequence[str], airline_iata: str, number: int, departed_on: date, origin_iata: str
) -> StaffFlight | None:
    """Return a flight of one of `airlines` that left on a day before it was moved to another."""
    if airline_iata not in airlines:
        return None
    query = (
        select(Flight, FlightEvent.before)
        .join(FlightEvent, FlightEvent.flight_id == Flight.id)
        .where(
            Flight.airline_iata == airline_iata,
            Flight.number == number,
            Flight.origin_iata == origin_iata,
            FlightEvent.what == "retimed",
        )
        .order_by(FlightEvent.id.desc())
    )
    for flight, before in db.session.execute(query):
        zone = ZoneInfo(flight.origin.timezone)
        if _instant(before["departs_at"]).astimezone(zone).date() == departed_on:
            return _shown(flight, _lapsed_seats([flight.id]), clock.now())
    return None


def carried_by(flight_id: int) -> Carried:
    """Return whom confirmed bookings bring onto a flight, infants included."""
    bookings = select(func.count()).select_from(Segment).join(Booking).where(flies_on(flight_id))
    return Carried(db.session.scalar(bookings) or 0, travellers_on(flight_id))


def told_of(new: NewTimes) -> Carried:
    """Return the bookings, and the people they bring, that would be told these times by mail."""
    bookings = [
        segment.booking
        for segment in confirmed_segments_of(*new)
        if not segment.is_told_of(*new[segment.flight_id])
    ]
    return Carried(len(bookings), sum(each.travellers for each in bookings))


def on_routes(of: type[Flight | Schedule], routes: Routes) -> list[ColumnElement[bool]]:
    """Return what flights or schedules have to be like to fly on some routes."""
    conditions: list[ColumnElement[bool]] = [of.airline_iata.in_(routes.airlines)]
    if routes.origins:
        conditions.append(of.origin_iata.in_(routes.origins))
    if routes.destinations:
        conditions.append(of.destination_iata.in_(routes.destinations))
    if routes.number is not None:
        conditions.append(of.number == routes.number)
    return conditions


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    now = clock.now()
    conditions = [*on_routes(Flight, wanted.routes), Flight.departs_on <= wanted.day_to]
    if wanted.day_from:
        conditions.append(Flight.departs_on >= wanted.day_from)
    else:
        # Wherever it is still today somewhere, some flights of that date have not left, and a
        # delayed one may be of the day before. The date is what the index knows; the instant
        # decides only where it must.
        today = (now - FURTHEST_BEHIND_UTC).date() - timedelta(days=1)
        all_ahead = (now + FURTHEST_AHEAD_OF_UTC).date() + timedelta(days=1)
        conditions.append(Flight.departs_on >= today)
        conditions.append(or_(Flight.departs_on >= all_ahead, Flight.expected_departs_at > now))
    if wanted.status:
        conditions.append(_has_status(wanted.status, now))
    return conditions


def _has_status(status: str, now: datetime) -> ColumnElement[bool]:
    """Return StaffFlight.status as a condition."""
    expected = Flight.expected_departs_at
    if status in BEFORE_DEPARTURE:
        return and_(Flight.status == status, expected > now)
    if status == FlightStatus.DEPARTED:
        has_left = and_(Flight.status.in_(BEFORE_DEPARTURE), expected <= now)
        return or_(Flight.status == status, has_left)
    return Flight.status == status


def _shown(flight: Flight, lapsed: dict[tuple[int, str], int], now: datetime) -> StaffFlight:
    order = list(Cabin)
    loads = [
        _load(cabin, lapsed.get((flight.id, cabin.cabin), 0))
        for cabin in sorted(flight.cabins, key=lambda each: order.index(Cabin(each.cabin)))
        # An aircraft swap leaves an empty cabin where the new aircraft has none.
        if cabin.capacity or cabin.sellable or cabin.sold or cabin.held
    ]
    return StaffFlight(
        flight,
        flight.departs_at.astimezone(ZoneInfo(flight.origin.timezone)),
        flight.arrives_at.astimezone(ZoneInfo(flight.destination.timezone)),
        tuple(loads),
        now,
    )


def _load(cabin: FlightCabin, lapsed: int) -> CabinLoad:
    return CabinLoad(
        Cabin(cabin.cabin),
        cabin.capacity,
        cabin.sellable - (lapsed if cabin.is_closed else 0),
        cabin.is_closed,
        cabin.sold,
        cabin.held - lapsed,
        Money(cabin.fare_minor, cabin.currency),
    )


def _lapsed_seats(flight_ids: Sequence[int]) -> dict[tuple[int, str], int]:
    # A hold past its time holds nothing, even while its row still says so: these are the seats
    # that `held` counts too many.
    query = (
        select(SeatClaim.flight_id, SeatClaim.cabin, func.sum(SeatClaim.seats))
        .where(
            SeatClaim.flight_id.in_(flight_ids),
            SeatClaim.status == ClaimStatus.HELD,
            SeatClaim.expires_at <= clock.now(),
        )
        .group_by(SeatClaim.flight_id, SeatClaim.cabin)
    )
    return {(flight_id, cabin): int(seats) for flight_id, cabin, seats in db.session.execute(query)}


def _instant(instant: datetime | str) -> datetime:
    return datetime.fromisoformat(instant) if isinstance(instant, str) else instant
