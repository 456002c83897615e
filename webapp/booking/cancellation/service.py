"""Commands: cancel what was quoted, and give its seats back."""

from __future__ import annotations

from collections.abc import Sequence

from webapp import clock
from webapp.booking import coupons, quotes
from webapp.booking.cancellation.rest import Rest, rest_of
from webapp.booking.cancellation.rules import Part, part_of, refund_lines
from webapp.booking.checkin.service import keep_minors_accompanied
from webapp.booking.errors import NotCancellable, QuoteOutdated
from webapp.booking.history import locked, record
from webapp.booking.journeys import journeys_of
from webapp.booking.models import Booking, BookingStatus, Coupon, PassengerKind, Segment
from webapp.booking.party import COUNTS
from webapp.booking.quotes import Offered
from webapp.booking.receipts import plan_receipt
from webapp.booking.schedule_changes import service as schedule_changes
from webapp.booking.schedule_changes.models import Answer
from webapp.booking.seats.queries import live_coupons, seat_maps
from webapp.booking.seats.reseating import AT_EXIT, reseat
from webapp.booking.trips import Trip, trip_of
from webapp.db import db
from webapp.flights import inventory
from webapp.notifications import reminders
from webapp.notifications.models import Kind


def cancel(booking_id: int, offered: Offered, actor: str) -> None:
    """Cancel what a quote is for: money and seats come back, reminders die, a mail says so.

    Safe to repeat: a quote counts once, and a cancelled booking stays as it is. Raises
    NotCancellable, QuoteOutdated, and what part_of() raises. Locks the booking, its claims, then
    the cabins in the order of the flights' ids.
    """
    booking = locked(booking_id)
    if booking.status == BookingStatus.CANCELLED or quotes.is_confirmed(offered):
        return
    if booking.status != BookingStatus.CONFIRMED:
        raise NotCancellable
    trip, planned = trip_of(booking), Part.of(offered.plan)
    part = part_of(trip, planned.passengers, planned.journey)
    live = live_coupons(booking)
    rest = rest_of(trip, part, live)
    if offered.plan | rest.plan() != offered.plan:
        raise QuoteOutdated  # Somebody else would take an infant over, or leave another seat.
    lines = refund_lines(trip, part, live, offered.made_at) + rest.lines()
    quote = quotes.settle(booking, offered, lines)
    coupons.void([coupon for coupon in live if part.covers(coupon)])
    booking.calendar_sequence += 1
    if part.is_whole:
        _cancel_all(booking, quote.id, actor)
    else:
        kept = [coupon for coupon in live if not part.covers(coupon)]
        _cancel_part(booking, part, kept, quote.id, _words_of(part, trip), actor)
        keep_minors_accompanied(booking, actor)
        _clear_exits(booking, rest, actor)


def _cancel_all(booking: Booking, quote_id: int, actor: str) -> None:
    booking.status = BookingStatus.CANCELLED
    booking.cancelled_at = clock.now()
    record(booking, actor, "cancelled", before={"status": BookingStatus.CONFIRMED})
    plan_receipt(Kind.BOOKING_CANCELLED, booking, quote_id)
    _let_go([segment.id for segment in booking.segments])
    db.session.flush()  # The cabins' rows are locked last, so their locks live shortest.
    for segment in _in_lock_order(booking.segments):
        inventory.release_claim(segment.claim_id)


def _words_of(part: Part, trip: Trip) -> str:
    """Return what a part is: Delhi to Mumbai, or the names of its passengers."""
    if part.journey is not None:
        return next(each.words for each in journeys_of(trip) if each.number == part.journey)
    return ", ".join(
        f"{each.given_name} {each.family_name}"
        for each in trip.passengers
        if each.position in part.passengers
    )


def _cancel_part(
    booking: Booking, part: Part, kept: Sequence[Coupon], quote_id: int, words: str, actor: str
) -> None:
    now = clock.now()
    gone = [each for each in booking.passengers if each.position in part.passengers]
    dropped = [each for each in booking.segments if each.journey == part.journey]
    flown = [each for each in booking.segments if each.journey != part.journey]
    before = {name: getattr(booking, name) for name in COUNTS.values()}
    for passenger in gone:
        passenger.cancelled_at = now
        name = COUNTS[PassengerKind(passenger.kind)]
        setattr(booking, name, getattr(booking, name) - 1)
    for segment in dropped:
        segment.dropped_at = now
    after = {name: getattr(booking, name) for name in COUNTS.values()}
    what = "passengers_cancelled" if gone else "journey_cancelled"
    given_up = {"journey": part.journey, "given_up": words, "quote_id": quote_id}
    record(booking, actor, what, before, after | given_up)
    plan_receipt(Kind.BOOKING_PARTLY_CANCELLED, booking, quote_id)
    _let_go([segment.id for segment in dropped])
    db.session.flush()  # The lists of the booking are read again without what is gone.
    db.session.expire(booking, ["passengers", "segments"])
    coupons.price_anew(booking, kept)
    db.session.flush()  # The cabins' rows are locked last, so their locks live shortest.
    seats = sum(each.kind != PassengerKind.INFANT for each in gone)
    for segment in _in_lock_order(dropped or flown):
        if dropped:
            inventory.release_claim(segment.claim_id)
        elif seats:
            inventory.return_seats(segment.claim_id, seats)


def _clear_exits(booking: Booking, rest: Rest, actor: str) -> None:
    # An infant whose adult stays at home sits on the next one's lap, who may be at an exit.
    for each in rest.seats:
        each.coupon.seat_price_minor = 0  # It came back with the quote.
    for flight_id in sorted({each.coupon.flight_id for each in rest.seats}):
        inventory.lock_cabin(flight_id, booking.cabin)
        reseat([booking], flight_id, seat_maps(flight_id), AT_EXIT, actor)


def _let_go(segment_ids: Sequence[int]) -> None:
    reminders.withhold_reminders(segment_ids, "cancelled")
    schedule_changes.settle(segment_ids, Answer.REFUNDED)


def _in_lock_order(segments: Sequence[Segment]) -> list[Segment]:
    return sorted(segments, key=lambda each: each.flight_id)
