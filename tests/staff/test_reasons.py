"""Why a flight is late, moved or cancelled: staff say it, and travellers read it everywhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.airline import cancel_flight, delay, retime
from tests.builders import log_in, make_booking, make_flight, make_user
from tests.mails.post import deliver
from tests.pages import Element, page
from tests.staff.addresses import address
from tests.staff.test_delay_flights import asked, at, ticks
from tests.staff.test_operate_flight import expected, leaving_in
from webapp import clock
from webapp.accounts.models import Role
from webapp.db import db, transaction
from webapp.flights.models import Flight, Reason
from webapp.flights.queries import history_of
from webapp.notifications.models import Kind
from webapp.staff.integrity import broken_promises

WEATHER = "because of the weather"
STRIKE = "because of a strike"


def reason_of(flight: Flight) -> str | None:
    db.session.expire_all()
    return db.session.get_one(Flight, flight.id).reason


def shown(client: FlaskClient, path: str) -> Element:
    return page(client.get(path)).one("main")


def chosen(answer: Element, field: str) -> list[str]:
    options = answer.one("select", id=field).all("option")
    return [each.text for each in options if "selected" in each.attributes]


def mail_of(kind: Kind) -> str:
    clock.advance(timedelta(minutes=6))
    (letter,) = [each for each in deliver() if each.kind == kind]
    return " ".join(letter.body.split())


def test_a_reason_need_not_be_given_and_none_is_told(sam: FlaskClient) -> None:
    flight = leaving_in(5)
    make_booking(flight)
    assert chosen(shown(sam, address(flight)), "expected_reason") == ["None given"]
    sam.post(f"{address(flight)}/delay", data=expected(flight, 45))
    assert reason_of(flight) is None
    assert "Travellers read this" not in shown(sam, address(flight)).text
    assert "is expected to leave at" in mail_of(Kind.FLIGHT_DELAYED)


def test_the_reason_of_a_delay_is_previewed_kept_and_told(sam: FlaskClient) -> None:
    flight = leaving_in(5)
    booking = make_booking(flight, user=make_user())
    data = {**expected(flight, 45), "reason": "weather"}
    preview = page(sam.get(f"{address(flight)}/delay", query_string=data)).one("main")
    assert f"Travellers read this reason: {WEATHER} ." in preview.text
    sent = {each.attributes["name"]: each.attributes["value"] for each in preview.all("input")}
    sam.post(f"{address(flight)}/delay", data=sent)
    assert reason_of(flight) == Reason.WEATHER
    (line,) = history_of(flight.id)
    assert (line.after["reason"], "reason" in line.before) == ("weather", False)
    assert f"Delayed {WEATHER}" in shown(sam, address(flight)).one(id="history-lines").text
    told = mail_of(Kind.FLIGHT_DELAYED)
    assert f"is delayed {WEATHER}. It is expected to leave at" in told
    log_in(sam, make_user())
    trip = shown(sam, f"/bookings/{booking.reference}")
    assert f"Delayed {WEATHER}" in trip.one(class_="leg-day").text
    assert WEATHER in trip.one(id="timeline").text


def test_the_reason_goes_when_the_delay_is_taken_back(sam: FlaskClient) -> None:
    flight = leaving_in(5)
    make_booking(flight)
    delay(flight, timedelta(minutes=45), Reason.CREW)
    mail_of(Kind.FLIGHT_DELAYED)
    data = {**expected(flight, 0), "reason": "crew"}
    preview = page(sam.get(f"{address(flight)}/delay", query_string=data)).one("main").text
    assert "Travellers read this" not in preview
    sam.post(f"{address(flight)}/delay", data=data)
    assert reason_of(flight) is None
    assert history_of(flight.id)[0].before["reason"] == "crew"
    assert "crew" not in mail_of(Kind.FLIGHT_DELAYED)
    assert broken_promises() == []


def test_another_reason_for_the_same_delay_is_a_line_of_history_and_no_mail(
    sam: FlaskClient,
) -> None:
    flight = leaving_in(5)
    make_booking(flight)
    delay(flight, timedelta(minutes=45), Reason.CREW)
    mail_of(Kind.FLIGHT_DELAYED)
    assert chosen(shown(sam, address(flight)), "expected_reason") == ["Crew"]
    data = {**expected(flight, 45), "reason": "strike"}
    preview = page(sam.get(f"{address(flight)}/delay", query_string=data)).one("main").text
    assert "Nobody will be told" in preview
    for _ in range(2):
        assert sam.post(f"{address(flight)}/delay", data=data).status_code == 303
    assert reason_of(flight) == Reason.STRIKE
    assert [line.what for line in history_of(flight.id)] == ["reason", "delayed"]
    history = shown(sam, address(flight)).one(id="history-lines").text
    assert f"Delayed {STRIKE}, where it was because of a shortage of crew" in history
    clock.advance(timedelta(minutes=6))
    assert deliver() == []
    assert broken_promises() == []


def test_a_mail_that_is_still_to_go_gives_the_reason_that_was_given_last(sam: FlaskClient) -> None:
    flight = leaving_in(5)
    make_booking(flight)
    delay(flight, timedelta(minutes=45))
    delay(flight, timedelta(minutes=45), Reason.LATE_AIRCRAFT)
    assert "because of the late arrival of its aircraft" in mail_of(Kind.FLIGHT_DELAYED)


def test_a_colleagues_reason_is_not_saved_over(sam: FlaskClient) -> None:
    flight = leaving_in(5)
    seen = shown(sam, f"{address(flight)}/cancel").one("input", name="seen").attributes["value"]
    delay(flight, timedelta(minutes=45), Reason.CREW)
    data = {**expected(flight, 45), "seen": seen, "reason": "weather"}
    assert sam.post(f"{address(flight)}/delay", data=data).status_code == 409
    assert reason_of(flight) == Reason.CREW


def test_many_flights_are_delayed_for_one_reason(sam: FlaskClient) -> None:
    first, second = at(8), at(9)
    question = asked(reason="air_traffic_control")
    preview = page(sam.get("/staff/delays", query_string=question)).one("main")
    assert "because of restrictions by air traffic control" in preview.text
    assert preview.one("tbody").text.count("Air traffic control") == 2
    for _ in range(2):
        sam.post("/staff/delays", data={"flight": ticks(preview)})
    assert {reason_of(each) for each in (first, second)} == {Reason.AIR_TRAFFIC_CONTROL}
    assert [line.what for line in history_of(first.id)] == ["delayed"]


def test_of_many_flights_those_late_already_keep_their_reason_unless_another_is_given(
    sam: FlaskClient,
) -> None:
    late, other = at(8), at(9)
    delay(late, timedelta(minutes=45), Reason.TECHNICAL)
    preview = page(sam.get("/staff/delays", query_string=asked())).one("main")
    sam.post("/staff/delays", data={"flight": ticks(preview)})
    assert (reason_of(late), reason_of(other)) == (Reason.TECHNICAL, None)


def test_the_reason_of_new_times_is_previewed_kept_and_told(sam: FlaskClient) -> None:
    flight = leaving_in(50)
    booking = make_booking(flight, user=make_user())
    data = {**expected(flight, 240), "reason": "operational"}
    preview = page(sam.get(f"{address(flight)}/retime", query_string=data)).one("main")
    assert "for operational reasons" in preview.text
    sent = {each.attributes["name"]: each.attributes["value"] for each in preview.all("input")}
    sam.post(f"{address(flight)}/retime", data=sent)
    assert reason_of(flight) == Reason.OPERATIONAL
    log_in(sam, make_user())
    trip = shown(sam, f"/bookings/{booking.reference}")
    assert "New times for operational reasons" in trip.one(class_="leg-day").text
    assert "4 h later for operational reasons." in trip.text
    clock.advance(timedelta(minutes=6))
    (letter,) = [each for each in deliver() if each.kind == Kind.FLIGHT_RETIMED]
    moved = f"The airline moved {flight.designator} for operational reasons."
    assert moved in letter.body
    clock.advance(timedelta(hours=25))
    (asked_again,) = [each for each in deliver() if each.kind == Kind.SCHEDULE_CHANGE_OPEN]
    assert "for operational reasons." in asked_again.body


def test_the_reason_of_a_delay_is_not_told_of_new_times(sam: FlaskClient) -> None:
    flight = make_flight()
    make_booking(flight)
    retime(flight, timedelta(hours=1), Reason.OPERATIONAL)
    delay(flight, timedelta(hours=1), Reason.WEATHER)
    clock.advance(timedelta(minutes=6))
    told = "".join(each.body for each in deliver() if each.kind == Kind.FLIGHT_RETIMED)
    assert "The airline moved" in told
    assert "weather" not in told
    retime(flight, timedelta(hours=2))
    assert reason_of(flight) is None, "new times without a reason take the delay's away"
    assert broken_promises() == []


def test_the_reason_of_a_cancellation_is_kept_and_told(sam: FlaskClient) -> None:
    flight = leaving_in(50)
    booking = make_booking(flight, user=make_user())
    delay(flight, timedelta(minutes=45), Reason.CREW)
    assert chosen(shown(sam, f"{address(flight)}/cancel"), "reason") == ["Crew"]
    sam.post(f"{address(flight)}/cancel", data={"reason": "strike"})
    assert reason_of(flight) == Reason.STRIKE
    line = history_of(flight.id)[0]
    assert (line.before["reason"], line.after["reason"]) == ("crew", "strike")
    assert f"Cancelled {STRIKE}" in shown(sam, address(flight)).one(id="history-lines").text
    assert "Cancelled Strike" in shown(sam, "/staff/schedule-changes").one("tbody").text
    assert STRIKE in mail_of(Kind.FLIGHT_CANCELLED)
    log_in(sam, make_user())
    trip = shown(sam, f"/bookings/{booking.reference}")
    assert f"Cancelled by the airline {STRIKE}" in trip.one(class_="leg-day").text
    assert f"was cancelled by the airline {STRIKE}." in trip.text
    assert broken_promises() == []


@pytest.mark.parametrize(
    ("path", "field"), [("delay", "expected_reason"), ("retime", "reason"), ("cancel", "reason")]
)
def test_a_reason_that_is_none_of_the_list_is_refused_beside_its_field(
    sam: FlaskClient, path: str, field: str
) -> None:
    flight = leaving_in(50)
    data = {**expected(flight, 45), "reason": "volcano"}
    answer = sam.post(f"{address(flight)}/{path}", data=data)
    assert answer.status_code == 422
    assert page(answer).one(id=f"{field}-error").text == "Choose one of these."
    assert history_of(flight.id) == []


def test_a_reason_that_nobody_wrote_down_is_found(sam: FlaskClient) -> None:
    flight = leaving_in(50)
    make_user("sam@airline.example", Role.AIRLINE_STAFF, "X1")
    cancel_flight(flight, Reason.WEATHER)
    with transaction() as session:
        session.execute(update(Flight).where(Flight.id == flight.id).values(reason=None))
    (broken,) = broken_promises()
    assert "gives the reason None, but its history says weather" in broken.row


@pytest.mark.parametrize("reason", list(Reason))
def test_each_reason_has_words(sam: FlaskClient, reason: Reason) -> None:
    flight = make_flight()
    delay(flight, timedelta(minutes=45), reason)
    assert "Travellers read this reason:" in shown(sam, address(flight)).text
