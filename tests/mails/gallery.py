"""Every mail from every state that it can be written in: looked at by people, held by tests."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from tests.airline import cancel_flight, delay, retime
from tests.builders import (
    INDIA,
    PASSWORD,
    birthday_of,
    cancel,
    make_aircraft,
    make_airline,
    make_booking,
    make_flight,
    make_user,
)
from webapp import clock
from webapp.accounts.passwords import service as passwords
from webapp.accounts.passwords.service import ask_to_verify
from webapp.accounts.queries import user_by_email
from webapp.accounts.rights.service import invite_staff
from webapp.accounts.service import register
from webapp.alerts.followers import Follower
from webapp.alerts.models import PriceAlert
from webapp.alerts.prices import lowest_price
from webapp.alerts.service import Wish, follow_journey, record_price
from webapp.booking import disruptions, ledger, quotes, service
from webapp.booking.cancellation.rules import Part
from webapp.booking.checkin import service as checkin
from webapp.booking.contact.service import change_contact
from webapp.booking.division.service import divide_booking
from webapp.booking.history import record
from webapp.booking.hold_warning import warned_at
from webapp.booking.models import (
    Booking,
    Coupon,
    CouponStatus,
    EntryKind,
    QuoteKind,
)
from webapp.booking.names.rules import as_seen
from webapp.booking.names.service import Correction, correct_names
from webapp.booking.party import PassengerNames
from webapp.booking.recall.service import recall_trips
from webapp.booking.receipts import plan_receipt
from webapp.booking.seats.service import choose_seat
from webapp.booking.told import record_told
from webapp.db import db, transaction
from webapp.flights.families import STANDARD
from webapp.flights.fares import Party, party_fare
from webapp.flights.models import Flight, FlightCabin, Reason
from webapp.money import Money
from webapp.network.models import Cabin
from webapp.network.queries import directory
from webapp.notifications import preferences
from webapp.notifications.mime import Message
from webapp.notifications.models import OPTIONAL, Kind, Notification
from webapp.notifications.rendering import render_mail
from webapp.notifications.service import plan
from webapp.privacy.service import close_account
from webapp.search.offers import LIFETIME, Offer
from webapp.search.travel import Travel
from worker.facts import read_facts
from worker.mails import Mail, decide

_numbers = itertools.count(1)
_GIVEN_NAMES = ("Aoife", "Bob", "Chloé", "Dmitri")
FAMILY_NAME = "O’Brien & <b>Søn</b>"

State = Callable[[], Notification]
STATES: dict[str, State] = {}


def state(make: State) -> State:
    """Add a state to the gallery, under the name of its function."""
    STATES[make.__name__] = make
    return make


def written(notification: Notification) -> Message:
    """Return the mail that a row makes now; what it tells counts as told."""
    db.session.expire_all()
    facts = read_facts([notification])
    decision = decide(notification, facts)
    assert isinstance(decision, Mail), decision
    locale = facts.preferences_of(notification).locale
    mail = render_mail(
        notification, decision.template, locale, decision.attached, **decision.context
    )
    with transaction():
        for told in decision.tells:
            record_told(told)
    return mail


def hold(*journeys: Sequence[Flight], party: Party | None = None) -> Booking:
    """Return a named hold on journeys, each of some flights."""
    party = party or Party()
    flights = [flight for journey in journeys for flight in journey]
    total = sum(party_fare(each.cabins[0].fare_minor, party) for each in flights)
    offer = Offer(
        tuple(tuple(flight.id for flight in journey) for journey in journeys),
        Cabin.ECONOMY,
        party,
        Money(total, "USD"),
        clock.now() + LIFETIME,
        tuple((flight.departs_at, flight.arrives_at) for flight in flights),
    )
    number = next(_numbers)
    with transaction():
        booking = service.hold_seats(
            offer, STANDARD, f"gallery-{number:012}", f"{number:064}", None, "test"
        )
    names = [
        PassengerNames(given, FAMILY_NAME, birthday_of(each.kind))
        for given, each in zip(itertools.cycle(_GIVEN_NAMES), booking.passengers, strict=False)
    ]
    with transaction():
        service.name_passengers(booking.id, names, "aoife@example.com", "test")
    return booking


def book(*journeys: Sequence[Flight], party: Party | None = None) -> Booking:
    """Return a confirmed booking of journeys, each of some flights."""
    booking = hold(*journeys, party=party)
    with transaction():
        service.confirm_booking(booking.id, "test")
    return booking


def mail_of(booking: Booking, kind: Kind) -> Notification:
    """Return the latest row of a kind that a booking has."""
    db.session.rollback()
    query = select(Notification).where(
        Notification.booking_id == booking.id, Notification.kind == kind
    )
    return db.session.scalars(query.order_by(Notification.id.desc())).first() or _missing(kind)


def first_mail_of(booking: Booking, kind: Kind) -> Notification:
    """Return the row of a kind that a booking has for its first flight."""
    db.session.rollback()
    query = select(Notification).where(
        Notification.segment_id == booking.segments[0].id, Notification.kind == kind
    )
    return db.session.scalars(query).one()


def _missing(kind: Kind) -> Notification:
    raise AssertionError(f"no mail of kind {kind} is planned")


def one_way(**changes: object) -> Flight:
    """Return a flight from Delhi to Mumbai."""
    return make_flight(**changes)  # type: ignore[arg-type]


def there_and_back() -> list[list[Flight]]:
    """Return London to New York and back to Delhi's night, a connection on the way out."""
    start = datetime.combine(clock.now().date(), datetime.min.time(), UTC) + timedelta(days=40)
    first = make_flight(
        origin="DEL", destination="LHR", departs_at=start + timedelta(hours=2), minutes=560
    )
    second = make_flight(
        origin="LHR", destination="JFK", departs_at=start + timedelta(hours=14), minutes=480
    )
    back = make_flight(
        origin="JFK", destination="DEL", departs_at=start + timedelta(days=9), minutes=840
    )
    return [[first, second], [back]]


