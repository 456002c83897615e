"""References and ticket numbers: their letters, and how people type them, as they are read out."""

from __future__ import annotations

import re

# Without those that are taken for each other: 0 and O, 1 and I.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH = 6
_TICKET_DIGITS = 13
# Every space and dash that a phone or a text program writes for a plain one.
_BETWEEN = re.compile(r"[\s\u2010-\u2015-]")


def joined(typed: str | None) -> str:
    """Return a typed reference without what stands between its letters."""
    return _BETWEEN.sub("", typed or "")


def is_ticket_number(text: str) -> bool:
    """Tell whether a text without what stands between its letters has the shape of a ticket's."""
    return len(text) == _TICKET_DIGITS and text.isascii() and text.isdecimal()
