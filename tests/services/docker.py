"""A server in a Docker container, for machines that have an engine and not the program itself."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from tests.services.loopback import HOST
from tests.services.server import CannotStart

_LABEL = "fairwind.tests"


@cache
def engine_answers() -> bool:
    """Say whether there is a Docker engine, and not only its client."""
    if shutil.which("docker") is None:
        return False
    try:
        return _docker("version", "--format", "{{.Server.Version}}", seconds=15).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def pull(image: str) -> bool:
    """Fetch an image unless it is here, and say whether it is here now."""
    if _docker("image", "inspect", image).returncode == 0:
        return True
    return _docker("pull", "--quiet", image, seconds=900).returncode == 0


class Container:
    """A container that publishes one port on 127.0.0.1 and keeps its data until it is closed."""

    def __init__(
        self,
        image: str,
        *,
        port: int,
        inner_port: int,
        env: Mapping[str, str],
        arguments: Sequence[str] = (),
    ) -> None:
        self._image = image
        self._port = port
        self._inner_port = inner_port
        self._env = env
        self._arguments = arguments
        self._id: str | None = None

    def start(self) -> None:
        if self._id is not None:
            self._must("start", self._id)
            return
        _remove_orphans()
        variables = [word for item in self._env.items() for word in ("--env", "=".join(item))]
        self._id = self._must(
            "run",
            "--detach",
            *("--label", f"{_LABEL}={os.getpid()}"),
            *("--publish", f"{HOST}:{self._port}:{self._inner_port}"),
            *variables,
            self._image,
            *self._arguments,
        )
        atexit.register(self.close)

    def stop(self) -> None:
        if self._id is not None:
            _docker("stop", "--time", "30", self._id)

    def kill(self) -> None:
        if self._id is not None and self.is_alive():
            _docker("kill", "--signal", "KILL", self._id)

    def pause(self) -> None:
        if self._id is not None:
            self._must("pause", self._id)

    def resume(self) -> None:
        if self._id is not None:
            self._must("unpause", self._id)

    def close(self) -> None:
        if self._id is not None:
            _docker("rm", "--force", "--volumes", self._id)
            self._id = None
            atexit.unregister(self.close)

    def is_alive(self) -> bool:
        if self._id is None:
            return False
        seen = _docker("inspect", "--format", "{{.State.Running}}", self._id)
        return seen.stdout.strip() == "true"

    def log_tail(self) -> str:
        if self._id is None:
            return "(there is no container)"
        said = _docker("logs", "--tail", "30", self._id)
        return said.stdout + said.stderr

    def pids(self) -> list[int]:
        # Its processes live behind the engine, out of this process's sight.
        return []

    def _must(self, *arguments: str) -> str:
        done = _docker(*arguments, seconds=900)
        if done.returncode != 0:
            raise CannotStart(f"docker {arguments[0]} {self._image}: {done.stderr.strip()}")
        return done.stdout.strip()


def _remove_orphans() -> None:
    """Remove the containers of test processes that were killed before they could do it."""
    listed = _docker(
        "ps",
        "--all",
        "--filter",
        f"label={_LABEL}",
        "--format",
        f'{{{{.ID}}}} {{{{.Label "{_LABEL}"}}}}',
    )
    for line in listed.stdout.splitlines():
        container, owner = line.split()
        if Path("/proc/self").exists() and not Path(f"/proc/{owner}").exists():
            _docker("rm", "--force", "--volumes", container)


def _docker(*arguments: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
