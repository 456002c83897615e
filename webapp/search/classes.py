"""Classes: what is low, typical or high, and short, medium or long, on one search's route."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.money import Money
from webapp.search.price_levels import PriceRange

PRICE_CLASSES = ("low", "typical", "high")
DURATION_CLASSES = ("short", "medium", "long")
# A short journey takes up to 125 % of the fastest one's time, a medium one up to 175 %.
SHORT_PERCENT, MEDIUM_PERCENT = 125, 175

_EVERYTHING = (0.0, float("inf"))
_NOTHING = (0.0, -1.0)


@dataclass(frozen=True)
class Scale:
    """What the answers to a search are measured by: usual fares, and the fastest way there is.

    For a trip out and back both are sums. Where too little is known of the fares, every price
    counts as typical.
    """

    prices: PriceRange | None
    fastest_minutes: int

    @property
    def typical(self) -> tuple[Money, Money] | None:
        """The lowest and the highest typical fare of one adult."""
        if self.prices is None:
            return None
        low, high = self.prices.low_minor, self.prices.high_minor
        return Money(low, self.prices.currency), Money(high, self.prices.currency)

    @property
    def short_to(self) -> int:
        """The most minutes of a short journey."""
        return self.fastest_minutes * SHORT_PERCENT // 100

    @property
    def medium_to(self) -> int:
        """The most minutes of a medium journey."""
        return self.fastest_minutes * MEDIUM_PERCENT // 100

    def price_class(self, fare_minor: int) -> str:
        """Return the class of what one adult pays."""
        return self.prices.class_of(fare_minor) if self.prices else "typical"

    def duration_class(self, minutes: int) -> str:
        """Return the class of an elapsed time."""
        if minutes <= self.short_to:
            return "short"
        return "medium" if minutes <= self.medium_to else "long"

    def fares_of(self, price_class: str) -> tuple[float, float]:
        """Return the lowest and the highest fare of a class."""
        if self.prices is None:
            return _EVERYTHING if price_class == "typical" else _NOTHING
        low, high = self.prices.low_minor, self.prices.high_minor
        bounds = {"low": (0, low - 1), "typical": (low, high), "high": (high + 1, float("inf"))}
        return bounds[price_class]

    def minutes_of(self, duration_class: str) -> tuple[float, float]:
        """Return the shortest and the longest time of a class."""
        bounds = {
            "short": (0, self.short_to),
            "medium": (self.short_to + 1, self.medium_to),
            "long": (self.medium_to + 1, float("inf")),
        }
        return bounds[duration_class]


def both_ways(out: PriceRange | None, back: PriceRange | None) -> PriceRange | None:
    """Return the range of fares out and back in one currency, if it is known of both."""
    if out is None or back is None:
        return None
    return PriceRange(
        out.low_minor + back.low_minor,
        out.high_minor + back.high_minor,
        out.compared + back.compared,
        out.currency,
    )
