"""Bookings a second over HTTP, on one hot flight and over 1,000, beside what InnoDB gives at most.

The floor is what no booking can do without: one guarded UPDATE, one INSERT and one commit, in a
bare Flask view under the same server, with no session, no form and no page.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from itertools import count, cycle
from random import Random
from statistics import median

from sqlalchemy import text

from bench.load import Answer, Client, drive, fetch, get, post
from bench.network import SEATS, SIZES
from bench.ratios import heading, interleaved, line, ratios, verdict
from bench.search import floor_server
from bench.shapes import SMALL, Shapes, database_of
from tests.journeys.production import Production
from webapp import clock

MOST_TIMES_THE_FLOOR = 2.0
_CLIENTS = 32
_ROUNDS = 5
_SECONDS = 1.2
_CONFIRMS_EACH = 4
_FLIGHTS = 1_000
_OFFER = re.compile(rb'name="offer" value="([^"]+)"')
_TOKEN = re.compile(rb'name="csrf_token" value="([^"]+)"')
_keys = count(1)


@dataclass(frozen=True)
class Visitor:
    """A visitor who has seen a page: the session's cookie, and the token of its forms."""

    cookies: dict[str, str]
    token: str


@dataclass
class Tally:
    """What the clients of one measurement share: when to stop, and what was done."""

    until: float
    done: int = 0

    def goes_on(self) -> bool:
        """Tell whether another booking may begin."""
        return time.perf_counter() < self.until


def run(shapes: Shapes) -> bool:
    """Measure, print, and return whether the targets are met."""
    shape = shapes.at(SMALL)
    searches = SIZES[SMALL].searches(100)
    pages = [fetch(shape.port, get(f"{address}&stops=0")).body for address in searches]
    offers = [unescape(text.decode()) for page in pages for text in _OFFER.findall(page)]
    assert len(offers) == _FLIGHTS, f"{len(offers)} offers instead of {_FLIGHTS}"
    visitors = [_visitor(shape.port, address) for address in searches[:_CLIENTS]]
    refused: Counter[str] = Counter()
    places = {"one flight": offers[:1], f"{_FLIGHTS:,} flights": offers}
    _make_floor_tables(shape)
    with floor_server(shape, "") as floor_port:
        measurements: dict[str, Callable[[], float]] = {}
        for where, chosen in places.items():
            house = _House(shape.port, visitors, chosen, refused)
            measurements[f"floor, {where}"] = _floor(floor_port, len(chosen))
            measurements[f"holds, {where}"] = house.holds
            measurements[f"confirms, {where}"] = house.confirms
            measurements[f"whole bookings, {where}"] = house.bookings
        figures = interleaved(_ROUNDS, measurements)
    heading(f"Bookings by {_CLIENTS} clients, {_ROUNDS} rounds of {_SECONDS} s")
    for name, each in figures.items():
        line(name, each, "a second", 0)
    print(f"  refused: {dict(refused) or 'none'}")
    is_met = not refused
    for where in places:
        floor = figures[f"floor, {where}"]
        for what in ("holds", "confirms"):
            times = median(ratios(floor, figures[f"{what}, {where}"]))
            is_met &= verdict(f"{what}, {where}", times, MOST_TIMES_THE_FLOOR, "floors")
        line(f"whole, {where}, in floors", ratios(floor, figures[f"whole bookings, {where}"]), "x")
    return is_met


