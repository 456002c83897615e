"""The production shape as processes on loopback: what docker-compose.yml says, without Docker.

The commands and the settings are read from docker-compose.yml and the Dockerfile. Only addresses,
secrets and folders take the place of those that exist in containers alone.
"""

from __future__ import annotations

import http.client
import os
import re
import secrets
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import yaml

from tests.services.loopback import HOST, free_port, new_folder
from tests.services.server import CannotStart, Process, tail

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = ROOT / "Dockerfile"

MIGRATE = "migrate"
OUR_IMAGE = "fairwind"
_MIB = 1024**2
_START_SECONDS = 30.0
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^${}]*))?\}")


@dataclass(frozen=True)
class Service:
    """One service of ours in docker-compose.yml, as this machine runs it."""

    command: list[str]
    healthcheck: list[str] | None
    environment: dict[str, str]


class Production:
    """The services of ours, each started, stopped, killed and restarted by its name."""

    def __init__(self, services: Mapping[str, Service], folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self._services = services
        self._processes = {
            name: Process(service.command, log=self._log(name), env=service.environment, cwd=ROOT)
            for name, service in services.items()
            if name != MIGRATE
        }

    @property
    def url(self) -> str:
        """The address of the web server."""
        return f"http://{HOST}:{self.port}"

    @property
    def names(self) -> list[str]:
        """The services that run on and on."""
        return list(self._processes)

    def service(self, name: str) -> Service:
        """Return what a service runs, and with which settings."""
        return self._services[name]

    def migrate(self) -> None:
        """Run the migrations to their end."""
        service = self._services[MIGRATE]
        done = subprocess.run(
            service.command,
            env=service.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode != 0:
            raise CannotStart(f"{MIGRATE} ended with {done.returncode}:\n{done.stderr[-3000:]}")

    def compile(self) -> None:
        """Compile the code, as the image has it: what is compiled at each start takes memory."""
        compiling = [sys.executable, "-m", "compileall", "-q", "webapp", "worker", "migrations"]
        subprocess.run(compiling, cwd=ROOT, check=True, timeout=120)

    def start(self, *names: str) -> None:
        """Start the services with these names, or all, and wait until each is healthy."""
        chosen = names or tuple(self._processes)
        for name in chosen:
            self._processes[name].start()
        for name in chosen:
            self._wait_until_healthy(name)

    def stop(self, *names: str) -> None:
        """Ask the services to end, as `docker compose stop` does, and wait for them."""
        for name in names or tuple(self._processes):
            self._processes[name].stop()

    def kill(self, name: str) -> None:
        """End a service with all its processes as kill -9 does."""
        self._processes[name].kill()

    def restart(self, name: str) -> None:
        """Stop a service in good order and start it again."""
        self.stop(name)
        self.start(name)

    def is_alive(self, name: str) -> bool:
        """Say whether a service's process runs."""
        return self._processes[name].is_alive()

    def is_healthy(self, name: str) -> bool:
        """Run a service's own health check."""
        service = self._services[name]
        assert service.healthcheck, f"{name} has no health check"
        return (
            subprocess.run(
                service.healthcheck,
                env=service.environment,
                cwd=ROOT,
                capture_output=True,
                timeout=30,
                check=False,
            ).returncode
            == 0
        )

    def processes(self, name: str) -> list[psutil.Process]:
        """Return a service's process, and then those that it started."""
        found = [psutil.Process(pid) for pid in self._processes[name].pids()]
        return found + [child for process in found for child in process.children(recursive=True)]

    def memory(self) -> dict[str, list[float]]:
        """Return the memory of each service's processes in MiB, what they share shared out."""
        return {
            name: [process.memory_full_info().pss / _MIB for process in self.processes(name)]
            for name in self._processes
        }

    def logs(self, lines: int = 40) -> str:
        """Return the end of every service's log."""
        return "\n".join(f"--- {name}\n{tail(self._log(name), lines)}" for name in self._processes)

    def log_of(self, name: str) -> str:
        """Return all that a service wrote."""
        log = self._log(name)
        return log.read_text(errors="replace") if log.exists() else ""

    def close(self) -> None:
        """End everything that still runs."""
        for process in self._processes.values():
            process.close()

    def _wait_until_healthy(self, name: str) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers(name):
            if not self.is_alive(name) or time.monotonic() > deadline:
                end = tail(self._log(name))
                raise CannotStart(f"{name} did not become healthy. The end of its log:\n{end}")
            time.sleep(0.1)

    def _answers(self, name: str) -> bool:
        # While the web server does not listen there is no use in the seconds that its check takes.
        return (name != "web" or _is_answered(self.port, "/healthz")) and self.is_healthy(name)

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


@contextmanager
def production(
    database_url: str,
    broker_url: str,
    mail_url: str,
    *,
    start: Sequence[str] | None = None,
    prepare: Callable[[Production], None] | None = None,
    **settings: str,
) -> Iterator[Production]:
    """Migrate and start the production shape on given servers; stop it at the end.

    `start` names the services to start, all without it. `prepare` is called between the
    migrations and the start. `settings` are further variables (rate_limits="no"). What a test
    raises gets the end of every log as a note.
    """
    folder, port = new_folder("production"), free_port()
    instead = {
        "DATABASE_URL": database_url,
        "BROKER_URL": broker_url,
        "MAIL_URL": mail_url,
        "SECRET_KEY": secrets.token_urlsafe(32),
        "BASE_URL": f"http://{HOST}:{port}",
        "INSTANCE_DIR": str(folder),
        "PORT": str(port),
    }
    more = {name.upper(): value for name, value in settings.items()}
    shape = Production(own_services(instead, more), folder, port)
    try:
        shape.compile()
        shape.migrate()
        if prepare:
            prepare(shape)
        shape.start(*(shape.names if start is None else start))
        yield shape
    except BaseException as error:
        error.add_note(shape.logs())
        raise
    finally:
        shape.close()


def own_services(instead: Mapping[str, str], more: Mapping[str, str]) -> dict[str, Service]:
    """Return the services that run the image of the Dockerfile, with other values for variables.

    `instead` replaces values of variables that the file sets and sets no others; `more` adds.
    """
    image = _image_environment()
    services = {}
    for name, service in compose()["services"].items():
        if service["image"] != OUR_IMAGE:
            continue
        given = {key: instead.get(key, str(value)) for key, value in service["environment"].items()}
        environment = {**_environment_of_this_machine(), **image, **given, **more}
        check = service.get("healthcheck", {}).get("test")
        services[name] = Service(
            _on_this_machine(_words(service["command"]), given["PORT"]),
            _on_this_machine(check[1:], given["PORT"]) if check else None,
            environment,
        )
    return services


def compose(variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return docker-compose.yml with its ${VARIABLES} filled in, as Compose would read it."""
    known = {"SECRET_KEY": "s" * 32, "MARIADB_PASSWORD": "m", "RABBITMQ_PASSWORD": "r"}
    known = known if variables is None else dict(variables)

    def value(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if known.get(name):
            return known[name]
        if kind == "-":
            return str(rest)
        raise KeyError(f"{name} {rest or 'is not set'}")

    text, count = COMPOSE.read_text(), 1
    while count:  # What stands for one that is not set may name another one.
        text, count = _VARIABLE.subn(value, text)
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def _words(command: str | list[str]) -> list[str]:
    return shlex.split(command) if isinstance(command, str) else list(command)


def _on_this_machine(command: list[str], port: str) -> list[str]:
    programs = Path(sys.executable).parent
    program = programs / command[0]
    assert program.exists(), f"{command[0]} is no program of this environment"
    replaced = [word.replace("0.0.0.0", HOST) for word in command[1:]]
    return [str(program), *(word.replace(f"{HOST}:8000", f"{HOST}:{port}") for word in replaced)]


def _image_environment() -> dict[str, str]:
    """Return what the image sets for every process, but for the PATH of its own folders."""
    text = DOCKERFILE.read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.startswith("ENV ")]
    pairs = [word.partition("=") for line in lines for word in shlex.split(line)[1:]]
    return {name: value for name, _, value in pairs if name != "PATH"}


def _environment_of_this_machine() -> dict[str, str]:
    # Settings of whoever runs the tests must not reach the processes.
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "COVERAGE_PROCESS_START", "COVERAGE_FILE")
    return {
        name: value
        for name, value in os.environ.items()
        if name in kept or name.startswith("COVERAGE_")
    }


def _is_answered(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
