"""Lines that were written before a correction, with the names that the party bears now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.booking.models import Booking
from webapp.booking.names.rules import CORRECTED


@dataclass(frozen=True)
class PresentNames:
    """What those of a party are called now, by every name that they had.

    A name that two of them had, at whatever time, stays as it was written.
    """

    by_name: dict[str, str]

    @classmethod
    def of(cls, booking: Booking) -> PresentNames:
        """Return the names of a booking's party."""
        corrections = [event for event in booking.events if event.what == CORRECTED]
        if not corrections:
            return cls({})
        bearers: dict[str, set[int]] = defaultdict(set)
        for event in corrections:
            bearers[_full(event.before)].add(event.before["position"])
        # Who has a booking of their own since is called as they were corrected last.
        now = {event.after["position"]: _full(event.after) for event in corrections}
        now |= {
            each.position: f"{each.given_name} {each.family_name}" for each in booking.everybody
        }
        for position, name in now.items():
            bearers[name].add(position)
        return cls({name: now[min(own)] for name, own in bearers.items() if len(own) == 1})

    def within(self, line: str) -> str:
        """Return a line of the ledger as it would be written now: after a colon it says for whom.

        The ledger itself is never changed.
        """
        what, colon, whom = line.partition(": ")
        name, comma, way = whom.partition(",")
        return f"{what}{colon}{self.by_name.get(name, name)}{comma}{way}"


def _full(line: Mapping[str, Any]) -> str:
    return f"{line['given_name']} {line['family_name']}"
