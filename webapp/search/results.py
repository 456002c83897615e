"""Results: itineraries as a traveller reads them, what recommends each, and their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from webapp.flights.families import FAMILIES, FareFamily
from webapp.flights.fares import Party, party_fare
from webapp.flights.queries import SellableFlight
from webapp.formats import duration, plural
from webapp.money import Money
from webapp.network.queries import AirportInfo, Directory
from webapp.search.itineraries import Itinerary

TIME_CLASSES = ("night", "morning", "afternoon", "evening")

# The best answer has the lowest score: its price over the cheapest, plus its time over the
# fastest, plus these for what makes a journey tiring.
STOP_SCORE = 0.25
AIRPORT_CHANGE_SCORE = 0.25
UNSOCIAL_SCORE = 0.1
_UNSOCIAL_HOURS = range(6)


@dataclass(frozen=True, slots=True)
class Leg:
    """One flight as a traveller reads it: in the local times of its two airports."""

    flight_id: int
    airline_iata: str
    airline: str
    number: int
    origin: AirportInfo
    destination: AirportInfo
    departs_at: datetime
    arrives_at: datetime
    minutes: int
    fare_minor: int

    @property
    def day_shift(self) -> int:
        """How many dates later (or earlier) than it departs the flight arrives."""
        return (self.arrives_at.date() - self.departs_at.date()).days


@dataclass(frozen=True, slots=True)
class Layover:
    """A change between two flights."""

    arrival: AirportInfo
    departure: AirportInfo
    minutes: int

    @property
    def changes_airport(self) -> bool:
        """Tell whether the traveller must cross the city."""
        return self.arrival.iata != self.departure.iata


@dataclass(slots=True)
class Result:
    """One way to travel, its price for the whole party, and the signed offer to take it."""

    legs: tuple[Leg, ...]
    layovers: tuple[Layover, ...]
    minutes: int
    total: Money
    seats_left: int
    token: str = ""
    tags: list[str] = field(default_factory=list)
    why: str = ""

    @property
    def stops(self) -> int:
        """How often the traveller changes."""
        return len(self.layovers)

    @property
    def departs_at(self) -> datetime:
        """When it begins, where it begins."""
        return self.legs[0].departs_at

    @property
    def arrives_at(self) -> datetime:
        """When it ends, where it ends."""
        return self.legs[-1].arrives_at

    @property
    def day_shift(self) -> int:
        """How many dates later (or earlier) than it departs it arrives."""
        return (self.arrives_at.date() - self.departs_at.date()).days

    @property
    def time_class(self) -> str:
        """When it departs, in local time: night, morning, afternoon or evening."""
        return TIME_CLASSES[self.departs_at.hour // 6]

    @property
    def airlines(self) -> list[str]:
        """The names of its airlines, each once."""
        return list(dict.fromkeys(leg.airline for leg in self.legs))

    @property
    def times(self) -> tuple[tuple[datetime, datetime], ...]:
        """The departure and the arrival of each of its flights."""
        return tuple((leg.departs_at, leg.arrives_at) for leg in self.legs)

    @property
    def flight_names(self) -> str:
        """Its flights as on a departure board: B6 123, B6 456."""
        return ", ".join(f"{leg.airline_iata} {leg.number}" for leg in self.legs)

    def family_totals(self, party: Party) -> list[tuple[FareFamily, Money]]:
        """Return what each fare family costs a party, to the cent that a hold charges.

        A family's fare is rounded flight by flight, and then for each passenger.
        """
        return [
            (
                family,
                Money(
                    sum(party_fare(family.fare(leg.fare_minor), party) for leg in self.legs),
                    self.total.currency,
                ),
            )
            for family in FAMILIES
        ]


def result_of(found: Itinerary, party: Party, network: Directory) -> Result:
    """Return an itinerary as a traveller reads it, with its price for a party."""
    legs = tuple(_leg(flight, network) for flight in found.flights)
    layovers = tuple(
        Layover(
            before.destination,
            after.origin,
            _minutes_between(earlier.arrives_at, later.departs_at),
        )
        for before, after, earlier, later in zip(
            legs, legs[1:], found.flights, found.flights[1:], strict=False
        )
    )
    # Each flight's fares are rounded for each passenger, as the booking charges them.
    minor = sum(party_fare(flight.fare_minor, party) for flight in found.flights)
    total = Money(minor, found.flights[0].currency)
    return Result(legs, layovers, found.minutes, total, found.seats_left)


def recommend(results: Sequence[Result]) -> None:
    """Tag the best, the cheapest and the fastest, and say of each result how it compares."""
    if not results:
        return
    cheapest, fastest = min(map(_price, results)), min(map(_minutes, results))
    for tag, key in (("best", _score(results)), ("cheapest", _price), ("fastest", _minutes)):
        min(results, key=_then_by_price(key)).tags.append(tag)
    for result in results:
        result.why = _comparison(result, cheapest, fastest)


def order(sort: str, results: Sequence[Result]) -> Callable[[Result], tuple[object, ...]]:
    """Return the key that sorts results; price, departure and flights settle ties.

    So a page holds the same results each time it is asked for.
    """
    keys: dict[str, Callable[[Result], float]] = {
        "best": _score(results),
        "price": _price,
        "duration": _minutes,
        "departure": _instant,
        "arrival": lambda result: result.arrives_at.timestamp(),
    }
    chosen = keys[sort]
    return lambda result: (
        chosen(result),
        _price(result),
        _instant(result),
        tuple(leg.flight_id for leg in result.legs),
    )


def _then_by_price(key: Callable[[Result], float]) -> Callable[[Result], tuple[float, ...]]:
    return lambda result: (key(result), _price(result), _instant(result))


def _comparison(result: Result, cheapest: float, fastest: float) -> str:
    dearer = round(100 * _price(result) / cheapest) - 100
    longer = int(_minutes(result) - fastest)
    price = "the lowest price" if dearer == 0 else f"{dearer} % dearer than the cheapest"
    time = "the shortest time" if longer == 0 else f"{duration(longer)} longer than the fastest"
    changes = plural(result.stops, "change") if result.stops else "no change"
    return f"{price}, {time}, {changes}".capitalize()


def _score(results: Sequence[Result]) -> Callable[[Result], float]:
    cheapest = min(map(_price, results), default=1)
    fastest = min(map(_minutes, results), default=1)

    def score(result: Result) -> float:
        changes = sum(layover.changes_airport for layover in result.layovers)
        unsocial = (result.departs_at.hour in _UNSOCIAL_HOURS) + (
            result.arrives_at.hour in _UNSOCIAL_HOURS
        )
        return (
            _price(result) / cheapest
            + _minutes(result) / fastest
            + STOP_SCORE * result.stops
            + AIRPORT_CHANGE_SCORE * changes
            + UNSOCIAL_SCORE * unsocial
        )

    return score


def _leg(flight: SellableFlight, network: Directory) -> Leg:
    origin = network.airports[flight.origin_iata]
    destination = network.airports[flight.destination_iata]
    return Leg(
        flight.id,
        flight.airline_iata,
        network.airlines.get(flight.airline_iata, flight.airline_iata),
        flight.number,
        origin,
        destination,
        flight.departs_at.astimezone(origin.zone),
        flight.arrives_at.astimezone(destination.zone),
        _minutes_between(flight.departs_at, flight.arrives_at),
        flight.fare_minor,
    )


def _minutes_between(earlier: datetime, later: datetime) -> int:
    return int((later - earlier).total_seconds()) // 60


def _price(result: Result) -> float:
    return result.total.minor


def _minutes(result: Result) -> float:
    return result.minutes


def _instant(result: Result) -> float:
    return result.departs_at.timestamp()
