"""Asking for the trips of an address, and the answer, which is the same for every address."""

from __future__ import annotations

from flask import Blueprint, Response, url_for

from webapp.accounts.views import typed_address
from webapp.booking.forms import FindTripForm
from webapp.booking.recall.forms import RecallTripsForm
from webapp.booking.recall.service import recall_trips
from webapp.db import transaction
from webapp.htmx import redirect, render
from webapp.security import limiter

blueprint = Blueprint("recall", __name__)


@blueprint.post("/trip/mail")
@limiter.limit("30 per hour")
@limiter.limit("4 per hour", key_func=typed_address)
def recall() -> Response:
    """Mail the trips of an address to it; the answer is the same for those that have none."""
    form = RecallTripsForm()
    if not form.validate():
        page = "booking/find_trip.html"
        return render(page, status=422, form=FindTripForm(), recall=form, refused=None)
    with transaction():
        recall_trips(form.email.data or "")
    return redirect(url_for("recall.recalled"))


@blueprint.get("/trip/mailed")
def recalled() -> Response:
    """Say that a mail is on its way, if the address has trips."""
    return render("booking/trips_mailed.html")
