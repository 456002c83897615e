"""The production shape, with the commands and settings of docker-compose.yml, on real servers."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.builders import make_flight
from tests.conftest import settings_for
from tests.journeys.production import ROOT, Production, production
from tests.journeys.visitor import Visitor
from tests.services import MailServer, MariaDB, RabbitMQ
from tests.services.loopback import HOST, free_port, is_listening
from tests.worker.conftest import eventually
from webapp import clock, create_app
from webapp.db import db

pytestmark = pytest.mark.slow

MOST_MEMORY_MIB = 320


@pytest.fixture(scope="module")
def mailbox() -> Iterator[MailServer]:
    """A mail server that outlives single tests, as the production shape does."""
    with MailServer() as server:
        yield server


@pytest.fixture(scope="module")
def flights_page(mariadb: MariaDB, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Return a fresh, migrated database with one flight, and the search that finds it."""
    url = mariadb.create_database()
    folder = tmp_path_factory.mktemp("flights")
    environment = {**os.environ, **_settings(url, folder)}
    subprocess.run(
        [Path(sys.executable).with_name("flask"), "--app", "webapp", "db", "upgrade"],
        env=environment,
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=60,
    )
    app = create_app(settings_for(url, folder))
    with app.app_context():
        flight = make_flight(seats=50)
        day = flight.departs_on
        db.session.remove()
        db.engine.dispose()
    clock.configure(None)
    return url, f"/flights?origin=DEL&destination=BOM&depart={day.isoformat()}"


@pytest.fixture(scope="module")
def shape(
    flights_page: tuple[str, str], rabbitmq: RabbitMQ, mailbox: MailServer
) -> Iterator[Production]:
    """The whole production shape, running."""
    with production(flights_page[0], rabbitmq.url, mailbox.url, rate_limits="no") as running:
        yield running


def test_the_whole_shape_fits_into_its_memory(
    shape: Production, flights_page: tuple[str, str], mailbox: MailServer
) -> None:
    for _ in range(20):
        for address in ("/", flights_page[1], "/readyz"):
            Visitor(shape.port).get(address)
    book(shape, flights_page[1], "charlie@example.com")
    assert_confirmed_once(mailbox, "charlie@example.com")
    # The worker has set a document; the process that did ends when it is idle.
    assert eventually(lambda: len(shape.processes("worker")) == 1)
    memory = shape.memory()
    total = sum(sum(processes) for processes in memory.values())
    figures = {name: [round(each) for each in processes] for name, processes in memory.items()}
    assert len(memory["web"]) == 3, "a parent and two processes"
    assert total <= MOST_MEMORY_MIB, f"{total:.0f} MiB: {figures}"


def test_a_guest_books_and_the_confirmation_arrives_within_seconds(
    shape: Production, flights_page: tuple[str, str], mailbox: MailServer
) -> None:
    book(shape, flights_page[1], "alice@example.com")
    assert_confirmed_once(mailbox, "alice@example.com")


def test_every_service_is_healthy_while_it_runs_and_not_after(shape: Production) -> None:
    assert all(shape.is_healthy(name) for name in shape.names)
    shape.stop("web")
    assert not shape.is_healthy("web")
    shape.start("web")


def test_a_worker_and_a_dispatcher_that_were_killed_go_on_where_they_stopped(
    shape: Production, flights_page: tuple[str, str], mailbox: MailServer
) -> None:
    shape.kill("worker")
    shape.kill("dispatcher-scheduler")
    book(shape, flights_page[1], "bob@example.com")
    assert mailbox.to("bob@example.com") == []
    shape.start("worker", "dispatcher-scheduler")
    assert_confirmed_once(mailbox, "bob@example.com")


def test_a_web_process_that_was_killed_is_replaced_at_once(shape: Production) -> None:
    master, *before = shape.processes("web")
    killed = before[0]
    killed.kill()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        # For a moment the killed process still counts, so its own end is waited for first.
        now = master.children()
        if killed not in now and len(now) == len(before):
            break
        time.sleep(0.05)
    assert killed not in now
    assert len(now) == len(before)
    for _ in range(8):
        Visitor(shape.port).get("/")


