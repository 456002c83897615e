"""Results: trips as a traveller reads them, with what they cost, their classes and their tags."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime

from webapp.flights.families import FAMILIES, FareFamily
from webapp.flights.fares import Party, party_fare
from webapp.flights.queries import SellableFlight
from webapp.money import Money
from webapp.network.queries import AirportInfo, Directory
from webapp.search.classes import Scale
from webapp.search.orders import minutes_of, price_of
from webapp.search.pairs import Trip
from webapp.search.ways import Way, layover_minutes


@dataclass(frozen=True, slots=True)
class Leg:
    """One flight as a traveller reads it: in the local times of its two airports."""

    flight: SellableFlight
    airline: str
    origin: AirportInfo
    destination: AirportInfo
    departs_at: datetime
    arrives_at: datetime
    minutes: int

    @property
    def name(self) -> str:
        """The flight as on a departure board: B6 123."""
        return f"{self.flight.airline_iata} {self.flight.number}"

    @property
    def expected_departs_at(self) -> datetime:
        """When it leaves as far as is known, where it leaves."""
        return self.flight.expected_departs_at.astimezone(self.origin.zone)

    @property
    def expected_arrives_at(self) -> datetime:
        """When it arrives as far as is known, where it arrives."""
        return self.flight.expected_arrives_at.astimezone(self.destination.zone)

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


@dataclass(frozen=True, slots=True)
class Journey:
    """One way of a trip, flight by flight."""

    legs: tuple[Leg, ...]
    layovers: tuple[Layover, ...]
    minutes: int
    name: str

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
    def airlines(self) -> list[str]:
        """The names of its airlines, each once."""
        return list(dict.fromkeys(leg.airline for leg in self.legs))

    @property
    def delayed(self) -> list[Leg]:
        """Its flights that are known to be late."""
        return [leg for leg in self.legs if leg.flight.estimated_departs_at]

    @property
    def flight_names(self) -> str:
        """Its flights as on a departure board: B6 123, B6 456."""
        return ", ".join(leg.name for leg in self.legs)


@dataclass(frozen=True, slots=True)
class Result:
    """One answer to a search: a journey, or one out and one back, at one price for the party."""

    journeys: tuple[Journey, ...]
    minutes: int
    total: Money
    seats_left: int
    price_class: str
    time_class: str
    duration_class: str
    tags: tuple[str, ...]
    why: str
    token: str

    @property
    def stops(self) -> int:
        """How often the traveller changes on the way with the most changes, as filters count."""
        return max(journey.stops for journey in self.journeys)

    @property
    def ends(self) -> list[str]:
        """The airports at which its journeys begin and end, in their order."""
        return [
            end.iata
            for journey in self.journeys
            for end in (journey.legs[0].origin, journey.legs[-1].destination)
        ]

    @property
    def departs_at(self) -> datetime:
        """When the way out begins."""
        return self.journeys[0].departs_at

    @property
    def arrives_at(self) -> datetime:
        """When the last of its journeys ends."""
        return self.journeys[-1].arrives_at

    @property
    def flight_names(self) -> str:
        """All its flights as on a departure board."""
        return ", ".join(journey.flight_names for journey in self.journeys)

    def family_totals(self, party: Party) -> list[tuple[FareFamily, Money]]:
        """Return what each fare family costs a party, to the cent that a hold charges.

        A family's fare is rounded flight by flight, and then for each passenger.
        """
        fares = [leg.flight.fare_minor for journey in self.journeys for leg in journey.legs]
        return [
            (
                family,
                Money(
                    sum(party_fare(family.fare(fare), party) for fare in fares),
                    self.total.currency,
                ),
            )
            for family in FAMILIES
        ]


def result_of(
    trip: Trip, scale: Scale, tags: tuple[str, ...], why: str, token: str, network: Directory
) -> Result:
    """Return a trip as a traveller reads it."""
    minutes = minutes_of(trip)
    return Result(
        tuple(journey_of(way, network) for way in trip),
        minutes,
        Money(price_of(trip), trip[0].flights[0].currency),
        min(way.found.seats_left for way in trip),
        scale.price_class(sum(way.fare_minor for way in trip)),
        trip[0].time_class,
        scale.duration_class(minutes),
        tags,
        why,
        token,
    )


def journey_of(way: Way, network: Directory) -> Journey:
    """Return one way flight by flight, in local times."""
    legs = tuple(_leg(flight, network) for flight in way.flights)
    layovers = tuple(
        Layover(before.destination, after.origin, layover_minutes(before.flight, after.flight))
        for before, after in itertools.pairwise(legs)
    )
    return Journey(legs, layovers, way.minutes, way.name)


def _leg(flight: SellableFlight, network: Directory) -> Leg:
    origin = network.airports[flight.origin_iata]
    destination = network.airports[flight.destination_iata]
    return Leg(
        flight,
        network.airlines.get(flight.airline_iata, flight.airline_iata),
        origin,
        destination,
        flight.departs_at.astimezone(origin.zone),
        flight.arrives_at.astimezone(destination.zone),
        int(flight.arrives - flight.departs) // 60,
    )
