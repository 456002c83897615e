"""The mail log of staff, and what they can do to a mail."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, flash, request, url_for
from flask_login import current_user

from webapp import clock
from webapp.booking.access import staff_airline
from webapp.db import transaction
from webapp.htmx import redirect, render
from webapp.notifications import by_hand
from webapp.notifications.errors import NotSendable, TooOften
from webapp.security import local_address, staff_required
from webapp.staff.mails.forms import MailsForm
from webapp.staff.mails.queries import (
    ANY,
    FAILED_DAYS,
    LATE_MINUTES,
    Asked,
    delivery_of,
    logged_mails,
    visible_mail,
)

_AGAIN = "The mail is planned once more: it goes out unless what it tells is over by now."

blueprint = Blueprint("staff_mails", __name__, url_prefix="/staff/mails")


@blueprint.get("")
@staff_required
def mails() -> Response:
    """Show how mails go: what needs a look, what was sent, what was not and why."""
    form = MailsForm(request.args)
    if not form.validate():
        return render("staff/mails.html", status=422, form=form, found=None)
    page = form.page.data or 1
    airline, booking = staff_airline(), form.booking.data or ""
    if booking and not form.state.data:
        # Whoever asks about one booking asks also why something was not sent.
        form.state.data = ANY
    state, kind = form.state.data or "", form.kind.data or ""
    found = logged_mails(Asked(airline, booking, state, kind, page))
    return render(
        "staff/mails.html",
        delivery=delivery_of(airline),
        failed_days=FAILED_DAYS,
        late_minutes=LATE_MINUTES,
        form=form,
        found=found,
        now=clock.now(),
        here=request.full_path.rstrip("?"),
        not_sent=_address(state="withheld", page=1),
        newer=_address(page=page - 1) if page > 1 else None,
        older=_address(page=page + 1) if found.has_more else None,
    )


@blueprint.post("/again")
@staff_required
def send_again() -> Response:
    """Send a mail once more, as a mail of its own."""
    return _done(by_hand.send_again, _AGAIN)


@blueprint.post("/retry")
@staff_required
def retry() -> Response:
    """Try a mail at once that waits for its next attempt or failed."""
    return _done(by_hand.retry, "The mail is tried again now.")


@blueprint.post("/withdraw")
@staff_required
def withdraw() -> Response:
    """Let a mail that waits not be sent."""
    return _done(by_hand.withdraw, "The mail is withdrawn.")


def _done(command: Callable[[int, str], object], words: str) -> Response:
    mail = visible_mail(staff_airline(), request.form.get("mail", ""))
    if mail is None:
        abort(404)
    try:
        with transaction():
            command(mail.id, current_user.email)
        flash(words)
    except NotSendable:
        flash("Nothing was done: meanwhile the mail is on its way, or settled.")
    except TooOften:
        flash("Nothing was done: this mail was sent again a moment ago, or often enough today.")
    return redirect(local_address(request.form.get("back")) or url_for("staff_mails.mails"))


def _address(**changes: str | int) -> str:
    query = urlencode({**request.args, **changes})
    return f"{url_for('staff_mails.mails')}?{query}"
