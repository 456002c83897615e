"""Dividing a booking while something else happens to it: one is first, and nothing is lost."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from flask import Flask

from tests.airline import retime
from tests.booking.races import divide_off, let_stay_at_home, new_keys, times_later
from tests.builders import make_booking, make_flight
from tests.races import at_once
from tests.state import sold
from webapp.booking import disruptions
from webapp.booking.models import Booking, Segment
from webapp.booking.schedule_changes import service as schedule_changes
from webapp.booking.schedule_changes.models import Answer, ScheduleChange
from webapp.db import db, in_transaction
from webapp.flights.fares import Party
from webapp.flights.models import Flight
from webapp.notifications.models import Kind, Notification
from webapp.staff.integrity import broken_promises

pytestmark = pytest.mark.databases("mariadb")

ROUNDS = 4


def test_of_a_division_and_a_cancellation_of_the_same_person_one_wins(app: Flask) -> None:
    for key in new_keys(ROUNDS):
        flight = make_flight(seats=9)
        booking = make_booking(flight, Party(3))
        acts = [partial(divide_off, booking.id, 1, key), let_stay_at_home(booking, 1)]
        outcomes = at_once(app, acts)
        assert sorted(outcomes) in (["NotCancellable", "done"], ["PartyMoved", "done"])
        assert sold(flight.id) == (3 if outcomes[0] == "done" else 2)
    assert broken_promises() == []


def test_one_form_sent_by_eight_at_once_divides_once(app: Flask) -> None:
    booking = make_booking(make_flight(), Party(3))
    (key,) = new_keys(1)
    outcomes = at_once(app, [partial(divide_off, booking.id, 1, key)] * 8)
    assert set(outcomes) == {"done"}
    assert db.session.query(Booking).count() == 2
    assert broken_promises() == []


def test_of_two_who_divide_the_same_person_off_one_is_told(app: Flask) -> None:
    booking = make_booking(make_flight(), Party(3))
    outcomes = at_once(app, [partial(divide_off, booking.id, 1, key) for key in new_keys(2)])
    assert sorted(outcomes) == ["PartyMoved", "done"]
    assert db.session.query(Booking).count() == 2
    assert broken_promises() == []


def test_a_flight_that_is_moved_at_the_same_moment_is_news_to_either_part(app: Flask) -> None:
    for key in new_keys(ROUNDS):
        flight = make_flight()
        booking = make_booking(flight, Party(2))
        later = times_later(flight.id)
        move = partial(in_transaction, partial(disruptions.retime_flight, flight.id, *later, "sam"))
        at_once(app, [partial(divide_off, booking.id, 1, key), move])
        db.session.expire_all()
        segments = db.session.query(Segment).filter_by(flight_id=flight.id).all()
        assert len(segments) == 2
        for segment in segments:
            own = db.session.query(Notification).filter_by(segment_id=segment.id)
            due = {each.kind: each.due_at for each in own}
            assert due[Kind.DAY_OF_TRAVEL] == later[0] - timedelta(hours=3)
    assert broken_promises() == []


def test_who_accepts_new_times_at_the_same_moment_does_so_wholly_or_not(app: Flask) -> None:
    for key in new_keys(ROUNDS):
        flight = make_flight()
        booking = make_booking(flight, Party(2))
        retime(db.session.get_one(Flight, flight.id), timedelta(hours=4))
        asked = db.session.query(ScheduleChange).filter_by(booking_id=booking.id).one()
        accept = partial(in_transaction, partial(schedule_changes.accept, asked.id, "alice"))
        at_once(app, [partial(divide_off, booking.id, 1, key), accept])
        db.session.expire_all()
        for each in db.session.query(ScheduleChange):
            assert each.segment.is_agreed == (each.answer == Answer.ACCEPTED)
    assert broken_promises() == []
