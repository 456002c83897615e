"""The promises about who has to do with what, each with what breaks it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import ColumnElement, and_, or_, select

from webapp.accounts.models import EmailChange, Role, User
from webapp.booking.models import Booking, BookingEvent, Segment
from webapp.flights.models import Flight, FlightEvent
from webapp.network.models import Airline
from webapp.notifications.models import Notification
from webapp.staff.flight_promises import FLIGHT, with_flight
from webapp.staff.ticket_promises import Rows

# The lines of a booking's history that only staff write.
_BY_STAFF = ("served", "schedule_change_handled")


def _staff_of_no_airline() -> Rows:
    is_staff = User.role == Role.AIRLINE_STAFF
    return (
        select(User.email, User.role, User.airline_iata.label("airline"))
        .outerjoin(Airline, Airline.iata == User.airline_iata)
        .where(
            or_(
                User.role.not_in(list(Role)),
                and_(is_staff, Airline.iata.is_(None)),
                and_(~is_staff, User.airline_iata.is_not(None)),
            )
        )
    )


def _flights_changed_by_strangers() -> Rows:
    return with_flight(
        select(FlightEvent.what, FlightEvent.actor)
        .select_from(FlightEvent)
        .join(User, _did(FlightEvent))
        .join(Flight, Flight.id == FlightEvent.flight_id)
        .where(_is_stranger(User.airline_iata != Flight.airline_iata))
    )


def _parties_served_by_strangers() -> Rows:
    flown = (
        select(Segment.id)
        .join(Flight, Flight.id == Segment.flight_id)
        .where(Segment.booking_id == Booking.id, Flight.airline_iata == User.airline_iata)
    )
    return (
        select(Booking.reference, BookingEvent.what, BookingEvent.actor)
        .select_from(Booking)
        .join(BookingEvent, BookingEvent.booking_id == Booking.id)
        .join(User, _did(BookingEvent))
        .where(BookingEvent.what.in_(_BY_STAFF), _is_stranger(~flown.exists()))
    )


def _is_stranger(is_elsewhere: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(
        User.role != Role.ADMIN,
        or_(User.role != Role.AIRLINE_STAFF, is_elsewhere),
    )


def _did(event: type[FlightEvent] | type[BookingEvent]) -> ColumnElement[bool]:
    """Tell whether a line of history is an account's: it had its address then, and has it still."""
    moved = select(EmailChange.id).where(
        EmailChange.user_id == User.id,
        or_(EmailChange.changed_at > event.at, EmailChange.put_back_at > event.at),
    )
    return and_(User.email == event.actor, User.created_at <= event.at, ~moved.exists())


def _mails_in_other_accounts() -> Rows:
    return (
        select(Booking.reference, Notification.kind, Notification.user_id)
        .select_from(Booking)
        .join(Notification, Notification.booking_id == Booking.id)
        .where(
            Notification.user_id.is_not(None),
            Notification.user_id.is_distinct_from(Booking.user_id),
        )
    )


# Each promise with the query for what breaks it, and the words for one such row.
ACCESS_PROMISES: dict[str, tuple[Callable[[], Rows], str]] = {
    "Airline staff, and only they, belong to an airline": (
        _staff_of_no_airline,
        "{email} is {role} and belongs to the airline {airline}",
    ),
    "Nobody changed a flight but staff of its airline and administrators": (
        _flights_changed_by_strangers,
        FLIGHT + ": {what} by {actor}",
    ),
    "Nobody served a party but staff of an airline that it flies with and administrators": (
        _parties_served_by_strangers,
        "{reference}: {what} by {actor}",
    ),
    "Mail about a booking stands in no other account than its own": (
        _mails_in_other_accounts,
        "{reference}: {kind} stands in the account {user_id}",
    ),
}
