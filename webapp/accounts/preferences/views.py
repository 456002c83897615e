"""What a traveller wants to be mailed: set on the account's page, or by a link in a mail."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_login import current_user, login_required

from webapp.accounts.preferences.forms import KINDS, PreferencesForm
from webapp.accounts.queries import user_by_email
from webapp.accounts.service import keep_open
from webapp.accounts.views import show_account
from webapp.db import transaction
from webapp.htmx import redirect, render
from webapp.notifications import preferences
from webapp.security import csrf

blueprint = Blueprint("preferences", __name__)


@blueprint.post("/account/preferences")
@login_required
def set_preferences() -> Response:
    """Take what was chosen on the account's page."""
    form = PreferencesForm()
    if not form.validate_on_submit():
        return show_account(form, status=422)
    with transaction():
        keep_open(current_user.id)
        preferences.set_preferences(
            current_user.id,
            current_user.email,
            form.wanted.data or [],
            form.reminder_hours.data,
            form.locale.data,
        )
    flash("Your choice is kept. Reminders that wait follow it.")
    return redirect(url_for("accounts.account"))


@blueprint.route("/mail/unsubscribe/<token>", methods=["GET", "POST"])
@csrf.exempt  # The signed link is the authority, and mail programs post to it by themselves.
def unsubscribe(token: str) -> Response:
    """Take an address off a kind of mail: one click in a mail program, two in a browser."""
    read = preferences.read_token(token)
    if read is None:
        return render("accounts/unsubscribe_refused.html", status=404)
    address, kind = read
    is_back = request.form.get("back") == "yes"
    if request.method == "POST":
        with transaction():
            if is_back:
                user = user_by_email(address)
                preferences.subscribe(address, kind, user.id if user else None)
            else:
                preferences.unsubscribe(address, kind)
    return render(
        "accounts/unsubscribe.html",
        address=address,
        words=KINDS[kind],
        is_off=request.method == "POST" and not is_back,
        is_back=is_back,
    )
