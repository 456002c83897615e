"""A party: which infant sits on whose lap, and of which kind somebody is on a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from webapp.booking.models import Coupon, Passenger, PassengerKind


def party_of(coupons: Iterable[Coupon]) -> list[Passenger]:
    """Return everybody who has one of some coupons, in the order of the coupons."""
    return list(dict.fromkeys(coupon.passenger for coupon in coupons))


def laps(passengers: Sequence[Passenger]) -> dict[int, Passenger]:
    """Return each infant's adult by the infant's id: the first infant goes with the first adult."""
    adults = [each for each in passengers if each.kind == PassengerKind.ADULT]
    infants = [each for each in passengers if each.kind == PassengerKind.INFANT]
    return {infant.id: adult for infant, adult in zip(infants, adults, strict=False)}


def kind_on(day: date, born_on: date) -> PassengerKind:
    """Return of which kind somebody is on a day: under 2, from 2 to 11, or older."""
    had_birthday = (day.month, day.day) >= (born_on.month, born_on.day)
    age = day.year - born_on.year - (0 if had_birthday else 1)
    if age < 2:
        return PassengerKind.INFANT
    return PassengerKind.CHILD if age < 12 else PassengerKind.ADULT
