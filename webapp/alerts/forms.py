"""The shape of an alert: which move of the price, and an address where nobody is logged in."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import EmailField
from wtforms.validators import InputRequired, NumberRange, ValidationError

from webapp.accounts.forms import valid_email
from webapp.alerts.models import Rule
from webapp.alerts.service import Wish
from webapp.money import Money, minor_per_unit
from webapp.search.fields import ChoiceField, CountField, refuse

RULES = {
    Rule.PERCENT: "rises or falls by so many per cent",
    Rule.AMOUNT: "rises or falls by this amount",
    Rule.BELOW: "is this amount or less",
}
_MOST = {Rule.PERCENT: 90, Rule.AMOUNT: 100_000, Rule.BELOW: 1_000_000}


class RuleForm(FlaskForm):
    """Which move of the price is worth a mail."""

    rule = ChoiceField(
        "Tell me when the price",
        [(rule.value, label) for rule, label in RULES.items()],
        "Choose one of the three.",
        default=Rule.PERCENT.value,
    )
    threshold = CountField(
        "How much",
        [
            InputRequired("Write how much."),
            NumberRange(1, message="Write a number from 1 upwards."),
        ],
        default=5,
    )

    def validate_threshold(self, field: CountField) -> None:
        """Refuse a move that cannot be."""
        most = _MOST.get(self.rule.data)
        if most and field.data and field.data > most:
            raise ValidationError(f"Write a number up to {most:,}.")

    def allows(self, price: Money) -> bool:
        """Tell whether the price can still move to what is asked for, with words where not."""
        limit = Money((self.threshold.data or 0) * minor_per_unit(price.currency), price.currency)
        if self.rule.data != Rule.BELOW or limit < price:
            return True
        refuse(self.threshold, f"The price is {price} already: write less.")
        return False

    @property
    def wish(self) -> Wish:
        """What the form asks for, once it is valid."""
        return Wish(self.rule.data, self.threshold.data or 0)


class GuestRuleForm(RuleForm):
    """The same for somebody without an account."""

    email = EmailField("E-mail", [InputRequired("Tell us your e-mail address."), valid_email])
