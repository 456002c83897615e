"""What a search costs beside the floor, under the same server.

Searches come in two kinds: of a hundred that come again and again, and such as nobody made before,
for which nothing can have been kept.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from statistics import median

from bench import floor
from bench.load import Client, drive, fetch, get
from bench.network import FLIGHTS_A_DAY, SIZES
from bench.ratios import heading, interleaved, line, ratios, verdict
from bench.shapes import SMALL, Shapes
from tests.journeys.production import ROOT, Production
from tests.services.loopback import free_port, is_listening
from tests.services.server import Process, wait_until_ready

MOST_TIMES_THE_FLOOR = 2.0
NON_STOP = "&stops=0"
AGAIN = 100
_ROUNDS, _CLIENTS = 11, 16
_REQUESTS, _REQUESTS_IN_TURN = 1_000, 200
_NEW_REQUESTS, _NEW_REQUESTS_IN_TURN = 300, 60
_RESULT = re.compile(rb"<article[^>]*\bdata-offer\b")


def run(shapes: Shapes) -> bool:
    """Measure, print, and return whether the target is met."""
    costs = compare(shapes.at(SMALL), SMALL, "non-stop", NON_STOP)
    compare(shapes.at(SMALL), SMALL, "with connections", "")
    return verdict("non-stop search costs", costs, MOST_TIMES_THE_FLOOR, "floors")


def compare(shape: Production, size: str, words: str, more: str) -> float:
    """Measure searches between hubs and the floor; return what one costs, in floors.

    It is the searches that come again that the result tells of; the others are printed beside it.
    """
    addresses = [address + more for address in SIZES[size].searches(AGAIN + 6_000)]
    page = fetch(shape.port, get(addresses[0]))
    assert page.status == 200, page.status
    # A browser keeps its session's cookie; a visit without one would make a session each time.
    requests = [get(address, page.cookies) for address in addresses]
    results = len(_RESULT.findall(page.body))
    template = floor.template_of(page.body.decode(), FLIGHTS_A_DAY)
    with floor_server(shape, template) as floor_port:
        bare = fetch(floor_port, requests[0])
        rows = bare.body.count(b"<article")
        assert rows == FLIGHTS_A_DAY, f"the floor reads {rows} rows"
        assert abs(len(bare.body) / len(page.body) - 1) < 0.03, "the floor writes other bytes"
        figures = interleaved(_ROUNDS, _measurements(shape.port, floor_port, requests))
    heading(
        f"Search at {size} flights, {words}: {results} results, {len(page.body):,} bytes, "
        f"{_ROUNDS} rounds"
    )
    for name in ("floor", "again", "new"):
        line(f"{name}, {_CLIENTS} clients", figures[name], "pages/s", 0)
        line(f"{name}, one client", [each * 1000 for each in figures[f"{name} alone"]], "ms")
    for name in ("again", "new"):
        line(f"{name} costs, in floors", ratios(figures["floor"], figures[name]), "x")
        times = ratios(figures[f"{name} alone"], figures["floor alone"])
        line(f"{name} takes, in floors", times, "x")
    return median(ratios(figures["floor"], figures["again"]))


def reader(requests: Sequence[bytes] | Iterator[bytes]) -> Callable[[], Client]:
    """Return a client that makes some requests one after the other, from the start at the end."""

    def read() -> Client:
        for request in cycle(requests) if isinstance(requests, Sequence) else requests:
            answer = yield request
            assert answer.status == 200, answer.status

    return read


def _measurements(
    port: int, floor_port: int, requests: list[bytes]
) -> dict[str, Callable[[], float]]:
    again = reader(requests[:AGAIN])
    # One iterator for all clients and rounds, so that no search comes twice.
    new = reader(iter(requests[AGAIN:]))

    def rate(of: int, client: Callable[[], Client], requests: int) -> Callable[[], float]:
        return lambda: drive(of, [client] * _CLIENTS, 5, requests).rate

    def latency(of: int, client: Callable[[], Client], requests: int) -> Callable[[], float]:
        return lambda: drive(of, [client], 5, requests).latency

    measurements = {}
    for name, of, client, requests, in_turn in (
        ("floor", floor_port, again, _REQUESTS, _REQUESTS_IN_TURN),
        ("again", port, again, _REQUESTS, _REQUESTS_IN_TURN),
        ("new", port, new, _NEW_REQUESTS, _NEW_REQUESTS_IN_TURN),
    ):
        rate(of, client, requests)()
        measurements[name] = rate(of, client, requests)
        measurements[f"{name} alone"] = latency(of, client, in_turn)
    return measurements


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
