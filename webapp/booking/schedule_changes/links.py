"""Links in mails that let a party answer a schedule change without logging in, until it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import current_app
from itsdangerous import BadData

from webapp.booking.connections import cannot_be_flown, connections_to_come
from webapp.booking.models import CANCELLED_FOR
from webapp.booking.schedule_changes.errors import LinkInvalid, LinkOutdated
from webapp.booking.schedule_changes.models import ScheduleChange
from webapp.booking.schedule_changes.queries import change_by_id, was_address_left
from webapp.booking.schedule_changes.refunds import Refund
from webapp.booking.schedule_changes.rules import may_choose
from webapp.booking.trips import Trip
from webapp.config import Settings
from webapp.flights.models import FlightStatus
from webapp.signing import signer

_PAGE = "page"


def sign(change: ScheduleChange, *, for_page: bool = False) -> str:
    """Return the part of an address that names a change to its party; good until its flight leaves.

    One that was cancelled never does: its travellers have CANCELLED_FOR to choose. In a mail it
    proves that somebody reads the party's mail, on a page it proves nothing.
    """
    words = [change.id, change.booking.address_mark]
    return signer("schedule-change").dumps([*words, _PAGE] if for_page else words)


def is_mailed(token: str) -> bool:
    """Tell whether a link that read() takes stood in a mail."""
    return _PAGE not in signer("schedule-change").loads(token)


def open_until(change: ScheduleChange) -> datetime:
    """Return until when the links of a change take an answer."""
    flight = change.segment.flight
    is_cancelled = flight.status == FlightStatus.CANCELLED
    return flight.expected_departs_at + (CANCELLED_FOR if is_cancelled else timedelta())


def read(token: str) -> ScheduleChange:
    """Return the change that a link names. Raises LinkInvalid and LinkOutdated.

    One that went to an address which the party has left opens nothing: a stranger may read there.
    Links of earlier mails do not say where they went, so they are good while there was one address.
    """
    try:
        change_id, *more = signer("schedule-change").loads(token)
        change = change_by_id(int(change_id))
    except (BadData, ValueError, TypeError) as error:
        raise LinkInvalid from error
    marks = [each for each in more if isinstance(each, str) and each != _PAGE]
    if change is None or marks not in ([], [change.booking.address_mark]):
        raise LinkInvalid
    if not marks and was_address_left(change):
        raise LinkOutdated
    return change


def choices_of(
    change: ScheduleChange, trip: Trip, refunds: Sequence[Refund]
) -> list[tuple[str, str]]:
    """Return the address of each answer with its words, the likeliest first, for a mail."""
    settings: Settings = current_app.config["SETTINGS"]
    address = f"{settings.base_url}/schedule-change/{sign(change)}"
    accept = [(f"{address}/accept", "Accept the new times")]
    is_cancelled = change.segment.flight.status == FlightStatus.CANCELLED
    if is_cancelled or cannot_be_flown(trip, change.segment_id):
        accept = []
    leave = []
    if may_choose(change, trip):
        leave.append((f"{address}/other-flight", "Choose another flight"))
    if refunds:
        # One link leads to where either is chosen: what takes more is never a click too near.
        more = [f", or {each.amount} for {each.name}" for each in refunds[1:]]
        leave.append((f"{address}/refund", "".join([refunds[0].words, *more])))
    # What cannot be flown as it stands is not the first thing to accept.
    return leave + accept if connections_to_come(trip) else accept + leave
