"""Mails a second beside what the mail server can take, finding what is due, and a mail's delay.

The mail server is a process of its own that keeps a line for each mail. The floor sends a mail
that is ready over as many kept connections as the worker has threads.
"""

from __future__ import annotations

import smtplib
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles

from flask_migrate import upgrade
from sqlalchemy import func, select, update

from bench.mail_rows import Rows
from bench.ratios import heading, line, verdict
from bench.shapes import Shapes
from tests.conftest import environment_of, settings_for
from tests.services import MariaDB, RabbitMQ
from tests.services.loopback import HOST, free_port, new_folder
from tests.services.server import Process
from webapp import clock, create_app
from webapp.booking.service import confirm_booking
from webapp.config import Settings
from webapp.db import db, in_transaction, transaction
from webapp.notifications import outbox
from webapp.notifications.models import Kind, Notification, State
from webapp.notifications.rendering import render_mail
from webapp.notifications.service import message_id_of
from worker import heartbeat
from worker.facts import read_facts
from worker.mails import Mail, decide

ROOT = Path(__file__).resolve().parent.parent
_THREADS = 8
_ROUNDS = 4
_MAILS = 5_000
_FUTURE = (10_000, 1_000_000)
_LOOKS = 40
_CONFIRMS, _A_SECOND = 500, 50


def run(_shapes: Shapes) -> bool:
    """Measure, print, and return whether the targets are met."""
    with ExitStack() as stack:
        house = _House(stack)
        stack.enter_context(house.app.app_context())
        upgrade()
        rows = Rows()
        house.start()
        return all([_delay(house, rows), _flood(house, rows), _finding(house, rows)])


class _House:
    """A database, a broker, a mail server, one worker process and one dispatcher."""

    def __init__(self, stack: ExitStack) -> None:
        mariadb = stack.enter_context(MariaDB(on_disk=True))
        rabbitmq = stack.enter_context(RabbitMQ())
        folder = new_folder("mail", on_disk=True)
        self.port = free_port()
        self._taken = folder / "taken"
        self._taken.touch()
        self.settings: Settings = settings_for(
            mariadb.create_database(),
            folder,
            broker_url=rabbitmq.url,
            mail_url=f"smtp://{HOST}:{self.port}",
            worker_threads=_THREADS,
            # The pace is not what is measured.
            mail_rate=65_535,
            mail_domain_rate=65_535,
        )
        self.app = create_app(self.settings)
        sink = ["tests.services.sink", str(self.port), str(self._taken), "0"]
        commands = [sink, ["worker", "deliver"], ["worker", "dispatch"]]
        self._processes = [
            Process(
                [sys.executable, "-m", *command],
                log=folder / f"{'-'.join(command[:2]).replace('/', '')}.log",
                env=environment_of(self.settings),
                cwd=ROOT,
            )
            for command in commands
        ]
        for process in self._processes:
            stack.callback(process.close)

    def start(self) -> None:
        """Start the processes and wait until they work."""
        for process in self._processes:
            process.start()
        while not all(
            heartbeat.is_fresh(self.settings.instance_dir, [part])
            for part in ("deliver", "dispatch")
        ):
            time.sleep(0.1)
        time.sleep(1)

    def stop_dispatching(self) -> None:
        """Leave what is due where it is."""
        self._processes[-1].stop()

    def taken(self) -> Iterator[tuple[float, str]]:
        """Return when the mail server took which mail."""
        for each in self._taken.read_text().splitlines():
            at, message_id, _, _ = each.split()
            yield float(at), message_id

    def count(self) -> int:
        """Return how many mails the mail server took."""
        with self._taken.open("rb") as file:
            return sum(1 for _ in file)


def _flood(house: _House, rows: Rows) -> bool:
    ready = _ready_mail(rows)
    heading(f"{_ROUNDS} floods of {_MAILS:,} reminders due at once, {_THREADS} threads")
    ours, floor = [], []
    for turn in range(_ROUNDS):
        for measure in (_mails_a_second, _bare_mails_a_second)[:: 1 if turn % 2 else -1]:
            if measure is _mails_a_second:
                ours.append(_mails_a_second(house, rows))
            else:
                floor.append(_bare_mails_a_second(house, ready))
    line("reminders decided, written and sent", ours, "a second", 0)
    line("floor: a ready mail over kept connections", floor, "a second", 0)
    shares = [mine / bare for mine, bare in zip(ours, floor, strict=True)]
    line("share of the floor", shares, "x")
    return verdict("floor over ours", 1 / median(shares), 1 / 0.7, "x")


