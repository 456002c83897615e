"""Whether the broker is there, from what the consumers of its queues say and do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import dramatiq
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.errors import BrokerConnectionError

from worker.presence import Presence


class Watch(dramatiq.Middleware):
    """Knows which queues have lost the broker, from what their consumers say and do.

    Dramatiq's own consumers say so at every try, as critical errors.
    """

    def __init__(self) -> None:
        self.broker = Presence("broker")

    def after_consumer_thread_boot(self, broker: dramatiq.Broker, thread: Any) -> None:
        """Read along what a consumer says."""
        thread.logger.addFilter(self.filter_of(thread.queue_name))

    def filter_of(self, queue: str) -> Callable[[logging.LogRecord], bool]:
        """Return a filter of a consumer's log, which holds back lost connections alone."""

        def passes(record: logging.LogRecord) -> bool:
            match record.args:
                case (BrokerConnectionError() as error,) if record.levelno == logging.CRITICAL:
                    self.broker.note_away(str(error), queue)
                    return False
            return True

        return passes


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
        self._watch.broker.note_back(queue_name)
        return consumer
