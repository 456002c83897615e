"""Everything is killed while travellers book: every mail is accepted or has its reason.

Web, worker, dispatcher, scheduler, broker, mail server and database end with kill -9 at random
moments and start again, and the mail server misbehaves besides. CHAOS_BOOKINGS=2000 runs the full
size; the suite books fewer.
"""

from __future__ import annotations

import http.client
import itertools
import os
import random
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from tests.builders import birthday_of, make_flight
from tests.conftest import settings_for
from tests.journeys.production import Production, production
from tests.journeys.visitor import Visitor
from tests.services import MariaDB, RabbitMQ
from tests.services.loopback import HOST, free_port
from tests.services.server import Process
from tests.worker.conftest import ROOT
from webapp import clock, create_app
from webapp.booking import disruptions
from webapp.booking.models import Booking, BookingStatus, Segment
from webapp.db import db, retry_conflicts, transaction
from webapp.notifications.models import SETTLED, Kind, Notification, State
from webapp.staff.integrity import broken_promises

pytestmark = pytest.mark.slow

BOOKINGS = int(os.environ.get("CHAOS_BOOKINGS", "60"))
CLIENTS = 4
LEASE = 10
MISCHIEF = 12  # Of a thousand, for each of the things that can go wrong.
# What a worker decided just before a flight was cancelled may still be on its way to the server.
ON_ITS_WAY = LEASE


@dataclass(frozen=True)
class Taken:
    """A mail that the server took, when, and whether it could say so."""

    at: float
    message_id: str
    is_told: bool


class Chaos:
    """The whole of production with its servers, and somebody who kills them in turn."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self.log = folder / "taken"
        self.log.touch()
        self.mariadb = stack.enter_context(MariaDB(on_disk=True))
        self.rabbitmq = stack.enter_context(RabbitMQ(on_disk=True))
        port = free_port()
        command = [sys.executable, "-m", "tests.services.sink", str(port), str(self.log)]
        self.sink = Process([*command, str(MISCHIEF)], log=folder / "sink.log", cwd=ROOT)
        stack.callback(self.sink.close)
        self.sink.start()
        self.url = self.mariadb.create_database()
        self.shape: Production = stack.enter_context(
            production(
                self.url,
                self.rabbitmq.url,
                f"smtp://{HOST}:{port}",
                rate_limits="no",
                delivery_lease=str(LEASE),
                movable_clock="yes",
            )
        )
        self.kills: list[tuple[float, str]] = []
        self._over = threading.Event()
        self._killer = threading.Thread(target=self._kill_in_turn)

    def begin(self) -> None:
        """Begin to kill."""
        self._killer.start()

    def end(self) -> None:
        """Kill no more; everything runs again afterwards."""
        self._over.set()
        self._killer.join()

    def taken(self) -> list[Taken]:
        """Return what the mail server took, in that order."""
        lines = (line.split() for line in self.log.read_text().splitlines())
        return [Taken(float(at), key, told == "told") for at, key, _, told in lines]

    def _kill_in_turn(self) -> None:
        victims: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
            "database": (self.mariadb.kill, self.mariadb.start),
            "broker": (self.rabbitmq.kill, self.rabbitmq.start),
            "mail server": (self.sink.kill, self.sink.start),
            **{name: self._service(name) for name in self.shape.names},
        }
        order = list(victims)
        while not self._over.is_set():
            random.shuffle(order)
            for name in order:
                if self._over.wait(random.uniform(1, 4)):
                    return
                kill, start = victims[name]
                kill()
                self.kills.append((time.time(), name))
                time.sleep(random.uniform(0.1, 1.5))
                start()

    def _service(self, name: str) -> tuple[Callable[[], None], Callable[[], None]]:
        return lambda: self.shape.kill(name), lambda: self.shape.start(name)


@pytest.fixture
def chaos(tmp_path: Path) -> Iterator[Chaos]:
    """Everything, running, with the test's own application on its database."""
    with ExitStack() as stack:
        everything = Chaos(stack, tmp_path)
        app = create_app(settings_for(everything.url, everything.shape.folder))
        stack.enter_context(app.app_context())
        stack.callback(clock.configure, None)
        yield everything
        db.session.remove()
        db.engine.dispose()


