"""From the form of a delay of many flights to the flights and their times, and back from a tick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp import clock
from webapp.flights.local_time import instant_of
from webapp.flights.models import Reason
from webapp.network.queries import Directory
from webapp.search.criteria import read_place
from webapp.search.fields import refuse
from webapp.staff.delays.forms import DelaysForm
from webapp.staff.delays.queries import MOST_AT_ONCE, flights_to_leave
from webapp.staff.filters import NO_SUCH_PLACE
from webapp.staff.queries import LONGEST_DELAY, StaffFlight

# No flight is planned further ahead.
_WITHIN = timedelta(days=366)


@dataclass(frozen=True)
class Later:
    """A flight, when it would be expected to leave, and why; it flies as long as planned."""

    shown: StaffFlight
    departs_at: datetime
    reason: Reason | None

    @property
    def arrives_at(self) -> datetime:
        """When it would be expected to arrive."""
        return self.departs_at + (self.shown.flight.arrives_at - self.shown.flight.departs_at)

    @property
    def departs_local(self) -> datetime:
        """The departure on the clocks of the origin."""
        return self.shown.at_origin(self.departs_at)

    @property
    def day_shift(self) -> int:
        """How many dates after its own it would leave."""
        return (self.departs_local.date() - self.shown.departs_at.date()).days

    @property
    def is_possible(self) -> bool:
        """Tell whether it can be expected then: neither too early, nor in the past, nor days on."""
        delay = self.departs_at - self.shown.flight.departs_at
        return timedelta() <= delay <= LONGEST_DELAY and self.departs_at > clock.now()

    @property
    def mark(self) -> str:
        """What a tick carries: the flight, what its page knew of it, the reason, and its time."""
        flight, reason = self.shown.address.values(), self.reason or ""
        words = [*flight, self.shown.seen, reason, self.departs_at.isoformat()]
        return "/".join(str(each) for each in words)


def read_delays(
    form: DelaysForm, network: Directory, airlines: Sequence[str]
) -> list[Later] | None:
    """Return the flights that are meant, each as much later; None, with errors in the fields."""
    form.validate()
    place = read_place(form.origin, network, NO_SUCH_PLACE)
    day, leaves_from, leaves_to = form.day.data, form.leaves_from.data, form.leaves_to.data
    if day and abs(day - clock.now().date()) > _WITHIN:
        refuse(form.day, "Choose a day within a year of today.")
    if leaves_from and leaves_to and leaves_to < leaves_from:
        refuse(form.leaves_to, "This is before the first time. Choose a later one.")
    if form.errors or not (place and day and leaves_from and leaves_to):
        return None
    # The airports of a city have one time.
    zone = network.airports[place.airports[0]].zone.key
    first, last = (instant_of(day, at, zone) for at in (leaves_from, leaves_to))
    found = flights_to_leave(airlines, place.airports, first, last)
    if len(found) > MOST_AT_ONCE:
        refuse(form.leaves_to, f"That is more than {MOST_AT_ONCE} flights. Choose a shorter time.")
        return None
    by = timedelta(minutes=form.minutes.data or 0)
    later = [
        Later(
            each,
            each.flight.expected_departs_at + by,
            # What is late already stays so for its own reason, unless another one is given.
            form.reason.data or each.reason_of_delay,
        )
        for each in found
    ]
    return [each for each in later if each.is_possible and each.shown.is_open]
