"""Command: fly with another aircraft, and sell its seats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from webapp.db import db
from webapp.flights import inventory
from webapp.flights.errors import AircraftTooSmall, FlightNotOpen
from webapp.flights.fares import CABIN_PERCENT
from webapp.flights.models import FlightCabin
from webapp.flights.queries import is_on_ground
from webapp.flights.sales import CabinSale, sale_of, sale_words
from webapp.flights.service import lock_flight, locked_cabins, record_event
from webapp.money import Money
from webapp.network.models import Aircraft, Cabin


@dataclass(frozen=True)
class SwappedCabin:
    """A cabin as it would be aboard another aircraft; `was` is None where the flight has none."""

    cabin: Cabin
    was_capacity: int
    capacity: int
    taken: int
    was: CabinSale | None
    sale: CabinSale
    fare: Money

    @property
    def is_closed(self) -> bool:
        """Tell whether nothing more would be sold, though there are or may be seats."""
        return self.sale.is_closed or self.taken == self.sale.sellable < self.capacity

    @property
    def is_too_small(self) -> bool:
        """Tell whether more seats are sold or held than there would be."""
        return self.taken > self.sale.sellable

    @property
    def too_many(self) -> int:
        """The seats that are sold or held above those of the aircraft."""
        return max(0, self.taken - self.capacity)


def swap_aircraft(flight_id: int, aircraft_id: int, actor: str) -> int | None:
    """Fly with another aircraft, and sell its seats; return the id of its line of history.

    None where it flies already. Raises AircraftTooSmall and FlightNotOpen. Locks the flight's
    cabins.
    """
    flight = lock_flight(flight_id)
    if flight.aircraft_id == aircraft_id:
        return None
    if not is_on_ground(flight):
        raise FlightNotOpen
    inventory.expire_claims_of(flight_id)
    cabins = {cabin.cabin: cabin for cabin in locked_cabins(flight_id)}
    aircraft, was_tail = db.session.get_one(Aircraft, aircraft_id), flight.aircraft.tail
    taken = {name: cabin.sold + cabin.held for name, cabin in cabins.items()}
    swapped = swapped_cabins(flight_id, cabins.values(), taken, aircraft)
    for each in swapped:
        if each.is_too_small:
            raise AircraftTooSmall(each.cabin, each.taken, each.capacity)
        cabin = cabins.get(each.cabin)
        if cabin is None:
            cabin = FlightCabin(
                flight_id=flight_id,
                cabin=each.cabin,
                fare_minor=each.fare.minor,
                currency=each.fare.currency,
            )
            db.session.add(cabin)
        cabin.capacity, cabin.sellable = each.capacity, each.sale.sellable
    flight.aircraft = aircraft
    changed = [each for each in swapped if each.was != each.sale]
    before = {each.cabin: sale_words(each.was, each.fare.currency) for each in changed if each.was}
    after = {each.cabin: sale_words(each.sale, each.fare.currency) for each in changed}
    return record_event(
        flight_id,
        actor,
        "aircraft",
        {"tail": was_tail, "cabins": before},
        {"tail": aircraft.tail, "cabins": after},
    )


def swapped_cabins(
    flight_id: int, cabins: Iterable[FlightCabin], taken: Mapping[str, int], aircraft: Aircraft
) -> list[SwappedCabin]:
    """Return a flight's cabins as they would be aboard another aircraft.

    A cabin that it lacks must be empty, and what is sold or held must fit. Where it has the cabin,
    the seats that staff sell above its own, or keep back, stay as many; one that staff closed
    stays closed. `taken` are the seats that are sold or held of each cabin.
    """
    capacities = aircraft.layout.capacities()
    known = {Cabin(cabin.cabin): cabin for cabin in cabins}
    like = next(iter(known.values()))
    swapped = []
    for name in Cabin:
        cabin, capacity = known.get(name), capacities.get(name, 0)
        # An earlier aircraft may have left the cabin without a seat.
        was = sale_of(cabin) if cabin and (cabin.capacity or cabin.sellable) else None
        if not was and not capacity:
            continue
        fare = cabin.fare_minor if cabin else _fare_like(like, name)
        sellable = _sellable(cabin, taken.get(name, 0), capacity) if cabin else capacity
        swapped.append(
            SwappedCabin(
                name,
                cabin.capacity if cabin else 0,
                capacity,
                taken.get(name, 0),
                was,
                CabinSale(fare, sellable, bool(cabin and cabin.is_closed)),
                Money(fare, like.currency),
            )
        )
    return swapped


def _sellable(cabin: FlightCabin, taken: int, capacity: int) -> int:
    kept_back = cabin.capacity - cabin.sellable
    is_closed = cabin.is_closed or (kept_back > 0 and taken >= cabin.sellable)
    on_sale = max(0, capacity - kept_back) if capacity else 0
    if is_closed:
        # What is sold above the seats of the one may be sold above those of the other.
        on_sale = min(taken, on_sale)
    return max(on_sale, min(taken, capacity))


def _fare_like(known: FlightCabin, cabin: Cabin) -> int:
    return known.fare_minor * CABIN_PERCENT[cabin] // CABIN_PERCENT[Cabin(known.cabin)]
