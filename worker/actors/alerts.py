"""Prices that somebody follows, looked at again."""

from __future__ import annotations

import dramatiq

from worker.broker import broker
from worker.price_checks import check_prices


@dramatiq.actor(broker=broker, queue_name="upkeep", max_age=60_000, time_limit=300_000)
def check_alerts() -> None:
    """Look at the prices that nobody looked at for an hour.

    Safe to run twice: what was told moves the base that moves are measured from, under a lock on
    the alert, and a mail's key is unique.
    """
    check_prices()
