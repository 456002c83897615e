"""Load on a web server: clients that keep their connections, all in one thread of this process.

A client is a generator: it yields a request and is sent the answer, so a journey of several pages
reads from top to bottom. Nothing is parsed but the status, the length and what a client asks for,
which keeps the clients ten times cheaper than the server that they load.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from statistics import median
from urllib.parse import urlencode

HOST = "127.0.0.1"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_COOKIE = re.compile(rb"\r\nset-cookie: *([^;\r]+)", re.IGNORECASE)
_LOCATION = re.compile(rb"\r\nlocation: *([^\r]+)", re.IGNORECASE)
_CHUNK = 262_144


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said to one request."""

    status: int
    head: bytes
    body: bytes

    @property
    def location(self) -> str:
        """Where it sends the client."""
        found = _LOCATION.search(self.head)
        assert found, f"an answer with status {self.status} names no place to go to"
        return found[1].decode()

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that it sets."""
        pairs = (one.decode().partition("=") for one in _COOKIE.findall(self.head))
        return {name: value for name, _, value in pairs}


Client = Generator[bytes, Answer, None]


@dataclass(slots=True)
class Load:
    """What came of a load: how long each answered request took, and how long all of it took."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds

    @property
    def latency(self) -> float:
        """Seconds that the median request took."""
        return median(self.latencies)


def get(address: str, cookies: dict[str, str] | None = None, **headers: str) -> bytes:
    """Return the bytes of a GET request; a header's name is written with underscores."""
    more = "".join(f"{name.replace('_', '-')}: {each}\r\n" for name, each in headers.items())
    return f"GET {address} HTTP/1.1\r\nHost: {HOST}\r\n{_cookie_line(cookies)}{more}\r\n".encode()


def post(address: str, form: dict[str, str], cookies: dict[str, str] | None = None) -> bytes:
    """Return the bytes of a POST request with a form."""
    body = urlencode(form)
    return (
        f"POST {address} HTTP/1.1\r\nHost: {HOST}\r\n{_cookie_line(cookies)}"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def fetch(port: int, request: bytes) -> Answer:
    """Return the answer to one request."""
    answers: list[Answer] = []

    def ask_once() -> Client:
        answers.append((yield request))

    drive(port, [ask_once], seconds=30)
    return answers[0]


def drive(
    port: int,
    clients: list[Callable[[], Client]],
    seconds: float,
    most: int | None = None,
) -> Load:
    """Let the clients load a server until time is up, `most` answers came, or all are done."""
    load = Load()
    begun = time.perf_counter()
    deadline = begun + seconds
    with selectors.DefaultSelector() as selector:
        connections = [_Connection(port, make_client(), selector) for make_client in clients]
        open_connections = sum(connection.is_open for connection in connections)
        try:
            while open_connections and (most is None or len(load.latencies) < most):
                events = selector.select(max(0.0, deadline - time.perf_counter()))
                if time.perf_counter() >= deadline:
                    break
                for key, _ in events:
                    connection: _Connection = key.data
                    latency = connection.receive()
                    if latency is not None:
                        load.latencies.append(latency)
                        open_connections -= not connection.is_open
        finally:
            for connection in connections:
                connection.close()
    load.seconds = time.perf_counter() - begun
    return load


class _Connection:
    """One client's connection: sends what the client asks, and gives it the answers."""

    def __init__(self, port: int, client: Client, selector: selectors.BaseSelector) -> None:
        self._client = client
        self._selector = selector
        self._socket = socket.create_connection((HOST, port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = bytearray()
        self._length = -1
        self._asked_at = 0.0
        self.is_open = True
        selector.register(self._socket, selectors.EVENT_READ, self)
        self._ask(None)

    def receive(self) -> float | None:
        """Take what came; return how long the answer took where it is complete."""
        chunk = self._socket.recv(_CHUNK)
        if not chunk:
            raise ConnectionError("the server closed a connection")
        self._received += chunk
        if self._length < 0:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return None
            found = _LENGTH.search(self._received, 0, end)
            self._length = end + 4 + (int(found[1]) if found else 0)
        if len(self._received) < self._length:
            return None
        latency = time.perf_counter() - self._asked_at
        head, _, body = bytes(self._received).partition(b"\r\n\r\n")
        self._received.clear()
        self._length = -1
        self._ask(Answer(int(head[9:12]), head, body))
        return latency

    def close(self) -> None:
        """Hang up."""
        if self._socket.fileno() >= 0:
            self._selector.unregister(self._socket)
            self._socket.close()

    def _ask(self, answer: Answer | None) -> None:
        try:
            request = next(self._client) if answer is None else self._client.send(answer)
        except StopIteration:
            self.is_open = False
            self.close()
            return
        self._asked_at = time.perf_counter()
        self._socket.sendall(request)


def _cookie_line(cookies: dict[str, str] | None) -> str:
    if not cookies:
        return ""
    return "Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items()) + "\r\n"
