"""Workers as processes of their own, which can be killed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import environment_of, settings_for
from tests.services import MailServer, RabbitMQ
from webapp.config import Settings

# How long to wait for what must come; a busy machine takes its time to start a worker.
WAIT = 60.0
ROOT = Path(__file__).resolve().parent.parent.parent


class Worker:
    """`python -m worker PART ...` with a log that is shown when something fails."""

    def __init__(self, settings: Settings, *parts: str) -> None:
        self.settings, self.parts = settings, parts
        self.log = settings.instance_dir / f"worker-{'-'.join(parts) or 'all'}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, or start it again."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "worker", *self.parts],
                cwd=ROOT,
                env=environment_of(self.settings),
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """End it as a power cut does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        """End it as an orchestrator does."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(30)


StartWorker = Callable[..., Worker]


@pytest.fixture
def settings(
    database_url: str, rabbitmq: RabbitMQ, mail_server: MailServer, tmp_path: Path
) -> Settings:
    """Return the settings of the production shape, with a short lease."""
    return settings_for(
        database_url,
        tmp_path,
        broker_url=rabbitmq.url,
        mail_url=mail_server.url,
        delivery_lease=8,
    )


@pytest.fixture
def start_worker(settings: Settings) -> Iterator[StartWorker]:
    """Start workers that end with the test."""
    workers: list[Worker] = []

    def start(*parts: str) -> Worker:
        worker = Worker(settings, *parts)
        worker.start()
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        worker.kill()
        print(worker.log.read_text()[-4000:])


def eventually(is_so: Callable[[], bool], seconds: float = WAIT) -> bool:
    """Wait until something holds, at most so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.1)
    return is_so()
