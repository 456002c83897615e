"""What a search costs as the network grows, with connections, and the calendar of a month."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median, quantiles

from bench.load import drive, fetch, get
from bench.network import SIZES
from bench.ratios import heading, interleaved, line, ratios, verdict
from bench.search import AGAIN, NON_STOP, compare, reader
from bench.shapes import LARGE, MIDDLE, SMALL, Shapes

LEAST_OF_THE_FLOOR = 0.8
MOST_TIMES_GROWN = 1.2
MOST_TIMES_CONNECTED, MOST_TIMES_CONNECTED_P99 = 3.0, 10.0
MOST_TIMES_CALENDAR = 5.0
_ROUNDS, _IN_TURN = 9, 40


def run(shapes: Shapes) -> bool:
    """Measure a million flights, print, and return whether the targets are met."""
    costs = compare(shapes.at(MIDDLE), MIDDLE, "non-stop", NON_STOP)
    is_met = verdict("non-stop search costs", costs, 1 / LEAST_OF_THE_FLOOR, "floors")
    # Each is measured, whatever the one before came to.
    return all([is_met, _connected(shapes), _calendar(shapes), _grown(shapes, MIDDLE)])


def run_large(shapes: Shapes) -> bool:
    """Measure ten million flights, print, and return whether the target is met."""
    return _grown(shapes, LARGE)


def _grown(shapes: Shapes, size: str) -> bool:
    kinds = {
        f"{kind}, {name}": _latency(shapes.at(name).port, _requests(shapes, name, kind))
        for kind in ("again", "new")
        for name in (SMALL, size)
    }
    figures = interleaved(_ROUNDS, kinds)
    heading(f"Non-stop search at {size} flights beside {SMALL}, one client, p50")
    for name, each in figures.items():
        line(name, each, "ms")
    growth = {
        kind: ratios(figures[f"{kind}, {size}"], figures[f"{kind}, {SMALL}"])
        for kind in ("again", "new")
    }
    for kind, times in growth.items():
        line(f"{kind}, {size} over {SMALL}", times, "x")
    return verdict("grown, new searches", median(growth["new"]), MOST_TIMES_GROWN, "x")


def _connected(shapes: Shapes) -> bool:
    """Searches with up to two stops beside non-stop ones: anywhere, and where most connects."""
    port = shapes.at(MIDDLE).port
    latencies: dict[str, list[float]] = {"anywhere": [], "hubs": []}

    def between(kind: str, requests: Iterator[bytes]) -> Callable[[], float]:
        def measure() -> float:
            load = drive(port, [reader(requests)], 30, _IN_TURN)
            latencies[kind] += load.latencies
            return load.latency * 1000

        return measure

    network = SIZES[MIDDLE]
    cookies = fetch(port, get(network.searches(1)[0])).cookies

    def asked(addresses: list[str]) -> Iterator[bytes]:
        return iter([get(address, cookies) for address in addresses])

    # Seeds differ, so that no search is made twice.
    non_stop = [f"{address}{NON_STOP}" for address in network.searches(1_000, seed=2)]
    figures = interleaved(
        _ROUNDS,
        {
            "non-stop, new": _latency(port, asked(non_stop)),
            "between any two airports, new": between(
                "anywhere", asked(network.searches_anywhere(1_000, seed=4))
            ),
            "between two hubs, new": between("hubs", asked(network.searches(1_000, seed=3))),
        },
    )
    heading(f"Search with up to two stops at {MIDDLE} flights, one client")
    for name, each in figures.items():
        line(f"{name}, p50", each, "ms")
    base = median(figures["non-stop, new"])
    is_met = True
    for kind, words in (
        ("anywhere", "between any two airports"),
        ("hubs", "between two hubs"),
    ):
        p99 = quantiles(latencies[kind], n=100)[98] * 1000
        print(f"  {words}, p99: {p99:.1f} ms")
        p50s = ratios(figures[f"{words}, new"], figures["non-stop, new"])
        line(f"{words}, p50 over non-stop p50", p50s, "x")
        is_met &= verdict(f"{words}, p50", median(p50s), MOST_TIMES_CONNECTED, "non-stop searches")
        is_met &= verdict(
            f"{words}, p99", p99 / base, MOST_TIMES_CONNECTED_P99, "non-stop searches"
        )
    return is_met


def _calendar(shapes: Shapes) -> bool:
    port = shapes.at(MIDDLE).port
    searches = SIZES[MIDDLE].searches(800, seed=5)
    cookies = fetch(port, get(searches[0])).cookies
    months = dict.fromkeys(
        address.replace("/flights?", "/fares/calendar?").replace("depart=", "month=")[:-3]
        for address in SIZES[MIDDLE].searches(800, seed=6)
    )
    figures = interleaved(
        _ROUNDS,
        {
            "a day's search": _latency(port, iter([get(each, cookies) for each in searches])),
            "a month's calendar": _latency(port, iter([get(each, cookies) for each in months])),
        },
    )
    heading(f"Fare calendar of a month at {MIDDLE} flights, connections included, p50")
    for name, each in figures.items():
        line(f"{name}, new", each, "ms")
    times = ratios(figures["a month's calendar"], figures["a day's search"])
    return verdict("a month's calendar", median(times), MOST_TIMES_CALENDAR, "day's searches")


def _requests(shapes: Shapes, size: str, kind: str) -> list[bytes] | Iterator[bytes]:
    addresses = [address + NON_STOP for address in SIZES[size].searches(AGAIN + 1_000, seed=7)]
    cookies = fetch(shapes.at(size).port, get(addresses[0])).cookies
    requests = [get(address, cookies) for address in addresses]
    return requests[:AGAIN] if kind == "again" else iter(requests[AGAIN:])


def _latency(port: int, requests: list[bytes] | Iterator[bytes]) -> Callable[[], float]:
    return lambda: drive(port, [reader(requests)], 30, _IN_TURN).latency * 1000
