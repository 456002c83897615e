"""Sessions, CSRF, headers, rate limits, roles."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import ParamSpec, TypeVar
from urllib.parse import SplitResult, urlsplit

from flask import Flask, Response, abort, current_app, flash, request, session, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_limiter import Limiter, RequestLimit
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, current_user, login_required, logout_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from itsdangerous import URLSafeTimedSerializer

from webapp.accounts.errors import AccountClosed
from webapp.accounts.models import Role
from webapp.accounts.queries import user_of_session
from webapp.config import Settings
from webapp.htmx import redirect, render
from webapp.limits import DatabaseStorage

Args = ParamSpec("Args")
Answer = TypeVar("Answer")

log = logging.getLogger("fairwind.security")


def _log_limit(reached: RequestLimit) -> None:
    # Not by what it counted: there may be an address of somebody in it.
    words = 'event=limit.reached endpoint=%s from=%s limit="%s"'
    log.warning(words, request.endpoint, request.remote_addr, reached.limit)


csrf = CSRFProtect()
limiter = Limiter(
    get_remote_address,
    storage_uri=f"{DatabaseStorage.STORAGE_SCHEME[0]}://",
    on_breach=_log_limit,
)
login_manager = LoginManager()

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions in signed cookies, with one signer for all requests."""

    _serializer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the signer, which is made when it is first asked for."""
        if self._serializer is None:
            self._serializer = super().get_signing_serializer(app)
        return self._serializer

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie, and leave a refused form in reach of the browser's Back button.

        An answer to a POST cannot be asked for again by going back: a browser that may not show
        what it kept, since the cookie is another by now, shows an error. Logging out empties what
        browsers keep.
        """
        super().save_session(app, session, response)
        if request.method == "POST" and response.status_code >= HTTPStatus.BAD_REQUEST:
            response.vary.discard("cookie")  # In small letters, or it finds nothing.


def init_app(app: Flask, settings: Settings) -> None:
    """Put sessions, CSRF, limits and headers in front of every view."""
    app.config.update(
        SESSION_COOKIE_NAME="__Host-session" if settings.is_secure else "session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_secure,
        PERMANENT_SESSION_LIFETIME=timedelta(days=14),
        SESSION_REFRESH_EACH_REQUEST=False,
        # Flask-WTF would take the present key alone.
        WTF_CSRF_SECRET_KEY=settings.signing_keys,
        # A form may stay open as long as its session lives.
        WTF_CSRF_TIME_LIMIT=None,
        # The token in the signed session proves where a form comes from: the cookie is SameSite=Lax
        # and, over https, __Host-, so no other site and no subdomain can send or plant one. The
        # page before would prove no more; some browsers do not name it, and a proxy may call us by
        # another name than the one that stands in it.
        WTF_CSRF_SSL_STRICT=False,
        RATELIMIT_ENABLED=settings.rate_limits,
        MAX_CONTENT_LENGTH=64 * 1024,
    )
    app.session_interface = Sessions()
    csrf.init_app(app)
    limiter.init_app(app)
    # Nothing asks how fresh a log-in is, and to note it would write each visitor's cookie anew.
    login_manager.session_protection = None
    # Asked only where a page needs it: the one about an outage must not look for who is logged in.
    login_manager.init_app(app, add_context_processor=False)
    app.jinja_env.globals["current_user"] = current_user
    login_manager.user_loader(user_of_session)
    login_manager.unauthorized_handler(ask_to_log_in)
    app.jinja_env.globals["back_after_log_in"] = back_after_log_in
    app.register_error_handler(CSRFError, _refuse_forgery)
    app.register_error_handler(AccountClosed, _leave_closed_account)
    app.after_request(_add_headers)
    app.config["IS_SECURE"] = settings.is_secure


def staff_required(view: Callable[Args, Answer]) -> Callable[Args, Answer]:
    """Open a view to airline staff and administrators; to customers it does not exist."""

    @wraps(view)
    @login_required
    def guarded(*args: Args.args, **kwargs: Args.kwargs) -> Answer:
        if current_user.role not in (Role.AIRLINE_STAFF, Role.ADMIN):
            abort(404)
        return view(*args, **kwargs)

    return guarded


