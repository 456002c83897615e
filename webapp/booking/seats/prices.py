"""What choosing a seat costs, as data; a seat that is assigned without a choice costs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from webapp.money import minor_per_unit
from webapp.network.models import Cabin
from webapp.network.seating import Seat


@dataclass(frozen=True)
class SeatPrices:
    """Whole units of the currency, per passenger and flight."""

    choice: int
    legroom: int


PRICES = {
    Cabin.ECONOMY: SeatPrices(choice=8, legroom=24),
    Cabin.PREMIUM_ECONOMY: SeatPrices(choice=12, legroom=36),
    Cabin.BUSINESS: SeatPrices(choice=0, legroom=0),
    Cabin.FIRST: SeatPrices(choice=0, legroom=0),
}


def seat_price(seat: Seat, cabin: str, conditions: dict[str, Any], currency: str) -> int:
    """Return the price of choosing a seat in minor units, under the conditions that were sold."""
    prices = PRICES[Cabin(cabin)]
    if seat.has_legroom:
        units = prices.legroom
    else:
        units = 0 if conditions.get("free_seat_choice") else prices.choice
    return units * minor_per_unit(currency)
