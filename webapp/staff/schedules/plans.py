"""From what staff typed about a schedule to what is meant, or to words beside the fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from wtforms import Field

from webapp import clock
from webapp.flights.local_time import LocalTimes
from webapp.formats import long_day
from webapp.network.distance import fastest
from webapp.network.queries import Directory
from webapp.search.fields import refuse
from webapp.staff.plans import DAYS_AHEAD, LONGEST
from webapp.staff.schedules.forms import EndScheduleForm, RetimeScheduleForm
from webapp.staff.schedules.queries import StaffSchedule

# A mail about new times that leave less than this may come too late.
_NOTICE = timedelta(hours=3)


@dataclass(frozen=True)
class Retiming:
    """Other times for a schedule, from a day on."""

    first_day: date
    times: LocalTimes


def read_last_day(form: EndScheduleForm, today: date, ends_on: date | None) -> date | None:
    """Return the last day that is meant; None, with the error in the field, if it cannot be."""
    form.validate()
    day = form.last_day.data
    if form.errors or day is None:
        return None
    if day < today:
        refuse(form.last_day, "This day is over. Choose today or a later one.")
    elif (day - today).days > DAYS_AHEAD:
        refuse(form.last_day, "Check the year: flights are planned up to two years ahead.")
    elif ends_on is not None and day >= ends_on:
        refuse(form.last_day, f"It ends on {long_day(ends_on)} as it is. Choose an earlier day.")
    return None if form.errors else day


def read_retiming(
    form: RetimeScheduleForm, shown: StaffSchedule, today: date, network: Directory
) -> Retiming | None:
    """Return the new times that are meant; None, with errors in the fields, if they cannot be."""
    form.validate()
    if form.errors:
        return None
    first_day, departs = form.first_day.data, form.departs_local.data
    arrives = form.arrives_local.data
    assert first_day is not None
    assert departs is not None
    assert arrives is not None
    retiming = Retiming(first_day, LocalTimes(departs, arrives, int(form.day_shift.data)))
    if _is_first_day(form.first_day, today):
        _check_times(form, shown, retiming, network)
    return None if form.errors else retiming


def refuse_after_end(field: Field, ends_on: date) -> None:
    """Say beside a first day that the schedule is over by then."""
    refuse(field, f"It ends on {long_day(ends_on)}. Choose an earlier day.")


def _is_first_day(field: Field, today: date) -> bool:
    if field.data <= today:
        refuse(field, "Tomorrow at the earliest: a flight of today is moved on its own page.")
    elif (field.data - today).days > DAYS_AHEAD:
        refuse(field, "Check the year: flights are planned up to two years ahead.")
    return not field.errors


def _check_times(
    form: RetimeScheduleForm, shown: StaffSchedule, retiming: Retiming, network: Directory
) -> None:
    field = form.arrives_local
    origin = network.airports[shown.schedule.origin_iata]
    destination = network.airports[shown.schedule.destination_iata]
    departs_at, arrives_at = retiming.times.instants_on(
        max(retiming.first_day, shown.schedule.operates_from),
        origin.zone.key,
        destination.zone.key,
    )
    if departs_at - clock.now() < _NOTICE:
        refuse(
            form.departs_local,
            "That is too soon for many flights at once: move the first on its own page.",
        )
    elif arrives_at <= departs_at:
        refuse(field, "It would arrive before it leaves. Check the day: both times are local.")
    elif arrives_at - departs_at < fastest(origin, destination):
        refuse(field, "No airliner gets there in so little time. Check both times.")
    elif arrives_at - departs_at >= LONGEST:
        refuse(field, "No flight takes 24 hours or more. Check the arrival day.")
