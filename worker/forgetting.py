"""What is kept about people and needed no more, forgotten portion by portion."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from webapp.alerts.queries import alerts_to_forget
from webapp.alerts.service import forget_alerts
from webapp.booking.checkin.queries import documents_to_forget
from webapp.booking.checkin.service import forget_documents
from webapp.booking.holds.queries import holds_to_forget
from webapp.booking.holds.service import forget_holds
from webapp.db import in_transaction
from webapp.limits import ended_windows, forget_windows
from webapp.search.recent.queries import searches_out_of_time
from webapp.search.recent.service import forget_past_searches

Find = Callable[[], list[Any]]
Forget = Callable[[list[Any]], None]

# Many, and not so many that the rest of the upkeep waits long.
_PORTIONS = 20
_KINDS: tuple[tuple[Find, Forget], ...] = (
    (documents_to_forget, forget_documents),
    (holds_to_forget, forget_holds),
    (searches_out_of_time, forget_past_searches),
    (alerts_to_forget, forget_alerts),
    (ended_windows, forget_windows),
)


def forget_portions() -> None:
    """Forget what is past its time, each portion in a transaction of its own.

    Where a kind has more than _PORTIONS, the next run goes on.
    """
    for find, forget in _KINDS:
        for _ in range(_PORTIONS):
            found = find()
            if not found:
                break
            in_transaction(partial(forget, found))
