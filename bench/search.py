"""What a search among 100,000 flights costs beside the floor, under the same server."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from statistics import median

from bench import floor
from bench.flights import FLIGHTS_A_DAY, searches
from bench.load import Client, drive, fetch, get
from bench.ratios import heading, interleaved, line, ratios, verdict
from tests.journeys.production import ROOT, Production
from tests.services.loopback import free_port, is_listening
from tests.services.server import Process, wait_until_ready

MOST_TIMES_THE_FLOOR = 2.0
_ROUNDS, _CLIENTS = 11, 16
_REQUESTS, _REQUESTS_IN_TURN = 200, 50
_RESULT = re.compile(rb"<article[^>]*\bdata-offer\b")


def run(shape: Production) -> bool:
    """Measure, print, and return whether the target is met."""
    cookies = fetch(shape.port, get(searches(1)[0])).cookies
    is_met = True
    for words, more in (("non-stop flights only", "&stops=0"), ("with connections", "")):
        addresses = [address + more for address in searches(100)]
        # A browser keeps its session's cookie; a visit without one would make a session each time.
        is_met &= _compare(shape, words, [get(address, cookies) for address in addresses])
    return is_met


def _compare(shape: Production, words: str, requests: list[bytes]) -> bool:
    page = fetch(shape.port, requests[0])
    assert page.status == 200, page.status
    results = len(_RESULT.findall(page.body))
    template = floor.template_of(page.body.decode(), FLIGHTS_A_DAY)
    with floor_server(shape, template) as floor_port:
        bare = fetch(floor_port, requests[0])
        rows = bare.body.count(b"<article")
        assert rows == FLIGHTS_A_DAY, f"the floor reads {rows} rows"
        assert abs(len(bare.body) / len(page.body) - 1) < 0.03, "the floor writes other bytes"
        figures = interleaved(_ROUNDS, _measurements(shape.port, floor_port, requests))
    heading(
        f"Search at 100,000 flights, {words}: {results} results, {len(page.body):,} bytes, "
        f"{_ROUNDS} rounds"
    )
    times = ratios(figures["floor"], figures["search"])
    alone = ratios(figures["search alone"], figures["floor alone"])
    line(f"search, {_CLIENTS} clients", figures["search"], "pages/s", 0)
    line(f"floor, {_CLIENTS} clients", figures["floor"], "pages/s", 0)
    line("search costs, in floors", times, "x")
    line("search, one client", [each * 1000 for each in figures["search alone"]], "ms")
    line("floor, one client", [each * 1000 for each in figures["floor alone"]], "ms")
    line("search takes, in floors", alone, "x")
    return verdict("search costs", median(times), MOST_TIMES_THE_FLOOR, "floors")


def _measurements(
    port: int, floor_port: int, requests: list[bytes]
) -> dict[str, Callable[[], float]]:
    def rate(of: int) -> Callable[[], float]:
        return lambda: drive(of, [_reader(requests)] * _CLIENTS, 5, _REQUESTS).rate

    def latency(of: int) -> Callable[[], float]:
        return lambda: drive(of, [_reader(requests)], 5, _REQUESTS_IN_TURN).latency

    for of in (port, floor_port):
        rate(of)()
    return {
        "floor": rate(floor_port),
        "search": rate(port),
        "floor alone": latency(floor_port),
        "search alone": latency(port),
    }


def _reader(requests: list[bytes]) -> Callable[[], Client]:
    def read() -> Client:
        for request in cycle(requests):
            answer = yield request
            assert answer.status == 200, answer.status

    return read


@contextmanager
def floor_server(shape: Production, template: str) -> Iterator[int]:
    """Serve the floor as the web service of the production shape is served; yield its port."""
    port = free_port()
    file = shape.folder / "floor.html"
    file.write_text(template)
    web = shape.service("web")
    options = web.command[web.command.index("webapp.serve") + 1 :]
    server = Process(
        [sys.executable, "-m", "bench.floor", *options],
        log=shape.folder / "floor.log",
        env={
            **web.environment,
            "PORT": str(port),
            floor.TEMPLATE_VARIABLE: str(file),
            "PYTHONPATH": os.fspath(ROOT),
        },
        cwd=ROOT,
    )
    try:
        server.start()
        wait_until_ready(server, lambda: is_listening(port), name="the floor", seconds=20)
        yield port
    finally:
        server.close()
