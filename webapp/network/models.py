"""Tables: airports, airlines, aircraft types, seat layouts, aircraft."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Integer, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db import Base, Id, code, word


class Cabin(StrEnum):
    """The classes of travel, from front to back."""

    FIRST = "first"
    BUSINESS = "business"
    PREMIUM_ECONOMY = "premium_economy"
    ECONOMY = "economy"

    @property
    def label(self) -> str:
        """The cabin's name as a traveller reads it."""
        return self.value.replace("_", " ").capitalize()


class Airport(Base):
    """An airport; `city_code` (LON) covers all the airports of one city."""

    __tablename__ = "airports"

    iata: Mapped[str] = mapped_column(code(3), primary_key=True)
    city_code: Mapped[str] = mapped_column(code(3), index=True)
    name: Mapped[str] = mapped_column(String(120))
    city: Mapped[str] = mapped_column(String(80))
    country: Mapped[str] = mapped_column(code(2))
    timezone: Mapped[str] = mapped_column(word(40))
    latitude: Mapped[float]
    longitude: Mapped[float]
    # The minimum connection times, for a change between two flights within the country, and for
    # one with a border in it.
    mct_domestic_minutes: Mapped[int] = mapped_column(SmallInteger, default=45)
    mct_international_minutes: Mapped[int] = mapped_column(SmallInteger, default=75)


class Airline(Base):
    """An airline: its designator, the three digits its tickets begin with, and its currency."""

    __tablename__ = "airlines"

    iata: Mapped[str] = mapped_column(code(2), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    ticketing_code: Mapped[str] = mapped_column(code(3))
    currency: Mapped[str] = mapped_column(code(3))


class AircraftType(Base):
    """A model of aircraft, such as A320."""

    __tablename__ = "aircraft_types"

    code: Mapped[str] = mapped_column(word(24), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))


class SeatLayout(Base):
    """How the cabins of an aircraft are fitted out."""

    __tablename__ = "seat_layouts"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    cabins: Mapped[list[CabinLayout]] = relationship(
        lazy="selectin", order_by="CabinLayout.first_row"
    )

    def capacities(self) -> dict[Cabin, int]:
        """Return how many passenger seats each cabin has."""
        return {Cabin(layout.cabin): layout.capacity for layout in self.cabins}


class CabinLayout(Base):
    """One cabin's rows and lettered seats.

    `letters` reads across the cabin with a space for each aisle: "ABC DEF". `exit_rows`,
    `extra_legroom_rows` and `blocked_seats` are lists parted by commas: "12,13", "1A,1C".
    """

    __tablename__ = "cabin_layouts"
    __table_args__ = (CheckConstraint("last_row >= first_row", name="rows"),)

    layout_id: Mapped[int] = mapped_column(ForeignKey("seat_layouts.id"), primary_key=True)
    cabin: Mapped[str] = mapped_column(word(16), primary_key=True)
    first_row: Mapped[int] = mapped_column(SmallInteger)
    last_row: Mapped[int] = mapped_column(SmallInteger)
    letters: Mapped[str] = mapped_column(word(16))
    exit_rows: Mapped[str] = mapped_column(word(80), default="")
    extra_legroom_rows: Mapped[str] = mapped_column(word(80), default="")
    blocked_seats: Mapped[str] = mapped_column(word(200), default="")

    @property
    def capacity(self) -> int:
        """The seats that passengers may sit in."""
        rows = self.last_row - self.first_row + 1
        blocked = len([seat for seat in self.blocked_seats.split(",") if seat])
        return rows * len(self.letters.replace(" ", "")) - blocked


class Aircraft(Base):
    """One aircraft, known by its tail."""

    __tablename__ = "aircraft"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    tail: Mapped[str] = mapped_column(word(10), unique=True)
    type_code: Mapped[str] = mapped_column(ForeignKey("aircraft_types.code"))
    airline_iata: Mapped[str] = mapped_column(ForeignKey("airlines.iata"), index=True)
    layout_id: Mapped[int] = mapped_column(ForeignKey("seat_layouts.id"))
    built_in: Mapped[int | None] = mapped_column(Integer)

    type: Mapped[AircraftType] = relationship()
    layout: Mapped[SeatLayout] = relationship()
