"""Reads: which of a trip's planned mails come too late, and which another one makes needless."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from webapp.booking.legs import TripLeg
from webapp.booking.told import by_the_way
from webapp.booking.told_ahead import due_with, tellers_of, told_with
from webapp.booking.trips import Trip
from webapp.notifications.models import Notification, State
from webapp.notifications.reminders import LEADS


@dataclass(frozen=True)
class ToldWith:
    """The earlier flight with which a mail's flight is told of, and when, None where it was."""

    first: TripLeg
    due_at: datetime | None


def too_late_of(mails: Sequence[Notification], trip: Trip) -> set[int]:
    """Return the mails that are planned for a moment at which their flight has left.

    They are not sent then, and stay planned until then: it may leave later than is known today.
    """
    planned = [(mail, trip.leg_of(mail.segment_id)) for mail in mails if mail.state == State.DUE]
    return {
        mail.id
        for mail, leg in planned
        if leg and not leg.is_cancelled and leg.expected_departs_at <= mail.due_at
    }


def told_with_others(
    mails: Sequence[Notification], trip: Trip, not_to_come: Collection[int]
) -> dict[int, ToldWith]:
    """Return what is known today to be told with a flight before, by the ids of planned reminders.

    `not_to_come` are planned mails that will not be sent, and so tell nothing.
    """
    planned = [each for each in mails if each.state == State.DUE and each.id not in not_to_come]
    found = dict[int, ToldWith]()
    for reminder in planned:
        leg = trip.leg_of(reminder.segment_id) if reminder.kind in LEADS else None
        tellers = tellers_of(trip, leg) if leg and not reminder.repeats_id else []
        if leg and tellers:
            told = _told_with(reminder, leg, tellers, mails, planned)
            found |= {reminder.id: told} if told else {}
    return found


def _told_with(
    reminder: Notification,
    leg: TripLeg,
    tellers: Sequence[TripLeg],
    mails: Sequence[Notification],
    planned: Sequence[Notification],
) -> ToldWith | None:
    was_told_with = told_with(reminder, reminder.due_at, tellers, mails)
    if was_told_with and not by_the_way(leg.segment):
        return ToldWith(was_told_with, None)
    to_come = due_with(reminder, tellers, planned)
    return ToldWith(to_come[0], to_come[1].due_at) if to_come else None
