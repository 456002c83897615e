"""Where this machine keeps the programs that the tests need."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

# Servers live in sbin, which an ordinary user's PATH leaves out.
_PATH = os.pathsep.join(
    [os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/opt/homebrew/sbin"]
)


def find_mariadbd() -> Path | None:
    """Return MariaDB's server; an Oracle MySQL under the name mysqld is not one."""
    if (server := _which("mariadbd")) is not None:
        return server
    if (server := _which("mysqld")) is not None:
        said = subprocess.run([server, "--version"], capture_output=True, text=True, check=False)
        return server if "MariaDB" in said.stdout else None
    return None


def find_mysqld() -> Path | None:
    """Return the MySQL that is to be tested in MariaDB's place, if one is named."""
    return _named("MYSQL_PROGRAM")


def find_mariadb_install() -> Path | None:
    """Return the program that lays out an empty data folder."""
    return _which("mariadb-install-db") or _which("mysql_install_db")


def find_rabbitmq_server() -> Path | None:
    """Return RabbitMQ's own start script, without the distribution's wrapper.

    Debian's /usr/sbin/rabbitmq-server changes to the system's account and folders. Another may be
    named to be tested in its place.
    """
    if (named := _named("RABBITMQ_PROGRAM")) is not None:
        return named
    own = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    return own if os.access(own, os.X_OK) else _which("rabbitmq-server")


def find_epmd() -> Path | None:
    """Return Erlang's port mapper, without which no RabbitMQ starts."""
    if (epmd := _which("epmd")) is not None:
        return epmd
    return next(iter(sorted(Path("/usr/lib/erlang").glob("erts-*/bin/epmd"))), None)


def find_chromium() -> Path | None:
    """Return a Chromium or Chrome that Playwright can drive."""
    for name in ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"):
        if (browser := _which(name)) is not None:
            return browser
    return None


def _named(variable: str) -> Path | None:
    return Path(program) if (program := os.environ.get(variable)) else None


def _which(name: str) -> Path | None:
    found = shutil.which(name, path=_PATH)
    return Path(found) if found else None
