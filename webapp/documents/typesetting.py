"""Documents as PDF: a Typst template from the templates folder, and data that it reads as JSON."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from struct import Struct
from threading import Lock, Thread, Timer
from typing import IO, Any

from flask import current_app

IDLE_SECONDS = 20.0
ANSWER_SECONDS = 20.0
_ANSWER = Struct("!?I")  # As the typesetter packs it, which is no module to import.
_TYPESETTER = Path(__file__).with_name("typesetter.py")


class DocumentRefused(Exception):
    """A template does not compile with these data: an error of ours, in Typst's words."""


class Typesetter:
    """A process that sets documents one after the other.

    It is started when one is ordered and ended when none was for a while. It ends too when this
    process does, with its standard input.
    """

    def __init__(
        self, idle_seconds: float = IDLE_SECONDS, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        self._idle_seconds = idle_seconds
        self._answer_seconds = answer_seconds
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._used_at = 0.0

    def set(self, order: dict[str, str]) -> bytes:
        """Return the document. Raises DocumentRefused."""
        line = json.dumps(order).encode() + b"\n"
        with self._lock:
            try:
                is_set, body = self._ask(line)
            except (OSError, EOFError):
                # It was killed or hung, and an order can be given twice.
                is_set, body = self._ask(line)
        if not is_set:
            raise DocumentRefused(body.decode())
        return body

    def end(self) -> None:
        """End the process and wait for it."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)

    def _ask(self, line: bytes) -> tuple[bool, bytes]:
        # It is put back with its whole answer read, and not where this thread is stopped before
        # that, as a time limit does: what is left unread would be the next one's document.
        process, self._process = self._process or self._start(), None
        # One that hangs would hang everybody who waits for a document.
        deadline = Timer(self._answer_seconds, process.kill)
        deadline.start()
        try:
            answer = _answer(process, line)
        except BaseException:
            _end(process)
            raise
        finally:
            deadline.cancel()
        self._process, self._used_at = process, time.monotonic()
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-P", str(_TYPESETTER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for its parent, which ends it.
        )
        Thread(target=self._end_when_idle, args=(process,), daemon=True).start()
        return process

    def _end_when_idle(self, process: subprocess.Popen[bytes]) -> None:
        while True:
            time.sleep(self._idle_seconds)
            with self._lock:
                if self._process is not process:
                    return
                if time.monotonic() - self._used_at >= self._idle_seconds:
                    self.end()
                    return


def typeset(template: str, data: Mapping[str, Any], made_at: datetime) -> bytes:
    """Return the PDF that a template makes of the data; the same data make the same bytes.

    The data reach the template as JSON and are shown as text, so nothing in them can be markup.
    """
    return _typesetter.set(
        {
            "folder": str(Path(current_app.root_path, current_app.template_folder or "")),
            "template": template,
            "data": json.dumps(data),
            "made_at": str(int(made_at.timestamp())),
        }
    )


def _answer(process: subprocess.Popen[bytes], line: bytes) -> tuple[bool, bytes]:
    orders, answers = process.stdin, process.stdout
    assert orders is not None
    assert answers is not None
    orders.write(line)
    orders.flush()
    is_set, size = _ANSWER.unpack(_read(answers, _ANSWER.size))
    return is_set, _read(answers, size)


def _read(answers: IO[bytes], size: int) -> bytes:
    body = answers.read(size)
    if len(body) < size:
        raise EOFError
    return body


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        with suppress(BrokenPipeError):  # It was killed before it read all of an order.
            pipe and pipe.close()
    process.wait()


_typesetter = Typesetter()
atexit.register(_typesetter.end)
