"""The production shape on a network of each size: loaded and started when it is first asked for."""

from __future__ import annotations

import time
from contextlib import ExitStack

from sqlalchemy import create_engine

from bench.network import SIZES, Network
from tests.journeys.production import Production, production
from tests.services import MailServer, MariaDB, RabbitMQ
from webapp.db import engine_options

SMALL, MIDDLE, LARGE = "100k", "1m", "10m"
# What a server that keeps ten million flights would be given; the others live in less.
_LARGE_BUFFER_BYTES = 4 * 1024**3


class Shapes:
    """Web servers of our own, each on a database with a network of one size."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._mariadb = stack.enter_context(MariaDB(on_disk=True))
        self._rabbitmq = stack.enter_context(RabbitMQ())
        self._mail_server = stack.enter_context(MailServer())
        self._shapes: dict[str, Production] = {}

    def at(self, size: str) -> Production:
        """Return the shape on a network of a size, with its web server running."""
        if size not in self._shapes:
            self._shapes[size] = self._started(SIZES[size])
        return self._shapes[size]

    def _started(self, network: Network) -> Production:
        if network.name == LARGE:
            self._mariadb.execute(f"SET GLOBAL innodb_buffer_pool_size = {_LARGE_BUFFER_BYTES}")
        url = self._mariadb.create_database()

        def load(_shape: Production) -> None:
            engine = create_engine(url, **engine_options(url))
            begun = time.perf_counter()
            flights = network.load(engine)
            seconds = time.perf_counter() - begun
            print(f"{flights:,} flights loaded in {seconds:.0f} s", flush=True)
            engine.dispose()

        # Mails would be sent while bookings are measured: only `memory` starts the worker.
        return self._stack.enter_context(
            production(
                url,
                self._rabbitmq.url,
                self._mail_server.url,
                start=["web"],
                prepare=load,
                rate_limits="no",
            )
        )
