"""Tables: schedules, dated flights, their cabins, the claims on their seats, their history."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    UniqueConstraint,
    false,
    func,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db import Base, Id, UtcDateTime, code, word
from webapp.flights.local_time import LocalTimes
from webapp.network.models import Aircraft, Airline, Airport


class FlightStatus(StrEnum):
    """Where a flight stands on its day."""

    SCHEDULED = "scheduled"
    DELAYED = "delayed"
    BOARDING = "boarding"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    CANCELLED = "cancelled"


class Reason(StrEnum):
    """Why a flight is late, moved or cancelled, as its travellers are told."""

    WEATHER = "weather"
    AIR_TRAFFIC_CONTROL = "air_traffic_control"
    AIRPORT = "airport"
    TECHNICAL = "technical"
    LATE_AIRCRAFT = "late_aircraft"
    CREW = "crew"
    STRIKE = "strike"
    OPERATIONAL = "operational"


class ClaimStatus(StrEnum):
    """What a claim does to its cabin: counts as held, counts as sold, or counts no more."""

    HELD = "held"
    SOLD = "sold"
    RELEASED = "released"


class Schedule(Base):
    """A flight number over a period of operation, in local times, on days of operation 1234567.

    Flights exist up to and including `generated_to`; extending it is what rolls the schedule on.
    Where staff let it end, `ended_by` says who.
    """

    __tablename__ = "schedules"
    __table_args__ = (UniqueConstraint("airline_iata", "number", "origin_iata", "operates_from"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    airline_iata: Mapped[str] = mapped_column(ForeignKey("airlines.iata"))
    number: Mapped[int] = mapped_column(SmallInteger)
    origin_iata: Mapped[str] = mapped_column(ForeignKey("airports.iata"))
    destination_iata: Mapped[str] = mapped_column(ForeignKey("airports.iata"))
    operates_from: Mapped[date]
    operates_to: Mapped[date | None]
    days: Mapped[str] = mapped_column(word(7))
    departs_local: Mapped[time]
    arrives_local: Mapped[time]
    arrival_day_shift: Mapped[int] = mapped_column(SmallInteger, default=0)
    aircraft_type: Mapped[str] = mapped_column(ForeignKey("aircraft_types.code"))
    base_fare_minor: Mapped[int] = mapped_column(Integer)
    generated_to: Mapped[date] = mapped_column(index=True)
    ended_by: Mapped[str | None] = mapped_column(String(254))

    @property
    def times(self) -> LocalTimes:
        """When it leaves and arrives on each of its days."""
        return LocalTimes(self.departs_local, self.arrives_local, self.arrival_day_shift)

    @times.setter
    def times(self, times: LocalTimes) -> None:
        self.departs_local, self.arrives_local, self.arrival_day_shift = times


class Flight(Base):
    """One leg on one date. `departs_on` is the local date at the origin.

    `reason` says why it is not as planned, and belongs to what was done to it last: to its delay
    or its cancellation, otherwise to its new times.
    """

    __tablename__ = "flights"
    __table_args__ = (
        UniqueConstraint("airline_iata", "number", "departs_on", "origin_iata"),
        CheckConstraint("arrives_at > departs_at", name="arrives_after_departing"),
        CheckConstraint("origin_iata <> destination_iata", name="goes_somewhere"),
        # With the status, so that the fares of a month need no row of a flight.
        Index("ix_flights_route_status", "origin_iata", "destination_iata", "departs_on", "status"),
        Index("ix_flights_airline_day", "airline_iata", "departs_on"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    airline_iata: Mapped[str] = mapped_column(ForeignKey("airlines.iata"))
    number: Mapped[int] = mapped_column(SmallInteger)
    origin_iata: Mapped[str] = mapped_column(ForeignKey("airports.iata"))
    destination_iata: Mapped[str] = mapped_column(ForeignKey("airports.iata"), index=True)
    departs_on: Mapped[date]
    departs_at: Mapped[datetime] = mapped_column(UtcDateTime)
    arrives_at: Mapped[datetime] = mapped_column(UtcDateTime)
    estimated_departs_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    estimated_arrives_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(word(10), default=FlightStatus.SCHEDULED)
    reason: Mapped[str | None] = mapped_column(word(20))
    aircraft_id: Mapped[int] = mapped_column(ForeignKey("aircraft.id"))
    terminal: Mapped[str | None] = mapped_column(String(4))
    gate: Mapped[str | None] = mapped_column(String(6))

    airline: Mapped[Airline] = relationship()
    origin: Mapped[Airport] = relationship(foreign_keys=[origin_iata])
    destination: Mapped[Airport] = relationship(foreign_keys=[destination_iata])
    aircraft: Mapped[Aircraft] = relationship()
    cabins: Mapped[list[FlightCabin]] = relationship(back_populates="flight")

    @property
    def designator(self) -> str:
        """The airline's code and the flight number, as on a departure board: B6 123."""
        return f"{self.airline_iata} {self.number}"

    @hybrid_property
    def expected_departs_at(self) -> datetime:
        """When it leaves as far as is known: as estimated on its day, else as scheduled."""
        return self.estimated_departs_at or self.departs_at

    @expected_departs_at.inplace.expression
    @classmethod
    def _expected_departs_at(cls) -> ColumnElement[datetime]:
        return func.coalesce(cls.estimated_departs_at, cls.departs_at, type_=UtcDateTime)

    @property
    def expected_arrives_at(self) -> datetime:
        """When it arrives as far as is known."""
        return self.estimated_arrives_at or self.arrives_at


