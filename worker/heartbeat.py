"""Signs of life: a file for each part, touched while it is well."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

PARTS = ("deliver", "dispatch", "schedule")
SECONDS = 2.0
_STALE_SECONDS = 15.0


def beat(folder: Path, parts: Iterable[str]) -> None:
    """Leave a sign of life of these parts."""
    for part in parts:
        _file(folder, part).touch()


def is_fresh(folder: Path, parts: Iterable[str]) -> bool:
    """Tell whether each of these parts left a sign of life lately."""
    return all(_is_fresh(_file(folder, part)) for part in parts)


def _is_fresh(file: Path) -> bool:
    try:
        return time.time() - file.stat().st_mtime < _STALE_SECONDS
    except FileNotFoundError:
        return False


def _file(folder: Path, part: str) -> Path:
    return folder / f"worker-{part}.alive"
