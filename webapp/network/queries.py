"""Reads: airports by code, city and name, airlines, aircraft."""

from __future__ import annotations

import difflib
import re
import time
import unicodedata
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from flask import current_app
from sqlalchemy import select

from webapp.db import db
from webapp.network.distance import great_circle_km
from webapp.network.models import Aircraft, Airline, Airport

_SECONDS_KEPT = 30.0
CROSSING_A_CITY = timedelta(hours=2)
# Letters that Unicode does not take apart into a plain one and its mark.
_PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "’": "'"}
)
_CODE_IN_LABEL = re.compile(r"\(([A-Za-z]{3})\)\s*$")


@dataclass(frozen=True, slots=True)
class AirportInfo:
    """An airport as pages show it; kept in memory, since every result names two."""

    iata: str
    city_code: str
    name: str
    city: str
    country: str
    zone: ZoneInfo
    latitude: float
    longitude: float
    mct_domestic: timedelta
    mct_international: timedelta
    words: str = field(repr=False)


@dataclass(frozen=True)
class Place:
    """What a traveller means by a code or a name: one airport, or all those of a city."""

    code: str
    label: str
    detail: str
    airports: tuple[str, ...]


@dataclass(frozen=True)
class Directory:
    """All airports and airlines of the network, by code."""

    airports: dict[str, AirportInfo]
    cities: dict[str, tuple[str, ...]]
    airlines: dict[str, str]
    read_at: float
    _distances: dict[tuple[str, str], float] = field(default_factory=dict, repr=False)

    def place(self, text: str) -> Place | None:
        """Return the one place that a code, a label of ours ("Delhi (DEL)") or a name means.

        A code counts before a name; a name counts only where it means a single place.
        """
        text = text.strip()
        labelled = _CODE_IN_LABEL.search(text)
        code = (labelled.group(1) if labelled else text).upper()
        if code in self.cities and len(self.cities[code]) > 1:
            return self._city_place(code)
        if code in self.airports:
            return self._airport_place(self.airports[code])
        if code in self.cities:
            return self._airport_place(self.airports[self.cities[code][0]])
        plain = plain_words(text)
        named = [place for place in self._places() if plain and plain == plain_words(place.label)]
        return named[0] if len(named) == 1 else None

    def km(self, origin: str, destination: str) -> float:
        """Return the great-circle distance between two airports."""
        pair = (origin, destination)
        if pair not in self._distances:
            here, there = self.airports[origin], self.airports[destination]
            self._distances[pair] = great_circle_km(
                here.latitude, here.longitude, there.latitude, there.longitude
            )
        return self._distances[pair]

    def minimum_connection(self, origin: str, arrival: str, departure: str, end: str) -> timedelta:
        """Return the least time for a change from a flight origin-arrival to departure-end.

        Where the two airports of the change differ, it is the time to cross the city as well.
        """
        here = self.airports[departure]
        countries = {self.airports[each].country for each in (origin, arrival, departure, end)}
        least = here.mct_domestic if len(countries) == 1 else here.mct_international
        return least if arrival == departure else least + CROSSING_A_CITY

    def suggestions(self, text: str, most: int = 8) -> list[Place]:
        """Return the places that a half-typed text may mean, the likeliest first."""
        plain = plain_words(text)
        if not plain:
            return []
        ranked = [
            (rank, place.label, place)
            for place in self._places()
            if (rank := _rank(plain, place, self)) is not None
        ]
        ranked.sort(key=lambda row: row[:2])
        return [place for _, _, place in ranked[:most]] or self._mistyped(plain)

    def _mistyped(self, plain: str) -> list[Place]:
        by_label = {plain_words(place.label): place for place in self._places()}
        near = difflib.get_close_matches(plain, by_label, n=3, cutoff=0.75)
        return [by_label[label] for label in near]

    def _places(self) -> list[Place]:
        cities = [self._city_place(code) for code, of in self.cities.items() if len(of) > 1]
        return cities + [self._airport_place(airport) for airport in self.airports.values()]

    def _city_place(self, code: str) -> Place:
        airports = self.cities[code]
        first = self.airports[airports[0]]
        return Place(code, f"{first.city}", f"all airports, {first.country}", airports)

    def _airport_place(self, airport: AirportInfo) -> Place:
        shared = len(self.cities[airport.city_code]) > 1
        label = f"{airport.city} {airport.iata}" if shared else airport.city
        return Place(airport.iata, label, f"{airport.name}, {airport.country}", (airport.iata,))


def directory() -> Directory:
    """Return the network's airports and airlines, at most half a minute old."""
    kept: Directory | None = current_app.extensions.get("directory")
    if kept is None or time.monotonic() - kept.read_at > _SECONDS_KEPT:
        kept = _read_directory()
        # An empty network is about to be loaded by another process: do not remember it.
        if kept.airports:
            current_app.extensions["directory"] = kept
    return kept


def airlines() -> list[Airline]:
    """Return every airline, by name."""
    return list(db.session.scalars(select(Airline).order_by(Airline.name)))


def aircraft_of(airline_iata: str) -> list[Aircraft]:
    """Return an airline's aircraft, by tail."""
    query = select(Aircraft).where(Aircraft.airline_iata == airline_iata).order_by(Aircraft.tail)
    return list(db.session.scalars(query))


def plain_words(text: str) -> str:
    """Return text as it is compared: small letters without accents, digits, single spaces."""
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_PLAIN_LETTERS))
    return " ".join(re.findall(r"[a-z0-9]+", decomposed.encode("ascii", "ignore").decode()))


def _read_directory() -> Directory:
    countries = Locale("en").territories
    rows = db.session.execute(select(Airport.__table__).order_by(Airport.iata)).all()
    airports = {}
    cities: dict[str, tuple[str, ...]] = {}
    for row in rows:
        country = countries.get(row.country, row.country)
        airports[row.iata] = AirportInfo(
            row.iata,
            row.city_code,
            row.name,
            row.city,
            country,
            ZoneInfo(row.timezone),
            row.latitude,
            row.longitude,
            timedelta(minutes=row.mct_domestic_minutes),
            timedelta(minutes=row.mct_international_minutes),
            plain_words(f"{row.city} {row.name} {country}"),
        )
        cities[row.city_code] = (*cities.get(row.city_code, ()), row.iata)
    names = db.session.execute(select(Airline.iata, Airline.name)).all()
    return Directory(airports, cities, {row.iata: row.name for row in names}, time.monotonic())


def _rank(plain: str, place: Place, of: Directory) -> int | None:
    code, label = place.code.lower(), plain_words(place.label)
    if plain == code:
        return 0
    if label.startswith(plain):
        return 1 if len(place.airports) > 1 else 2
    # A city is found by its own words; the name of one of its airports means that airport.
    airport = of.airports.get(place.code) if len(place.airports) == 1 else None
    words = airport.words if airport else plain_words(f"{place.label} {place.detail}")
    if code.startswith(plain):
        return 3
    return 4 if all(f" {word}" in f" {words}" for word in plain.split()) else None
