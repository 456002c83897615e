"""The mark of an address: what tells in links and sessions where a mail went."""

from __future__ import annotations

import hashlib


def mark_of(address: str | None) -> str:
    """Return what tells an address in a link or a session, without naming it."""
    return hashlib.sha256((address or "").encode()).hexdigest()[:12]
