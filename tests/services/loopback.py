"""Ports and folders that a private server can have to itself."""

from __future__ import annotations

import atexit
import os
import random
import re
import shutil
import socket
import tempfile
from pathlib import Path

HOST = "127.0.0.1"

# Below the range from which the kernel picks the ports of outgoing connections: a port from
# that range could be taken by any client in the moment between a server's death and its restart.
_PORTS = range(20_000, 32_000)

_PREFIX = "fairwind-tests"
_ROOM = 2 * 1024**3


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens."""
    for port in random.sample(_PORTS, 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port was found on 127.0.0.1")


def is_listening(port: int) -> bool:
    """Say whether something accepts connections on a port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def new_folder(name: str, *, on_disk: bool = False) -> Path:
    """Return a new folder that only its owner can enter, removed when this process ends.

    It stands in memory where there is room: every commit still calls fsync, which then costs
    nothing. That is as honest as a disk for what the suite does to a server, which is kill -9:
    what a dead process had written is kept by the kernel either way. Only a power cut would tell
    the two apart. A measurement wants on_disk=True.
    """
    parent = _temporary_root(on_disk)
    _remove_orphans(parent)
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}-{os.getpid()}-{name}-", dir=parent))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _temporary_root(on_disk: bool) -> Path:
    memory = Path("/dev/shm")
    if on_disk or not memory.is_dir() or not os.access(memory, os.W_OK):
        return Path(tempfile.gettempdir())
    # A container's /dev/shm has 64 MB by default, too little for a database.
    has_room = shutil.disk_usage(memory).free > _ROOM
    return memory if has_room else Path(tempfile.gettempdir())


def _remove_orphans(parent: Path) -> None:
    """Remove what a test process that was killed could not remove itself."""
    for folder in parent.glob(f"{_PREFIX}-*"):
        owner = re.match(rf"{_PREFIX}-(\d+)-", folder.name)
        if owner and not Path(f"/proc/{owner[1]}").exists() and Path("/proc/self").exists():
            shutil.rmtree(folder, ignore_errors=True)
