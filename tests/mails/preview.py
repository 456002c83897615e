"""`make mail-preview`: write every mail, from every state, as files to look at."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from flask_migrate import upgrade

from tests.conftest import settings_for
from tests.mails.gallery import STATES, written
from webapp import clock, create_app
from webapp.db import db
from webapp.notifications.mime import wire_bytes


def main(folder: Path) -> None:
    """Write the mails into a folder: the message, its HTML and its text."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        url = f"sqlite:///{place}/preview.sqlite3"
        app = create_app(settings_for(url, Path(place)))
        with app.app_context():
            upgrade()
            for name, make in STATES.items():
                clock.reset()
                mail = written(make())
                (folder / f"{name}.eml").write_bytes(wire_bytes(mail))
                (folder / f"{name}.html").write_text(mail.html or "")
                (folder / f"{name}.txt").write_text(f"{mail.subject}\n\n{mail.body}")
            db.engine.dispose()
    print(f"{len(STATES)} mails are in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
