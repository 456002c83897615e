"""The shape of registering and logging in."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import EmailField, Field, PasswordField
from wtforms.validators import EqualTo, InputRequired, Length, ValidationError

from webapp.accounts.service import (
    LONGEST,
    PASSWORD_RULE,
    SHORTEST,
    is_tried_first,
    normal_email,
)


def valid_email(_form: object, field: Field) -> None:
    """Refuse what cannot be an e-mail address, in words for people."""
    try:
        field.data = normal_email(field.data or "")
    except ValueError as error:
        raise ValidationError(str(error)) from error


def new_password(label: str) -> PasswordField:
    """Return the field of a password that somebody chooses."""
    return PasswordField(
        label,
        [
            InputRequired("Choose a password."),
            Length(SHORTEST, LONGEST, PASSWORD_RULE),
            _hard_to_guess,
        ],
        description=f"At least {SHORTEST} characters; a few words do well.",
    )


def known_password(label: str = "Password", asked: str = "Type your password.") -> PasswordField:
    """Return the field of the password that somebody has."""
    return PasswordField(
        label, [InputRequired(asked), Length(max=LONGEST, message=f"At most {LONGEST} letters.")]
    )


def _hard_to_guess(_form: Any, field: Field) -> None:
    typed = (field.data or "").strip()
    if not typed:
        raise ValidationError("Spaces alone are no password. Use a few words.")
    if is_tried_first(typed):
        raise ValidationError("Others would try this among the first. Use a few words.")


class RegisterForm(FlaskForm):
    """A new account."""

    email = EmailField("E-mail", [InputRequired("Tell us your e-mail address."), valid_email])
    password = new_password("Password")
    password_again = PasswordField(
        "Password again", [EqualTo("password", "The two passwords are not the same.")]
    )


class LogInForm(FlaskForm):
    """An address and a password."""

    email = EmailField(
        "E-mail",
        [
            InputRequired("Tell us your e-mail address."),
            Length(max=254, message="At most 254 letters."),
        ],
    )
    password = known_password()
