"""From a form as staff typed it to what is meant, or to words beside the fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from wtforms import Field

from webapp import clock
from webapp.booking.checkin.windows import CLOSES_BEFORE
from webapp.flights.local_time import instant_of, skipped_at
from webapp.flights.models import Reason
from webapp.formats import clock_time
from webapp.money import format_money, minor_per_unit
from webapp.network.distance import fastest
from webapp.network.models import Aircraft
from webapp.network.queries import AirportInfo, Directory
from webapp.search.fields import refuse
from webapp.staff.forms import (
    DelayFlightForm,
    RetimeFlightForm,
    SwapAircraftForm,
    TimesForm,
)
from webapp.staff.queries import LONGEST_DELAY, StaffFlight

# Wide enough for any plan, and narrow enough to catch a mistyped year.
DAYS_AHEAD = 730
LONGEST = timedelta(hours=24)
# Nine travellers on two flights still fit the columns that add fares up.
_HIGHEST_FARE_MINOR = 10_000_000


class Times(NamedTuple):
    """When a flight leaves and arrives."""

    departs_at: datetime
    arrives_at: datetime


@dataclass(frozen=True)
class Retiming:
    """Other times for a flight, as instants in UTC, by how much they move it, and why.

    A shift of less than nothing is earlier. The shifts are those of the moment of asking: the
    flight itself has the new times once they are saved.
    """

    shown: StaffFlight
    departs_at: datetime
    arrives_at: datetime
    departure_shift: timedelta
    arrival_shift: timedelta
    reason: Reason | None
    is_explained_anew: bool = False

    @property
    def departs_local(self) -> datetime:
        """The new departure on the clocks of the origin."""
        return self.shown.at_origin(self.departs_at)

    @property
    def arrives_local(self) -> datetime:
        """The new arrival on the clocks of the destination."""
        return self.shown.at_destination(self.arrives_at)

    @property
    def departs_on(self) -> date:
        """The local date of departure."""
        return self.departs_local.date()

    @property
    def day_shift(self) -> int:
        """How many dates later (or earlier) than it departs the flight would arrive."""
        return (self.arrives_local.date() - self.departs_on).days

    @property
    def is_soon(self) -> bool:
        """Tell whether it would leave so soon, and earlier, that a mail may come too late."""
        is_earlier = self.departs_at < self.shown.flight.expected_departs_at
        return is_earlier and self.departs_at - clock.now() < timedelta(hours=3)

    @property
    def closes_check_in(self) -> bool:
        """Tell whether check-in would be closed from the moment of the change on."""
        return self.departs_at - clock.now() <= CLOSES_BEFORE

    @property
    def changes_anything(self) -> bool:
        """Tell whether the times differ from those that the flight has, or its reason does."""
        return bool(self.departure_shift or self.arrival_shift) or self.is_explained_anew


def read_retiming(
    form: RetimeFlightForm, shown: StaffFlight, network: Directory
) -> Retiming | None:
    """Return the new times that are meant; None, with errors in the fields, if they cannot be."""
    form.validate()
    origin = network.airports[shown.flight.origin_iata]
    destination = network.airports[shown.flight.destination_iata]
    flight = shown.flight
    known = (
        flight.departs_at,
        flight.arrives_at,
        flight.expected_departs_at,
        flight.expected_arrives_at,
    )
    times = read_times(form, origin, destination, flight.arrives_at - flight.departs_at, known)
    if times is None or form.errors:
        return None
    return Retiming(
        shown,
        times.departs_at,
        times.arrives_at,
        times.departs_at - flight.departs_at,
        times.arrives_at - flight.arrives_at,
        form.reason.data,
    )


def read_delay(form: DelayFlightForm, shown: StaffFlight, network: Directory) -> Retiming | None:
    """Return the expected times that are meant; None, with errors, if they cannot be.

    The shifts are those from the times that were expected before. On time there is no reason.
    """
    delay = read_retiming(form, shown, network)
    if delay is None:
        return None
    flight = shown.flight
    if delay.departs_at < flight.departs_at:
        refuse(
            form.departs_local,
            f"It is planned for {clock_time(shown.departs_at)} and cannot leave before: change "
            "its times instead.",
        )
        return None
    if delay.departs_at - flight.departs_at > LONGEST_DELAY:
        refuse(
            form.departs_on,
            "That is more than three days after its time. Check the day, or change its times.",
        )
        return None
    is_late = (delay.departs_at, delay.arrives_at) != (flight.departs_at, flight.arrives_at)
    reason = delay.reason if is_late else None
    return replace(
        delay,
        departure_shift=delay.departs_at - flight.expected_departs_at,
        arrival_shift=delay.arrives_at - flight.expected_arrives_at,
        reason=reason,
        is_explained_anew=shown.is_delayed and flight.reason != reason,
    )


def read_swap(form: SwapAircraftForm, fleet: Sequence[Aircraft]) -> Aircraft | None:
    """Return the aircraft that is chosen; None, with the error in the field, if it is not ours."""
    form.validate_on_submit()
    aircraft = read_aircraft(form.aircraft, fleet)
    return None if form.errors else aircraft


def read_aircraft(field: Field, fleet: Sequence[Aircraft]) -> Aircraft | None:
    """Return the aircraft of a tail; None, with the error in the field, if it is not ours."""
    chosen = next((each for each in fleet if each.tail == field.data), None)
    if chosen is None and not field.errors:
        refuse(field, "The airline has no such aircraft. Choose one of the list.")
    return chosen


def read_times(
    form: TimesForm,
    origin: AirportInfo,
    destination: AirportInfo,
    flying_time: timedelta | None = None,
    known: Sequence[datetime] = (),
) -> Times | None:
    """Return the instants of local times; None, with the errors in the fields, if there are none.

    Without an arrival it follows from `flying_time`; `known` are instants that the flight has.
    """
    departs_at = _read_instant(form.departs_on, form.departs_local, origin, known)
    if departs_at is None:
        return None
    if (
        flying_time
        and not (form.arrives_on.raw_data or [""])[0] + (form.arrives_local.raw_data or [""])[0]
    ):
        arrives_at: datetime | None = departs_at + flying_time
    else:
        arrives_at = _read_instant(form.arrives_on, form.arrives_local, destination, known)
        day, at = form.arrives_on.data, form.arrives_local.data
        if arrives_at and arrives_at <= departs_at and day and at:
            # In autumn an hour comes twice, and no flight arrives before it leaves.
            arrives_at = instant_of(day, at.replace(fold=1), destination.zone.key)
    if arrives_at is None:
        return None
    if departs_at <= clock.now():
        refuse(form.departs_local, f"That time is over in {origin.city}. Choose a later one.")
    elif arrives_at <= departs_at:
        refuse(
            form.arrives_local,
            "It would arrive before it leaves. Check the day: both times are local.",
        )
    elif arrives_at - departs_at < min(fastest(origin, destination), flying_time or timedelta.max):
        refuse(form.arrives_local, "No airliner gets there in so little time. Check both times.")
    elif arrives_at - departs_at >= LONGEST:
        refuse(form.arrives_local, "No flight takes 24 hours or more. Check the arrival day.")
    else:
        return Times(departs_at, arrives_at)
    return None


def _read_instant(
    day: Field, at: Field, airport: AirportInfo, known: Sequence[datetime]
) -> datetime | None:
    for field, words in ((day, "Choose the day."), (at, "Say the time.")):
        if field.data is None and not field.errors:
            refuse(field, words)
    if day.errors or at.errors:
        return None
    if abs((day.data - clock.now().date()).days) > DAYS_AHEAD:
        refuse(day, "Check the year: flights are planned up to two years ahead.")
        return None
    local, zone = at.data, airport.zone.key
    skipped = skipped_at(day.data, local, zone)
    if skipped:
        later = datetime.combine(day.data, local) + skipped
        refuse(
            at,
            f"{local:%H:%M} does not exist in {airport.city} on this day, for the clocks go "
            f"forward. The same moment is {later:%H:%M}.",
        )
        return None
    # In autumn an hour comes twice; what a flight has already stays the one of the two that it is.
    shown = datetime.combine(day.data, local)
    same = (each for each in known if each.astimezone(airport.zone).replace(tzinfo=None) == shown)
    return next(same, None) or instant_of(day.data, local, zone)


def read_fare(field: Field, currency: str) -> int | None:
    """Return an amount in minor units; None, with the error in the field, if it cannot be."""
    text = (field.data or "").strip()
    per_unit = minor_per_unit(currency)
    if not text:
        refuse(field, "This aircraft has the cabin: say what an adult pays.")
    elif not text.replace(".", "", 1).isascii() or not text.replace(".", "", 1).isdigit():
        refuse(field, "Write an amount in digits, like 129 or 129.50.")
    else:
        minor = Decimal(text[:40]) * per_unit
        if minor != minor.to_integral_value():
            refuse(field, f"The smallest amount is {format_money(1, currency)}.")
        elif not 0 < minor <= _HIGHEST_FARE_MINOR:
            highest = format_money(_HIGHEST_FARE_MINOR, currency)
            refuse(field, f"A fare is more than nothing and at most {highest}.")
        else:
            return int(minor)
    return None
