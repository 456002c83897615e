"""create_app: the contents page of the web application."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit
from warnings import catch_warnings, simplefilter

from flask import Flask, Request, Response, has_request_context
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, SAWarning
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import RequestRedirect

from webapp import clock, compression, formats, logs, security
from webapp.commands import register_commands
from webapp.config import Settings
from webapp.db import (
    abandon,
    db,
    engine_options,
    may_be_saved,
    prepare_engine,
    retry_conflicts,
)
from webapp.errors import Busy, SettingsError
from webapp.htmx import htmx, render
from webapp.notifications import delivery, words

_ROOT = Path(__file__).resolve().parent.parent
_VIEWS = (
    "webapp.search.views",
    "webapp.search.fares.views",
    "webapp.search.recent.views",
    "webapp.alerts.views",
    "webapp.booking.holds.views",
    "webapp.booking.passengers.views",
    "webapp.booking.views",
    "webapp.booking.contact.views",
    "webapp.booking.recall.views",
    "webapp.booking.names.views",
    "webapp.booking.cancellation.views",
    "webapp.booking.division.views",
    "webapp.booking.checkin.views",
    "webapp.booking.seats.views",
    "webapp.booking.schedule_changes.views",
    "webapp.documents.boarding.views",
    "webapp.booking.changes.views",
    "webapp.documents.calendar.views",
    "webapp.documents.tickets.views",
    "webapp.accounts.views",
    "webapp.accounts.passwords.views",
    "webapp.accounts.preferences.views",
    "webapp.accounts.travellers.views",
    "webapp.privacy.views",
    "webapp.staff.views",
    "webapp.staff.accounts.views",
    "webapp.staff.bookings.views",
    "webapp.staff.changes.views",
    "webapp.staff.creation.views",
    "webapp.staff.delays.views",
    "webapp.staff.mails.views",
    "webapp.booking.mails.views",
    "webapp.staff.operations.views",
    "webapp.staff.passengers.views",
    "webapp.staff.sales.views",
    "webapp.staff.schedules.views",
    "webapp.staff.swaps.views",
    "webapp.health",
)
log = logging.getLogger("fairwind")


class Application(Flask):
    """Flask, with every view run again when the database found a deadlock in it.

    The views own their transactions and answer only after them, so a second run is a first one.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Build Flask, with no address worked out yet."""
        super().__init__(*arguments, **options)
        self._addresses: dict[str, str] = {}

    def url_for(self, /, endpoint: str, **values: Any) -> str:
        """Return an address; each page has ten that take no value, which are worked out once."""
        # Flask's own function names all that an address may have, and None for what it has not.
        has_values = any(value is not None for value in values.values())
        if has_values or endpoint.startswith(".") or not has_request_context():
            return super().url_for(endpoint, **values)
        if endpoint not in self._addresses:
            self._addresses[endpoint] = super().url_for(endpoint)
        return self._addresses[endpoint]

    def raise_routing_exception(self, request: Request) -> NoReturn:
        """Lead from `/staff` to `/staff/` by the path: a proxy may not have said our name."""
        if isinstance(error := request.routing_exception, RequestRedirect):
            error.new_url = urlsplit(error.new_url)._replace(scheme="", netloc="").geturl()
        super().raise_routing_exception(request)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function as it is: none is a coroutine, which Flask asks at every request."""
        return func

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view, some more times if need be; Busy after that."""
        return retry_conflicts(super().dispatch_request)


def create_app(settings: Settings | None = None, serves: bool = False) -> Application:
    """Build the application, or stop the process with one line that names the setting.

    A process that serves, as those of the web and the worker, never migrates, which spares the
    memory of what migrations need, and waits for no statement as long as a command does.
    """
    try:
        return _build(settings or Settings.from_env(), serves)
    except SettingsError as error:
        raise SystemExit(f"fairwind: {error}") from None


def _build(settings: Settings, serves: bool) -> Application:
    app = Application(
        "webapp", template_folder=str(_ROOT / "templates"), static_folder=str(_ROOT / "static")
    )
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=settings.secret_key_fallbacks,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url, serves),
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,  # Static addresses carry the file's version.
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    clock.configure(settings.clock_file)
    _connect_database(app, settings)
    if not serves:
        _prepare_migrations(app)
    compression.init_app(app)
    htmx.init_app(app)
    security.init_app(app, settings)
    formats.init_app(app)
    delivery.init_app(app, settings)
    words.init_app(app)
    logs.init_app(app)
    _register_blueprints(app, settings)
    _register_error_pages(app)
    register_commands(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _prepare_migrations(app: Flask) -> None:
    from flask_migrate import Migrate

    Migrate(app, db, directory=str(_ROOT / "migrations"))


def _connect_database(app: Flask, settings: Settings) -> None:
    try:
        with catch_warnings():
            simplefilter("error", SAWarning)  # What is said of an argument that is passed over.
            db.init_app(app)
        with app.app_context():
            prepare_engine(db.engine)
            with db.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
    except Exception as error:
        # A driver raises anything where it cannot use what stands behind the ? of an address.
        cause = getattr(error, "orig", None) or error
        raise SettingsError(
            f"DATABASE_URL={_without_password(settings.database_url)} cannot be used: "
            f"{(str(cause) or repr(cause)).splitlines()[0]}"
        ) from error


def _register_blueprints(app: Flask, settings: Settings) -> None:
    for name in _VIEWS:
        app.register_blueprint(import_module(name).blueprint)
    if settings.shows_mails:
        app.register_blueprint(import_module("webapp.notifications.views").dev_mail)


def _register_error_pages(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> Response | HTTPException:
        if error.code is None or error.code < 400:
            return error
        is_outage = error.code >= 500
        page = render("errors/error.html", status=error.code, code=error.code, is_outage=is_outage)
        for name, value in error.get_headers():
            if name not in ("Content-Type", "Content-Length"):
                page.headers[name] = value
        return page

    @app.errorhandler(Busy)
    def ask_for_patience(_error: Busy) -> Response:
        return render("errors/error.html", status=503, code=503)

    @app.errorhandler(OperationalError)
    def tell_of_outage(error: OperationalError) -> Response:
        log.error("the database cannot be used: %s", str(error.orig).splitlines()[0])
        page = "errors/outage.html"
        return render(page, status=503, may_be_saved=may_be_saved(), is_outage=True)

    @app.errorhandler(Exception)
    def apologise(error: Exception) -> Response:
        log.exception("unhandled error", exc_info=error)
        abandon()
        return render("errors/error.html", status=500, code=500, is_outage=True)


def _without_password(url: str) -> str:
    from sqlalchemy.engine import make_url

    # Drivers take a password behind the question mark, too.
    return make_url(url).set(query={}).render_as_string(hide_password=True)
