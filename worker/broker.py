"""The broker: RabbitMQ, or Dramatiq's in-process broker when no BROKER_URL is set."""

from __future__ import annotations

import logging
from typing import Any

import dramatiq
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AgeLimit, Retries, ShutdownNotifications, TimeLimit
from flask import Flask
from pika import URLParameters

from webapp import create_app
from webapp.config import Settings
from webapp.notifications.delivery import hang_up
from worker.outage import DatabaseWatch
from worker.watch import WatchedBroker

app: Flask = create_app(serves=True)
settings: Settings = app.config["SETTINGS"]


class AppContext(dramatiq.Middleware):
    """Gives each message an app context, and with it a database session, of its own."""

    def __init__(self) -> None:
        self.contexts: dict[str, Any] = {}

    def before_process_message(
        self, broker: dramatiq.Broker, message: dramatiq.MessageProxy
    ) -> None:
        """Push the context in the thread that runs the actor."""
        context = app.app_context()
        context.push()
        self.contexts[message.message_id] = context

    def after_process_message(
        self, broker: dramatiq.Broker, message: dramatiq.MessageProxy, **_: object
    ) -> None:
        """Pop it; the session goes back to the pool."""
        context = self.contexts.pop(message.message_id, None)
        if context is not None:
            context.pop()

    after_skip_message = after_process_message


class KeptConnections(dramatiq.Middleware):
    """Closes what a worker's thread kept open, when the thread ends."""

    def before_worker_thread_shutdown(self, broker: dramatiq.Broker, thread: Any) -> None:
        """Hang up on the mail server."""
        hang_up()


def _make_broker() -> dramatiq.Broker:
    middleware: list[dramatiq.Middleware] = [
        AgeLimit(),
        TimeLimit(),
        ShutdownNotifications(),
        # What fails is begun again from its row or in the next minute, never from its message.
        Retries(max_retries=0),
        AppContext(),
        DatabaseWatch(),
        KeptConnections(),
    ]
    if settings.broker_url is None:
        return StubBroker(middleware=middleware)
    try:
        URLParameters(settings.broker_url)
    except Exception as error:
        # Each argument behind the ? is read in a way of its own, and so is what it raises.
        raise SystemExit(f"fairwind: BROKER_URL cannot be used: {error}") from None
    # Without confirms a message that the broker never wrote down would count as published.
    return WatchedBroker(url=settings.broker_url, confirm_delivery=True, middleware=middleware)


logging.getLogger("pika").setLevel(logging.CRITICAL)
broker = _make_broker()
dramatiq.set_broker(broker)

__all__ = ["app", "broker", "settings"]
