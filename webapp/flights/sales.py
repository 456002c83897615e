"""Command: for how much each cabin of a flight is sold, and how many of its seats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from webapp.flights import inventory
from webapp.flights.errors import FlightNotOpen, SeatsTaken
from webapp.flights.models import FlightCabin
from webapp.flights.queries import is_on_ground
from webapp.flights.service import lock_flight, locked_cabins, record_event
from webapp.money import Money


@dataclass(frozen=True)
class CabinSale:
    """What an adult pays, in minor units, and how many seats may be sold.

    More seats than the aircraft has overbook the cabin. A closed one sells no more than is sold or
    held, and nothing of what comes back.
    """

    fare_minor: int
    sellable: int
    is_closed: bool = False


def most_sellable(capacity: int) -> int:
    """Return how many seats may be sold of so many at most, by an airline that overbooks."""
    return capacity + capacity // 4


def set_sales(flight_id: int, sales: Mapping[str, CabinSale], actor: str) -> bool:
    """Sell cabins on other terms, a cabin of no seats not at all; tell whether anything changed.

    Bookings and live holds keep the price that they were made at. Raises FlightNotOpen, and
    SeatsTaken where more seats are sold or held than there would be. Locks the flight, then its
    cabins.
    """
    flight = lock_flight(flight_id)
    if not is_on_ground(flight):
        raise FlightNotOpen
    inventory.expire_claims_of(flight_id)
    cabins = {each.cabin: each for each in locked_cabins(flight_id) if each.cabin in sales}
    before = {name: sale_of(cabin) for name, cabin in cabins.items()}
    wanted = {name: sale_wanted(cabin, sales[name]) for name, cabin in cabins.items()}
    changed = {name: sale for name, sale in wanted.items() if sale != before[name]}
    for name, sale in changed.items():
        cabin = cabins[name]
        if cabin.sold + cabin.held > sale.sellable:
            raise SeatsTaken(name, cabin.sold + cabin.held)
        cabin.fare_minor = sale.fare_minor
        cabin.sellable, cabin.is_closed = sale.sellable, sale.is_closed
    if changed:
        was = {name: sale_words(before[name], cabins[name].currency) for name in changed}
        now = {name: sale_words(sale, cabins[name].currency) for name, sale in changed.items()}
        record_event(flight_id, actor, "sales", was, now)
    return bool(changed)


def sale_of(cabin: FlightCabin) -> CabinSale:
    """Return what a cabin is sold for now."""
    return CabinSale(cabin.fare_minor, cabin.sellable, cabin.is_closed)


def sale_wanted(cabin: FlightCabin, sale: CabinSale) -> CabinSale:
    """Return what a cabin is to be sold for; one of which no seats are to be sold is closed."""
    if sale.sellable:
        return sale
    return replace(sale, sellable=cabin.sold + cabin.held, is_closed=True)


def sale_words(sale: CabinSale, currency: str) -> dict[str, str | int]:
    """Return what a line of history keeps of it: of a closed cabin, no seats."""
    seats = 0 if sale.is_closed else sale.sellable
    return {"fare": str(Money(sale.fare_minor, currency)), "sellable": seats}
