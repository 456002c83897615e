"""A visitor of a running web server: HTTP alone, with cookies, redirects and forms."""

from __future__ import annotations

import http.client
import re
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from tests.services.loopback import HOST

_FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


class Visitor:
    """A browser without JavaScript: keeps cookies, follows redirects, sends the forms it saw."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}
        self.address = "/"
        self.page = ""
        self.status = 0

    def get(self, address: str) -> None:
        """Open a page."""
        self._ask("GET", address, None)

    def submit(self, action: str, **values: str) -> None:
        """Fill in the first form of the page with this action, and send it."""
        hidden = {name: unescape(value) for name, value in _FIELD.findall(self._form(action))}
        self._ask("POST", unescape(action), hidden | values)

    def can_submit(self, action: str) -> bool:
        """Tell whether the page has a form with this action that is sent."""
        return bool(self._form(action))

    def twin(self) -> Visitor:
        """Return the same visitor in another window, on the same page."""
        twin = Visitor(self._port)
        twin._cookies = dict(self._cookies)
        twin.address, twin.page, twin.status = self.address, self.page, self.status
        return twin

    def _form(self, action: str) -> str:
        forms = re.findall(r"<form.*?</form>", self.page, re.DOTALL)
        found = (each for each in forms if f'action="{action}"' in each and "post" in each)
        return next(found, "")

    def _ask(self, method: str, address: str, form: dict[str, str] | None) -> None:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(HOST, self._port, timeout=15)
        try:
            connection.request(method, address, urlencode(form) if form else None, headers)
            answer = connection.getresponse()
            self.page = answer.read().decode()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self._cookies |= {name: each.value for name, each in SimpleCookie(line).items()}
        self.address, self.status = address, answer.status
        if answer.status == 303:
            self._ask("GET", str(answer.headers["Location"]), None)