def was_refused(response: Response) -> bool:
    """Tell the limits what was a guess: an answer that refuses what was typed."""
    return response.status_code == 422


def leave(address: str, words: str) -> Response:
    """End the session of this browser, say why, and lead on to an address."""
    logout_user()
    session.clear()
    flash(words)
    answer = redirect(address)
    # The next who sits here and goes back sees no page of this visitor.
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


# No page of ours has a longer address, whatever somebody adds to it.
_LONGEST_WAY_BACK = 1_500


def back_after_log_in() -> str | None:
    """Return where somebody who logs in on this page comes back to; None where that is nothing.

    A page about accounts is done with then, and the start page is no work to go on with.
    """
    if request.method != "GET" or request.blueprint in (None, "accounts", "passwords"):
        return None
    back = request.full_path.rstrip("?")
    return back if back != "/" and len(back) <= _LONGEST_WAY_BACK else None


def local_address(candidate: str | None) -> str | None:
    """Return an address to go back to if it is one of ours, None if it leads elsewhere."""
    if not candidate or not candidate.startswith("/") or candidate.startswith(("//", "/\\")):
        return None
    if any(ord(character) < 32 for character in candidate):
        return None
    parts = _split(candidate)
    return candidate if parts and not parts.netloc and not parts.scheme else None


def _split(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:
        return None


def ask_to_log_in() -> Response:
    """Send a visitor to the log-in, and back afterwards."""
    if not session.get("_flashes"):
        flash("Log in to go on; you will come back to where you were.")
    return redirect(url_for("accounts.log_in", next=way_back()))


def way_back() -> str:
    """Return where a visitor who has to log in for this request goes on afterwards.

    A form that was sent cannot be sent again by a link: they go back to the page it stood on.
    """
    return request.full_path.rstrip("?") if request.method != "POST" else _page_of_form()


# Where a session remembers what an address had to be confirmed for.
AFTER_VERIFYING = "after_verifying"


def ask_to_verify(back: str) -> Response:
    """Send whoever is logged in to confirm their address, and back to a page of ours afterwards."""
    session[AFTER_VERIFYING] = back
    return redirect(url_for("passwords.ask_to_verify"))


def page_before() -> str | None:
    """Return the page of ours that the visitor comes from, as an address within the site.

    None where the browser does not say so, or names another site. A proxy in front may ask us by
    another name than travellers do, so theirs counts too.
    """
    settings: Settings = current_app.config["SETTINGS"]
    referrer = _split(request.referrer or "")
    if not referrer or referrer.netloc not in (request.host, urlsplit(settings.base_url).netloc):
        return None
    return local_address(referrer.path + (f"?{referrer.query}" if referrer.query else ""))


def _page_of_form() -> str:
    return page_before() or url_for("search.home")


def _refuse_forgery(error: CSRFError) -> Response:
    # Mostly an honest page whose session ended meanwhile, so the page says how to go on. The
    # endpoint and not the address, in which a signed word may stand.
    words = 'event=csrf.refused endpoint=%s words="%s"'
    log.warning(words, request.endpoint, error.description)
    return render("errors/csrf.html", status=400, back=_page_of_form())


def _leave_closed_account(_error: AccountClosed) -> Response:
    words = "This account is closed. What you have booked is found here."
    return leave(url_for("booking.find_trip"), words)


def _add_headers(response: Response) -> Response:
    ours = dict(_HEADERS)
    if request.endpoint != "static":
        # Pages carry names, prices and form keys of one person at one moment.
        ours["Cache-Control"] = "private, no-cache"
    if response.status_code == 429 and limiter.current_limit:
        ours["Retry-After"] = str(max(1, limiter.current_limit.reset_at - int(time.time())))
    if current_app.config["IS_SECURE"]:
        ours["Strict-Transport-Security"] = "max-age=31536000"
    known = set(response.headers.keys())  # What the view has set stands.
    response.headers.extend({name: each for name, each in ours.items() if name not in known})
    return response
