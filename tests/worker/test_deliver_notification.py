"""Mails from the row to a real mail server, over a real broker."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.builders import cancel, make_booking, make_flight, make_hold
from tests.services import MailServer
from tests.services.mail import NEVER, OK, TRY_LATER
from tests.worker.conftest import WAIT, StartWorker, Worker, eventually
from webapp import clock
from webapp.booking import disruptions
from webapp.booking.models import Booking
from webapp.config import Settings
from webapp.db import db, transaction
from webapp.flights.models import Flight
from webapp.notifications.models import Kind, Notification, State
from webapp.notifications.news import COALESCED_FOR

pytestmark = [pytest.mark.databases("mariadb"), pytest.mark.rabbitmq]


def mail(kind: Kind) -> Notification:
    """Return the one mail of a kind, as it is now."""
    db.session.rollback()
    query = select(Notification).where(Notification.kind == kind)
    return db.session.execute(query, execution_options={"populate_existing": True}).scalar_one()


def is_in(kind: Kind, state: State) -> bool:
    return mail(kind).state == state


def test_a_confirmation_arrives_in_text_and_html_with_the_headers_of_a_machine(
    app: Flask, start_worker: StartWorker, mail_server: MailServer
) -> None:
    booking = make_booking(make_flight(origin="LHR", destination="DEL", minutes=510))
    start_worker()
    assert mail_server.wait_for(1, WAIT)
    message = mail_server.messages[0]
    assert message.recipients == ("alice@example.com",)
    assert message.subject.startswith("Booked: London to Delhi")
    for part in (message.part("plain"), message.part("html")):
        assert booking.reference in part
        assert "Alice Meier" in part
        assert "08:00" in part
        assert f"http://127.0.0.1:8000/trip?reference={booking.reference}" in part
    assert message.message["Auto-Submitted"] == "auto-generated"
    assert message.message_id == mail(Kind.BOOKING_CONFIRMED).message_id
    assert eventually(lambda: is_in(Kind.BOOKING_CONFIRMED, State.SENT))


def test_a_reminder_arrives_a_day_before_departure_and_not_earlier(
    app: Flask, start_worker: StartWorker, mail_server: MailServer
) -> None:
    flight = make_flight()
    make_booking(flight)
    start_worker()
    assert mail_server.wait_for(1, WAIT)
    clock.move_to(flight.departs_at - timedelta(hours=24, minutes=1))
    assert not eventually(lambda: len(mail_server.messages) > 1, 2)
    clock.advance(timedelta(minutes=1))
    assert mail_server.wait_for(2, WAIT)
    assert "Tomorrow is the day" in mail_server.messages[1].subject


def test_a_reminder_follows_a_retiming_and_the_traveller_is_told_once(
    app: Flask, start_worker: StartWorker, mail_server: MailServer
) -> None:
    flight = make_flight()
    make_booking(flight)
    was_at = flight.departs_at
    later = timedelta(hours=2, minutes=30)  # Not so much that the party has a choice.
    with transaction():
        departs_on = (flight.departs_at + later).date()
        disruptions.retime_flight(
            flight.id, flight.departs_at + later, flight.arrives_at + later, departs_on, "sam"
        )
    clock.advance(COALESCED_FOR)
    start_worker()
    assert mail_server.wait_for(2, WAIT)
    assert sorted(message.subject[:8] for message in mail_server.messages) == [
        "Booked: ",
        "New time",
    ]
    clock.move_to(was_at - timedelta(hours=23))
    assert not eventually(lambda: len(mail_server.messages) > 2, 2)
    clock.advance(later)
    assert mail_server.wait_for(3, WAIT)


def test_no_reminder_is_sent_for_a_cancelled_booking_or_flight(
    app: Flask, start_worker: StartWorker, mail_server: MailServer
) -> None:
    flight = make_flight()
    booking = make_booking(flight)
    cancel(booking)
    assert mail(Kind.DEPARTURE_REMINDER).reason == "cancelled"
    clock.move_to(flight.departs_at - timedelta(hours=1))
    start_worker()
    assert mail_server.wait_for(1, WAIT)
    assert eventually(lambda: is_in(Kind.BOOKING_CONFIRMED, State.WITHHELD))
    assert [message.subject[:9] for message in mail_server.messages] == ["Cancelled"]


def test_a_reminder_already_in_the_brokers_hands_is_decided_again(
    app: Flask, start_worker: StartWorker, mail_server: MailServer
) -> None:
    flight = make_flight()
    make_booking(flight)
    clock.move_to(flight.departs_at - timedelta(hours=24))
    dispatcher = start_worker("dispatch")
    assert eventually(lambda: is_in(Kind.DEPARTURE_REMINDER, State.QUEUED))
    dispatcher.stop()  # Once what it claimed is on the broker.
    with transaction() as session:
        session.get_one(Flight, flight.id).status = "cancelled"
    start_worker("deliver")
    assert eventually(lambda: is_in(Kind.DEPARTURE_REMINDER, State.WITHHELD))
    assert mail(Kind.DEPARTURE_REMINDER).reason == "flight cancelled"


def test_a_flight_that_left_before_the_worker_came_back_is_not_announced(
    app: Flask, start_worker: StartWorker, mail_server: MailServer
) -> None:
    flight = make_flight()
    make_booking(flight)
    clock.move_to(flight.departs_at + timedelta(minutes=1))
    start_worker()
    assert eventually(lambda: is_in(Kind.DEPARTURE_REMINDER, State.WITHHELD))
    assert mail(Kind.DEPARTURE_REMINDER).reason == "already left"


def test_a_refusal_for_now_is_retried_and_one_for_good_is_not(
    app: Flask, start_worker: StartWorker, mail_server: MailServer
) -> None:
    mail_server.answer = TRY_LATER
    make_booking(make_flight())
    start_worker()
    assert eventually(lambda: is_in(Kind.BOOKING_CONFIRMED, State.RETRY))
    assert mail(Kind.BOOKING_CONFIRMED).reason
    mail_server.answer = OK
    clock.advance(timedelta(minutes=2))
    assert eventually(lambda: is_in(Kind.BOOKING_CONFIRMED, State.SENT))

    mail_server.recipient_answer = NEVER
    booking = make_booking(make_flight(number=7), email="bob@example.com")

    def failed() -> bool:
        db.session.rollback()
        query = select(Notification.state).where(
            Notification.booking_id == booking.id, Notification.kind == Kind.BOOKING_CONFIRMED
        )
        return db.session.scalar(query) == State.FAILED

    assert eventually(failed)


def test_two_dispatchers_two_schedulers_and_two_workers_send_each_mail_once(
    app: Flask, start_worker: StartWorker, mail_server: MailServer
) -> None:
    flight = make_flight()
    for number in range(30):
        make_booking(flight, email=f"traveller-{number}@example.com")
    both = ("dispatch", "schedule")
    for parts in (both, ("dispatch",), ("deliver",), ("deliver", "schedule")):
        start_worker(*parts)
    assert mail_server.wait_for(30, WAIT)
    assert not eventually(lambda: len(mail_server.messages) > 30, 2)
    assert len({message.message_id for message in mail_server.messages}) == 30


def test_what_one_mail_has_just_told_the_next_does_not_tell_again(
    app: Flask, start_worker: StartWorker, mail_server: MailServer
) -> None:
    flight = make_flight()
    for number in range(8):
        make_booking(flight, email=f"traveller-{number}@example.com")
    departs_at, arrives_at = (
        at + timedelta(hours=1) for at in (flight.departs_at, flight.arrives_at)
    )
    with transaction():
        disruptions.retime_flight(flight.id, departs_at, arrives_at, flight.departs_on, "sam")
    with transaction():
        late = timedelta(minutes=40)
        disruptions.delay_flight(flight.id, departs_at + late, arrives_at + late, "sam")
    clock.advance(COALESCED_FOR)
    start_worker()

    def delays() -> list[str | None]:
        db.session.rollback()
        query = select(Notification.reason).where(
            Notification.kind == Kind.FLIGHT_DELAYED, Notification.state == State.WITHHELD
        )
        return list(db.session.scalars(query))

    assert eventually(lambda: len(delays()) == 8)
    assert set(delays()) == {"told already"}
    subjects = sorted(message.subject[:6] for message in mail_server.messages)
    assert subjects == ["Booked"] * 8 + ["New ti"] * 8


def test_no_mail_waits_for_upkeep_that_takes_its_time(
    app: Flask, settings: Settings, mail_server: MailServer
) -> None:
    flight = make_flight()
    lapsed = make_hold(flight)
    clock.advance(timedelta(minutes=30))
    make_booking(flight)
    one_thread = replace(settings, worker_threads=1)
    workers = [Worker(one_thread, "deliver", "schedule"), Worker(one_thread, "dispatch")]
    with db.engine.connect() as connection, connection.begin():
        # Tidying this hold away waits for whoever has it under lock.
        connection.execute(select(Booking.id).where(Booking.id == lapsed.id).with_for_update())
        workers[0].start()
        try:
            assert eventually(_is_somebody_waiting)
            workers[1].start()
            assert mail_server.wait_for(1, 30)
            assert _is_somebody_waiting()
        finally:
            for worker in workers:
                if worker.process:
                    worker.kill()


def _is_somebody_waiting() -> bool:
    with db.engine.connect() as connection:
        waits = "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
        return bool(connection.exec_driver_sql(waits).scalar())


def test_an_address_that_no_server_can_be_told_takes_no_other_mail_along(
    app: Flask, start_worker: StartWorker, mail_server: MailServer
) -> None:
    flight = make_flight()
    odd = make_booking(flight)
    with transaction() as session:
        # An earlier one may have come in before addresses were checked as they are now.
        too_long = f"a@{'é' * 64}.com"
        session.execute(update(Notification).values(recipient=too_long))
        session.execute(update(Booking).values(contact_email=too_long))
    for number in range(8):
        make_booking(flight, email=f"traveller-{number}@example.com")
    start_worker()
    assert mail_server.wait_for(8, WAIT)

    def state() -> tuple[str, str | None]:
        db.session.rollback()
        query = select(Notification.state, Notification.reason).where(
            Notification.booking_id == odd.id, Notification.kind == Kind.BOOKING_CONFIRMED
        )
        found, words = db.session.execute(query).one()
        return found, words

    assert eventually(lambda: state()[0] == State.RETRY)
    assert "could not be addressed" in (state()[1] or "")
