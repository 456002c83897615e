"""Signs of life: a file for each set of parts, touched while its process is well."""

from __future__ import annotations

import time
from pathlib import Path

SECONDS = 2.0
_STALE_SECONDS = 15.0


def beat(folder: Path, parts: list[str]) -> None:
    """Leave a sign of life."""
    _file(folder, parts).touch()


def is_fresh(folder: Path, parts: list[str]) -> bool:
    """Tell whether a process with these parts left a sign of life lately."""
    try:
        return time.time() - _file(folder, parts).stat().st_mtime < _STALE_SECONDS
    except FileNotFoundError:
        return False


def _file(folder: Path, parts: list[str]) -> Path:
    return folder / f"worker-{'-'.join(sorted(parts))}.alive"
