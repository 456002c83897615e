"""The list of schedule changes that wait for an answer, and taking one off it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, url_for
from flask_login import current_user

from webapp.booking.schedule_changes import service
from webapp.booking.schedule_changes.models import CALLED_BEFORE
from webapp.booking.schedule_changes.queries import open_change_at, unanswered_changes
from webapp.booking.schedule_changes.words import shown_change
from webapp.db import transaction
from webapp.htmx import redirect, render
from webapp.security import staff_required
from webapp.staff.access import managed_airlines

blueprint = Blueprint("staff_changes", __name__, url_prefix="/staff/schedule-changes")


@blueprint.get("")
@staff_required
def unanswered() -> Response:
    """List the bookings that have a choice to make, the most urgent first."""
    found = map(shown_change, unanswered_changes(managed_airlines()))
    changes = [each for each in found if each.is_to_settle]
    called_before = int(CALLED_BEFORE.total_seconds()) // 60
    return render("staff/schedule_changes.html", changes=changes, called_before=called_before)


@blueprint.post("/<reference>/<position>/handled")
@staff_required
def mark_handled(reference: str, position: str) -> Response:
    """Write down that somebody took care of a booking, and take it off the list."""
    if not (
        reference.isascii() and position.isascii() and position.isdigit() and len(position) < 4
    ):
        abort(404)
    found = open_change_at(managed_airlines(), reference, int(position[:3]))
    if found is None:
        abort(404)
    with transaction():
        service.mark_handled(found.id, current_user.email)
    flash(f"{reference} is taken off the list.")
    return redirect(url_for("staff_changes.unanswered"))
