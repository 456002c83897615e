"""Local times at airports as instants, with daylight saving where it is kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

_NO_TIME = timedelta()


class LocalTimes(NamedTuple):
    """When a flight number leaves and arrives, on the clocks of its airports.

    `day_shift` is how many dates later, or earlier, than it leaves it arrives.
    """

    departs: time
    arrives: time
    day_shift: int

    def __str__(self) -> str:
        return f"{self.departs:%H:%M}-{self.arrives:%H:%M}{self.day_shift:+d}"

    def instants_on(
        self, on: date, origin_zone: str, destination_zone: str
    ) -> tuple[datetime, datetime]:
        """Return when the flight of a local date leaves and arrives.

        One that leaves later because clocks skip its hour takes as long as ever. Clocks that
        change at one end only may turn a short flight round.
        """
        lands_on = on + timedelta(days=self.day_shift)
        arrives_at = instant_of(lands_on, self.arrives, destination_zone)
        return (
            instant_of(on, self.departs, origin_zone),
            arrives_at + skipped_at(on, self.departs, origin_zone),
        )


def instant_of(on: date, at: time, zone: str) -> datetime:
    """Return the instant of a local date and time.

    A time that occurs twice, when clocks go back, is the first of the two. A time that the clocks
    skip is as long after midnight as on other days, so it reads an hour later (RFC 5545, 3.3.5).
    """
    offset = _steady_offset(zone, on)
    if offset is None:
        return datetime.combine(on, at, ZoneInfo(zone)).astimezone(UTC)
    return datetime.combine(on, at, UTC) - offset


def skipped_at(on: date, at: time, zone: str) -> timedelta:
    """Return by how much a local time that the clocks skip moves on; no time for all others."""
    if _steady_offset(zone, on) is not None:
        return _NO_TIME
    shown = datetime.combine(on, at, ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone))
    return shown.replace(tzinfo=None) - datetime.combine(on, at)


def offset_on(on: date, zone: str) -> timedelta:
    """Return a zone's offset from UTC at noon of a day."""
    offset = datetime.combine(on, time(12), ZoneInfo(zone)).utcoffset()
    assert offset is not None  # ZoneInfo always knows.
    return offset


@lru_cache(maxsize=100_000)
def _steady_offset(zone: str, on: date) -> timedelta | None:
    """Return the offset that holds all day, or None on a day when the clocks change.

    Asking the zone costs ten times as much as this cache, and a year of flights asks a million
    times for some ten thousand different answers.
    """
    midnight = datetime.combine(on, time(), ZoneInfo(zone))
    offset = midnight.utcoffset()
    return offset if offset == (midnight + timedelta(days=1)).utcoffset() else None
