"""Time zones as calendar files carry them (VTIMEZONE): when their clocks changed, and to what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from icalendar import Timezone

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)


@lru_cache(maxsize=500)
def zone_text(zone: str, first_year: int, last_year: int) -> bytes:
    """Return a zone as it stands in a file, from the start of one year to the end of another.

    It is most of a trip's file and the same in many, so it is written once.
    """
    text: bytes = _component(zone, first_year, last_year).to_ical()
    return text


def _component(zone: str, first_year: int, last_year: int) -> Timezone:
    """Return a zone as it is from the start of one year to the end of another.

    Each change is an entry of its own, which starts at the local time that the clocks showed just
    before it (RFC 5545, 3.6.5).
    """
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

    component = Timezone()
    component.add("tzid", zone)
    info = ZoneInfo(zone)
    start = datetime(first_year, 1, 1, tzinfo=UTC) - _DAY
    for changed_at in (start, *_changes(info, start, datetime(last_year + 1, 1, 2, tzinfo=UTC))):
        before = _offset(info, changed_at if changed_at == start else changed_at - _SECOND)
        local = changed_at.astimezone(info)
        entry = TimezoneDaylight() if local.dst() else TimezoneStandard()
        entry.add("dtstart", (changed_at + before).replace(tzinfo=None))
        entry.add("tzoffsetfrom", before)
        entry.add("tzoffsetto", _offset(info, changed_at))
        entry.add("tzname", local.tzname())
        component.add_component(entry)
    return component


def _changes(info: ZoneInfo, start: datetime, end: datetime) -> list[datetime]:
    found = []
    day = start
    while day < end:
        if _offset(info, day) != _offset(info, day + _DAY):
            found.append(_first_with_new_offset(info, day, day + _DAY))
        day += _DAY
    return found


def _first_with_new_offset(info: ZoneInfo, old: datetime, new: datetime) -> datetime:
    while new - old > _SECOND:
        middle = old + timedelta(seconds=(new - old).total_seconds() // 2)
        if _offset(info, middle) == _offset(info, old):
            old = middle
        else:
            new = middle
    return new


def _offset(info: ZoneInfo, instant: datetime) -> timedelta:
    offset = instant.astimezone(info).utcoffset()
    assert offset is not None  # ZoneInfo always knows.
    return offset
