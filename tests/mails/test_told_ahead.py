"""Who changes planes is reminded of the journey once, and of a later flight only if it is news."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.airline import cancel_flight, retime
from tests.builders import log_in, make_booking, make_flight, make_user
from tests.mails.gallery import book, check_in
from tests.mails.post import Letter, deliver, taken, write_down
from tests.pages import Element, page
from tests.statements import counted_selects
from webapp import clock
from webapp.booking import disruptions
from webapp.booking.contact.service import change_contact
from webapp.booking.models import Booking
from webapp.db import db, transaction
from webapp.flights.fares import Party
from webapp.flights.models import Flight
from webapp.notifications import by_hand
from webapp.notifications.models import Kind, Notification, State
from webapp.notifications.preferences import set_preferences
from worker.facts import read_facts
from worker.mails import decide

HOUR = timedelta(hours=1)
REMINDERS = (Kind.CHECK_IN_OPEN, Kind.DEPARTURE_REMINDER, Kind.DAY_OF_TRAVEL)

Way = tuple[Flight, Flight]


def connection(change: timedelta = 5 * HOUR) -> Way:
    """Return two flights from Delhi to London with a change in Mumbai."""
    first = make_flight()
    onward = first.arrives_at + change
    return first, make_flight(origin="BOM", destination="LHR", departs_at=onward, minutes=560)


@pytest.fixture
def way(app: Flask) -> Way:
    """Return a journey whose booking was confirmed by mail."""
    way = connection()
    book(way)
    deliver()
    return way


def before(flight: Flight, by: timedelta) -> list[Letter]:
    """Go on to a moment before a flight's planned departure; return what is sent then."""
    clock.move_to(db.session.get_one(Flight, flight.id).departs_at - by)
    return deliver()


def kinds_before(flight: Flight, by: timedelta) -> list[Kind]:
    return [letter.kind for letter in before(flight, by)]


def reminder(flight: Flight, kind: Kind) -> Notification:
    """Return the one reminder of a kind that a flight's booking has."""
    db.session.rollback()
    db.session.expire_all()
    (booking,) = db.session.scalars(select(Booking))
    (segment,) = (each for each in booking.segments if each.flight_id == flight.id)
    query = select(Notification).where(
        Notification.segment_id == segment.id,
        Notification.kind == kind,
        Notification.repeats_id.is_(None),
    )
    return db.session.scalars(query).one()


def gate(flight: Flight, name: str) -> None:
    with transaction():
        disruptions.assign_gate(flight.id, None, name, "sam")


def test_a_return_with_changes_is_reminded_of_way_by_way(app: Flask) -> None:
    out = connection()
    back = make_flight(
        origin="LHR", destination="BOM", departs_at=out[1].arrives_at + 100 * HOUR, minutes=560
    )
    home = make_flight(origin="BOM", destination="DEL", departs_at=back.arrives_at + 4 * HOUR)
    book(out, (back, home))
    deliver()
    letters = [
        letter
        for flight in (*out, back, home)
        for hours in (24, 12, 3, 1.5)
        for letter in before(flight, hours * HOUR)
    ]
    assert [letter.subject.partition(",")[0] for letter in letters] == [
        "Tomorrow is the day: Delhi to London",
        "Delhi to London",
        "Tomorrow is the day: London to Delhi",
        "London to Delhi",
    ]
    assert reminder(out[1], Kind.DAY_OF_TRAVEL).reason == f"told with {out[0].designator}"
    assert reminder(home, Kind.CHECK_IN_OPEN).reason == f"told with {back.designator}"


@pytest.mark.parametrize("kind", REMINDERS)
def test_the_mail_is_about_the_journey_from_its_flight_on(app: Flask, kind: Kind) -> None:
    first, onward = connection()
    book((first, onward), party=Party(1, 1, 1))
    gate(onward, "B22")
    deliver()
    if kind == Kind.CHECK_IN_OPEN:
        with transaction() as session:
            id_ = reminder(first, Kind.DEPARTURE_REMINDER).id
            session.get_one(Notification, id_).state = State.FAILED
    hours = 3 if kind == Kind.DAY_OF_TRAVEL else 24
    if hours == 3:
        before(first, 24 * HOUR)
    (letter,) = before(first, hours * HOUR)
    assert letter.kind == kind
    assert "Delhi to London" in letter.subject
    assert "Delhi to London" in letter.body.splitlines()[0]
    assert f"{first.designator} and {onward.designator}" in letter.body or hours == 3
    assert "08:00  Delhi (DEL)" in letter.body
    assert "(Change in Mumbai, 5 h)" in letter.body
    assert "gate B22" in letter.body
    if kind != Kind.CHECK_IN_OPEN:
        family = "O’Brien & <b>Søn</b>"
        assert f"Chloé {family}: on the lap of Aoife {family}" in letter.body
        assert letter.body.count(f" on {onward.designator}") == 2


