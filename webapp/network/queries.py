"""Reads: airports by code, city and name, airlines, aircraft."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from flask import current_app
from sqlalchemy import Row, select

from webapp.db import db
from webapp.network.distance import great_circle_km
from webapp.network.elsewhere import Elsewhere, beginning_elsewhere, elsewhere, is_country
from webapp.network.matching import LAST_BY_LABEL, WHOLE, Names, plain_words
from webapp.network.models import Aircraft, Airline, Airport
from webapp.network.other_names import OTHER_CITIES, OTHER_COUNTRIES

_SECONDS_KEPT = 30.0
_MOST_SUGGESTED = 8
_MOST_ELSEWHERE = 3
# Three letters are a code to whoever writes capitals, and to others the beginning of a name.
_SHORTEST_NAME = 4
# The airport of a suburb, which we call by its city, is nearer.
_FAR_KM = 100
CROSSING_A_CITY = timedelta(hours=2)
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
    country_words: str = field(repr=False)


@dataclass(frozen=True)
class Place:
    """What a traveller means by a code or a name: one airport, or all those of a city."""

    code: str
    label: str
    detail: str
    airports: tuple[str, ...]

    @property
    def written(self) -> str:
        """What stands in a field for it: its label with its code, Delhi (DEL), London LGW."""
        return self.label if self.label.endswith(self.code) else f"{self.label} ({self.code})"


@dataclass(frozen=True)
class Suggestions:
    """What a half-typed text may mean: places of ours that begin so, those that we do not serve,
    each with the nearest of ours and the kilometres between, and guesses at a slip.

    The first that begins so may be taken for what was meant where `is_sure`; nothing else may.
    """

    begun: list[Place]
    is_sure: bool
    elsewhere: list[tuple[str, Place, float]]
    guesses: list[Place]


@dataclass(frozen=True)
class Directory:
    """All airports and airlines of the network, by code, and what its airlines sell in."""

    airports: dict[str, AirportInfo]
    cities: dict[str, tuple[str, ...]]
    airlines: dict[str, str]
    currencies: frozenset[str] = frozenset()
    _distances: dict[tuple[str, str], float] = field(default_factory=dict, repr=False)
    _names: list[tuple[Names, Place]] = field(default_factory=list, repr=False)

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
        typed = plain_words(text)
        found = [each for each in self._named() if typed in each[0].labels]
        if not found and typed:
            found = [each for each in self._named() if each[0].is_meant_by(typed)]
        if len(found) > 1:
            # London, United Kingdom: the city's whole name, and only a part of its airports'.
            found = [each for each in found if each[0].is_named_whole_in(typed)]
        if len(found) != 1:
            return None
        names, place = found[0]
        if typed in names.labels:
            return place
        is_other = self._is_far_away(text) or self._is_another_country(text, place)
        return None if is_other else place

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

    def suggestions(self, text: str) -> Suggestions:
        """Return what a half-typed text may mean, of each kind the likeliest first."""
        ranked = self._ranked(text, Names.rank)
        begun = [place for _, place in ranked[:_MOST_SUGGESTED]]
        if ranked and ranked[0][0] == WHOLE:
            return Suggestions(begun, True, [], [])
        named = self._not_served(self.nearest_to(text))
        is_named = bool(named) and (len(text) >= _SHORTEST_NAME or text.isupper())
        is_other = is_named or (bool(begun) and self._is_another_country(text, begun[0]))
        if ranked and ranked[0][0] <= LAST_BY_LABEL and not is_other:
            return Suggestions(begun, True, [], [])
        begins = self._not_served(self._nearest_to_each(beginning_elsewhere(text)))
        far = named if is_named else [*named, *(each for each in begins if each not in named)]
        # A word of an airport's or a country's name means the one place that has it.
        is_sure = len(ranked) == 1 and not far and not is_other
        guesses = [] if begun else self.with_a_slip(text, _MOST_SUGGESTED)
        return Suggestions(begun, is_sure, far[:_MOST_ELSEWHERE], guesses)

    def beginning_with(self, text: str, most: int) -> list[Place]:
        """Return the places that a half-typed text without a slip may mean, the likeliest first."""
        return [place for _, place in self._ranked(text, Names.rank)[:most]]

    def with_a_slip(self, text: str, most: int) -> list[Place]:
        """Return the places that a half-typed text with one slip may mean, the likeliest first."""
        return [place for _, place in self._ranked(text, Names.rank_with_a_slip)[:most]]

    def nearest_to(self, text: str) -> list[tuple[str, Place, float]]:
        """Return the names of places of the world that a text means, each with the airport of ours
        that is nearest to it and the kilometres between them, the least first.
        """
        labelled = _CODE_IN_LABEL.search(text)
        places = self._nearest_to_each(elsewhere(labelled.group(1) if labelled else text))
        return sorted(places, key=lambda place: place[2])

    def _nearest_to_each(self, places: list[Elsewhere]) -> list[tuple[str, Place, float]]:
        if not self.airports:
            return []
        found: dict[str, tuple[float, AirportInfo]] = {}
        for far in places:
            pairs = [
                (great_circle_km(far.latitude, far.longitude, near.latitude, near.longitude), near)
                for near in self.airports.values()
            ]
            nearest = min(pairs, key=lambda pair: pair[0])
            found[far.label] = min(found.get(far.label, nearest), nearest, key=lambda pair: pair[0])
        return [(label, self._airport_place(near), km) for label, (km, near) in found.items()]

    def _is_far_away(self, text: str) -> bool:
        """Tell whether all that is called so is far from here: Porto is not in Porto Alegre."""
        places = self.nearest_to(text)
        return bool(places) and all(km > _FAR_KM for *_, km in places)

    def _is_another_country(self, text: str, place: Place) -> bool:
        """Tell whether a text is a country that a place is not in: Monaco is not in Munich, which
        some call Monaco di Baviera.
        """
        country = self.airports[place.airports[0]].country
        return is_country(text) and plain_words(text) != plain_words(country)

    @staticmethod
    def _not_served(places: list[tuple[str, Place, float]]) -> list[tuple[str, Place, float]]:
        # Airports of ours are places of the world, too.
        return [place for place in places if place[2] >= 1]

    def _ranked(
        self, text: str, rank_of: Callable[[Names, str], int | None]
    ) -> list[tuple[int, Place]]:
        typed = plain_words(text)
        if not typed:
            return []
        ranked = [
            (rank, names.labels[0], place)
            for names, place in self._named()
            if (rank := rank_of(names, typed)) is not None
        ]
        ranked.sort(key=lambda row: row[:2])
        return [(rank, place) for rank, _, place in ranked]

    def _named(self) -> list[tuple[Names, Place]]:
        """Return every place with its names, worked out once."""
        if not self._names:
            cities = [self._city_place(code) for code, of in self.cities.items() if len(of) > 1]
            airports = [self._airport_place(airport) for airport in self.airports.values()]
            # Put in place at once: another thread may be here as well.
            self._names[:] = [(self._names_of(place), place) for place in cities + airports]
        return self._names

    def zone_of(self, place: Place) -> ZoneInfo:
        """Return the time zone of a place: that of its first airport."""
        return self.airports[place.airports[0]].zone

    def _names_of(self, place: Place) -> Names:
        is_city = len(place.airports) > 1
        # A city is found by its own words; the name of one of its airports means that airport.
        airport = self.airports[place.airports[0]]
        words = plain_words(f"{place.label} all airports") if is_city else airport.words
        words = f"{place.code.lower()} {words} {airport.country_words}"
        # Of a city with several airports, the other names mean the city alone, as its own does.
        others = OTHER_CITIES.get(place.label, ())
        labels = tuple(plain_words(each) for each in (place.label, *others))
        words = " ".join((words, *labels[1:]))
        return Names(place.code.lower(), labels, tuple(words.split()), is_city)

    def _city_place(self, code: str) -> Place:
        airports = self.cities[code]
        first = self.airports[airports[0]]
        return Place(code, f"{first.city}", f"all airports, {first.country}", airports)

    def _airport_place(self, airport: AirportInfo) -> Place:
        shared = len(self.cities[airport.city_code]) > 1
        label = f"{airport.city} {airport.iata}" if shared else airport.city
        return Place(airport.iata, label, f"{airport.name}, {airport.country}", (airport.iata,))


@dataclass(frozen=True)
class _Kept:
    """The directory, the rows that it was made of, and until when it is taken as it is."""

    directory: Directory
    rows: list[tuple[Any, ...]]
    until: float


def directory() -> Directory:
    """Return the network's airports and airlines, at most half a minute old.

    It is the same object as long as nothing in it has changed.
    """
    kept: _Kept | None = current_app.extensions.get("directory")
    if kept is None or time.monotonic() > kept.until:
        airports = db.session.execute(select(Airport.__table__).order_by(Airport.iata)).all()
        names = db.session.execute(select(Airline.iata, Airline.name, Airline.currency)).all()
        rows = [tuple(row) for row in (*airports, *names)]
        is_known = kept is not None and kept.rows == rows
        found = kept.directory if kept and is_known else _directory_of(airports, names)
        kept = _Kept(found, rows, time.monotonic() + _SECONDS_KEPT)
        # An empty network is about to be loaded by another process: do not remember it.
        if found.airports:
            current_app.extensions["directory"] = kept
    return kept.directory


def airlines() -> list[Airline]:
    """Return every airline, by name."""
    return list(db.session.scalars(select(Airline).order_by(Airline.name)))


def aircraft_of(airline_iata: str) -> list[Aircraft]:
    """Return an airline's aircraft, by tail."""
    query = select(Aircraft).where(Aircraft.airline_iata == airline_iata).order_by(Aircraft.tail)
    return list(db.session.scalars(query))


def _directory_of(
    rows: Sequence[Row[*tuple[Any, ...]]], names: Sequence[Row[str, str, str]]
) -> Directory:
    countries = Locale("en").territories
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
            plain_words(f"{row.city} {row.name}"),
            plain_words(f"{country} {OTHER_COUNTRIES.get(row.country, '')}"),
        )
        cities[row.city_code] = (*cities.get(row.city_code, ()), row.iata)
    named = {row.iata: row.name for row in names}
    return Directory(airports, cities, named, frozenset(row.currency for row in names))
