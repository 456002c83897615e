"""Whether the service is alive and ready, and its figures for Prometheus."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app, jsonify, make_response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from webapp.booking.models import Booking, BookingStatus
from webapp.db import db
from webapp.notifications.queries import counts_by_state, dispatch_lag

blueprint = Blueprint("health", __name__)

LAG_LIMIT_SECONDS = 120


@blueprint.get("/healthz")
def healthz() -> Response:
    """Say that the process answers."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Say whether the database answers, is migrated, and mail goes out in time."""
    try:
        revision = MigrationContext.configure(db.session.connection()).get_current_revision()
        lag = dispatch_lag().total_seconds()
    except SQLAlchemyError:
        return jsonify(status="not ready", database="cannot be reached"), 503
    checks = {
        "database": "ok",
        "migrations": "ok" if revision == _head() else f"at {revision}, not at {_head()}",
        "dispatch_lag_seconds": round(lag, 1),
    }
    is_ready = checks["migrations"] == "ok" and lag <= LAG_LIMIT_SECONDS
    return jsonify(status="ready" if is_ready else "not ready", **checks), 200 if is_ready else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Give the figures of this moment, read from the database at each scrape."""
    registry = CollectorRegistry()
    mails = Gauge("fairwind_notifications", "Mails by state", ["state"], registry=registry)
    for state, count in counts_by_state().items():
        mails.labels(state).set(count)
    lag = Gauge("fairwind_dispatch_lag_seconds", "Age of the oldest due mail", registry=registry)
    lag.set(dispatch_lag().total_seconds())
    bookings = Gauge("fairwind_bookings", "Bookings by status", ["status"], registry=registry)
    query = select(Booking.status, func.count()).group_by(Booking.status)
    counts = dict(db.session.execute(query).all())
    for status in BookingStatus:
        bookings.labels(status).set(counts.get(status, 0))
    page = make_response(generate_latest(registry))
    page.headers["Content-Type"] = CONTENT_TYPE_LATEST
    return page


@cache
def _head() -> str | None:
    config = Config()
    folder = Path(current_app.root_path).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    return ScriptDirectory.from_config(config).get_current_head()
