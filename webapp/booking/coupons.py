"""Coupons: what they cost, and what becomes of those that are given back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from webapp.booking.models import Booking, Coupon, CouponStatus


def paid_for(coupons: Iterable[Coupon]) -> int:
    """Return what some coupons and their seats cost, in minor units."""
    return sum(coupon.price_minor + coupon.seat_price_minor for coupon in coupons)


def void(coupons: Sequence[Coupon]) -> None:
    """Cancel coupons: each gives its seat back."""
    for coupon in coupons:
        coupon.status, coupon.seat = CouponStatus.CANCELLED, None


def price_anew(booking: Booking, coupons: Iterable[Coupon]) -> None:
    """Let a booking and its passengers cost what their coupons do."""
    kept = list(coupons)
    for passenger in booking.passengers:
        own = [coupon for coupon in kept if coupon.passenger_id == passenger.id]
        passenger.price_minor = sum(coupon.price_minor for coupon in own)
    booking.total_minor = sum(passenger.price_minor for passenger in booking.passengers)
