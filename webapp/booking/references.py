"""References as people type them, with the spaces or dashes by which they are read out."""

from __future__ import annotations

import re

# Every space and dash that a phone or a text program writes for a plain one.
_BETWEEN = re.compile(r"[\s\u2010-\u2015-]")


def joined(typed: str | None) -> str:
    """Return a typed reference without what stands between its letters."""
    return _BETWEEN.sub("", typed or "")
