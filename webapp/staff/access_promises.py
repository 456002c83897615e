"""The promises about who has to do with what, each with what breaks it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from webapp.accounts.models import EmailChange, Role, User
from webapp.booking.models import Booking, BookingEvent, Segment
from webapp.flights.models import Flight, FlightEvent
from webapp.flights.pending import ENDING, MOVING
from webapp.flights.service import WITH_SCHEDULE
from webapp.network.models import Airline
from webapp.notifications.models import Notification
from webapp.staff.flight_promises import FLIGHT, with_flight
from webapp.staff.ticket_promises import Rows

# The lines of a booking's history that only staff write.
_BY_STAFF = ("served", "schedule_change_handled")
_NEVER = datetime.max.replace(tzinfo=UTC)


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
    lines = select(FlightEvent.what, FlightEvent.actor).select_from(FlightEvent)
    return with_flight(
        _with_accounts(lines, FlightEvent)
        .join(Flight, Flight.id == FlightEvent.flight_id)
        .where(_is_stranger(User.airline_iata != Flight.airline_iata), ~_was_ordered())
    )


def _was_ordered() -> ColumnElement[bool]:
    """Return the condition that the worker did what a line before had it do for the same actor.

    That line tells by whom: before the worker came to it, another account may have got the address.
    """
    order = aliased(FlightEvent)
    is_with_schedule = FlightEvent.after[WITH_SCHEDULE].as_string().is_not(None)
    is_end = and_(FlightEvent.what == "cancelled", order.what == ENDING)
    is_move = and_(FlightEvent.what == "retimed", is_with_schedule, order.what == MOVING)
    return exists().where(
        order.flight_id == FlightEvent.flight_id,
        order.id < FlightEvent.id,
        order.actor == FlightEvent.actor,
        or_(is_end, is_move),
    )


def _parties_served_by_strangers() -> Rows:
    flown = (
        select(Segment.id)
        .join(Flight, Flight.id == Segment.flight_id)
        .where(Segment.booking_id == Booking.id, Flight.airline_iata == User.airline_iata)
    )
    lines = (
        select(Booking.reference, BookingEvent.what, BookingEvent.actor)
        .select_from(Booking)
        .join(BookingEvent, BookingEvent.booking_id == Booking.id)
    )
    return _with_accounts(lines, BookingEvent).where(
        BookingEvent.what.in_(_BY_STAFF), _is_stranger(~flown.exists())
    )


def _is_stranger(is_elsewhere: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(
        User.role != Role.ADMIN,
        or_(User.role != Role.AIRLINE_STAFF, is_elsewhere),
    )


def _with_accounts(lines: Rows, event: type[FlightEvent] | type[BookingEvent]) -> Rows:
    """Return lines of history with the account that had the address of each at that time.

    It is the first that left the address since, or else the one that has it; and it came to it
    before, by no move and no registration since.
    """
    left, user, move = aliased(EmailChange), aliased(User), aliased(EmailChange)
    first_left = (
        select(left.id)
        .where(left.before == event.actor, left.changed_at > event.at)
        .order_by(left.changed_at)
        .limit(1)
    )
    has_it = select(user.id).where(user.email == event.actor)
    until = func.coalesce(EmailChange.changed_at, _NEVER)
    came_since = select(move.id).where(
        move.user_id == User.id,
        or_(
            and_(move.changed_at > event.at, move.changed_at < until),
            and_(move.put_back_at > event.at, move.put_back_at < until),
        ),
    )
    account = func.coalesce(EmailChange.user_id, has_it.scalar_subquery())
    return (
        lines.outerjoin(EmailChange, EmailChange.id == first_left.scalar_subquery())
        .join(User, User.id == account)
        .where(User.created_at <= event.at, ~came_since.exists())
    )


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
