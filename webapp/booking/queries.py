"""Reads: bookings by reference, by key, by traveller, by flight."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, false, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from webapp import clock
from webapp.booking.history import FORM_KEY
from webapp.booking.models import (
    BOOKED,
    CANCELLED_FOR,
    HOLD_TIME,
    Booking,
    BookingEvent,
    BookingStatus,
    Passenger,
    Segment,
)
from webapp.booking.schedule_changes.models import ScheduleChange
from webapp.db import Base, UtcDateTime, db
from webapp.flights.models import Flight, FlightStatus
from webapp.flights.queries import BEFORE_DEPARTURE
from webapp.network.matching import plain_words
from webapp.notifications.marks import mark_of
from webapp.spelling import is_of_known_script, plain

# By a flight's id, when it would leave and arrive.
NewTimes = Mapping[int, tuple[datetime, datetime]]

_bookings = Base.metadata.tables[Booking.__tablename__]
# Built once, since composing them anew costs about as much as running them.
_segments_of = selectinload(Booking.segments).joinedload(Segment.flight)
_WHOLE = (
    selectinload(Booking.passengers).joinedload(Passenger.coupons),
    _segments_of.joinedload(Flight.origin),
    _segments_of.joinedload(Flight.destination),
    _segments_of.joinedload(Flight.airline),
)
_BY_IDS = select(Booking).where(Booking.id.in_(bindparam("ids", expanding=True))).options(*_WHOLE)
_BARE = select(
    _bookings.c.id, _bookings.c.reference, _bookings.c.user_id, _bookings.c.contact_email
).where(_bookings.c.reference.in_(bindparam("references", expanding=True)))
_FAMILY_NAMES = (
    select(Passenger.family_name)
    .join(Booking, Booking.id == Passenger.booking_id)
    .where(Booking.reference == bindparam("reference"), Passenger.cancelled_at.is_(None))
)


@dataclass(frozen=True)
class BareBooking:
    """Whose a booking is and where its mail goes, and nothing else of it."""

    id: int
    reference: str
    user_id: int | None
    contact_email: str | None

    @property
    def address_mark(self) -> str:
        """What tells in a link to which address it was sent."""
        return mark_of(self.contact_email)


def address_before(booking_id: int, key: str) -> str | None:
    """Return where a booking's mail went before, if the form that moved it last has this key."""
    query = select(BookingEvent).where(
        BookingEvent.booking_id == booking_id, BookingEvent.what.in_(("named", "contact_changed"))
    )
    for line in db.session.scalars(query.order_by(BookingEvent.id.desc())):
        before = line.before.get("contact_email")
        if before != line.after.get("contact_email"):
            return before if line.after.get(FORM_KEY) == key else None
    return None


def booking_by_reference(reference: str) -> Booking | None:
    """Return the booking with a reference, with all that its pages show but its history."""
    query = select(Booking).where(Booking.reference == _spelt(reference)).options(*_WHOLE)
    return db.session.scalar(query)


def bare_booking(reference: str) -> BareBooking | None:
    """Return what tells whose the booking with a reference is."""
    return next(iter(bare_bookings([reference])), None)


def bare_bookings(references: Iterable[str]) -> list[BareBooking]:
    """Return what tells whose the bookings with some references are."""
    spelt = [_spelt(reference) for reference in references]
    if not spelt:
        return []
    return [BareBooking(*row) for row in db.session.execute(_BARE, {"references": spelt})]


def _spelt(reference: str) -> str:
    # MariaDB refuses to compare other letters with a column that holds ASCII alone.
    return reference.strip().upper() if reference.isascii() else ""


def booking_by_id(booking_id: int) -> Booking | None:
    """Return a booking with all that its mails tell."""
    return bookings_by_ids([booking_id]).get(booking_id)


def bookings_by_ids(booking_ids: Collection[int]) -> dict[int, Booking]:
    """Return bookings by their ids, with all that their mails tell."""
    found = db.session.scalars(_BY_IDS, {"ids": list(booking_ids)})
    return {booking.id: booking for booking in found}


def flies_with(airline: str) -> ColumnElement[bool]:
    """Return the condition that a booking has a flight of an airline now."""
    flown = (
        select(Segment.id)
        .join(Flight, Flight.id == Segment.flight_id)
        .where(
            Segment.booking_id == Booking.id,
            Segment.dropped_at.is_(None),
            Flight.airline_iata == airline,
        )
    )
    return flown.exists()


def flies_on(*flight_ids: int) -> ColumnElement[bool]:
    """Return the condition that a segment is of a confirmed booking, and on one of some flights."""
    return and_(
        Segment.flight_id.in_(flight_ids),
        Segment.dropped_at.is_(None),
        Booking.status == BookingStatus.CONFIRMED,
    )


def is_flown_by(booking_id: int, airline: str) -> bool:
    """Tell whether all flights of a booking are an airline's: those that have not left, if any."""
    flights = list(
        db.session.scalars(
            select(Flight)
            .join(Segment, Segment.flight_id == Flight.id)
            .where(Segment.booking_id == booking_id, Segment.dropped_at.is_(None))
        )
    )
    ahead = [flight for flight in flights if _may_concern(flight)]
    return all(flight.airline_iata == airline for flight in ahead or flights)


def _may_concern(flight: Flight) -> bool:
    # One that was cancelled never leaves, and leaves its travellers something to decide.
    is_cancelled = flight.status == FlightStatus.CANCELLED
    until = flight.expected_departs_at + (CANCELLED_FOR if is_cancelled else timedelta())
    return (is_cancelled or flight.status in BEFORE_DEPARTURE) and until > clock.now()


