"""Handing a mail to the mail server, or to a file where no server is set."""

from __future__ import annotations

import re
import select
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app
from flask_mail import Connection, Mail

from webapp.config import Settings
from webapp.errors import DomainError
from webapp.notifications.mime import Message, mailbox_address

# No step of the conversation may take longer, whatever patience there is for all of them.
_STEP_SECONDS = 8.0
_DEFAULT_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_CLOSING = 421
_REFUSALS = range(400, 600)
_FOR_NOW = range(400, 500)
_CONTENT_COMES = 354
_TAKEN = (250, 251)
_FIRST_DOT = re.compile(rb"^\.", re.MULTILINE)
_UNKNOWN_FORM = 553

mail = Mail()
_kept = threading.local()


class Refused(DomainError):
    """The mail was not taken: the server's code (None where it gave none) and words."""

    def __init__(self, code: int | None, words: str) -> None:
        super().__init__(code, words)
        self.code, self.words = code, words


class Unreachable(Refused):
    """The mail server could not be talked to, or takes no mail now: this one was not refused."""


class _Step(NamedTuple):
    """A command, the answers that let the conversation go on, and what others for now mean."""

    command: str
    good: tuple[int, ...]
    for_now: type[Refused]

    def refused(self, code: int, words: str) -> Refused:
        return self.for_now(code, words) if code in _FOR_NOW else Refused(code, words)


def init_app(app: Flask, settings: Settings) -> None:
    """Set Flask-Mail up from MAIL_URL."""
    if settings.mail_url:
        app.config.update(mail_config(settings.mail_url))
    mail.init_app(app)


def mail_config(mail_url: str) -> dict[str, Any]:
    """Return what Flask-Mail calls the parts of MAIL_URL."""
    parts = urlsplit(mail_url)
    return {
        "MAIL_SERVER": parts.hostname,
        "MAIL_PORT": parts.port or _DEFAULT_PORTS[parts.scheme],
        "MAIL_USE_SSL": parts.scheme == "smtps",
        "MAIL_USE_TLS": parts.scheme == "smtp+starttls",
        "MAIL_USERNAME": unquote(parts.username) if parts.username else None,
        "MAIL_PASSWORD": unquote(parts.password) if parts.password else None,
    }


def hand_over(message: Message, patience: float) -> str:
    """Give a mail to the server or the mail folder within so many seconds; return the answer.

    Raises Refused and Unreachable. The connection is kept for the thread's next mail.
    """
    settings: Settings = current_app.config["SETTINGS"]
    content = message.as_bytes()
    if settings.mail_url is None:
        try:
            return _write_file(message, content, settings.mail_folder)
        except OSError as error:
            raise Unreachable(None, f"The mail folder cannot be written: {error}") from error
    line, set_up = getattr(_kept, "line", None), current_app.extensions["mail"]
    if line is None or line.mail is not set_up:
        line = _kept.line = SmtpLine(set_up)
    sender, recipient = mailbox_address(message.sender), mailbox_address(message.recipient)
    return line.deliver(sender, recipient, content, patience)


def hang_up() -> None:
    """Close the connection that this thread keeps, if any."""
    line = getattr(_kept, "line", None)
    if line is not None:
        line.close()


