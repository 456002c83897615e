"""A real SMTP server that keeps what it accepts."""

from __future__ import annotations

import asyncio
import email
import email.policy
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from types import TracebackType

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.services.loopback import HOST, free_port

OK = "250 2.0.0 Accepted"
TRY_LATER = "451 4.3.0 Try again later"
NEVER = "550 5.1.1 No such mailbox"
HANG_UP = "hang up"


@dataclass(frozen=True)
class Received:
    """An accepted message with its envelope, which may differ from its headers."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    received_at: datetime

    @property
    def subject(self) -> str:
        """The subject, decoded."""
        return str(self.message["Subject"])

    @property
    def message_id(self) -> str:
        """The Message-ID, by which a repetition is known."""
        return str(self.message["Message-ID"])

    def part(self, kind: str) -> str:
        """Return the text of the body's `plain` or `html` part."""
        body = self.message.get_body(preferencelist=(kind,))
        assert body is not None, f"the message has no {kind} part"
        # Lines travel with CRLF; a test writes them as Python does.
        return str(body.get_content()).replace("\r\n", "\n")


class MailServer:
    """An SMTP server in a thread, on loopback: a context manager.

    `answer` is what it says to a message, `recipient_answer` to each recipient and `sender_answer`
    to each sender: OK, TRY_LATER, NEVER, or a line of your own; one may be hung up on too.
    `delay` makes it take its time before it answers a message, which it has kept by then.
    `takes_rows` lets it offer to take commands in a row, and with `is_careless` it asks for the
    content of a mail whose recipient it refused. `asks_who` lets it offer to be logged in to. It
    keeps messages and port through stop() and
    start().
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.messages: list[Received] = []
        self.refused = 0
        self.answer = OK
        self.sender_answer = OK
        self.recipient_answer = OK
        self.delay = 0.0
        self.takes_rows = False
        self.is_careless = False
        self.asks_who = False
        self._changed = threading.Condition()
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        """Its address, as MAIL_URL takes it."""
        return f"smtp://{HOST}:{self.port}"

    def start(self) -> None:
        """Start, or start again on the same port."""
        if self._controller is None:
            self._controller = Controller(
                _Handler(self), hostname=HOST, port=self.port, ready_timeout=10
            )
            self._controller.start()

    def stop(self) -> None:
        """Stop: connections are refused until start()."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def to(self, address: str) -> list[Received]:
        """Return what was accepted for an address, in the order of arrival."""
        return [one for one in list(self.messages) if address in one.recipients]

    def wait_for(self, number: int, seconds: float = 10) -> list[Received]:
        """Return the messages once there are this many; raise AssertionError if they stay away."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.messages) >= number, seconds)
            assert came, f"{len(self.messages)} of {number} messages came within {seconds} s"
            return list(self.messages)

    def wait_for_refusal(self, number: int = 1, seconds: float = 10) -> None:
        """Return once this many recipients or messages were refused, or raise AssertionError."""
        with self._changed:
            came = self._changed.wait_for(lambda: self.refused >= number, seconds)
            assert came, f"{self.refused} of {number} refusals within {seconds} s"

    def clear(self) -> None:
        """Forget what was accepted and refused."""
        with self._changed:
            self.messages.clear()
            self.refused = 0

    def keep(self, received: Received) -> None:
        """Note an accepted message and wake whoever waits for it."""
        with self._changed:
            self.messages.append(received)
            self._changed.notify_all()

    def note_refusal(self) -> None:
        """Count a refusal and wake whoever waits for it."""
        with self._changed:
            self.refused += 1
            self._changed.notify_all()

    def __enter__(self) -> MailServer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class Greeter:
    """Answers EHLO as aiosmtpd wants it, with what it offers: by itself commands in a row."""

    @property
    def offers(self) -> list[str]:
        return ["PIPELINING"]

    async def handle_EHLO(
        self,
        smtp: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], *(f"250-{each}" for each in self.offers), responses[-1]]


class _Handler(Greeter):
    """What aiosmtpd calls, under the names that it looks for."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    @property
    def offers(self) -> list[str]:
        rows = super().offers if self._server.takes_rows else []
        return [*rows, *(["AUTH PLAIN LOGIN"] if self._server.asks_who else [])]

    async def handle_MAIL(
        self, smtp: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._server.sender_answer == HANG_UP:
            smtp.transport.abort()
        elif _is_acceptance(self._server.sender_answer):
            envelope.mail_from = address
        return self._server.sender_answer

    async def handle_RCPT(
        self, smtp: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._server.recipient_answer == HANG_UP:
            smtp.transport.abort()
        if self._server.is_careless:
            envelope.rcpt_tos.append(address)  # Or aiosmtpd would refuse what comes next.
        if _is_acceptance(self._server.recipient_answer):
            envelope.rcpt_tos.append(address)
        else:
            self._server.note_refusal()
        return self._server.recipient_answer

    async def handle_DATA(self, smtp: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self._server.answer
        if _is_acceptance(answer):
            self._server.keep(_received(envelope))
        else:
            self._server.note_refusal()
        if self._server.delay:
            await asyncio.sleep(self._server.delay)
        return answer


def _is_acceptance(answer: str) -> bool:
    return answer.startswith("2")


def _received(envelope: Envelope) -> Received:
    content = envelope.content
    assert isinstance(content, bytes)
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return Received(
        sender=envelope.mail_from or "",
        recipients=tuple(envelope.rcpt_tos),
        message=message,
        received_at=datetime.fromtimestamp(time.time(), UTC),
    )
