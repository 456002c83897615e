"""What is kept about people, forgotten when it is needed no more."""

from __future__ import annotations

import dramatiq

from worker.broker import broker
from worker.forgetting import forget_portions


@dramatiq.actor(broker=broker, queue_name="upkeep", max_age=3_600_000, time_limit=300_000)
def forget_what_is_past() -> None:
    """Forget travel documents, holds, searches, alerts and counts of tries past their time.

    Safe to run twice: each statement forgets only what is still there and still past its time.
    """
    forget_portions()
