"""Lives of bookings over HTTP, at random: what many travellers do at once to a few flights."""

from __future__ import annotations

import http.client
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from html import unescape

from tests.builders import birthday_of
from tests.journeys.visitor import Visitor

PARTIES = [(1, 0, 0), (2, 0, 0), (3, 0, 0), (2, 1, 0), (1, 0, 1)]
_KINDS = ("adult", "child", "infant")
_SEAT = re.compile(r'name="seat" value="(\w+)"(?![^>]*disabled)')
_CHOICE = re.compile(r'<a class="button" href="(/bookings/\w+/change\?[^"]+)"')


class Tally:
    """What came back for each step, counted by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.answers: Counter[tuple[str, int]] = Counter()
        self.cuts = 0

    def count(self, step: str, status: int) -> None:
        """Count one answer."""
        with self._lock:
            self.answers[step, status] += 1

    def cut(self) -> None:
        """Count a connection that broke, as it does when a process is killed."""
        with self._lock:
            self.cuts += 1

    def of(self, step: str) -> int:
        """Return how often a step succeeded."""
        return self.answers[step, 200]

    @property
    def operations(self) -> int:
        """How many answers came to what changes something, whatever they said."""
        return sum(count for (step, _), count in self.answers.items() if step != "search")

    @property
    def statuses(self) -> set[int]:
        """Every status that anybody saw."""
        return {status for _, status in self.answers}


class Life:
    """One traveller: holds seats, and then does what travellers do, some of it twice at once."""

    def __init__(self, port: int, chance: random.Random, searches: list[str], tally: Tally) -> None:
        self._port = port
        self._chance = chance
        self._searches = searches
        self._tally = tally
        self._visitor = Visitor(port)

    def live(self) -> None:
        """Go from a search to a hold, a booking, and what comes after it."""
        chance, visitor = self._chance, self._visitor
        party = chance.choice(PARTIES)
        address = chance.choice(self._searches)
        people = "&adults={}&children={}&infants={}".format(*party)
        sort = chance.choice(["price", "duration", "departure", "arrival"])
        visitor.get(f"{address}{people}&sort={sort}")
        self._tally.count("search", visitor.status)
        if 'action="/holds"' not in visitor.page:
            time.sleep(0.2)  # Sold out: others need the server more than another look does.
            return
        visitor.submit("/holds", family=chance.choice(["light", "standard", "flex"]))
        self._tally.count("hold", visitor.status)
        if not visitor.address.endswith("/passengers"):
            return
        booking = visitor.address.removesuffix("/passengers")
        fate = chance.random()
        if fate < 0.1:
            return  # Whoever walks away lets the hold run out.
        if fate < 0.2:
            self._send("release", f"{booking}/release")
            return
        if not self._book(booking, party):
            return
        for _ in range(chance.randrange(4)):
            acts = [self._cancel, self._cancel_part, self._divide, self._change, self._change]
            chance.choice([*acts, self._sit])(booking)
        if chance.random() < 0.8:
            self._cancel(booking)  # Or the few flights would be full for good after seconds.

    def _book(self, booking: str, party: tuple[int, int, int]) -> bool:
        visitor = self._visitor
        values = {"contact_email": "alice@example.com"}
        kinds = [kind for kind, count in zip(_KINDS, party, strict=True) for _ in range(count)]
        for index, kind in enumerate(kinds):
            values[f"passengers-{index}-given_name"] = f"Alice {'ABCDE'[index]}"
            values[f"passengers-{index}-family_name"] = "Meier"
            values[f"passengers-{index}-born_on"] = birthday_of(kind).isoformat()
        self._send("name", f"{booking}/passengers", **values)
        if self._chance.random() < 0.3:
            self._sit(booking)
        visitor.get(f"{booking}/review")
        self._send("confirm", f"{booking}/confirm")
        visitor.get(booking)
        return visitor.status == 200

    def _cancel(self, booking: str) -> None:
        self._visitor.get(f"{booking}/cancel")
        self._send("cancel", f"{booking}/cancel")

    def _cancel_part(self, booking: str) -> None:
        part = self._chance.choice(["passengers&passenger=1", "journey-0", "journey-1"])
        self._visitor.get(f"{booking}/cancel?part={part}")
        self._send("cancel part", f"{booking}/cancel")

    def _divide(self, booking: str) -> None:
        visitor = self._visitor
        visitor.get(f"{booking}/divide")
        self._send("divide", f"{booking}/divide", passenger=self._chance.choice("01"))
        part = visitor.address
        if part not in (booking, f"{booking}/divide") and self._chance.random() < 0.8:
            self._cancel(part)

    def _change(self, booking: str) -> None:
        visitor, chance = self._visitor, self._chance
        journey = chance.choice(["0", "0", "1"])
        visitor.get(f"{booking}/change?journey={journey}")
        days = re.findall(r'<a class="day" href="([^"]+)"', visitor.page)
        if days:
            visitor.get(unescape(chance.choice(days)))
        found = _CHOICE.findall(visitor.page)
        if found:
            visitor.get(unescape(chance.choice(found)))
            self._send("change", f"{booking}/change")

    def _sit(self, booking: str) -> None:
        visitor = self._visitor
        visitor.get(f"{booking}/seats")
        form = re.search(r'action="(/bookings/\w+/seats[^"]*)"', visitor.page)
        free = _SEAT.findall(visitor.page)
        if form and free:
            # Everybody wants the front, so that they meet there.
            self._send("seat", form[1], seat=self._chance.choice(free[:2]))

    def _send(self, step: str, action: str, **values: str) -> None:
        """Send the page's form, now and then twice at the same moment."""
        visitor = self._visitor
        if not visitor.can_submit(action):
            return
        if self._chance.random() < 0.2:
            twin = visitor.twin()
            other = threading.Thread(target=self._guarded(lambda: twin.submit(action, **values)))
            other.start()
            visitor.submit(action, **values)
            other.join()
            self._tally.count(step, twin.status)
        else:
            visitor.submit(action, **values)
        self._tally.count(step, visitor.status)

    def _guarded(self, work: Callable[[], None]) -> Callable[[], None]:
        def guarded() -> None:
            try:
                work()
            except (OSError, http.client.HTTPException):
                self._tally.cut()

        return guarded


def live_until(
    stop: threading.Event, port: int, seed: int, searches: list[str], tally: Tally
) -> None:
    """Live one life after another until it is time to stop."""
    chance = random.Random(seed)
    while not stop.is_set():
        try:
            Life(port, chance, searches, tally).live()
        except (OSError, http.client.HTTPException):
            tally.cut()
            time.sleep(0.1)
