"""Message-IDs: the same for the same fact, of the sender's domain, and they give nothing away."""

from __future__ import annotations

from tests.conftest import MakeApp
from webapp.notifications.models import Kind
from webapp.notifications.service import message_id_of


def test_a_message_id_is_the_facts_own_and_tells_no_key(make_app: MakeApp) -> None:
    with make_app(mail_from="Fairwind <trips@air.example>").app_context():
        first, again, other = (
            message_id_of(Kind.BOOKING_CONFIRMED, booking_id) for booking_id in (4711, 4711, 4712)
        )
    assert first == again != other
    assert first.startswith("<booking_confirmed.")
    assert first.endswith("@air.example>")
    assert "4711" not in first
