"""What mails are decided from: their bookings, and what their readers want, as of one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp.booking.models import Booking
from webapp.booking.queries import bookings_by_ids
from webapp.notifications.models import Notification
from webapp.notifications.queries import Preferences, preferences_for


@dataclass(frozen=True)
class Facts:
    """The facts behind mails that go out together, read at once since that is ten times cheaper."""

    bookings: Mapping[int, Booking]
    preferences: Mapping[int, Preferences]

    def are_of(self, notification: Notification) -> bool:
        """Tell whether these are facts behind a mail."""
        return notification.id in self.preferences

    def booking_of(self, notification: Notification) -> Booking | None:
        """Return the booking that a mail is about."""
        return self.bookings.get(notification.booking_id) if notification.booking_id else None

    def preferences_of(self, notification: Notification) -> Preferences:
        """Return what the reader of a mail wants."""
        return self.preferences[notification.id]


NO_FACTS = Facts({}, {})


def read_facts(notifications: Sequence[Notification]) -> Facts:
    """Read the present facts behind mails."""
    booking_ids = {each.booking_id for each in notifications if each.booking_id is not None}
    return Facts(bookings_by_ids(booking_ids), preferences_for(notifications))
