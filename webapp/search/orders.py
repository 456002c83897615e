"""Orders: best, by price, duration, departure and arrival; and what is said for a result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.formats import duration, plural
from webapp.search.pairs import Cost, Trip
from webapp.search.ways import Way

SORTS = {
    "best": "Best",
    "price": "Price",
    "duration": "Duration",
    "departure": "Departure",
    "arrival": "Arrival",
}
# The best answer has the lowest score: its price over the cheapest's, plus its time over the
# fastest's, plus these for what makes a journey tiring. Scores are whole numbers, in millionths,
# so that a trip's score is exactly the sum of its ways'.
STOP_SCORE = 250_000
AIRPORT_CHANGE_SCORE = 250_000
UNSOCIAL_SCORE = 100_000
_ONE = 1_000_000


@dataclass(frozen=True)
class Measure:
    """The cheapest and the fastest of the trips that are compared."""

    cheapest: Trip
    fastest: Trip

    def score(self, way: Way) -> int:
        """Return what a way adds to its trip's score."""
        return (
            way.price_minor * _ONE // max(1, price_of(self.cheapest))
            + way.minutes * _ONE // max(1, minutes_of(self.fastest))
            + STOP_SCORE * way.stops
            + AIRPORT_CHANGE_SCORE * way.airport_changes
            + UNSOCIAL_SCORE * way.unsocial_ends
        )

    def costs(self, sort: str, is_return: bool) -> tuple[Cost, Cost]:
        """Return what puts ways out and ways back in an order."""
        if sort == "departure":
            return _departure, _nothing
        if sort == "arrival":
            return (_nothing if is_return else _arrival), _arrival
        cost = {"best": self.score, "price": price, "duration": minutes}[sort]
        return cost, cost

    def why(self, trip: Trip) -> str:
        """Say how a trip compares with the cheapest and the fastest, and what is tiring in it."""
        said = [self._price(trip), self._time(trip)]
        changes = sum(way.stops for way in trip)
        said.append(plural(changes, "change") if changes else "no change")
        crossings = sum(way.airport_changes for way in trip)
        if crossings:
            said.append(plural(crossings, "change of airport", "changes of airport"))
        if any(way.unsocial_ends for way in trip):
            said.append("an end in the small hours")
        return ", ".join(said).capitalize()

    def _price(self, trip: Trip) -> str:
        more, least = price_of(trip) - price_of(self.cheapest), price_of(self.cheapest)
        if not more:
            return "the lowest price"
        # Whoever costs a little more does not have the lowest price.
        percent = "less than 1" if 100 * more < least else round(100 * more / max(1, least))
        return f"{percent} % dearer than the cheapest"

    def _time(self, trip: Trip) -> str:
        if minutes_of(trip) == minutes_of(self.fastest):
            longest = minutes_of(self.cheapest) - minutes_of(trip)
            return f"{duration(longest)} faster" if longest else "the shortest time"
        if price_of(trip) == price_of(self.cheapest):
            return (
                f"{duration(minutes_of(trip) - minutes_of(self.fastest))} longer than the fastest"
            )
        gain = minutes_of(self.cheapest) - minutes_of(trip)
        if not gain:
            return "as long"
        return f"{duration(abs(gain))} {'faster' if gain > 0 else 'longer'}"


def price(way: Way) -> int:
    """Return what a way costs the party, in minor units."""
    return way.price_minor


def minutes(way: Way) -> int:
    """Return how long a way takes."""
    return way.minutes


def price_of(trip: Sequence[Way]) -> int:
    """Return what a trip costs the party, in minor units."""
    return sum(way.price_minor for way in trip)


def minutes_of(trip: Sequence[Way]) -> int:
    """Return how long a trip's ways take together."""
    return sum(way.minutes for way in trip)


def _departure(way: Way) -> float:
    return way.found.departs


def _arrival(way: Way) -> float:
    return way.found.arrives


def _nothing(_way: Way) -> int:
    return 0
