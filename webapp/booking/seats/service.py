"""Commands: assign seats, choose them, give them back.

Who gives seats on a flight holds its cabin's row, so two that do wait for each other and neither
picks what the other has; the unique seat of a flight is the last word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value

from webapp import clock
from webapp.booking import ledger
from webapp.booking.history import locked, record
from webapp.booking.models import (
    Booking,
    BookingStatus,
    Coupon,
    Passenger,
    PassengerKind,
    Segment,
)
from webapp.booking.party import family, kept_off_exits, party_of
from webapp.booking.receipts import SeatBought, plan_seat_receipt
from webapp.booking.seats.assignment import Sitter, assigned
from webapp.booking.seats.errors import (
    SeatAtExit,
    SeatNotPaid,
    SeatsClosed,
    SeatTaken,
    SeatUnknown,
)
from webapp.booking.seats.queries import (
    ChosenSeat,
    are_seats_open,
    lapsed_seats,
    live_coupons,
    seat_map,
    seats_chosen,
    seats_given,
)
from webapp.booking.tickets import seat_line
from webapp.db import Base, change_rows, db
from webapp.flights import inventory
from webapp.flights.seat_prices import choice_price, seat_price
from webapp.network.seating import Seat, SeatMap

_ATTEMPTS = 3
_coupons = Base.metadata.tables[Coupon.__tablename__]
# Built once, since composing it anew costs more than running it.
_GIVE_SEAT = (
    update(_coupons).where(_coupons.c.id == bindparam("coupon_id")).values(seat=bindparam("given"))
)


def choose_seat(
    booking_id: int,
    segment_id: int,
    passenger_id: int,
    name: str | None,
    agreed_minor: int,
    actor: str,
) -> None:
    """Give a passenger a seat of their choice on a flight; None gives the seat back.

    While the booking is held, its price joins the total. Afterwards what it costs over the seats
    that were paid before is charged, if that is `agreed_minor`; a cheaper seat gives nothing
    back. Safe to repeat: who sits there stays there. Raises SeatTaken, SeatUnknown, SeatAtExit,
    SeatsClosed, SeatNotPaid. Locks the booking, then the cabin.
    """
    booking = locked(booking_id)
    segment = _open_segment(booking, segment_id)
    passenger = next((each for each in booking.passengers if each.id == passenger_id), None)
    if passenger is None:
        raise SeatsClosed
    coupon = next(
        each
        for each in live_coupons(booking)
        if (each.segment_id, each.passenger_id) == (segment_id, passenger_id)
    )
    before = coupon.seat
    if name == before:
        return
    if name is None:
        _give_up_seat(booking, coupon)
    else:
        _take_seat(booking, segment, passenger, coupon, name, agreed_minor)
    _record_choice(booking, segment, coupon, before, actor)


def seat_others(
    booking_id: int, segment_id: int, passenger_id: int, are_moved: bool, actor: str
) -> None:
    """Choose seats for the others of a party, beside one of them who has a seat on a flight.

    Who has a seat keeps it, unless they `are_moved`: then all move but those who chose more
    legroom, or nobody where somebody would be left without. Each seat costs what choosing any
    does, never what more legroom costs; who finds none stays without. A party with tickets moves
    only where that is free. Safe to repeat. Raises SeatsClosed, SeatUnknown. Locks the booking,
    then the cabin.
    """
    booking = locked(booking_id)
    segment = _open_segment(booking, segment_id)
    theirs = [
        each
        for each in live_coupons(booking)
        if each.segment_id == segment_id and each.passenger.kind != PassengerKind.INFANT
    ]
    first = next(each for each in theirs if each.passenger_id == passenger_id)
    cabin = seat_map(segment.flight_id, booking.cabin)
    is_free = bool(booking.conditions.get("free_seat_choice"))
    agreed = choice_price(booking.cabin, booking.currency, is_free).minor
    is_sold = agreed > 0 and booking.status != BookingStatus.HELD
    if is_sold or cabin is None or first.seat is None:
        raise SeatUnknown
    inventory.lock_cabin(segment.flight_id, booking.cabin)
    others = [each for each in theirs if each is not first]
    before = {each: each.seat for each in others}
    if are_moved:
        give_back_seats([each for each in others if each.seat_price_minor <= agreed])
    prices = {
        name: seat_price(seat, booking.cabin, booking.conditions, booking.currency)
        for name, seat in cabin.seats.items()
    }
    dear = {name for name, price in prices.items() if price > agreed}
    barred = kept_off_exits(booking.passengers)
    _assign_on(segment.flight_id, cabin, [first, *others], barred, dear)
    if any(before[each] and not each.seat for each in others):
        give_back_seats(others)
        _write_seats(before)
    for coupon in others:
        if coupon.seat and coupon.seat != before[coupon]:
            coupon.seat_price_minor = prices[coupon.seat]
            _record_choice(booking, segment, coupon, before[coupon], actor)


def choose_as_before(earlier: Booking, booking: Booking, actor: str) -> list[ChosenSeat]:
    """Choose for a held party what it chose in an earlier hold; return what it does not get.

    That is what somebody else has by now, and what would cost more. Who has a seat keeps it. The
    caller has taken the seats of the flights, so their cabins are locked.
    """
    coupons = {(each.flight_id, each.passenger.position): each for each in live_coupons(booking)}
    lost = []
    for chosen in seats_chosen(earlier):
        coupon = coupons.get((chosen.flight_id, chosen.passenger))
        if coupon is None or coupon.seat:
            continue
        try:
            _choose_again(booking, coupon, chosen, actor)
        except (SeatTaken, SeatUnknown, SeatAtExit, SeatsClosed, SeatNotPaid):
            lost.append(chosen)
    return lost


def _choose_again(booking: Booking, coupon: Coupon, chosen: ChosenSeat, actor: str) -> None:
    cabin = seat_map(coupon.flight_id, booking.cabin)
    seat = cabin.seats.get(chosen.name) if cabin else None
    if seat is None:
        raise SeatUnknown
    price = seat_price(seat, booking.cabin, booking.conditions, booking.currency)
    if price > chosen.price_minor:
        raise SeatNotPaid(price - chosen.price_minor)
    choose_seat(booking.id, coupon.segment_id, coupon.passenger_id, chosen.name, 0, actor)


def assign_seats(
    booking: Booking,
    coupons: Sequence[Coupon] | None = None,
    maps: Mapping[int, SeatMap | None] | None = None,
    had: Mapping[int, Seat] | None = None,
) -> None:
    """Give a seat to everybody in the party who has none on a flight, free of charge.

    Where the cabin is full, or has fewer seats than are sold, somebody stays without: a seat is
    then found at check-in. The caller has moved the counts of the cabins, so their rows are
    locked; `maps` are the flights' where it has read them before, `had` the seats that were given
    up for these, by the ids of the coupons. Safe to repeat: who has a seat keeps it.
    """
    by_flight: dict[int, list[Coupon]] = defaultdict(list)
    for coupon in live_coupons(booking) if coupons is None else coupons:
        by_flight[coupon.flight_id].append(coupon)
    for flight_id, theirs in sorted(by_flight.items()):
        seated = [each for each in theirs if each.passenger.kind != PassengerKind.INFANT]
        if all(each.seat for each in seated):
            continue
        cabin = maps[flight_id] if maps else seat_map(flight_id, booking.cabin)
        if cabin is not None:
            _assign_on(flight_id, cabin, seated, kept_off_exits(party_of(theirs)), had=had)


def give_back_seats(coupons: Collection[Coupon]) -> None:
    """Let go of seats, so that others, or the same people anew, can be given them."""
    _write_seats({coupon: None for coupon in coupons if coupon.seat is not None})


def release_lapsed_seats(flight_id: int) -> bool:
    """Let go of the seats that holds past their time still name; tell whether there were any.

    A hold that somebody has under lock at this moment is passed over.
    """
    lapsed = {booking_id for _, booking_id in lapsed_seats(flight_id)}
    if not lapsed:
        return False
    still = (
        select(Booking.id)
        .where(
            Booking.id.in_(lapsed),
            Booking.status == BookingStatus.HELD,
            Booking.expires_at <= clock.now(),
        )
        .with_for_update(skip_locked=True)
    )
    theirs = select(Segment.id).where(Segment.booking_id.in_(db.session.scalars(still).all()))
    segment_ids = db.session.scalars(theirs).all()
    change_rows(
        update(Coupon)
        .where(Coupon.flight_id == flight_id, Coupon.segment_id.in_(segment_ids))
        .values(seat=None)
    )
    return bool(segment_ids)


def _open_segment(booking: Booking, segment_id: int) -> Segment:
    segment = next((each for each in booking.segments if each.id == segment_id), None)
    if segment is None or not are_seats_open(booking, segment):
        raise SeatsClosed
    return segment


def _record_choice(
    booking: Booking, segment: Segment, coupon: Coupon, before: str | None, actor: str
) -> None:
    after = {
        "seat": coupon.seat,
        "flight": segment.flight.designator,
        "flight_id": segment.flight_id,
        "passenger": coupon.passenger.position,
        "price_minor": coupon.seat_price_minor,
    }
    record(booking, actor, "seat_chosen", {"seat": before}, after)


def _give_up_seat(booking: Booking, coupon: Coupon) -> None:
    if booking.status != BookingStatus.HELD:
        raise SeatUnknown  # A ticket keeps its seat; it can be changed for another.
    _write_seats({coupon: None})
    coupon.seat_price_minor = 0


def _take_seat(
    booking: Booking,
    segment: Segment,
    passenger: Passenger,
    coupon: Coupon,
    name: str,
    agreed_minor: int,
) -> None:
    cabin = seat_map(segment.flight_id, booking.cabin)
    seat = cabin.seats.get(name) if cabin else None
    if seat is None or passenger.kind == PassengerKind.INFANT:
        raise SeatUnknown
    if seat.is_exit and passenger.id in kept_off_exits(booking.passengers):
        raise SeatAtExit
    price = seat_price(seat, booking.cabin, booking.conditions, booking.currency)
    paid = coupon.seat_price_minor if booking.status == BookingStatus.CONFIRMED else 0
    extra = max(0, price - paid)
    if booking.status == BookingStatus.CONFIRMED and extra != agreed_minor:
        raise SeatNotPaid(extra)
    inventory.lock_cabin(segment.flight_id, booking.cabin)
    release_lapsed_seats(segment.flight_id)
    if name in seats_given(segment.flight_id) or not _write_seats({coupon: name}):
        raise SeatTaken
    coupon.seat_price_minor = paid + extra
    if booking.status == BookingStatus.CONFIRMED:
        ledger.write(booking, [seat_line(segment, passenger, coupon, extra)])
        if extra:
            bought = SeatBought(extra, passenger.position, name)
            plan_seat_receipt(booking, segment.id, bought)


def _assign_on(
    flight_id: int,
    cabin: SeatMap,
    seated: Sequence[Coupon],
    barred: Collection[int],
    kept: Collection[str] = (),
    had: Mapping[int, Seat] | None = None,
) -> None:
    """Give a seat to those who have none, beside the first who has one; none that is `kept`."""
    for _ in range(_ATTEMPTS):
        sitters = [
            Sitter(
                each.id,
                each.passenger.kind == PassengerKind.CHILD,
                each.passenger_id in barred,
                each.seat,
                had.get(each.id) if had else None,
                family(each.passenger),
            )
            for each in seated
        ]
        found = assigned(cabin, seats_given(flight_id).union(kept), sitters)
        is_short = len(found) < sum(each.seat is None for each in seated)
        if is_short and release_lapsed_seats(flight_id):
            found = assigned(cabin, seats_given(flight_id).union(kept), sitters)
        if _write_seats({each: found[each.id] for each in seated if each.id in found}):
            return


def _write_seats(seats: dict[Coupon, str | None]) -> bool:
    """Write seats down, one by one; tell whether nobody had taken one of them meanwhile."""
    for coupon, seat in seats.items():
        # A plain UPDATE: one that breaks a unique key leaves the transaction usable.
        try:
            db.session.execute(_GIVE_SEAT, {"coupon_id": coupon.id, "given": seat})
        except IntegrityError:
            return False
        set_committed_value(coupon, "seat", seat)
    return True
