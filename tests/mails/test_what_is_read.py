"""What a party has read last is true, whatever staff do while its mails are on their way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from tests.airline import cancel_flight, delay, retime
from tests.builders import birthday_of, cancel, make_booking, make_flight, make_hold, make_user
from tests.mails.post import LEASE, deliver, taken, write_down
from webapp import clock
from webapp.booking import disruptions, service
from webapp.booking.cancellation.rules import Part
from webapp.booking.checkin import service as checkin
from webapp.booking.hold_warning import WARNED_BEFORE
from webapp.booking.models import Booking
from webapp.booking.receipts import plan_receipt
from webapp.booking.trips import trip_of
from webapp.config import Settings
from webapp.db import db, transaction
from webapp.flights.families import FLEX, STANDARD
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightStatus
from webapp.flights.sales import CabinSale, set_sales
from webapp.formats import long_day, short_day
from webapp.notifications import outbox
from webapp.notifications import service as notifications
from webapp.notifications.delivery import Unreachable, hand_over
from webapp.notifications.mime import Message
from webapp.notifications.models import OPTIONAL, Kind, Notification, State
from webapp.notifications.news import COALESCED_FOR
from webapp.notifications.preferences import set_preferences
from worker.mails import decide

HOUR = timedelta(hours=1)
NEWS_COMES = timedelta(minutes=6)


@pytest.fixture
def flight(app: Flask) -> Flight:
    """Return a flight with a booking that was confirmed by mail."""
    flight = make_flight()
    make_booking(flight, Party(2), family=FLEX)
    deliver()
    return flight


def before(flight: Flight, by: timedelta) -> None:
    """Go on to a moment before a flight's planned departure, and send what is due then."""
    clock.move_to(flight.departs_at - by)


def gate(flight: Flight, name: str) -> int:
    with transaction():
        return disruptions.assign_gate(flight.id, None, name, "sam")


def kinds_that_come(after: timedelta = NEWS_COMES) -> list[Kind]:
    clock.advance(after)
    return [letter.kind for letter in deliver()]


# Gates


@pytest.mark.parametrize("first", ["A1", None])
def test_a_gate_of_a_delayed_flight_is_told_though_the_days_mail_is_out(
    flight: Flight, first: str | None
) -> None:
    before(flight, 24 * HOUR)
    deliver()
    if first:
        gate(flight, first)
    before(flight, 3 * HOUR)
    (day,) = deliver()
    assert ("Gate A1" in day.subject) == bool(first)
    delay(flight, 5 * HOUR)
    assert kinds_that_come() == [Kind.FLIGHT_DELAYED]
    before(flight, -HOUR)
    assert gate(flight, "B2") == 2
    assert kinds_that_come() == [Kind.GATE_CHANGED]


def test_a_gate_of_a_flight_that_moved_after_the_days_mail_is_told(flight: Flight) -> None:
    for lead in (24 * HOUR, 3 * HOUR):
        before(flight, lead)
        deliver()
    retime(flight, 10 * HOUR)
    assert kinds_that_come() == [Kind.FLIGHT_RETIMED]
    assert gate(flight, "B2") == 2
    assert kinds_that_come() == [Kind.GATE_CHANGED]


def test_a_gate_that_the_days_mail_will_tell_is_not_told_before(flight: Flight) -> None:
    before(flight, 10 * HOUR)
    deliver()
    assert gate(flight, "B2") == 0
    before(flight, 3 * HOUR)
    (day,) = deliver()
    assert "Gate B2" in day.subject
    assert kinds_that_come() == []


def test_who_wants_no_mail_of_the_day_is_told_a_gate_all_the_same(app: Flask) -> None:
    alice, flight = make_user(), make_flight()
    with transaction():
        wanted = [kind for kind in OPTIONAL if kind != Kind.DAY_OF_TRAVEL]
        set_preferences(alice.id, alice.email, wanted, 24, "en-GB")
    make_booking(flight, user=alice)
    deliver()
    before(flight, 10 * HOUR)
    deliver()
    assert gate(flight, "B2") == 1
    assert kinds_that_come() == [Kind.GATE_CHANGED]


def test_a_gate_that_comes_back_is_told_to_who_read_another_one_since(flight: Flight) -> None:
    gate(flight, "A1")
    before(flight, 24 * HOUR)
    deliver()
    gate(flight, "B2")
    before(flight, 3 * HOUR)
    (day,) = deliver()
    assert "gate B2, no longer at gate A1" in day.body
    gate(flight, "A1")
    assert kinds_that_come() == [Kind.GATE_CHANGED]


