"""The database goes away and comes back: pages say so, nothing is half done."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask_migrate import upgrade

from tests.builders import make_flight, make_offer
from tests.conftest import settings_for
from tests.services import MariaDB
from webapp import create_app
from webapp.db import db
from webapp.search.offers import sign


@pytest.mark.mariadb
def test_pages_say_that_the_database_is_away_and_work_again_when_it_is_back(
    tmp_path: Path,
) -> None:
    with MariaDB() as server:
        app = create_app(settings_for(server.create_database(), tmp_path))
        app.config.update(WTF_CSRF_ENABLED=False)
        with app.app_context():
            upgrade()
            form = {"offer": sign(make_offer(make_flight())), "idempotency_key": "k" * 20}
        client = app.test_client()
        assert client.get("/").status_code == 200

        server.kill()
        refused = client.post("/holds", data=form)
        assert refused.status_code == 503
        assert "Nothing was booked or changed" in refused.text
        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200

        server.start()
        assert client.post("/holds", data=form).status_code == 303
        with app.app_context():
            db.engine.dispose()
