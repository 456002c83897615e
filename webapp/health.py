"""Whether the service is alive and ready, and its figures for Prometheus."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, jsonify, make_response
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from webapp.booking.models import BookingStatus
from webapp.booking.queries import bookings_by_status
from webapp.db import db
from webapp.notifications.models import Kind, State
from webapp.notifications.queries import (
    age_of_oldest_due,
    age_of_oldest_refusal,
    counts_by_state_and_kind,
    dispatch_lag,
    refusals,
)

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

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
        revision = _revision()
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
    # Imported where figures are asked for: the workers, which serve no page, spare its memory.
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()
    _add_mails(registry)
    bookings = Gauge("fairwind_bookings", "Bookings by status", ["status"], registry=registry)
    counts = bookings_by_status()
    for status in BookingStatus:
        bookings.labels(status).set(counts.get(status, 0))
    page = make_response(generate_latest(registry))
    page.headers["Content-Type"] = CONTENT_TYPE_LATEST
    return page


def _add_mails(registry: CollectorRegistry) -> None:
    from prometheus_client import Gauge

    counts = counts_by_state_and_kind()
    mails = Gauge("fairwind_notifications", "Mails by state", ["state"], registry=registry)
    settled = {
        State.SENT: Gauge("fairwind_mails_sent", "Mails accepted", ["kind"], registry=registry),
        State.WITHHELD: Gauge(
            "fairwind_mails_withheld", "Mails not sent, for a reason", ["kind"], registry=registry
        ),
        State.FAILED: Gauge("fairwind_mails_failed", "Mails given up", ["kind"], registry=registry),
    }
    for state in State:
        mails.labels(state).set(
            sum(count for (of_state, _), count in counts.items() if of_state == state)
        )
    for state, gauge in settled.items():
        for kind in Kind:
            gauge.labels(kind).set(counts.get((state, kind), 0))
    figures = {
        "fairwind_mail_refusals": ("Hand-overs that the mail server refused", refusals()),
        "fairwind_oldest_due_seconds": (
            "Age of the oldest mail that is due and not handed out",
            age_of_oldest_due().total_seconds(),
        ),
        "fairwind_dispatch_lag_seconds": (
            "For how long the oldest mail that is not settled is overdue, or its next attempt",
            dispatch_lag().total_seconds(),
        ),
        "fairwind_oldest_refusal_seconds": (
            "For how long the oldest mail that the mail server did not take has been tried again",
            age_of_oldest_refusal().total_seconds(),
        ),
    }
    for name, (words, value) in figures.items():
        Gauge(name, words, registry=registry).set(value)


# Both are read without Alembic, which a web process has no other use for: it takes 12 MiB.
def _revision() -> str | None:
    if not inspect(db.session.connection()).has_table("alembic_version"):
        return None
    revision: str | None = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


@cache
def _head() -> str:
    """Return the last migration: each is a file that begins with its number."""
    folder = Path(current_app.root_path).parent / "migrations" / "versions"
    return max(path.name.partition("_")[0] for path in folder.glob("[0-9]*.py"))
