"""Schedules, rolled forward."""

from __future__ import annotations

from datetime import timedelta

import dramatiq

from webapp import clock
from webapp.db import retry_conflicts, transaction
from webapp.flights.generation import extend_schedules
from worker.broker import broker

DAYS_ON_SALE = timedelta(days=120)


@dramatiq.actor(
    broker=broker, queue_name="upkeep", max_age=3_600_000, time_limit=600_000, max_retries=0
)
def roll_schedules() -> None:
    """Make the flights of the days that have come within reach.

    Safe to run twice: each schedule says up to which day its flights exist.
    """
    retry_conflicts(_roll)


def _roll() -> None:
    with transaction() as session:
        extend_schedules(session, clock.now().date() + DAYS_ON_SALE)
