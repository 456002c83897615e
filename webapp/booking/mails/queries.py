"""Reads: which of a trip's planned mails come too late."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.booking.trips import Trip
from webapp.notifications.models import Notification, State


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
