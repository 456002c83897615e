"""`python -m webapp.run`: the whole product on one machine, until Ctrl-C.

Migrates, loads the demo network on the first start, then runs the web server and the worker as
two processes. Either of them ending ends both.
"""

from __future__ import annotations

import os
import socket
import sys

from click import Abort
from flask.cli import ScriptInfo
from flask_migrate import upgrade
from honcho.manager import Manager
from honcho.printer import Printer

from webapp.app import create_app
from webapp.commands.network import DEMO_ACCOUNTS, DEMO_PASSWORD
from webapp.config import Settings

WEB_THREADS = 8


def main() -> int:
    """Prepare the database, say where the product is, and serve it."""
    app = create_app()
    settings: Settings = app.config["SETTINGS"]
    if _is_taken(settings.port):
        print(f"fairwind: PORT={settings.port} is in use; choose another", file=sys.stderr)
        return 1
    with app.app_context():
        upgrade()
    if settings.is_embedded:
        # Its accounts have a known password, so a server database gets them only when asked.
        app.cli.main(
            ["demo", "load", "--if-empty"],
            standalone_mode=False,
            obj=ScriptInfo(create_app=lambda: app),
        )
    return _serve(settings)


def _is_taken(port: int) -> bool:
    # The server shares a port with whoever else has it, so that its processes can; a second
    # `make run` would then answer every other request of the first.
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _serve(settings: Settings) -> int:
    environment = {**os.environ, "INSTANCE_DIR": str(settings.instance_dir)}
    manager = Manager(Printer(sys.stdout))
    web = f"{sys.executable} -m webapp.serve --processes 1 --threads {WEB_THREADS}"
    manager.add_process("web", web, env=environment)
    manager.add_process("worker", f"{sys.executable} -m worker", env=environment)
    print(_welcome(settings), flush=True)
    manager.loop()
    # 130 and 143: a signal asked for the end.
    return 0 if manager.returncode in (None, 0, 130, 143) else manager.returncode


def _welcome(settings: Settings) -> str:
    accounts = [
        f"  {'   '.join(email for email, _, _ in DEMO_ACCOUNTS)}",
        f"  password: {DEMO_PASSWORD}",
        "",
    ]
    return "\n".join(
        [
            "",
            f"  Fairwind is at {settings.base_url}",
            "",
            *([] if settings.is_public else accounts),
            f"  Mails: {settings.base_url}/dev/mail/" if settings.shows_mails else "",
            "  Ctrl-C stops it.",
            "",
        ]
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (KeyboardInterrupt, Abort):  # Ctrl-C before anything is served; click has its own word.
        sys.exit(130)
