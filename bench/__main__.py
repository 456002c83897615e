"""`python -m bench [PART ...]`: memory, search, booking; all of them without any."""

from __future__ import annotations

import sys
from contextlib import ExitStack

from sqlalchemy import create_engine

from bench import booking, memory, search
from bench.flights import load_flights
from tests.journeys.production import Production, production
from tests.services import MailServer, MariaDB, RabbitMQ
from webapp.db import engine_options

PARTS = {"memory": memory.run, "search": search.run, "booking": booking.run}


def main(names: list[str]) -> int:
    """Run the parts that are named; return 1 where a target is missed."""
    unknown = set(names) - set(PARTS)
    if unknown:
        print(f"bench: unknown part {', '.join(sorted(unknown))}; parts: {', '.join(PARTS)}")
        return 2
    chosen = [name for name in PARTS if name in (names or PARTS)]
    with ExitStack() as stack:
        mariadb = stack.enter_context(MariaDB(on_disk=True))
        rabbitmq = stack.enter_context(RabbitMQ())
        mail_server = stack.enter_context(MailServer())

        def load(_shape: Production) -> None:
            engine = create_engine(mariadb.url, **engine_options(mariadb.url))
            print(f"{load_flights(engine):,} flights loaded", flush=True)
            engine.dispose()

        # Mails would be sent while bookings are measured: only `memory` starts the worker.
        shape = stack.enter_context(
            production(
                mariadb.url,
                rabbitmq.url,
                mail_server.url,
                start=["web"],
                prepare=load,
                rate_limits="no",
            )
        )
        results = [PARTS[name](shape) for name in chosen]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
