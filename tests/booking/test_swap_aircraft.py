"""Another aircraft: everybody has a seat on it, is told, and gets back what they paid for."""

from __future__ import annotations

from datetime import timedelta
from threading import Event, Thread
from time import sleep

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from tests.booking.races import quote_of_change
from tests.builders import log_in, make_aircraft, make_booking, make_flight, make_user
from tests.mails.gallery import check_in, mail_of, moved_to_another_aircraft
from tests.mails.post import deliver, letter, taken, write_down
from tests.staff.addresses import address
from webapp import clock
from webapp.accounts.models import Role
from webapp.booking import disruptions, ledger
from webapp.booking.changes import service as changes
from webapp.booking.models import Coupon, EntryKind, LedgerEntry
from webapp.booking.seats.queries import live_coupons
from webapp.booking.seats.reseating import displaced_by
from webapp.booking.seats.service import choose_seat
from webapp.db import db, transaction
from webapp.flights.families import FLEX
from webapp.flights.fares import Party
from webapp.flights.models import Flight
from webapp.network.models import Aircraft
from webapp.notifications.models import Kind, Notification
from webapp.staff.integrity import broken_promises
from worker.mails import Mail, decide


def swap(flight: Flight, aircraft: Aircraft) -> None:
    with transaction():
        disruptions.swap_aircraft(flight.id, aircraft.id, "sam")


def seats() -> list[str | None]:
    db.session.expire_all()
    return list(db.session.scalars(select(Coupon.seat).order_by(Coupon.id)))


def told_of_seats() -> list[str]:
    """Let the mails go out, and return those about seats."""
    clock.advance(timedelta(minutes=6))
    return [each.body for each in deliver() if each.kind == Kind.SEATS_MOVED]


def total_charged() -> int:
    return db.session.scalar(select(func.sum(LedgerEntry.amount_minor))) or 0


def test_who_loses_a_seat_gets_another_and_is_told(app: Flask) -> None:
    flight = make_flight(seats=6, aircraft=make_aircraft("X1", seats=6))
    make_booking(flight, Party(2))
    last = make_booking(flight, Party(2))
    with transaction() as session:
        coupons = session.scalars(
            select(Coupon).where(Coupon.passenger_id == last.passengers[1].id)
        )
        coupons.one().seat = "105A"
    assert "105A" in seats()
    swap(flight, make_aircraft("X1", seats=4))
    kept = seats()
    assert None not in kept
    assert len(set(kept)) == 4
    assert set(kept) <= {"100A", "101A", "102A", "103A"}
    told = db.session.scalars(select(Notification).where(Notification.kind == Kind.SEATS_MOVED))
    mails = told.all()
    assert [mail.booking_id for mail in mails] == [last.id]
    assert isinstance(decide(mails[0]), Mail)
    assert not broken_promises()


def test_what_was_paid_for_a_seat_that_is_lost_comes_back(app: Flask) -> None:
    flight = make_flight(seats=6, aircraft=make_aircraft("X1", seats=6))
    booking = make_booking(flight)
    with transaction() as session:
        coupon = session.scalars(select(Coupon)).one()
        coupon.seat, coupon.seat_price_minor = "105A", 24_00
        session.add(
            LedgerEntry(
                booking_id=booking.id,
                at=clock.now(),
                kind="charge",
                amount_minor=24_00,
                currency="USD",
                what="Seat 105A",
            )
        )
    before = db.session.scalar(select(func.sum(LedgerEntry.amount_minor)))
    swap(flight, make_aircraft("X1", seats=3))
    after = db.session.scalar(select(func.sum(LedgerEntry.amount_minor)))
    assert before is not None
    assert after == before - 24_00
    line = db.session.scalars(select(LedgerEntry).where(LedgerEntry.amount_minor == -24_00)).one()
    assert line.what == f"Seat of your choice: Alice Meier, 105A on {flight.designator}"
    assert not broken_promises()


def test_legroom_that_was_paid_for_and_is_lost_comes_back(app: Flask) -> None:
    flight = make_flight(seats=6, aircraft=make_aircraft("X1", seats=6, legroom_rows="100"))
    booking, other = make_booking(flight), make_booking(flight)
    charged_before = total_charged()
    for each, seat, price in ((booking, "100A", 24_00), (other, "104A", 8_00)):
        segment, passenger = each.segments[0], each.passengers[0]
        with transaction():
            choose_seat(each.id, segment.id, passenger.id, seat, price, "alice")
    plain = make_aircraft("X1", seats=6)
    assert displaced_by(flight.id, plain) == 1
    swap(flight, plain)
    assert total_charged() == charged_before + 8_00
    told = db.session.scalars(select(Notification).where(Notification.kind == Kind.SEATS_MOVED))
    assert [mail.booking_id for mail in told] == [booking.id]
    assert None not in seats()
    assert not broken_promises()


def test_the_preview_counts_who_may_not_sit_at_the_other_aircrafts_exits(app: Flask) -> None:
    flight = make_flight(seats=6, aircraft=make_aircraft("X1", seats=6))
    family, pair = make_booking(flight, Party(2, 0, 1)), make_booking(flight, Party(1, 1))
    with transaction() as session:
        session.execute(update(Coupon).values(seat=None))
        seated = [*family.passengers[:2], *pair.passengers]
        for passenger, seat in zip(seated, ("100A", "101A", "102A", "103A"), strict=True):
            coupon = session.scalars(select(Coupon).where(Coupon.passenger_id == passenger.id))
            coupon.one().seat = seat
    # In the exit rows sit one with an infant and one without, and a child; in row 102 an adult.
    other = make_aircraft("X1", seats=6, exit_rows="100,101,103")
    before = seats()
    assert displaced_by(flight.id, other) == 2
    swap(flight, other)
    assert sum(old != new for old, new in zip(before, seats(), strict=True)) == 2


