"""32 travellers at once do all that can be done to a few flights over HTTP: every promise holds.

Several web processes serve them on MariaDB. Holds run out meanwhile, for the clock is moved; a
worker's tidying goes on beside; and in the second test processes are killed at random.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.builders import make_aircraft, make_flight
from tests.conftest import settings_for
from tests.journeys.lives import Tally, live_until
from tests.journeys.production import Production, production
from tests.services import MariaDB
from webapp import clock, create_app
from webapp.booking import service
from webapp.booking.queries import holds_past_their_time
from webapp.db import db, retry_conflicts, transaction
from webapp.flights.models import FlightCabin
from webapp.staff.integrity import broken_promises

pytestmark = [pytest.mark.slow, pytest.mark.mariadb]

CLIENTS = 32
AT_LEAST, AT_MOST = 20.0, 300.0
OPERATIONS = 2_000
CLOCK_MOVES_EVERY = 5.0
STEPS = ("hold", "confirm", "release", "seat", "cancel", "cancel part", "divide", "change")
SEATS = 24
GOOD = {200, 404, 409, 422}


def test_whatever_32_travellers_do_at_once_every_promise_holds(
    mariadb: MariaDB, tmp_path: Path
) -> None:
    with few_flights(mariadb, tmp_path) as (shape, searches, url):
        tally = Tally()
        live(shape, searches, tally, lambda: advance(url, shape.folder))
        # 404 is what a booking answers that is cancelled, or flown, when its page comes too late.
        assert tally.statuses <= GOOD, tally.answers
        assert tally.cuts == 0, shape.logs()
        assert has_seen_all(tally), tally.answers
        assert tally.operations >= OPERATIONS, tally.answers
        assert "Traceback" not in shape.log_of("web")
        settle(url, shape.folder)


def test_the_same_holds_when_processes_are_killed_at_random(
    mariadb: MariaDB, tmp_path: Path
) -> None:
    with few_flights(mariadb, tmp_path) as (shape, searches, url):
        tally, chance = Tally(), random.Random(7)

        def kill_one() -> None:
            chance.choice(shape.processes("web")[1:]).kill()

        def kill_all() -> None:
            shape.kill("web")
            shape.start("web")

        kills = [(4.0, kill_one), (7.0, kill_one), (11.0, kill_all), (16.0, kill_one)]
        live(shape, searches, tally, lambda: advance(url, shape.folder), kills)
        # A kill may fall between an answer and the page that it leads to.
        assert tally.statuses <= GOOD | {303}, tally.answers
        assert tally.cuts > 0, "nobody noticed a kill"
        assert has_seen_all(tally), tally.answers
        assert tally.operations >= OPERATIONS, tally.answers
        settle(url, shape.folder)


@contextmanager
def few_flights(mariadb: MariaDB, folder: Path) -> Iterator[tuple[Production, list[str], str]]:
    """Serve six small flights out and six back; yield the searches that find them."""
    url = mariadb.create_database()
    searches: list[str] = []

    def prepare(_shape: Production) -> None:
        with application(url, folder):
            aircraft = make_aircraft(seats=SEATS, letters="AB CD")
            first = clock.now().replace(hour=2, minute=30) + timedelta(days=10)
            for hours in (0, 5, 24, 29, 48, 53):
                departs_at = first + timedelta(hours=hours)
                out = make_flight(SEATS, departs_at=departs_at, aircraft=aircraft)
                back = make_flight(
                    SEATS,
                    origin="BOM",
                    destination="DEL",
                    departs_at=departs_at + timedelta(days=5),
                    aircraft=aircraft,
                )
                search = f"/flights?origin=DEL&destination=BOM&depart={out.departs_on}"
                searches.extend([search, f"{search}&return={back.departs_on}"])

    # The web server needs neither the broker nor the mail server to sell.
    away = "amqp://127.0.0.1:1", "smtp://127.0.0.1:1"
    settings = {"rate_limits": "no", "movable_clock": "yes"}
    with production(url, *away, start=["web"], prepare=prepare, **settings) as shape:
        yield shape, searches, url


def live(
    shape: Production,
    searches: list[str],
    tally: Tally,
    advance: Callable[[], None],
    kills: Sequence[tuple[float, Callable[[], None]]] = (),
) -> None:
    """Let 32 travellers live for a while, with kills at their seconds, and holds that run out.

    On a slow machine they live on until enough was done, each thing at least once, within a limit.
    """
    begun, stop = time.monotonic(), threading.Event()
    moves = [(CLOCK_MOVES_EVERY * (number + 1), advance) for number in range(int(AT_MOST))]
    incidents = sorted([*kills, *moves], key=lambda incident: incident[0])
    with ThreadPoolExecutor(CLIENTS) as clients:
        lives = [
            clients.submit(live_until, stop, shape.port, seed, searches, tally)
            for seed in range(CLIENTS)
        ]
        try:
            while (lived := time.monotonic() - begun) < AT_MOST:
                if lived > AT_LEAST and tally.operations >= OPERATIONS and has_seen_all(tally):
                    break
                if lived > incidents[0][0]:
                    incidents.pop(0)[1]()
                time.sleep(0.1)
        finally:
            stop.set()  # Or the pool would wait for ever for lives that nobody ends.
        for each in lives:
            each.result()
    print(f"{tally.operations} operations, {tally.cuts} cuts: {dict(tally.answers)}")


def has_seen_all(tally: Tally) -> bool:
    """Tell whether each thing that travellers do has succeeded at least once."""
    return all(tally.of(step) > 0 for step in STEPS)


def advance(url: str, folder: Path) -> None:
    """Let every hold run out at once, and tidy as the worker does, beside the travellers."""
    with application(url, folder):
        clock.advance(service.HOLD_TIME + timedelta(minutes=1))
        tidy()


def settle(url: str, folder: Path) -> None:
    """Let the last holds run out, and hold the database against every promise."""
    with application(url, folder):
        clock.advance(service.HOLD_TIME + timedelta(minutes=1))
        tidy()
        assert broken_promises() == []
        cabins = db.session.query(FlightCabin).all()
        assert [cabin.held for cabin in cabins] == [0] * len(cabins)
        assert all(0 <= cabin.sold <= SEATS for cabin in cabins)


def tidy() -> None:
    """Expire what ran out, booking by booking."""
    for booking_id in holds_past_their_time():
        retry_conflicts(lambda booking_id=booking_id: _expire(booking_id))  # type: ignore[misc]


def _expire(booking_id: int) -> None:
    with transaction():
        service.expire_hold(booking_id)


@contextmanager
def application(url: str, folder: Path) -> Iterator[None]:
    """Push an application on the same database and clock."""
    app = create_app(settings_for(url, folder))
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()
    clock.configure(None)
