"""The shape of asking for the trips of an address."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import EmailField
from wtforms.validators import InputRequired

from webapp.accounts.forms import valid_email


class RecallTripsForm(FlaskForm):
    """The address that mail about the trips goes to."""

    email = EmailField("E-mail", [InputRequired("Tell us your e-mail address."), valid_email])