class FlightCabin(Base):
    """The inventory of one cabin of one flight.

    `sold` and `held` are the sums of its claims. The CHECK is the last word against overselling:
    whatever the code does, the database refuses the seat that is not there. `sellable` is the
    capacity and what staff allow to be sold above it; of a cabin that they closed it is what is
    taken, so a seat that comes back is not sold again.
    """

    __tablename__ = "flight_cabins"
    __table_args__ = (
        CheckConstraint("sold >= 0", name="sold"),
        CheckConstraint("held >= 0", name="held"),
        CheckConstraint("sold + held <= sellable", name="not_oversold"),
        CheckConstraint("NOT is_closed OR sold + held = sellable", name="stays_closed"),
        CheckConstraint("fare_minor > 0", name="fare"),
    )

    flight_id: Mapped[int] = mapped_column(ForeignKey("flights.id"), primary_key=True)
    cabin: Mapped[str] = mapped_column(word(16), primary_key=True)
    capacity: Mapped[int] = mapped_column(SmallInteger)
    sellable: Mapped[int] = mapped_column(SmallInteger)
    is_closed: Mapped[bool] = mapped_column(default=False, server_default=false())
    sold: Mapped[int] = mapped_column(SmallInteger, default=0)
    held: Mapped[int] = mapped_column(SmallInteger, default=0)
    fare_minor: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(code(3))

    flight: Mapped[Flight] = relationship(back_populates="cabins")


class SeatClaim(Base):
    """A number of seats in one cabin of one flight: held until `expires_at`, sold, or released."""

    __tablename__ = "seat_claims"
    __table_args__ = (
        ForeignKeyConstraint(
            ["flight_id", "cabin"], ["flight_cabins.flight_id", "flight_cabins.cabin"]
        ),
        CheckConstraint("seats > 0", name="seats"),
        # The foreign key has an index of its own, in which a change of state changes nothing.
        # InnoDB checks a foreign key again, under a shared lock on the cabin's row, whenever its
        # index entry moves; two claims that change state would then wait for each other there.
        Index("ix_seat_claims_flight_cabin", "flight_id", "cabin"),
        Index("ix_seat_claims_status", "status", "flight_id", "cabin", "expires_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    flight_id: Mapped[int] = mapped_column(Id)
    cabin: Mapped[str] = mapped_column(word(16))
    seats: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[str] = mapped_column(word(10), default=ClaimStatus.HELD)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class FlightEvent(Base):
    """A line of a flight's history: who did what, when, from what to what."""

    __tablename__ = "flight_events"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    flight_id: Mapped[int] = mapped_column(ForeignKey("flights.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(254))
    what: Mapped[str] = mapped_column(word(40), index=True)
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
