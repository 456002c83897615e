"""The shape of a forgotten password, a new one, and a new address."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import EmailField, Field, PasswordField
from wtforms.validators import EqualTo, InputRequired, ValidationError

from webapp.accounts.forms import known_password, new_password, valid_email


class ForgotPasswordForm(FlaskForm):
    """The address of the account."""

    email = EmailField("E-mail", [InputRequired("Tell us your e-mail address."), valid_email])


class ResetPasswordForm(FlaskForm):
    """A new password, typed twice."""

    password = new_password("New password")
    password_again = PasswordField(
        "New password again", [EqualTo("password", "The two passwords are not the same.")]
    )


class ChangePasswordForm(ResetPasswordForm):
    """A new password, for whoever knows the present one."""

    present = known_password("Present password", "Type your present password.")

    def validate_password(self, field: Field) -> None:
        """Refuse the password that the account has."""
        if field.data == self.present.data:
            raise ValidationError("This is your present password. Choose another one.")


class ChangeEmailForm(FlaskForm):
    """Another address for the account."""

    email = EmailField("New e-mail", [InputRequired("Tell us your new address."), valid_email])
    password = known_password()
