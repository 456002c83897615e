"""Adding, changing and removing saved travellers, who are listed on the account's page."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, request, url_for
from flask_login import current_user, login_required

from webapp.accounts.travellers import service
from webapp.accounts.travellers.errors import TravellerGone, TravellerKnown
from webapp.accounts.travellers.forms import TravellerForm
from webapp.accounts.travellers.queries import saved_traveller
from webapp.db import transaction
from webapp.htmx import redirect, render

blueprint = Blueprint("travellers", __name__)


@blueprint.route("/account/travellers/new", methods=["GET", "POST"])
@login_required
def add_traveller() -> Response:
    """Keep somebody whom the account will book for."""
    form = TravellerForm()
    if not form.validate_on_submit():
        return _show(form, None)
    with transaction():
        found_room = service.save_travellers(current_user.id, [form.person])
    if not found_room:
        form.form_errors = [
            f"Your account keeps {service.MOST} travellers. Remove one to save another."
        ]
        return _show(form, None)
    flash("Saved. Choose them when you book, and the names are filled in.")
    return redirect(url_for("accounts.account"))


@blueprint.route("/account/travellers/<reference>", methods=["GET", "POST"])
@login_required
def change_traveller(reference: str) -> Response:
    """Write down other names or another date of birth of somebody whom the account keeps."""
    traveller = saved_traveller(current_user.id, reference)
    if traveller is None and request.method != "POST":
        abort(404)
    form = TravellerForm(obj=traveller)
    if not form.validate_on_submit():
        return _show(form, reference)
    try:
        with transaction():
            service.change_traveller(current_user.id, reference, form.person)
    except TravellerKnown:
        form.form_errors = ["You have saved this traveller already."]
        return _show(form, reference)
    except TravellerGone:
        # Only the form is left of them, so it can be saved anew.
        form.form_errors = ["This traveller was removed meanwhile. Save to add them again."]
        return _show(form, None)
    flash("Changed. Bookings that were made stay as they are.")
    return redirect(url_for("accounts.account"))


@blueprint.post("/account/travellers/remove")
@login_required
def remove_traveller() -> Response:
    """Forget one of the account's travellers."""
    with transaction():
        service.remove_traveller(current_user.id, request.form.get("traveller", ""))
    flash("Removed. Bookings that were made stay as they are.")
    return redirect(url_for("accounts.account"))


def _show(form: TravellerForm, reference: str | None) -> Response:
    status = 422 if request.method == "POST" else 200
    return render("accounts/traveller.html", status=status, form=form, reference=reference)