def soon(hours: float) -> Flight:
    """Return a flight that leaves in so many hours."""
    now = clock.now().replace(second=0, microsecond=0)
    return make_flight(departs_at=now + timedelta(hours=hours))


def move_clock_to(flight: Flight, hours_before: float) -> None:
    """Move the clock to so many hours before a flight's departure."""
    clock.move_to(flight.departs_at - timedelta(hours=hours_before))


def gate(flight: Flight, terminal: str | None, name: str) -> None:
    """Give a flight a gate."""
    with transaction():
        disruptions.assign_gate(flight.id, terminal, name, "sam")


def check_in(booking: Booking, segment_ids: Sequence[int] = ()) -> None:
    """Check a party in, for some of its flights where they are given."""
    with transaction() as session:
        for passenger in booking.passengers:
            for coupon in session.scalars(
                select(Coupon).where(Coupon.passenger_id == passenger.id)
            ):
                if not segment_ids or coupon.segment_id in segment_ids:
                    coupon.status = CouponStatus.CHECKED_IN


def receipt(booking: Booking, kind: Kind, quote_kind: QuoteKind, *lines: ledger.Line) -> int:
    """Plan the receipt of a quote that wrote lines into the ledger, and return the quote's id."""
    with transaction():
        offered = quotes.offer(booking, quote_kind, {}, lines, clock.now())
        quote = quotes.settle(booking, offered, lines)
        plan_receipt(kind, booking, quote.id)
        return quote.id


@state
def hold_expiring() -> Notification:
    held = hold([one_way()], party=Party(2, 1, 0))
    clock.move_to(warned_at(held))
    return mail_of(held, Kind.HOLD_EXPIRING)


@state
def booking_confirmed() -> Notification:
    return mail_of(book([one_way()]), Kind.BOOKING_CONFIRMED)


@state
def booking_confirmed_for_a_family_there_and_back() -> Notification:
    return mail_of(book(*there_and_back(), party=Party(2, 1, 1)), Kind.BOOKING_CONFIRMED)


@state
def booking_confirmed_in_the_last_hours_for_a_flight_already_delayed() -> Notification:
    flight = soon(2)
    delay(flight, timedelta(minutes=95))
    return mail_of(book([flight]), Kind.BOOKING_CONFIRMED)


