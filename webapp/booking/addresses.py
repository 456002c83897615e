"""The address of a trip for whoever comes from a mail or a calendar, on any device."""

from __future__ import annotations

from flask import current_app

from webapp.config import Settings


def trip_address(reference: str) -> str:
    """Return where a trip opens: at once to whoever may see it, by the family name to others."""
    settings: Settings = current_app.config["SETTINGS"]
    return f"{settings.base_url}/trip?reference={reference}"
