"""Whether something is there: one line when it goes away, and one when it is back."""

from __future__ import annotations

import logging
import threading


class Presence:
    """Whether something that a process needs is there, from what its threads meet.

    It is away while any part of the process is without it.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._log = logging.getLogger(f"fairwind.{name}")
        self._without: set[str] = set()
        self._lock = threading.Lock()

    def note_away(self, words: str, part: str = "") -> None:
        """Note that a part is without it; the first one says so."""
        with self._lock:
            if not self._without:
                self._log.warning('event=%s.away words="%s"', self._name, words)
            self._without.add(part)

    def note_back(self, part: str = "") -> None:
        """Note that a part has it; the last one that was without it says so."""
        with self._lock:
            if self._without == {part}:
                self._log.info("event=%s.back", self._name)
            self._without.discard(part)
