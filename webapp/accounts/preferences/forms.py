"""The shape of what a traveller wants to be mailed."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.choices import RadioField, SelectField, SelectMultipleField
from webapp.notifications.models import Kind
from webapp.notifications.preferences import LOCALES, REMINDER_HOURS

KINDS = {
    Kind.DEPARTURE_REMINDER: "Reminder before departure",
    Kind.CHECK_IN_OPEN: "Check-in is open",
    Kind.DAY_OF_TRAVEL: "Terminal and gate on the day of travel",
    Kind.HOLD_EXPIRING: "Held seats are about to be given up",
    Kind.PRICE_ALERT: "Price alerts",
}


class PreferencesForm(FlaskForm):
    """Which kinds, when the reminder comes, and how dates look."""

    wanted = SelectMultipleField(
        "Mails",
        choices=[SelectChoice(kind.value, words) for kind, words in KINDS.items()],
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    reminder_hours = RadioField(
        "Remind me",
        choices=[SelectChoice(hours, f"{hours} hours before") for hours in REMINDER_HOURS],
        coerce=int,
    )
    locale = SelectField(
        "Dates and times as in",
        choices=[SelectChoice(locale, words) for locale, words in LOCALES.items()],
    )
