"""What choosing a seat costs, as data; a seat that is assigned without a choice costs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from webapp.money import Money, about
from webapp.network.models import Cabin
from webapp.network.seating import Seat


@dataclass(frozen=True)
class SeatPrices:
    """In dollars, per passenger and flight; other currencies take round amounts of that worth."""

    choice: int
    legroom: int


_PRICES = {
    Cabin.ECONOMY: SeatPrices(choice=8, legroom=24),
    Cabin.PREMIUM_ECONOMY: SeatPrices(choice=12, legroom=36),
    Cabin.BUSINESS: SeatPrices(choice=0, legroom=0),
    Cabin.FIRST: SeatPrices(choice=0, legroom=0),
}


def choice_price(cabin: str, currency: str, is_free: bool) -> Money:
    """Return what choosing a seat costs; `is_free` is what the fare says of it."""
    return about(0 if is_free else _PRICES[Cabin(cabin)].choice, currency)


def legroom_price(cabin: str, currency: str) -> Money:
    """Return what choosing a seat with more room for the legs costs, whatever the fare."""
    return about(_PRICES[Cabin(cabin)].legroom, currency)


def seat_price(seat: Seat, cabin: str, conditions: dict[str, Any], currency: str) -> int:
    """Return the price of choosing a seat in minor units, under the conditions that were sold."""
    if seat.has_legroom:
        return legroom_price(cabin, currency).minor
    return choice_price(cabin, currency, bool(conditions.get("free_seat_choice"))).minor
