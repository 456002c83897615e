"""Removing a saved traveller; they are saved while booking and listed on the account's page."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_login import current_user, login_required

from webapp.accounts.travellers import service
from webapp.db import transaction
from webapp.htmx import redirect

blueprint = Blueprint("travellers", __name__)


@blueprint.post("/account/travellers/remove")
@login_required
def remove_traveller() -> Response:
    """Forget one of the account's travellers."""
    number = request.form.get("traveller", "")
    if number.isascii() and number.isdecimal() and len(number) <= 18:  # What an id can be.
        with transaction():
            service.remove_traveller(current_user.id, int(number))
        flash("Removed. Bookings that were made stay as they are.")
    return redirect(url_for("accounts.account"))
