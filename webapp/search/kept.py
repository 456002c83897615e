"""Kept results: what was written of a search, as long as the flights that it shows stay the same.

A list of results follows from the search, the network, the minute and the rows that were read, and
from nothing else. So the rows are read for every visit, and only where they are found changed are
results built and written again. Prices and seats are those of the moment either way.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from markupsafe import Markup

from webapp import clock
from webapp.flights.queries import Reading
from webapp.network.queries import Directory
from webapp.search.criteria import Criteria

# The searches that everybody makes, in each process; some 50 kB each, and the long ones not at all.
MOST_KEPT, MOST_LETTERS = 200, 150_000
# What differs from visitor to visitor is written in the place of these.
TOKEN_MARK = f"token-{secrets.token_hex(12)}"
KEY_MARK = f"key-{secrets.token_hex(12)}"
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class KeptResults:
    """Results as they were written, and what they were written from."""

    criteria: Criteria
    html: str
    readings: Sequence[Reading]
    network: Directory
    minute: datetime

    def filled(self, csrf_token: str, form_key: str) -> Markup:
        """Return the results with a visitor's own token and keys in their forms."""
        return Markup(self.html.replace(TOKEN_MARK, csrf_token).replace(KEY_MARK, form_key))

    def is_still_true(self, network: Directory) -> bool:
        """Tell whether the same would be written now."""
        return (
            self.network is network
            and self.minute == this_minute()
            and all(reading.is_still_true() for reading in self.readings)
        )


def kept_results(query: bytes, network: Directory) -> KeptResults | None:
    """Return what was written of a search before, if it still holds."""
    found = _all_kept().get(query)
    return found if found and found.is_still_true(network) else None


def keep(query: bytes, results: KeptResults) -> None:
    """Keep what was written of a search; what was written first makes room."""
    if len(results.html) > MOST_LETTERS:
        return
    kept = _all_kept()
    with _lock:
        kept[query] = results
        kept.move_to_end(query)
        while len(kept) > MOST_KEPT:
            kept.popitem(last=False)


def this_minute() -> datetime:
    """Return the minute that it is: what is written of a search counts no finer."""
    return clock.now().replace(second=0, microsecond=0)


def _all_kept() -> OrderedDict[bytes, KeptResults]:
    kept: OrderedDict[bytes, KeptResults]
    kept = current_app.extensions.setdefault("kept_results", OrderedDict())
    return kept
