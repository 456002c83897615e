"""Commands: check in, and take it back while check-in is open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from sqlalchemy import update

from webapp import clock
from webapp.booking.checkin.errors import CheckInNotOpen, FlightsChanged, MinorAlone, NoSeatFree
from webapp.booking.checkin.queries import (
    checked_in_of,
    fully_checked_in,
    has_old_documents,
    last_boarding_number,
)
from webapp.booking.checkin.windows import Phase, windows_of
from webapp.booking.history import locked, record, record_each
from webapp.booking.models import (
    Booking,
    BookingStatus,
    Coupon,
    CouponStatus,
    Passenger,
    PassengerKind,
    Segment,
)
from webapp.booking.party import laps
from webapp.booking.seats.queries import live_coupons
from webapp.booking.seats.service import assign_seats
from webapp.db import change_rows, db
from webapp.flights import service as flights
from webapp.notifications import reminders


@dataclass(frozen=True)
class TravelDocument:
    """What a passport or an identity card says."""

    nationality: str
    number: str
    country: str
    expires_on: date


def check_in(
    booking_id: int,
    travellers: Mapping[int, TravelDocument | None],
    actor: str,
    user_id: int | None = None,
    shown: Collection[int] | None = None,
) -> None:
    """Check some passengers in, by position, for every flight that is open.

    `user_id` is the account that gives their documents, None for a guest; `shown` the positions of
    the flights that the party was shown as open. Safe to repeat: who is checked in stays so, with
    the same boarding number. Raises CheckInNotOpen, FlightsChanged, MinorAlone, NoSeatFree. Locks
    the booking, then the flights in the order of ids, so that each boarding number is given once.
    """
    booking = locked(booking_id)
    flights.keep_others_out({each.flight_id for each in booking.segments})
    open_segments = _open_segments(booking)
    if not open_segments:
        raise CheckInNotOpen
    if shown is not None and {each.position for each in open_segments.values()} != set(shown):
        raise FlightsChanged
    chosen = {each.id for each in booking.passengers if each.position in travellers}
    coupons = [each for each in live_coupons(booking) if each.segment_id in open_segments]
    boarding = [
        each for each in coupons if each.passenger_id in chosen and each.status == CouponStatus.OPEN
    ]
    _write_documents(booking, travellers, actor, user_id)
    assign_seats(booking, coupons)
    kinds = {each.id: each.kind for each in booking.passengers}
    if any(not each.seat and kinds[each.passenger_id] != PassengerKind.INFANT for each in boarding):
        raise NoSeatFree
    for coupon in boarding:
        coupon.status = CouponStatus.CHECKED_IN
        coupon.checked_in_at = clock.now()
        if coupon.boarding_sequence is None:  # A number that was given stays with its passenger.
            coupon.boarding_sequence = last_boarding_number(coupon.flight_id) + 1
            db.session.flush()  # The next number is one more than this.
    if _minors_alone(booking, coupons):
        raise MinorAlone
    if boarding:
        record(booking, actor, "checked_in", after=_names(booking, boarding))
    reminders.withhold_reminders(
        fully_checked_in(booking), reminders.CHECKED_IN, reminders.BEFORE_CHECK_IN
    )


def undo_check_in(booking_id: int, passenger: int, segment: int, actor: str) -> None:
    """Take one passenger's check-in for one flight back, both by position.

    Safe to repeat: who is not checked in stays so. Raises CheckInNotOpen and MinorAlone. Locks
    the booking.
    """
    booking = locked(booking_id)
    open_segments = _open_segments(booking)
    coupons = [each for each in live_coupons(booking) if each.segment_id in open_segments]
    passengers = {each.id: each.position for each in booking.passengers}
    found = [
        each
        for each in coupons
        if passengers[each.passenger_id] == passenger
        and open_segments[each.segment_id].position == segment
    ]
    if not found:
        raise CheckInNotOpen
    _undo(booking, [each for each in found if each.status == CouponStatus.CHECKED_IN], actor)
    if _minors_alone(booking, coupons):
        raise MinorAlone


def keep_minors_accompanied(booking: Booking, actor: str) -> None:
    """Take the check-in of minors back whose adults are no longer coming.

    Called where a part of the party was cancelled, with the booking locked.
    """
    _undo(booking, _minors_alone(booking, live_coupons(booking)), actor)


def take_back_onward(cancelled: Sequence[Segment], actor: str) -> None:
    """Take the check-in back for what follows a cancelled flight on the same way.

    Whoever gets to a later flight all the same checks in anew, which tells them from those who
    stay at home. Called with the bookings locked.
    """
    cancelled_of = {segment.booking_id: segment for segment in cancelled}
    onward: dict[Booking, list[Coupon]] = defaultdict(list)
    for coupon in checked_in_of(cancelled_of):
        before = cancelled_of[coupon.segment.booking_id]
        if coupon.segment.journey == before.journey and coupon.segment.position > before.position:
            onward[before.booking].append(coupon)
    for coupon in chain(*onward.values()):
        _take_back(coupon)
    db.session.flush()  # All at once.
    lost = {booking: _names(booking, coupons) for booking, coupons in onward.items()}
    record_each(lost, actor, "check_in_undone")
    reminders.restore_reminders(
        [each.segment_id for each in chain(*onward.values())], reminders.CHECKED_IN
    )


def forget_documents(passenger_ids: Sequence[int]) -> None:
    """Forget the travel documents of passengers, where they are needed no more.

    Safe to repeat, and while others are at work: the statement that forgets decides. Locks the
    passengers in the order of ids.
    """
    old = update(Passenger).where(Passenger.id.in_(passenger_ids), *has_old_documents())
    change_rows(
        old.values(
            nationality=None,
            document_number=None,
            document_country=None,
            document_expires_on=None,
            document_given_at=None,
        )
    )


def _undo(booking: Booking, coupons: Sequence[Coupon], actor: str) -> None:
    for coupon in coupons:
        _take_back(coupon)
    if coupons:
        record(booking, actor, "check_in_undone", before=_names(booking, coupons))
        reminders.restore_reminders([each.segment_id for each in coupons], reminders.CHECKED_IN)


def _take_back(coupon: Coupon) -> None:
    coupon.status = CouponStatus.OPEN
    coupon.checked_in_at = None


def _open_segments(booking: Booking) -> dict[int, Segment]:
    if booking.status != BookingStatus.CONFIRMED:
        return {}
    windows, now = windows_of(booking.segments), clock.now()
    return {each.id: each for each in booking.segments if windows[each.id].phase(now) == Phase.OPEN}


def _minors_alone(booking: Booking, coupons: Sequence[Coupon]) -> list[Coupon]:
    """Return those by which a child would board with no adult, or an infant without its lap."""
    adults = {each.id for each in booking.passengers if each.kind == PassengerKind.ADULT}
    lap_of = laps(booking.passengers)
    checked_in = [each for each in coupons if each.status == CouponStatus.CHECKED_IN]
    aboard: dict[int, set[int]] = {}
    for coupon in checked_in:
        aboard.setdefault(coupon.segment_id, set()).add(coupon.passenger_id)
    return [
        coupon
        for coupon in checked_in
        if coupon.passenger_id not in adults
        and not _company(coupon, adults, lap_of) & aboard[coupon.segment_id]
    ]


def _company(coupon: Coupon, adults: set[int], lap_of: Mapping[int, Passenger]) -> set[int]:
    """Return the adults of whom one has to come along: an infant's own, a child's any."""
    lap = lap_of.get(coupon.passenger_id)
    return {lap.id} if lap else adults


def _write_documents(
    booking: Booking,
    travellers: Mapping[int, TravelDocument | None],
    actor: str,
    user_id: int | None,
) -> None:
    given: list[Passenger] = []
    for passenger in booking.passengers:
        document = travellers.get(passenger.position)
        if document and not _is_known(document, passenger):
            _write_document(passenger, document)
            given.append(passenger)
    if given:
        # Whose they are; a line of history is for more eyes than a passport.
        names = [f"{each.given_name} {each.family_name}" for each in given]
        positions = [each.position for each in given]
        after = {"passengers": names, "positions": positions, "account": user_id}
        record(booking, actor, "documents_given", after=after)


def _is_known(document: TravelDocument, passenger: Passenger) -> bool:
    return (
        document.nationality == passenger.nationality
        and document.number == passenger.document_number
        and document.country == passenger.document_country
        and document.expires_on == passenger.document_expires_on
    )


def _write_document(passenger: Passenger, document: TravelDocument) -> None:
    passenger.nationality = document.nationality
    passenger.document_number = document.number
    passenger.document_country = document.country
    passenger.document_expires_on = document.expires_on
    passenger.document_given_at = clock.now()


def _names(booking: Booking, coupons: Sequence[Coupon]) -> dict[str, list[str]]:
    names = {each.id: f"{each.given_name} {each.family_name}" for each in booking.passengers}
    flown = {each.id: each.flight.designator for each in booking.segments}
    return {
        "passengers": sorted({names[each.passenger_id] for each in coupons}),
        "flights": sorted({flown[each.segment_id] for each in coupons}),
    }
