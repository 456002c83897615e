"""Forgotten passwords, new passwords, and the address of an account: confirmed, and changed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, request, session, url_for
from flask_login import current_user, login_required, login_user, logout_user
from flask_wtf import FlaskForm

from webapp.accounts.errors import EmailTaken, LinkExpired, LinkInvalid, WrongCredentials
from webapp.accounts.passwords import service
from webapp.accounts.passwords.forms import (
    ChangeEmailForm,
    ChangePasswordForm,
    ForgotPasswordForm,
    ResetPasswordForm,
)
from webapp.accounts.passwords.links import change_of_token, user_of_token, user_to_verify
from webapp.accounts.queries import user_by_id
from webapp.accounts.views import typed_address
from webapp.db import transaction
from webapp.htmx import redirect, render
from webapp.security import AFTER_VERIFYING, ask_to_log_in, limiter

blueprint = Blueprint("passwords", __name__)

_WRONG = "This is not your present password. Check it and try again."


def _whose() -> str:
    return f"password:{current_user.get_id()}"


@blueprint.route("/password/forgot", methods=["GET", "POST"])
@limiter.limit("30 per hour", methods=["POST"])
@limiter.limit("4 per hour", key_func=typed_address, methods=["POST"])
def forgot() -> Response:
    """Send the link that sets a new password; the answer is the same for unknown addresses."""
    form = ForgotPasswordForm()
    if not form.validate_on_submit():
        return _show("accounts/forgot_password.html", form)
    with transaction():
        service.ask_for_link(form.email.data or "")
    return redirect(url_for("passwords.asked"))


@blueprint.get("/password/asked")
def asked() -> Response:
    """Say that a mail is on its way, if there is such an account."""
    return render("accounts/password_asked.html")


@blueprint.route("/password/reset/<token>", methods=["GET", "POST"])
@limiter.limit("60 per hour", methods=["POST"])
def reset(token: str) -> Response:
    """Set a new password by the link in the mail."""
    form = ResetPasswordForm()
    try:
        if not form.validate_on_submit():
            user_of_token(token)
            return _show("accounts/reset_password.html", form)
        with transaction():
            service.reset_password(token, form.password.data or "")
    except (LinkExpired, LinkInvalid) as error:
        return _refuse_link(error)
    logout_user()
    flash("Your new password is set. Log in with it.")
    return redirect(url_for("accounts.log_in"))


@blueprint.route("/account/verify", methods=["GET", "POST"])
@login_required
@limiter.limit("20 per hour", key_func=_whose, methods=["POST"])
def ask_to_verify() -> Response:
    """Say that the address is not confirmed yet, and send the link again."""
    if current_user.email_verified_at:
        return redirect(_after_verifying())
    if request.method != "POST":
        return render("accounts/ask_to_verify.html", back=session.get(AFTER_VERIFYING))
    with transaction():
        is_sent = service.ask_to_verify(current_user.id)
    whereto = f"on its way to {current_user.email}"
    flash(
        f"A mail with the link is {whereto}."
        if is_sent
        else f"A mail with the link is {whereto} already, and no more are sent within an hour."
    )
    return redirect(url_for("passwords.ask_to_verify"))


@blueprint.route("/account/verify/<token>", methods=["GET", "POST"])
@limiter.limit("60 per hour", methods=["POST"])
def verify_email(token: str) -> Response:
    """Confirm an account's address by the link in the mail, for whoever can log in to it.

    A stranger may have made the account with somebody's address, who only reads the mail of it.
    """
    try:
        user = user_to_verify(token)
        if not current_user.is_authenticated:
            return ask_to_log_in()
        if current_user.id != user.id:
            flash(f"This link is for the account {user.email}. Log in to that one to follow it.")
            return redirect(url_for("accounts.account"))
        if request.method != "POST":  # Mail programs ask with HEAD, too.
            return render("accounts/verify_email.html", user=user)
        with transaction():
            user = service.verify_email(token)
    except LinkExpired as error:
        if current_user.is_authenticated and current_user.email_verified_at:
            return render("accounts/verified_before.html", status=410, way_on=_after_verifying())
        return _refuse_link(error)
    except LinkInvalid as error:
        return _refuse_link(error)
    flash(f"Your address {user.email} is confirmed.")
    return redirect(_after_verifying())


@blueprint.route("/account/put-back/<token>", methods=["GET", "POST"])
@limiter.limit("60 per hour", methods=["POST"])
def put_back(token: str) -> Response:
    """Give an account its old address back, with a new password, by the link in the mail."""
    form = ResetPasswordForm()
    try:
        change = change_of_token(token)
        if not form.validate_on_submit():
            return _show("accounts/put_back.html", form, change=change)
        with transaction():
            service.put_back(token, form.password.data or "")
    except EmailTaken:
        form.form_errors.append("Another account has this address by now, so it stays there.")
        return _show("accounts/put_back.html", form, change=change)
    except (LinkExpired, LinkInvalid) as error:
        return _refuse_link(error)
    logout_user()
    flash("Your account has its address back. Log in with the new password.")
    return redirect(url_for("accounts.log_in"))


@blueprint.route("/account/password", methods=["GET", "POST"])
@login_required
@limiter.limit("20 per hour", key_func=_whose, methods=["POST"])
def change_password() -> Response:
    """Set a new password; every other session of the account ends."""
    form = ChangePasswordForm()
    if not form.validate_on_submit():
        return _show("accounts/change_password.html", form)
    try:
        with transaction():
            user = user_by_id(current_user.id)
            assert user is not None
            service.change_password(user, form.present.data or "", form.password.data or "")
    except WrongCredentials:
        form.present.errors = [_WRONG]
        return _show("accounts/change_password.html", form)
    login_user(user)
    flash("Your new password is set, and every other session is ended.")
    return redirect(url_for("accounts.account"))


@blueprint.route("/account/email", methods=["GET", "POST"])
@login_required
@limiter.limit("20 per hour", key_func=_whose, methods=["POST"])
def change_email() -> Response:
    """Move the account to another address; both get a mail about it."""
    form = ChangeEmailForm()
    if not form.validate_on_submit():
        return _show("accounts/change_email.html", form)
    if form.email.data == current_user.email:
        form.email.errors = ["This is the address that your account has."]
        return _show("accounts/change_email.html", form)
    try:
        with transaction():
            user = user_by_id(current_user.id)
            assert user is not None
            service.change_email(user, form.password.data or "", form.email.data or "")
    except WrongCredentials:
        form.password.errors = [_WRONG]
        return _show("accounts/change_email.html", form)
    except EmailTaken:
        form.email.errors = ["Another account has this address."]
        return _show("accounts/change_email.html", form)
    login_user(user)
    flash("Your account has its new address. We wrote to both; confirm the new one by its link.")
    return redirect(url_for("accounts.account"))


def _after_verifying() -> str:
    return session.pop(AFTER_VERIFYING, None) or url_for("accounts.account")


def _show(page: str, form: FlaskForm, **more: Any) -> Response:
    return render(page, status=422 if request.method == "POST" else 200, form=form, **more)


def _refuse_link(error: LinkExpired | LinkInvalid) -> Response:
    is_expired = isinstance(error, LinkExpired)
    return render("accounts/link_refused.html", status=410 if is_expired else 404)