@state
def booking_changed_for_more() -> Notification:
    flight = one_way()
    booking = book([flight])
    quote_id = receipt(
        booking,
        Kind.BOOKING_CHANGED,
        QuoteKind.CHANGE,
        ledger.Line(EntryKind.REFUND, -118_00, "X1 101, Delhi to Mumbai"),
        ledger.Line(EntryKind.CHARGE, 164_00, "X1 205, Delhi to Mumbai"),
        ledger.Line(EntryKind.FEE, 60_00, "Change fee, 1 traveller", "Standard: 60 a journey"),
    )
    leaves = flight.departs_at.astimezone(INDIA)
    before = {"flights": ["X1 101"], "departs_at": [(leaves - timedelta(days=2)).isoformat()]}
    after = {"flights": [flight.designator], "departs_at": [leaves.isoformat()]}
    with transaction():
        record(booking, "alice", "changed", before, after | {"quote_id": quote_id})
    return mail_of(booking, Kind.BOOKING_CHANGED)


@state
def booking_partly_cancelled_by_one_of_two() -> Notification:
    booking = book([one_way()], party=Party(2))
    cancel(booking, Part((1,)))
    return mail_of(booking, Kind.BOOKING_PARTLY_CANCELLED)


@state
def booking_partly_cancelled_by_the_adult_with_the_infant() -> Notification:
    booking = book([one_way()], party=Party(2, 0, 1))
    cancel(booking, Part((0,)))
    return mail_of(booking, Kind.BOOKING_PARTLY_CANCELLED)


@state
def booking_partly_cancelled_beside_a_child() -> Notification:
    booking = book([one_way()], party=Party(2, 2))
    cancel(booking, Part((0,)))
    return mail_of(booking, Kind.BOOKING_PARTLY_CANCELLED)


@state
def booking_partly_cancelled_without_its_way_back() -> Notification:
    booking = book(*there_and_back())
    cancel(booking, Part(journey=1))
    return mail_of(booking, Kind.BOOKING_PARTLY_CANCELLED)


@state
def booking_cancelled() -> Notification:
    booking = book([one_way()])
    cancel(booking)
    return mail_of(booking, Kind.BOOKING_CANCELLED)


@state
def check_in_open_without_a_reminder_beside_it() -> Notification:
    flight = one_way()
    booking = book([flight])
    with transaction() as session:
        row = mail_of(booking, Kind.DEPARTURE_REMINDER)
        session.get_one(Notification, row.id).state = "withheld"
    move_clock_to(flight, 24)
    return mail_of(booking, Kind.CHECK_IN_OPEN)


@state
def check_in_open_for_two_flights() -> Notification:
    out, back = there_and_back()
    booking = book(out, back, party=Party(1, 1, 1))
    with transaction() as session:
        row = first_mail_of(booking, Kind.DEPARTURE_REMINDER)
        session.get_one(Notification, row.id).state = "withheld"
    move_clock_to(out[0], 24)
    return first_mail_of(booking, Kind.CHECK_IN_OPEN)


@state
def departure_reminder_a_day_before() -> Notification:
    flight = one_way()
    booking = book([flight])
    move_clock_to(flight, 24)
    return mail_of(booking, Kind.DEPARTURE_REMINDER)


@state
def departure_reminder_for_a_flight_abroad() -> Notification:
    flight = one_way(destination="LHR", minutes=560)
    booking = book([flight])
    move_clock_to(flight, 24)
    return mail_of(booking, Kind.DEPARTURE_REMINDER)


@state
def departure_reminder_for_a_family_that_changes_planes() -> Notification:
    out, back = there_and_back()
    booking = book(out, back, party=Party(2, 1, 1))
    move_clock_to(out[0], 24)
    return first_mail_of(booking, Kind.DEPARTURE_REMINDER)


@state
def departure_reminder_whose_connection_is_lost() -> Notification:
    out, back = there_and_back()
    booking = book(out, back)
    move_clock_to(out[0], 23)
    delay(out[0], timedelta(minutes=180))
    return first_mail_of(booking, Kind.DEPARTURE_REMINDER)


