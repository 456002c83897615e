"""What became of mails, written down for several worker threads in one transaction.

A thread goes on to compose its next mail meanwhile, but hands it over only when its last one is
written down: so a crash leaves at most one accepted mail a thread that nobody knows of.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from sqlalchemy.exc import OperationalError

from webapp import clock
from webapp.booking.told import record_told
from webapp.db import in_transaction
from webapp.errors import Busy
from webapp.notifications import outbox
from webapp.notifications.delivery import Refused, Unreachable
from webapp.notifications.models import Notification
from worker.broker import app
from worker.mails import Mail, Postponed, Redirected, Withheld

log = logging.getLogger("fairwind.mail")

_MOST_AT_ONCE = 64
_PAUSE_SECONDS = 0.5


@dataclass(frozen=True)
class Sent:
    """The mail server took the mail, with these words."""

    mail: Mail
    answer: str


Outcome = Sent | Withheld | Postponed | Redirected | Refused


@dataclass(frozen=True)
class Entry:
    """A mail, what became of it, and a promise that it is written down."""

    notification: Notification
    outcome: Outcome
    written: Future[None] = field(default_factory=Future)


class Recorder:
    """A thread that writes outcomes down in the order they come, as many at once as wait."""

    def __init__(self) -> None:
        self._entries: queue.SimpleQueue[Entry] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def write(self, notification: Notification, outcome: Outcome) -> Future[None]:
        """Write down what became of a mail; the result raises what stood in the way."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
                self._thread.start()
        entry = Entry(notification, outcome)
        self._entries.put(entry)
        return entry.written

    def _run(self) -> None:
        while True:
            entries = [self._entries.get()]
            while len(entries) < _MOST_AT_ONCE and not self._entries.empty():
                entries.append(self._entries.get())
            with app.app_context():
                if not _is_written(entries):
                    # One that cannot be written must not take the others along.
                    for entry in entries:
                        _is_written([entry], is_last_try=True)


def _is_written(entries: Sequence[Entry], is_last_try: bool = False) -> bool:
    try:
        _write_patiently(entries)
    except Exception as error:
        if is_last_try:
            log.error("mail %s was not written down: %s", entries[0].notification.key, error)
            entries[0].written.set_exception(error)
        return False
    for entry in entries:
        _log(entry)
        entry.written.set_result(None)
    return True


def _write_patiently(entries: Sequence[Entry]) -> None:
    # The mails are out. A database that is away for a moment must not make them go out again, so
    # this waits for it, as long as the leases hold.
    leases = [entry.notification.lease_until for entry in entries]
    until = min(lease for lease in leases if lease is not None)
    while True:
        try:
            return in_transaction(lambda: _write(entries))
        except (OperationalError, Busy):
            if clock.machine_now() > until:
                raise
            time.sleep(_PAUSE_SECONDS)


def _write(entries: Sequence[Entry]) -> None:
    sent = [(each, each.outcome) for each in entries if isinstance(each.outcome, Sent)]
    outbox.record_sent([(entry.notification, outcome.answer) for entry, outcome in sent])
    for _, outcome in sent:
        for told in outcome.mail.tells:
            record_told(told)
    for entry in entries:
        _write_other(entry.notification, entry.outcome)


def _write_other(notification: Notification, outcome: Outcome) -> None:
    match outcome:
        case Withheld(reason):
            outbox.record_withheld(notification, reason)
        case Postponed(due_at):
            outbox.record_postponed(notification, due_at)
        case Redirected(recipient):
            outbox.record_redirected(notification, recipient)
        case Refused():
            is_refused = not isinstance(outcome, Unreachable)
            outbox.record_failure(notification, outcome.code, outcome.words, is_refused)


def _log(entry: Entry) -> None:
    notification, outcome = entry.notification, entry.outcome
    match outcome:
        case Sent(answer=answer):
            became, words = "sent", answer
        case Withheld(reason):
            became, words = "withheld", reason
        case Postponed(due_at):
            became, words = "postponed", due_at.isoformat()
        case Redirected():
            became, words = "redirected", ""
        case Refused():
            became, words = "refused", f"{outcome.code or ''} {outcome.words}".strip()
    log.info(
        'event=mail.%s id=%s key=%s attempt=%s words="%s"',
        became,
        notification.id,
        notification.key,
        notification.attempts,
        words,
    )
