"""The whole product as `make run` starts it, and browsers to use it with."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent

# Chromium as root in a container, without its calls to the outside.
BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Product:
    """A running product: its address, and the environment of its commands."""

    address: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    def flask(self, *arguments: str) -> str:
        """Run a `flask` command beside it."""
        command = [sys.executable, "-m", "flask", "--app", "webapp", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Start the product on an empty machine; stop it as Ctrl-C does."""
    folder = tmp_path_factory.mktemp("product")
    port = _free_port()
    environment = {**os.environ, "INSTANCE_DIR": str(folder), "PORT": str(port)}
    for name in ("DATABASE_URL", "BROKER_URL", "MAIL_URL", "BASE_URL"):
        environment.pop(name, None)
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "webapp.run"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_for(f"{address}/readyz", process, log)
            yield Product(address, environment, process)
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0, log.read_text()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def browser(chromium: Path) -> Iterator[Browser]:
    """Start Chromium once."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=BROWSER_ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(
    params=[
        pytest.param((1280, True), id="desktop"),
        pytest.param((1280, False), id="desktop-no-javascript"),
        pytest.param((390, True), id="phone"),
    ]
)
def page(browser: Browser, product: Product, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Open a fresh visitor's window; a page that logs an error or loads no file is a failure."""
    width, javascript = request.param
    context = browser.new_context(
        base_url=product.address,
        viewport={"width": width, "height": 900},
        java_script_enabled=javascript,
    )
    context.set_default_timeout(10_000)
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on(
        "response",
        lambda answer: (
            troubles.append(f"{answer.status} {answer.url}")
            if answer.status >= 500 or (answer.status == 404 and "/static/" in answer.url)
            else None
        ),
    )
    yield opened
    context.close()
    assert not troubles


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (OSError, urllib.error.HTTPError):
            time.sleep(0.3)
    raise AssertionError(log.read_text())