@pytest.mark.parametrize("state", [State.WITHHELD, State.FAILED, State.RETRY])
def test_a_later_flight_is_reminded_of_if_the_mail_before_was_not_sent(
    way: Way, state: State
) -> None:
    first, onward = way
    clock.move_to(first.departs_at - 25 * HOUR)
    with transaction() as session:
        late = clock.now() + 40 * HOUR
        session.execute(
            update(Notification)
            .where(Notification.state == State.DUE, Notification.due_at < clock.now() + 2 * HOUR)
            .values(state=state, reason="withdrawn by the airline", due_at=late)
        )
    assert kinds_before(first, 24 * HOUR) == []
    (letter,) = before(onward, 24 * HOUR)
    assert letter.kind == Kind.DEPARTURE_REMINDER
    assert "Mumbai to London" in letter.subject
    assert "Delhi" not in letter.body


def test_a_flight_more_than_a_day_later_is_reminded_of_by_itself(app: Flask) -> None:
    first, onward = connection(23 * HOUR)
    book((first, onward))
    deliver()
    (letter,) = before(first, 24 * HOUR)
    assert "London (LHR)" in letter.body
    assert kinds_before(onward, 24 * HOUR) == [Kind.DEPARTURE_REMINDER]


def test_a_gate_that_the_first_flights_mail_did_not_know_is_told_on_the_day(way: Way) -> None:
    first, onward = way
    before(first, 24 * HOUR)
    before(first, 3 * HOUR)
    gate(onward, "B22")
    (letter,) = before(onward, 3 * HOUR)
    assert letter.kind == Kind.DAY_OF_TRAVEL
    assert letter.subject.startswith("Gate B22: Mumbai to London leaves at")


def test_a_move_too_small_for_a_mail_is_told_by_the_later_flights_reminder(way: Way) -> None:
    first, onward = way
    before(first, 24 * HOUR)
    retime(onward, timedelta(minutes=5))
    (letter,) = before(onward, 24 * HOUR)
    assert letter.kind == Kind.DEPARTURE_REMINDER


def test_a_journey_that_moves_by_a_day_is_reminded_of_again(way: Way) -> None:
    first, onward = way
    before(first, 24 * HOUR)
    before(onward, 24 * HOUR)
    assert reminder(onward, Kind.DEPARTURE_REMINDER).state == State.WITHHELD
    for flight in way:
        retime(flight, 26 * HOUR)
    deliver()
    clock.advance(timedelta(minutes=6))
    assert {each.kind for each in deliver()} == {Kind.FLIGHT_RETIMED}
    assert Kind.DEPARTURE_REMINDER in kinds_before(onward, 24 * HOUR)


def test_who_is_checked_in_for_the_first_flight_alone_is_told_that_the_next_one_waits(
    way: Way,
) -> None:
    first, onward = way
    booking = db.session.scalars(select(Booking)).one()
    check_in(booking, [booking.segments[0].id])
    assert kinds_before(first, 24 * HOUR) == []
    (letter,) = before(onward, 24 * HOUR)
    assert "Check-in is open" in letter.body
    (letter,) = before(first, 3 * HOUR)
    assert f"You have not checked in for {onward.designator} yet." in letter.body


def test_a_journey_whose_first_flight_is_cancelled_goes_on_being_reminded_of(way: Way) -> None:
    first, onward = way
    before(first, 24 * HOUR)
    cancel_flight(first)
    deliver()
    assert kinds_before(onward, 24 * HOUR) == [Kind.DEPARTURE_REMINDER]


def test_a_flight_that_is_cancelled_is_not_where_the_journey_ends(way: Way) -> None:
    first, onward = way
    cancel_flight(onward)
    deliver()
    (letter,) = (each for each in before(first, 24 * HOUR) if each.kind in REMINDERS)
    assert letter.subject.startswith("Tomorrow is the day: Delhi to Mumbai, 08:00")


def test_whoever_reads_mail_at_another_address_since_is_told_there(way: Way) -> None:
    first, onward = way
    before(first, 24 * HOUR)
    booking = db.session.scalars(select(Booking)).one()
    with transaction():
        change_contact(booking.id, "bob@example.com", None, "alice")
    deliver()
    assert Kind.DEPARTURE_REMINDER in kinds_before(onward, 24 * HOUR)


