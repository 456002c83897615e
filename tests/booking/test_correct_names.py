"""Names put right after the booking: a slip of the finger may go, another person may not come."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.builders import (
    birthday_of,
    cancel,
    log_in,
    make_booking,
    make_flight,
    make_hold,
    make_return,
    make_user,
)
from tests.conftest import MakeApp
from tests.documents.test_e_ticket import text_of
from tests.pages import Element, alerts, beside, page, typed
from tests.races import at_once
from webapp import clock
from webapp.accounts.models import Role, SavedTraveller
from webapp.accounts.travellers.service import save_travellers
from webapp.booking import disruptions, ledger, service
from webapp.booking.cancellation.rules import Part
from webapp.booking.checkin.service import check_in, undo_check_in
from webapp.booking.models import Booking, BookingEvent
from webapp.booking.names.errors import AnotherPerson, NamesMoved
from webapp.booking.names.rules import as_seen, letters_between
from webapp.booking.names.service import Correction, correct_names
from webapp.booking.party import PassengerNames
from webapp.db import db, retry_conflicts, transaction
from webapp.flights.fares import Party
from webapp.notifications.models import Kind, Notification
from worker.mails import Mail, decide

BORN_ON = birthday_of("adult")


def called_at_first(client: FlaskClient, *names: tuple[str, str]) -> Booking:
    """Return a trip of Alice, who is logged in, with a party that was booked under these names."""
    alice = make_user()
    booking = make_hold(make_flight(), Party(len(names)), alice)
    party = [PassengerNames(given_name, family_name, BORN_ON) for given_name, family_name in names]
    with transaction():
        service.name_passengers(booking.id, party, "alice@example.com", "test")
    with transaction():
        service.confirm_booking(booking.id, "test")
    log_in(client, alice)
    return booking


def booked(
    client: FlaskClient, given_name: str = "Marei", family_name: str = "Curie", others: int = 0
) -> Booking:
    """Return a trip of Alice, who is logged in; its first passenger is booked under a name."""
    return called_at_first(client, (given_name, family_name), *[("Alice", "Meier")] * others)


def opened(client: FlaskClient, booking: Booking) -> dict[str, str]:
    """Return what the form holds when it is opened."""
    form = page(client.get(address_of(booking))).one("form", action=address_of(booking))
    return {each.attributes["name"]: each.attributes["value"] for each in form.all("input")}


def address_of(booking: Booking) -> str:
    return f"/bookings/{booking.reference}/names"


def correct(client: FlaskClient, booking: Booking, *names: str, born_on: str = "") -> TestResponse:
    """Open the form, call the first passenger otherwise, and send it."""
    data = opened(client, booking)
    fields = ("given_name", "family_name")
    data |= {f"passengers-0-{each}": name for each, name in zip(fields, names, strict=False)}
    if born_on:
        data["passengers-0-born_on"] = born_on
    return client.post(address_of(booking), data=data)


def called(booking: Booking) -> list[str]:
    """Return the names of a party as they stand now."""
    db.session.rollback()
    db.session.expire_all()
    party = db.session.get_one(Booking, booking.id).passengers
    return [f"{each.given_name} {each.family_name}" for each in party]


def lines() -> list[BookingEvent]:
    query = select(BookingEvent).where(BookingEvent.what == "name_corrected")
    return list(db.session.scalars(query.order_by(BookingEvent.id)))


def mails() -> list[Notification]:
    query = select(Notification).where(Notification.kind == Kind.NAMES_CORRECTED)
    return list(db.session.scalars(query.order_by(Notification.id)))


def test_a_name_that_is_put_right_stands_on_the_trip_and_in_its_history(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client)
    ticket = db.session.get_one(Booking, booking.id).passengers[0].ticket_number
    trip = page(client.get(f"/bookings/{booking.reference}"))
    assert trip.one("a", href=address_of(booking)).text == "Correct names"
    answer = correct(client, booking, "Marie")
    assert (answer.status_code, answer.location) == (303, f"/bookings/{booking.reference}")
    shown = page(client.get(answer.location)).text
    assert "The names are corrected" in shown
    assert "Corrected: Marie Curie instead of Marei Curie" in shown
    (line,) = lines()
    born_on = BORN_ON.isoformat()
    assert line.before == {
        "position": 0,
        "given_name": "Marei",
        "family_name": "Curie",
        "born_on": born_on,
    }
    assert line.after == line.before | {"given_name": "Marie"}
    assert line.actor == "alice@example.com"
    assert db.session.get_one(Booking, booking.id).passengers[0].ticket_number == ticket


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (("Marei", "Curie"), ("Marie", "Curie")),
        (("Marei", "Curie"), ("Mary", "Currey")),
        (("Curie", "Marie"), ("Marie", "Curie")),
        (("Currie", "Marei"), ("Marie", "Curie")),
        (("Marie", "Curie"), ("Marie Salomea", "Curie")),
        (("Marei", "Curie"), ("Marie-Salomea", "Curie")),
        (("Marie", "Curie"), ("Marie", "Skłodowska-Curie")),
        (("Peter", "Meier"), ("Hans Peter", "Meier")),
        (("Marie", "Muller"), ("Marie", "Müller")),
        (("Marie", "Oberweis"), ("Marie", "O’Berweiß")),
        (("Jürgen", "Mueller"), ("Juergen", "Müller")),
        (("Jon", "Li"), ("John", "Ly")),
        (("Мария", "Кюри"), ("Mariia", "Kiuri")),
        (("Marie Salomea", "Curie"), ("Marie", "Curie")),
        (("Marei Salomea", "Skłodowska-Curie"), ("Marie", "Currie")),
        (("Frau Dr. Marei", "Curie"), ("Marie", "Curie")),
        (("Marie", "Prof. Dr. Curie"), ("Marie", "Curie")),
        (("Curie", "Mrs Marie"), ("Marie", "Curie")),
        (("Mrs Marie Salomea", "Curie"), ("Marie", "Curie")),
    ],
)
def test_a_slip_names_swapped_a_name_left_out_and_one_too_many_are_put_right(
    app: Flask, client: FlaskClient, was: tuple[str, str], now: tuple[str, str]
) -> None:
    booking = booked(client, *was)
    assert correct(client, booking, *now).status_code == 303
    assert called(booking) == [" ".join(now)]


@pytest.mark.parametrize(
    ("given_name", "family_name", "fields"),
    [
        ("Peter", "Curie", ["given_name"]),
        ("Marei", "Schmidt", ["family_name"]),
        ("Peter", "Schmidt", ["given_name", "family_name"]),
        ("Curie", "Schmidt", ["given_name", "family_name"]),
        ("Wolfgang Ma", "Curie", ["given_name"]),
        ("Ma", "Curie", ["given_name"]),
        ("Marei", "Curiemann", ["family_name"]),
        ("Bob Marei Peter", "Curie", ["given_name"]),
    ],
)
def test_another_person_is_refused_beside_the_field_and_told_how_to_go_on(
    app: Flask, client: FlaskClient, given_name: str, family_name: str, fields: list[str]
) -> None:
    booking = booked(client)
    answer = correct(client, booking, given_name, family_name)
    assert answer.status_code == 422
    wrong = {"given_name": "Marei", "family_name": "Curie"}
    for field in fields:
        assert f"too far from “{wrong[field]}”" in beside(answer, f"passengers-0-{field}")
    assert typed(answer, "passengers-0-given_name") == given_name
    assert typed(answer, "passengers-0-family_name") == family_name
    links = [each.attributes["href"] for each in page(answer).all("a")]
    assert f"/bookings/{booking.reference}/cancel" in links
    assert any(each.startswith("/flights?origin=DEL&destination=BOM") for each in links)
    assert called(booking) == ["Marei Curie"]
    assert mails() == []


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("Anna Maria Luise", "Anna"),
        ("Anna Maria", "Luise"),
        ("Anna Maria", "Maria Luise"),
        ("Frau Dr. Anna", "Peter"),
        ("Herr", "Anna"),
    ],
)
def test_no_more_than_one_name_is_taken_away_and_none_put_in_its_place(
    app: Flask, client: FlaskClient, was: str, now: str
) -> None:
    booking = booked(client, was, "Hildebrandt")
    answer = correct(client, booking, now)
    assert f"too far from “{was}”" in beside(answer, "passengers-0-given_name")


def test_many_small_corrections_make_no_other_person(app: Flask, client: FlaskClient) -> None:
    booking = booked(client, "Robert")
    for name in ("Rupert", "Ruperd"):
        assert correct(client, booking, name).status_code == 303
    one_more = correct(client, booking, "Kuperd")
    assert "too far from “Robert”" in beside(one_more, "passengers-0-given_name")
    # Further names are no other person, and do not become one.
    assert correct(client, booking, "Ruperd Paul").status_code == 303
    answer = correct(client, booking, "Paul")
    assert "too far from “Robert”" in beside(answer, "passengers-0-given_name")
    # As it was is always near enough.
    assert correct(client, booking, "Robert").status_code == 303
    assert called(booking) == ["Robert Curie"]


def test_of_a_short_name_fewer_letters_may_differ(app: Flask, client: FlaskClient) -> None:
    booking = booked(client, "Bob", "Li")
    answer = correct(client, booking, "Tim", "Wu")
    assert "too far from “Bob”" in beside(answer, "passengers-0-given_name")
    assert "too far from “Li”" in beside(answer, "passengers-0-family_name")
    assert correct(client, booking, "Rob", "Ly").status_code == 303


def test_only_who_is_another_person_is_to_be_cancelled(app: Flask, client: FlaskClient) -> None:
    booking = booked(client, others=1)
    whole = page(client.get(address_of(booking))).one("ol").all("a")[1]
    assert (whole.text, client.get(whole.attributes["href"]).status_code) == (
        "cancel whoever does not travel",
        200,
    )
    shown = page(correct(client, booking, "Peter"))
    search = shown.one("ol").all("a")[0].attributes["href"]
    assert "adults=1&children=0" in search
    link = shown.one("a", href=cancellation_of(booking, 0))
    assert link.text == "cancel Marei Curie"
    chosen = page(client.get(link.attributes["href"]))
    assert "checked" in chosen.one(name="passenger", value="0").attributes
    assert "checked" not in chosen.one(name="passenger", value="1").attributes


def cancellation_of(booking: Booking, position: int) -> str:
    return f"/bookings/{booking.reference}/cancel?part=passengers&passenger={position}"


def test_a_date_of_birth_may_change_within_the_kind_that_was_paid_for(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client)
    other = BORN_ON.replace(year=BORN_ON.year - 10)
    assert correct(client, booking, born_on=other.isoformat()).status_code == 303
    (line,) = lines()
    assert line.after["born_on"] == other.isoformat()
    shown = page(client.get(f"/bookings/{booking.reference}")).text
    assert "Corrected: Marei Curie, with another date of birth" in shown
    child = correct(client, booking, born_on=birthday_of("child").isoformat())
    told = beside(child, "passengers-0-born_on")
    assert "An adult is 12 or older" in told
    assert "for a child it takes a new ticket. See below" in told
    assert "Search again" not in told, "that is the way on of a hold"
    assert typed(child, "passengers-0-born_on") == birthday_of("child").isoformat()
    tomorrow = (clock.now().date() + timedelta(days=2)).isoformat()
    for odd, words in ((tomorrow, "still to come"), ("31.5.1990", "year-month-day")):
        assert words in beside(correct(client, booking, born_on=odd), "passengers-0-born_on")
    assert len(lines()) == 1


def test_a_child_is_a_child_on_every_flight(app: Flask, client: FlaskClient) -> None:
    alice = make_user()
    out, back = make_return()
    booking = make_booking(out, Party(1, 1), alice, back=back)
    log_in(client, alice)
    data = opened(client, booking)
    # Twelve between the two flights.
    data["passengers-1-born_on"] = back.departs_on.replace(
        year=back.departs_on.year - 12
    ).isoformat()
    assert "A child is from 2 to 11" in beside(
        client.post(address_of(booking), data=data), "passengers-1-born_on"
    )


@pytest.mark.parametrize("name", ["", "R2D2", "王小明", "-", "a" * 61])
def test_names_obey_the_rules_of_the_passenger_form(
    app: Flask, client: FlaskClient, name: str
) -> None:
    booking = booked(client)
    answer = correct(client, booking, name)
    assert answer.status_code == 422
    assert beside(answer, "passengers-0-given_name")
    assert typed(answer, "passengers-0-family_name") == "Curie"


def test_the_new_family_name_opens_the_trip_and_the_old_one_does_not(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client, "Marie", "Curei")
    correct(client, booking, "Marie", "Curie")
    guest = app.test_client()
    find = {"reference": booking.reference, "last_name": "Curei"}
    assert guest.get("/trip", query_string=find).status_code == 422
    assert guest.get("/trip", query_string=find | {"last_name": "curie"}).status_code == 303
    # Guests put names right, too.
    assert correct(guest, booking, "Maria", "Curie").status_code == 303
    assert called(booking) == ["Maria Curie"]


def test_one_mail_confirms_the_names_with_the_new_e_ticket(app: Flask, client: FlaskClient) -> None:
    booking = booked(client, others=1)
    data = opened(client, booking)
    data |= {"passengers-0-given_name": "Marie", "passengers-1-given_name": "Alicia"}
    assert client.post(address_of(booking), data=data).status_code == 303
    assert len(lines()) == 2
    (mail,) = mails()
    assert mail.recipient == "alice@example.com"
    decision = decide(mail)
    assert isinstance(decision, Mail)
    assert decision.context["corrected"] == [
        ("Marie Curie", "booked as Marei Curie"),
        ("Alicia Meier", "booked as Alice Meier"),
    ]
    assert [each.content_type.partition(";")[0] for each in decision.attached] == [
        "application/pdf",
        "text/calendar",
    ]


def paid_for(client: FlaskClient, booking: Booking) -> list[str]:
    """Return for whom the e-ticket and the trip say that fares were paid; both say the same."""
    pages = [
        page(client.get(f"/bookings/{booking.reference}{suffix}")).text
        for suffix in ("", "/e-ticket")
    ]
    found, same = (re.findall(r"Fare: (\w+ \w+)", each) for each in pages)
    assert found == same
    return found


def test_every_document_the_staff_and_mails_that_wait_have_the_new_name_at_once(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client, "Marie", "Curei")
    correct(client, booking, "Marie", "Curie")
    address = f"/bookings/{booking.reference}"
    assert "CURIE/MARIE" in text_of(client.get(f"{address}/e-ticket.pdf").data)
    waiting = select(Notification).where(Notification.kind == Kind.BOOKING_CONFIRMED)
    decision = decide(db.session.scalars(waiting).one())
    assert isinstance(decision, Mail)
    assert decision.context["travellers"][0][0] == "Marie Curie"
    assert decision.context["card"][0]["underName"]["name"] == "Marie Curie"
    flight = db.session.get_one(Booking, booking.id).segments[0].flight
    staff = app.test_client()
    log_in(staff, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    day = f"X1{flight.number}/{flight.departs_on}/{flight.origin_iata}"
    assert "Curie, Marie" in page(staff.get(f"/staff/flights/{day}/passengers")).text
    assert "Fare: Marie Curie" in page(staff.get(f"/staff/bookings/{booking.reference}")).text
    check_in_first(booking)
    log_in(client, make_user())
    assert "CURIE/MARIE" in client.get(f"{address}/boarding-pass/1/1").text


def test_staff_correct_for_the_party_under_their_own_name(app: Flask, client: FlaskClient) -> None:
    booking = booked(client)
    staff = app.test_client()
    log_in(staff, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    staff.post(f"/staff/bookings/{booking.reference}/serve")
    assert correct(staff, booking, "Marie").status_code == 303
    (line,) = lines()
    assert line.actor == "sam@example.com"
    (mail,) = mails()
    assert mail.recipient == "alice@example.com"


def test_what_was_paid_is_shown_with_the_names_of_now(app: Flask, client: FlaskClient) -> None:
    booking = called_at_first(client, ("Ann", "Lee"), ("Ann", "Leeson"))
    assert paid_for(client, booking) == ["Ann Lee", "Ann Leeson"]
    for name in ("Anna", "Anne"):
        correct(client, booking, name)
    assert paid_for(client, booking) == ["Anne Lee", "Ann Leeson"]
    assert ledger.entries_of(booking.id)[0].what == "Fare: Ann Lee"
    # What comes back is written, and mailed, under the name of its day.
    cancel(booking, Part((0,)))
    receipt = select(Notification).where(Notification.kind == Kind.BOOKING_PARTLY_CANCELLED)
    correct_second = opened(client, booking) | {"passengers-0-given_name": "Anni"}
    client.post(address_of(booking), data=correct_second)
    decision = decide(db.session.scalars(receipt).one())
    assert isinstance(decision, Mail)
    assert "Refund of the price: Anne Lee" in decision.context["lines"][0][0]
    assert paid_for(client, booking) == ["Anne Lee", "Anni Leeson"]


def test_lines_for_two_of_one_name_stay_as_they_were_written(
    app: Flask, client: FlaskClient
) -> None:
    booking = called_at_first(client, ("Ann", "Lee"), ("Ann", "Lee"))
    correct(client, booking, "Anne")
    assert paid_for(client, booking) == ["Ann Lee", "Ann Lee"]


def test_a_form_sent_twice_counts_once(app: Flask, client: FlaskClient) -> None:
    booking = booked(client)
    data = opened(client, booking) | {"passengers-0-given_name": "Marie"}
    for words in ("The names are corrected", "Nothing was changed"):
        answer = client.post(address_of(booking), data=data)
        assert words in client.get(answer.location).text
    assert (len(lines()), len(mails())) == (1, 1)


def test_a_form_that_says_nothing_new_tells_nobody(app: Flask, client: FlaskClient) -> None:
    booking = booked(client)
    assert correct(client, booking).status_code == 303
    assert (lines(), mails()) == ([], [])


def test_two_who_correct_different_passengers_keep_each_others_names(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client, others=1)
    one, other = opened(client, booking), opened(client, booking)
    one["passengers-0-given_name"], other["passengers-1-given_name"] = "Marie", "Alicia"
    for data in (one, other):
        assert client.post(address_of(booking), data=data).status_code == 303
    assert called(booking) == ["Marie Curie", "Alicia Meier"]


def test_who_was_corrected_meanwhile_is_shown_before_it_is_corrected_again(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client)
    late = opened(client, booking) | {"passengers-0-given_name": "Maria"}
    correct(client, booking, "Marie")
    answer = client.post(address_of(booking), data=late)
    assert answer.status_code == 409
    assert "as they are now" in alerts(answer)
    assert page(answer).one("legend").text == "Marie Curie"
    assert typed(answer, "passengers-0-given_name") == "Maria"
    assert called(booking) == ["Marie Curie"]
    sent = {each.attributes["name"]: each.attributes["value"] for each in fields_of(answer)}
    assert client.post(address_of(booking), data=sent).status_code == 303
    assert called(booking) == ["Maria Curie"]


def fields_of(answer: TestResponse) -> list[Element]:
    return page(answer).one("form", data_once="").all("input")


def check_in_first(booking: Booking) -> None:
    """Check the first passenger in, an hour before check-in closes."""
    flight = db.session.get_one(Booking, booking.id).segments[0].flight
    clock.move_to(flight.departs_at - timedelta(hours=2))
    with transaction():
        check_in(booking.id, {0: None}, "alice")


def test_who_is_checked_in_keeps_the_name_until_that_is_taken_back(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client, others=1)
    check_in_first(booking)
    log_in(client, make_user())  # The clock was moved beyond what a session lasts.
    shown = page(client.get(address_of(booking)))
    assert shown.one("legend").text == "Alice Meier"
    assert "Marei Curie is checked in" in shown.text
    data = opened(client, booking) | {"passengers-0-given_name": "Alicia"}
    assert client.post(address_of(booking), data=data).status_code == 303
    assert called(booking) == ["Marei Curie", "Alicia Meier"]
    with transaction():
        undo_check_in(booking.id, 0, 0, "alice")
    assert correct(client, booking, "Marie").status_code == 303


def test_a_check_in_after_the_form_was_opened_refuses_that_name_and_keeps_the_others(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client, others=1)
    data = opened(client, booking)
    data |= {"passengers-0-given_name": "Marie", "passengers-1-given_name": "Alicia"}
    check_in_first(booking)
    log_in(client, make_user())
    answer = client.post(address_of(booking), data=data)
    assert answer.status_code == 409
    assert "checked in or cancelled meanwhile" in alerts(answer)
    assert called(booking) == ["Marei Curie", "Alice Meier"]
    assert page(answer).one("legend").text == "Alice Meier"
    assert typed(answer, "passengers-0-given_name") == "Alicia"
    assert "Marei Curie is checked in" in page(answer).text


def test_who_was_cancelled_after_the_form_was_opened_is_gone_from_it(
    app: Flask, client: FlaskClient
) -> None:
    booking = booked(client, others=1)
    data = opened(client, booking) | {"passengers-1-given_name": "Alicia"}
    cancel(booking, Part((1,)))
    answer = client.post(address_of(booking), data=data)
    assert answer.status_code == 409
    assert page(answer).one("legend").text == "Marei Curie"


def test_what_is_not_booked_or_has_left_is_not_corrected(app: Flask, client: FlaskClient) -> None:
    alice = make_user()
    log_in(client, alice)
    hold = make_hold(make_flight(), user=alice)
    flight = make_flight()
    flown, cancelled = make_booking(flight, user=alice), make_booking(make_flight(), user=alice)
    cancel(cancelled)
    for booking in (hold, cancelled):
        answer = client.post(address_of(booking), data={})
        assert (answer.status_code, answer.location) == (303, f"/bookings/{booking.reference}")
    data = opened(client, flown) | {"passengers-0-given_name": "Alicia"}
    clock.move_to(flight.departs_at + timedelta(minutes=1))
    log_in(client, alice)
    answer = client.post(address_of(flown), data=data)
    assert answer.status_code == 409
    assert "Nothing was changed" in alerts(answer)
    assert address_of(flown) not in client.get(f"/bookings/{flown.reference}").text


def test_between_two_journeys_names_can_be_put_right(app: Flask, client: FlaskClient) -> None:
    alice = make_user()
    out, back = make_return()
    booking = make_booking(out, user=alice, back=back)
    check_in_first(booking)
    clock.move_to(out.arrives_at + timedelta(hours=1))
    log_in(client, alice)
    answer = correct(client, booking, "Alicia")
    assert answer.status_code == 303
    assert called(booking) == ["Alicia Meier"]
    assert "speak to the airline" in page(client.get(address_of(booking))).text


def test_saved_travellers_stay_as_they_are_and_who_saved_them_is_told(
    app: Flask, client: FlaskClient
) -> None:
    booking, alice = booked(client), make_user()
    with transaction():
        save_travellers(alice.id, [("Marei", "Curie", BORN_ON), ("Peter", "Curie", BORN_ON)])
    told = "Your saved traveller Marei Curie is as before. Change that in your account as well."
    shown = client.get(correct(client, booking, "Marie").location)
    assert told in shown.text
    assert "Peter" not in shown.text
    assert {each.given_name for each in db.session.query(SavedTraveller)} == {"Marei", "Peter"}
    # Whom the account keeps otherwise, and who stays as they are, are told of to nobody.
    for name in ("Mary", "Mary"):
        assert "saved traveller" not in client.get(correct(client, booking, name).location).text


# Races


def raced(app: Flask, acts: list[partial[object]]) -> Counter[str]:
    """Do everything at once; count what became of it."""

    def act(work: partial[object]) -> str:
        def run() -> object:
            with transaction():
                return work()

        try:
            return str(retry_conflicts(run))
        except (NamesMoved, AnotherPerson) as error:
            return type(error).__name__

    return Counter(at_once(app, [partial(act, each) for each in acts]))


def correction(booking: Booking, given_name: str) -> partial[object]:
    """Return the act of calling the first passenger otherwise, as seen now."""
    first = db.session.get_one(Booking, booking.id).passengers[0]
    seen = PassengerNames.of(first)
    typed_names = PassengerNames(given_name, seen.family_name, seen.born_on)
    return partial(
        correct_names,
        booking.id,
        [Correction(0, typed_names, as_seen(booking.id, 0, seen))],
        "race",
    )


@pytest.mark.databases("mariadb")
def test_the_same_correction_by_eight_at_once_counts_once(app: Flask) -> None:
    booking = make_booking(make_flight())
    assert raced(app, [correction(booking, "Alicia")] * 8) == {"True": 1, "False": 7}
    assert (len(lines()), len(mails())) == (1, 1)


@pytest.mark.databases("mariadb")
def test_of_eight_different_corrections_at_once_one_counts(app: Flask) -> None:
    booking = make_booking(make_flight())
    names = ["Alicia", "Alix", "Alina", "Elice", "Alisa", "Aliço", "Alika", "Aline"]
    acts = [correction(booking, each) for each in names]
    assert raced(app, acts) == {"True": 1, "NamesMoved": 7}
    assert len(lines()) == 1


@pytest.mark.databases("mariadb")
def test_a_boarding_pass_never_bears_a_name_that_was_corrected_after_it(app: Flask) -> None:
    for _ in range(5):
        flight = make_flight(departs_at=clock.now().replace(second=0) + timedelta(hours=3))
        booking = make_booking(flight)
        acts = [correction(booking, "Alicia"), partial(check_in, booking.id, {0: None}, "race")]
        assert raced(app, acts) in ({"True": 1, "None": 1}, {"NamesMoved": 1, "None": 1})
        query = select(BookingEvent.what).where(BookingEvent.booking_id == booking.id)
        done = list(db.session.scalars(query.order_by(BookingEvent.id)))
        assert done[-1] == "checked_in"


# Spelling


@pytest.mark.parametrize(
    ("one", "other", "letters"),
    [
        ("", "", 0),
        ("CURIE", "CURIE", 0),
        ("MAREI", "MARIE", 2),
        ("KITTEN", "SITTING", 3),
        ("SUNDAY", "SATURDAY", 3),
        ("", "LI", 2),
        ("MEYER", "", 5),
    ],
)
def test_letters_are_counted_as_they_are_typed(one: str, other: str, letters: int) -> None:
    assert letters_between(one, other) == letters == letters_between(other, one)


def test_lines_of_a_namesake_who_was_cancelled_stay_as_they_were_written(
    client: FlaskClient,
) -> None:
    alice = make_user()
    booking = make_booking(make_flight(), Party(1, 1), alice)
    log_in(client, alice)
    cancel(booking, Part(passengers=(1,)))
    form = opened(client, booking)
    client.post(address_of(booking), data=form | {"passengers-0-given_name": "Alicia"})
    shown = page(client.get(f"/bookings/{booking.reference}"))
    assert "Trip of Alicia" in shown.text or "Alicia Meier" in shown.text
    lines = [row.text for row in shown.all("tr") if "child" in row.text]
    assert lines
    assert not [line for line in lines if "Alicia" in line]


def test_a_pass_of_a_cancelled_flight_stands_in_no_corrections_way(client: FlaskClient) -> None:
    out = make_flight(departs_at=clock.now() + timedelta(hours=20))
    back = make_flight(origin="BOM", destination="DEL", departs_at=clock.now() + timedelta(days=6))
    alice = make_user()
    booking = make_booking(out, user=alice, back=back)
    log_in(client, alice)
    with transaction():
        check_in(booking.id, {0: None}, "alice")
    assert "is checked in" in page(client.get(address_of(booking))).text
    with transaction():
        disruptions.cancel_flight(out.id, "sam")
    form = opened(client, booking) | {"passengers-0-given_name": "Alicia"}
    assert client.post(address_of(booking), data=form).status_code == 303


def test_staff_who_correct_many_names_are_not_held_up(make_app: MakeApp) -> None:
    app = make_app(rate_limits=True)
    flight = make_flight()
    sam = app.test_client()
    log_in(sam, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    for _ in range(21):
        booking = make_booking(flight)
        sam.post(f"/staff/bookings/{booking.reference}/serve")
        form = opened(sam, booking) | {"passengers-0-given_name": "Alicia"}
        assert sam.post(address_of(booking), data=form).status_code == 303
    for _ in range(20):
        answer = sam.post(address_of(booking), data=form)
    assert answer.status_code == 429
