"""Reads: a booking's coupons, with who flies and where they sit."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.booking.models import Coupon, Passenger, Segment
from webapp.db import db


def coupons_of(booking_id: int) -> list[Coupon]:
    """Return the coupons of a booking's live passengers on its live segments, in that order."""
    query = (
        select(Coupon)
        .join(Coupon.passenger)
        .join(Coupon.segment)
        .where(
            Segment.booking_id == booking_id,
            Segment.dropped_at.is_(None),
            Passenger.cancelled_at.is_(None),
        )
        .order_by(Passenger.position, Segment.journey, Segment.position)
        .options(joinedload(Coupon.passenger), joinedload(Coupon.segment))
    )
    return list(db.session.scalars(query))
