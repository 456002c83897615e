"""The shape of closing an account."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length


class CloseAccountForm(FlaskForm):
    """The password: whoever sits at an open browser does not close somebody's account."""

    password = PasswordField(
        "Password",
        [InputRequired("Type your password."), Length(max=200, message="At most 200 letters.")],
    )
