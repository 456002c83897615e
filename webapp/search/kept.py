"""Kept results: what was written of a search, as long as the flights that it shows stay the same.

A list of results follows from the search, the network with its routes, the quarter of an hour and
the rows that were read. So the database is asked at every visit whether the rows are the same, and
only where they have changed are results built and written again. Prices and seats are those of the
moment either way; what is usual on a route may be as old as the quarter.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from flask import current_app

from webapp.flights.queries import Reading
from webapp.network.queries import Directory
from webapp.search.criteria import Criteria
from webapp.search.offers import this_quarter
from webapp.search.routes import flown_routes

# The searches that everybody makes, in each process; some 50 kB each, and the long ones not at all.
MOST_KEPT, MOST_BYTES = 200, 150_000
# Of so many it is known that they were made, and only one that comes again is worth its room.
MOST_KNOWN = 5_000
# What differs from visitor to visitor is written in the place of these.
TOKEN_MARK = f"token-{secrets.token_hex(12)}"
KEY_MARK = f"key-{secrets.token_hex(12)}"
# And this is the place of the results in the page around them.
RESULTS_MARK = f"results-{secrets.token_hex(12)}"
_lock = threading.Lock()
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


@dataclass(slots=True)
class KeptResults:
    """Results as they were written, and what they were written from.

    All of it as bytes: an arrow in a text makes Python keep two for each letter. `around` is the
    page before and after the results, as everybody sees it who has no account.
    """

    criteria: Criteria
    html: bytes
    readings: Sequence[Reading]
    network: Directory
    routes: dict[str, set[str]]
    quarter: datetime
    around: tuple[bytes, bytes] | None = None

    def is_still_true(self, network: Directory) -> bool:
        """Tell whether the same would be written now."""
        return (
            self.network is network
            and self.quarter == this_quarter()
            and self.routes is flown_routes(network)
            and all(reading.is_still_true() for reading in self.readings)
        )


def filled(html: bytes, csrf_token: str, form_key: str) -> bytes:
    """Return what was written with a visitor's own token and keys in its forms."""
    for mark, own in ((TOKEN_MARK, csrf_token), (KEY_MARK, form_key)):
        html = html.replace(mark.encode(), own.encode())
    return html


def kept_results(query: bytes, network: Directory) -> KeptResults | None:
    """Return what was written of a search before, if it still holds."""
    kept = _all_kept()
    found = kept.get(query)
    if found is None or not found.is_still_true(network):
        return None
    with _lock:
        if query in kept:
            kept.move_to_end(query)
    return found


def comes_again(query: bytes) -> bool:
    """Tell whether a search was made before, not long ago; from now on it was."""
    known: OrderedDict[int, None]
    known = current_app.extensions.setdefault("known_searches", OrderedDict())
    number = hash(query)  # Addresses may be long.
    with _lock:
        is_known = number in known
        _put(known, number, None, MOST_KNOWN)
    return is_known


def keep(query: bytes, results: KeptResults) -> None:
    """Keep what was written of a search; what was not asked for the longest makes room."""
    if len(results.html) <= MOST_BYTES:
        with _lock:
            _put(_all_kept(), query, results, MOST_KEPT)


def _put(of: OrderedDict[_Key, _Value], key: _Key, value: _Value, most: int) -> None:
    of[key] = value
    of.move_to_end(key)
    while len(of) > most:
        of.popitem(last=False)


def _all_kept() -> OrderedDict[bytes, KeptResults]:
    kept: OrderedDict[bytes, KeptResults]
    kept = current_app.extensions.setdefault("kept_results", OrderedDict())
    return kept
