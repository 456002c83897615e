"""The promises about what was cancelled, changed or divided, each with what breaks it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import aliased

from webapp.booking.models import (
    Booking,
    BookingEvent,
    BookingStatus,
    Coupon,
    CouponStatus,
    EntryKind,
    LedgerEntry,
    Passenger,
    Quote,
    Segment,
)
from webapp.staff.ticket_promises import Rows


def _coupons_still_live() -> Rows:
    return (
        select(Booking.reference, Segment.position, Passenger.position.label("passenger"))
        .join(Segment, Segment.booking_id == Booking.id)
        .join(Coupon, Coupon.segment_id == Segment.id)
        .join(Passenger, Passenger.id == Coupon.passenger_id)
        .where(
            Coupon.status != CouponStatus.CANCELLED,
            or_(
                Booking.status == BookingStatus.CANCELLED,
                Segment.dropped_at.is_not(None),
                Passenger.cancelled_at.is_not(None),
            ),
        )
    )


def _prices_not_given_back() -> Rows:
    price = case((LedgerEntry.kind != EntryKind.FEE, LedgerEntry.amount_minor), else_=0)
    left = func.sum(price)
    return (
        select(Booking.reference, left.label("left"))
        .join(LedgerEntry, LedgerEntry.booking_id == Booking.id)
        .where(Booking.status == BookingStatus.CANCELLED)
        .group_by(Booking.reference)
        .having(left != 0)
    )


def _charged_for_nothing() -> Rows:
    return (
        select(Booking.reference, Booking.status, func.sum(LedgerEntry.amount_minor).label("paid"))
        .join(LedgerEntry, LedgerEntry.booking_id == Booking.id)
        .where(Booking.status.in_((BookingStatus.HELD, BookingStatus.EXPIRED)))
        .group_by(Booking.reference, Booking.status)
    )


def _quotes_unlike_ledgers() -> Rows:
    written = func.coalesce(func.sum(LedgerEntry.amount_minor), 0)
    return (
        select(Booking.reference, Quote.total_minor.label("total"), written.label("written"))
        .join(Quote, Quote.booking_id == Booking.id)
        .outerjoin(LedgerEntry, LedgerEntry.quote_id == Quote.id)
        .group_by(Quote.id, Booking.reference, Quote.total_minor)
        .having(Quote.total_minor != written)
    )


def _divided_into_nothing() -> Rows:
    part, whence = aliased(Booking), aliased(BookingEvent)
    named = BookingEvent.after["reference"].as_string()
    says_so = select(whence.id).where(
        whence.booking_id == part.id,
        whence.what == "divided_from",
        whence.after["reference"].as_string() == Booking.reference,
    )
    return (
        select(Booking.reference, named.label("part"))
        .select_from(BookingEvent)
        .join(Booking, Booking.id == BookingEvent.booking_id)
        .outerjoin(part, part.reference == named)
        .where(BookingEvent.what == "divided", ~says_so.exists())
    )


REFUND_PROMISES: dict[str, tuple[Callable[[], Rows], str]] = {
    "Nothing that was cancelled or changed for another flight can still be flown": (
        _coupons_still_live,
        "{reference}, flight {position}: passenger {passenger} still has a place",
    ),
    "The prices of a cancelled booking have come back, and what was kept is a fee": (
        _prices_not_given_back,
        "{reference}: {left} of its prices left",
    ),
    "Whoever never booked was charged nothing": (
        _charged_for_nothing,
        "{reference} is {status}, and {paid} was charged",
    ),
    "Whoever left a booking that was divided has one that says where it came from": (
        _divided_into_nothing,
        "{reference} was divided into {part}, which does not say so",
    ),
    "Every quote that was confirmed is in the ledger as it was shown": (
        _quotes_unlike_ledgers,
        "{reference}: {written} written for {total}",
    ),
}
