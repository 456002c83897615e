"""What each mail says, decided at the moment it goes out from how things stand then."""

from __future__ import annotations

from collections.abc import Callable

from webapp.accounts.models import User
from webapp.accounts.queries import user_by_id
from webapp.booking.trips import Trip, trip_of
from webapp.notifications.models import UNSUBSCRIBED, Kind, Notification
from webapp.notifications.queries import Preferences
from worker.decisions import accounts, alerting, disrupting, recalling, receipts, reminding
from worker.decisions.outcome import Decision, Mail, Postponed, Redirected, Withheld
from worker.facts import Facts, read_facts

__all__ = ["Decision", "Mail", "Postponed", "Redirected", "Withheld", "decide"]


def decide(notification: Notification, facts: Facts | None = None) -> Decision:
    """Return what becomes of a mail that is due, from the present state of what it is about.

    `facts` are those of mails that go out together, read a moment ago.
    """
    facts = facts or read_facts([notification])
    wishes = facts.preferences_of(notification)
    if notification.kind in wishes.muted and notification.repeats_id is None:
        return Withheld(UNSUBSCRIBED)  # A copy is sent to whoever asks for it.
    kind = Kind(notification.kind)
    if kind in _ABOUT_ACCOUNTS:
        return _about_account(notification)
    if kind in (Kind.PRICE_ALERT, Kind.ALERT_OPENED):
        return alerting.about_alert(notification)
    if kind == Kind.TRIPS_OF_ADDRESS:
        return recalling.about_address(notification)
    booking = facts.booking_of(notification)
    if booking is None:
        return Withheld("the booking does not exist")
    return _about_trip(notification, trip_of(booking), wishes)


def _about_account(notification: Notification) -> Decision:
    kind, user = Kind(notification.kind), user_by_id(notification.user_id or 0)
    if user is None:
        return Withheld("no such account")
    if user.is_closed and kind != Kind.ACCOUNT_CLOSED:
        return Withheld("the account is closed")
    return _ABOUT_ACCOUNTS[kind](notification, user)


def _about_trip(notification: Notification, trip: Trip, wishes: Preferences) -> Decision:
    kind = Kind(notification.kind)
    here = trip.booking.contact_email
    # That mail goes elsewhere is told where it went, too.
    if here not in (None, notification.recipient) and kind != Kind.CONTACT_CHANGED:
        return Redirected(here)
    if kind in _REMINDERS:
        return _REMINDERS[kind](notification, trip, wishes)
    return _ABOUT_TRIPS[kind](notification, trip)


_ABOUT_ACCOUNTS: dict[Kind, Callable[[Notification, User], Decision]] = {
    Kind.WELCOME: accounts.welcome,
    Kind.EMAIL_VERIFICATION: accounts.email_verification,
    Kind.PASSWORD_RESET: accounts.password_reset,
    Kind.PASSWORD_CHANGED: accounts.password_changed,
    Kind.EMAIL_CHANGED: accounts.email_changed,
    Kind.ACCOUNT_CLOSED: accounts.account_closed,
    Kind.STAFF_INVITED: accounts.staff_invited,
}
_REMINDERS: dict[Kind, Callable[[Notification, Trip, Preferences], Decision]] = {
    Kind.CHECK_IN_OPEN: reminding.check_in_open,
    Kind.DEPARTURE_REMINDER: reminding.departure_reminder,
    Kind.DAY_OF_TRAVEL: reminding.day_of_travel,
}
_ABOUT_TRIPS: dict[Kind, Callable[[Notification, Trip], Decision]] = {
    Kind.HOLD_EXPIRING: receipts.hold_expiring,
    Kind.BOOKING_CONFIRMED: receipts.booking_confirmed,
    Kind.BOOKING_CHANGED: receipts.booking_changed,
    Kind.BOOKING_PARTLY_CANCELLED: receipts.booking_partly_cancelled,
    Kind.BOOKING_CANCELLED: receipts.booking_cancelled,
    Kind.SEAT_BOUGHT: receipts.seat_bought,
    Kind.CONTACT_CHANGED: receipts.contact_changed,
    Kind.NAMES_CORRECTED: receipts.names_corrected,
    Kind.BOOKING_DIVIDED: receipts.booking_divided,
    Kind.GATE_CHANGED: disrupting.gate_changed,
    Kind.FLIGHT_DELAYED: disrupting.flight_delayed,
    Kind.FLIGHT_RETIMED: disrupting.flight_retimed,
    Kind.FLIGHT_CANCELLED: disrupting.flight_cancelled,
    Kind.SEATS_MOVED: disrupting.seats_moved,
    Kind.SCHEDULE_CHANGE_OPEN: disrupting.schedule_change_open,
}