# Gates and new times, together

Act = Callable[[Flight], object]
NEW_GATE: Act = partial(gate, name="B2")
LATE: Act = partial(delay, by=2 * HOUR)
MOVED: Act = partial(retime, by=2 * HOUR)


def on_the_day(flight: Flight, lead: timedelta = 2 * HOUR) -> None:
    """Let a party know gate A1, and go on to shortly before the departure."""
    gate(flight, "A1")
    before(flight, 24 * HOUR)
    deliver()
    before(flight, lead)
    deliver()


def why_not(kind: Kind) -> list[str | None]:
    """Return the reasons why mails of a kind were not sent."""
    rows = db.session.query(Notification).filter_by(kind=kind, state=State.WITHHELD)
    return [row.reason for row in rows.order_by(Notification.id)]


@pytest.mark.parametrize("apart", [timedelta(), timedelta(minutes=2)])
@pytest.mark.parametrize(
    ("acts", "kind"),
    [
        ([NEW_GATE, LATE], Kind.FLIGHT_DELAYED),
        ([LATE, NEW_GATE], Kind.FLIGHT_DELAYED),
        ([NEW_GATE, MOVED], Kind.FLIGHT_RETIMED),
        ([MOVED, NEW_GATE], Kind.FLIGHT_RETIMED),
        ([LATE, NEW_GATE, MOVED], Kind.FLIGHT_RETIMED),
    ],
)
@pytest.mark.parametrize("lead", [HOUR, 2 * HOUR])
def test_a_gate_and_new_times_within_five_minutes_make_one_mail_that_says_both(
    flight: Flight, acts: list[Act], kind: Kind, apart: timedelta, lead: timedelta
) -> None:
    on_the_day(flight, lead)
    first, *others = acts
    first(flight)
    for act in others:
        clock.advance(apart)
        act(flight)
    clock.advance(COALESCED_FOR - apart * len(others))
    (letter,) = deliver()
    assert letter.kind == kind
    assert "boards at gate B2, no longer at gate A1" in letter.body
    assert kinds_that_come() == []
    assert why_not(Kind.GATE_CHANGED) == ["told already"]


def test_a_gate_that_is_taken_back_is_said_with_the_delay(flight: Flight) -> None:
    on_the_day(flight)
    delay(flight, 2 * HOUR)
    with transaction():
        disruptions.assign_gate(flight.id, None, None, "sam")
    clock.advance(COALESCED_FOR)
    (letter,) = deliver()
    assert letter.kind == Kind.FLIGHT_DELAYED
    assert "does not board at gate A1 any more" in letter.body


@pytest.mark.parametrize("acts", [[NEW_GATE, LATE], [LATE, NEW_GATE]])
def test_a_gate_is_told_in_time_though_the_delay_is_taken_back(
    flight: Flight, acts: list[Act]
) -> None:
    on_the_day(flight)
    for act in acts:
        act(flight)
    clock.advance(timedelta(minutes=4))
    delay(flight, 0 * HOUR)
    clock.advance(timedelta(minutes=1))
    (letter,) = deliver()
    assert letter.kind == Kind.GATE_CHANGED
    assert kinds_that_come() == []
    assert why_not(Kind.FLIGHT_DELAYED) == ["told already"]


@pytest.mark.parametrize("acts", [[NEW_GATE, LATE], [LATE, NEW_GATE]])
def test_a_gate_that_changes_again_after_the_mail_is_told_again(
    flight: Flight, acts: list[Act]
) -> None:
    on_the_day(flight)
    for act in acts:
        act(flight)
    assert kinds_that_come() == [Kind.FLIGHT_DELAYED]
    gate(flight, "C3")
    clock.advance(NEWS_COMES)
    (letter,) = deliver()
    assert letter.kind == Kind.GATE_CHANGED
    assert "no longer at gate B2" in letter.body


def test_a_gate_that_changes_while_the_mail_about_the_delay_is_on_its_way_is_told(
    flight: Flight,
) -> None:
    on_the_day(flight)
    gate(flight, "B2")
    delay(flight, 2 * HOUR)
    clock.advance(NEWS_COMES)
    for notification in taken():
        decision = decide(notification)
        if notification.kind == Kind.FLIGHT_DELAYED:
            gate(flight, "C3")  # What the mail says was read before.
        write_down(notification, decision)
    assert kinds_that_come() == [Kind.GATE_CHANGED]
    assert kinds_that_come() == []


