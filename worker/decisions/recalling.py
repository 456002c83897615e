"""The mail with the trips of an address, for whoever has lost their references."""

from __future__ import annotations

from datetime import timedelta

from webapp import clock
from webapp.booking.addresses import trip_address
from webapp.booking.recall.queries import trips_of_address
from webapp.notifications.models import Notification
from worker.decisions.outcome import Decision, Mail, Withheld

_WANTED_FOR = timedelta(hours=1)


def about_address(notification: Notification) -> Decision:
    """List the trips of an address as they are at this moment, each with what opens it."""
    if clock.now() - notification.created_at > _WANTED_FOR:
        return Withheld("asked for too long ago")
    trips = trips_of_address(notification.recipient)
    if not trips:
        return Withheld("no trips of this address")
    shown = [(trip, trip_address(trip.reference)) for trip in trips]
    return Mail(notification.kind, {"trips": shown})
