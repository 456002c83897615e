"""What travellers and staff race for, as many at once as the caller says.

The tests beside it see that each promise holds; those of `guards` see it break without its guard.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from functools import partial

from flask import Flask
from sqlalchemy import text

from tests.builders import (
    birthday_of,
    make_booking,
    make_hold,
    make_offer,
    quote_cancellation,
)
from tests.races import at_once, meanwhile
from webapp import clock
from webapp.booking import service
from webapp.booking.cancellation import service as cancellation
from webapp.booking.cancellation.rules import Part
from webapp.booking.changes import service as changes
from webapp.booking.changes.queries import change_quote
from webapp.booking.changes.rules import changeable_journey
from webapp.booking.division.service import divide_booking
from webapp.booking.errors import QuoteOutdated
from webapp.booking.holds.service import extend_hold
from webapp.booking.models import Booking
from webapp.booking.party import PassengerNames
from webapp.booking.quotes import Offered
from webapp.booking.seats.errors import SeatTaken
from webapp.booking.seats.queries import live_coupons
from webapp.booking.seats.service import choose_seat, seat_others
from webapp.booking.trips import trip_of
from webapp.db import db, retry_conflicts, transaction
from webapp.errors import DomainError
from webapp.flights.errors import NoSeatsLeft
from webapp.flights.families import FLEX, LIGHT
from webapp.flights.fares import Party
from webapp.flights.models import Flight
from webapp.network.queries import directory
from webapp.search.offers import Offer, digest, sign

Act = tuple[Callable[..., None], int, Offered]


def deadlocks() -> int:
    """Return how many deadlocks InnoDB has found since it started."""
    counted = "SELECT count FROM information_schema.innodb_metrics WHERE name = 'lock_deadlocks'"
    return db.session.execute(text(counted)).scalar_one()


# Seats


def book_at_once(app: Flask, offer: Offer, requests: int, threads: int) -> Counter[str]:
    """Go so many times from an offer to a booking; count what became of it."""
    db.session.remove()
    with ThreadPoolExecutor(threads) as pool:
        return Counter(pool.map(lambda key: book(app, offer, key), new_keys(requests)))


def new_keys(number: int) -> list[str]:
    """Return keys of forms that nobody sent before.

    InnoDB locks what lies beside a key that was deleted a moment ago and comes back, so whoever
    brings the next one would wait.
    """
    return [secrets.token_hex(10) for _ in range(number)]


def book(app: Flask, offer: Offer, key: str) -> str:
    """Go from an offer to a confirmed booking, as a web process does."""
    with app.app_context():
        try:
            booking_id = retry_conflicts(lambda: hold_once(offer, key))
            retry_conflicts(lambda: name_and_confirm(booking_id))
        except NoSeatsLeft:
            return "full"
        return "booked"


def hold_once(offer: Offer, key: str) -> int:
    with transaction():
        return service.hold_seats(offer, LIGHT, key, digest(sign(offer)), None, "race").id


def name_and_confirm(booking_id: int) -> None:
    with transaction():
        names = [PassengerNames("Alice", "Meier", birthday_of("adult"))]
        service.name_passengers(booking_id, names, "alice@example.com", "race")
    with transaction():
        service.confirm_booking(booking_id, "race")


def hold_lapsed_seats_at_once(app: Flask, flight: Flight, travellers: int) -> list[str]:
    """Let a hold on as many seats as there are travellers lapse, and each of them ask for one."""
    make_hold(flight, Party(travellers))
    clock.advance(service.HOLD_TIME)
    offer = make_offer(flight)
    return at_once(app, [partial(hold, offer, key) for key in new_keys(travellers)])


def hold(offer: Offer, key: str) -> str:
    try:
        retry_conflicts(lambda: hold_once(offer, key))
    except NoSeatsLeft:
        return "full"
    return "held"


def send_one_form_at_once(app: Flask, offer: Offer, clients: int) -> set[int]:
    """Send one form so many times; return the ids of the bookings that it made."""
    (key,) = new_keys(1)
    once = partial(retry_conflicts, lambda: hold_once(offer, key))
    return set(at_once(app, [once] * clients))


def pick_one_seat_at_once(app: Flask, flight: Flight, parties: int) -> list[str]:
    """Let so many parties choose the same seat; return what became of it, winners first."""
    holds = [make_hold(flight) for _ in range(parties)]
    picks = [(booking.id, live_coupons(booking)[0]) for booking in holds]
    wanted = [(booking_id, each.segment_id, each.passenger_id) for booking_id, each in picks]

    def pick(who: tuple[int, int, int]) -> str:
        def once() -> str:
            with transaction():
                choose_seat(*who, "101A", 0, "race")
            return "has it"

        try:
            return retry_conflicts(once)
        except SeatTaken:
            return "taken"

    return sorted(at_once(app, [partial(pick, who) for who in wanted]))


def seat_first_of(flight: Flight, party: Party, seats: Sequence[str]) -> list[tuple[int, int, int]]:
    """Hold for so many parties, and give the first of each one of the seats."""
    firsts = []
    for seat in seats:
        booking = make_hold(flight, party)
        coupon = live_coupons(booking)[0]
        firsts.append((booking.id, coupon.segment_id, coupon.passenger_id))
        with transaction():
            choose_seat(*firsts[-1], seat, 0, "race")
    return firsts


def seat_others_at_once(app: Flask, firsts: Sequence[tuple[int, int, int]]) -> None:
    """Let all parties whose first has a seat choose others beside it for the rest, at once."""

    def seat_rest(first: tuple[int, int, int]) -> None:
        def once() -> None:
            with transaction():
                seat_others(*first, False, "race")

        retry_conflicts(once)

    at_once(app, [partial(seat_rest, first) for first in firsts])


# Changes and cancellations


def confirm_quotes_at_once(app: Flask, acts: list[Act]) -> Counter[str]:
    """Confirm all quotes at once; count what became of it."""
    return Counter(at_once(app, [partial(confirm_quote, *each) for each in acts]))


def confirm_quote(command: Callable[..., None], booking_id: int, offered: Offered) -> str:
    def work() -> None:
        with transaction():
            command(booking_id, offered, "race")

    try:
        retry_conflicts(work)
    except (NoSeatsLeft, QuoteOutdated) as error:
        return type(error).__name__
    return "done"


def changes_to(new: Flight, old: Flight, parties: int) -> list[Act]:
    """Return the changes of so many parties from one flight to another."""
    bookings = [make_booking(old, family=FLEX) for _ in range(parties)]
    return [(changes.change, each.id, quote_of_change(each, new)) for each in bookings]


def change_and_cancellation(new: Flight, old: Flight) -> list[Act]:
    """Return what two of one party do: one changes the flight, the other stays at home."""
    booking = make_booking(old, Party(2), family=FLEX)
    return [
        (changes.change, booking.id, quote_of_change(booking, new)),
        (cancellation.cancel, booking.id, quote_cancellation(booking, Part(passengers=(1,)))),
    ]


def quote_of_change(booking: Booking, new: Flight) -> Offered:
    trip = trip_of(db.session.get_one(Booking, booking.id))
    offer = make_offer(new, party=Party(booking.adults))
    return change_quote(trip, changeable_journey(trip, 0), offer, directory()).offered


def divide_off(booking_id: int, passenger: int, key: str) -> str:
    """Give one of a party a booking of their own; say what became of it."""

    def work() -> None:
        with transaction():
            divide_booking(booking_id, {passenger}, key, "race")

    return _outcome_of(work)


def let_stay_at_home(booking: Booking, passenger: int) -> Callable[[], str]:
    """Return what cancels one of a party at what it is quoted now, and says what became of it."""
    offered, booking_id = quote_cancellation(booking, Part(passengers=(passenger,))), booking.id

    def work() -> None:
        with transaction():
            cancellation.cancel(booking_id, offered, "race")

    return partial(_outcome_of, work)


def _outcome_of(work: Callable[[], None]) -> str:
    try:
        retry_conflicts(work)
    except DomainError as error:
        return type(error).__name__
    return "done"


# Confirmations


def named_hold(flight: Flight) -> int:
    """Return the id of a hold whose traveller is named."""
    booking = make_hold(flight)
    with transaction():
        names = [PassengerNames("Alice", "Meier", birthday_of("adult"))]
        service.name_passengers(booking.id, names, "alice@example.com", "test")
    return booking.id


def confirm(booking_id: int) -> None:
    with transaction():
        service.confirm_booking(booking_id, "race")


def release(booking_id: int) -> None:
    with transaction():
        service.release_hold(booking_id, "race")


def confirm_late(app: Flask, flight: Flight) -> None:
    """Confirm a hold that lapses, and loses its one seat, once it was found to hold."""
    booking_id = named_hold(flight)
    with _lost_meanwhile(app, flight, "(FOR SHARE|LOCK IN SHARE MODE)$"), transaction():
        service.confirm_booking(booking_id, "race")


def extend_late(app: Flask, flight: Flight) -> None:
    """Extend a hold that lapses, and loses its one seat, once it was found to hold."""
    booking_id = named_hold(flight)
    with _lost_meanwhile(app, flight, "^SELECT segments"), transaction():
        extend_hold(booking_id, "race")


def _lost_meanwhile(app: Flask, flight: Flight, after: str) -> AbstractContextManager[None]:
    def lose_the_seat() -> None:
        clock.advance(service.HOLD_TIME)
        make_hold(flight)

    return meanwhile(app, lose_the_seat, after)


def times_later(flight_id: int) -> tuple[datetime, datetime, date]:
    """Return times five minutes later than those of a flight."""
    flight = db.session.get_one(Flight, flight_id)
    later = timedelta(minutes=5)
    return flight.departs_at + later, flight.arrives_at + later, flight.departs_on
