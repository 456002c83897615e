"""Fares: what a cabin costs on a day, and what a party pays for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from webapp.network.models import Cabin

PassengerKind = Literal["adult", "child", "infant"]

PASSENGER_PERCENT = {"adult": 100, "child": 75, "infant": 10}
CABIN_PERCENT = {
    Cabin.ECONOMY: 100,
    Cabin.PREMIUM_ECONOMY: 175,
    Cabin.BUSINESS: 360,
    Cabin.FIRST: 600,
}
# Business travels on Monday and Thursday, everybody on Friday and Sunday.
_WEEKDAY_PERCENT = (102, 93, 94, 100, 113, 103, 110)
# The holidays of the northern hemisphere, where most seats are sold.
_MONTH_PERCENT = (92, 90, 96, 103, 100, 110, 122, 120, 101, 98, 91, 112)
# A night, the morning rush, the day, the evening rush, the late evening.
_HOUR_PERCENT = (84,) * 6 + (109,) * 4 + (100,) * 6 + (111,) * 4 + (94,) * 4
_VARIATION_PERCENT = 8
_WHOLE_UNIT = 100


@dataclass(frozen=True)
class Party:
    """Who travels together."""

    adults: int = 1
    children: int = 0
    infants: int = 0

    @property
    def seats(self) -> int:
        """The seats that the party takes; an infant sits on a lap."""
        return self.adults + self.children

    @property
    def size(self) -> int:
        """The number of people."""
        return self.seats + self.infants


def passenger_fare(adult_fare_minor: int, kind: PassengerKind | str) -> int:
    """Return one passenger's fare in minor units; half a unit is rounded up.

    An adult pays 100 %, a child (2-11) 75 %, an infant on a lap 10 % of the adult's fare.
    """
    return (adult_fare_minor * PASSENGER_PERCENT[kind] + 50) // 100


def party_fare(adult_fare_minor: int, party: Party) -> int:
    """Return what a party pays: the sum of its passengers' fares, each rounded by itself."""
    fare = party.adults * passenger_fare(adult_fare_minor, "adult")
    # A search asks this of hundreds of flights, and most parties are of adults alone.
    if party.children:
        fare += party.children * passenger_fare(adult_fare_minor, "child")
    if party.infants:
        fare += party.infants * passenger_fare(adult_fare_minor, "infant")
    return fare


def distance_fare(distance_km: float) -> int:
    """Return a plausible base fare in minor units: 35 for the airports, and less a km the farther.

    About 110 for 350 km, 270 for 2,500 km, 430 for 5,500 km and 620 for 10,000 km.
    """
    return round(35 + 1.9 * float(distance_km**0.62)) * _WHOLE_UNIT


def fare_on(
    base_fare_minor: int, cabin: str, departs_on: date, departs_local_hour: int, number: int
) -> int:
    """Return an adult's fare for a cabin of one dated flight, in hundreds of minor units.

    The same arguments give the same fare for ever. The base fare is multiplied by:

    | factor      | what it is                                                             |
    |-------------|------------------------------------------------------------------------|
    | cabin       | economy 100 %, premium economy 175 %, business 360 %, first 600 %      |
    | weekday     | 93 % on Tuesday to 113 % on Friday                                     |
    | season      | 90 % in February to 122 % in July                                      |
    | time of day | 84 % before six, 109 % to ten, 111 % from 16 to 20, 94 % after         |
    | variation   | 92 % to 108 %, by flight number and date, so that no two days are twins |

    A hundred minor units are a whole unit of every currency with two decimals.
    """
    permyriad = _day_permyriad(departs_on) * _HOUR_PERCENT[departs_local_hour] // 100
    permyriad = permyriad * (100 + _variation(number, departs_on)) // 100
    fare = base_fare_minor * CABIN_PERCENT[Cabin(cabin)] * permyriad
    unit = 100 * 10_000 * _WHOLE_UNIT
    return max(1, (fare + unit // 2) // unit) * _WHOLE_UNIT


@lru_cache(maxsize=2_000)
def _day_permyriad(on: date) -> int:
    return _WEEKDAY_PERCENT[on.weekday()] * _MONTH_PERCENT[on.month - 1]


def _variation(number: int, on: date) -> int:
    # Knuth's multiplicative hash: Python's own hash of text differs from process to process.
    mixed = ((number * 73_856_093) ^ (on.toordinal() * 19_349_663)) * 2_654_435_761 & 0xFFFFFFFF
    return (mixed >> 16) % (2 * _VARIATION_PERCENT + 1) - _VARIATION_PERCENT