def test_a_gate_does_not_wait_for_a_mail_that_no_server_takes(flight: Flight) -> None:
    on_the_day(flight)
    gate(flight, "B2")
    delay(flight, 2 * HOUR)
    clock.advance(COALESCED_FOR)
    for notification in taken():
        decision = decide(notification)
        if notification.kind == Kind.FLIGHT_DELAYED:
            with transaction():
                outbox.record_failure(notification, 550, "No such mailbox")
        else:
            write_down(notification, decision)
    assert kinds_that_come(timedelta(minutes=1)) == [Kind.GATE_CHANGED]


# News that is taken back


@pytest.mark.parametrize(
    ("act", "take_back", "kind"),
    [
        (lambda it: retime(it, 2 * HOUR), lambda it: retime(it, -2 * HOUR), Kind.FLIGHT_RETIMED),
        (lambda it: delay(it, 2 * HOUR), lambda it: delay(it, 0 * HOUR), Kind.FLIGHT_DELAYED),
        (lambda it: gate(it, "B2"), lambda it: gate(it, "A1"), Kind.GATE_CHANGED),
    ],
)
def test_what_is_taken_back_while_its_mail_is_on_its_way_is_told_again(
    flight: Flight,
    act: Callable[[Flight], None],
    take_back: Callable[[Flight], None],
    kind: Kind,
) -> None:
    gate(flight, "A1")
    before(flight, 3 * HOUR - timedelta(minutes=1))
    deliver()
    act(flight)
    clock.advance(NEWS_COMES)
    (notification,) = taken()
    decision = decide(notification)
    take_back(flight)
    write_down(notification, decision)
    db.session.expire_all()
    assert kinds_that_come() == [kind]


def test_a_delay_that_the_days_mail_showed_is_told_to_be_over(flight: Flight) -> None:
    before(flight, 24 * HOUR)
    deliver()
    before(flight, 3 * HOUR + timedelta(minutes=1))
    delay(flight, 2 * HOUR)
    before(flight, 3 * HOUR)
    (day,) = deliver()
    assert "leaves at 10:00" in day.subject
    delay(flight, 0 * HOUR)
    clock.advance(NEWS_COMES)
    (news,) = deliver()
    assert "on time again" in news.body
    assert "leaves at 08:00" in news.body


def test_new_times_that_a_receipt_showed_are_told_to_be_over(flight: Flight) -> None:
    (booking,) = db.session.query(Booking).all()
    retime(flight, 2 * HOUR)
    cancel(booking, Part(passengers=(1,)))
    (receipt,) = deliver()
    assert "10:00" in receipt.body
    retime(flight, -2 * HOUR)
    clock.advance(NEWS_COMES)
    (news,) = deliver()
    assert f"Was: {short_day(flight.departs_on)}, 10:00" in news.body
    assert f"Now: {short_day(flight.departs_on)}, 08:00" in news.body


def test_who_had_a_choice_is_told_that_it_is_over(flight: Flight) -> None:
    before(flight, 10 * HOUR)
    deliver()
    delay(flight, 5 * HOUR)
    clock.advance(NEWS_COMES)
    (late,) = deliver()
    assert "Choose another flight" in late.body
    delay(flight, HOUR)
    clock.advance(NEWS_COMES)
    (earlier,) = deliver()
    assert earlier.subject.startswith("Earlier than we said: ")
    assert "Your flight leaves earlier than we said" in earlier.body
    assert f"Was: {short_day(flight.departs_on)}, 13:00" in earlier.body
    assert "nothing to decide any more" in earlier.body
    delay(flight, 2 * HOUR)
    clock.advance(NEWS_COMES)
    (later,) = deliver()
    assert later.subject.startswith("Delayed: ")
    assert "nothing to decide" not in later.body


def test_who_was_never_offered_a_choice_is_not_told_that_it_is_over(flight: Flight) -> None:
    before(flight, 12 * HOUR)
    deliver()
    delay(flight, 9 * HOUR)
    delay(flight, HOUR)
    clock.advance(NEWS_COMES)
    (news,) = deliver()
    assert "nothing to decide" not in news.body