@state
def day_of_travel_of_a_flight_that_leaves_without_the_party() -> Notification:
    out, back = there_and_back()
    booking = book(out, back)
    move_clock_to(out[0], 23)
    delay(out[0], timedelta(minutes=240))
    move_clock_to(out[1], 3)
    onward = booking.segments[1].id
    query = select(Notification).where(Notification.segment_id == onward)
    row = db.session.scalars(query.where(Notification.kind == Kind.DAY_OF_TRAVEL)).one()
    with transaction() as session:
        others = update(Notification).where(Notification.id != row.id)
        session.execute(others.values(state="withheld"))
    return row


@state
def departure_reminder_with_a_gate_hours_before() -> Notification:
    flight = one_way()
    booking = book([flight])
    move_clock_to(flight, 4)
    gate(flight, "3", "B42")
    return mail_of(booking, Kind.DEPARTURE_REMINDER)


@state
def day_of_travel_with_a_gate_and_checked_in() -> Notification:
    flight = one_way()
    booking = book([flight], party=Party(2))
    check_in(booking)
    move_clock_to(flight, 3)
    gate(flight, "3", "B42")
    return mail_of(booking, Kind.DAY_OF_TRAVEL)


@state
def day_of_travel_without_a_gate_and_not_checked_in() -> Notification:
    flight = one_way()
    booking = book([flight])
    move_clock_to(flight, 24)
    reminder = mail_of(booking, Kind.DEPARTURE_REMINDER)
    with transaction() as session:
        kept = session.get_one(Notification, reminder.id)
        kept.state, kept.sent_at = "sent", clock.now()
    move_clock_to(flight, 3)
    return mail_of(booking, Kind.DAY_OF_TRAVEL)


@state
def day_of_travel_with_a_change_and_checked_in_for_the_first_flight() -> Notification:
    out, back = there_and_back()
    booking = book(out, back, party=Party(1, 1, 1))
    move_clock_to(out[0], 3)
    gate(out[0], "3", "B22")
    gate(out[1], "5", "A10")
    check_in(booking, [booking.segments[0].id])
    return first_mail_of(booking, Kind.DAY_OF_TRAVEL)


@state
def gate_known_at_last() -> Notification:
    flight = soon(2)
    booking = book([flight])
    gate(flight, None, "A7")
    return mail_of(booking, Kind.GATE_CHANGED)


@state
def gate_changed() -> Notification:
    flight = soon(2)
    gate(flight, "3", "B42")
    booking = book([flight])
    written(mail_of(booking, Kind.BOOKING_CONFIRMED))
    gate(flight, "2", "D11")
    return mail_of(booking, Kind.GATE_CHANGED)


@state
def flight_delayed() -> Notification:
    flight = soon(5)
    booking = book([flight])
    delay(flight, timedelta(minutes=50))
    return mail_of(booking, Kind.FLIGHT_DELAYED)


@state
def flight_delayed_because_of_the_weather() -> Notification:
    flight = soon(5)
    booking = book([flight])
    delay(flight, timedelta(minutes=50), Reason.WEATHER)
    return mail_of(booking, Kind.FLIGHT_DELAYED)


@state
def flight_delayed_with_another_gate() -> Notification:
    flight = soon(2)
    gate(flight, "3", "B42")
    booking = book([flight])
    written(mail_of(booking, Kind.BOOKING_CONFIRMED))
    gate(flight, "2", "D11")
    delay(flight, timedelta(minutes=50))
    return mail_of(booking, Kind.FLIGHT_DELAYED)


@state
def flight_delayed_so_that_a_connection_breaks() -> Notification:
    out, back = there_and_back()
    booking = book(out, back)
    delay(out[0], timedelta(minutes=130))
    return mail_of(booking, Kind.FLIGHT_DELAYED)


@state
def flight_on_time_again() -> Notification:
    flight = soon(5)
    booking = book([flight])
    delay(flight, timedelta(minutes=50))
    written(mail_of(booking, Kind.FLIGHT_DELAYED))
    delay(flight, timedelta(minutes=0))
    return mail_of(booking, Kind.FLIGHT_DELAYED)


@state
def flight_retimed_a_little() -> Notification:
    flight = one_way()
    booking = book([flight])
    retime(flight, timedelta(minutes=25))
    return mail_of(booking, Kind.FLIGHT_RETIMED)


