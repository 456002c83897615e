"""The file of everything that is kept about an account, and the end of it."""

from __future__ import annotations

import json

from flask import Blueprint, Response, abort, make_response, request, url_for
from flask_login import current_user, login_required

from webapp import clock
from webapp.accounts.errors import MovedLately, WrongCredentials
from webapp.accounts.queries import put_back_until
from webapp.booking.models import BookingStatus
from webapp.booking.queries import bookings_of
from webapp.booking.trips import trip_of
from webapp.db import transaction
from webapp.htmx import render
from webapp.privacy import service
from webapp.privacy.account_file import account_file
from webapp.privacy.forms import CloseAccountForm
from webapp.retention import DOCUMENTS_KEPT, HOLDS_KEPT
from webapp.security import leave, limiter, was_refused

blueprint = Blueprint("privacy", __name__)


def _whose() -> str:
    return f"close:{current_user.get_id()}"


@blueprint.get("/account/data.json")
@login_required
def data() -> Response:
    """Give everything that is kept about the account, as one file."""
    content = json.dumps(account_file(current_user), indent=2, ensure_ascii=False)
    answer = make_response(content)
    answer.mimetype = "application/json"
    name = f"fairwind-account-{clock.now():%Y-%m-%d}.json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    # It is of one moment and for one person: no cache keeps a copy.
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.route("/account/close", methods=["GET", "POST"])
@login_required
@limiter.limit("100 per hour", methods=["POST"], deduct_when=was_refused)
@limiter.limit("10 per 15 minutes", key_func=_whose, methods=["POST"], deduct_when=was_refused)
def close_account() -> Response:
    """Say what happens to the account, and end it; those of staff are their airline's to end."""
    if current_user.is_staff:
        abort(404)
    form = CloseAccountForm()
    if not form.validate_on_submit():
        return _show(form)
    try:
        with transaction():
            service.close_account(current_user.id, form.password.data or "")
    except WrongCredentials:
        form.password.errors = ["This is not your password. Check it and try again."]
        return _show(form)
    except MovedLately:
        return _show(form, 409)
    words = "Your account is closed. What you have booked is found here."
    return leave(url_for("booking.find_trip"), words)


def _show(form: CloseAccountForm, status: int | None = None) -> Response:
    trips = [trip_of(booking) for booking in bookings_of(current_user.id)]
    return render(
        "privacy/close.html",
        status=status or (422 if request.method == "POST" else 200),
        closes_from=put_back_until(current_user.id),
        documents_kept=DOCUMENTS_KEPT,
        holds_kept=HOLDS_KEPT,
        form=form,
        upcoming=[trip for trip in trips if trip.is_upcoming],
        held=[trip for trip in trips if trip.status == BookingStatus.HELD],
    )