def _ready_mail(rows: Rows) -> bytes:
    mail = rows.one_reminder()
    facts = read_facts([mail])
    decision = decide(mail, facts)
    assert isinstance(decision, Mail), decision
    return render_mail(mail, decision.template, "en-GB", (), **decision.context).as_bytes()


def _mails_a_second(house: _House, rows: Rows) -> float:
    rows.add_reminders(_MAILS)
    before = house.count()
    with transaction() as session:
        session.execute(
            update(Notification)
            .where(Notification.state == State.WITHHELD, Notification.reason == "bench")
            .values(state=State.DUE, reason=None)
        )
    begun = time.perf_counter()
    while house.count() < before + _MAILS:
        time.sleep(0.02)
        assert time.perf_counter() - begun < 300, "the mails stay away"
    seconds = time.perf_counter() - begun
    _wait_until_written()
    return _MAILS / seconds


def _bare_mails_a_second(house: _House, ready: bytes) -> float:
    def send(number: int) -> None:
        with smtplib.SMTP(HOST, house.port) as smtp:
            for each in range(_MAILS // _THREADS):
                smtp.sendmail("a@fairwind.example", [f"t{number}-{each}@example.com"], ready)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(_THREADS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return _MAILS / (time.perf_counter() - begun)


def _finding(house: _House, rows: Rows) -> bool:
    house.stop_dispatching()
    heading(f"Finding what is due, {_LOOKS} times")
    seconds = []
    for future in _FUTURE:
        rows.fill_future(future)
        rows.add_reminders(200)
        with transaction() as session:
            session.execute(
                update(Notification).where(Notification.reason == "bench").values(state=State.DUE)
            )
        looks = [_look() for _ in range(_LOOKS)]
        line(f"{future:,} mails wait for the future", [each * 1000 for each in looks], "ms")
        seconds.append(median(looks))
    return verdict("a hundred times as many", seconds[1] / seconds[0], 1.2, "x")


def _look() -> float:
    begun = time.perf_counter()
    assert outbox.is_anything_due()
    assert sum(map(len, outbox.claim_due(timedelta(seconds=60)))) == 200
    seconds = time.perf_counter() - begun
    db.session.rollback()
    return seconds


def _delay(house: _House, rows: Rows) -> bool:
    confirmed_at: dict[str, float] = {}
    held = rows.add_holds(_CONFIRMS)

    def confirm(booking_id: int) -> None:
        with house.app.app_context():
            in_transaction(lambda: confirm_booking(booking_id, "bench"))
            confirmed_at[message_id_of(Kind.BOOKING_CONFIRMED, booking_id)] = time.time()

    begun = time.perf_counter()
    with ThreadPoolExecutor(4) as pool:
        for position, booking_id in enumerate(held):
            time.sleep(max(0.0, begun + position / _A_SECOND - time.perf_counter()))
            pool.submit(confirm, booking_id)
    rate = len(held) / (time.perf_counter() - begun)
    deadline = time.perf_counter() + 120
    while time.perf_counter() < deadline:
        delays = [
            at - confirmed_at[message_id]
            for at, message_id in house.taken()
            if message_id in confirmed_at
        ]
        if len(delays) >= len(held):
            break
        time.sleep(0.5)
    heading(f"From confirmation to acceptance, {len(held)} bookings at {rate:.0f} a second")
    line("seconds", delays, "s")
    cuts = quantiles(delays, n=100)
    return all([verdict("p50", cuts[49], 1.5, "s"), verdict("p99", cuts[98], 5, "s")])


def _wait_until_written() -> None:
    open_mails = select(func.count()).where(
        Notification.state.in_((State.DUE, State.QUEUED, State.SENDING)),
        Notification.due_at <= clock.now(),
    )
    while True:
        db.session.rollback()
        if not db.session.scalar(open_mails):
            return
        time.sleep(0.05)