def test_the_later_flights_mail_waits_while_the_one_before_is_on_its_way(way: Way) -> None:
    first, onward = way
    clock.move_to(onward.departs_at - 24 * HOUR)
    rows = {(row.segment_id, row.kind): row for row in taken()}
    own = reminder(first, Kind.DEPARTURE_REMINDER)
    later = reminder(onward, Kind.DEPARTURE_REMINDER)
    ahead = rows[own.segment_id, own.kind]
    decision = decide(ahead)
    behind = rows[later.segment_id, later.kind]
    write_down(behind, decide(behind))
    write_down(ahead, decision)
    clock.advance(timedelta(minutes=2))
    deliver()
    assert reminder(onward, own.kind).reason == f"told with {first.designator}"


def test_a_mail_that_was_told_before_is_sent_to_who_asks_for_it(way: Way) -> None:
    first, onward = way
    before(first, 24 * HOUR)
    before(onward, 24 * HOUR)
    rows = [reminder(flight, Kind.DEPARTURE_REMINDER).id for flight in way]
    with transaction():
        for id_ in rows:
            by_hand.send_again(id_, "sam")
    assert [each.subject[:41] for each in deliver()] == [
        "Tomorrow is the day: Delhi to London, 08:",
        "Tomorrow is the day: Mumbai to London, 15",
    ]


def test_the_journey_costs_the_first_mail_nothing_and_a_later_one_a_question(way: Way) -> None:
    _, onward = way
    alone = make_flight()
    lonely = make_booking(alone, email="bob@example.com")
    clock.move_to(onward.departs_at - 24 * HOUR)
    own = db.session.scalars(
        select(Notification).where(
            Notification.booking_id == lonely.id, Notification.kind == Kind.DEPARTURE_REMINDER
        )
    ).one()
    counts = []
    kind = Kind.DEPARTURE_REMINDER
    for row in (own, *(_row(flight, kind, lonely) for flight in way)):
        facts = read_facts([row])
        with counted_selects() as seen:
            assert decide(row, facts)
        counts.append(len(seen))
    assert counts[1] == counts[0]
    assert counts[2] <= counts[0] + 1


def _row(flight: Flight, kind: Kind, lonely: Booking) -> Notification:
    query = select(Notification).where(
        Notification.booking_id != lonely.id, Notification.kind == kind
    )
    rows = db.session.scalars(query.order_by(Notification.id)).all()
    return rows[0] if flight.origin_iata == "DEL" else rows[1]


def test_the_trip_says_beforehand_what_is_told_with_which_flight(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, alice := make_user())
    first, onward = connection()
    booking = make_booking(first, onward=onward, user=alice)
    deliver()
    told = rows(client, booking)
    assert told[f"Reminder, {onward.designator}"].endswith(f"in one mail with {first.designator}")
    before(first, 24 * HOUR)
    told = rows(client, booking)
    as_told = f"Told with {first.designator}: sent only if something changes"
    assert told[f"Reminder, {onward.designator}"] == as_told
    assert told[f"Check-in is open, {onward.designator}"] == as_told
    assert told[f"Day of travel, {onward.designator}"].endswith(
        f"in one mail with {first.designator}"
    )
    before(onward, 24 * HOUR)
    told = rows(client, booking)
    assert told[f"Reminder, {onward.designator}"] == f"Told with {first.designator}"


def test_the_trip_promises_no_mail_of_a_kind_that_is_switched_off_for_another(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, alice := make_user())
    first, onward = connection()
    booking = make_booking(first, onward=onward, user=alice)
    with transaction():
        set_preferences(alice.id, alice.email, [Kind.DEPARTURE_REMINDER], 24, "en-GB")
    assert "switched" in rows(client, booking)[f"Day of travel, {onward.designator}"]


def test_the_trip_does_not_call_planned_what_goes_out_only_if_something_changes(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, alice := make_user())
    first, onward = connection()
    booking = make_booking(first, onward=onward, user=alice)
    deliver()
    before(first, 24 * HOUR)
    as_told = "sent or not going out as things stand"
    assert folded_away(client, booking) == f"5 more mails, {as_told}"
    before(onward, 24 * HOUR)
    before(first, 3 * HOUR)
    assert "Nothing goes out as things stand." in mails_on(client, booking).text
    assert folded_away(client, booking) == f"4 mails, {as_told}"


def mails_on(client: FlaskClient, booking: Booking) -> Element:
    return page(client.get(f"/bookings/{booking.reference}")).one(id="mails-of-trip")


def folded_away(client: FlaskClient, booking: Booking) -> str:
    return mails_on(client, booking).one("details", id="mails-folded").one("summary").text


def rows(client: FlaskClient, booking: Booking) -> dict[str, str]:
    """Return the trip's log of mails: what each is about, and what is said of it."""
    found = page(client.get(f"/bookings/{booking.reference}"))
    return {
        line.all("span")[0].text: line.one("span", class_="quiet").text
        for log in found.all("ul", class_="log mail-log")
        for line in log.all("li")
    }
