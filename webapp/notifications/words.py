"""The names of mails, as travellers and staff read them."""

from __future__ import annotations

from flask import Flask

from webapp.notifications.models import Kind

NAMES = {
    Kind.HOLD_EXPIRING: "Hold is about to end",
    Kind.BOOKING_CONFIRMED: "Confirmation",
    Kind.BOOKING_CHANGED: "Receipt: flights changed",
    Kind.BOOKING_PARTLY_CANCELLED: "Receipt: part cancelled",
    Kind.BOOKING_CANCELLED: "Receipt: all cancelled",
    Kind.CHECK_IN_OPEN: "Check-in is open",
    Kind.DEPARTURE_REMINDER: "Reminder",
    Kind.DAY_OF_TRAVEL: "Day of travel",
    Kind.GATE_CHANGED: "New gate",
    Kind.FLIGHT_DELAYED: "Delay",
    Kind.FLIGHT_RETIMED: "New times",
    Kind.FLIGHT_CANCELLED: "Flight cancelled",
    Kind.SEATS_MOVED: "Seats moved",
    Kind.SEAT_BOUGHT: "Receipt: seat",
    Kind.CONTACT_CHANGED: "Another address",
    Kind.NAMES_CORRECTED: "Receipt: names corrected",
    Kind.BOOKING_DIVIDED: "Receipt: booking divided",
    Kind.SCHEDULE_CHANGE_OPEN: "Your choice is open",
    Kind.PRICE_ALERT: "Price alert",
    Kind.ALERT_OPENED: "Price alert to confirm",
    Kind.TRIPS_OF_ADDRESS: "Trips of an address",
    Kind.WELCOME: "Welcome",
    Kind.EMAIL_VERIFICATION: "Address to confirm",
    Kind.PASSWORD_RESET: "New password",
    Kind.PASSWORD_CHANGED: "Password changed",
    Kind.EMAIL_CHANGED: "Address changed",
    Kind.ACCOUNT_CLOSED: "Account closed",
    Kind.STAFF_INVITED: "Invitation of staff",
}


def init_app(app: Flask) -> None:
    """Let templates name a mail by its kind."""
    app.jinja_env.filters["mail_name"] = lambda kind: NAMES[Kind(kind)]
