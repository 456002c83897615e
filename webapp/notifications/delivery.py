"""Handing a mail to the mail server, or to a file where no server is set."""

from __future__ import annotations

import smtplib
import ssl
from pathlib import Path
from types import TracebackType
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app
from flask_mail import Connection, Mail, Message

from webapp.config import Settings
from webapp.errors import DomainError

# A delivery takes some six steps; with each this short, all stay within the lease of a minute.
_TIMEOUT_SECONDS = 8
_DEFAULT_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}

mail = Mail()


class Refused(DomainError):
    """The mail was not taken: the server's code (None where it was not reached) and words."""

    def __init__(self, code: int | None, words: str) -> None:
        super().__init__(code, words)
        self.code, self.words = code, words


class BoundedConnection(Connection):
    """Flask-Mail's connection with two guards.

    A server that hangs gives up its worker thread after some seconds, and one that drops the
    connection after it took the mail does not make the mail look refused.
    """

    def configure_host(self) -> smtplib.SMTP | smtplib.SMTP_SSL:
        """Connect, within the time limit."""
        server = self.mail.server, self.mail.port
        host: smtplib.SMTP | smtplib.SMTP_SSL
        if self.mail.use_ssl:
            context = ssl.create_default_context()
            host = smtplib.SMTP_SSL(*server, timeout=_TIMEOUT_SECONDS, context=context)
        else:
            host = smtplib.SMTP(*server, timeout=_TIMEOUT_SECONDS)
            if self.mail.use_tls:
                host.starttls(context=ssl.create_default_context())
        if self.mail.username and self.mail.password:
            host.login(self.mail.username, self.mail.password)
        return host

    def __exit__(
        self, exc_type: type[BaseException], exc_value: BaseException, tb: TracebackType
    ) -> None:
        """Say goodbye; an answer is not needed."""
        try:
            super().__exit__(exc_type, exc_value, tb)
        except (smtplib.SMTPException, OSError):
            assert self.host is not None
            self.host.close()


def init_app(app: Flask, settings: Settings) -> None:
    """Set Flask-Mail up from MAIL_URL."""
    if settings.mail_url:
        parts = urlsplit(settings.mail_url)
        app.config.update(
            MAIL_SERVER=parts.hostname,
            MAIL_PORT=parts.port or _DEFAULT_PORTS[parts.scheme],
            MAIL_USE_SSL=parts.scheme == "smtps",
            MAIL_USE_TLS=parts.scheme == "smtp+starttls",
            MAIL_USERNAME=unquote(parts.username) if parts.username else None,
            MAIL_PASSWORD=unquote(parts.password) if parts.password else None,
        )
    mail.init_app(app)


def hand_over(message: Message) -> None:
    """Give a mail to the server or the mail folder. Raises Refused."""
    settings: Settings = current_app.config["SETTINGS"]
    if settings.mail_url is None:
        _write_file(message, settings.mail_folder)
        return
    try:
        with BoundedConnection(current_app.extensions["mail"]) as connection:
            connection.send(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        raise Refused(code, _text(words)) from error
    except smtplib.SMTPResponseException as error:
        raise Refused(error.smtp_code, _text(error.smtp_error)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise Refused(None, f"The mail server could not be reached: {error}") from error


def _write_file(message: Message, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    assert message.msgId
    name = message.msgId.strip("<>").partition("@")[0]
    draft = folder / f"{name}.new"
    draft.write_bytes(message.as_bytes())
    # A mail that is tried again has the same Message-ID, so it takes the place of the first.
    draft.replace(folder / f"{name}.eml")


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words
