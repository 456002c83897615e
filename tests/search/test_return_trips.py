"""Trips out and back over HTTP: what a result says, what is refused, what its form holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.builders import make_airport, make_flight
from tests.pages import beside, offers, page, typed
from webapp import clock
from webapp.booking.models import Booking
from webapp.db import db

pytestmark = pytest.mark.usefixtures("a_morning_in_october")

DELHI = ZoneInfo("Asia/Kolkata")
OUT, BACK = "2026-10-11", "2026-10-15"


def at(day: str, hour: int) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02}:00").replace(tzinfo=DELHI)


def fly_out(hour: int, fare: int = 100_00, minutes: int = 120, number: int | None = None) -> None:
    make_flight(departs_at=at(OUT, hour), fare=fare, minutes=minutes, number=number)


def fly_back(
    hour: int, fare: int = 100_00, day: str = BACK, minutes: int = 120, number: int | None = None
) -> None:
    departs_at = at(day, hour)
    make_flight(
        origin="BOM",
        destination="DEL",
        departs_at=departs_at,
        fare=fare,
        minutes=minutes,
        number=number,
    )


def search(client: FlaskClient, **changes: object) -> TestResponse:
    asked = {"origin": "DEL", "destination": "BOM", "depart": OUT, "return": BACK, **changes}
    asked = {name: value for name, value in asked.items() if value is not None}
    return client.get(f"/flights?{urlencode(asked)}")


def test_a_trip_carries_both_ways_at_one_price(app: Flask, client: FlaskClient) -> None:
    fly_out(8, fare=120_50, number=301)
    fly_back(18, fare=99_30, minutes=130, number=302)
    answer = search(client, adults=2, infants=1)
    (offer,) = offers(answer)
    said = offer.attributes
    assert said["data-price"] == str(2 * 120_50 + 12_05 + 2 * 99_30 + 9_93)
    assert (said["data-minutes"], said["data-stops"]) == ("250", "0")
    assert said["data-departs"] == "2026-10-11T08:00:00+05:30"
    assert said["data-out-arrives"] == "2026-10-11T10:00:00+05:30"
    assert said["data-return-departs"] == "2026-10-15T18:00:00+05:30"
    assert said["data-arrives"] == "2026-10-15T20:10:00+05:30"
    assert "Out Sun 11 Oct" in offer.text
    assert "Back Thu 15 Oct" in offer.text
    assert "X1 301" in offer.text
    assert "X1 302" in offer.text
    assert "1 trip" in page(answer).one("main").text


def test_stops_are_those_of_the_way_with_the_most_as_the_filter_counts_them(
    app: Flask, client: FlaskClient
) -> None:
    fly_out(8, minutes=60)
    make_flight(origin="BOM", destination="ZRH", departs_at=at(OUT, 12), minutes=480)
    make_flight(origin="ZRH", destination="BOM", departs_at=at(BACK, 8), minutes=480)
    fly_back(19, minutes=60)
    for stops in ("0", "1"):
        found = offers(search(client, destination="ZRH", stops=stops))
        assert [each.attributes["data-stops"] for each in found] == ["1"] * int(stops)


def test_the_form_of_a_trip_holds_seats_both_ways(app: Flask, client: FlaskClient) -> None:
    fly_out(8)
    fly_back(18, fare=150_00)
    (offer,) = offers(search(client, adults=2))
    form = offer.one("form")
    sent = {each.attributes["name"]: each.attributes["value"] for each in form.all("input")}
    assert client.post("/holds", data=sent | {"family": "flex"}).status_code == 303
    booking = db.session.scalars(select(Booking)).one()
    assert [segment.journey for segment in booking.segments] == [0, 1]
    assert booking.total_minor == 2 * (142_00 + 213_00)
    assert "$710" in form.one("button", value="flex").text


def test_the_way_back_leaves_no_earlier_than_a_connection_would(
    app: Flask, client: FlaskClient
) -> None:
    fly_out(8)
    departs_at = at(OUT, 10) + timedelta(minutes=44)
    make_flight(origin="BOM", destination="DEL", departs_at=departs_at, number=44)
    make_flight(
        origin="BOM", destination="DEL", departs_at=departs_at + timedelta(minutes=1), number=45
    )
    shown = offers(search(client, **{"return": OUT}))
    assert [each.attributes["data-return-departs"][11:16] for each in shown] == ["10:45"]


def test_pairs_stand_in_order_of_their_total(app: Flask, client: FlaskClient) -> None:
    for hour, fare in ((8, 300_00), (9, 100_00), (10, 200_00)):
        fly_out(hour, fare=fare)
        fly_back(hour, fare=fare + 10_00)
    answer = search(client, sort="price")
    prices = [int(each.attributes["data-price"]) for each in offers(answer)]
    assert prices == [210_00, 310_00, 310_00, 410_00, 410_00, 410_00, 510_00, 510_00, 610_00]
    assert "9 trips" in page(answer).text


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        ({"max_price": "310"}, 3),
        ({"return_depart_from": "10:00"}, 2),
        ({"return_arrive_to": "11:00"}, 2),
        ({"depart_to": "08:30", "return_depart_to": "09:00"}, 1),
        ({"max_duration": "240"}, 4),
        ({"max_duration": "239"}, 0),
    ],
)
def test_filters_hold_for_the_way_they_name_or_the_whole_trip(
    app: Flask, client: FlaskClient, filters: dict[str, str], left: int
) -> None:
    fly_out(8, fare=100_00)
    fly_out(12, fare=200_00)
    fly_back(9, fare=110_00)
    fly_back(18, fare=210_00)
    assert len(offers(search(client, **filters))) == left


def test_one_way_of_a_trip_is_kept_while_the_other_is_chosen(
    app: Flask, client: FlaskClient
) -> None:
    for hour, number in ((8, 301), (12, 303)):
        fly_out(hour, number=number)
        fly_back(hour, number=number + 1)
    first = offers(search(client))[0]
    keep = first.one("a", aria_label="Keep this way out: X1 301")
    kept = client.get(keep.attributes["href"])
    assert [each.attributes["data-departs"][11:16] for each in offers(kept)] == ["08:00", "08:00"]
    assert "2 of 4 trips" in page(kept).text
    assert "Outbound: X1 301" in page(kept).one("ul", class_="chips").text
    assert not [each for each in page(kept).all("a") if "Keep this way out" in each.text]
    back = offers(kept)[1].one("a", aria_label="Keep this way back: X1 304")
    assert len(offers(client.get(back.attributes["href"]))) == 1


def test_a_way_that_is_no_longer_there_is_taken_away_by_a_link(
    app: Flask, client: FlaskClient
) -> None:
    fly_out(8, number=301)
    fly_back(18)
    answer = search(client, flights="X1999")
    assert "Without “Outbound: X1 999” there is 1 trip" in page(answer).text
    assert search(client, flights="the early one").status_code == 422


def test_a_wish_for_the_way_back_asks_nothing_of_one_way(app: Flask, client: FlaskClient) -> None:
    fly_out(8)
    answer = search(client, **{"return": None}, return_depart_from="23:00")
    assert len(offers(answer)) == 1
    assert not page(answer).all("ul", class_="chips")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("2026-10-10", "before the departure"),
        ("2026-09-30", "That day is over."),
        ("2027-12-31", "330 days ahead"),
        ("soon", "Write the day as year-month-day"),
    ],
)
def test_a_return_that_cannot_be_is_refused_beside_the_field(
    app: Flask, client: FlaskClient, value: str, words: str
) -> None:
    fly_out(8)
    answer = search(client, **{"return": value})
    assert answer.status_code == 422
    assert words in beside(answer, "return")
    assert typed(answer, "return") == value


def test_the_day_of_return_is_today_or_later_at_its_own_place(
    app: Flask, client: FlaskClient
) -> None:
    fly_out(8)
    assert search(client, **{"return": OUT}).status_code == 200


def test_other_days_move_one_end_of_the_trip(app: Flask, client: FlaskClient) -> None:
    fly_out(8)
    fly_back(8)
    shown = page(search(client, **{"return": "2026-10-12"}))
    out = shown.one("nav", aria_label="Other days")
    back = shown.one("nav", aria_label="Other days back")
    assert [each.text for each in back.all("span", class_="day")] == ["Fri 9 Oct", "Sat 10 Oct"]
    hrefs = [each.attributes["href"] for each in (*out.all("a"), *back.all("a"))]
    assert all(client.get(href).status_code == 200 for href in hrefs)
    later = next(each for each in out.all("a") if each.text == "Wed 14 Oct")
    # The night between the two goes along.
    assert "return=2026-10-15" in later.attributes["href"]


def test_no_trip_is_shown_where_no_way_back_has_seats(app: Flask, client: FlaskClient) -> None:
    fly_out(8)
    answer = search(client, adults=2, infants=1)
    assert answer.status_code == 200
    heading = "No seats for 3 travellers in economy out on Sun 11 Oct and back on Thu 15 Oct"
    assert heading in page(answer).text


def test_where_no_trip_is_found_the_nearest_days_keep_the_length_of_the_stay(
    app: Flask, client: FlaskClient
) -> None:
    for day, back in (("2026-10-12", "2026-10-14"), ("2026-10-13", "2026-10-17")):
        make_flight(departs_at=at(day, 8))
        fly_back(8, day=back)
    shown = page(search(client)).one("main")
    words = "Tue 13 Oct, back Sat 17 Oct, are the nearest days with seats"
    (link,) = [each for each in shown.all("a") if each.text == words]
    assert len(offers(client.get(link.attributes["href"]))) == 1


def test_across_the_date_line_the_way_back_may_leave_the_day_before(
    app: Flask, client: FlaskClient
) -> None:
    for iata in ("AKL", "HNL"):
        make_airport(iata)
    leaves = (clock.now() + timedelta(days=20)).astimezone(ZoneInfo("Pacific/Auckland"))
    out = make_flight(
        origin="AKL", destination="HNL", departs_at=leaves.replace(hour=1), minutes=520
    )
    back = make_flight(
        origin="HNL",
        destination="AKL",
        departs_at=out.arrives_at + timedelta(hours=4),
        minutes=540,
    )
    assert back.departs_on < out.departs_on
    asked = {"origin": "AKL", "destination": "HNL", "depart": out.departs_on}
    found = client.get("/flights", query_string={**asked, "return": back.departs_on})
    assert len(offers(found)) == 1
    early = client.get(
        "/flights", query_string={**asked, "return": back.departs_on - timedelta(days=1)}
    )
    assert early.status_code == 422
    assert "before the departure" in beside(early, "return")


def test_a_return_before_the_departure_is_refused_on_this_side_of_the_date_line(
    app: Flask, client: FlaskClient
) -> None:
    for origin, destination in (("DEL", "LHR"), ("LHR", "JFK"), ("DEL", "BOM")):
        make_airport(origin)
        make_airport(destination)
        day = clock.now().date() + timedelta(days=20)
        asked = {"origin": origin, "destination": destination, "depart": day}
        answer = client.get("/flights", query_string={**asked, "return": day - timedelta(days=1)})
        assert answer.status_code == 422


def test_a_way_that_alone_reaches_the_way_back_is_not_pushed_out(client: FlaskClient) -> None:
    early = datetime(2026, 10, 9, 3, tzinfo=UTC)
    make_flight(origin="DEL", destination="ZRH", departs_at=early, minutes=240)
    onward = early + timedelta(hours=6)
    # To Gatwick is better, but the only way back leaves from Heathrow before one could be there.
    for airport, fare in (("LGW", 50_00), ("LHR", 60_00)):
        make_flight(origin="ZRH", destination=airport, departs_at=onward, minutes=65, fare=fare)
    make_flight(origin="LHR", destination="DEL", departs_at=early + timedelta(hours=9), minutes=500)
    day = {"depart": early.date().isoformat(), "return": early.date().isoformat()}
    query = {"origin": "DEL", "destination": "LON", **day}
    (trip,) = offers(client.get("/flights", query_string=query))
    assert trip.attributes["data-price"] == "26000"
    assert "$260" in client.get("/fares/grid", query_string=query).text


def test_a_filter_that_both_ways_must_fit_says_so_of_a_trip_and_not_of_one_way(
    app: Flask, client: FlaskClient
) -> None:
    fly_out(8)
    fly_back(18)
    for back, words in ((BACK, ", each way"), (None, "")):
        shown = page(search(client, **{"return": back}, airline="X1", overnight="no"))
        chips = shown.one("ul", class_="chips").text
        assert f"Airline{words}: Airline X1" in chips
        assert f"Night on the way{words}: no" in chips
        groups = [each.attributes["aria-label"] for each in shown.all("div", class_="facet")]
        assert {f"Airline{words or ' on the way'}", f"Night on the way{words}"} <= {*groups}
        nothing_left = page(search(client, **{"return": back}, via="BOM"))
        assert f"Change in{words}: Mumbai" in nothing_left.one("ul", class_="chips").text


def test_a_way_back_from_another_airport_is_said_on_the_result_and_on_the_trip(
    client: FlaskClient,
) -> None:
    make_flight(destination="LHR", departs_at=at(OUT, 8), minutes=600)
    make_flight(origin="LGW", destination="DEL", departs_at=at(BACK, 18), minutes=600)
    (offer,) = offers(search(client, destination="LON"))
    assert "The way back leaves from LGW, not LHR" in offer.text
    assert "The way back ends at" not in offer.text
    form = offer.one("form")
    sent = {each.attributes["name"]: each.attributes["value"] for each in form.all("input")}
    names = client.post("/holds", data=sent | {"family": "light"}).location
    assert "The way back leaves from LGW, not LHR" in page(client.get(names)).text


def test_the_flights_of_each_way_stand_under_its_name_and_day(client: FlaskClient) -> None:
    fly_out(8)
    make_flight(origin="BOM", destination="ZRH", departs_at=at(OUT, 12), minutes=480)
    make_flight(origin="ZRH", destination="BOM", departs_at=at(BACK, 6), minutes=480)
    fly_back(16)
    (offer,) = offers(search(client, destination="ZRH"))
    flights = offer.one("details", class_="legs").text
    out, back = flights.split("Back Thu 15 Oct")
    assert "Out Sun 11 Oct" in out
    assert "to Zürich ZRH 16:30" in out
    assert "Zürich ZRH 02:30 to" in back