def test_who_keeps_a_seat_hears_nothing(app: Flask) -> None:
    flight = make_flight(seats=4, aircraft=make_aircraft("X1", seats=4))
    make_booking(flight, Party(2))
    before = seats()
    swap(flight, make_aircraft("X1", seats=9))
    assert seats() == before
    query = select(func.count()).where(Notification.kind == Kind.SEATS_MOVED)
    assert db.session.scalar(query) == 0


def test_staff_see_who_would_sit_elsewhere_before_anything_is_saved(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    flight = make_flight(seats=6, aircraft=make_aircraft("X1", seats=6))
    make_booking(flight, Party(2))
    with transaction() as session:
        session.scalars(select(Coupon)).first().seat = "105A"  # type: ignore[union-attr]
    smaller = make_aircraft("X1", seats=3)
    page = client.get(f"{address(flight)}/aircraft?aircraft={smaller.tail}")
    assert page.status_code == 200
    assert "1 passenger has a seat that this aircraft does not offer" in " ".join(
        page.text.replace("<strong>", "").replace("</strong>", "").split()
    )
    assert "105A" in seats()
    answer = client.post(f"{address(flight)}/aircraft", data={"aircraft": smaller.tail})
    assert answer.status_code == 303
    assert "105A" not in seats()
    assert clock.now() + timedelta(days=1) < flight.departs_at


@pytest.mark.databases("mariadb")
def test_who_changes_to_the_flight_at_that_moment_has_a_seat_that_there_is(app: Flask) -> None:
    old = make_flight(seats=6)
    departs_at = old.departs_at + timedelta(days=1)
    new = make_flight(seats=6, aircraft=make_aircraft("X1", seats=6), departs_at=departs_at)
    booking = make_booking(old, family=FLEX)
    offered, smaller = quote_of_change(booking, new), make_aircraft("X1", seats=4)
    booking_id, new_id, is_changed = booking.id, new.id, Event()

    def change_slowly() -> None:
        with app.app_context(), transaction() as session:
            changes.change(booking_id, offered, "alice")
            last_row = update(Coupon).where(Coupon.flight_id == new_id).values(seat="105A")
            session.execute(last_row)
            is_changed.set()
            sleep(0.5)

    thread = Thread(target=change_slowly)
    thread.start()
    assert is_changed.wait(10)
    swap(new, smaller)
    thread.join()
    flown = [seat for seat in seats() if seat]
    assert len(flown) == 1
    assert flown[0] in {"100A", "101A", "102A", "103A"}
    assert not broken_promises()


def test_the_mail_says_who_sits_where_now_and_what_comes_back(app: Flask) -> None:
    flight = make_flight(seats=12, aircraft=make_aircraft("X1", seats=12))
    booking = make_booking(flight, Party(2))
    first, second = booking.passengers
    with transaction() as session:
        coupon = session.scalars(select(Coupon).where(Coupon.passenger_id == second.id)).one()
        coupon.seat, coupon.seat_price_minor = "111A", 24_00
        ledger.write(booking, [ledger.Line(EntryKind.CHARGE, 24_00, "Seat 111A")])
    for seats in (11, 6):  # Two swaps before the mail is out: who knows of the first?
        swap(flight, make_aircraft("X1", seats=seats))
    (body,) = told_of_seats()
    now = {coupon.passenger_id: coupon.seat for coupon in live_coupons(booking)}
    assert f"{second.given_name} {second.family_name}: {now[second.id]}, was 111A" in body
    assert "The $24 that you paid for choosing comes back." in body
    assert ", was 100A" not in body, f"{first.given_name} sits as before"
    assert "Boarding passes" not in body
    # What is told of a later swap begins where this mail ended.
    with transaction() as session:
        session.scalars(select(Coupon).where(Coupon.passenger_id == first.id)).one().seat = "105A"
    swap(flight, make_aircraft("X1", seats=5))
    (body,) = told_of_seats()
    assert ", was 105A" in body
    assert "111A" not in body
    assert "come back" not in body


def test_a_swap_while_the_mail_of_another_is_on_its_way_is_told_whole(app: Flask) -> None:
    flight = make_flight(seats=12, aircraft=make_aircraft("X1", seats=12))
    booking = make_booking(flight, Party(2))
    deliver()

    def sit(position: int, seat: str) -> None:
        own = select(Coupon).where(Coupon.passenger_id == booking.passengers[position].id)
        with transaction() as session:
            coupon = session.scalars(own).one()
            coupon.seat, coupon.seat_price_minor = seat, 24_00
            ledger.write(booking, [ledger.Line(EntryKind.CHARGE, 24_00, f"Seat {seat}")])
        db.session.expire_all()

    sit(0, "111A")
    swap(flight, make_aircraft("X1", seats=11))
    clock.advance(timedelta(minutes=6))
    (first,) = taken()
    decision = decide(first)
    clock.advance(timedelta(seconds=10))
    sit(1, "110A")
    swap(flight, make_aircraft("X1", seats=8))
    clock.advance(timedelta(seconds=5))
    write_down(first, decision)
    (body,) = told_of_seats()
    assert ", was 110A" in body
    assert "The $24 that you paid" in body
    assert "111A" not in body, "that was told"


def test_who_is_checked_in_is_told_that_old_boarding_passes_do_not_hold(app: Flask) -> None:
    booking = moved_to_another_aircraft()
    check_in(booking)
    mail = mail_of(booking, Kind.SEATS_MOVED)
    decision = decide(mail)
    assert isinstance(decision, Mail)
    body = letter(mail, decision).body
    assert "show the old seats and no longer hold" in body
    assert "Open your boarding passes: " in body
