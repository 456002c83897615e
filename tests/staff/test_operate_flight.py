"""A flight's day: delays with whom they tell, gates, and what happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import log_in, make_aircraft, make_booking, make_flight, make_user
from tests.mails.gallery import book, check_in
from tests.pages import alerts, page, typed, what_is_wrong
from tests.staff.addresses import address
from webapp import clock
from webapp.accounts.models import Role
from webapp.booking import disruptions
from webapp.booking.told import record_told
from webapp.db import db, transaction
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightStatus
from webapp.flights.queries import history_of
from webapp.notifications.models import Kind, Notification, State
from webapp.notifications.queries import mails_of
from webapp.notifications.rendering import render_mail
from worker.mails import Mail, Withheld, decide


def leaving_in(hours: float, **changes: object) -> Flight:
    at = clock.now().replace(second=0, microsecond=0) + timedelta(hours=hours)
    return make_flight(departs_at=at, **changes)  # type: ignore[arg-type]


def expected(flight: Flight, minutes: int) -> dict[str, str]:
    """Return what staff type to say that a flight leaves so many minutes after its plan."""
    at = flight.departs_at + timedelta(hours=5, minutes=30 + minutes)  # Delhi's clocks.
    return {"departs_on": at.date().isoformat(), "departs_local": f"{at:%H:%M}"}


def rows(booking_id: int, kind: Kind) -> list[Notification]:
    db.session.rollback()
    db.session.expire_all()
    return [mail for mail in mails_of(booking_id) if mail.kind == kind]


def test_a_delay_is_previewed_with_whom_it_tells_and_then_told(sam: FlaskClient) -> None:
    flight = leaving_in(5)
    booking = make_booking(flight, Party(2))
    data = expected(flight, 45)
    preview = sam.get(f"{address(flight)}/delay", query_string=data).text
    assert "2 travellers" in preview
    assert "45 min later" in preview
    assert rows(booking.id, Kind.FLIGHT_DELAYED) == []
    page = sam.post(f"{address(flight)}/delay", data=data, follow_redirects=True).text
    assert "2 travellers will be told" in page
    assert "Delayed" in page
    assert len(rows(booking.id, Kind.FLIGHT_DELAYED)) == 1
    assert db.session.get_one(Flight, flight.id).status == FlightStatus.DELAYED


def test_a_few_minutes_tell_nobody(sam: FlaskClient) -> None:
    flight = leaving_in(5)
    booking = make_booking(flight)
    data = expected(flight, 9)
    assert "Nobody will be told" in sam.get(f"{address(flight)}/delay", query_string=data).text
    assert (
        "Nobody will be told"
        in sam.post(f"{address(flight)}/delay", data=data, follow_redirects=True).text
    )
    assert rows(booking.id, Kind.FLIGHT_DELAYED) == []


def test_the_times_of_a_delay_that_is_previewed_have_their_days(sam: FlaskClient) -> None:
    clock.move_to(datetime(2026, 12, 1, 12, tzinfo=UTC))
    # 23:30 in Delhi on the 14th, and four hours later.
    flight = make_flight(departs_at=datetime(2026, 12, 14, 18, 0, tzinfo=UTC))
    data = {"departs_on": "2026-12-15", "departs_local": "03:30"}
    shown = page(sam.get(f"{address(flight)}/delay", query_string=data))
    departure, arrival = (row.all("td") for row in shown.one("tbody").all("tr"))
    days = ["Mon 14 Dec,", "Mon 14 Dec,", "Tue 15 Dec,"]
    assert [each.text[:11] for each in departure[:3]] == days
    assert [each.text[:11] for each in arrival[:3]] == ["Tue 15 Dec,"] * 3


def test_a_delay_before_the_planned_time_is_refused_beside_its_field(sam: FlaskClient) -> None:
    flight = leaving_in(5)
    data = expected(flight, -30)
    for answer in (
        sam.get(f"{address(flight)}/delay", query_string=data),
        sam.post(f"{address(flight)}/delay", data=data),
    ):
        assert answer.status_code == 422
        assert "cannot leave before" in alerts(answer)
        assert "cannot leave before" in what_is_wrong(answer)["expected_local"]
    assert history_of(flight.id) == []


def test_a_delayed_flight_is_open_past_its_planned_time_and_can_be_delayed_more(
    sam: FlaskClient,
) -> None:
    flight = leaving_in(2)
    sam.post(f"{address(flight)}/delay", data=expected(flight, 180))
    clock.advance(timedelta(hours=3))
    log_in(sam, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    page = sam.get(address(flight)).text
    assert "Delayed" in page
    assert "can no longer be changed" not in page
    assert sam.post(f"{address(flight)}/delay", data=expected(flight, 240)).status_code == 303


def test_a_lost_connection_is_counted_before_a_flight_is_delayed_or_moved(
    sam: FlaskClient,
) -> None:
    first = leaving_in(30, minutes=120)
    second = make_flight(
        origin="BOM",
        destination="DEL",
        departs_at=first.arrives_at + timedelta(hours=2),
        number=77,
    )
    # A return that continues a trip: one journey of two flights.
    book([first, second])
    make_booking(first)
    page = sam.get(f"{address(first)}/delay", query_string=expected(first, 90)).text
    assert "1 booking</strong> would lose its connection" in page
    assert "1 booking</strong> would lose its connection" in (
        sam.get(f"{address(first)}/retime", query_string=expected(first, 90)).text
    )
    little = sam.get(f"{address(first)}/delay", query_string=expected(first, 30)).text
    assert "lose its connection" not in little


def test_who_may_choose_is_counted_before_a_flight_is_delayed_or_moved(sam: FlaskClient) -> None:
    flight = leaving_in(30, minutes=120)
    make_booking(flight)
    make_booking(flight)
    for what in ("delay", "retime"):
        form = f"{address(flight)}/{what}"
        far = sam.get(form, query_string=expected(flight, 181)).text
        assert "2 bookings</strong> would be moved by more than three hours" in far
        near = sam.get(form, query_string=expected(flight, 180)).text
        assert "more than three hours" not in near


def test_a_gate_is_told_in_the_last_hours_only(sam: FlaskClient) -> None:
    soon, later = leaving_in(2.5), leaving_in(8)
    bookings = [make_booking(flight) for flight in (soon, later)]
    for flight in (soon, later):
        sam.post(f"{address(flight)}/gate", data={"terminal": "3", "gate": "B42"})
    assert [len(rows(booking.id, Kind.GATE_CHANGED)) for booking in bookings] == [1, 0]
    sam.post(f"{address(soon)}/gate", data={"terminal": "3", "gate": "B44"})
    first, second = rows(bookings[0].id, Kind.GATE_CHANGED)
    assert (first.state, first.reason) == (State.WITHHELD, "changed to gate B44")
    assert second.due_at == first.due_at


def test_the_page_says_whom_a_new_gate_is_told_though_the_flight_is_late(sam: FlaskClient) -> None:
    flight = leaving_in(2.5)
    make_booking(flight)
    for minutes in (0, 300):
        sam.post(f"{address(flight)}/delay", data=expected(flight, minutes))
        assert "1 traveller will be told of a new gate by mail" in sam.get(address(flight)).text


def test_who_knows_a_gate_already_is_not_counted_among_the_told(sam: FlaskClient) -> None:
    flight = leaving_in(2.5)
    (segment,) = make_booking(flight, Party(2)).segments
    with transaction():
        segment.told_terminal, segment.told_gate = "3", "B42"

    def told(gate: str) -> str:
        answer = sam.post(f"{address(flight)}/gate", data={"terminal": "3", "gate": gate})
        return sam.get(answer.location).text

    assert "2 travellers will be told" in told("B44")
    assert "Nobody will be told" in told("B42")


def test_a_flight_boards_leaves_and_arrives_and_its_reminders_die(sam: FlaskClient) -> None:
    flight = leaving_in(10)
    booking = make_booking(flight)
    early = sam.post(f"{address(flight)}/status", data={"status": "boarding"})
    assert early.status_code == 409
    clock.advance(timedelta(hours=9, minutes=45))
    log_in(sam, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    for status in ("boarding", "departed"):
        answer = sam.post(f"{address(flight)}/status", data={"status": status})
        assert answer.status_code == 303
        db.session.expire_all()
        assert db.session.get_one(Flight, flight.id).status == status
    (mail,) = rows(booking.id, Kind.DAY_OF_TRAVEL)
    assert (mail.state, mail.reason) == (State.WITHHELD, "already left")
    assert sam.post(f"{address(flight)}/status", data={"status": "arrived"}).status_code == 409
    assert sam.post(f"{address(flight)}/status", data={"status": "cancelled"}).status_code == 422
    clock.advance(timedelta(hours=2))
    log_in(sam, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    assert sam.post(f"{address(flight)}/status", data={"status": "arrived"}).status_code == 303


@pytest.mark.parametrize("late", [0, 40])
def test_boarding_is_taken_back_and_a_boarding_flight_can_still_be_cancelled(
    sam: FlaskClient, late: int
) -> None:
    flight = leaving_in(2)
    booking = make_booking(flight)
    if late:
        sam.post(f"{address(flight)}/delay", data=expected(flight, late))
    for status in ("boarding", "delayed" if late else "scheduled", "boarding"):
        answer = sam.post(f"{address(flight)}/status", data={"status": status})
        assert answer.status_code == 303
        db.session.expire_all()
        assert db.session.get_one(Flight, flight.id).status == status
    shown = sam.get(address(flight)).text
    assert "It is not boarding" in shown
    assert "Boarding broken off" in shown
    (mail,) = rows(booking.id, Kind.DAY_OF_TRAVEL)
    assert mail.reason != "already left"
    assert sam.post(f"{address(flight)}/cancel").status_code == 303
    assert len(rows(booking.id, Kind.FLIGHT_CANCELLED)) == 1


@pytest.mark.parametrize("what", ["delay", "cancel", "retime"])
def test_a_flight_that_still_stands_past_its_time_can_be_changed(
    sam: FlaskClient, what: str
) -> None:
    flight = leaving_in(2)
    booking = make_booking(flight)
    clock.advance(timedelta(hours=2, minutes=5))
    log_in(sam, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    shown = sam.get(address(flight)).text
    assert "Its time is over" in shown
    assert "say when it is expected" in shown
    answer = sam.post(f"{address(flight)}/{what}", data=expected(flight, 90))
    assert answer.status_code == 303
    kinds = {
        "delay": Kind.FLIGHT_DELAYED,
        "cancel": Kind.FLIGHT_CANCELLED,
        "retime": Kind.FLIGHT_RETIMED,
    }
    (mail,) = rows(booking.id, kinds[what])
    decision = decide(mail)
    assert isinstance(decision, Mail)
    for link, _ in decision.context["choices"]:
        path = link.partition("8000")[2]
        assert sam.get(path).status_code in (200, 303)


def test_a_flight_that_nobody_says_stands_has_left_after_some_hours(sam: FlaskClient) -> None:
    flight = leaving_in(1)
    clock.advance(timedelta(hours=7))
    log_in(sam, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    assert sam.post(f"{address(flight)}/cancel").status_code == 409


def test_another_terminal_is_told_to_who_was_told_the_first(sam: FlaskClient) -> None:
    flight = leaving_in(2)
    (segment,) = make_booking(flight, Party(2)).segments
    with transaction():
        segment.told_terminal, segment.told_gate = "2", "A1"
    answer = sam.post(f"{address(flight)}/gate", data={"terminal": "4", "gate": ""})
    assert "2 travellers will be told" in sam.get(answer.location).text
    (mail,) = rows(segment.booking_id, Kind.GATE_CHANGED)
    decision = decide(mail)
    assert isinstance(decision, Mail)
    written = render_mail(mail, decision.template, "en-GB", **decision.context)
    assert written.subject.startswith("Terminal 4, gate not known yet")
    assert "does not board at gate A1 any more" in written.body
    with transaction():
        for told in decision.tells:
            record_told(told)
    db.session.expire_all()
    assert isinstance(decide(mail), Withheld)


def test_a_terminal_without_a_gate_is_no_news_to_who_was_told_none(sam: FlaskClient) -> None:
    flight = leaving_in(2)
    make_booking(flight)
    answer = sam.post(f"{address(flight)}/gate", data={"terminal": "4", "gate": ""})
    assert "Nobody will be told" in sam.get(answer.location).text


@pytest.mark.parametrize("what", ["delay", "retime", "cancel", "aircraft", "gate"])
def test_what_a_colleague_changed_meanwhile_is_shown_before_anything_is_saved(
    sam: FlaskClient, what: str
) -> None:
    flight = leaving_in(30)
    make_booking(flight)
    form = f"{address(flight)}/{what}"
    shown = address(flight) if what == "gate" else form
    data = {**expected(flight, 60), "aircraft": make_aircraft("X1", 100).tail, "gate": "B2"}
    seen = typed(sam.get(shown, query_string=data), "seen")
    at = [each + timedelta(minutes=25) for each in (flight.departs_at, flight.arrives_at)]
    with transaction():
        disruptions.delay_flight(flight.id, at[0], at[1], "olga")
    answer = sam.post(form, data={**data, "seen": seen})
    assert answer.status_code == 409
    assert "olga changed this flight after it was shown to you" in alerts(answer)
    db.session.expire_all()
    assert db.session.get_one(Flight, flight.id).expected_departs_at == at[0]
    seen = typed(sam.get(shown, query_string=data), "seen")
    for _ in range(2):  # A form that is sent twice is nobody else's change.
        assert sam.post(form, data={**data, "seen": seen}).status_code == 303


def test_what_cannot_be_true_yet_is_refused_with_the_reason(sam: FlaskClient) -> None:
    flight = leaving_in(6)
    answer = sam.post(f"{address(flight)}/status", data={"status": "boarding"})
    assert answer.status_code == 409
    assert "That cannot be true yet" in answer.text
    assert "has left" not in page(answer).one("main").text.partition("Change this flight")[0]


def test_the_trip_says_what_staff_wrote_down_of_its_flight(sam: FlaskClient) -> None:
    flight = leaving_in(2)
    booking = make_booking(flight)
    check_in(booking)
    traveller = sam.application.test_client()
    traveller.get(f"/trip?reference={booking.reference}&last_name=Meier")

    def shown() -> str:
        return page(traveller.get(f"/bookings/{booking.reference}")).all("article")[0].text

    sam.post(f"{address(flight)}/delay", data=expected(flight, 20))
    assert "Delayed" in shown()
    assert "planned were the times that are crossed out" in shown()
    sam.post(f"{address(flight)}/status", data={"status": "boarding"})
    assert "Boarding" in shown()
    clock.advance(timedelta(minutes=130))
    for status in ("departed", "arrived"):
        sam.post(f"{address(flight)}/status", data={"status": status})
        clock.advance(timedelta(hours=3))
        assert status.capitalize() in shown()
        assert "Now expected" not in shown()


def test_a_flight_that_had_not_left_after_all_boards_again(sam: FlaskClient) -> None:
    flight = leaving_in(0.4)
    for status in (FlightStatus.BOARDING, FlightStatus.DEPARTED):
        answer = sam.post(f"{address(flight)}/status", data={"status": status.value})
        assert answer.status_code == 303
    assert "It has not left after all" in sam.get(address(flight)).text
    answer = sam.post(f"{address(flight)}/status", data={"status": "boarding"})
    assert answer.status_code == 303
    shown = sam.get(address(flight)).text
    assert "It had not left after all: boarding again" in shown
    assert db.session.get_one(Flight, flight.id).status == FlightStatus.BOARDING


def record(sam: FlaskClient, flight: Flight, status: str) -> TestResponse:
    return sam.post(f"{address(flight)}/status", data={"status": status})


def test_a_flight_that_cannot_have_landed_has_not_arrived(sam: FlaskClient) -> None:
    flight = leaving_in(2)  # A thousand kilometres and more from Delhi to Mumbai.
    clock.advance(timedelta(hours=2, minutes=5))
    for status in ("arrived", "departed", "arrived"):
        answer = record(sam, flight, status)
        assert answer.status_code == (303 if status == "departed" else 409)
    assert "It cannot have landed yet" in alerts(answer)
    assert "It has arrived" not in answer.text
    assert "From then on you can say that it has arrived" in answer.text
    clock.advance(timedelta(minutes=65))
    assert record(sam, flight, "arrived").status_code == 409
    clock.advance(timedelta(minutes=10))
    assert record(sam, flight, "arrived").status_code == 303


def test_a_landing_that_nobody_saw_the_start_of_is_reckoned_from_the_expected_time(
    sam: FlaskClient,
) -> None:
    flight = leaving_in(2)
    clock.advance(timedelta(hours=3))
    assert record(sam, flight, "arrived").status_code == 409
    clock.advance(timedelta(minutes=15))
    assert record(sam, flight, "arrived").status_code == 303


def test_a_flight_that_had_not_arrived_after_all_is_on_its_way_again(sam: FlaskClient) -> None:
    flight = leaving_in(1)
    clock.advance(timedelta(hours=3))
    assert record(sam, flight, "arrived").status_code == 303
    assert "It has not arrived after all" in sam.get(address(flight)).text
    assert record(sam, flight, "departed").status_code == 303
    shown = page(sam.get(address(flight)))
    assert "It had not arrived after all" in shown.text
    assert db.session.get_one(Flight, flight.id).status == FlightStatus.DEPARTED
    assert record(sam, flight, "arrived").status_code == 303
    clock.advance(timedelta(hours=6))
    log_in(sam, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    assert "It has not arrived after all" not in sam.get(address(flight)).text
    assert record(sam, flight, "departed").status_code == 409


def test_the_reminders_of_a_flight_that_left_by_mistake_come_back(sam: FlaskClient) -> None:
    flight = leaving_in(5)
    booking = make_booking(flight)
    with transaction():
        db.session.get_one(Flight, flight.id).estimated_departs_at = clock.now()
        db.session.get_one(Flight, flight.id).estimated_arrives_at = flight.arrives_at
    sam.post(f"{address(flight)}/status", data={"status": "departed"})
    (mail,) = rows(booking.id, Kind.DAY_OF_TRAVEL)
    assert (mail.state, mail.reason) == (State.WITHHELD, "already left")
    sam.post(f"{address(flight)}/status", data={"status": "boarding"})
    (mail,) = rows(booking.id, Kind.DAY_OF_TRAVEL)
    assert mail.state == State.DUE


def test_what_left_long_ago_does_not_come_back(sam: FlaskClient) -> None:
    flight = leaving_in(0.4)
    sam.post(f"{address(flight)}/status", data={"status": "departed"})
    clock.advance(timedelta(hours=7))
    log_in(sam, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    assert "It has not left after all" not in sam.get(address(flight)).text
    answer = sam.post(f"{address(flight)}/status", data={"status": "boarding"})
    assert answer.status_code == 409


def test_a_delay_of_more_than_three_days_is_refused_beside_its_field(sam: FlaskClient) -> None:
    flight = leaving_in(5)
    answer = sam.post(f"{address(flight)}/delay", data=expected(flight, 3 * 24 * 60 + 1))
    assert answer.status_code == 422
    assert "more than three days" in answer.text
    assert history_of(flight.id) == []


def test_a_flight_that_takes_oddly_little_time_can_be_delayed_all_the_same(
    sam: FlaskClient,
) -> None:
    flight = leaving_in(5, destination="LHR", minutes=130)
    answer = sam.post(f"{address(flight)}/delay", data=expected(flight, 45))
    assert answer.status_code == 303


def test_a_form_from_another_page_is_refused_on_a_flight_without_history(sam: FlaskClient) -> None:
    flight = make_flight()
    refused = sam.post(f"{address(flight)}/gate", data={"gate": "B1", "seen": "7"})
    assert refused.status_code == 409
    assert "Somebody changed this flight" in alerts(refused)
