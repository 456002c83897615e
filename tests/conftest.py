"""What every test may ask for: the application on an empty database, on each kind of database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from flask_migrate import upgrade
from werkzeug.test import TestResponse

from tests.services.mariadb import MariaDB
from webapp import clock, create_app
from webapp.config import Settings
from webapp.db import Base, db
from webapp.security import limiter

pytest_plugins = ["tests.services.fixtures"]

DATABASES = ("sqlite", "mariadb")

MakeApp = Callable[..., Flask]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the suite be run as at any hour: what holds in the morning must hold at night."""
    parser.addoption("--hour", type=int, help="the hour of the day, in UTC, that the tests see")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses a database on both, or on those that a test's marker `databases` names."""
    if "database_kind" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("databases")
        kinds = marker.args if marker else DATABASES
        marks = {"mariadb": [pytest.mark.mariadb], "sqlite": []}
        metafunc.parametrize(
            "database_kind",
            [pytest.param(kind, marks=marks[kind]) for kind in kinds],
            scope="session",
        )


@pytest.fixture(scope="session")
def database_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Return the address of a migrated database of its kind, made once."""
    return new_database(database_kind, request, tmp_path_factory)


def new_database(
    database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """Return the address of a new migrated database of a kind."""
    if database_kind == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'test.sqlite3'}"
    else:
        server: MariaDB = request.getfixturevalue("mariadb")
        url = server.create_database()
    app = create_app(settings_for(url, tmp_path_factory.mktemp("instance")))
    with app.app_context():
        upgrade()
        db.engine.dispose()
    return url


@pytest.fixture(scope="session")
def kept_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that is the same for every test; only `settings` hands it on, emptied."""
    return tmp_path_factory.mktemp("instance")


@pytest.fixture
def settings(database_url: str, kept_folder: Path) -> Settings:
    """Return the settings of a test: no rate limits, a clock that can be moved."""
    shutil.rmtree(kept_folder)
    kept_folder.mkdir()
    return settings_for(database_url, kept_folder)


def settings_for(url: str, instance_dir: Path, **changes: Any) -> Settings:
    """Return settings for a database; `changes` are fields of Settings."""
    values = {"rate_limits": False, "movable_clock": True, **changes}
    return Settings(
        database_url=url,
        secret_key="only for tests, and long enough",
        instance_dir=instance_dir,
        **values,
    )


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment in which a process of its own has these settings."""
    values = {
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "INSTANCE_DIR": str(settings.instance_dir),
        "BROKER_URL": settings.broker_url or "",
        "MAIL_URL": settings.mail_url or "",
        "MOVABLE_CLOCK": "yes" if settings.movable_clock else "no",
        "RATE_LIMITS": "yes" if settings.rate_limits else "no",
        "DELIVERY_LEASE": str(settings.delivery_lease),
        "WORKER_THREADS": str(settings.worker_threads),
        "MAIL_RATE": str(settings.mail_rate),
        "MAIL_DOMAIN_RATE": str(settings.mail_domain_rate),
        "PORT": str(settings.port),
    }
    return {**os.environ, **values}


class Browser(FlaskClient):
    """A browser without JavaScript; each request has a context and a session of its own.

    In the test's context one request would leave to the next who is logged in and what it read.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request, then let the test's own session see what it did."""
        application: Any = self.application
        with application.app_context():
            answer = super().open(*args, **kwargs)
        if has_app_context():
            db.session.rollback()
            db.session.expire_all()
        return answer


@pytest.fixture
def app(settings: Settings, pytestconfig: pytest.Config) -> Iterator[Flask]:
    """Return the application with its context pushed, on an empty database, knowing nothing yet."""
    application = _built(settings)
    clock.configure(settings.clock_file)
    if (hour := pytestconfig.getoption("hour")) is not None:
        clock.move_to(clock.now().replace(hour=hour))
    limiter.enabled = settings.rate_limits  # One for all applications; the last made has set it.
    # What it kept of the test before would be true of other rows.
    before = dict(application.extensions)
    application.config.update(TESTING=True, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    application.test_client_class = Browser
    with application.app_context():
        empty()
        yield application
        db.session.rollback()
        db.session.remove()
        db.engine.dispose()
    application.extensions = before
    clock.configure(None)


@lru_cache(maxsize=4)
def _built(settings: Settings) -> Flask:
    """Return the one application with these settings: it knows its templates and its queries."""
    return create_app(settings)


@pytest.fixture
def make_app(app: Flask, settings: Settings) -> Iterator[MakeApp]:
    """Return a function that makes more applications on the same database, as processes would.

    Its arguments are fields of Settings; `csrf` asks for the guard that the others go without.
    """
    made = []

    def make(csrf: bool = False, **changes: Any) -> Flask:
        application = create_app(replace(settings, **changes))
        application.config.update(TESTING=True, WTF_CSRF_ENABLED=csrf, PROPAGATE_EXCEPTIONS=False)
        application.test_client_class = Browser
        made.append(application)
        return application

    yield make
    for application in made:
        with application.app_context():
            db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a browser without JavaScript."""
    return app.test_client()


def empty() -> None:
    """Delete every row of every table."""
    with db.engine.connect().execution_options(writes=True) as connection, connection.begin():
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
