"""How many bytes a results page takes on the wire, with all that a first visit loads."""

from __future__ import annotations

import re
from html import unescape

from bench.load import fetch, get
from bench.network import SIZES
from bench.ratios import verdict
from bench.shapes import MIDDLE, Shapes

MOST_FIRST_KB, MOST_AGAIN_KB = 60, 15
# What htmx asks for once the page is there.
_LATER = re.compile(rb'hx-get="(/[^"]+)" hx-trigger="load"')
_FILE = re.compile(rb'<(?:link|script)[^>]+(?:href|src)="(/[^"]+)"')


def run(shapes: Shapes) -> bool:
    """Measure, print, and return whether the targets are met."""
    port = shapes.at(MIDDLE).port

    def size(address: str, **headers: str) -> int:
        answer = fetch(port, get(address, None, accept_encoding="gzip", **headers))
        return len(answer.head) + 4 + len(answer.body)

    # Two small airports are joined by the longest cards: those with two changes.
    addresses = [*SIZES[MIDDLE].searches(5), *SIZES[MIDDLE].searches_far(5)]
    address = max(addresses, key=size)
    page = fetch(port, get(address)).body
    files = [found.decode() for found in _FILE.findall(page)]
    later = [unescape(found.decode()) for found in _LATER.findall(page)]
    assert later, "the page asks for no prices of other days"
    print("\nBytes on the wire, compressed, with headers")
    sizes = {"the page": size(address)} | {file.partition("?")[0]: size(file) for file in files}
    sizes |= {part.partition("?")[0]: size(part, hx_request="true") for part in later}
    for name, length in sizes.items():
        print(f"  {name:<44}{length:>9,}")
    again = size(f"{address}&time_class=morning", hx_request="true")
    is_small = verdict("a first visit", sum(sizes.values()) / 1000, MOST_FIRST_KB, "kB")
    return verdict("a change of a filter", again / 1000, MOST_AGAIN_KB, "kB") and is_small
