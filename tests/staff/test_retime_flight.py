"""Retiming a flight: a preview first, then the flight, its address, its reminders and its mails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from tests.builders import INDIA, log_in, make_airport, make_booking, make_flight, make_user
from tests.pages import alerts, page, what_is_wrong
from tests.staff.addresses import address
from webapp import clock
from webapp.accounts.models import Role
from webapp.booking import disruptions
from webapp.db import db, transaction
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightStatus
from webapp.flights.queries import history_of
from webapp.notifications.models import Kind
from webapp.notifications.queries import mails_of

HOUR = timedelta(hours=1)


def times(flight: Flight, **changes: str) -> dict[str, str]:
    return {"departs_on": flight.departs_on.isoformat(), "departs_local": "08:00", **changes}


def mails(booking_id: int) -> list[Kind]:
    db.session.expire_all()
    return [Kind(mail.kind) for mail in mails_of(booking_id)]


def test_a_preview_says_how_many_will_be_told_and_changes_nothing(sam: FlaskClient) -> None:
    flight = make_flight()
    booking = make_booking(flight, Party(2, 1, 1))
    page = sam.get(f"{address(flight)}/retime", query_string=times(flight, departs_local="09:30"))
    assert page.status_code == 200
    assert "4 travellers" in page.text
    assert "1 booking will be told by mail" in page.text
    assert "1 h 30 min later" in page.text
    assert 'name="departs_local" value="09:30"' in page.text
    assert Kind.FLIGHT_RETIMED not in mails(booking.id)
    assert history_of(flight.id) == []


def test_a_retiming_moves_the_flight_and_tells_its_travellers(sam: FlaskClient) -> None:
    flight = make_flight()
    booking = make_booking(flight)
    before = flight.departs_at, flight.arrives_at
    answer = sam.post(f"{address(flight)}/retime", data=times(flight, departs_local="09:30"))
    assert answer.status_code == 303
    assert answer.location == address(flight)
    db.session.expire_all()
    moved = timedelta(minutes=90)
    assert (flight.departs_at, flight.arrives_at) == (before[0] + moved, before[1] + moved)
    assert Kind.FLIGHT_RETIMED in mails(booking.id)
    page = sam.get(answer.location).text
    assert "now leaves at 09:30" in page
    assert "1 traveller will be told" in page
    assert "Departure moved from" in page
    assert "08:00 to" in page


def test_small_moves_that_add_up_are_said_to_be_told_and_are(sam: FlaskClient) -> None:
    flight = make_flight()
    booking = make_booking(flight)
    first = sam.post(f"{address(flight)}/retime", data=times(flight, departs_local="08:06"))
    assert "Nobody will be told" in sam.get(first.location).text
    further = times(flight, departs_local="08:12")
    preview = sam.get(f"{address(flight)}/retime", query_string=further).text
    assert "1 booking will be told by mail" in preview
    second = sam.post(f"{address(flight)}/retime", data=further)
    assert "1 traveller will be told" in sam.get(second.location).text
    assert Kind.FLIGHT_RETIMED in mails(booking.id)


def test_a_shift_of_a_few_minutes_is_said_to_tell_nobody_and_tells_nobody(sam: FlaskClient) -> None:
    flight = make_flight()
    booking = make_booking(flight)
    few = times(flight, departs_local="08:09")
    page = sam.get(f"{address(flight)}/retime", query_string=few).text
    assert "will not be told" in page
    sam.post(f"{address(flight)}/retime", data=few)
    assert Kind.FLIGHT_RETIMED not in mails(booking.id)


def test_another_local_date_is_another_address(sam: FlaskClient) -> None:
    flight = make_flight()
    old, was = address(flight), flight.departs_on.isoformat()
    day = (flight.departs_on + timedelta(days=1)).isoformat()
    answer = sam.post(f"{old}/retime", data=times(flight, departs_on=day))
    assert answer.location == old.replace(was, day)
    assert sam.get(answer.location).status_code == 200
    assert sam.get(old).location == answer.location


def test_without_an_arrival_the_flying_time_stays_even_when_the_clocks_change(
    sam: FlaskClient,
) -> None:
    clock.move_to(datetime(2027, 3, 1, tzinfo=UTC))
    log_in(sam, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    # Clocks in Zürich go forward in the night to 28 March 2027.
    flight = make_flight(
        origin="ZRH",
        destination="LHR",
        departs_at=datetime(2027, 3, 27, 22, 0, tzinfo=UTC),
        minutes=100,
    )
    moved = {"departs_on": "2027-03-28", "departs_local": "01:30"}
    assert sam.post(f"{address(flight)}/retime", data=moved).status_code == 303
    db.session.expire_all()
    assert flight.departs_at == datetime(2027, 3, 28, 0, 30, tzinfo=UTC)
    assert flight.arrives_at - flight.departs_at == timedelta(minutes=100)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"departs_local": ""}, "Say when it leaves"),
        ({"departs_on": "2020-01-01"}, "Check the year"),
        ({"arrives_local": "09:00"}, "Choose the day"),
        ({"arrives_on": "2020-01-01"}, "Say the time"),
    ],
)
def test_a_mistake_is_told_beside_its_field_in_preview_and_post(
    sam: FlaskClient, changes: dict[str, str], words: str
) -> None:
    flight = make_flight()
    values = times(flight, **changes)
    for answer in (
        sam.get(f"{address(flight)}/retime", query_string=values),
        sam.post(f"{address(flight)}/retime", data=values),
    ):
        assert answer.status_code == 422
        assert words in alerts(answer)
        assert any(words in each for each in what_is_wrong(answer).values())
    assert history_of(flight.id) == []


def test_a_time_that_is_over_is_refused(sam: FlaskClient) -> None:
    flight = make_flight()
    yesterday = (clock.now() - timedelta(days=2)).date().isoformat()
    answer = sam.post(f"{address(flight)}/retime", data=times(flight, departs_on=yesterday))
    assert answer.status_code == 422
    assert "That time is over in Delhi" in answer.text


def test_a_number_flies_once_per_date_and_origin_after_a_retiming_too(sam: FlaskClient) -> None:
    flight = make_flight(number=44)
    other = make_flight(number=44, departs_at=flight.departs_at + timedelta(days=1))
    day = other.departs_on.isoformat()
    moved, form = times(flight, departs_on=day), f"{address(flight)}/retime"
    # The preview promises nothing that cannot be.
    for answer in (sam.get(form, query_string=moved), sam.post(form, data=moved)):
        assert answer.status_code == 409
        assert "leaves this airport on that day already" in answer.text
        assert "say in “Expected times” when it leaves" in answer.text
        assert f'value="{day}"' in answer.text
    assert history_of(flight.id) == []


@pytest.mark.parametrize("status", [FlightStatus.CANCELLED, FlightStatus.DEPARTED])
def test_a_flight_that_is_not_open_stays_as_it_is(sam: FlaskClient, status: FlightStatus) -> None:
    flight = make_flight(status=status)
    answer = sam.post(f"{address(flight)}/retime", data=times(flight, departs_local="09:30"))
    assert answer.status_code == 409
    assert "nothing was changed" in answer.text
    assert history_of(flight.id) == []


def test_the_form_sent_twice_moves_the_flight_once(sam: FlaskClient) -> None:
    flight = make_flight()
    booking = make_booking(flight)
    for _ in range(2):
        data = times(flight, departs_local="09:30")
        assert sam.post(f"{address(flight)}/retime", data=data).status_code == 303
    assert len(history_of(flight.id)) == 1
    assert mails(booking.id).count(Kind.FLIGHT_RETIMED) == 1


def test_times_that_are_the_same_are_said_to_change_nothing(sam: FlaskClient) -> None:
    flight = make_flight()
    page = sam.get(f"{address(flight)}/retime", query_string=times(flight)).text
    assert "Nothing would change" in page
    assert "Move the flight" not in page


def test_a_preview_without_times_leads_back_to_the_flight(sam: FlaskClient) -> None:
    flight = make_flight()
    assert sam.get(f"{address(flight)}/retime").location == address(flight)


def test_a_flight_in_the_hour_that_comes_twice_stays_in_the_second_where_it_is(
    sam: FlaskClient,
) -> None:
    make_airport("LHR")
    # 01:30 a second time, when clocks in London have gone back.
    second = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    clock.move_to(second - timedelta(days=30))
    log_in(sam, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    flight = make_flight(origin="LHR", destination="ZRH", departs_at=second)
    typed = {"departs_on": "2027-10-31", "departs_local": "01:30"}
    assert (
        "the times it has already" in sam.get(f"{address(flight)}/retime", query_string=typed).text
    )
    assert sam.post(f"{address(flight)}/retime", data=typed).status_code == 303
    db.session.expire_all()
    assert db.session.get_one(Flight, flight.id).departs_at == second


def test_an_arrival_in_the_hour_that_comes_twice_is_the_one_after_the_departure(
    sam: FlaskClient,
) -> None:
    make_airport("LHR")
    leaves = datetime(2027, 10, 31, 0, 10, tzinfo=UTC)  # 01:10 in London, before clocks go back.
    clock.move_to(leaves - timedelta(days=30))
    log_in(sam, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    flight = make_flight(origin="LHR", destination="LGW", departs_at=leaves, minutes=50)
    typed = {
        "departs_on": "2027-10-31",
        "departs_local": "01:10",
        "arrives_on": "2027-10-31",
        "arrives_local": "01:05",
    }
    assert sam.post(f"{address(flight)}/retime", data=typed).status_code == 303
    db.session.expire_all()
    arrives_at = db.session.get_one(Flight, flight.id).arrives_at
    assert arrives_at == datetime(2027, 10, 31, 1, 5, tzinfo=UTC)


def test_new_times_for_a_delayed_flight_are_held_against_those_that_are_expected(
    sam: FlaskClient,
) -> None:
    flight = make_flight()
    late = timedelta(hours=3)
    with transaction():
        disruptions.delay_flight(
            flight.id, flight.departs_at + late, flight.arrives_at + late, "olga"
        )
    preview = sam.get(
        f"{address(flight)}/retime", query_string=times(flight, departs_local="09:00")
    )
    assert "it would leave 2 h earlier than is expected now" in page(preview).text


def test_a_move_by_days_is_told_in_days(sam: FlaskClient) -> None:
    flight = make_flight()
    day = flight.departs_on + timedelta(days=9)
    moved = times(flight, departs_on=day.isoformat(), departs_local="09:00")
    assert "9 days 1 h later" in sam.get(f"{address(flight)}/retime", query_string=moved).text


def test_a_move_to_the_next_minutes_asks_staff_to_call(sam: FlaskClient) -> None:
    flight = make_flight(departs_at=clock.now().replace(second=0, microsecond=0) + 8 * HOUR)
    make_booking(flight)

    def preview(at: datetime) -> str:
        local = at.astimezone(INDIA)
        moved = {"departs_on": f"{local:%Y-%m-%d}", "departs_local": f"{local:%H:%M}"}
        return page(sam.get(f"{address(flight)}/retime", query_string=moved)).text

    assert "call those who are booked" not in preview(flight.departs_at - 4 * HOUR)
    soon = preview(flight.departs_at - 6 * HOUR)
    assert "call those who are booked" in soon
    assert "check-in would be closed" not in soon
    assert "check-in would be closed already" in preview(clock.now() + timedelta(minutes=30))


def test_the_address_of_a_flight_that_was_moved_to_another_day_leads_on(sam: FlaskClient) -> None:
    flight = make_flight()
    old = address(flight)
    later = flight.departs_at + timedelta(days=1)
    data = {
        "departs_on": later.astimezone(INDIA).date().isoformat(),
        "departs_local": "08:00",
    }
    moved = sam.post(f"{old}/retime", data=data)
    assert moved.status_code == 303
    for answer in (sam.get(old), sam.post(f"{old}/retime", data=data), sam.get(f"{old}/sales")):
        assert (answer.status_code, answer.location) == (303, moved.location)
    # Where another flight has the address by now, it is that one's.
    make_flight(number=flight.number)
    assert sam.get(old).status_code == 200
