"""Whether the broker is there: one line when it goes away, and one when it is back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import dramatiq
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.errors import BrokerConnectionError

log = logging.getLogger("fairwind.broker")


class Watch(dramatiq.Middleware):
    """Knows which queues have lost the broker, from what their consumers say and do.

    Dramatiq's own consumers say so at every try, as critical errors.
    """

    def __init__(self) -> None:
        self._without: set[str] = set()
        self._lock = threading.Lock()

    def after_consumer_thread_boot(self, broker: dramatiq.Broker, thread: Any) -> None:
        """Read along what a consumer says."""
        thread.logger.addFilter(self.filter_of(thread.queue_name))

    def filter_of(self, queue: str) -> Callable[[logging.LogRecord], bool]:
        """Return a filter of a consumer's log, which holds back lost connections alone."""

        def passes(record: logging.LogRecord) -> bool:
            match record.args:
                case (BrokerConnectionError() as error,) if record.levelno == logging.CRITICAL:
                    self.note_away(queue, str(error))
                    return False
            return True

        return passes

    def note_away(self, queue: str, words: str) -> None:
        """Note that a queue has no broker; the first one says so."""
        with self._lock:
            if not self._without:
                log.warning('event=broker.away words="%s"', words)
            self._without.add(queue)

    def note_back(self, queue: str) -> None:
        """Note that a queue has its broker; the last one says so."""
        with self._lock:
            if self._without == {queue}:
                log.info("event=broker.back")
            self._without.discard(queue)


class WatchedBroker(RabbitmqBroker):
    """RabbitMQ with a watch, which hears of every consumer that has a connection."""

    def __init__(self, **options: Any) -> None:
        """Connect when something is asked for, as Dramatiq's broker does."""
        super().__init__(**options)
        self._watch = Watch()
        self.add_middleware(self._watch)

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> dramatiq.Consumer:
        """Connect to a queue."""
        consumer = super().consume(queue_name, prefetch, timeout)
        self._watch.note_back(queue_name)
        return consumer
