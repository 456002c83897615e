"""Holds past their time, tidied away."""

from __future__ import annotations

from functools import partial

import dramatiq

from webapp.booking import service
from webapp.booking.queries import holds_past_their_time
from webapp.db import in_transaction
from worker.broker import broker


@dramatiq.actor(broker=broker, queue_name="upkeep", max_age=60_000, time_limit=60_000)
def expire_holds() -> None:
    """Tidy away every hold past its time, each in a transaction of its own.

    Safe to run twice: only a booking that still says `held` changes. Nothing depends on it
    running: such a hold counts for nothing already.
    """
    for booking_id in holds_past_their_time():
        in_transaction(partial(service.expire_hold, booking_id))
