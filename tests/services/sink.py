"""`python -m tests.services.sink PORT FILE MISCHIEF`: a mail server that can be killed.

It writes a line for each mail that it takes before it says so: the time, the Message-ID, the
recipient, and whether the client was told. MISCHIEF is how often, of a thousand conversations,
each of the things goes wrong that mail servers do: a recipient or a mail refused for now or for
good, silence, and a dropped connection before or after the mail was taken.
"""

from __future__ import annotations

import asyncio
import random
import re
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.services.loopback import HOST
from tests.services.mail import Greeter

_SILENCE_SECONDS = 30.0
_MESSAGE_ID = re.compile(rb"^message-id: *(\S+)", re.IGNORECASE | re.MULTILINE)


class Sink(Greeter):
    """What aiosmtpd calls, under the names that it looks for."""

    def __init__(self, path: Path, mischief: int) -> None:
        self._file = path.open("ab", buffering=0)
        self._mischief = mischief / 1000
        self._random = random.Random()

    async def handle_RCPT(
        self, smtp: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._goes_wrong():
            return "450 4.2.1 The mailbox is busy"
        if self._goes_wrong():
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient accepted"

    async def handle_DATA(self, smtp: SMTP, session: Session, envelope: Envelope) -> str:
        if self._goes_wrong():
            return "451 4.3.0 Try again later"
        if self._goes_wrong():
            return "554 5.7.1 Refused by policy"
        if self._goes_wrong():
            await asyncio.sleep(_SILENCE_SECONDS)
        if self._goes_wrong():
            smtp.transport.abort()
            return "421 4.3.2 Dropped"
        is_told = not self._goes_wrong()
        self._keep(envelope, is_told)
        if not is_told:
            smtp.transport.abort()
        return "250 2.0.0 Accepted"

    def _goes_wrong(self) -> bool:
        return self._random.random() < self._mischief

    def _keep(self, envelope: Envelope, is_told: bool) -> None:
        content = envelope.content
        assert isinstance(content, bytes)
        found = _MESSAGE_ID.search(content)
        assert found
        told = b"told" if is_told else b"dropped"
        line = [f"{time.time():.6f}".encode(), found[1], envelope.rcpt_tos[0].encode(), told]
        self._file.write(b" ".join(line) + b"\n")


async def serve(port: int, path: Path, mischief: int) -> None:
    """Serve until the process ends."""
    sink = Sink(path, mischief)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(sink, hostname="sink", enable_SMTPUTF8=True), HOST, port
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
