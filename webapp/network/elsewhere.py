"""Places of the world that the network does not serve: where they are, by their names."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import airportsdata
from babel import Locale

from webapp.network.matching import plain_words
from webapp.network.other_names import OTHER_CITIES

_FILE = Path(airportsdata.__file__).with_name("airports.csv")
# A word that more airports share, such as "international", means none of them.
_MOST_BY_A_WORD = 3
_SHORTEST = 4
# Two letters begin hundreds of names.
_SHORTEST_BEGINNING = 3


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A place with an airport somewhere on earth, in degrees; `names` are all words about it."""

    code: str
    city: str
    names: str
    country: str
    label: str
    latitude: float
    longitude: float


def elsewhere(text: str) -> list[Elsewhere]:
    """Return the places that a code, a city or whole words of an airport's name mean.

    Whoever writes a country, after a comma or alone, means nothing in another one: Malta is not in
    Montana.
    """
    head, _, tail = text.rpartition(",")
    meant = _countries().get(plain_words(tail), set())
    typed = plain_words(head if head and meant else text)
    if not typed:
        return []
    cities, words = _namesakes(typed), [f" {word} " for word in typed.split()]
    found = [each for each in _places() if each.code == typed or each.city in cities]
    if not found and len(typed) >= _SHORTEST:
        found = [each for each in _places() if all(word in each.names for word in words)]
        found = found if len(found) <= _MOST_BY_A_WORD else []
    return [each for each in found if not meant or each.country in meant]


def beginning_elsewhere(text: str) -> list[Elsewhere]:
    """Return the places whose city is called something that begins with a text, the most of whose
    name is typed first.
    """
    typed = plain_words(text)
    if len(typed) < _SHORTEST_BEGINNING:
        return []
    groups = [group for group in _groups() if any(name.startswith(typed) for name in group)]
    cities = set[str]().union(*groups)
    found = [each for each in _places() if each.city.startswith(typed) or each.city in cities]
    return sorted(found, key=lambda each: len(each.city))


def is_country(text: str) -> bool:
    """Tell whether a text is the whole name of a country."""
    return plain_words(text) in _countries()


@cache
def _places() -> list[Elsewhere]:
    """Return every place, which takes a tenth of a second and some megabytes when first asked."""
    names = Locale("en").territories
    with _FILE.open(encoding="utf-8") as lines:
        return [
            Elsewhere(
                row["iata"].lower(),
                plain_words(row["city"]),
                f" {plain_words(row['city'])} {plain_words(row['name'])} ",
                row["country"],
                f"{row['city']}, {names.get(row['country'], row['country'])}",
                float(row["lat"]),
                float(row["lon"]),
            )
            for row in csv.DictReader(lines)
            # Some are no more than planned, or stand in no town.
            if row["iata"] and row["city"] and "under construction" not in row["name"]
        ]


@cache
def _countries() -> dict[str, set[str]]:
    countries: dict[str, set[str]] = {}
    for code, name in Locale("en").territories.items():
        countries.setdefault(plain_words(name), set()).add(code)
    return countries


@cache
def _groups() -> list[set[str]]:
    return [{plain_words(each) for each in (city, *of)} for city, of in OTHER_CITIES.items()]


def _namesakes(typed: str) -> set[str]:
    return {typed}.union(*(group for group in _groups() if typed in group))
