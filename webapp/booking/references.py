"""References: their letters, and how people type them, as they are read out."""

from __future__ import annotations

import re

# Without those that are taken for each other: 0 and O, 1 and I.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH = 6
# Every space and dash that a phone or a text program writes for a plain one.
_BETWEEN = re.compile(r"[\s\u2010-\u2015-]")


def joined(typed: str | None) -> str:
    """Return a typed reference without what stands between its letters."""
    return _BETWEEN.sub("", typed or "")
