"""Who is booked on a flight: seats, check-in, connections, whom to call."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from tests.airline import delay
from tests.builders import INDIA, cancel, log_in, make_booking, make_flight, make_hold, make_user
from tests.pages import page
from tests.staff.addresses import address
from webapp import clock
from webapp.accounts.models import Role
from webapp.booking import disruptions
from webapp.booking.cancellation.rules import Part
from webapp.booking.checkin import service as checkin
from webapp.booking.schedule_changes import service
from webapp.booking.schedule_changes.queries import open_changes_of
from webapp.db import transaction
from webapp.flights.families import FLEX
from webapp.flights.fares import Party
from webapp.flights.models import Flight


def rows(sam: FlaskClient, flight: Flight) -> list[list[str]]:
    table = page(sam.get(f"{address(flight)}/passengers")).one("tbody")
    return [
        [cell.text for cell in row.children if not isinstance(cell, str)] for row in table.all("tr")
    ]


def test_a_party_is_listed_with_seats_check_in_connection_and_contact(sam: FlaskClient) -> None:
    flight = make_flight(departs_at=clock.now() + timedelta(hours=20))
    onward = make_flight(
        origin="BOM", destination="LHR", departs_at=flight.arrives_at + timedelta(hours=3)
    )
    party = make_booking(flight, Party(1, 0, 1), family_name="Øberg", onward=onward)
    early = make_booking(flight, family_name="abel", email="abel@example.com")
    make_hold(flight)
    with transaction():
        checkin.check_in(party.id, {0: None, 1: None}, "alice")
    first, adult, infant = rows(sam, flight)
    assert first[0].startswith("abel, ")
    assert (first[2], first[4], first[5]) == ("Not yet", early.reference, "None")
    assert first[6] == "abel@example.com"
    assert adult[0].startswith("Øberg, ")
    assert (adult[1], adult[2]) == ("100A Economy", "Checked in no. 1")
    assert adult[5] == f"To {onward.designator}, LHR"
    assert "Infant" in infant[0]
    assert infant[1] == "On a lap Economy"
    assert "2 checked in." in page(sam.get(f"{address(flight)}/passengers")).text
    (connecting, _) = rows(sam, onward)
    assert connecting[5] == f"From {flight.designator}, DEL"
    clock.move_to(flight.departs_at + timedelta(minutes=1))
    assert rows(sam, flight)[0][2] == "Did not check in"


def test_the_list_says_of_which_flight_and_moment_it_is_and_counts_kinds_and_bags(
    sam: FlaskClient,
) -> None:
    flight = make_flight()
    make_booking(flight, Party(2, 1, 1), family=FLEX)
    make_booking(flight)
    shown = page(sam.get(f"{address(flight)}/passengers")).one("main")
    assert shown.one("h1").text.startswith(f"Passengers of {flight.designator}")
    assert "5 passengers : 3 adults, 1 child, 1 infant." in shown.text
    assert "Their fares take 6 checked bags." in shown.text, "none on a lap, none with Light"
    assert [row[3] for row in rows(sam, flight)] == ["2", "2", "2", "None", "None"]
    now = clock.now().astimezone(INDIA)
    assert f"As of {now:%a} {now.day} {now:%b}, {now:%H:%M} , Delhi time" in shown.text


@pytest.mark.parametrize(
    ("minutes", "words"), [(50, ""), (120, " 1 h left"), (170, " Lost"), (200, " Lost")]
)
def test_a_connection_that_is_lost_is_marked_on_both_its_flights(
    sam: FlaskClient, minutes: int, words: str
) -> None:
    flight = make_flight()
    onward = make_flight(
        origin="BOM", destination="LHR", departs_at=flight.arrives_at + timedelta(hours=3)
    )
    make_booking(flight, onward=onward)
    late = timedelta(minutes=minutes)
    delay(flight, late)
    assert rows(sam, flight)[0][5] == f"To {onward.designator}, LHR{words}"
    assert rows(sam, onward)[0][5] == f"From {flight.designator}, DEL{words}"
    with transaction():
        disruptions.cancel_flight(onward.id, "s")
    assert rows(sam, flight)[0][5] == f"To {onward.designator}, LHR Cancelled"


def test_each_booking_says_what_it_answered_to_a_schedule_change(sam: FlaskClient) -> None:
    flight = make_flight(departs_at=clock.now() + timedelta(days=20))
    accepting, handled, waiting = (
        make_booking(flight, family_name=name) for name in ("Abel", "Berg", "Cole")
    )
    late = timedelta(hours=5)
    with transaction():
        disruptions.retime_flight(
            flight.id,
            flight.departs_at + late,
            flight.arrives_at + late,
            flight.departs_on,
            "sam",
        )
    unaffected = make_booking(flight, family_name="Dahl")
    with transaction():
        service.accept(open_changes_of(accepting.id)[0].id, "alice")
        service.mark_handled(open_changes_of(handled.id)[0].id, "sam")

    def answers() -> dict[str, str]:
        return dict(row[4].partition(" ")[::2] for row in rows(sam, flight))

    assert answers() == {
        accepting.reference: "Accepted",
        handled.reference: "Handled by sam",
        waiting.reference: "Waits for an answer",
        unaffected.reference: "",
    }
    clock.advance(timedelta(hours=72))
    log_in(sam, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    assert answers()[waiting.reference] == "Needs a call"


def test_who_is_cancelled_is_listed_no_more(sam: FlaskClient) -> None:
    flight = make_flight()
    pair, gone = (make_booking(flight, Party(2), family=FLEX) for _ in range(2))
    cancel(pair, Part(passengers=(1,)))
    cancel(gone)
    ((_, _, _, _, reference, _, _),) = rows(sam, flight)
    assert reference == pair.reference


def test_the_flight_leads_to_its_passengers_where_there_are_any(sam: FlaskClient) -> None:
    flight = make_flight()
    assert "See who is booked" not in sam.get(address(flight)).text
    assert "Nobody is booked" in sam.get(f"{address(flight)}/passengers").text
    make_booking(flight)
    assert f'href="{address(flight)}/passengers"' in sam.get(address(flight)).text