@state
def flight_retimed_for_operational_reasons() -> Notification:
    flight = one_way()
    booking = book([flight])
    retime(flight, timedelta(hours=4), Reason.OPERATIONAL)
    return mail_of(booking, Kind.FLIGHT_RETIMED)


@state
def flight_retimed_to_another_day() -> Notification:
    flight = one_way()
    booking = book([flight])
    retime(flight, timedelta(hours=17))
    return mail_of(booking, Kind.FLIGHT_RETIMED)


@state
def flight_retimed_after_its_connection_leaves() -> Notification:
    out, back = there_and_back()
    booking = book(out, back, party=Party(2))
    retime(out[0], timedelta(minutes=200))
    return mail_of(booking, Kind.FLIGHT_RETIMED)


@state
def flight_cancelled() -> Notification:
    flight = one_way()
    booking = book([flight])
    cancel_flight(flight)
    return mail_of(booking, Kind.FLIGHT_CANCELLED)


@state
def flight_cancelled_because_of_a_strike() -> Notification:
    flight = one_way()
    booking = book([flight])
    cancel_flight(flight, Reason.STRIKE)
    return mail_of(booking, Kind.FLIGHT_CANCELLED)


@state
def flight_cancelled_right_after_it_was_moved() -> Notification:
    flight = one_way()
    booking = book([flight])
    retime(flight, timedelta(minutes=90))
    cancel_flight(flight)
    return mail_of(booking, Kind.FLIGHT_CANCELLED)


@state
def flight_cancelled_before_another_one() -> Notification:
    out, back = there_and_back()
    booking = book(out, back)
    cancel_flight(out[0])
    return mail_of(booking, Kind.FLIGHT_CANCELLED)


@state
def flight_cancelled_on_the_way_back() -> Notification:
    out, back = there_and_back()
    booking = book(out, back)
    cancel_flight(back[-1])
    return mail_of(booking, Kind.FLIGHT_CANCELLED)


@state
def seats_moved_by_another_aircraft() -> Notification:
    return mail_of(moved_to_another_aircraft(), Kind.SEATS_MOVED)


@state
def seats_moved_for_who_is_checked_in_and_paid() -> Notification:
    booking = moved_to_another_aircraft(paid_minor=24_00)
    check_in(booking)
    return mail_of(booking, Kind.SEATS_MOVED)


@state
def seat_bought_after_the_booking() -> Notification:
    flight = make_flight(seats=12, aircraft=make_aircraft("X1", seats=12, legroom_rows="105"))
    booking = book([flight])
    segment, passenger = booking.segments[0], booking.passengers[0]
    with transaction():
        choose_seat(booking.id, segment.id, passenger.id, "105A", 24_00, "aoife")
    return mail_of(booking, Kind.SEAT_BOUGHT)


@state
def seat_bought_by_who_is_checked_in() -> Notification:
    flight = make_flight(
        seats=12,
        departs_at=clock.now() + timedelta(hours=20),
        aircraft=make_aircraft("X1", seats=12, legroom_rows="105"),
    )
    booking = book([flight])
    segment, passenger = booking.segments[0], booking.passengers[0]
    with transaction():
        checkin.check_in(booking.id, {0: None}, "aoife")
    with transaction():
        choose_seat(booking.id, segment.id, passenger.id, "105A", 24_00, "aoife")
    return mail_of(booking, Kind.SEAT_BOUGHT)


@state
def contact_changed_at_the_new_address() -> Notification:
    return redirected("new@example.com")


@state
def contact_changed_at_the_old_address() -> Notification:
    return redirected("aoife@example.com")


def redirected(seen_at: str) -> Notification:
    """Return what one of two addresses is told of a trip whose mail goes elsewhere."""
    booking = book([one_way()])
    with transaction():
        change_contact(booking.id, "new@example.com", None, "aoife")
    query = select(Notification).where(
        Notification.booking_id == booking.id,
        Notification.kind == Kind.CONTACT_CHANGED,
        Notification.recipient == seen_at,
    )
    return db.session.scalars(query).one()


