"""Bookings and mails by the thousand: copies of one booking's rows under other keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import Table, func, insert, select, text, update

from tests.builders import make_booking, make_flight, make_hold
from webapp import clock
from webapp.booking import service
from webapp.booking.models import Booking, Coupon, Passenger, Segment
from webapp.booking.party import PassengerNames
from webapp.db import Base, db, transaction
from webapp.flights.models import FlightCabin, SeatClaim
from webapp.notifications.models import Kind, Notification, State

_CHUNK = 1_000
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_DOMAINS = 50


class Rows:
    """What the measurements are made on, added to one migrated database."""

    def __init__(self) -> None:
        # Reminders of this flight are due now, and it leaves in a day.
        self._flight = make_flight(seats=100, departs_at=clock.now() + timedelta(hours=23))
        booking = make_booking(self._flight)
        with transaction() as session:
            session.execute(
                update(Notification).values(state=State.WITHHELD, reason="not measured")
            )
            session.execute(update(FlightCabin).values(sellable=30_000, capacity=30_000))
        self._booked = _Template(booking.id)
        self._numbers = count(1_000_000)

    def one_reminder(self) -> Notification:
        """Return a reminder, as it stands."""
        query = select(Notification).where(Notification.kind == Kind.DEPARTURE_REMINDER).limit(1)
        return db.session.scalars(query).one()

    def add_reminders(self, number: int) -> None:
        """Add bookings with a reminder each, not due until its state says so."""
        ids = [next(self._numbers) for _ in range(number)]
        self._booked.copy(ids)
        _insert(
            Notification,
            (
                {
                    "key": f"departure_reminder:{each}:{each}",
                    "kind": Kind.DEPARTURE_REMINDER,
                    "booking_id": each,
                    "segment_id": each,
                    "recipient": _address(each),
                    "due_at": clock.now(),
                    "state": State.WITHHELD,
                    "reason": "bench",
                    "attempts": 0,
                    "message_id": f"<departure_reminder.{each}.{each}@fairwind.example>",
                    "created_at": clock.now(),
                }
                for each in ids
            ),
        )

    def add_holds(self, number: int) -> list[int]:
        """Add named holds, and return their bookings' ids."""
        hold = make_hold(make_flight(seats=10))
        with transaction():
            names = [PassengerNames("Alice", "Meier", clock.now().date() - timedelta(days=12_000))]
            service.name_passengers(hold.id, names, "alice@example.com", "bench")
        with transaction() as session:
            session.execute(
                update(FlightCabin)
                .where(FlightCabin.flight_id == hold.segments[0].flight_id)
                .values(sellable=30_000, capacity=30_000, held=number + 1)
            )
        ids = [next(self._numbers) for _ in range(number)]
        _Template(hold.id).copy(ids)
        return ids

    def fill_future(self, number: int) -> None:
        """Let so many mails wait for a day to come."""
        there = db.session.scalar(select(func.count()).where(Notification.about == "future"))
        with transaction() as session:
            session.execute(
                text(
                    "INSERT INTO notifications (`key`, kind, about, recipient, due_at, state,"
                    " attempts, message_id, created_at)"
                    " SELECT CONCAT('future:', seq), 'departure_reminder', 'future',"
                    " CONCAT('traveller-', seq, '@example.com'),"
                    " UTC_TIMESTAMP(6) + INTERVAL (seq MOD 300 + 2) DAY, 'due', 0,"
                    " CONCAT('<future.', seq, '@fairwind.example>'), UTC_TIMESTAMP(6)"
                    f" FROM seq_{(there or 0) + 1}_to_{number}"
                )
            )
            session.execute(text("ANALYZE TABLE notifications"))


class _Template:
    """One booking with a segment and a passenger, to be copied."""

    def __init__(self, booking_id: int) -> None:
        self._booking = _row(Booking, Booking.id == booking_id)
        self._segment = _row(Segment, Segment.booking_id == booking_id)
        self._claim = _row(SeatClaim, SeatClaim.id == self._segment["claim_id"])
        self._passenger = _row(Passenger, Passenger.booking_id == booking_id)
        self._coupon = _row(Coupon, Coupon.passenger_id == self._passenger["id"])

    def copy(self, ids: list[int]) -> None:
        """Copy the booking under each id, which its parts take as well."""
        tables: list[tuple[type[Base], dict[str, Any], Any]] = [
            (
                Booking,
                self._booking,
                lambda each: {
                    "reference": _reference(each),
                    "idempotency_key": f"bench-{each}",
                    "contact_email": _address(each),
                },
            ),
            (SeatClaim, self._claim, lambda each: {}),
            (Segment, self._segment, lambda each: {"booking_id": each, "claim_id": each}),
            (
                Passenger,
                self._passenger,
                lambda each: {"booking_id": each, "ticket_number": f"{each:013}"},
            ),
            (
                Coupon,
                self._coupon,
                lambda each: {"passenger_id": each, "segment_id": each, "seat": None},
            ),
        ]
        for model, row, changes in tables:
            _insert(model, ({**row, "id": each, **changes(each)} for each in ids))


def _row(model: type[Base], condition: Any) -> dict[str, Any]:
    table = model.__table__
    assert isinstance(table, Table)
    return dict(db.session.execute(select(table).where(condition)).mappings().one())


def _insert(model: type[Base], rows: Iterator[dict[str, Any]]) -> None:
    table = model.__table__
    assert isinstance(table, Table)
    chunk = list(rows)
    with transaction() as session:
        for begin in range(0, len(chunk), _CHUNK):
            session.execute(insert(table), chunk[begin : begin + _CHUNK])


def _address(number: int) -> str:
    return f"traveller-{number}@mail-{number % _DOMAINS}.example"


def _reference(number: int) -> str:
    letters = ""
    for _ in range(6):
        number, rest = divmod(number, len(_LETTERS))
        letters += _LETTERS[rest]
    return letters