def test_a_delay_waits_for_a_retiming_that_is_on_its_way_and_is_told(flight: Flight) -> None:
    before(flight, 72 * HOUR)
    deliver()
    retime(flight, 2 * HOUR)
    delay(flight, HOUR)
    clock.advance(NEWS_COMES - timedelta(minutes=1, seconds=1))
    clock.advance(timedelta(minutes=1))
    retimed, *_ = taken()
    decision = decide(retimed)
    delay(flight, 5 * HOUR)
    clock.advance(NEWS_COMES)
    assert deliver() == [], "the first is still on its way"
    write_down(retimed, decision)
    clock.advance(NEWS_COMES)
    (news,) = deliver()
    assert news.kind == Kind.FLIGHT_DELAYED
    assert "leave at 15:00" in news.subject


def test_the_planned_time_of_a_flight_that_leaves_on_another_day_has_its_day(app: Flask) -> None:
    # 23:30 in Delhi on the 14th, and an hour and a half later.
    clock.move_to(datetime(2026, 12, 1, 12, tzinfo=UTC))
    flight = make_flight(departs_at=datetime(2026, 12, 14, 18, 0, tzinfo=UTC))
    booking = make_booking(flight)
    before(flight, 3 * HOUR)
    deliver()
    delay(flight, timedelta(minutes=90))
    clock.advance(NEWS_COMES)
    (late,) = deliver()
    assert "close as planned, for a departure on Mon 14 Dec, 23:30." in late.body
    (leg,) = trip_of(booking).legs
    arrival = f"Tue 15 Dec, {leg.arrives_at:%H:%M}"
    assert f"planned for Mon 14 Dec, 23:30 to {arrival}" in late.body
    clock.move_to(flight.departs_at + timedelta(minutes=30))
    delay(flight, 3 * HOUR)
    clock.advance(NEWS_COMES)
    (later,) = deliver()
    assert "close as planned" not in later.body, "it is over"


def test_a_flight_that_was_moved_is_not_said_to_be_on_time_again(flight: Flight) -> None:
    before(flight, 10 * HOUR)
    deliver()
    retime(flight, timedelta(minutes=50))
    clock.advance(NEWS_COMES)
    deliver()
    for late in (2 * HOUR, 0 * HOUR):
        delay(flight, late)
        clock.advance(NEWS_COMES)
        (news,) = deliver()
    assert news.subject.startswith("New time: ")
    assert "is not delayed any more" in news.body
    assert "on time again" not in news.body


def test_another_terminal_is_no_gate_that_was_known(flight: Flight) -> None:
    before(flight, 24 * HOUR)
    with transaction():
        disruptions.assign_gate(flight.id, "5", None, "sam")
    deliver()
    before(flight, 3 * HOUR)
    deliver()
    with transaction():
        disruptions.assign_gate(flight.id, "3", None, "sam")
    clock.advance(NEWS_COMES)
    (news,) = deliver()
    assert news.body.startswith("Go to terminal 3")


def test_a_mail_folder_that_cannot_be_written_is_waited_for(app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]
    settings.mail_folder.parent.mkdir(parents=True, exist_ok=True)
    settings.mail_folder.write_text("somebody put a file here")
    message = Message("<1@x>", "a@example.com", "b@example.com", "Hello", "Hello\n", "<p>H</p>\n")
    with pytest.raises(Unreachable, match="mail folder cannot be written"):
        hand_over(message, 1)
    settings.mail_folder.unlink()
    assert hand_over(message, 1) == "kept as a file"


def test_a_flight_that_is_retimed_is_not_said_to_be_on_time_again(flight: Flight) -> None:
    before(flight, 10 * HOUR)
    deliver()
    delay(flight, HOUR)
    clock.advance(NEWS_COMES)
    (notification,) = taken()  # It is about the delay, and in a worker's hands.
    retime(flight, 2 * HOUR)
    db.session.expire_all()
    write_down(notification, decide(notification))
    clock.advance(NEWS_COMES)
    (news,) = deliver()
    was = f"Was: {short_day(flight.departs_on)}, 08:00"
    assert (news.kind, was in news.body) == (Kind.FLIGHT_RETIMED, True)