@state
def names_corrected_of_two() -> Notification:
    booking = book([one_way()], party=Party(2))
    corrections = []
    for passenger, given in zip(booking.passengers, ("Aoifé", "Rob"), strict=True):
        seen = PassengerNames.of(passenger)
        names = replace(seen, given_name=given)
        corrections.append(
            Correction(passenger.position, names, as_seen(booking.id, passenger.position, seen))
        )
    with transaction():
        correct_names(booking.id, corrections, "aoife")
    return mail_of(booking, Kind.NAMES_CORRECTED)


@state
def names_corrected_by_a_date_of_birth() -> Notification:
    booking = book([one_way()])
    seen = PassengerNames.of(booking.passengers[0])
    names = replace(seen, born_on=seen.born_on - timedelta(days=1))
    with transaction():
        correct_names(booking.id, [Correction(0, names, as_seen(booking.id, 0, seen))], "aoife")
    return mail_of(booking, Kind.NAMES_CORRECTED)


@state
def booking_divided() -> Notification:
    booking = book([one_way()], party=Party(2))
    return mail_of(divided(booking, [1]), Kind.BOOKING_DIVIDED)


@state
def booking_divided_of_a_family_there_and_back() -> Notification:
    booking = book(*there_and_back(), party=Party(3, 1, 1))
    return mail_of(divided(booking, [1, 2, 4]), Kind.BOOKING_DIVIDED)


@state
def booking_divided_with_a_seat_at_an_exit_paid_back() -> Notification:
    flight = make_flight(seats=9, aircraft=make_aircraft("X1", seats=9, exit_rows="108"))
    booking = book([flight], party=Party(2, 0, 1))
    bob = select(Coupon).where(Coupon.passenger_id == booking.passengers[1].id)
    with transaction() as session:
        coupon = session.scalars(bob).one()
        coupon.seat, coupon.seat_price_minor = "108A", 8_00
    return mail_of(divided(booking, [0], "0-108A"), Kind.BOOKING_DIVIDED)


def divided(booking: Booking, leaving: Sequence[int], agreed: str = "") -> Booking:
    """Return the booking that some of a party, by position, got of their own."""
    key = f"divided-{next(_numbers):012}"
    with transaction():
        return divide_booking(booking.id, leaving, key, "aoife", agreed)


def moved_to_another_aircraft(paid_minor: int = 0) -> Booking:
    """Return the booking of two, of whom one sat where the aircraft that flies has no seat."""
    smaller = make_aircraft("X1", seats=6)
    flight = make_flight(seats=12, aircraft=make_aircraft("X1", seats=12))
    booking = book([flight], party=Party(2))
    last = select(Coupon).where(Coupon.passenger_id == booking.passengers[1].id)
    with transaction() as session:
        coupon = session.scalars(last).one()
        coupon.seat, coupon.seat_price_minor = "111A", paid_minor
        ledger.write(booking, [ledger.Line(EntryKind.CHARGE, paid_minor, "Seat 111A")])
    with transaction():
        disruptions.swap_aircraft(flight.id, smaller.id, "sam")
    return booking


@state
def schedule_change_open_for_a_day() -> Notification:
    flight = one_way()
    booking = book([flight])
    retime(flight, timedelta(hours=17))
    clock.advance(timedelta(hours=25))
    return mail_of(booking, Kind.SCHEDULE_CHANGE_OPEN)


@state
def departure_reminder_as_an_american_reads_it() -> Notification:
    user = make_user("amy@example.com")
    with transaction():
        preferences.set_preferences(user.id, user.email, OPTIONAL, 12, "en-US")
    flight = one_way()
    booking = make_booking(flight, user=user, family_name=FAMILY_NAME, email=user.email)
    move_clock_to(flight, 12)
    return mail_of(booking, Kind.DEPARTURE_REMINDER)


def of_account(kind: Kind) -> Notification:
    """Return a mail about an account."""
    user = make_user("amy@example.com")
    with transaction():
        id_ = plan(kind, None, user.email, user_id=user.id, serial=str(next(_numbers)))
    return db.session.get_one(Notification, id_)


