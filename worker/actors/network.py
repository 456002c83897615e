"""Schedules, rolled forward and changed."""

from __future__ import annotations

from datetime import date
from functools import partial

import dramatiq

from webapp import clock
from webapp.db import retry_conflicts, transaction
from webapp.flights.generation import DAYS_AHEAD, extend_schedules, in_portions
from worker.broker import broker
from worker.schedule_changes import cancel_beyond_ends, move_to_new_times


@dramatiq.actor(broker=broker, queue_name="upkeep", max_age=3_600_000, time_limit=600_000)
def roll_schedules() -> None:
    """Make the flights of the days that have come within reach.

    Safe to run twice: each schedule says up to which day its flights exist.
    """
    for until in in_portions(clock.now().date(), DAYS_AHEAD):
        retry_conflicts(partial(_roll, until))


def _roll(until: date) -> None:
    with transaction() as session:
        extend_schedules(session, until)


@dramatiq.actor(broker=broker, queue_name="upkeep", max_age=60_000, time_limit=600_000)
def follow_schedules() -> None:
    """Cancel flights beyond the ends of schedules, and move those that are to fly at other times.

    Safe to run twice: a flight that is cancelled or moved stays so, and tells nobody again.
    """
    cancel_beyond_ends()
    move_to_new_times()
