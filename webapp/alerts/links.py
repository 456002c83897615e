"""Links: the signed word by which a mail leads to its alert without a log-in."""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer


def token_of(alert_id: int) -> str:
    """Return the word that stands for an alert in addresses; only we can have made it."""
    return _signer().dumps(alert_id)


def alert_id_of(token: str) -> int | None:
    """Return the alert that a word stands for, None where we did not make it."""
    try:
        found = _signer().loads(token)
    except (BadData, ValueError):
        return None
    return found if isinstance(found, int) else None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="price-alert")
