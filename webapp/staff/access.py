"""Which airlines' flights, bookings and mails a member of staff may see."""

from __future__ import annotations

from flask_login import current_user

from webapp.accounts.models import Role
from webapp.network.queries import directory


def managed_airlines() -> tuple[str, ...]:
    """Return the codes of the airlines that the visitor may see; others do not exist for them."""
    if current_user.role == Role.ADMIN:
        return tuple(directory().airlines)
    return (current_user.airline_iata,)
