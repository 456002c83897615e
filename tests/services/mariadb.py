"""A private MariaDB server, or the MySQL that is to be tested in its place."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pymysql
from sqlalchemy.engine import make_url

from tests.services import docker
from tests.services.loopback import HOST, free_port, is_listening, new_folder
from tests.services.programs import find_mariadb_install, find_mariadbd, find_mysqld
from tests.services.server import (
    Process,
    Service,
    ServiceMissing,
    run_to_end,
    wait_until_ready,
)

IMAGE = "mariadb:10.11"
_USER = "fairwind"

_OPTIONS = [
    "--character-set-server=utf8mb4",
    "--skip-name-resolve",
    # Each commit is flushed, as in production, so that kill -9 loses none of them.
    "--innodb-flush-log-at-trx-commit=1",
    "--innodb-buffer-pool-size=256M",
    # Races open a connection a thread, in several web processes at once.
    "--max-connections=500",
    "--performance-schema=OFF",
]
# No second door, no folder of the system's, and no second log of what is written.
_MYSQL_OPTIONS = ["--mysqlx=OFF", "--secure-file-priv=NULL", "--skip-log-bin"]


class MariaDB(Service):
    """A MariaDB with its own data, port and password: a context manager.

    It keeps data and port through stop(), kill() and start(). on_disk=True keeps the data out of
    memory, for measurements.
    """

    def __init__(self, *, on_disk: bool = False) -> None:
        self.port = free_port()
        self._password = secrets.token_hex(16)
        self._database_numbers = count(1)
        if find_mysqld() or (find_mariadbd() and find_mariadb_install()):
            self._server = self._in_a_process(on_disk)
        elif docker.engine_answers():
            self._server = self._in_a_container()
        else:
            raise ServiceMissing("no mariadbd on this machine, and no Docker engine answers")

    @property
    def url(self) -> str:
        """The address of the database `fairwind`, which is there from the start."""
        return self.url_of(_USER)

    def url_of(self, database: str) -> str:
        """Return a database's address in SQLAlchemy's form."""
        return f"mysql+pymysql://{_USER}:{self._password}@{HOST}:{self.port}/{database}?charset=utf8mb4"

    def create_database(self) -> str:
        """Make a fresh, empty database and return its address."""
        database = f"test_{next(self._database_numbers)}"
        self.execute(f"CREATE DATABASE `{database}` CHARACTER SET utf8mb4")
        return self.url_of(database)

    def drop_database(self, url: str) -> None:
        """Remove the database of an address that create_database() gave."""
        self.execute(f"DROP DATABASE IF EXISTS `{make_url(url).database}`")

    def execute(self, statement: str) -> tuple[tuple[object, ...], ...]:
        """Run one statement as the server's administrator, commit, and return its rows."""
        connection = self._connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                rows = cursor.fetchall()
            connection.commit()
        finally:
            connection.close()
        return tuple(rows)

    def start(self) -> None:
        """Start, or start again on the same port and data, and wait until it answers."""
        self._server.start()
        wait_until_ready(self._server, self._is_ready, name="MariaDB", seconds=120)
        self.execute(f"CREATE DATABASE IF NOT EXISTS `{_USER}` CHARACTER SET utf8mb4")

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Let it stand still for the length of a block: it keeps its connections and is mute."""
        self._server.pause()
        try:
            yield
        finally:
            self._server.resume()

    def _in_a_process(self, on_disk: bool) -> Process:
        folder = self._folder = new_folder("mariadb", on_disk=on_disk)
        data, log, accounts = folder / "data", folder / "log", folder / "accounts.sql"
        mysqld, user = find_mysqld(), _unprivileged_user()
        accounts.write_text(self._accounts())
        data.mkdir()
        if user is not None:
            for path in (folder, data, accounts):
                shutil.chown(path, user, user)
        server = str(mysqld or find_mariadbd())
        run_to_end(
            [server, "--no-defaults", f"--datadir={data}", "--initialize-insecure"]
            if mysqld
            else [
                str(find_mariadb_install()),
                "--no-defaults",
                f"--datadir={data}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ],
            log=log,
            name="an empty database",
            user=user,
        )
        return Process(
            [
                server,
                "--no-defaults",
                f"--datadir={data}",
                f"--tmpdir={folder}",
                f"--socket={folder / 's'}",
                f"--pid-file={folder / 'pid'}",
                f"--init-file={accounts}",
                f"--port={self.port}",
                f"--bind-address={HOST}",
                *_OPTIONS,
                *(_MYSQL_OPTIONS if mysqld else ()),
            ],
            log=log,
            cwd=folder,
            user=user,
        )

    def _in_a_container(self) -> docker.Container:
        return docker.Container(
            IMAGE,
            port=self.port,
            inner_port=3306,
            env={
                "MARIADB_ROOT_PASSWORD": self._password,
                "MARIADB_USER": _USER,
                "MARIADB_PASSWORD": self._password,
            },
            arguments=_OPTIONS,
        )

    def _accounts(self) -> str:
        """Return what the server runs at each start: our account, and none without a password."""
        account = f"'{_USER}'@'{HOST}'"
        return (
            f"CREATE USER IF NOT EXISTS {account} IDENTIFIED BY '{self._password}';\n"
            f"GRANT ALL ON *.* TO {account} WITH GRANT OPTION;\n"
            f"DROP USER IF EXISTS 'root'@'{HOST}', 'root'@'::1';\n"
        )

    def _connect(self) -> pymysql.Connection:
        in_container = self._folder is None
        return pymysql.connect(
            host=HOST,
            port=self.port,
            # In a container our own account may not make databases, but root may.
            user="root" if in_container else _USER,
            password=self._password,
            charset="utf8mb4",
            connect_timeout=5,
        )

    def _is_ready(self) -> bool:
        if not is_listening(self.port):
            return False
        try:
            if self._folder is None:
                self.execute(f"GRANT ALL ON *.* TO '{_USER}'@'%'")
            return self.execute("SELECT 1") == ((1,),)
        except pymysql.MySQLError:
            return False


def _unprivileged_user() -> str | None:
    """Return the account to run under where we are root, as whom MariaDB refuses to run."""
    if os.geteuid() != 0:
        return None
    for name in ("mysql", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    return None
