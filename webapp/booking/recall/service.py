"""Command: mail the trips of an address to it."""

from __future__ import annotations

import secrets
from datetime import timedelta

from webapp.accounts.service import normal_email
from webapp.notifications import service as notifications
from webapp.notifications.marks import mark_of
from webapp.notifications.models import Kind
from webapp.notifications.queries import planned_lately

_HOUR = timedelta(hours=1)
_MAILS_AN_HOUR = 6


def recall_trips(email: str) -> None:
    """Plan the mail with the trips of an address. Whether there are any is asked by the worker.

    Anybody can type an address: neither the answer nor how long it takes tells who travels, and
    only so many mails go to it, whoever asks.
    """
    address = normal_email(email)
    if planned_lately(Kind.TRIPS_OF_ADDRESS, address, _HOUR) >= _MAILS_AN_HOUR:
        return
    notifications.plan(
        Kind.TRIPS_OF_ADDRESS,
        None,
        address,
        about=f"address:{mark_of(address)}",
        serial=secrets.token_hex(6),  # Each is a fact of its own, however often it is asked for.
    )
