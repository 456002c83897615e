"""One template, two requests: a page for a browser, its fragment for htmx."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template
from flask import redirect as flask_redirect
from htmx_flask import Htmx, request
from htmx_flask import make_response as make_htmx_response

htmx = Htmx()


def wants_fragment() -> bool:
    """Tell whether htmx asked for a part of a page.

    A history restore is htmx asking for a whole page that fell out of its cache.
    """
    return bool(request.htmx) and not request.htmx.history_restore_request


def render(page: str, fragment: str | None = None, status: int = 200, **context: Any) -> Response:
    """Render `fragment` for htmx and `page`, which includes it, for everybody else."""
    template = fragment if fragment and wants_fragment() else page
    response = respond(render_template(template, **context))
    response.status_code = status
    return response


def respond(html: str | bytes) -> Response:
    """Send what is written already: to htmx a fragment, to everybody else a page."""
    response = make_response(html)
    response.vary.add("HX-Request")
    return response


def redirect(address: str) -> Response:
    """Send the browser on after a success: 303, or htmx's own header.

    htmx follows a bare 303 itself, with HX-Request kept, and would swap in a fragment.
    """
    if request.htmx:
        response: Response = make_htmx_response("", redirect=address)
        return response
    answer = flask_redirect(address, 303)
    assert isinstance(answer, Response)
    return answer
