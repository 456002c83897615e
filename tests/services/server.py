"""A server that the suite starts, kills and starts again: as a process here, or in Docker."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self


class ServiceMissing(Exception):
    """Neither the server's program nor a Docker engine is here."""


class CannotStart(Exception):
    """The server is here and did not come up; the end of its log is in the message."""


class Server(Protocol):
    """What a test can do to a server, wherever it runs."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def close(self) -> None: ...
    def is_alive(self) -> bool: ...
    def log_tail(self) -> str: ...
    def pids(self) -> list[int]: ...


class Service:
    """A server with its own data, which it keeps through stop(), kill() and start(): a context.

    What it runs in, `_server`, and the folder of its data where it is a process here, `_folder`,
    are its subclass's to set; start() says when it is ready.
    """

    _server: Server
    _folder: Path | None = None

    def start(self) -> None:
        """Start, or start again on the same port and data, and wait until it answers."""
        raise NotImplementedError

    def stop(self) -> None:
        """Shut it down in good order."""
        self._server.stop()

    def kill(self) -> None:
        """End it as kill -9 does."""
        self._server.kill()

    def close(self) -> None:
        """End it and remove its data."""
        if self._folder is not None:
            # Nobody reads this data again, so there is no use in a shutdown in good order.
            self._server.kill()
        self._server.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def is_alive(self) -> bool:
        """Say whether its process runs."""
        return self._server.is_alive()

    def pids(self) -> list[int]:
        """Return the ids of its processes; none where it runs in a container."""
        return self._server.pids()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def wait_until_ready(
    server: Server, is_ready: Callable[[], bool], *, name: str, seconds: float
) -> None:
    """Return once is_ready() holds; raise CannotStart, with the log's end, if it never does."""
    deadline = time.monotonic() + seconds
    while server.is_alive():
        if is_ready():
            return
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    came_to = f"was not ready after {seconds:.0f} s" if server.is_alive() else "ended at once"
    log = server.log_tail()
    server.kill()
    raise CannotStart(f"{name} {came_to}. The end of its log:\n{log}")


# The kernel's death signal is bound to the thread that started the child, not to the process.
# All children are therefore started by this one thread, which lives as long as the process: a
# test may restart a server in a thread of its own.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="services")


def _die_with_parent(command: Sequence[str]) -> list[str]:
    """Have the kernel kill the command when this process ends, even by kill -9."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--", *command] if setpriv else list(command)


class Process:
    """A server as a child process, in a session of its own so that Ctrl-C reaches only pytest."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
    ) -> None:
        self._command = _die_with_parent(command)
        self._log = log
        self._env = dict(env) if env is not None else None
        self._cwd = cwd
        self._user = user
        self._child: subprocess.Popen[bytes] | None = None
        atexit.register(self.kill)

    def start(self) -> None:
        if self.is_alive():
            return
        self._child = _starter.submit(self._spawn).result()

    def stop(self) -> None:
        """Ask the server to end, and wait for it."""
        self._end(signal.SIGTERM, seconds=30)

    def kill(self) -> None:
        """End it as kill -9 does: with no chance to tidy up."""
        self._end(signal.SIGKILL, seconds=10)

    def pause(self) -> None:
        """Let it stand still: its connections stay open, and nobody answers on them."""
        for pid in self.pids():
            os.kill(pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after pause()."""
        for pid in self.pids():
            os.kill(pid, signal.SIGCONT)

    def close(self) -> None:
        self.stop()
        atexit.unregister(self.kill)

    def is_alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def log_tail(self) -> str:
        return tail(self._log)

    def pids(self) -> list[int]:
        return [self._child.pid] if self._child is not None and self.is_alive() else []

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=self._env,
                cwd=self._cwd,
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user else None,
            )

    def _end(self, how: signal.Signals, seconds: float) -> None:
        child = self._child
        if child is None:
            return
        if child.poll() is None:
            child.send_signal(how)
            try:
                child.wait(seconds)
            except subprocess.TimeoutExpired:
                child.kill()
        # Whatever it started itself is in its process group.
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait(10)
        self._child = None


def run_to_end(command: Sequence[str], *, log: Path, name: str, user: str | None = None) -> None:
    """Run a command that ends by itself, or raise CannotStart with the end of what it said."""
    with log.open("ab") as output:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            cwd="/",
        )
    if done.returncode != 0:
        raise CannotStart(f"{name} ended with {done.returncode}. What it said:\n{tail(log)}")


def tail(log: Path, lines: int = 30) -> str:
    """Return the last lines of a log file."""
    if not log.exists():
        return "(nothing was written)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
