"""Ways: itineraries with what filters, classes and scores ask of them, and those that answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple

from webapp.flights.fares import Party, party_fare
from webapp.flights.queries import SellableFlight
from webapp.network.queries import Directory
from webapp.search.bitsets import positions_by
from webapp.search.itineraries import Itinerary

TIME_CLASSES = ("night", "morning", "afternoon", "evening")
_HOURS_A_CLASS = 24 // len(TIME_CLASSES)
_UNSOCIAL_BEFORE = 6


class Way(NamedTuple):
    """One way to fly, in the local times of its two ends; a fare is one adult's, a price the
    party's, both in minor units and in Light.

    It is overnight where it arrives on a later date than it departs, by the clocks where it
    departs: two clocks would call a day over the date line a night, and a night over it a day.
    """

    found: Itinerary
    price_minor: int
    minutes: int
    stops: int
    departs_at: datetime
    arrives_at: datetime
    airlines: frozenset[str]
    via: frozenset[str]
    longest_layover: int
    airport_changes: int
    is_overnight: bool

    @property
    def flights(self) -> tuple[SellableFlight, ...]:
        """Its flights, in the order they are flown."""
        return self.found.flights

    @property
    def fare_minor(self) -> int:
        """What one adult pays."""
        return self.found.fare_minor

    @property
    def ids(self) -> tuple[int, ...]:
        """Its flights' ids."""
        return tuple([flight.id for flight in self.found.flights])

    @property
    def name(self) -> str:
        """Its flights as an address names them: L2101-K1202."""
        return "-".join([f"{each.airline_iata}{each.number}" for each in self.found.flights])

    @property
    def time_class(self) -> str:
        """When it departs: night, morning, afternoon or evening."""
        return part_of_day(self.departs_at)

    @property
    def unsocial_ends(self) -> int:
        """How many of its departure and its arrival lie between midnight and six."""
        return (self.departs_at.hour < _UNSOCIAL_BEFORE) + (self.arrives_at.hour < _UNSOCIAL_BEFORE)


# What may be asked of a way, such as its airlines.
Aspect = Callable[[Way], Any]


def part_of_day(local: datetime) -> str:
    """Return whether a local time is at night, in the morning, afternoon or evening."""
    return TIME_CLASSES[local.hour // _HOURS_A_CLASS]


class Comparison:
    """Makes ways of itineraries, at the prices that a party pays.

    Hundreds of connections share a few dozen flights, whose part in them is worked out once.
    """

    def __init__(self, party: Party, network: Directory) -> None:
        self._network = network
        # Each flight's fares are rounded for each passenger, as the booking charges them.
        self._price = cache(lambda fare_minor: party_fare(fare_minor, party))
        self._departures: dict[int, tuple[datetime, float]] = {}
        self._arrivals: dict[int, datetime] = {}
        self._set_of = cache(frozenset[str])

    def way_of(self, found: Itinerary) -> Way:
        """Return an itinerary as it is compared."""
        flights, price, set_of = found.flights, self._price, self._set_of
        first, last = flights[0], flights[-1]
        departs_at, midnight = self._departures.get(first.id) or self._departure(first)
        longest = airport_changes = 0
        via: tuple[str, ...] = ()
        before = first
        for after in flights[1:]:
            via = (*via, before.destination_iata, after.origin_iata)
            longest = max(longest, layover_minutes(before, after))
            airport_changes += before.destination_iata != after.origin_iata
            before = after
        return Way(
            found,
            sum([price(flight.fare_minor) for flight in flights]),
            found.minutes,
            len(flights) - 1,
            departs_at,
            self._arrivals.get(last.id) or self._arrival(last),
            set_of(tuple([flight.airline_iata for flight in flights])),
            set_of(via),
            longest,
            airport_changes,
            last.arrives >= midnight,
        )

    def _departure(self, flight: SellableFlight) -> tuple[datetime, float]:
        """Return when a flight departs by its clocks, and when their next day begins."""
        at = flight.departs_at.astimezone(self._network.airports[flight.origin_iata].zone)
        midnight = datetime.combine(at.date() + timedelta(days=1), time(), at.tzinfo)
        self._departures[flight.id] = at, midnight.timestamp()
        return self._departures[flight.id]

    def _arrival(self, flight: SellableFlight) -> datetime:
        at = flight.arrives_at.astimezone(self._network.airports[flight.destination_iata].zone)
        self._arrivals[flight.id] = at
        return at


def layover_minutes(before: SellableFlight, after: SellableFlight) -> int:
    """Return the elapsed time between two flights, as far as it is known when the first lands."""
    return int(after.departs - before.lands) // 60


class Pool:
    """Ways between two places on a day; sets of them are the bits of whole numbers."""

    def __init__(self, found: Iterable[Itinerary], party: Party, network: Directory) -> None:
        """Take itineraries, at the prices that a party pays."""
        self.ways = list(map(Comparison(party, network).way_of, found))
        self.everything = (1 << len(self.ways)) - 1
        self._by_aspect: dict[Aspect, dict[Any, int]] = {}

    def where(self, aspect: Aspect, fits: Callable[[Any, Any], bool], wish: Any) -> int:
        """Return the ways of which one aspect fits a wish; each value is looked at once."""
        if aspect not in self._by_aspect:
            self._by_aspect[aspect] = positions_by(aspect, self.ways)
        return sum([bits for value, bits in self._by_aspect[aspect].items() if fits(value, wish)])
