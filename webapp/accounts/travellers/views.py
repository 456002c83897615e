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
    traveller_id = request.form.get("traveller", type=int)
    if traveller_id is not None:
        with transaction():
            service.remove_traveller(current_user.id, traveller_id)
        flash("Removed. Bookings that were made stay as they are.")
    return redirect(url_for("accounts.account"))
