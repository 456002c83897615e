"""What goes along of a booking's history with some of its party: not what is others' alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.booking.models import BookingEvent, Passenger

# The lines by which a part says where it came from, and the rest where it went.
DIVIDED, DIVIDED_FROM = "divided", "divided_from"
# Who left before is no part of what happened to these.
_OF_OTHERS = (DIVIDED, "passengers_cancelled")
State = Mapping[str, Any]


@dataclass(frozen=True)
class Along:
    """A line of history as those who leave take it along."""

    event: BookingEvent
    before: dict[str, Any]
    after: dict[str, Any]


def lines_along(events: Iterable[BookingEvent], party: Sequence[Passenger]) -> Iterator[Along]:
    """Yield the lines of a history that tell of those who leave, without names of the others."""
    shared = [event for event in events if event.what not in _OF_OTHERS]
    positions = {each.position for each in party}
    theirs = [each for each in shared if _position_in(each) in positions | {None}]
    # In lines that know no positions they stand by the names of then.
    names = {f"{each.given_name} {each.family_name}" for each in party}
    for event in theirs:
        for state in (event.before, event.after):
            if "position" in state:
                names.add(f"{state['given_name']} {state['family_name']}")
    keep = _Keep(positions, {str(each.id) for each in party}, names)
    for event in theirs:
        yield Along(event, keep.of(event.before), keep.of(event.after))


def _position_in(event: BookingEvent) -> int | None:
    """Return whom a line is about, where that is one of the party alone."""
    position: int | None = event.after.get("position", event.after.get("passenger"))
    return position


@dataclass(frozen=True)
class _Keep:
    positions: Collection[int]
    ids: Collection[str]
    names: Collection[str]

    def of(self, state: State) -> dict[str, Any]:
        """Return one side of a line without whom it names beside those who leave."""
        kept = dict(state)
        if "seats" in state:
            kept["seats"] = {id_: seat for id_, seat in state["seats"].items() if id_ in self.ids}
        if "passengers" in state:
            kept |= self._listed(state)
        return kept

    def _listed(self, state: State) -> dict[str, list[Any]]:
        lists = {
            each: state[each] for each in ("passengers", "born_on", "positions") if each in state
        }
        if "born_on" in lists:  # The whole party, in its order; of a part only some of it.
            lists.setdefault("positions", list(range(len(lists["passengers"]))))
        whose, known = (
            ("positions", self.positions) if "positions" in lists else ("passengers", self.names)
        )
        places = [place for place, each in enumerate(lists[whose]) if each in known]
        return {name: [each[place] for place in places] for name, each in lists.items()}
