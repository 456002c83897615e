"""Taking a search from the list of recent ones."""

from __future__ import annotations

from flask import Blueprint, Response, request, session, url_for
from flask_login import current_user, login_required

from webapp.db import transaction
from webapp.htmx import redirect
from webapp.search.recent import service

blueprint = Blueprint("recent", __name__)


@blueprint.post("/searches/forget")
@login_required
def forget_search() -> Response:
    """Take a search from the traveller's list, and show the rest of it."""
    key = request.form.get("key", "")
    if key.isascii():  # MariaDB refuses to compare other letters with a column of ASCII alone.
        with transaction():
            service.forget_search(current_user.id, key[:80])
    session.pop("searched", None)  # Made again, it is remembered again.
    return redirect(url_for("search.home"))