def dropped_segments_of(booking_id: int) -> list[Segment]:
    """Return the flights that a booking had before it gave them up or changed them for others."""
    query = select(Segment).where(Segment.booking_id == booking_id, Segment.dropped_at.is_not(None))
    return list(db.session.scalars(query.order_by(Segment.position)))


def booking_by_key(key: str) -> Booking | None:
    """Return the booking that a form's key made."""
    return db.session.scalar(select(Booking).where(Booking.idempotency_key == key))


def booking_found_by(reference: str, last_name: str) -> Booking | None:
    """Return the booking with a reference on which somebody has this family name.

    Its names are asked for alone, so that a guess at a name takes as long as one at a reference.
    """
    wanted = _spellings(last_name)
    names = db.session.scalars(_FAMILY_NAMES, {"reference": _spelt(reference)})
    is_known = any(wanted & _spellings(name) for name in names if name)
    return booking_by_reference(reference) if is_known else None


def bookings_of(user_id: int) -> list[Booking]:
    """Return a traveller's bookings, the latest first; holds that ran out are left out."""
    runs_still = and_(Booking.status == BookingStatus.HELD, Booking.expires_at > clock.now())
    was_booked = Booking.status.in_(BOOKED)
    query = (
        select(Booking)
        .where(Booking.user_id == user_id, or_(was_booked, runs_still))
        .order_by(Booking.id.desc())
        .options(*_WHOLE)
    )
    return list(db.session.scalars(query))


def live_holds_of(user_id: int | None, references: Sequence[str]) -> list[Booking]:
    """Return the bookings, a user's or with one of some references, that are held at present."""
    if user_id is None and not references:
        return []
    query = (
        select(Booking)
        .where(
            _is_ones_own(user_id, references),
            Booking.status == BookingStatus.HELD,
            Booking.expires_at > clock.now(),
        )
        .order_by(Booking.id)
        .options(*_WHOLE)
    )
    return list(db.session.scalars(query))


def confirmed_in_the_air(
    user_id: int | None, references: Sequence[str], first_at: datetime, last_at: datetime
) -> list[Booking]:
    """Return confirmed bookings, a user's or with one of some references, that fly meanwhile."""
    flies = (
        select(Segment.id)
        .join(Flight, Flight.id == Segment.flight_id)
        .where(
            Segment.booking_id == Booking.id,
            Segment.dropped_at.is_(None),
            Flight.departs_at < last_at,
            Flight.arrives_at > first_at,
        )
    )
    query = (
        select(Booking)
        .where(
            _is_ones_own(user_id, references),
            Booking.status == BookingStatus.CONFIRMED,
            flies.exists(),
        )
        .options(*_WHOLE)
    )
    return list(db.session.scalars(query))


def confirmed_segments_of(*flight_ids: int) -> list[Segment]:
    """Return the segments of confirmed bookings on flights, with their bookings."""
    query = (
        select(Segment)
        .join(Booking)
        .where(flies_on(*flight_ids))
        .options(joinedload(Segment.booking))
        .order_by(Segment.booking_id)
    )
    return list(db.session.scalars(query))


def first_departure_booked(booking_id: int) -> datetime:
    """Return when the first flight that was booked was to leave, as it was sold."""
    # Who takes other times of the airline's agrees to them; what was sold stays what it was.
    sold = func.coalesce(
        ScheduleChange.was_departs_at, Segment.agreed_departs_at, type_=UtcDateTime
    )
    query = (
        select(sold)
        .select_from(Segment)
        .outerjoin(ScheduleChange, ScheduleChange.segment_id == Segment.id)
        .where(Segment.booking_id == booking_id, Segment.position == 0)
        .order_by(ScheduleChange.id)
    )
    return db.session.scalars(query.limit(1)).one()


def travellers_on(*flight_ids: int) -> int:
    """Return how many people, infants included, confirmed bookings bring onto flights."""
    query = (
        select(func.count(Passenger.id))
        .join(Booking, Booking.id == Passenger.booking_id)
        .join(Segment, Segment.booking_id == Booking.id)
        .where(flies_on(*flight_ids), Passenger.cancelled_at.is_(None))
    )
    return db.session.scalar(query) or 0


def bookings_by_status() -> dict[str, int]:
    """Return how many bookings have each status."""
    query = select(Booking.status, func.count()).group_by(Booking.status)
    return dict(db.session.execute(query).all())


def holds_past_their_time(most: int = 500) -> list[int]:
    """Return the ids of bookings that say `held` though their time is over.

    So it is of those that have more time than any hold: the clock was turned back. Machines whose
    clocks differ a little take none for such.
    """
    now = clock.now()
    is_over = or_(Booking.expires_at <= now, Booking.expires_at > now + 2 * HOLD_TIME)
    query = select(Booking.id).where(Booking.status == BookingStatus.HELD, is_over).limit(most)
    return list(db.session.scalars(query))


def _is_ones_own(user_id: int | None, references: Sequence[str]) -> ColumnElement[bool]:
    # A guest has no account, and shares that with every other guest.
    is_users = false() if user_id is None else Booking.user_id == user_id
    return or_(is_users, Booking.reference.in_(references))


def _spellings(name: str) -> set[str]:
    # As people type it and as tickets print it: O’Brien, O'Brien and OBRIEN are one, Müller is
    # Muller and MUELLER. A name of another script has no plain letters, and is compared as it is.
    found = {name.strip().casefold(), plain_words(name).replace(" ", "")}
    if is_of_known_script(name):
        found.add(plain(name).casefold())
    return found - {""}