def test_a_flight_cancelled_before_its_move_was_told_is_named_by_the_time_that_is_known(
    flight: Flight,
) -> None:
    before(flight, 48 * HOUR)
    delay(flight, 2 * HOUR)
    cancel_flight(flight)
    clock.advance(NEWS_COMES)
    (told,) = [each for each in deliver() if each.kind == Kind.FLIGHT_CANCELLED]
    assert f"the flight at 08:00 on {long_day(flight.departs_on)}" in told.body


@pytest.mark.parametrize("happens", [delay, retime])
def test_a_lost_connection_comes_first_in_the_subject(
    app: Flask, happens: Callable[[Flight, timedelta], None]
) -> None:
    out = make_flight()
    onward = make_flight(
        origin="BOM", destination="LHR", departs_at=out.arrives_at + 2 * HOUR, minutes=500
    )
    make_booking(out, onward=onward)
    deliver()
    before(out, 48 * HOUR)
    deliver()
    happens(out, 2 * HOUR)
    clock.advance(NEWS_COMES)
    (news,) = deliver()
    assert news.subject.startswith(f"Connection lost in Mumbai: {out.designator} ")


# Reminders


def test_a_reminder_after_check_in_closed_does_not_ask_to_check_in(flight: Flight) -> None:
    before(flight, timedelta(minutes=40))
    mails = deliver()
    assert mails
    for each in mails:
        assert each.kind != Kind.CHECK_IN_OPEN
        assert "Check-in is open" not in each.body
        assert "check-in is closed" in each.body.lower()


def test_the_day_beside_an_expected_time_is_the_day_of_that_time(app: Flask) -> None:
    # 23:30 in Delhi on the 14th, and an hour and a half later.
    clock.move_to(datetime(2026, 12, 1, 12, tzinfo=UTC))
    flight = make_flight(departs_at=datetime(2026, 12, 14, 18, 0, tzinfo=UTC))
    alice = make_user()
    with transaction():
        set_preferences(alice.id, alice.email, OPTIONAL, 12, "en-GB")
    make_booking(flight, user=alice)
    deliver()
    before(flight, 30 * HOUR)
    delay(flight, timedelta(minutes=90))
    deliver()
    before(flight, 24 * HOUR)
    _news, check_in = deliver()
    assert "Tue 15 Dec at 01:00" in check_in.subject
    before(flight, 12 * HOUR)
    (reminder,) = deliver()
    assert "Tuesday, 15 December 2026, Delhi time" in reminder.body
    assert "14 December" not in reminder.body


def test_a_flight_that_leaves_after_midnight_is_told_with_its_day(app: Flask) -> None:
    # 22:00 in Delhi, and two hours and a half later.
    clock.move_to(datetime(2026, 12, 1, 12, tzinfo=UTC))
    flight = make_flight(departs_at=datetime(2026, 12, 14, 16, 30, tzinfo=UTC))
    make_booking(flight)
    deliver()
    before(flight, 5 * HOUR)
    deliver()
    delay(flight, timedelta(minutes=150))
    clock.advance(NEWS_COMES)
    deliver()
    before(flight, 3 * HOUR)
    (told,) = deliver()
    assert told.kind == Kind.DAY_OF_TRAVEL
    assert "at 00:30, Tue 15 Dec" in told.subject
    assert "Your flight leaves at 00:30, Tue 15 Dec" in told.body
    assert "Check-in closes on Mon 14 Dec, 21:00" in told.body


def test_a_check_in_that_is_undone_after_a_retiming_brings_the_reminder_back(app: Flask) -> None:
    flight, alice = make_flight(), make_user()
    with transaction():
        set_preferences(alice.id, alice.email, OPTIONAL, 3, "en-GB")
    booking = make_booking(flight, user=alice)
    before(flight, 20 * HOUR)
    deliver()
    with transaction():
        checkin.check_in(booking.id, {0: None}, "alice")
    retime(flight, 26 * HOUR)
    before(flight, 20 * HOUR)
    deliver()
    with transaction():
        checkin.undo_check_in(booking.id, 0, 0, "alice")
    before(flight, 3 * HOUR)
    assert Kind.DEPARTURE_REMINDER in [each.kind for each in deliver()]


def test_a_move_that_is_nearly_taken_back_leaves_the_reminder(flight: Flight) -> None:
    before(flight, 24 * HOUR + timedelta(minutes=10))
    retime(flight, timedelta(minutes=-30))
    clock.advance(timedelta(minutes=3))
    retime(flight, timedelta(minutes=22))
    assert kinds_that_come(timedelta(minutes=20)) == [Kind.DEPARTURE_REMINDER]


