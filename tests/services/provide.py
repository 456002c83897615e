"""Find or install the programs that the tests need: python -m tests.services.provide."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services import docker, mariadb, rabbitmq
from tests.services.programs import (
    find_chromium,
    find_epmd,
    find_mariadb_install,
    find_mariadbd,
    find_rabbitmq_server,
)

_POLICY = Path("/usr/sbin/policy-rc.d")


@dataclass(frozen=True)
class Need:
    """A program, where it can come from, and what goes untested without it."""

    name: str
    find: Callable[[], Path | None]
    packages: tuple[str, ...]
    image: str | None
    untested: str


def _find_mariadb() -> Path | None:
    return find_mariadbd() if find_mariadb_install() else None


def _find_rabbitmq() -> Path | None:
    return find_rabbitmq_server() if find_epmd() else None


def _find_libatomic() -> Path | None:
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        return None
    return Path("libatomic.so.1")


NEEDS = (
    Need(
        "MariaDB",
        _find_mariadb,
        ("mariadb-server",),
        mariadb.IMAGE,
        "everything that runs on MariaDB, the races for the last seats among it",
    ),
    Need(
        "RabbitMQ",
        _find_rabbitmq,
        ("rabbitmq-server",),
        rabbitmq.IMAGE,
        "the worker over a real broker, and what happens when one of them is killed",
    ),
    Need(
        "Chromium",
        find_chromium,
        # Without a font a browser shows pages without words.
        ("chromium", "fonts-liberation"),
        None,
        "the journeys in a real browser",
    ),
    Need(
        # The program that Playwright drives the browser with is linked against it.
        "libatomic",
        _find_libatomic,
        ("libatomic1",),
        None,
        "the journeys in a real browser",
    ),
)


def main() -> int:
    """Provide what can be provided; return 1 if something stays missing and CI is set."""
    absent = [need for need in NEEDS if not _is_here(need)]
    if absent and _can_install():
        _install([package for need in absent for package in need.packages])
        absent = [need for need in absent if need.find() is None]
    for need in absent:
        _say_loudly(need)
    return 1 if absent and os.environ.get("CI") else 0


def _is_here(need: Need) -> bool:
    if need.find() is not None:
        return True
    if need.image is not None and docker.engine_answers():
        print(f"{need.name}: in Docker, from {need.image}", flush=True)
        return docker.pull(need.image)
    return False


def _can_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install(packages: list[str]) -> None:
    print(f"Installing {', '.join(packages)}: this can take some minutes", flush=True)
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
    with _services_stay_down():
        for command in (["apt-get", "update", "-qq"], install + packages):
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env=env,
                check=False,
            )
            if done.returncode != 0:
                said = "\n".join(done.stdout.splitlines()[-20:])
                print(f"{' '.join(command)} failed:\n{said}", file=sys.stderr)
                return


@contextmanager
def _services_stay_down() -> Iterator[None]:
    """Keep Debian's packages from starting system services that nobody asked for."""
    if _POLICY.exists():
        yield
        return
    _POLICY.write_text("#!/bin/sh\nexit 101\n")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink(missing_ok=True)


def _say_loudly(need: Need) -> None:
    rule = "!" * 78
    engine = ", or start a Docker engine" if need.image else ""
    print(
        f"{rule}\n!! {need.name} is missing. NOT TESTED: {need.untested}.\n"
        f"!! Install {need.packages[0]}{engine}.\n{rule}",
        file=sys.stderr,
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
