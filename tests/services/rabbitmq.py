"""A private RabbitMQ server."""

from __future__ import annotations

import os
import secrets

import pika
from pika.exceptions import AMQPError

from tests.services import docker
from tests.services.loopback import HOST, free_port, is_listening, new_folder
from tests.services.programs import find_epmd, find_rabbitmq_server
from tests.services.server import Process, Service, ServiceMissing, wait_until_ready

IMAGE = "rabbitmq:3-management"
_USER = "fairwind"


class RabbitMQ(Service):
    """A RabbitMQ with its own node, data, port mapper and password: a context manager.

    It keeps data and port through stop(), kill() and start().
    """

    def __init__(self, *, on_disk: bool = False) -> None:
        self.port = free_port()
        self._password = secrets.token_hex(16)
        self._epmd: Process | None = None
        if find_rabbitmq_server() and find_epmd():
            self._server = self._in_processes(on_disk)
        elif docker.engine_answers():
            self._server = self._in_a_container()
        else:
            raise ServiceMissing("no rabbitmq-server on this machine, and no Docker engine answers")

    @property
    def url(self) -> str:
        """Its address, as BROKER_URL takes it."""
        return f"amqp://{_USER}:{self._password}@{HOST}:{self.port}"

    def connect(self) -> pika.BlockingConnection:
        """Open a connection of your own, to look into queues or to put something there."""
        return pika.BlockingConnection(pika.URLParameters(self.url))

    def start(self) -> None:
        """Start, or start again on the same port and data, and wait until it answers."""
        if self._epmd is not None:
            self._epmd.start()
        self._server.start()
        wait_until_ready(self._server, self._is_ready, name="RabbitMQ", seconds=120)

    def close(self) -> None:
        """End it and its port mapper, and remove its data."""
        super().close()
        if self._epmd is not None:
            self._epmd.close()

    def pids(self) -> list[int]:
        """Return the ids of its processes; none where it runs in a container."""
        return super().pids() + (self._epmd.pids() if self._epmd is not None else [])

    def _in_processes(self, on_disk: bool) -> Process:
        folder = self._folder = new_folder("rabbitmq", on_disk=on_disk)
        epmd_port, distribution_port = free_port(), free_port()
        cookie = folder / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(16))
        cookie.chmod(0o400)
        configuration = folder / "rabbitmq.conf"
        configuration.write_text(
            f"listeners.tcp.1 = {HOST}:{self.port}\n"
            f"default_user = {_USER}\n"
            f"default_pass = {self._password}\n"
            # Below its limit a broker blocks whoever publishes, and a test would hang.
            "disk_free_limit.absolute = 50MB\n"
            "log.console = true\n"
            "log.console.level = info\n"
            "log.file = false\n"
        )
        plugins = folder / "enabled_plugins"
        plugins.write_text("[].\n")
        # The system's own node and its variables must not leak into this one.
        env = {k: v for k, v in os.environ.items() if not k.startswith(("RABBITMQ_", "ERL_"))}
        env |= {
            "HOME": str(folder),
            "ERL_EPMD_ADDRESS": HOST,
            "ERL_EPMD_PORT": str(epmd_port),
            "RABBITMQ_NODENAME": f"fairwind{self.port}@localhost",
            "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(configuration),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
            "RABBITMQ_PLUGINS_EXPAND_DIR": str(folder / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_MNESIA_DIR": str(folder / "mnesia" / "node"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(folder / "feature_flags"),
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_DIST_PORT": str(distribution_port),
            # Erlang would start a port mapper on every interface that outlives the node: this one
            # has the port mapper above. Its threads do not spin while they wait for work.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}"
                " +sbwt none +sbwtdcpu none +sbwtdio none"
            ),
            # Makes the start script become the server, so that there is one process to kill.
            "RUNNING_UNDER_SYSTEMD": "true",
        }
        self._epmd = Process(
            [str(find_epmd()), "-address", HOST, "-port", str(epmd_port)],
            log=folder / "epmd.log",
            env=env,
            cwd=folder,
        )
        return Process([str(find_rabbitmq_server())], log=folder / "log", env=env, cwd=folder)

    def _in_a_container(self) -> docker.Container:
        return docker.Container(
            IMAGE,
            port=self.port,
            inner_port=5672,
            env={"RABBITMQ_DEFAULT_USER": _USER, "RABBITMQ_DEFAULT_PASS": self._password},
        )

    def _is_ready(self) -> bool:
        if not is_listening(self.port):
            return False
        try:
            self.connect().close()
        except (AMQPError, OSError):
            return False
        return True