class SmtpLine(Connection):
    """Flask-Mail's connection, opened when it is needed and kept while the server answers.

    Each step but the last has a time limit, and what the server says to each is told apart.
    """

    _until = 0.0
    _answers = 0

    def configure_host(self) -> smtplib.SMTP | smtplib.SMTP_SSL:
        """Connect and log in, within the time that is left."""
        server, seconds = (self.mail.server, self.mail.port), self._step()
        host: smtplib.SMTP | smtplib.SMTP_SSL
        if self.mail.use_ssl:
            context = ssl.create_default_context()
            host = smtplib.SMTP_SSL(*server, _own_name(), timeout=seconds, context=context)
        else:
            host = smtplib.SMTP(*server, _own_name(), timeout=seconds)
        try:
            if self.mail.use_tls:
                host.starttls(context=ssl.create_default_context())
            if self.mail.username and self.mail.password:
                host.login(self.mail.username, self.mail.password)
            host.ehlo_or_helo_if_needed()
        except BaseException:
            host.close()
            raise
        return host

    def deliver(self, sender: str, recipient: str, content: bytes, patience: float) -> str:
        """Return the server's words when it took the mail. Raises Refused and Unreachable.

        A kept connection that turns out to be gone is opened again, unless the mail's content was
        on its way already: then nobody knows whether the server has it.
        """
        self._until = time.monotonic() + patience
        try:
            if not self._is_addressed_on_kept_line(sender, recipient):
                self._open()
                self._address_on_new_line(sender, recipient)
            return self._send(content)
        except Unreachable:
            self.close()
            raise
        except Refused as refusal:
            self._start_over(refusal)
            raise
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise Refused(None, _broken_off(error)) from error

    def close(self) -> None:
        """Hang up without waiting for an answer."""
        if self.host is not None:
            self.host.close()
            self.host = None

    def _is_addressed_on_kept_line(self, sender: str, recipient: str) -> bool:
        if self.host is None or self._has_hung_up():
            self.close()
            return False
        try:
            self._address(sender, recipient)
        except Refused as refusal:
            if refusal.code != _CLOSING:
                raise
        except (smtplib.SMTPException, OSError):
            pass
        else:
            return True
        self.close()
        return False

    def _address_on_new_line(self, sender: str, recipient: str) -> None:
        try:
            self._address(sender, recipient)
        except (smtplib.SMTPException, OSError) as error:
            # Whom it hangs up on once it was told may be one address alone.
            kind = Refused if self._answers else Unreachable
            raise kind(None, _broken_off(error)) from error

    def _has_hung_up(self) -> bool:
        # A server that closes an idle connection has said so, or shut it, by now.
        assert self.host is not None
        return self.host.sock is None or bool(select.select([self.host.sock], [], [], 0)[0])

    def _open(self) -> None:
        try:
            self.host = self.configure_host()
        except smtplib.SMTPResponseException as error:
            raise Unreachable(error.smtp_code, _text(error.smtp_error)) from error
        except (smtplib.SMTPException, OSError) as error:
            words = f"The mail server could not be reached: {_first_line(error)}"
            raise Unreachable(None, words) from error
        except ValueError:
            # What cannot be put into bytes is the user or the password: its words would show them.
            words = "The user and the password of MAIL_URL cannot be told to the mail server"
            raise Unreachable(None, words) from None

    def _address(self, sender: str, recipient: str) -> None:
        """Say from whom to whom, and that the content comes next.

        All in one go where the server takes that (RFC 2920): each wait for an answer costs the way
        to it and back.
        """
        smtp, options = self._ready(), ""
        self._answers = 0
        if not recipient.isascii():
            if not smtp.has_extn("smtputf8"):
                raise Refused(_UNKNOWN_FORM, "The mail server takes no letters beyond ASCII here")
            options = " SMTPUTF8 BODY=8BITMIME"
        steps = [
            # What is refused for now before a recipient is named is no matter of this mail's.
            _Step(f"MAIL FROM:<{sender}>{options}", _TAKEN, Unreachable),
            _Step(f"RCPT TO:<{recipient}>", _TAKEN, Refused),
            _Step("DATA", (_CONTENT_COMES,), Refused),
        ]
        for together in [steps] if smtp.has_extn("pipelining") else [[step] for step in steps]:
            self._ready().send("".join(f"{step.command}\r\n" for step in together).encode())
            self._expect_all(together)

    def _expect_all(self, steps: Sequence[_Step]) -> None:
        refusal: Refused | None = None
        for step in steps:
            code, words = self._ready().getreply()
            self._answers += 1
            if code not in step.good:
                refusal = refusal or step.refused(code, _text(words))
            elif refusal and code == _CONTENT_COMES:
                # It waits for the content of a mail that it refused to take.
                self.close()
            if code == _CLOSING:
                break
        if refusal:
            raise refusal

    def _send(self, content: bytes) -> str:
        smtp = self._ready()
        smtp.send(_FIRST_DOT.sub(b"..", content) + b".\r\n")
        # A server may read the mail before it answers. To give up on one that has taken it would
        # send it twice, so this is waited for as long as there is.
        assert smtp.sock is not None
        smtp.sock.settimeout(self._remaining())
        code, words = smtp.getreply()
        if code not in _TAKEN:
            raise Refused(code, _text(words))
        return f"{code} {_text(words)}"

    def _start_over(self, refusal: Refused) -> None:
        # The transaction of a refused recipient is still open on the server's side. What is no
        # refusal at all leaves nobody knowing which answer belongs to which command.
        if self.host is None or refusal.code == _CLOSING or refusal.code not in _REFUSALS:
            self.close()
            return
        try:
            self._ready().rset()
        except (smtplib.SMTPException, OSError):
            self.close()

    def _ready(self) -> smtplib.SMTP:
        assert self.host is not None
        if self.host.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        self.host.sock.settimeout(self._step())
        return self.host

    def _step(self) -> float:
        return min(_STEP_SECONDS, self._remaining())

    def _remaining(self) -> float:
        return max(0.05, self._until - time.monotonic())


def _write_file(message: Message, content: bytes, folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    name = message.message_id.strip("<>").partition("@")[0]
    draft = folder / f"{name}.new"
    draft.write_bytes(content)
    # A mail that is tried again has the same Message-ID, so it takes the place of the first.
    draft.replace(folder / f"{name}.eml")
    return "kept as a file"


@cache
def _own_name() -> str:
    # Looked up once: it may cost a question to a name server.
    return socket.getfqdn()


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words


def _broken_off(error: Exception) -> str:
    return f"The mail server broke off: {_first_line(error)}"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
