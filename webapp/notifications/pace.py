"""How fast mails may go out, in all and to one domain, so that no receiver takes us for a flood."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

# Whoever's turn is further away does not stand and wait for it.
_LONGEST_WAIT_SECONDS = 2.0
# After a quiet time so many seconds' worth may go at once.
_BURST_SECONDS = 1.0
_MOST_LANES = 10_000


@dataclass(frozen=True)
class Turn:
    """Send after so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Later:
    """Do not wait: come back after so many seconds."""

    seconds: float


@dataclass
class _Lane:
    interval: float
    free_at: float = 0.0
    comers_at: float = 0.0


class Pace:
    """The limits of one worker process, in mails a second; threads share it."""

    def __init__(self, per_second: int, per_second_and_domain: int) -> None:
        self._lock = threading.Lock()
        self._all = _Lane(1 / per_second)
        self._interval = 1 / per_second_and_domain
        self._lanes: dict[str, _Lane] = {}

    def turn(self, recipient: str) -> Turn | Later:
        """Take a turn for a mail to this address, or say when to come back for one.

        Those that are sent away are told different times, or they would all come back together.
        """
        now = time.monotonic()
        with self._lock:
            lanes = (self._all, self._lane(recipient.rpartition("@")[2].lower(), now))
            slowest = max(lanes, key=lambda lane: lane.free_at)
            wait = slowest.free_at - now
            if wait > _LONGEST_WAIT_SECONDS:
                first = now + _LONGEST_WAIT_SECONDS
                slowest.comers_at = max(slowest.comers_at, first) + slowest.interval
                return Later(slowest.comers_at - now)
            for lane in lanes:
                lane.free_at = max(lane.free_at, now - _BURST_SECONDS) + lane.interval
            return Turn(max(0.0, wait))

    def _lane(self, domain: str, now: float) -> _Lane:
        if domain not in self._lanes:
            if len(self._lanes) >= _MOST_LANES:
                busy = {name: lane for name, lane in self._lanes.items() if lane.free_at > now}
                self._lanes = busy
            self._lanes[domain] = _Lane(self._interval)
        return self._lanes[domain]
