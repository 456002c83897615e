"""An account that has a row of every kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.builders import PASSWORD, cancel, log_in, make_booking, make_flight, make_hold, make_user
from webapp import clock
from webapp.accounts.models import EmailChange, User
from webapp.accounts.passwords.service import change_email
from webapp.accounts.queries import PUT_BACK_WITHIN, user_by_id
from webapp.accounts.travellers.service import save_travellers
from webapp.booking import disruptions
from webapp.booking.history import record
from webapp.booking.models import Booking, Passenger
from webapp.db import db, transaction
from webapp.documents.calendar.service import renew_feed
from webapp.flights.families import STANDARD
from webapp.flights.fares import Party
from webapp.notifications import preferences
from webapp.notifications.models import Kind


@dataclass(frozen=True)
class FullAccount:
    """An account with its browser, and a booking of each kind."""

    user: User
    client: FlaskClient
    booked: Booking
    cancelled: Booking
    held: Booking


def make_full_account(app: Flask, name: str = "alice", family_name: str = "Meier") -> FullAccount:
    """Return the account <name>@example.com, whose people are all of one family."""
    user_id = make_user(f"{name}.old@example.com").id
    flight, other = make_flight(), make_flight()
    with transaction() as session:
        moved = user_by_id(user_id)
        assert moved
        change_email(moved, PASSWORD, f"{name}@example.com")
        # So long ago that nobody may put it back any more.
        moved_at = clock.now() - PUT_BACK_WITHIN
        session.execute(update(EmailChange).values(changed_at=moved_at))
        save_travellers(user_id, [(name.capitalize(), family_name, date(1988, 2, 29))])
        preferences.set_preferences(user_id, moved.email, [Kind.PRICE_ALERT], 12, "de")
        renew_feed(user_id)
    user = user_by_id(user_id)
    assert user
    booked, cancelled = (
        make_booking(each, party, user, family_name, user.email, STANDARD)
        for each, party in ((flight, Party(2)), (other, Party()))
    )
    cancel(cancelled, actor=user.email)
    with transaction() as session:
        passenger = session.get_one(Passenger, booked.passengers[0].id)
        passenger.nationality = passenger.document_country = "CH"
        passenger.document_number = f"{name.upper()}123"
        passenger.document_expires_on = date(2039, 5, 31)
        given = {"positions": [passenger.position], "account": user_id}
        record(booked, user.email, "documents_given", after=given)
    later = flight.departs_at + timedelta(hours=5), flight.arrives_at + timedelta(hours=5)
    with transaction():
        disruptions.retime_flight(flight.id, *later, flight.departs_on, "sam@airline.example")
    held = make_hold(other, user=user)
    browser = app.test_client()
    log_in(browser, user)
    search = f"origin=DEL&destination=BOM&depart={other.departs_on}"
    assert browser.get(f"/flights?{search}").status_code == 200
    follow = {"rule": "percent", "threshold": 10}
    assert browser.post(f"/alerts/follow?{search}", data=follow).status_code == 303
    db.session.expire_all()
    return FullAccount(user, browser, booked, cancelled, held)