def asked_for_by(address: str) -> Notification:
    """Return the mail with the trips of an address."""
    with transaction():
        recall_trips(address)
    query = select(Notification).where(Notification.kind == Kind.TRIPS_OF_ADDRESS)
    return db.session.scalars(query.order_by(Notification.id.desc()).limit(1)).one()


@state
def trips_of_address() -> Notification:
    make_booking(make_flight(), Party(2, 1), family_name=FAMILY_NAME, email="amy@example.com")
    there = one_way()
    ways = make_flight(
        origin="BOM", destination="DEL", departs_at=there.departs_at + timedelta(days=9)
    )
    make_booking(there, back=ways, family_name=FAMILY_NAME, email="amy@example.com")
    return asked_for_by("amy@example.com")


@state
def trips_of_address_with_one_that_was_flown() -> Notification:
    flight = one_way()
    make_booking(flight, family_name=FAMILY_NAME, email="amy@example.com")
    clock.move_to(flight.arrives_at + timedelta(days=3))
    return asked_for_by("amy@example.com")


@state
def welcome() -> Notification:
    with transaction():
        user = register(f"noor-{next(_numbers)}@example.com", PASSWORD)
    return latest_of(user.id)


@state
def welcome_once_confirmed() -> Notification:
    return of_account(Kind.WELCOME)


@state
def email_verification() -> Notification:
    user_id = welcome().user_id
    assert user_id
    with transaction():
        ask_to_verify(user_id)
    return latest_of(user_id)


def latest_of(user_id: int) -> Notification:
    query = select(Notification).where(Notification.user_id == user_id)
    return db.session.scalars(query.order_by(Notification.id.desc()).limit(1)).one()


@state
def password_reset() -> Notification:
    return of_account(Kind.PASSWORD_RESET)


@state
def staff_invited() -> Notification:
    return invitation_to(make_airline("X1", "Airline X1").iata)


@state
def staff_invited_as_administrator() -> Notification:
    return invitation_to(None)


def invitation_to(airline_iata: str | None) -> Notification:
    email = f"sam-{next(_numbers)}@example.com"
    with transaction():
        invite_staff(email, airline_iata)
    user = user_by_email(email)
    assert user
    return latest_of(user.id)


@state
def password_changed() -> Notification:
    return of_account(Kind.PASSWORD_CHANGED)


@state
def email_changed() -> Notification:
    return of_account(Kind.EMAIL_CHANGED)


@state
def email_changed_as_the_old_address_reads_it() -> Notification:
    user = make_user("ada@old.example")
    with transaction():
        passwords.change_email(user, PASSWORD, "ada@new.example")
    query = select(Notification).where(Notification.recipient == "ada@old.example")
    return db.session.scalars(query).one()


@state
def account_closed() -> Notification:
    user = make_user("amy@example.com")
    with transaction():
        close_account(user.id, PASSWORD)
    query = select(Notification).where(Notification.kind == Kind.ACCOUNT_CLOSED)
    return db.session.scalars(query).one()


def follow(follower: Follower) -> PriceAlert:
    """Return an alert about Delhi to Mumbai and back, at what it costs now."""
    there = make_flight().departs_at
    make_flight(origin="BOM", destination="DEL", departs_at=there + timedelta(days=4))
    network = directory()
    origin, destination = network.place("DEL"), network.place("BOM")
    assert origin
    assert destination
    travel = Travel(origin, destination, Party(2, 1), Cabin.ECONOMY)
    days = there.date(), there.date() + timedelta(days=4)
    price = lowest_price(travel, *days, network)
    with transaction():
        return follow_journey(follower, travel, *days, price, Wish("percent", 5))


@state
def alert_opened() -> Notification:
    follow(Follower("aoife@example.com", None))
    return db.session.scalars(
        select(Notification).where(Notification.kind == Kind.ALERT_OPENED)
    ).one()


@state
def price_alert() -> Notification:
    user = make_user("aoife@example.com")
    alert = follow(Follower(user.email, user.id))
    with transaction() as session:
        session.execute(update(FlightCabin).values(fare_minor=81_50))
    with transaction():
        record_price(alert.id, Money(2 * 2 * 81_50 + 2 * 61_13, "USD"))
    return db.session.scalars(
        select(Notification).where(Notification.kind == Kind.PRICE_ALERT)
    ).one()