@pytest.mark.parametrize("name", ["web", "worker", "dispatcher-scheduler"])
def test_a_service_stops_in_good_order_and_starts_again(shape: Production, name: str) -> None:
    children = shape.processes(name)
    begun = time.monotonic()
    shape.stop(name)
    assert time.monotonic() - begun < 10
    assert not any(process.is_running() for process in children)
    assert "Traceback" not in shape.log_of(name)
    shape.start(name)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"DATABASE_URL": f"mysql+pymysql://a:secret@{HOST}:1/b"}, "DATABASE_URL="),
        ({"DATABASE_URI": "sqlite:///x"}, "DATABASE_URI is not a setting"),
    ],
)
@pytest.mark.parametrize(
    "command",
    ["webapp.serve --processes 2", "webapp.run", "worker deliver", "worker dispatch schedule"],
)
def test_a_wrong_setting_ends_a_command_with_one_line(
    command: str, wrong: dict[str, str], named: str, tmp_path: Path
) -> None:
    settings = _settings(f"mysql+pymysql://a:secret@{HOST}:1/b", tmp_path)
    environment = {"PATH": os.environ["PATH"], **settings, **wrong}
    done = subprocess.run(
        [sys.executable, "-m", *command.split()],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"fairwind: {named}")
    assert "secret" not in line
    assert done.stdout == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_embedded_default_starts_and_stops_without_noise(
    tmp_path: Path, number: signal.Signals
) -> None:
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "INSTANCE_DIR": str(tmp_path), "PORT": str(port)}
    with (tmp_path / "log").open("w+") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "webapp.run"],
            env=environment,
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + 60
            while not is_listening(port) and time.monotonic() < deadline:
                assert child.poll() is None, (tmp_path / "log").read_text()
                time.sleep(0.1)
            Visitor(port).get("/readyz")
            started = psutil.Process(child.pid).children(recursive=True)
            # Ctrl-C reaches every process of the terminal's group, a service manager only one.
            if number == signal.SIGINT:
                os.killpg(child.pid, number)
            else:
                child.send_signal(number)
            assert child.wait(15) == 0
            psutil.wait_procs(started, timeout=5)
            assert not [process for process in started if process.is_running()]
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
    said = (tmp_path / "log").read_text()
    assert f"http://{HOST}:{port}" in said
    assert f"event=web.started address={HOST}:{port} processes=1 threads=8" in said
    assert "event=worker.started parts=deliver,dispatch,schedule" in said
    assert "Traceback" not in said
    assert "rror" not in said


def book(shape: Production, search: str, email: str) -> None:
    """Book the first flight of a search as a guest."""
    visitor = Visitor(shape.port)
    visitor.get(search)
    visitor.submit("/holds")
    assert visitor.address.endswith("/passengers")
    visitor.submit(
        visitor.address,
        **{
            "passengers-0-given_name": "Alice",
            "passengers-0-family_name": "Meier",
            "passengers-0-born_on": str((clock.now() - timedelta(days=35 * 366)).date()),
            "contact_email": email,
        },
    )
    assert visitor.address.endswith("/review"), visitor.page
    visitor.submit(f"{urlsplit(visitor.address).path.removesuffix('/review')}/confirm")
    assert re.fullmatch(r"/bookings/\w{6}", visitor.address)


def assert_confirmed_once(mailbox: MailServer, email: str) -> None:
    """Wait for the one confirmation that an address gets."""
    deadline = time.monotonic() + 15
    while not mailbox.to(email) and time.monotonic() < deadline:
        time.sleep(0.05)
    (mail,) = mailbox.to(email)
    assert "onfirmed" in mail.subject or "booked" in mail.subject.lower()


def _settings(database_url: str, folder: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "INSTANCE_DIR": str(folder),
        "SECRET_KEY": "only for tests, and long enough",
        "BROKER_URL": f"amqp://a:b@{HOST}:1",
        "MAIL_URL": "",
    }
