"""Links: the signed word by which a mail leads to its alert without a log-in."""

from __future__ import annotations

from itsdangerous import BadData

from webapp.alerts.models import PriceAlert
from webapp.alerts.queries import alert_by_id, recipient_of
from webapp.notifications.marks import mark_of
from webapp.signing import signer


def token_of(alert: PriceAlert) -> str:
    """Return the word that stands for an alert in addresses; only we can have made it."""
    return signer("price-alert").dumps([alert.id, mark_of(recipient_of(alert))])


def alert_id_of(token: str) -> int | None:
    """Return the alert that a word stands for, None where we did not make it.

    One that went to an address which its owner has left opens nothing: a stranger may read there.
    Earlier ones do not say where they went.
    """
    try:
        found = signer("price-alert").loads(token)
        alert_id, *marks = found if isinstance(found, list) else [found]
    except (BadData, ValueError):
        return None
    if not isinstance(alert_id, int):
        return None
    alert = alert_by_id(alert_id)
    is_left = alert is not None and marks not in ([], [mark_of(recipient_of(alert))])
    return None if is_left else alert_id
