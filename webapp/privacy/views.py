"""The file of everything that is kept about an account."""

from __future__ import annotations

import json

from flask import Blueprint, Response, make_response
from flask_login import current_user, login_required

from webapp import clock
from webapp.privacy.account_file import account_file

blueprint = Blueprint("privacy", __name__)


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
