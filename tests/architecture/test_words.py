"""Words for people that bear a number: it is the number of the rule that they tell."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.architecture.test_house import TEMPLATES
from webapp.accounts.passwords.links import LIFETIME, VERIFY_WITHIN
from webapp.accounts.queries import PUT_BACK_WITHIN
from webapp.booking.changes.rules import FREE_WITHIN
from webapp.booking.legs import SIGNIFICANT_DOMESTIC, SIGNIFICANT_INTERNATIONAL
from webapp.booking.models import HOLD_TIME
from webapp.booking.schedule_changes.models import ASKED_AGAIN_AFTER
from webapp.booking.trips import COOLING_OFF
from webapp.notifications.news import COALESCED_FOR

LENGTHS = {
    "five minutes": timedelta(minutes=5),
    "20 minutes": timedelta(minutes=20),
    "for an hour": timedelta(hours=1),
    "three hours (": timedelta(hours=3),
    "(six abroad)": timedelta(hours=6),
    "24 hours": timedelta(hours=24),
    "24 and 72 hours": (timedelta(hours=24), timedelta(hours=72)),
    "seven days": timedelta(days=7),
    "a week": timedelta(days=7),
}


@pytest.mark.parametrize(
    ("rule", "words", "template"),
    [
        (HOLD_TIME, "20 minutes", "search/home.html"),
        (HOLD_TIME, "20 minutes", "booking/hold_expired.html"),
        (COOLING_OFF, "24 hours", "booking/change.html"),
        (FREE_WITHIN, "seven days", "booking/schedule_changes/change.html"),
        (FREE_WITHIN, "seven days", "email/_choices.html"),
        (ASKED_AGAIN_AFTER, "24 and 72 hours", "staff/schedule_changes.html"),
        (ASKED_AGAIN_AFTER, "24 and 72 hours", "staff/cancel_flight.html"),
        (SIGNIFICANT_DOMESTIC, "three hours (", "staff/_choices.html"),
        (SIGNIFICANT_INTERNATIONAL, "(six abroad)", "staff/_choices.html"),
        (COALESCED_FOR, "five minutes", "staff/retime.html"),
        (COALESCED_FOR, "five minutes", "staff/delay.html"),
        (LIFETIME, "for an hour", "accounts/password_asked.html"),
        (LIFETIME, "for an hour", "email/password_reset/body.html"),
        (LIFETIME, "for an hour", "email/staff_invited/body.html"),
        (VERIFY_WITHIN, "a week", "email/_verify.html"),
        (VERIFY_WITHIN, "a week", "email/email_verification/body.html"),
        (PUT_BACK_WITHIN, "a week", "email/email_changed/body.html"),
    ],
)
def test_a_rule_is_as_long_as_the_words_about_it_say(
    rule: object, words: str, template: str
) -> None:
    assert LENGTHS[words] == rule
    assert words in (TEMPLATES / template).read_text()
