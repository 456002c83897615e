"""Logs that programs can read: one line an event, in pairs of name and value.

Every line that a request causes carries the request's id, and every line about a mail the row's;
so a mail can be followed from the form that caused it to the words of the mail server.
"""

from __future__ import annotations

import logging
import secrets
from contextvars import ContextVar

from flask import Flask, Response
from sqlalchemy import event
from sqlalchemy.orm import Session

from webapp.db import db
from webapp.notifications.service import PLANNED

_request_id: ContextVar[str] = ContextVar("request_id", default="-")
log = logging.getLogger("fairwind.mail")


def configure() -> None:
    """Write the process's log to standard error. Processes call it once, tests never."""
    handler = logging.StreamHandler()
    handler.addFilter(_add_request_id)
    handler.setFormatter(
        logging.Formatter("%(asctime)s level=%(levelname)s request=%(request_id)s %(message)s")
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("fairwind").setLevel(logging.INFO)


def init_app(app: Flask) -> None:
    """Give each request an id, which its answer names, and log each mail that it plans."""
    app.before_request(_begin_request)
    app.after_request(_name_request)
    with app.app_context():
        event.listen(db.session, "after_commit", _log_planned)
        event.listen(db.session, "after_rollback", _forget)


def _begin_request() -> None:
    _request_id.set(secrets.token_hex(6))


def _name_request(response: Response) -> Response:
    response.headers["X-Request-Id"] = _request_id.get()
    return response


def _add_request_id(record: logging.LogRecord) -> bool:
    record.request_id = _request_id.get()
    return True


def _log_planned(session: Session) -> None:
    # What a rolled back transaction planned was never there, so this waits for the commit.
    for mail in session.info.pop(PLANNED, []):
        log.info("event=mail.planned id=%s key=%s due_at=%s", *mail)


def _forget(session: Session) -> None:
    session.info.pop(PLANNED, None)