def test_who_is_moved_to_another_day_is_told_again_that_check_in_is_open(flight: Flight) -> None:
    before(flight, 24 * HOUR)
    deliver()
    retime(flight, 50 * HOUR)
    assert kinds_that_come() == [Kind.FLIGHT_RETIMED]
    before(flight, 24 * HOUR)
    assert Kind.CHECK_IN_OPEN in [each.kind for each in deliver()]


def test_a_connection_that_was_lost_on_the_way_out_is_no_matter_of_the_way_back(
    app: Flask,
) -> None:
    out = make_flight()
    onward = make_flight(
        origin="BOM", destination="LHR", departs_at=out.arrives_at + 2 * HOUR, minutes=500
    )
    back = make_flight(
        origin="LHR", destination="DEL", departs_at=onward.arrives_at + timedelta(days=7)
    )
    make_booking(out, onward=onward, back=back)
    deliver()
    before(out, 2 * HOUR)
    delay(out, timedelta(minutes=70))
    clock.advance(NEWS_COMES)
    news = [each for each in deliver() if each.kind == Kind.FLIGHT_DELAYED]
    assert "connection in Mumbai" in news[0].body
    before(back, 24 * HOUR)
    bodies = [each.body for each in deliver()]
    assert bodies
    assert not any("connection in Mumbai" in body for body in bodies)


# Floods


def test_a_mail_that_somebody_waits_for_overtakes_a_flood(app: Flask) -> None:
    with transaction():
        for number in range(300):
            about = {"about": f"alert:{number}", "due_at": clock.now() - HOUR}
            notifications.plan(Kind.PRICE_ALERT, None, "bob@example.com", **about)
        awaited_id = notifications.plan(Kind.PASSWORD_RESET, None, "al@example.com", user_id=1)
    with transaction():
        together = outbox.claim_due(LEASE, 50)
    ids = [id_ for mails in together for id_ in mails]
    assert awaited_id in ids
    assert len(ids) == len(set(ids)) == 50


# Receipts


def test_a_refund_that_is_on_its_way_is_not_told_twice(app: Flask) -> None:
    booking = make_booking(make_flight(), Party(2), family=STANDARD)
    deliver()
    clock.advance(timedelta(days=2))
    cancel(booking, Part(passengers=(1,)))
    (partly,) = taken()
    decision = decide(partly)
    cancel(booking)
    (receipt,) = deliver()
    write_down(partly, decision)
    assert "You get back: $28.00" in receipt.body


@pytest.mark.parametrize("what", ["way back", "passenger"])
def test_a_receipt_says_what_was_cancelled_and_what_was_not(app: Flask, what: str) -> None:
    out = make_flight()
    back = make_flight(
        origin="BOM", destination="DEL", departs_at=out.departs_at + timedelta(days=3)
    )
    booking = make_booking(out, Party(2), family=FLEX, back=back)
    deliver()
    cancel(booking, Part(journey=1) if what == "way back" else Part(passengers=(1,)))
    (receipt,) = deliver()
    second = booking.passengers[-1]
    gone = "Mumbai to Delhi" if what == "way back" else f"{second.given_name} {second.family_name}"
    assert receipt.subject.startswith(f"Cancelled: {gone}. The rest stays booked")
    assert f"Cancelled: {gone}." in receipt.body


def test_a_subject_counts_travellers_whose_names_it_has_no_room_for(app: Flask) -> None:
    booking = make_booking(make_flight(), Party(4), family_name="Wolfeschlegelsteinhausen")
    deliver()
    cancel(booking, Part(passengers=(1, 2, 3)))
    (receipt,) = deliver()
    counted = "Cancelled: 3 of 4 travellers. The rest stays booked"
    assert receipt.subject == f"{counted} ({booking.reference})"
    assert f"Cancelled: {', '.join(['Alice Wolfeschlegelsteinhausen'] * 3)}." in receipt.body


def test_a_refund_whose_own_mail_came_too_late_is_told_with_the_cancellation(app: Flask) -> None:
    booking = make_booking(make_flight(), Party(2), family=STANDARD)
    deliver()
    clock.advance(timedelta(days=2))
    cancel(booking, Part(passengers=(1,)))
    cancel(booking)
    (receipt,) = deliver()
    assert receipt.kind == Kind.BOOKING_CANCELLED
    # What was paid is plus, what is kept of it minus, so that the lines add up.
    assert receipt.body.count("\N{MINUS SIGN}$90") == 2
    assert "You get back: $56.00" in receipt.body


