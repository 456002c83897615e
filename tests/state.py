"""What the database says at this moment."""

from __future__ import annotations

from sqlalchemy import func, select

from webapp.booking.models import LedgerEntry
from webapp.db import db
from webapp.flights.models import FlightCabin
from webapp.network.models import Cabin
from webapp.notifications.models import Kind, Notification


def counts_of(flight_id: int) -> tuple[int, int]:
    """Return how many seats of a flight's economy are held, and how many are sold."""
    db.session.rollback()  # What others have saved meanwhile counts.
    cabin = db.session.get_one(FlightCabin, (flight_id, Cabin.ECONOMY))
    return cabin.held, cabin.sold


def sold(flight_id: int) -> int:
    """Return how many seats of a flight's economy are sold."""
    return counts_of(flight_id)[1]


def balance_of(booking_id: int) -> int:
    """Return what a party has paid, less what it got back, in minor units."""
    query = select(func.sum(LedgerEntry.amount_minor)).where(LedgerEntry.booking_id == booking_id)
    return int(db.session.scalar(query) or 0)


def mails(kind: Kind) -> list[Notification]:
    """Return the mails of a kind, in the order in which they were planned."""
    db.session.rollback()
    query = select(Notification).where(Notification.kind == kind).order_by(Notification.id)
    return list(db.session.scalars(query))
