"""What a party may give back since the airline changed a flight, and what that is called."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.booking.cancellation.queries import cancellation_quote
from webapp.booking.cancellation.rules import Part, parts_of
from webapp.booking.journeys import journeys_of
from webapp.booking.ledger import fees_of
from webapp.booking.schedule_changes.models import ScheduleChange
from webapp.booking.trips import Trip
from webapp.money import format_money


@dataclass(frozen=True)
class Refund:
    """A part that is given back, by name where it is not all there ever is, and its money."""

    part: Part
    name: str
    amount: str
    has_fees: bool

    @property
    def words(self) -> str:
        """What the way to the money is called: it is all, but for fees that were paid before."""
        if self.name:
            return f"Get {self.amount} back for {self.name}"
        return f"Get {self.amount} back" if self.has_fees else f"Get a full refund of {self.amount}"


def refunds_of(change: ScheduleChange, trip: Trip) -> list[Refund]:
    """Return what may be given back: the way of a change first, and the whole booking last.

    Where one of two ways has left, the other is all that there is; nothing where the change's has.
    """
    ways = journeys_of(trip)
    names = {None: "the whole booking, both ways"} | {each.number: each.words for each in ways}
    has_fees = bool(fees_of(trip.booking))
    refunds = []
    for part in reversed(parts_of(trip)):
        if part.journey in (None, change.segment.journey):
            name = names[part.journey] if len(ways) > 1 else ""
            back = -cancellation_quote(trip, part).offered.total.minor
            amount = format_money(back, trip.booking.currency)
            refunds.append(Refund(part, name, amount, has_fees))
    return refunds
