"""The mails that the embedded default writes as files, to be read in the browser."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, make_response

from webapp.config import Settings
from webapp.htmx import render

dev_mail = Blueprint("dev_mail", __name__, url_prefix="/dev/mail")

# The mail's own page: nothing but what the mail carries, styles included, and no script.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)
# The list looks for new ones every two seconds, and reads each.
_MOST_LISTED = 50


@dataclass(frozen=True)
class DevMail:
    """A mail in the folder."""

    name: str
    message: EmailMessage
    at: datetime

    @property
    def text(self) -> str:
        """The plain part."""
        part = self.message.get_body(("plain",))
        return str(part.get_content()) if part else ""

    @property
    def html(self) -> str:
        """The HTML part."""
        part = self.message.get_body(("html",))
        return str(part.get_content()) if part else ""


@dev_mail.get("/")
def mails() -> Response:
    """List the mails, the latest first."""
    # The files know the order within a second, which the mails' own dates do not.
    paths = sorted(_folder().glob("*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    found = [_read(path) for path in paths[:_MOST_LISTED]]
    return render("dev_mail/mails.html", "dev_mail/_mails.html", mails=found, total=len(paths))


@dev_mail.get("/<name>")
def mail(name: str) -> Response:
    """Show one mail: its headers, its HTML, its text."""
    return render("dev_mail/mail.html", mail=_mail(name))


@dev_mail.get("/<name>/html")
def mail_html(name: str) -> Response:
    """Show the HTML part by itself, for the frame on the mail's page."""
    page = make_response(_mail(name).html)
    page.headers["Content-Security-Policy"] = _MAIL_POLICY
    page.headers["X-Frame-Options"] = "SAMEORIGIN"
    return page


def _mail(name: str) -> DevMail:
    # Among those that are there: a name from outside makes no path.
    found = {path.stem: path for path in _folder().glob("*.eml")}
    return _read(found[name]) if name in found else abort(404)


def _read(path: Path) -> DevMail:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return DevMail(path.stem, message, parsedate_to_datetime(message["Date"]))


def _folder() -> Path:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.mail_folder
