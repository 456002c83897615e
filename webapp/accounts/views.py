"""Registering, logging in and out, the account page."""

from __future__ import annotations

import hmac
import logging

from flask import Blueprint, Response, current_app, flash, request, session, url_for
from flask_login import current_user, login_required, login_user

from webapp.accounts import service
from webapp.accounts.errors import EmailTaken, WrongCredentials
from webapp.accounts.forms import LogInForm, RegisterForm
from webapp.accounts.models import User
from webapp.accounts.preferences.forms import PreferencesForm
from webapp.accounts.travellers.queries import saved_travellers_of
from webapp.db import transaction
from webapp.htmx import redirect, render
from webapp.notifications.models import OPTIONAL
from webapp.notifications.queries import preferences_of
from webapp.security import leave, limiter, local_address, was_refused

log = logging.getLogger("fairwind.accounts")
blueprint = Blueprint("accounts", __name__)


def typed_address() -> str:
    """Return who is counted when somebody types an address: the visitor with the account."""
    return f"{request.endpoint}:{request.remote_addr}:{_address()}"


def _address() -> str:
    # One account, however its address is spelt, or each spelling would buy more guesses.
    typed = request.form.get("email", "")
    try:
        return service.normal_email(typed)
    except ValueError:
        return typed.strip().lower()[:254]


@blueprint.route("/register", methods=["GET", "POST"])
@limiter.limit("100 per hour", methods=["POST"])
def register() -> Response:
    """Make an account and log in with it."""
    form = RegisterForm()
    back = local_address(request.args.get("next"))
    if not form.validate_on_submit():
        return _show("accounts/register.html", form, back)
    try:
        with transaction():
            user = service.register(form.email.data or "", form.password.data or "")
    except EmailTaken:
        form.email.errors = ["An account with this address exists. Log in instead."]
        return _show("accounts/register.html", form, back)
    return _enter(user, back, "Welcome aboard. Confirm your address by the link that we mailed.")


@blueprint.route("/login", methods=["GET", "POST"])
@limiter.limit("100 per hour", methods=["POST"], deduct_when=was_refused)
@limiter.limit(
    "10 per 15 minutes", key_func=typed_address, methods=["POST"], deduct_when=was_refused
)
def log_in() -> Response:
    """Open a session, and go back to where the traveller was."""
    form = LogInForm()
    back = local_address(request.args.get("next"))
    if not form.validate_on_submit():
        return _show("accounts/login.html", form, back)
    try:
        with transaction():
            user = service.log_in(form.email.data or "", form.password.data or "")
    except WrongCredentials:
        log.warning(
            "event=log_in.refused from=%s account=%s", request.remote_addr, _mark(_address())
        )
        form.form_errors = ["No account has this address and password. Check both and try again."]
        return _show("accounts/login.html", form, back)
    return _enter(user, back, None)


@blueprint.post("/logout")
def log_out() -> Response:
    """End the user's sessions; what this one had access to goes with it."""
    if current_user.is_authenticated:
        with transaction():
            service.log_out(current_user.id)
    return leave(url_for("search.home"), "You are logged out, on every device.")


@blueprint.get("/account")
@login_required
def account() -> Response:
    """Show who is logged in, and what they want to be mailed."""
    wishes = preferences_of(current_user.id, current_user.email)
    form = PreferencesForm(
        wanted=[kind for kind in OPTIONAL if kind not in wishes.muted],
        reminder_hours=int(wishes.reminder_lead.total_seconds()) // 3600,
        locale=wishes.locale,
    )
    return show_account(form)


def show_account(form: PreferencesForm, status: int = 200) -> Response:
    """Show the account's page with what was chosen on it."""
    travellers = saved_travellers_of(current_user.id)
    return render(
        "accounts/account.html",
        status=status,
        user=current_user,
        form=form,
        travellers=travellers,
    )


def _mark(address: str) -> str:
    # The same for every guess at one account; without our key nobody can try addresses on it.
    key = str(current_app.secret_key).encode()
    return hmac.new(key, address.encode(), "sha256").hexdigest()[:8]


def _show(page: str, form: LogInForm | RegisterForm, back: str | None) -> Response:
    # Field errors exist only after a form was sent.
    status = 422 if request.method == "POST" else 200
    return render(page, status=status, form=form, back=back)


def _enter(user: User, back: str | None, message: str | None) -> Response:
    # A session from before the log-in may be known to somebody else; the trips that it was let into
    # are kept.
    kept = {name: session[name] for name in ("guest", "led", "found") if name in session}
    session.clear()
    session.update(kept)
    session.permanent = True
    login_user(user)
    if message:
        flash(message)
    return redirect(back or url_for("booking.trips" if not user.is_staff else "staff.flights"))
