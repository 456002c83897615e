"""Rows that are due -> their ids on the broker."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from itertools import chain

from webapp.db import in_transaction, transaction
from webapp.notifications import outbox
from worker.actors.notifications import deliver_notifications
from worker.broker import app, settings

log = logging.getLogger("fairwind.dispatch")

_POLL_SECONDS = 0.25
_PAUSE_AFTER_TROUBLE_SECONDS = 2.0
_MOST_TOGETHER = 50
_SHARES = 8
_MOST_AT_ONCE = 400


def dispatch_until(stop: threading.Event) -> None:
    """Hand out what is due, four times a second, until told to stop.

    A broker or a database that is away is waited for; meanwhile the rows stay due.
    """
    trouble: str | None = None
    while not stop.is_set():
        earlier, trouble = trouble, _round(stop)
        if trouble and trouble != earlier:
            log.warning('event=dispatch.paused words="%s"', trouble)
        if earlier and not trouble:
            log.info("event=dispatch.resumed")
        stop.wait(_PAUSE_AFTER_TROUBLE_SECONDS if trouble else _POLL_SECONDS)


def _round(stop: threading.Event) -> str | None:
    """Hand out what is due; return what stood in the way."""
    try:
        with app.app_context():
            while dispatch_due() and not stop.is_set():
                pass
    except Exception as error:
        # Whatever it was, the rows are still there, and the next round finds them.
        return (str(error) or repr(error)).splitlines()[0]
    return None


def dispatch_due() -> int:
    """Claim what is due and put its ids on the broker; return how many.

    Two dispatchers at once claim different rows. A crash between the claim and the broker leaves
    a lease that runs out.
    """
    if not outbox.is_anything_due():
        return 0
    lease = timedelta(seconds=settings.delivery_lease)
    together = in_transaction(lambda: outbox.claim_due(lease, _MOST_AT_ONCE))
    messages = _packed(together)
    for place, ids in enumerate(messages):
        try:
            deliver_notifications.send(ids)
        except Exception:  # Whatever the broker raised, the rows must not wait for their lease.
            _return(list(chain(*messages[place:])))
            raise
    return sum(map(len, messages))


def _packed(together: list[list[int]]) -> list[list[int]]:
    """Put several mails into a message, so that a flood costs the broker little.

    They are few enough that every thread gets its share; those that belong together stay so.
    """
    size = min(_MOST_TOGETHER, -(-sum(map(len, together)) // _SHARES))
    messages: list[list[int]] = []
    for ids in together:
        if messages and len(messages[-1]) + len(ids) <= size:
            messages[-1] += ids
        else:
            messages.append(list(ids))
    return messages


def _return(ids: list[int]) -> None:
    with transaction():
        outbox.return_unpublished(ids)