@pytest.mark.mariadb
@pytest.mark.rabbitmq
def test_whatever_is_killed_every_mail_is_accepted_or_has_its_reason(chaos: Chaos) -> None:
    # Reminders of two flights fall due in the midst of it, and one of those flights is cancelled.
    due_at = clock.now() + timedelta(seconds=max(40, BOOKINGS / 8))
    soon = due_at + timedelta(hours=24)
    cancelled = make_flight(seats=BOOKINGS, departs_at=soon)
    reminded = make_flight(seats=BOOKINGS, departs_at=soon, origin="LHR", destination="ZRH")
    later = make_flight(seats=BOOKINGS, origin="ZRH", destination="JFK")
    searches = [
        f"/flights?origin={each.origin_iata}&destination={each.destination_iata}"
        f"&depart={each.departs_on}"
        for each in (cancelled, reminded, later)
    ]
    chaos.begin()
    with ThreadPoolExecutor(CLIENTS) as clients:
        booked = [
            clients.submit(book, chaos.shape.port, searches, number) for number in range(BOOKINGS)
        ]
        booked[BOOKINGS // 2].result()
        cancelled_at = persist(lambda: cancel(cancelled.id))
        for each in booked:
            each.result()
    time.sleep(max(0.0, (due_at - clock.now()).total_seconds() + 5))
    chaos.end()
    settle(chaos)
    check(chaos, cancelled.id, cancelled_at)


def book(port: int, searches: list[str], number: int) -> None:
    """Book as a guest does, from the start if need be, until the page says so."""
    for search in itertools.cycle(searches[number % 3 :] + searches[: number % 3]):
        visitor = Visitor(port)
        try:
            visitor.get(search)
            if visitor.can_submit("/holds"):
                visitor.submit("/holds")
                name_and_confirm(visitor, f"traveller-{number}@example.com")
            if "You are booked" in visitor.page:
                return
        except (OSError, http.client.HTTPException):
            pass  # Something was killed under this visitor's hands.
        time.sleep(0.3)


def name_and_confirm(visitor: Visitor, email: str) -> None:
    """Go on from the hold to the booking, as far as it goes."""
    path = urlsplit(visitor.address).path
    if not path.endswith("/passengers"):
        return
    visitor.submit(
        path,
        **{
            "passengers-0-given_name": "Alice",
            "passengers-0-family_name": "Meier",
            "passengers-0-born_on": birthday_of("adult").isoformat(),
            "contact_email": email,
        },
    )
    trip = path.removesuffix("/passengers")
    visitor.get(f"{trip}/review")
    if visitor.can_submit(f"{trip}/confirm"):
        visitor.submit(f"{trip}/confirm")


def cancel(flight_id: int) -> float:
    with transaction():
        disruptions.cancel_flight(flight_id, "sam")
    return time.time()


def persist(work: Callable[[], float]) -> float:
    """Do something that the database may be too dead for, until it is done."""
    while True:
        try:
            return retry_conflicts(work)
        except OperationalError:
            db.session.rollback()
            time.sleep(0.3)


def settle(chaos: Chaos) -> None:
    """Let the retry plan run out, minutes at a time on the clock of the business."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        db.session.rollback()
        open_mails = select(func.count()).where(
            Notification.state.not_in(SETTLED), Notification.due_at <= clock.now()
        )
        retries = select(func.count()).where(Notification.state == State.RETRY)
        if not db.session.scalar(open_mails) and not db.session.scalar(retries):
            return
        time.sleep(2)
        if not db.session.scalar(open_mails):
            clock.advance(timedelta(minutes=5))
    states = db.session.execute(
        select(Notification.state, Notification.kind, func.count()).group_by(
            Notification.state, Notification.kind
        )
    )
    raise AssertionError(f"mails are still under way: {states.all()}\n{chaos.shape.logs(15)}")


def check(chaos: Chaos, cancelled_id: int, cancelled_at: float) -> None:
    """Hold the promise against what the mail server took and what the rows say."""
    db.session.rollback()
    db.session.expire_all()
    rows = list(db.session.scalars(select(Notification)))
    taken = defaultdict(list)
    for each in chaos.taken():
        taken[each.message_id].append(each)

    confirmed = set(
        db.session.scalars(select(Booking.id).where(Booking.status == BookingStatus.CONFIRMED))
    )
    told = {row.booking_id for row in rows if row.kind == Kind.BOOKING_CONFIRMED}
    assert len(confirmed) >= BOOKINGS
    assert confirmed == told

    due = [row for row in rows if row.due_at <= clock.now() or row.state in SETTLED]
    assert not [row.key for row in due if row.state not in SETTLED]
    assert not [row.key for row in due if row.state == State.SENT and row.message_id not in taken]
    assert not [row.key for row in due if row.state != State.SENT and not row.reason]
    assert set(taken) <= {row.message_id for row in rows}

    about_cancelled = select(Notification.message_id).where(
        Notification.segment_id.in_(select(Segment.id).where(Segment.flight_id == cancelled_id)),
        Notification.kind != Kind.FLIGHT_CANCELLED,
    )
    late = [
        each
        for message_id in db.session.scalars(about_cancelled)
        for each in taken[message_id]
        if each.at > cancelled_at + ON_ITS_WAY
    ]
    repeated = {key: each for key, each in taken.items() if len(each) > 1}
    unexplained = [key for key, each in repeated.items() if not is_explained(chaos, each)]
    print(f"{len(confirmed)} bookings, {len(rows)} mails: {Counter(row.state for row in rows)}")
    print(f"kills: {Counter(name for _, name in chaos.kills)}")
    print(
        f"{sum(map(len, taken.values()))} taken by the server, {len(repeated)} of them more than"
        f" once, {sum(not each.is_told for each in chaos.taken())} without an answer"
    )
    assert not late
    assert not unexplained
    assert broken_promises() == []


def is_explained(chaos: Chaos, takes: list[Taken]) -> bool:
    """Tell whether each repetition follows a kill, or an answer that never arrived."""
    return all(
        not first.is_told or any(first.at - 1 <= at <= second.at for at, _ in chaos.kills)
        for first, second in itertools.pairwise(takes)
    )