@pytest.mark.parametrize("is_on_the_broker", [False, True])
def test_the_warning_of_a_hold_goes_to_the_address_that_was_corrected(
    app: Flask, is_on_the_broker: bool
) -> None:
    held = make_hold(make_flight())

    def say(address: str) -> None:
        names = [service.PassengerNames("Alice", "Meier", birthday_of("adult"))]
        with transaction():
            service.name_passengers(held.id, names, address, "alice")

    say("wrong@example.com")
    clock.move_to(held.expires_at - WARNED_BEFORE)
    mails = taken()
    if is_on_the_broker:
        with transaction():
            (ids,) = outbox.claim_due(LEASE)
    say("right@example.com")
    if is_on_the_broker:
        with transaction():
            (mail,) = outbox.begin_delivery(ids, LEASE)
    else:
        (mail,) = mails
    assert mail.recipient == "right@example.com"


@pytest.mark.parametrize("what", ["cancelled", "left"])
def test_nobody_is_urged_to_book_a_flight_that_flies_no_more(app: Flask, what: str) -> None:
    flight = make_flight()
    held = make_hold(flight)
    names = [service.PassengerNames("Alice", "Meier", birthday_of("adult"))]
    with transaction():
        service.name_passengers(held.id, names, "alice@example.com", "alice")
    if what == "cancelled":
        cancel_flight(flight)
    else:
        with transaction() as session:
            session.get_one(Flight, flight.id).status = FlightStatus.DEPARTED
    clock.move_to(held.expires_at - WARNED_BEFORE)
    assert deliver() == []


def test_a_confirmation_says_who_gets_a_seat_at_check_in_alone(app: Flask) -> None:
    flight = make_flight(seats=2)
    with transaction():
        set_sales(flight.id, {"economy": CabinSale(100_00, 3)}, "sam")
    make_booking(flight, Party(2, 1, 1))
    (letter,) = deliver()
    assert letter.body.count("seat at check-in") == 1


# Check-in, for who books or changes late


def test_a_confirmation_of_the_last_day_asks_to_check_in_and_promises_no_reminder(
    app: Flask,
) -> None:
    make_booking(make_flight(departs_at=clock.now() + timedelta(hours=2)))
    (letter,) = deliver()
    assert "Check-in is open now" in letter.body
    assert "remind you" not in letter.body
    make_booking(make_flight(number=72, departs_at=clock.now() + timedelta(days=3)))
    (letter,) = deliver()
    assert "Check-in is open now" not in letter.body
    assert "We remind you before departure" in letter.body


def test_who_switched_reminders_off_is_promised_none(app: Flask) -> None:
    user = make_user()
    with transaction():
        set_preferences(user.id, user.email, (), 24, "en-GB")
    make_booking(make_flight(), user=user)
    (letter,) = deliver()
    assert "remind you" not in letter.body
    assert "We write whenever something changes." in letter.body


def test_who_changes_flights_within_a_day_of_departure_is_asked_to_check_in(app: Flask) -> None:
    booking = make_booking(make_flight(departs_at=clock.now() + timedelta(hours=5)))
    deliver()
    with transaction():
        plan_receipt(Kind.BOOKING_CHANGED, db.session.get_one(Booking, booking.id))
    (letter,) = deliver()
    assert "boarding passes for them count no more" in letter.body
    assert "Check-in is open now" in letter.body


@pytest.mark.parametrize(("hours", "days"), [(5, ""), (72, " – {back}")])
def test_a_subject_says_the_day_of_a_return_on_one_day_once(
    app: Flask, hours: int, days: str
) -> None:
    out = make_flight()
    back = make_flight(origin="BOM", destination="DEL", departs_at=out.arrives_at + hours * HOUR)
    booking = make_booking(out, back=back)
    (receipt,) = deliver()
    local = back.departs_at.astimezone(ZoneInfo("Asia/Kolkata"))
    when = short_day(out.departs_on) + days.format(back=short_day(local.date()))
    assert receipt.subject == f"Booked: Delhi to Mumbai and back, {when} ({booking.reference})"
