"""The shape of closing an account."""

from __future__ import annotations

from flask_wtf import FlaskForm

from webapp.accounts.forms import known_password


class CloseAccountForm(FlaskForm):
    """The password: whoever sits at an open browser does not close somebody's account."""

    password = known_password()
