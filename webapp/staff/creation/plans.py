"""From a new flight as staff typed it to what is meant, to words beside it, and to what is odd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from webapp.flights.reach import FarthestLeg, farther_than_scheduled
from webapp.flights.service import NewFlight
from webapp.money import Money
from webapp.network.distance import fastest
from webapp.network.models import Aircraft, Airline, Cabin
from webapp.network.queries import AirportInfo, Directory
from webapp.search.criteria import read_place
from webapp.search.fields import PlaceField, refuse
from webapp.search.price_levels import price_range
from webapp.staff.filters import NO_SUCH_PLACE
from webapp.staff.forms import NewFlightForm
from webapp.staff.plans import read_aircraft, read_fare, read_times

# Taxiing, climbing and a wind against it.
_BESIDE_THE_WAY = timedelta(hours=2)


@dataclass(frozen=True)
class NewCabin:
    """A cabin of a new flight, and from what to what most fares of the route are, if known."""

    cabin: Cabin
    seats: int
    fare: Money
    usual: tuple[Money, Money] | None

    @property
    def is_far_off(self) -> bool:
        """Tell whether the fare is so far from what is usual that it may be a slip of the hand."""
        if self.usual is None:
            return False
        low, high = self.usual
        # Half of the least that is usual, and half more than the most.
        return not low.minor <= 2 * self.fare.minor <= 3 * high.minor


@dataclass(frozen=True)
class NewFlightLook:
    """A new flight as its preview shows it; times are on the clocks of its two ends."""

    new: NewFlight
    origin: AirportInfo
    destination: AirportInfo
    aircraft: Aircraft
    cabins: list[NewCabin]
    farthest: FarthestLeg | None

    @property
    def departs_at(self) -> datetime:
        """The local departure."""
        return self.new.departs_at.astimezone(self.origin.zone)

    @property
    def arrives_at(self) -> datetime:
        """The local arrival."""
        return self.new.arrives_at.astimezone(self.destination.zone)

    @property
    def day_shift(self) -> int:
        """How many dates later (or earlier) than it departs the flight arrives."""
        return (self.arrives_at.date() - self.departs_at.date()).days

    @property
    def minutes(self) -> int:
        """The elapsed time from gate to gate."""
        return int((self.new.arrives_at - self.new.departs_at).total_seconds()) // 60

    @property
    def is_slow(self) -> bool:
        """Tell whether it takes so much longer than need be that a day or a time may be wrong."""
        least = fastest(self.origin, self.destination)
        return self.new.arrives_at - self.new.departs_at > 2 * least + _BESIDE_THE_WAY

    @property
    def swapped(self) -> list[tuple[NewCabin, NewCabin]]:
        """The cabins that cost less than the one behind them, with that one."""
        pairs = pairwise(self.cabins)
        return [(front, rear) for front, rear in pairs if front.fare.minor < rear.fare.minor]


def read_new_flight(
    form: NewFlightForm, network: Directory, airline: Airline, fleet: Sequence[Aircraft]
) -> NewFlight | None:
    """Return the flight that is meant; None, with the errors in its fields, where it cannot be."""
    form.validate()
    origin = _read_airport(form.origin, network)
    destination = _read_airport(form.destination, network)
    if origin and origin == destination:
        refuse(form.destination, "It leaves from there already: choose another destination.")
    times = read_times(form, origin, destination) if origin and destination else None
    aircraft = read_aircraft(form.aircraft, fleet)
    cabins = aircraft.layout.capacities() if aircraft else ()
    fares = {cabin: read_fare(form.fare_of(cabin), airline.currency) for cabin in cabins}
    number = _read_number(form, airline)
    if form.errors or not (number and origin and destination and times and aircraft):
        return None
    departs_on = form.departs_on.data
    assert departs_on is not None
    return NewFlight(
        airline.iata,
        number,
        origin.iata,
        destination.iata,
        departs_on,
        times.departs_at,
        times.arrives_at,
        aircraft.id,
        {cabin: fare for cabin, fare in fares.items() if fare is not None},
        airline.currency,
    )


def look_at(new: NewFlight, network: Directory, aircraft: Aircraft) -> NewFlightLook:
    """Return a new flight as its preview shows it, with what is odd about it."""
    return NewFlightLook(
        new,
        network.airports[new.origin_iata],
        network.airports[new.destination_iata],
        aircraft,
        [
            NewCabin(
                cabin, seats, Money(new.fares[cabin], new.currency), _usual(new, cabin, network)
            )
            for cabin, seats in aircraft.layout.capacities().items()
        ],
        farther_than_scheduled(aircraft.type_code, new.origin_iata, new.destination_iata),
    )


def _usual(new: NewFlight, cabin: Cabin, network: Directory) -> tuple[Money, Money] | None:
    origin, destination = network.place(new.origin_iata), network.place(new.destination_iata)
    if origin is None or destination is None:
        return None
    usual = price_range(origin, destination, new.departs_on, cabin, new.currency, network)
    if usual is None:
        return None
    return Money(usual.low_minor, usual.currency), Money(usual.high_minor, usual.currency)


def _read_number(form: NewFlightForm, airline: Airline) -> int | None:
    code, number = form.designator
    if code not in (None, airline.iata):
        refuse(form.number, f"This is a flight of {airline.name}: its code is {airline.iata}.")
    elif number == 0:
        refuse(form.number, "A flight number is from 1 to 9999.")
    return number


def _read_airport(field: PlaceField, network: Directory) -> AirportInfo | None:
    place = read_place(field, network, NO_SUCH_PLACE)
    if place is None:
        return None
    if len(place.airports) > 1:
        codes = " or ".join(place.airports)
        refuse(field, f"{place.label} has several airports: choose {codes}.")
        return None
    return network.airports[place.airports[0]]
