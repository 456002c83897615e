"""What the production shape weighs when it has worked a little and waits."""

from __future__ import annotations

import time

from bench.load import fetch, get
from bench.network import SIZES
from bench.ratios import verdict
from bench.shapes import SMALL, Shapes

MOST_MIB = 320


def run(shapes: Shapes) -> bool:
    """Measure, print, and return whether the target is met."""
    shape = shapes.at(SMALL)
    shape.restart("web")
    shape.start(*(name for name in shape.names if not shape.is_alive(name)))
    for address in ["/", "/readyz", *SIZES[SMALL].searches(20)] * 2:
        fetch(shape.port, get(address))
    time.sleep(3)
    memory = shape.memory()
    print("\nIdle memory of the production shape, shared pages shared out (PSS)")
    # They would deliver the mails of the bookings that are measured elsewhere.
    shape.stop(*(name for name in shape.names if name != "web"))
    for name, processes in memory.items():
        each = " + ".join(f"{size:.1f}" for size in processes)
        print(f"  {name:<24}{sum(processes):>7.1f} MiB  ({each})")
    return verdict("all together", sum(sum(each) for each in memory.values()), MOST_MIB, "MiB")
