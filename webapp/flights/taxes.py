"""Taxes and charges: what of a price the airline only passes on, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Charge:
    """A tax or charge contained in every flight's price, as a percentage of it by kind."""

    name: str
    percent: dict[str, int]


CHARGES = (
    Charge("Airport charges", {"adult": 11, "child": 11, "infant": 0}),
    Charge("Security charge", {"adult": 3, "child": 3, "infant": 0}),
    Charge("Ticket tax", {"adult": 6, "child": 6, "infant": 6}),
)


def charges_in(price_minor: int, kind: str) -> list[tuple[str, int]]:
    """Return the names and amounts of what one passenger's price for one flight contains.

    Half a minor unit is rounded up; what is left of the price is the airline's fare.
    """
    return [(each.name, (price_minor * each.percent[kind] + 50) // 100) for each in CHARGES]


def taxes_in(price_minor: int, kind: str) -> int:
    """Return all of charges_in() in one sum."""
    return sum(amount for _, amount in charges_in(price_minor, kind))