class _House:
    """The product's own pages, loaded with forms."""

    def __init__(
        self, port: int, visitors: list[Visitor], offers: list[str], refused: Counter[str]
    ) -> None:
        self._port = port
        self._visitors = visitors
        self._refused = refused
        shuffled = list(offers)
        Random(1).shuffle(shuffled)
        self._offers: Iterator[str] = cycle(shuffled)

    def holds(self) -> float:
        """Return holds a second."""

        def hold(visitor: Visitor, tally: Tally) -> Client:
            while tally.goes_on():
                answer = yield self._hold(visitor)
                tally.done += self._is_taken("hold", answer)

        return self._rate(hold)

    def bookings(self) -> float:
        """Return whole bookings a second: hold, names, confirmation."""

        def book(visitor: Visitor, tally: Tally) -> Client:
            while tally.goes_on():
                ready = yield from self._prepare(visitor)
                if ready:
                    answer = yield ready
                    tally.done += self._is_taken("confirm", answer)

        return self._rate(book)

    def confirms(self) -> float:
        """Return confirmations a second, of bookings that were made ready before."""
        ready: list[bytes] = []

        def prepare(visitor: Visitor, _tally: Tally) -> Client:
            for _ in range(_CONFIRMS_EACH):
                request = yield from self._prepare(visitor)
                if request:
                    ready.append(request)

        def confirm(_visitor: Visitor, tally: Tally) -> Client:
            while ready:
                answer = yield ready.pop()
                tally.done += self._is_taken("confirm", answer)

        self._rate(prepare)
        return self._rate(confirm)

    def _rate(self, journey: Callable[[Visitor, Tally], Client]) -> float:
        tally = Tally(time.perf_counter() + _SECONDS)
        clients = [_bound(journey, visitor, tally) for visitor in self._visitors]
        load = drive(self._port, clients, seconds=30)
        return tally.done / load.seconds

    def _prepare(self, visitor: Visitor) -> Generator[bytes, Answer, bytes | None]:
        """Hold and name; return the request that confirms."""
        held = yield self._hold(visitor)
        if not self._is_taken("hold", held):
            return None
        cookies = visitor.cookies | held.cookies
        form = {
            "csrf_token": visitor.token,
            "passengers-0-given_name": "Alice",
            "passengers-0-family_name": "Meier",
            "passengers-0-born_on": str((clock.now() - timedelta(days=35 * 366)).date()),
            "contact_email": "alice@example.com",
        }
        named = yield post(held.location, form, cookies)
        if not self._is_taken("names", named):
            return None
        address = held.location.removesuffix("/passengers")
        return post(f"{address}/confirm", {"csrf_token": visitor.token}, cookies)

    def _hold(self, visitor: Visitor) -> bytes:
        form = {
            "csrf_token": visitor.token,
            "offer": next(self._offers),
            "idempotency_key": f"bench-{next(_keys):018}",
        }
        return post("/holds", form, visitor.cookies)

    def _is_taken(self, what: str, answer: Answer) -> bool:
        if answer.status != 303:
            self._refused[f"{what}: {answer.status} {_title(answer)}"] += 1
        return answer.status == 303


def _make_floor_tables(shape: Production) -> None:
    engine = database_of(shape)
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TABLE IF NOT EXISTS bench_bookings (id BIGINT AUTO_INCREMENT PRIMARY KEY,"
                " flight_id BIGINT NOT NULL, made_at DATETIME(6) NOT NULL, KEY (flight_id))"
            )
        )
        connection.execute(
            text(
                "CREATE TABLE IF NOT EXISTS bench_cabins (flight_id BIGINT PRIMARY KEY)"
                f" SELECT seq AS flight_id, {SEATS} AS sellable, 0 AS sold, 0 AS held"
                f" FROM seq_1_to_{_FLIGHTS}"
            )
        )
    engine.dispose()


def _floor(port: int, flights: int) -> Callable[[], float]:
    """Return what measures the bare view's bookings a second, on the first so many flights."""

    def rate() -> float:
        tally = Tally(time.perf_counter() + _SECONDS)

        def book(seed: int) -> Callable[[], Client]:
            def client() -> Client:
                random = Random(seed)
                while tally.goes_on():
                    flight_id = str(random.randint(1, flights))
                    answer = yield post("/bookings", {"flight_id": flight_id})
                    assert answer.status == 201, answer.status
                    tally.done += 1

            return client

        load = drive(port, [book(seed) for seed in range(_CLIENTS)], seconds=30)
        return tally.done / load.seconds

    return rate


def _bound(
    journey: Callable[[Visitor, Tally], Client], visitor: Visitor, tally: Tally
) -> Callable[[], Client]:
    return lambda: journey(visitor, tally)


def _visitor(port: int, address: str) -> Visitor:
    answer = fetch(port, get(address))
    token = _TOKEN.search(answer.body)
    assert token, "the search page has no form"
    return Visitor(answer.cookies, token[1].decode())


def _title(answer: Answer) -> str:
    found = re.search(rb"<h1[^>]*>(.*?)</h1>", answer.body, re.DOTALL)
    return found[1].decode() if found else ""
