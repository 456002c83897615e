"""Searching flights: what results say, what is left out, what bad input is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from tests.airline import delay
from tests.builders import (
    log_in,
    make_airline,
    make_booking,
    make_flight,
    make_hold,
    make_schedule,
    make_user,
)
from tests.pages import alerts, beside, offers, page, typed
from tests.statements import counted_selects
from webapp import clock
from webapp.booking import service
from webapp.booking.models import Booking
from webapp.db import db, transaction
from webapp.flights.families import FAMILIES, FareFamily
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightCabin, FlightStatus
from webapp.money import format_money
from webapp.network.models import Cabin
from webapp.search.answers import RESULTS_A_PAGE
from webapp.search.filters import FILTERS

pytestmark = pytest.mark.usefixtures("a_morning_in_october")

DELHI = ZoneInfo("Asia/Kolkata")
NEW_YORK = ZoneInfo("America/New_York")
LONDON = ZoneInfo("Europe/London")


TODAY = date(2026, 10, 1)


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


def at(hour: int, minute: int = 0, days: int = 10) -> datetime:
    day = in_days(days)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=DELHI)


def search(client: FlaskClient, htmx: bool = False, **changes: object) -> TestResponse:
    parameters = {"origin": "DEL", "destination": "BOM", "depart": in_days(10).isoformat()}
    asked = {name: value for name, value in {**parameters, **changes}.items() if value is not None}
    headers = {"HX-Request": "true"} if htmx else {}
    return client.get(f"/flights?{urlencode(asked)}", headers=headers)


def numbers_of(answer: TestResponse) -> list[str]:
    return [each.all("p", class_="flown")[0].text for each in offers(answer)]


# What a result says


def test_a_result_carries_the_contract_for_other_programs(app: Flask, client: FlaskClient) -> None:
    clock.move_to(datetime(2026, 11, 20, tzinfo=UTC))
    departs_at = datetime(2026, 12, 1, 8, 0, tzinfo=DELHI)
    make_flight(departs_at=departs_at, minutes=130, fare=123_45, number=301)
    answer = search(client, depart="2026-12-01")
    assert answer.status_code == 200
    (offer,) = offers(answer)
    said = offer.attributes
    assert (said["data-price"], said["data-currency"]) == ("12345", "USD")
    assert (said["data-minutes"], said["data-stops"]) == ("130", "0")
    assert said["data-departs"] == "2026-12-01T08:00:00+05:30"
    assert said["data-arrives"] == "2026-12-01T10:10:00+05:30"
    assert said["data-time-class"] == "morning"
    assert said["data-tags"].split() == ["best", "cheapest", "fastest"]
    assert "$123.45" in offer.text
    assert "2 h 10 min" in offer.text
    assert "X1 301" in offer.text


def test_the_price_is_the_partys(app: Flask, client: FlaskClient) -> None:
    make_flight(fare=100_00)
    answer = search(client, adults=2, children=1, infants=1)
    (offer,) = offers(answer)
    assert offer.attributes["data-price"] == str(200_00 + 75_00 + 10_00)
    assert "for 4" in offer.text


def test_times_are_local_and_the_date_after_is_marked(app: Flask, client: FlaskClient) -> None:
    make_flight(
        origin="LHR",
        destination="DEL",
        departs_at=datetime(2026, 12, 1, 21, 30, tzinfo=LONDON),
        minutes=8 * 60 + 30,
    )
    (offer,) = offers(search(client, origin="LHR", destination="DEL", depart="2026-12-01"))
    assert offer.attributes["data-departs"] == "2026-12-01T21:30:00+00:00"
    assert offer.attributes["data-arrives"] == "2026-12-02T11:30:00+05:30"
    assert offer.attributes["data-minutes"] == "510"
    mark = offer.one("sup")
    assert mark.text == "+1"
    assert mark.attributes["title"] == "Wednesday, 2 December 2026"


def test_a_flight_that_lands_on_the_same_date_has_no_mark(app: Flask, client: FlaskClient) -> None:
    make_flight()
    assert not offers(search(client))[0].all("sup")


def test_minutes_are_elapsed_time_when_the_clocks_change_between(
    app: Flask, client: FlaskClient
) -> None:
    # New York sets its clocks back on the night of 1 November, London did a week before.
    make_flight(
        origin="JFK",
        destination="LHR",
        departs_at=datetime(2026, 10, 31, 22, 0, tzinfo=NEW_YORK),
        minutes=420,
    )
    (offer,) = offers(search(client, origin="JFK", destination="LHR", depart="2026-10-31"))
    assert offer.attributes["data-departs"] == "2026-10-31T22:00:00-04:00"
    assert offer.attributes["data-arrives"] == "2026-11-01T09:00:00+00:00"
    assert offer.attributes["data-minutes"] == "420"


def test_minutes_are_elapsed_time_inside_one_zone_on_the_night_of_the_change(
    app: Flask, client: FlaskClient
) -> None:
    make_flight(
        origin="LHR",
        destination="LGW",
        departs_at=datetime(2026, 10, 24, 23, 30, tzinfo=UTC),  # 00:30 British Summer Time.
        minutes=120,
    )
    (offer,) = offers(search(client, origin="LHR", destination="LGW", depart="2026-10-25"))
    assert offer.attributes["data-departs"] == "2026-10-25T00:30:00+01:00"
    assert offer.attributes["data-arrives"] == "2026-10-25T01:30:00+00:00"
    assert offer.attributes["data-minutes"] == "120"
    assert "2 h" in offer.text


@pytest.mark.parametrize(
    ("hour", "time_class"),
    [(0, "night"), (5, "night"), (6, "morning"), (12, "afternoon"), (18, "evening")],
)
def test_the_time_class_is_the_local_hours(
    app: Flask, client: FlaskClient, hour: int, time_class: str
) -> None:
    make_flight(departs_at=at(hour))
    assert offers(search(client))[0].attributes["data-time-class"] == time_class


def test_seats_left_are_told_from_five_on(app: Flask, client: FlaskClient) -> None:
    make_flight(seats=6, number=601, departs_at=at(8))
    make_flight(seats=5, number=501, departs_at=at(9))
    make_flight(seats=1, number=101, departs_at=at(10))
    many, few, last = offers(search(client, sort="departure"))
    assert "left" not in many.text
    assert "5 seats left" in few.text
    assert "1 seat left" in last.text


def test_each_tag_stands_on_one_result(app: Flask, client: FlaskClient) -> None:
    make_flight(fare=100_00, minutes=300, departs_at=at(8))
    make_flight(fare=300_00, minutes=100, departs_at=at(9))
    make_flight(fare=120_00, minutes=120, departs_at=at(10))
    cheap, fast, balanced = offers(search(client, sort="departure"))
    assert cheap.attributes["data-tags"] == "cheapest"
    assert fast.attributes["data-tags"] == "fastest"
    assert balanced.attributes["data-tags"] == "best"


# What is shown, and in which order


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (None, ["X1 30", "X1 20", "X1 10"]),
        ("best", ["X1 30", "X1 20", "X1 10"]),
        ("price", ["X1 20", "X1 30", "X1 10"]),
        ("duration", ["X1 30", "X1 10", "X1 20"]),
        ("departure", ["X1 10", "X1 20", "X1 30"]),
        ("arrival", ["X1 10", "X1 30", "X1 20"]),
    ],
)
def test_results_stand_in_the_order_that_was_asked_for(
    app: Flask, client: FlaskClient, sort: str | None, order: list[str]
) -> None:
    make_flight(number=10, fare=400_00, minutes=150, departs_at=at(6))
    make_flight(number=20, fare=100_00, minutes=300, departs_at=at(8))
    make_flight(number=30, fare=110_00, minutes=120, departs_at=at(10))
    answer = search(client, sort=sort)
    assert [text.removeprefix("Airline X1 ") for text in numbers_of(answer)] == order
    marked = page(answer).one("nav", aria_label="Sort").one(aria_current="true")
    assert marked.text.lower() == (sort or "best")


def test_pages_hold_each_result_once(app: Flask, client: FlaskClient) -> None:
    for minute in range(RESULTS_A_PAGE + 3):
        make_flight(number=1000 + minute, departs_at=at(8, minute))
    first, second = search(client), search(client, page=2)
    assert len(offers(first)) == RESULTS_A_PAGE
    assert len(offers(second)) == 3
    assert len({*numbers_of(first), *numbers_of(second)}) == RESULTS_A_PAGE + 3
    assert "23 flights" in page(first).text
    assert page(first).one("nav", aria_label="Pages").one("a").text == "More results"
    assert page(second).one("nav", aria_label="Pages").one("a").text == "Earlier results"


@pytest.mark.parametrize("number", [3, 999, 10_000, 10**30])
def test_a_page_beyond_the_last_is_refused_with_how_many_there_are(
    app: Flask, client: FlaskClient, number: int
) -> None:
    for minute in range(RESULTS_A_PAGE + 1):
        make_flight(departs_at=at(8, minute))
    # The third visit would be answered with a page that was kept.
    for _ in range(3):
        answer = search(client, page=number)
        assert answer.status_code == 422
        assert beside(answer, "page") == "There are only 2 pages. Choose one of them."
        assert typed(answer, "page") == str(number)
    assert beside(search(client, page=2, stops=0, airline="X1", depart_to="08:05"), "page") == (
        "There is only one page. Choose page 1."
    )


def test_the_link_to_the_next_page_keeps_the_search(app: Flask, client: FlaskClient) -> None:
    for minute in range(RESULTS_A_PAGE + 1):
        make_flight(departs_at=at(8, minute))
    answer = search(client, adults=2, sort="price")
    pages = page(answer).one("nav", aria_label="Pages")
    assert pages.attributes["hx-boost"] == "true"
    following = client.get(pages.one("a").attributes["href"])
    assert len(offers(following)) == 1
    assert page(following).one("nav", aria_label="Sort").one(aria_current="true").text == "Price"
    change = next(each for each in page(following).all("a") if each.text == "Change search")
    form = client.get(change.attributes["href"])
    assert [typed(form, name) for name in ("origin", "adults")] == ["DEL", "2"]


def test_a_city_code_covers_all_its_airports(app: Flask, client: FlaskClient) -> None:
    make_flight(origin="LHR", destination="JFK", number=1, departs_at=at(12))
    make_flight(origin="LGW", destination="JFK", number=2, departs_at=at(12, 30))
    assert len(offers(search(client, origin="LON", destination="NYC"))) == 2
    assert len(offers(search(client, origin="LGW", destination="NYC"))) == 1
    assert len(offers(search(client, origin="London", destination="New York (JFK)"))) == 2


def test_an_infant_takes_no_seat(app: Flask, client: FlaskClient) -> None:
    make_flight(seats=2)
    assert len(offers(search(client, adults=2, infants=2))) == 1
    assert len(offers(search(client, adults=2, children=1))) == 0


def test_a_cabin_shows_the_flights_that_have_it(app: Flask, client: FlaskClient) -> None:
    make_flight(cabin=Cabin.BUSINESS, number=7)
    make_flight(number=8)
    assert numbers_of(search(client, cabin="business")) == ["Airline X1 X1 7"]


@pytest.mark.parametrize("status", [FlightStatus.CANCELLED, FlightStatus.DEPARTED])
def test_a_flight_that_will_not_leave_is_not_shown(
    app: Flask, client: FlaskClient, status: FlightStatus
) -> None:
    make_flight(status=status)
    answer = search(client)
    assert answer.status_code == 200
    assert not offers(answer)
    assert "No seats for 1 traveller in economy" in page(answer).text


def test_where_nothing_is_found_the_nearest_day_and_the_other_cabins_are_named(
    app: Flask, client: FlaskClient
) -> None:
    for number, days in enumerate((6, 12), 1):
        make_flight(departs_at=at(9, days=days), number=number)
    for number in (3, 4):
        make_flight(departs_at=at(9), number=number, cabin=Cabin.BUSINESS)
    shown = page(search(client, airline="X1", sort="price", adults=2)).one("main")
    links = {each.text: each.attributes["href"] for each in shown.all("a")}
    nearest = client.get(links["Tuesday, 13 October 2026 is the nearest day with seats"])
    assert numbers_of(nearest) == ["Airline X1 X1 2"]
    business = client.get(links["Business has 2 flights"])
    assert numbers_of(business) == ["Airline X1 X1 3", "Airline X1 X1 4"]
    assert "airline=X1&sort=price&adults=2" in links["Business has 2 flights"]
    route = page(client.get(links["another route"]))
    assert route.one("input", name="origin").attributes["value"] == "DEL"


def test_the_nearest_day_is_linked_without_filters_that_it_may_not_fit(
    app: Flask, client: FlaskClient
) -> None:
    make_airline("Y2")
    make_flight(departs_at=at(9, days=12), number=2)
    shown = page(search(client, airline="Y2", stops=0, sort="price")).one("main")
    nearest = next(each for each in shown.all("a") if "is the nearest day" in each.text)
    assert numbers_of(client.get(nearest.attributes["href"])) == ["Airline X1 X1 2"]
    assert "sort=price" in nearest.attributes["href"]


@pytest.mark.parametrize(("out", "back"), [(0, 1), (-1, 0), (-2, -2), (0, None), (1, None)])
def test_for_a_return_the_nearest_days_keep_a_day_or_the_stay(
    app: Flask, client: FlaskClient, out: int, back: int | None
) -> None:
    make_flight(departs_at=at(9, days=10 + out))
    if back is not None:
        make_flight(origin="BOM", destination="DEL", departs_at=at(9, days=13 + back))
    asked = {"depart": in_days(10).isoformat(), "return": in_days(13).isoformat()}
    shown = page(search(client, **asked)).one("main")
    links = [each for each in shown.all("a") if "are the nearest days" in each.text]
    if back is None:
        assert "any within 15 days of it that keep one of the two days" in shown.text
        assert not links
    else:
        days = f"depart={in_days(10 + out)}&return={in_days(13 + back)}"
        assert days in links[0].attributes["href"]


def test_of_several_ways_back_the_nearest_day_is_named(client: FlaskClient) -> None:
    make_flight(departs_at=at(9, days=10))
    for days in (11, 16):
        make_flight(origin="BOM", destination="DEL", departs_at=at(9, days=days))
    asked = {"depart": in_days(10).isoformat(), "return": in_days(15).isoformat()}
    shown = page(search(client, **asked)).one("main")
    (link,) = [each for each in shown.all("a") if "are the nearest days" in each.text]
    assert f"return={in_days(16)}" in link.attributes["href"]


def test_no_day_is_named_that_is_not_on_sale(client: FlaskClient) -> None:
    make_flight(departs_at=at(9, days=327))
    make_flight(origin="BOM", destination="DEL", departs_at=at(9, days=331))
    asked = {"depart": in_days(325).isoformat(), "return": in_days(329).isoformat()}
    assert "are the nearest days" not in page(search(client, **asked)).one("main").text


def test_where_no_day_around_has_the_cabin_that_is_said(app: Flask, client: FlaskClient) -> None:
    make_flight()
    shown = page(search(client, cabin="first")).one("main")
    assert "Nor are there any within 15 days of it." in shown.text
    assert "Economy has 1 flight" in shown.text


def test_where_nothing_is_scheduled_yet_that_is_said(app: Flask, client: FlaskClient) -> None:
    make_schedule(until=in_days(30))
    make_schedule(number=72, starts_on=in_days(90), until=in_days(30))
    shown = page(search(client, depart=in_days(60).isoformat())).one("main")
    assert "Flights are planned up to Saturday, 31 October 2026 so far." in shown.text
    assert "Nor are there any" not in shown.text


def test_a_delayed_flight_is_still_shown(app: Flask, client: FlaskClient) -> None:
    make_flight(status=FlightStatus.DELAYED)
    assert len(offers(search(client))) == 1


def test_sale_closes_an_hour_before_departure(app: Flask, client: FlaskClient) -> None:
    departs_at = at(12, days=1)
    make_flight(departs_at=departs_at)
    depart = departs_at.date().isoformat()
    clock.move_to(departs_at - timedelta(minutes=61))
    assert len(offers(search(client, depart=depart))) == 1
    clock.move_to(departs_at - timedelta(minutes=59))
    assert not offers(search(client, depart=depart))
    clock.move_to(departs_at + timedelta(minutes=1))
    assert not offers(search(client, depart=depart))


def test_a_full_flight_is_not_shown_until_its_holds_run_out(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight(seats=3)
    make_booking(flight)
    make_hold(flight, Party(2))
    assert not offers(search(client))
    clock.advance(service.HOLD_TIME)
    (offer,) = offers(search(client, adults=2))
    assert "2 seats left" in offer.text


def test_a_flight_shown_can_be_held_by_its_own_form(app: Flask, client: FlaskClient) -> None:
    make_flight()
    (offer,) = offers(search(client))
    form = offer.one("form")
    assert (form.attributes["action"], form.attributes["method"]) == ("/holds", "post")
    sent = {each.attributes["name"]: each.attributes["value"] for each in form.all("input")}
    answer = client.post("/holds", data=sent)
    assert answer.status_code == 303
    booking = db.session.scalars(select(Booking)).one()
    assert (booking.family, str(booking.total_minor)) == ("light", offer.attributes["data-price"])


@pytest.mark.parametrize("family", FAMILIES)
def test_each_fare_is_charged_what_its_button_says(
    app: Flask, client: FlaskClient, family: FareFamily
) -> None:
    # Fares that leave halves of a cent for a child and an infant, on two flights.
    make_flight(fare=101_37, destination="ZRH", departs_at=at(6), minutes=480)
    make_flight(fare=77_77, origin="ZRH", destination="LHR", departs_at=at(16), minutes=100)
    (offer,) = offers(search(client, destination="LHR", adults=2, children=1, infants=1))
    form = offer.one("form")
    sent = {each.attributes["name"]: each.attributes["value"] for each in form.all("input")}
    button = form.one("button", name="family", value=family.code)
    answer = client.post("/holds", data=sent | {"family": family.code})
    assert answer.status_code == 303
    booking = db.session.scalars(select(Booking)).one()
    assert booking.family == family.code
    charged = format_money(booking.total_minor, booking.currency)
    bags = {"light": "cabin bag each", "standard": "1 bag each", "flex": "2 bags each"}[family.code]
    assert button.text == f"{family.name} {charged} {bags}"
    assert f"Select {family.name} {charged}, {bags}" in button.attributes["aria-label"]


def test_what_each_fare_includes_stands_once_on_the_page(app: Flask, client: FlaskClient) -> None:
    make_flight(departs_at=at(8))
    make_flight(departs_at=at(9))
    table = page(search(client)).one("table")
    rows = [
        [cell.text for cell in row.children if not isinstance(cell, str)] for row in table.all("tr")
    ]
    assert rows[1:] == [
        ["Light", "1 cabin bag", "For $8 a flight", "No", "Taxes and charges only"],
        [
            "Standard",
            "1 cabin bag, 1 checked bag of 23 kg",
            "Free of charge",
            "For $60",
            "Less $90",
        ],
        [
            "Flex",
            "1 cabin bag, 2 checked bags of 23 kg",
            "Free of charge",
            "Free of charge",
            "In full",
        ],
    ]


def test_a_connection_that_is_late_hides_none_that_is_not(app: Flask, client: FlaskClient) -> None:
    first = make_flight(destination="BOM", departs_at=at(8))
    late, in_time = (
        make_flight(origin="BOM", destination="LHR", departs_at=at(hour), fare=fare, minutes=500)
        for hour, fare in ((13, 100_00), (14, 101_00))
    )

    def shown() -> list[bool]:
        found = page(client.get(f"/flights?origin=DEL&destination=LHR&depart={first.departs_on}"))
        return [each.designator in found.text for each in (late, in_time)]

    assert shown() == [True, False]
    by = timedelta(hours=6)
    delay(late, by)
    assert shown() == [True, True]


def test_a_connection_a_day_after_a_late_arrival_is_found(app: Flask, client: FlaskClient) -> None:
    first = make_flight(destination="BOM", departs_at=at(8))
    onward = first.arrives_at + timedelta(hours=26)
    make_flight(origin="BOM", destination="LHR", departs_at=onward, minutes=500)
    late = timedelta(hours=5)
    address = f"/flights?origin=DEL&destination=LHR&depart={first.departs_on}"
    assert "data-offer" not in client.get(address).text
    delay(first, late)
    assert "21 h" in client.get(address).text
    assert "data-offer" in client.get(f"{address}&max_layover=1260").text
    assert "data-offer" not in client.get(f"{address}&max_layover=1259").text


def test_filters_leave_the_currency_as_it_is(app: Flask, client: FlaskClient) -> None:
    # Non-stop for rupees, and more ways with a change for dollars.
    direct = make_flight(destination="LHR", departs_at=at(8), minutes=600)
    with transaction() as session:
        cabin = update(FlightCabin).where(FlightCabin.flight_id == direct.id)
        session.execute(cabin.values(currency="INR"))
    first = make_flight(destination="BOM", departs_at=at(8))
    for hours in (3, 4):
        onward = first.arrives_at + timedelta(hours=hours)
        make_flight(origin="BOM", destination="LHR", departs_at=onward, minutes=500)
    address = f"/flights?origin=DEL&destination=LHR&depart={direct.departs_on}"
    for query in ("", "&stops=0"):
        assert 'data-currency="INR"' in client.get(address + query).text


# Days


def test_other_days_can_be_searched_and_days_that_are_over_cannot(
    app: Flask, client: FlaskClient
) -> None:
    make_flight()
    days = page(search(client, depart=in_days(1).isoformat())).one("nav", aria_label="Other days")
    today = in_days(0).isoformat()
    linked = [each.attributes["href"] for each in days.all("a")]
    assert len(linked) == 5
    assert any(f"depart={today}" in href for href in linked)
    assert all(client.get(href).status_code == 200 for href in linked)
    assert days.one(aria_current="date").attributes["href"] in linked


def test_no_day_is_offered_that_is_too_far_ahead(app: Flask, client: FlaskClient) -> None:
    make_flight()
    answer = search(client, depart=in_days(329).isoformat())
    links = page(answer).one("nav", aria_label="Other days").all("a")
    assert links
    for link in links:
        assert client.get(link.attributes["href"]).status_code == 200


def test_today_is_the_day_at_the_place_of_departure(app: Flask, client: FlaskClient) -> None:
    # In New York it is still the evening of the 9th.
    clock.move_to(datetime(2026, 10, 10, 2, 0, tzinfo=UTC))
    make_flight(
        origin="JFK",
        destination="LHR",
        departs_at=datetime(2026, 10, 9, 23, 45, tzinfo=NEW_YORK),
    )
    answer = search(client, origin="JFK", destination="LHR", depart="2026-10-09")
    assert len(offers(answer)) == 1
    tomorrow = search(client, origin="JFK", destination="LHR", depart="2026-10-10")
    linked = page(tomorrow).one("nav", aria_label="Other days").all("a")
    assert any("depart=2026-10-09" in each.attributes["href"] for each in linked)
    field = next(each for each in page(client.get("/")).all(name="depart"))
    assert field.attributes["min"] <= "2026-10-09"


# Pages and fragments


def test_htmx_gets_the_results_and_a_browser_the_page(app: Flask, client: FlaskClient) -> None:
    make_flight()
    whole, part = search(client), search(client, htmx=True)
    assert "<html" in whole.text
    assert page(whole).one("title").text.startswith("Delhi to Mumbai")
    assert "<html" not in part.text
    (root,) = [each for each in page(part).children if not isinstance(each, str)]
    assert root.attributes["id"] == "results"
    assert len(offers(part)) == 1
    for answer in (whole, part):
        assert "HX-Request" in answer.headers["Vary"]


def test_a_history_restore_gets_the_page(app: Flask, client: FlaskClient) -> None:
    make_flight()
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    answer = client.get(
        f"/flights?origin=DEL&destination=BOM&depart={in_days(10)}", headers=headers
    )
    assert "<html" in answer.text


def test_a_refused_search_by_htmx_is_a_fragment_with_the_form(
    app: Flask, client: FlaskClient
) -> None:
    make_flight()
    answer = search(client, htmx=True, destination="DEL")
    assert answer.status_code == 422
    assert "<html" not in answer.text
    assert page(answer).one("form").attributes["action"] == "/flights"


def test_the_start_page_asks_last_for_the_price_that_each_of_its_searches_shows(
    client: FlaskClient,
) -> None:
    in_two_weeks = clock.now().replace(hour=3, minute=30) + timedelta(days=14)
    for fare in (120_00, 90_50):
        make_flight(departs_at=in_two_weeks, fare=fare)
    start = client.get("/")
    assert "from $" not in page(start).one("ul", class_="routes").text
    asked = page(start).one("span", hx_get="/flights/to-try").attributes["hx-select-oob"]
    assert asked == "#route-1-price"
    answer = page(client.get("/flights/to-try", headers={"HX-Request": "true"}))
    link = answer.one("ul", class_="routes").one("a")
    assert link.text == "Delhi → Mumbai DEL – BOM , from $90.50"
    found = offers(client.get(link.attributes["href"]))
    assert min(int(each.attributes["data-price"]) for each in found) == 90_50


def test_the_start_page_links_to_searches_that_have_results(
    app: Flask, client: FlaskClient
) -> None:
    make_flight(departs_at=at(12, days=14))
    answer = client.get("/")
    assert answer.status_code == 200
    links = page(answer).one("ul", class_="routes").all("a")
    assert links
    for link in links:
        assert offers(client.get(link.attributes["href"]))


def test_an_empty_network_says_what_to_do(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert "No flights yet" in page(answer).text


# Costs


def test_a_search_costs_at_most_two_queries_when_nothing_is_held(
    app: Flask, client: FlaskClient
) -> None:
    for minute in range(30):
        make_flight(departs_at=at(8, minute))
    search(client)
    with counted_selects() as seen:
        assert len(offers(search(client))) == RESULTS_A_PAGE
    assert len(seen) <= 2, seen


def test_holds_cost_one_query_more_and_a_session_one(app: Flask, client: FlaskClient) -> None:
    for minute in range(30):
        make_hold(make_flight(departs_at=at(8, minute)))
    log_in(client, make_user())
    search(client)
    with counted_selects() as seen:
        search(client)
    assert len(seen) <= 3, seen


# Bad input


def test_a_parameter_without_a_value_asks_for_nothing(app: Flask, client: FlaskClient) -> None:
    make_flight()
    asked = search(client)
    nothing = dict.fromkeys((*_OPTIONAL, "return", "adults", "children", "infants", "cabin"), "")
    assert [each.text for each in offers(search(client, **nothing))] == [
        each.text for each in offers(asked)
    ]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("origin", None, "Tell us where you leave from."),
        ("origin", "", "Tell us where you leave from."),
        ("origin", "   ", "We do not fly to"),
        ("origin", "Atlantis", "We do not fly to a place called “Atlantis”."),
        ("origin", "XXX", "We do not fly to a place called “XXX”."),
        ("origin", "<b>Delhi</b>", "We do not fly to a place called “<b>Delhi</b>”."),
        ("origin", "Delhy", "Did you mean Delhi (DEL)?"),
        ("origin", "Köln", "We do not fly to Cologne, Germany. Our nearest airport is"),
        ("origin", "x" * 10_000, "80"),
        ("destination", None, "Tell us where you go."),
        ("destination", "DEL", "You leave from there already"),
        ("destination", "Ünknown ✈", "We do not fly to a place called “Ünknown ✈”."),
        ("depart", None, "Choose the day you leave."),
        ("depart", "", "Choose the day you leave."),
        ("depart", "tomorrow", "Write the day as year-month-day"),
        ("depart", "2026-02-30", "Write the day as year-month-day"),
        ("depart", "01/12/2026", "Write the day as year-month-day"),
        ("depart", "0001-01-01", "That day is over."),
        ("depart", "9999-12-31", "Flights are on sale 330 days ahead."),
        ("depart", "1" * 10_000, "Write the day as year-month-day"),
        ("adults", "0", "From 1 to 9 adults."),
        ("adults", "10", "From 1 to 9 adults."),
        ("adults", "-1", "From 1 to 9 adults."),
        ("adults", "two", "Write a whole number."),
        ("adults", "1.5", "Write a whole number."),
        ("adults", "9" * 10_000, "From 1 to 9 adults."),
        ("children", "9", "From 0 to 8 children."),
        ("children", "\x00", "Write a whole number."),
        ("infants", "2", "one infant per adult."),
        ("infants", "NaN", "Write a whole number."),
        ("cabin", "roof", "Choose one of the cabins."),
        ("cabin", "x" * 10_000, "Choose one of the cabins."),
    ],
)
def test_bad_input_is_refused_with_words_beside_the_field_and_kept(
    app: Flask, client: FlaskClient, name: str, value: str | None, words: str
) -> None:
    make_flight()
    answer = search(client, **{name: value})
    assert answer.status_code == 422
    assert words in beside(answer, name)
    assert alerts(answer)
    if name != "cabin":
        assert typed(answer, name).strip() == (value or "").strip()
    for other, kept in (("origin", "DEL"), ("destination", "BOM")):
        if other != name:
            assert typed(answer, other) == kept


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("sort", "colour", "Choose best, price, duration, departure or arrival."),
        ("group", "colour", "Write price_class, time_class or duration_class."),
        ("every", "no", "Write yes, or leave it out."),
        ("page", "0", "Pages are numbered from 1."),
        ("page", "-1", "Pages are numbered from 1."),
        ("page", "last", "Write a whole number."),
        ("stops", "9", "From 0 to 2 stops."),
        ("currency", "XXX", "There is no currency XXX. Write three letters like EUR."),
        ("currency", "euro", "Write a currency's three letters."),
    ],
)
def test_a_mangled_link_is_refused_beside_the_field_and_the_rest_of_it_is_kept(
    app: Flask, client: FlaskClient, name: str, value: str, words: str
) -> None:
    make_flight()
    asked = {
        **{"sort": "price", "group": "time_class", "currency": "USD"},
        **{"stops": "1", "airline": "X1", "max_price": "900", "depart_from": "06:00"},
    }
    answer = search(client, **{"page": "9", **asked, name: value})
    assert answer.status_code == 422
    assert beside(answer, name) == words
    assert words in alerts(answer)
    for other, kept in asked.items():
        if other != name:
            assert typed(answer, other) == kept
    assert "open" in page(answer).one("details", class_="more").attributes
    (way_on,) = [each for each in page(answer).all("a") if each.text.startswith("Search without")]
    assert client.get(way_on.attributes["href"]).status_code == 200


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("depart", [in_days(10), in_days(11)]),
        ("return", [in_days(12), in_days(13)]),
        ("depart_from", ["08:00", "09:00"]),
        ("adults", ["0", "2"]),
        ("cabin", ["economy", "first"]),
        ("sort", ["price", "best"]),
        ("page", ["1", "2"]),
        ("currency", ["USD", "EUR"]),
        ("origin", ["DEL", "BOM"]),
    ],
)
def test_a_parameter_that_asks_for_several_things_is_refused_in_one_sentence(
    app: Flask, client: FlaskClient, name: str, values: list[object]
) -> None:
    make_flight()
    query = {"origin": "DEL", "destination": "BOM", "depart": in_days(10), name: values}
    answer = client.get("/flights", query_string=urlencode(query, doseq=True))
    assert answer.status_code == 422
    assert beside(answer, name) == "Choose one: the address asks for several."


def test_a_day_in_the_past_and_one_too_far_ahead_are_refused(
    app: Flask, client: FlaskClient
) -> None:
    make_flight()
    assert "That day is over." in beside(search(client, depart=in_days(-1)), "depart")
    assert search(client, depart=in_days(330)).status_code == 200
    assert "330 days ahead" in beside(search(client, depart=in_days(331)), "depart")


def test_more_than_nine_travellers_are_refused(app: Flask, client: FlaskClient) -> None:
    make_flight()
    assert search(client, adults=6, children=3).status_code == 200
    answer = search(client, adults=6, children=4)
    assert answer.status_code == 422
    assert "Up to 9 travellers" in beside(answer, "adults")
    assert typed(answer, "adults") == "6"
    assert typed(answer, "children") == "4"


def test_more_infants_than_adults_are_refused(app: Flask, client: FlaskClient) -> None:
    make_flight()
    answer = search(client, adults=1, infants=2)
    assert answer.status_code == 422
    assert "one infant per adult" in beside(answer, "infants")


def test_a_city_is_no_destination_from_one_of_its_airports(app: Flask, client: FlaskClient) -> None:
    make_flight(origin="LHR", destination="JFK")
    make_flight(origin="LGW", destination="JFK")
    answer = search(client, origin="LHR", destination="LON")
    assert answer.status_code == 422
    assert "You leave from there already" in beside(answer, "destination")


def test_several_mistakes_are_told_at_once(app: Flask, client: FlaskClient) -> None:
    make_flight()
    answer = search(client, origin="Atlantis", depart="yesterday", adults="0")
    for name in ("origin", "depart", "adults"):
        assert beside(answer, name)


_TRAVEL = ["origin", "destination", "depart", "return", "adults", "children", "infants", "cabin"]
_OPTIONAL = [*FILTERS, "sort", "group"]
_NAMES = [*_TRAVEL, *_OPTIONAL]
_VALUES = st.one_of(
    st.sampled_from(
        [
            *("DEL", "BOM", "Delhi", "2026-10-11", "2026-12-01", "1", "0", "9", "-1", "", " "),
            *("economy", "price", "X1", "low", "high", "night", "short", "yes", "no", "08:30"),
            *("price_class", "time_class", "10000", "x" * 10_000),
        ]
    ),
    st.text(max_size=40),
    st.integers().map(str),
    st.dates().map(str),
)
_RAW = st.binary(max_size=30).map(lambda raw: "".join(f"%{byte:02x}" for byte in raw))
_PAIRS = st.tuples(
    st.sampled_from([*_NAMES, "page", "utm_source"]),
    st.one_of(_VALUES.map(lambda text: urlencode({"": text})[1:]), _RAW),
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pairs=st.lists(_PAIRS, max_size=12), htmx=st.booleans())
def test_no_query_string_at_all_breaks_the_search(
    app: Flask, client: FlaskClient, pairs: list[tuple[str, str]], htmx: bool
) -> None:
    if not db.session.query(Flight).count():
        make_flight()
    query = "&".join(f"{name}={value}" for name, value in pairs)
    answer = client.get(
        f"/flights?{query}",
        headers={"HX-Request": "true"} if htmx else {},
    )
    assert answer.status_code in (200, 422), query


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=st.dictionaries(st.sampled_from([*_NAMES, "page"]), _VALUES, max_size=3))
def test_no_few_mistakes_break_the_search(
    app: Flask, client: FlaskClient, changes: dict[str, str]
) -> None:
    if not db.session.query(Flight).count():
        make_flight()
    answer = search(client, **changes)
    assert answer.status_code in (200, 422), changes
    if answer.status_code == 422:
        assert alerts(answer)


def test_a_delay_is_told_and_no_connection_is_sold_that_it_breaks(
    app: Flask, client: FlaskClient
) -> None:
    first = make_flight(destination="ZRH", departs_at=at(8), minutes=300)
    onward = first.arrives_at + timedelta(hours=2)
    make_flight(origin="ZRH", destination="LHR", departs_at=onward, minutes=100)
    asked = {"destination": "LHR"}
    assert len(offers(search(client, **asked))) == 1
    for minutes, is_sold in ((30, True), (90, False)):
        late = timedelta(minutes=minutes)
        delay(first, late)
        found = offers(search(client, **asked))
        assert bool(found) == is_sold
        if found:
            assert "expected to leave at 08:30" in found[0].text
    (shown,) = offers(search(client, destination="ZRH"))
    assert "Delayed" in shown.text
    assert "expected to leave at 09:30" in shown.text
