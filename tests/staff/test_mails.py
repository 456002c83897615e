"""The mail log of staff: whose mails they see, and what they can do to one."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.builders import cancel, log_in, make_booking, make_flight, make_user
from tests.pages import alerts, page
from webapp import clock
from webapp.accounts.models import Role
from webapp.accounts.service import register
from webapp.booking import disruptions
from webapp.booking.cancellation.rules import Part
from webapp.booking.models import Booking
from webapp.db import db, transaction
from webapp.flights.models import Flight
from webapp.notifications.models import (
    REFUSED,
    Kind,
    Notification,
    NotificationEvent,
    State,
)


def mail_of(booking: Booking, kind: Kind = Kind.BOOKING_CONFIRMED) -> Notification:
    query = select(Notification).where(
        Notification.booking_id == booking.id, Notification.kind == kind
    )
    return db.session.scalars(query).one()


def settle(mail: Notification, state: State, reason: str | None = None) -> None:
    values = {"state": state, "reason": reason, "answer": "250 ok", "sent_at": clock.now()}
    with transaction() as session:
        session.execute(update(Notification).where(Notification.id == mail.id).values(**values))


def log_sam_in(client: FlaskClient) -> None:
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))


def fly_with_two_airlines() -> tuple[Booking, Flight]:
    """Return a booking that goes out with X1 and comes back with Y2, and the flight back."""
    out = make_flight(airline="X1")
    departs_at = out.departs_at + timedelta(days=2)
    back = make_flight(origin="BOM", destination="DEL", airline="Y2", departs_at=departs_at)
    return make_booking(out, back=back), back


def shown(client: FlaskClient, query: str = "") -> list[str]:
    return [each.text for each in page(client.get(f"/staff/mails{query}")).one("main").all("li")]


def test_staff_see_the_mails_of_their_own_airlines_bookings_alone(
    app: Flask, client: FlaskClient
) -> None:
    ours = make_booking(make_flight(airline="X1"), email="ours@example.com")
    make_booking(make_flight(airline="Y2"), email="theirs@example.com")
    with transaction():
        register("new@example.com", "a long enough password")
    log_sam_in(client)
    found = " ".join(shown(client))
    assert "ours@example.com" in found
    assert ours.reference in found
    assert "theirs@example.com" not in found
    assert "new@example.com" not in found
    log_in(client, make_user("ada@example.com", Role.ADMIN))
    found = " ".join(shown(client))
    for address in ("ours@example.com", "theirs@example.com", "new@example.com"):
        assert address in found


def test_the_log_is_narrowed_by_booking_address_state_and_kind(
    app: Flask, client: FlaskClient
) -> None:
    one = make_booking(make_flight(), email="one@example.com")
    two = make_booking(make_flight(), email="two@example.com")
    settle(mail_of(two), State.FAILED, "550 No such mailbox")
    log_sam_in(client)
    for query, mine in ((one.reference, "one@example.com"), ("two@example.com",) * 2):
        found = shown(client, f"?booking={query}")
        assert found
        assert all(mine in each for each in found)
    (failed,) = shown(client, "?state=failed")
    assert "550 No such mailbox" in failed
    assert len(shown(client, "?kind=booking_confirmed")) == 2
    assert not shown(client, "?booking=ABC234")


def test_a_flight_has_its_mails_and_each_names_the_flight_it_is_about(
    app: Flask, client: FlaskClient
) -> None:
    log_sam_in(client)
    out = make_flight(number=168)
    onward = make_flight(
        number=169, origin="BOM", destination="LHR", departs_at=out.arrives_at + timedelta(hours=3)
    )
    make_booking(out, onward=onward)
    for query in ("X1 168", "x1168"):
        found = shown(client, f"?booking={query}")
        assert len(found) == 3
        assert all(", X1 168" in each for each in found)
    assert any("Reminder, X1 169" in each for each in shown(client))
    assert shown(client, "?booking=Y2 168") == []


def test_an_address_is_found_however_it_is_written(app: Flask, client: FlaskClient) -> None:
    log_sam_in(client)
    make_booking(make_flight(), email="c1@example.com")
    assert (
        shown(client, "?booking=C1@Example.COM") == shown(client, "?booking=c1@example.com") != []
    )


def refuse(mail: Notification, at: datetime) -> None:
    """Let the mail server not take a mail, which waits to be tried again."""
    settle(mail, State.RETRY, "451 Try again later")
    with transaction() as session:
        session.add(
            NotificationEvent(notification_id=mail.id, at=at, actor="mail server", what=REFUSED)
        )


def test_the_log_begins_with_what_needs_a_look_and_leads_there(
    app: Flask, client: FlaskClient
) -> None:
    log_sam_in(client)
    one, two, three = (make_booking(make_flight()) for _ in range(3))
    theirs = make_booking(make_flight(airline="Y2"))
    assert "All is well" in page(client.get("/staff/mails")).text
    refuse(mail_of(one), clock.now() - timedelta(hours=1))
    refuse(mail_of(two), since := clock.now() - timedelta(hours=2))
    settle(mail_of(three), State.FAILED, "550 No such mailbox")
    refuse(mail_of(theirs), clock.now() - timedelta(days=1))
    main = page(client.get("/staff/mails")).one("main")
    assert "All is well" not in main.text
    assert f"since {since:%a} {since.day} {since:%b}, {since:%H:%M}" in main.text
    links = {each.text: each.attributes["href"] for each in main.all("a")}
    waiting = page(client.get(links["2 mails wait to be tried again"])).one("main")
    assert len(waiting.all("li", class_="card")) == 2
    assert links["1 mail failed"] == "/staff/mails?state=failed"


def test_what_failed_long_ago_needs_no_look_and_stays_in_the_log(
    app: Flask, client: FlaskClient
) -> None:
    log_sam_in(client)
    booking = make_booking(make_flight())
    settle(mail_of(booking), State.FAILED, "550 No such mailbox")
    clock.move_to(clock.now() + timedelta(days=8))
    assert "failed in the last 7 days." in page(client.get("/staff/mails")).text
    assert "mail failed" not in page(client.get("/staff/mails")).text
    assert len(shown(client, "?state=failed")) == 1


def test_mails_that_nobody_hands_out_are_said_to_be_late(app: Flask, client: FlaskClient) -> None:
    log_sam_in(client)
    make_booking(make_flight())
    assert alerts(client.get("/staff/mails")) == ""
    clock.move_to(clock.now() + timedelta(minutes=3))
    assert "1 mail is late" in alerts(client.get("/staff/mails"))


def test_what_was_not_sent_is_left_out_until_it_is_asked_for(
    app: Flask, client: FlaskClient
) -> None:
    log_sam_in(client)
    booking = make_booking(make_flight())
    settle(mail_of(booking), State.WITHHELD, "cancelled")
    assert not any("Not sent" in each for each in shown(client))
    main = page(client.get("/staff/mails?kind=booking_confirmed")).one("main")
    (link,) = [each for each in main.all("a") if each.text == "show it"]
    (not_sent,) = shown(client, link.attributes["href"].partition("mails")[2])
    assert "cancelled" in not_sent
    assert len(shown(client, "?state=any")) == 2 + len(shown(client))
    asked = client.get(f"/staff/mails?booking={booking.reference}")
    assert any("Not sent" in each.text for each in page(asked).one("main").all("li"))
    assert "Any" in page(asked).one("option", value="any", selected="").text


@pytest.mark.parametrize("query", ["?state=x", "?kind=x", "?page=0", "?page=x", "?page=201"])
def test_a_question_that_makes_no_sense_is_refused(
    app: Flask, client: FlaskClient, query: str
) -> None:
    log_sam_in(client)
    assert client.get(f"/staff/mails{query}").status_code == 422


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("0", "There are pages from 1 to 200."),
        ("99999", "There are pages from 1 to 200."),
        ("x", "Write a whole number."),
    ],
)
def test_a_page_that_there_cannot_be_is_refused_in_words(
    app: Flask, client: FlaskClient, number: str, words: str
) -> None:
    log_sam_in(client)
    assert alerts(client.get(f"/staff/mails?page={number}")) == words


def test_each_kind_of_mail_has_a_name_of_its_own(app: Flask, client: FlaskClient) -> None:
    log_sam_in(client)
    kinds = page(client.get("/staff/mails")).one("select", name="kind").all("option")
    names = [each.text.replace(" the ", " a ") for each in kinds]
    assert len(set(names)) == len(names)


def test_a_mail_that_is_void_is_said_to_be_decided_again(app: Flask, client: FlaskClient) -> None:
    booking = make_booking(make_flight())
    settle(mail_of(booking), State.WITHHELD, "cancelled")
    log_sam_in(client)
    answer = client.post("/staff/mails/again", data={"mail": mail_of(booking).key})
    flashed = page(client.get(answer.location)).text
    assert "it goes out unless what it tells is over by now" in flashed


@pytest.mark.parametrize("query", ["?booking=é", "?booking=%00", "?booking=" + "x" * 200])
def test_an_odd_question_finds_nothing(app: Flask, client: FlaskClient, query: str) -> None:
    make_booking(make_flight())
    log_sam_in(client)
    assert client.get(f"/staff/mails{query}").status_code == 200
    assert not shown(client, query)


def test_a_failed_mail_is_tried_again_and_its_history_says_by_whom(
    app: Flask, client: FlaskClient
) -> None:
    booking = make_booking(make_flight())
    settle(mail_of(booking), State.FAILED, "550 No such mailbox")
    log_sam_in(client)
    data = {"mail": mail_of(booking).key, "back": "/staff/mails?state=failed"}
    answer = client.post("/staff/mails/retry", data=data)
    assert (answer.status_code, answer.location) == (303, "/staff/mails?state=failed")
    assert mail_of(booking).state == State.DUE
    line = db.session.scalars(select(NotificationEvent)).one()
    assert (line.actor, line.what) == ("sam@example.com", "retried")


def test_a_mail_that_waits_is_withdrawn_and_says_so(app: Flask, client: FlaskClient) -> None:
    booking = make_booking(make_flight())
    log_sam_in(client)
    reminder = mail_of(booking, Kind.DEPARTURE_REMINDER)
    assert client.post("/staff/mails/withdraw", data={"mail": reminder.key}).status_code == 303
    reminder = mail_of(booking, Kind.DEPARTURE_REMINDER)
    assert (reminder.state, reminder.reason) == (State.WITHHELD, "withdrawn by the airline")
    answer = client.post("/staff/mails/withdraw", data={"mail": reminder.key})
    assert "Nothing was done" in client.get(answer.location).text


@pytest.mark.parametrize("state", [State.SENDING, State.SENT])
def test_what_is_out_cannot_be_withdrawn(app: Flask, client: FlaskClient, state: State) -> None:
    booking = make_booking(make_flight())
    settle(mail_of(booking), state)
    log_sam_in(client)
    client.post("/staff/mails/withdraw", data={"mail": mail_of(booking).key})
    assert mail_of(booking).state == state


@pytest.mark.parametrize("act", ["again", "retry", "withdraw"])
def test_staff_of_another_airline_can_do_nothing_to_a_mail(
    app: Flask, client: FlaskClient, act: str
) -> None:
    booking = make_booking(make_flight(airline="X1"))
    log_in(client, make_user("olga@example.com", Role.AIRLINE_STAFF, "Y2"))
    key = mail_of(booking).key
    assert client.post(f"/staff/mails/{act}", data={"mail": key}).status_code == 404
    log_in(client, make_user("alice@example.com"))
    assert client.post(f"/staff/mails/{act}", data={"mail": key}).status_code == 404


def test_the_mails_of_another_airlines_flight_on_the_same_trip_are_not_theirs(
    app: Flask, client: FlaskClient
) -> None:
    booking, back = fly_with_two_airlines()
    with transaction():
        disruptions.cancel_flight(back.id, "olga@example.com")
    log_sam_in(client)
    found = " ".join(shown(client))
    assert "Confirmation" in found, "that is about the whole trip"
    assert "Flight cancelled" not in found
    key = mail_of(booking, Kind.FLIGHT_CANCELLED).key
    for act in ("again", "retry", "withdraw"):
        assert client.post(f"/staff/mails/{act}", data={"mail": key}).status_code == 404
    assert mail_of(booking, Kind.FLIGHT_CANCELLED).state == State.DUE
    log_in(client, make_user("olga@example.com", Role.AIRLINE_STAFF, "Y2"))
    assert "Flight cancelled" in " ".join(shown(client))


def test_an_airline_that_the_trip_flies_with_no_more_sees_its_mails_no_more(
    app: Flask, client: FlaskClient
) -> None:
    booking, _ = fly_with_two_airlines()
    key = mail_of(booking).key
    log_in(client, make_user("olga@example.com", Role.AIRLINE_STAFF, "Y2"))
    assert "Confirmation" in " ".join(shown(client))
    cancel(booking, Part(journey=1))
    assert "Confirmation" not in " ".join(shown(client))
    assert client.post("/staff/mails/withdraw", data={"mail": key}).status_code == 404
