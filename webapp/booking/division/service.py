"""Commands: give some of a party a booking of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import object_mapper

from webapp.accounts.service import keep_open
from webapp.booking import ledger
from webapp.booking.cancellation.rest import SeatLost
from webapp.booking.coupons import paid_for
from webapp.booking.division.lines import DIVIDED, DIVIDED_FROM, lines_along
from webapp.booking.division.rules import require_division
from webapp.booking.errors import FormKeyReused
from webapp.booking.history import locked, record
from webapp.booking.ledger import Line
from webapp.booking.models import (
    Booking,
    BookingEvent,
    Coupon,
    EntryKind,
    Passenger,
    PassengerKind,
    Segment,
)
from webapp.booking.party import COUNTS
from webapp.booking.queries import booking_by_key
from webapp.booking.receipts import plan_division_receipt
from webapp.booking.schedule_changes.models import ScheduleChange
from webapp.booking.seats.queries import live_coupons, seat_maps
from webapp.booking.seats.reseating import AT_EXIT, reseat
from webapp.booking.service import insert_booking
from webapp.booking.trips import trip_of
from webapp.db import Base, db, insert_row, insert_rows
from webapp.flights import inventory
from webapp.notifications.divided import plan_as_before
from webapp.notifications.news import hold_back

_RULE = "The booking was divided: what was paid goes along with whom it was paid for"


def divide_booking(
    booking_id: int, leaving: Collection[int], key: str, actor: str, agreed: str = ""
) -> Booking:
    """Give some of a party, by position, a booking of their own, and return it.

    They keep tickets, coupons, seats and what was paid for them; what the party agreed to, was told
    and is still asked is carried over, so either part has the rights that all had. Flights carry
    whom they did at every moment. Whoever may not stay in an exit row gets another seat, as was
    `agreed`, and back what choosing theirs cost.

    Safe to repeat: the same key with the same choice returns the same booking. Raises
    FormKeyReused, and what require_division() raises. Locks the booking, its mails that wait, its
    account against closing, its claims, and the cabins in which somebody moves, each in the order
    of the flights' ids.
    """
    booking = locked(booking_id)
    digest = _digest_of(booking_id, leaving)
    earlier = booking_by_key(key)
    if earlier:
        if earlier.offer_digest != digest:
            raise FormKeyReused
        return earlier
    hold_back([booking_id])  # What they told is written down by then.
    if booking.user_id is not None:
        keep_open(booking.user_id)
    trip, live = trip_of(booking), live_coupons(booking)
    lost = require_division(trip, leaving, live, agreed)
    party = [each for each in booking.passengers if each.position in leaving]
    part = _part_of(booking, party, key, digest)
    _copy_history(booking, part, party)
    _record(booking, part, party, lost, actor)
    segments = _divide_segments(booking, part, party)
    _copy_questions(booking, part, segments)
    _move_money(booking, part, party, live)
    _move_passengers(part, party, segments)
    _clear_exits([booking, part], lost, actor)
    assert booking.contact_email is not None
    flown = {leg.segment.id: segments[leg.segment.id] for leg in trip.legs}
    plan_as_before(booking_id, part.id, booking.contact_email, booking.user_id, flown)
    plan_division_receipt(part, booking)
    return part


def _digest_of(booking_id: int, leaving: Collection[int]) -> str:
    return hashlib.sha256(f"divide {booking_id} {sorted(set(leaving))}".encode()).hexdigest()


def _copy_of(row: Base, **changed: object) -> dict[str, Any]:
    """Return the values of a row for another one, with what is otherwise in that."""
    values = {each.key: getattr(row, each.key) for each in object_mapper(row).column_attrs}
    del values["id"]
    return values | changed


def _part_of(booking: Booking, party: Sequence[Passenger], key: str, digest: str) -> Booking:
    """Write the booking of those who leave, and take them off the counts of the other."""
    booking.calendar_sequence += 1
    counts = dict.fromkeys(COUNTS.values(), 0)
    for passenger in party:
        counts[COUNTS[PassengerKind(passenger.kind)]] += 1
    total_minor = sum(each.price_minor for each in party)
    values = _copy_of(
        booking, idempotency_key=key, offer_digest=digest, total_minor=total_minor, **counts
    )
    part = insert_booking(values)
    if part is None:
        raise FormKeyReused
    for name, number in counts.items():
        setattr(booking, name, getattr(booking, name) - number)
    booking.total_minor -= total_minor
    return part


def _copy_history(booking: Booking, part: Booking, party: Sequence[Passenger]) -> None:
    lines = [
        _copy_of(each.event, booking_id=part.id, before=each.before, after=each.after)
        for each in lines_along(booking.events, party)
    ]
    insert_rows(BookingEvent, lines)


def _record(
    booking: Booking,
    part: Booking,
    party: Sequence[Passenger],
    lost: Sequence[SeatLost],
    actor: str,
) -> None:
    names = [f"{each.given_name} {each.family_name}" for each in party]
    record(booking, actor, DIVIDED, after={"reference": part.reference, "passengers": names})
    paid_back = sum(each.coupon.seat_price_minor for each in lost)
    whence = {"reference": booking.reference, "paid_back_minor": paid_back}
    record(part, actor, DIVIDED_FROM, after=whence)


def _divide_segments(booking: Booking, part: Booking, party: Sequence[Passenger]) -> dict[int, int]:
    """Join a part to all flights that the party ever had; return its segments by the others' ids.

    What was dropped is needed as well: it says what was sold first, and coupons hang on it.
    """
    seats = sum(each.kind != PassengerKind.INFANT for each in party)
    query = select(Segment).where(Segment.booking_id == booking.id)
    in_lock_order = query.order_by(Segment.flight_id, Segment.id)
    return {
        segment.id: insert_row(
            Segment,
            **_copy_of(
                segment,
                booking_id=part.id,
                claim_id=inventory.divide_claim(segment.claim_id, seats),
            ),
        )
        for segment in db.session.scalars(in_lock_order).all()
    }


def _copy_questions(booking: Booking, part: Booking, segments: Mapping[int, int]) -> None:
    query = select(ScheduleChange).where(ScheduleChange.booking_id == booking.id)
    rows = []
    for question in db.session.scalars(query.order_by(ScheduleChange.id)):
        segment_id = segments[question.segment_id]
        open_id = segment_id if question.is_open else None
        own = {"booking_id": part.id, "segment_id": segment_id, "open_segment_id": open_id}
        rows.append(_copy_of(question, **own))
    insert_rows(ScheduleChange, rows)


def _move_money(
    booking: Booking, part: Booking, party: Sequence[Passenger], live: Sequence[Coupon]
) -> None:
    """Move what was paid for those who leave; a fee stays where it was kept."""
    paid = [
        (
            f"{each.given_name} {each.family_name}",
            paid_for(coupon for coupon in live if coupon.passenger_id == each.id),
        )
        for each in party
    ]
    for whose, kind, sign, what in (
        (booking, EntryKind.REFUND, -1, "Moved to another booking"),
        (part, EntryKind.CHARGE, 1, "Moved from another booking"),
    ):
        lines = [Line(kind, sign * minor, f"{what}: {name}", _RULE) for name, minor in paid]
        ledger.write(whose, lines)


def _move_passengers(
    part: Booking, party: Sequence[Passenger], segments: Mapping[int, int]
) -> None:
    for passenger in party:
        passenger.booking_id = part.id
        for coupon in passenger.coupons:
            coupon.segment_id = segments[coupon.segment_id]
    db.session.flush()  # The lists of both are read again, each with its own.
    db.session.expire_all()


def _clear_exits(parts: Sequence[Booking], lost: Sequence[SeatLost], actor: str) -> None:
    for flight_id in sorted({each.coupon.flight_id for each in lost}):
        inventory.lock_cabin(flight_id, parts[0].cabin)
        reseat(parts, flight_id, seat_maps(flight_id), AT_EXIT, actor)
