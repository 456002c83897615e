"""The production shape on a network of each size: loaded and started when it is first asked for."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

from sqlalchemy import Engine, create_engine

from bench.network import SIZES, Network
from tests.journeys.production import ROOT, Production, production
from tests.services import MailServer, MariaDB, RabbitMQ

SMALL, MIDDLE, LARGE, REAL_YEAR = "100k", "1m", "10m", "nycflights13"
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
            if size == LARGE:
                self._mariadb.execute(f"SET GLOBAL innodb_buffer_pool_size = {_LARGE_BUFFER_BYTES}")
            load = _import_real_year if size == REAL_YEAR else _loader(SIZES[size])
            self._shapes[size] = self._started(load)
        return self._shapes[size]

    def _started(self, load: Callable[[Production], None]) -> Production:
        # Mails would be sent while bookings are measured: only `memory` starts the worker.
        return self._stack.enter_context(
            production(
                self._mariadb.create_database(),
                self._rabbitmq.url,
                self._mail_server.url,
                start=["web"],
                prepare=load,
                rate_limits="no",
            )
        )


def database_of(shape: Production) -> Engine:
    """Return an engine on a shape's database."""
    return create_engine(shape.service("web").environment["DATABASE_URL"])


def _loader(network: Network) -> Callable[[Production], None]:
    def load(shape: Production) -> None:
        engine = database_of(shape)
        begun = time.perf_counter()
        flights = network.load(engine)
        print(f"{flights:,} flights loaded in {time.perf_counter() - begun:.0f} s", flush=True)
        engine.dispose()

    return load


def _import_real_year(shape: Production) -> None:
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "webapp", "import", "nycflights13"],
        env=shape.service("web").environment,
        cwd=ROOT,
        capture_output=True,
        timeout=600,
        check=True,
    )
    print(f"nycflights13 imported in {time.perf_counter() - begun:.0f} s", flush=True)
