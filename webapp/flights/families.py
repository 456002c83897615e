"""Fare families: what a fare includes and allows, as data, and what it costs over the cabin's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from webapp.flights.seat_prices import choice_price
from webapp.money import Money, about, minor_per_unit

_ROUND = 100


@dataclass(frozen=True)
class Condition:
    """Whether something may be done with a ticket, and the fee per passenger and journey.

    The fee is in dollars, and in another currency a round amount of that worth; 0 is free.
    """

    is_allowed: bool
    fee_dollars: int = 0

    def fee(self, currency: str) -> Money:
        """Return the fee per passenger and journey."""
        return about(self.fee_dollars, currency)

    def as_sold(self, currency: str) -> dict[str, Any]:
        """Return it as data, with the fee in whole units of a currency."""
        fee_units = self.fee(currency).minor // minor_per_unit(currency)
        return {"is_allowed": self.is_allowed, "fee_units": fee_units}


@dataclass(frozen=True)
class FareFamily:
    """A fare over the cabin's base fare, with bags and conditions.

    `percent` is what it costs of the base fare; the bags are pieces of `bag_kg` each.
    """

    code: str
    name: str
    percent: int
    cabin_bags: int
    checked_bags: int
    bag_kg: int
    free_seat_choice: bool
    change: Condition
    refund: Condition

    def conditions(self, currency: str) -> dict[str, Any]:
        """Return what was sold, as a booking keeps it: a later change of rules leaves it alone."""
        return {
            "family": self.code,
            "cabin_bags": self.cabin_bags,
            "checked_bags": self.checked_bags,
            "bag_kg": self.bag_kg,
            "free_seat_choice": self.free_seat_choice,
            "change": self.change.as_sold(currency),
            "refund": self.refund.as_sold(currency),
        }

    def choice_price(self, cabin: str, currency: str) -> Money:
        """Return what choosing a seat costs a passenger on a flight."""
        return choice_price(cabin, currency, self.free_seat_choice)

    def fare(self, base_fare_minor: int) -> int:
        """Return an adult's fare for one flight in minor units.

        What a family costs above the base fare makes it a round price, rounded up to hundreds of
        minor units: a whole unit of every currency with two decimals.
        """
        if self.percent == 100:
            return base_fare_minor
        return -(-base_fare_minor * self.percent // (100 * _ROUND)) * _ROUND


LIGHT, STANDARD, FLEX = FAMILIES = (
    FareFamily("light", "Light", 100, 1, 0, 0, False, Condition(False), Condition(False)),
    FareFamily(
        "standard", "Standard", 118, 1, 1, 23, True, Condition(True, 60), Condition(True, 90)
    ),
    FareFamily("flex", "Flex", 142, 1, 2, 23, True, Condition(True), Condition(True)),
)
_BY_CODE = {family.code: family for family in FAMILIES}


def family_of(code: str) -> FareFamily:
    """Return the family with a code. Raises KeyError."""
    return _BY_CODE[code]
