"""Places of the world that the network does not serve: where they are, by their names."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import airportsdata
from babel import Locale

from webapp.network.matching import plain_words
from webapp.network.other_names import OTHER_CITIES

_FILE = Path(airportsdata.__file__).with_name("airports.csv")
# A word that more airports share, such as "international", means none of them.
_MOST_BY_A_WORD = 3
_SHORTEST = 4


@dataclass(frozen=True)
class Elsewhere:
    """A place with an airport somewhere on earth, in degrees."""

    label: str
    latitude: float
    longitude: float


@lru_cache(maxsize=1_000)
def elsewhere(text: str) -> tuple[Elsewhere, ...]:
    """Return the places that a code, a city or whole words of an airport's name mean.

    Whoever writes a country, after a comma or alone, means nothing in another one: Malta is not in
    Montana. Reads the package's file line by line, a tenth of a second: kept, it would take ten
    megabytes of every process.
    """
    head, _, tail = text.rpartition(",")
    countries = Locale("en").territories
    meant = {code for code, name in countries.items() if plain_words(name) == plain_words(tail)}
    typed = plain_words(head if head and meant else text)
    if not typed:
        return ()
    cities = _namesakes(typed)
    by_name, by_words = [], []
    for row in _airports():
        city = plain_words(row["city"])
        if row["iata"].lower() == typed or city in cities:
            by_name.append(row)
        elif len(typed) >= _SHORTEST and {*typed.split()} <= {
            *city.split(),
            *plain_words(row["name"]).split(),
        }:
            by_words.append(row)
    found = by_name or (by_words if len(by_words) <= _MOST_BY_A_WORD else [])
    return tuple(
        Elsewhere(
            f"{row['city']}, {countries.get(row['country'], row['country'])}",
            float(row["lat"]),
            float(row["lon"]),
        )
        for row in found
        if not meant or row["country"] in meant
    )


def _airports() -> Iterator[dict[str, str]]:
    with _FILE.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            # Some are no more than planned, or stand in no town.
            if row["iata"] and row["city"] and "under construction" not in row["name"]:
                yield row


def _namesakes(typed: str) -> set[str]:
    groups = [{plain_words(each) for each in (city, *of)} for city, of in OTHER_CITIES.items()]
    return {typed}.union(*(group for group in groups if typed in group))
