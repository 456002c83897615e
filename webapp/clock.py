"""now(): the one place time comes from, and it can be moved."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

_offset_file: Path | None = None
_seen: tuple[tuple[int, int], timedelta] = ((0, 0), timedelta())


def configure(offset_file: Path | None) -> None:
    """Let the clock be moved by `offset_file`, or by nothing (None: the clock cannot be moved)."""
    global _offset_file, _seen
    _offset_file = offset_file
    _seen = ((0, 0), timedelta())


def now() -> datetime:
    """Return the present instant of the business, in UTC: the machine's time plus the offset."""
    return machine_now() + _offset()


def machine_now() -> datetime:
    """Return the machine's own time, for what measures real waiting: leases and retries.

    Moving the business clock by a day must not make a delivery that is under way look abandoned.
    """
    return datetime.now(UTC)


def move_to(instant: datetime) -> None:
    """Make `instant` the present; the clock runs on from there."""
    _write_offset(instant - machine_now())


def advance(by: timedelta) -> None:
    """Move the present by `by`, which may be negative."""
    _write_offset(_offset() + by)


def reset() -> None:
    """Return to the machine's own time."""
    if _offset_file is not None:
        _offset_file.unlink(missing_ok=True)


def _offset() -> timedelta:
    # The file is shared by the web process, the worker and the command line; its change time
    # tells each of them, for the price of one stat, that somebody moved the clock. File systems
    # count time in ticks, so each move is also a file of its own.
    global _seen
    if _offset_file is None:
        return timedelta()
    try:
        found = os.stat(_offset_file)
        version = (found.st_mtime_ns, found.st_ino)
        if version != _seen[0]:
            _seen = (version, timedelta(seconds=float(_offset_file.read_text())))
    except FileNotFoundError:
        return timedelta()
    return _seen[1]


def _write_offset(offset: timedelta) -> None:
    if _offset_file is None:
        raise RuntimeError("this clock cannot be moved")
    draft = _offset_file.with_suffix(".new")
    draft.write_text(str(offset.total_seconds()))
    draft.replace(_offset_file)
