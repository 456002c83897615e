"""The servers as pytest fixtures. A missing one is skipped loudly, and fails where CI is set."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.services import MailServer, MariaDB, RabbitMQ, ServiceMissing
from tests.services.programs import find_chromium

# What starts whole products, browsers, brokers: two at once would be in each other's way,
# and each process of the tests would have to start its own.
_ALONE = ("tests/journeys", "tests/worker", "tests/services")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by the servers that it asks for: -m "not rabbitmq" leaves those out.

    Where tests run in several processes, those that start many of their own keep to one of them.
    """
    for item in items:
        for name in {"mariadb", "rabbitmq", "chromium"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(name)
        if item.nodeid.startswith(_ALONE):
            item.add_marker(pytest.mark.xdist_group("alone"))


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    """One MariaDB for the whole run; a test that needs to be alone takes create_database()."""
    try:
        server = MariaDB()
    except ServiceMissing as missing:
        _not_tested("MariaDB", missing)
    with server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitMQ]:
    """One RabbitMQ for the whole run; a test declares queues with names of its own."""
    try:
        server = RabbitMQ()
    except ServiceMissing as missing:
        _not_tested("RabbitMQ", missing)
    with server:
        yield server


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """An SMTP server with an empty mailbox."""
    with MailServer() as server:
        yield server


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser's program, for Playwright's executable_path."""
    browser = find_chromium()
    if browser is None:
        _not_tested("Chromium", "no chromium on this machine")
    return browser


def _not_tested(name: str, why: object) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{name} is missing: {why}", pytrace=False)
    pytest.skip(f"NOT TESTED, {name} is missing: {why}")
