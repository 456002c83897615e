"""The promises that always hold, each as one query for the rows that break it.

One statement sees one state of the database, so a booking that is made meanwhile is seen as a
whole or not at all, and no lock is taken. Every statement returns a few rows at most, but those for
flights' local times, which the database does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import islice

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, union_all

from webapp import clock
from webapp.booking.models import (
    Booking,
    BookingEvent,
    BookingStatus,
    Passenger,
    PassengerKind,
    Segment,
)
from webapp.booking.schedule_changes.models import Answer, ScheduleChange
from webapp.db import db
from webapp.flights.models import (
    ClaimStatus,
    Flight,
    FlightCabin,
    FlightEvent,
    FlightStatus,
    SeatClaim,
)
from webapp.notifications.models import Kind, Notification
from webapp.staff.access_promises import ACCESS_PROMISES
from webapp.staff.flight_promises import FLIGHT, FLIGHT_PROMISES, with_flight
from webapp.staff.form_promises import FORM_PROMISES
from webapp.staff.refund_promises import REFUND_PROMISES
from webapp.staff.ticket_promises import TICKET_PROMISES, Rows
from webapp.staff.time_promises import LOCAL_TIMES, flights_off_their_times

MOST_ROWS = 50
_ENDED = (BookingStatus.CANCELLED, BookingStatus.EXPIRED)
_HISTORY_OF = {
    BookingStatus.HELD: ("held",),
    BookingStatus.CONFIRMED: ("held", "confirmed"),
    BookingStatus.CANCELLED: ("held", "confirmed", "cancelled"),
}


@dataclass(frozen=True)
class BrokenPromise:
    """A row that breaks a promise, in words that find it again."""

    promise: str
    row: str


@dataclass(frozen=True)
class Check:
    """A promise, how many rows break it, MOST_ROWS at most, and which, for whom they may be."""

    promise: str
    broken_by: int
    rows: tuple[str, ...]

    @classmethod
    def of(cls, promise: str, rows: Iterable[str]) -> Check:
        """Return what the rows that break a promise say of it."""
        found = tuple(rows)
        return cls(promise, len(found), found)

    @property
    def is_kept(self) -> bool:
        """Tell whether the promise holds."""
        return not self.broken_by

    @property
    def is_cut(self) -> bool:
        """Tell whether more rows may break it than were counted."""
        return self.broken_by == MOST_ROWS

    def without_rows(self) -> Check:
        """Return the same for whom the rows are none of their business: they name bookings."""
        return replace(self, rows=())


def broken_promises() -> list[BrokenPromise]:
    """Return the rows that break a promise, at most MOST_ROWS of each."""
    return [BrokenPromise(check.promise, row) for check in check_promises() for row in check.rows]


def check_promises() -> list[Check]:
    """Hold the whole database against every promise."""
    checks = []
    for promise, (query, words) in _ALL.items():
        rows = db.session.execute(query().limit(MOST_ROWS))
        checks.append(Check.of(promise, (words.format(**row._mapping) for row in rows)))
    checks.append(Check.of(LOCAL_TIMES, islice(flights_off_their_times(), MOST_ROWS)))
    return checks


def _miscounted_cabins() -> Rows:
    # Cabins with anything in them and the claims on them, added up side by side: most cabins are
    # empty, and a join of all of them with all claims would visit each.
    counted = select(
        FlightCabin.flight_id,
        FlightCabin.cabin,
        FlightCabin.sold,
        FlightCabin.held,
        literal(0).label("sold_claims"),
        literal(0).label("held_claims"),
    ).where(or_(FlightCabin.sold != 0, FlightCabin.held != 0))
    claimed = select(
        SeatClaim.flight_id,
        SeatClaim.cabin,
        literal(0),
        literal(0),
        case((SeatClaim.status == ClaimStatus.SOLD, SeatClaim.seats), else_=0),
        case((SeatClaim.status == ClaimStatus.HELD, SeatClaim.seats), else_=0),
    ).where(SeatClaim.status.in_((ClaimStatus.SOLD, ClaimStatus.HELD)))
    both = union_all(counted, claimed).subquery()
    sums = {name: func.sum(both.c[name]) for name in ("sold", "held", "sold_claims", "held_claims")}
    wrong = (
        select(both.c.flight_id, both.c.cabin, *(each.label(name) for name, each in sums.items()))
        .group_by(both.c.flight_id, both.c.cabin)
        .having(or_(sums["sold"] != sums["sold_claims"], sums["held"] != sums["held_claims"]))
        .subquery()
    )
    return with_flight(
        select(
            wrong.c.cabin, wrong.c.sold, wrong.c.held, wrong.c.sold_claims, wrong.c.held_claims
        ).join(Flight, Flight.id == wrong.c.flight_id)
    )


def _oversold_cabins() -> Rows:
    return with_flight(
        select(FlightCabin.cabin, FlightCabin.sold, FlightCabin.held, FlightCabin.sellable)
        .join(Flight, Flight.id == FlightCabin.flight_id)
        .where(FlightCabin.sold + FlightCabin.held > FlightCabin.sellable)
    )


def _closed_cabins_on_sale() -> Rows:
    return with_flight(
        select(FlightCabin.cabin, FlightCabin.sold, FlightCabin.held, FlightCabin.sellable)
        .join(Flight, Flight.id == FlightCabin.flight_id)
        .where(FlightCabin.is_closed, FlightCabin.sold + FlightCabin.held != FlightCabin.sellable)
    )


def _overbooked_by_nobody() -> Rows:
    levels = select(FlightEvent.flight_id).where(FlightEvent.what == "sales")
    return with_flight(
        select(FlightCabin.cabin, FlightCabin.sellable, FlightCabin.capacity)
        .join(Flight, Flight.id == FlightCabin.flight_id)
        .where(FlightCabin.sellable > FlightCabin.capacity, Flight.id.not_in(levels))
    )


def _seats_unlike_passengers() -> Rows:
    is_seated = Passenger.kind.in_((PassengerKind.ADULT, PassengerKind.CHILD))
    party = (
        select(Passenger.booking_id, func.sum(case((is_seated, 1), else_=0)).label("seated"))
        .where(Passenger.cancelled_at.is_(None))
        .group_by(Passenger.booking_id)
        .subquery()
    )
    return (
        select(Booking.reference, Segment.position, SeatClaim.seats, party.c.seated)
        .join(Segment, Segment.booking_id == Booking.id)
        .join(SeatClaim, SeatClaim.id == Segment.claim_id)
        .join(party, party.c.booking_id == Booking.id)
        .where(
            Booking.status == BookingStatus.CONFIRMED,
            Segment.dropped_at.is_(None),
            or_(
                SeatClaim.seats != party.c.seated,
                SeatClaim.flight_id != Segment.flight_id,
                SeatClaim.cabin != Booking.cabin,
            ),
        )
    )


def _sold_to_nobody() -> Rows:
    return with_flight(
        select(SeatClaim.id.label("claim"), SeatClaim.cabin, SeatClaim.seats)
        .join(Flight, Flight.id == SeatClaim.flight_id)
        .outerjoin(Segment, Segment.claim_id == SeatClaim.id)
        .where(SeatClaim.status == ClaimStatus.SOLD, Segment.id.is_(None))
    )


def _claims_unlike_bookings() -> Rows:
    is_confirmed = Booking.status == BookingStatus.CONFIRMED
    is_held, runs_still = Booking.status == BookingStatus.HELD, Booking.expires_at > clock.now()
    is_live = Segment.dropped_at.is_(None)
    return (
        select(Booking.reference, Booking.status, SeatClaim.status.label("claim"))
        .join(Segment, Segment.booking_id == Booking.id)
        .join(SeatClaim, SeatClaim.id == Segment.claim_id)
        .where(
            or_(
                and_(is_confirmed, is_live, SeatClaim.status != ClaimStatus.SOLD),
                and_(~is_live, SeatClaim.status != ClaimStatus.RELEASED),
                and_(Booking.status.in_(_ENDED), SeatClaim.status != ClaimStatus.RELEASED),
                and_(is_held, SeatClaim.status == ClaimStatus.SOLD),
                and_(is_held, runs_still, SeatClaim.status != ClaimStatus.HELD),
            )
        )
    )


def _lapsed_holds_sold() -> Rows:
    # A hold that is sold is found live after the booking has noted the moment.
    return select(Booking.reference, Booking.confirmed_at, Booking.expires_at).where(
        Booking.confirmed_at >= Booking.expires_at
    )


def _totals_unlike_prices() -> Rows:
    party = (
        select(Passenger.booking_id, func.sum(Passenger.price_minor).label("prices"))
        .where(Passenger.cancelled_at.is_(None))
        .group_by(Passenger.booking_id)
        .subquery()
    )
    prices = func.coalesce(party.c.prices, 0)
    return (
        select(Booking.reference, Booking.total_minor.label("total"), prices.label("prices"))
        .outerjoin(party, party.c.booking_id == Booking.id)
        .where(Booking.total_minor != prices)
    )


def _unannounced(status: BookingStatus, *kinds: Kind) -> Callable[[], Rows]:
    def query() -> Rows:
        mail = and_(Notification.booking_id == Booking.id, Notification.kind.in_(kinds))
        return (
            select(Booking.reference)
            .outerjoin(Notification, mail)
            .where(Booking.status == status, Notification.id.is_(None))
        )

    return query


def _reminders_unlike_segments() -> Rows:
    reminder = and_(
        Notification.segment_id == Segment.id,
        Notification.kind == Kind.DEPARTURE_REMINDER,
        Notification.repeats_id.is_(None),  # Whoever asks for a copy has one more.
    )
    reminders = func.count(Notification.id)
    return (
        select(Booking.reference, Segment.position, reminders.label("reminders"))
        .join(Segment, Segment.booking_id == Booking.id)
        .outerjoin(Notification, reminder)
        .where(Booking.status == BookingStatus.CONFIRMED, Segment.dropped_at.is_(None))
        .group_by(Booking.reference, Segment.position)
        .having(reminders != 1)
    )


def _travellers_not_told() -> Rows:
    mail = and_(Notification.segment_id == Segment.id, Notification.kind == Kind.FLIGHT_CANCELLED)
    return with_flight(
        select(Booking.reference)
        .join(Segment, Segment.booking_id == Booking.id)
        .join(Flight, Flight.id == Segment.flight_id)
        .outerjoin(Notification, mail)
        .where(
            Flight.status == FlightStatus.CANCELLED,
            Segment.dropped_at.is_(None),
            Booking.status == BookingStatus.CONFIRMED,
            Notification.id.is_(None),
        )
    )


def _questions_to_nobody() -> Rows:
    return (
        select(Booking.reference, Booking.status, Segment.position)
        .join(ScheduleChange, ScheduleChange.booking_id == Booking.id)
        .join(Segment, Segment.id == ScheduleChange.segment_id)
        .where(
            ScheduleChange.answer == Answer.OPEN,
            or_(Booking.status != BookingStatus.CONFIRMED, Segment.dropped_at.is_not(None)),
        )
    )


def _unwritten_history() -> Rows:
    def has_no(*lines: str) -> ColumnElement[bool]:
        line = select(BookingEvent.id).where(
            BookingEvent.booking_id == Booking.id, BookingEvent.what.in_(lines)
        )
        return ~line.exists()

    missing = [
        and_(Booking.status == status, or_(*(has_no(line) for line in lines)))
        for status, lines in _HISTORY_OF.items()
    ]
    missing.append(and_(Booking.status == BookingStatus.EXPIRED, has_no("expired", "released")))
    return select(Booking.reference, Booking.status).where(or_(*missing))


# Each promise with the query for what breaks it, and the words for one such row.
_PROMISES: dict[str, tuple[Callable[[], Rows], str]] = {
    "The seats sold and held in every cabin are those of its bookings and holds": (
        _miscounted_cabins,
        FLIGHT + " {cabin}: {sold} sold and {held} held, but bookings have {sold_claims} and "
        "holds {held_claims}",
    ),
    "No cabin has more seats sold and held than can be sold": (
        _oversold_cabins,
        FLIGHT + " {cabin}: {sold} sold and {held} held of {sellable}",
    ),
    "A cabin that staff closed sells no more seats": (
        _closed_cabins_on_sale,
        FLIGHT + " {cabin}: {sold} sold and {held} held of {sellable}",
    ),
    "More seats than an aircraft has are sold only where staff said so": (
        _overbooked_by_nobody,
        FLIGHT + " {cabin}: {sellable} seats are on sale of {capacity}",
    ),
    "Every adult and child of a confirmed booking has a seat on each of its flights": (
        _seats_unlike_passengers,
        "{reference}, flight {position}: {seats} seats for {seated} adults and children, or "
        "seats elsewhere",
    ),
    "Every seat that is sold belongs to a booking": (
        _sold_to_nobody,
        FLIGHT + " {cabin}: {seats} seats, sold under number {claim}, have no booking",
    ),
    "Bookings that live have their seats; cancelled and expired ones have given them back": (
        _claims_unlike_bookings,
        "{reference} is {status}, but its seats are {claim}",
    ),
    "No hold was sold after its time": (
        _lapsed_holds_sold,
        "{reference} was confirmed at {confirmed_at}, but held until {expires_at}",
    ),
    "A booking's total is the sum of its passengers' prices": (
        _totals_unlike_prices,
        "{reference}: {total} in all, but {prices} for the passengers",
    ),
    "Every confirmed booking has its confirmation mail, or that of its division": (
        _unannounced(BookingStatus.CONFIRMED, Kind.BOOKING_CONFIRMED, Kind.BOOKING_DIVIDED),
        "{reference} has none",
    ),
    "Every cancelled booking has its cancellation mail": (
        _unannounced(BookingStatus.CANCELLED, Kind.BOOKING_CANCELLED),
        "{reference} has none",
    ),
    "Every flight of a confirmed booking has one reminder": (
        _reminders_unlike_segments,
        "{reference}, flight {position}: {reminders} reminders",
    ),
    "Everybody booked on a cancelled flight is told": (
        _travellers_not_told,
        "{reference} is not told of " + FLIGHT,
    ),
    "Nobody is asked about a change of a flight that is no longer theirs": (
        _questions_to_nobody,
        "{reference} is {status}, but flight {position} waits for its answer",
    ),
    "Every change of a booking's status is in its history": (
        _unwritten_history,
        "{reference} is {status}, but its history does not say how",
    ),
}
_ALL = (
    _PROMISES
    | TICKET_PROMISES
    | REFUND_PROMISES
    | FORM_PROMISES
    | FLIGHT_PROMISES
    | ACCESS_PROMISES
)
