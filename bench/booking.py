"""Bookings a second over HTTP, on one hot flight and over 1,000, beside what InnoDB gives at most.

The floor is what no booking can do without: one guarded UPDATE, one INSERT and one commit, by 32
threads over PyMySQL with no web server, no session and no page.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from itertools import count, cycle
from random import Random

import pymysql
from sqlalchemy.engine import make_url

from bench.load import Answer, Client, drive, fetch, get, post
from bench.network import SIZES
from bench.ratios import heading, interleaved, line, ratios
from bench.shapes import SMALL, Shapes
from tests.journeys.production import Production
from webapp import clock

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
    """Measure and print. There is no target but the floor to look at."""
    shape = shapes.at(SMALL)
    searches = SIZES[SMALL].searches(100)
    pages = [fetch(shape.port, get(f"{address}&stops=0")).body for address in searches]
    offers = [unescape(text.decode()) for page in pages for text in _OFFER.findall(page)]
    assert len(offers) == _FLIGHTS, f"{len(offers)} offers instead of {_FLIGHTS}"
    visitors = [_visitor(shape.port, address) for address in searches[:_CLIENTS]]
    refused: Counter[str] = Counter()
    places = {"one flight": offers[:1], f"{_FLIGHTS:,} flights": offers}
    measurements: dict[str, Callable[[], float]] = {}
    for where, chosen in places.items():
        house = _House(shape.port, visitors, chosen, refused)
        measurements[f"floor, {where}"] = _Floor(shape, len(chosen)).rate
        measurements[f"holds, {where}"] = house.holds
        measurements[f"confirms, {where}"] = house.confirms
        measurements[f"whole bookings, {where}"] = house.bookings
    figures = interleaved(_ROUNDS, measurements)
    heading(f"Bookings by {_CLIENTS} clients, {_ROUNDS} rounds of {_SECONDS} s")
    for name, each in figures.items():
        line(name, each, "a second", 0)
    print(f"  refused: {dict(refused) or 'none'}")
    for where in places:
        floor = figures[f"floor, {where}"]
        for what in ("holds", "confirms", "whole bookings"):
            line(f"floor / {what}, {where}", ratios(floor, figures[f"{what}, {where}"]), "x", 1)
    return not refused


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


class _Floor:
    """The statements that the promise of a seat costs, and nothing else."""

    def __init__(self, shape: Production, flights: int) -> None:
        self._url = make_url(shape.service("web").environment["DATABASE_URL"])
        self._flights = flights
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE IF NOT EXISTS bench_bookings (id BIGINT AUTO_INCREMENT PRIMARY KEY,"
                " flight_id BIGINT NOT NULL, made_at DATETIME(6) NOT NULL, KEY (flight_id))"
            )
            cursor.execute(
                "CREATE TABLE IF NOT EXISTS bench_cabins (PRIMARY KEY (flight_id))"
                " AS SELECT * FROM flight_cabins WHERE flight_id <= %s",
                (_FLIGHTS,),
            )

    def rate(self) -> float:
        """Return bookings a second."""
        done = [0] * _CLIENTS
        until = time.perf_counter() + _SECONDS
        begun = time.perf_counter()
        threads = [
            threading.Thread(target=self._book, args=(each, done, until))
            for each in range(_CLIENTS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(done) / (time.perf_counter() - begun)

    def _book(self, position: int, done: list[int], until: float) -> None:
        random = Random(position)
        with self._connect() as connection, connection.cursor() as cursor:
            while time.perf_counter() < until:
                flight_id = random.randint(1, self._flights)
                taken = cursor.execute(
                    "UPDATE bench_cabins SET held = held + 1"
                    " WHERE flight_id = %s AND held + sold + 1 <= sellable",
                    (flight_id,),
                )
                assert taken == 1, "the floor has sold out"
                cursor.execute(
                    "INSERT INTO bench_bookings (flight_id, made_at) VALUES (%s, NOW(6))",
                    (flight_id,),
                )
                connection.commit()
                done[position] += 1

    def _connect(self) -> pymysql.Connection:
        url = self._url
        return pymysql.connect(
            host=url.host,
            port=url.port or 3306,
            user=url.username,
            password=str(url.password),
            database=url.database,
            init_command="SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        )


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
