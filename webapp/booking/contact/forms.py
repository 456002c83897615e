"""The shape of how a party is reached."""

from __future__ import annotations

from wtforms import EmailField, TelField
from wtforms.validators import InputRequired, Optional

from webapp.booking.forms import SentOnceForm, reachable_email, stripped, valid_phone


class ContactForm(SentOnceForm):
    """Where mail about a trip goes, and a telephone."""

    contact_email = EmailField(
        "E-mail for your trip", [InputRequired("Tell us where mail goes."), reachable_email]
    )
    contact_phone = TelField(
        "Mobile phone, if you like", [Optional(), valid_phone], filters=[stripped]
    )
