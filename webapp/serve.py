"""`python -m webapp.serve`: the web server, in as many processes and threads as it is told.

The application is built once and the processes are forked from it. So they share its memory, one
that dies is replaced at once, and a wrong setting ends the command with its one line rather than
a loop of processes that cannot start.
"""

from __future__ import annotations

import argparse
import gc
import logging
import sys
from collections.abc import Callable
from typing import Any

from flask import Flask
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from webapp import logs
from webapp.app import create_app
from webapp.config import Settings
from webapp.db import db

log = logging.getLogger("fairwind")

_STOP_SECONDS = 10
# A page of results makes thousands of objects that live as long as its request: to look through
# them at every seven hundred, as Python does by itself, finds next to nothing.
_OBJECTS_BETWEEN_COLLECTIONS = 10_000


def main(arguments: list[str] | None = None) -> int:
    """Serve the application until a signal asks for an end."""
    options = parse_options(arguments)
    logs.configure()
    app = create_app(serves=True)
    settings: Settings = app.config["SETTINGS"]
    if settings.is_secure and not settings.trusted_proxies:
        # This server speaks no TLS, so somebody in front does.
        log.warning("TRUSTED_PROXIES is 0: the limits take all travellers for the one in front")
    with app.app_context():
        # Two processes must not talk over one connection, so none is open when they are forked.
        db.engine.dispose()
    log.info(
        "event=web.started address=%s:%s processes=%s threads=%s",
        options.host,
        settings.port,
        options.processes,
        options.threads,
    )
    serve(app, settings.port, options)
    return 0


def parse_options(arguments: list[str] | None) -> argparse.Namespace:
    """Return the host, processes and threads that a command line names."""
    parser = argparse.ArgumentParser(prog="python -m webapp.serve")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--threads", type=int, default=8, help="requests at a time in a process")
    return parser.parse_args(arguments)


def serve(app: Flask, port: int, options: argparse.Namespace) -> None:
    """Serve an application that has no connection and no thread open."""
    # A template that is compiled before the fork takes its memory once.
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
    server = Server(
        app.import_name,
        address=options.host,
        port=port,
        interface=Interfaces.WSGI,
        workers=options.processes,
        blocking_threads=options.threads,
        websockets=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_SECONDS,
    )
    # The collector would write into every object that it visits, and so copy what is shared.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    server.serve(target_loader=_returning(app), wrap_loader=False)


def _returning(app: Flask) -> Callable[..., Any]:
    return lambda *_arguments, **_options: app


if __name__ == "__main__":
    sys.exit(main())
