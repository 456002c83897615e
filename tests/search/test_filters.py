"""Filters leave what they say, and as many as they count; test_trips.py filters by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.builders import make_airline, make_airport, make_flight
from tests.pages import beside, page, typed
from webapp import clock

DELHI = ZoneInfo("Asia/Kolkata")


@pytest.fixture
def day(app: Flask) -> str:
    """Return a day with five ways to Mumbai, two of them through Zürich for want of a better."""
    make_airline("X1", "Kestrel")
    make_airline("Y2", "Larkspur")
    # Known, and without a flight on any day.
    make_airline("ZZ", "Sleepy")
    make_airport("ZRH")
    date = clock.now().date() + timedelta(days=10)

    def at(hour: int) -> datetime:
        return datetime(date.year, date.month, date.day, hour, tzinfo=DELHI)

    make_flight(origin="DEL", departs_at=at(3), fare=300_00, minutes=120)
    make_flight(origin="DEL", departs_at=at(9), fare=200_00, minutes=130, airline="Y2")
    make_flight(origin="DEL", departs_at=at(19), fare=400_00, minutes=120)
    return date.isoformat()


def found(client: FlaskClient, day: str, **filters: str) -> list[str]:
    """Return the local hours of departure of what a search leaves."""
    query = {"origin": "DEL", "destination": "BOM", "depart": day, "sort": "departure", **filters}
    answer = client.get("/flights", query_string=query)
    assert answer.status_code == 200
    offers = [each for each in page(answer).all("article") if "data-offer" in each.attributes]
    return [offer.attributes["data-departs"][11:13] for offer in offers]


@pytest.mark.parametrize(
    ("filters", "hours"),
    [
        ({}, ["03", "09", "19"]),
        ({"max_price": "300"}, ["03", "09"]),
        ({"max_price": "299"}, ["09"]),
        ({"max_duration": "120"}, ["03", "19"]),
        ({"airline": "Y2"}, ["09"]),
        ({"time_class": "night"}, ["03"]),
        ({"depart_from": "09:00"}, ["09", "19"]),
        ({"depart_from": "09:01", "depart_to": "19:00"}, ["19"]),
        ({"arrive_to": "05:00"}, ["03"]),
        ({"airline": "X1", "max_price": "350"}, ["03"]),
        ({"airline": "ZZ"}, []),
        ({"via": "ZRH"}, []),
        ({"overnight": "yes"}, []),
        ({"overnight": "no"}, ["03", "09", "19"]),
        ({"duration_class": "short"}, ["03", "09", "19"]),
        ({"duration_class": "long"}, []),
        ({"price_class": "typical"}, ["03", "09", "19"]),
        ({"max_layover": "60"}, ["03", "09", "19"]),
    ],
)
def test_a_filter_leaves_what_it_says(
    client: FlaskClient, day: str, filters: dict[str, str], hours: list[str]
) -> None:
    assert found(client, day, **filters) == hours


def test_each_choice_leaves_as_many_results_as_it_counts(client: FlaskClient, day: str) -> None:
    query = {"origin": "DEL", "destination": "BOM", "depart": day, "airline": "X1"}
    shown = page(client.get("/flights", query_string=query))
    links = [
        link
        for facet in shown.all("div", class_="facet")
        for link in facet.all("a")
        if link.text.split()[-1].isdigit()
    ]
    assert len(links) >= 5
    for link in links:
        if link.attributes.get("aria-current"):
            continue
        left = page(client.get(link.attributes["href"])).all("article", class_="result")
        assert len(left) == int(link.text.split()[-1]), link.text


@pytest.fixture
def beaten(app: Flask) -> dict[str, str]:
    """Return a search for a flight and a connection through Zürich that it beats."""
    for iata in ("ZRH", "LHR"):
        make_airport(iata)
    eight = datetime(2026, 12, 1, 8, tzinfo=DELHI)
    clock.move_to(eight - timedelta(days=20))
    make_flight(destination="LHR", departs_at=eight, minutes=540, fare=50_00)
    make_flight(destination="ZRH", departs_at=eight, minutes=480, fare=50_00)
    make_flight(origin="ZRH", destination="LHR", departs_at=eight + timedelta(hours=10))
    return {"origin": "DEL", "destination": "LHR", "depart": "2026-12-01"}


def test_what_another_beats_is_left_out_until_it_is_asked_for(
    client: FlaskClient, beaten: dict[str, str]
) -> None:
    shown = page(client.get("/flights", query_string=beaten))
    assert shown.one(id="flights-found").text.startswith("1 flight ")
    assert "1 more flight is left out, since another equals or beats it" in shown.text
    every = page(client.get(shown.one("a", id="left-out").attributes["href"]))
    assert every.one(id="flights-found").text.startswith("2 flights ")
    assert [each.attributes["data-stops"] for each in every.all("article")] == ["0", "1"]
    back = page(client.get(every.one("a", id="left-out").attributes["href"]))
    assert back.one(id="flights-found").text.startswith("1 flight ")


def test_where_only_what_others_beat_fits_it_is_a_click_away(
    client: FlaskClient, beaten: dict[str, str]
) -> None:
    shown = page(client.get("/flights", query_string=beaten | {"via": "ZRH"}))
    assert "No flight on the list fits all these filters" in shown.text
    (link,) = [each for each in shown.all("a") if each.text.startswith("Show 1 flight that fits")]
    through = page(client.get(link.attributes["href"]))
    assert through.one(id="flights-found").text.startswith("1 of 2 flights ")


def test_a_filter_tells_of_what_fits_and_is_left_out(
    client: FlaskClient, beaten: dict[str, str]
) -> None:
    shown = page(client.get("/flights", query_string=beaten | {"max_price": "900"}))
    assert shown.one(id="flights-found").text.startswith("1 of 1 flight ")
    assert "1 more flight fits and is left out" in shown.text


def test_active_filters_can_be_taken_away_one_by_one(client: FlaskClient, day: str) -> None:
    query = {"origin": "DEL", "destination": "BOM", "depart": day, "airline": "X1"}
    query["max_price"] = "350"
    shown = page(client.get("/flights", query_string=query))
    assert "1 of 3 flights" in shown.text
    chips = shown.one("ul", class_="chips").all("a")
    left = [len(page(client.get(chip.attributes["href"])).all("article")) for chip in chips]
    assert [chip.text for chip in chips][-1] == "Clear all"
    assert left == [2, 2, 3]


def test_no_stops_are_asked_for_in_words(client: FlaskClient, day: str) -> None:
    query = {"origin": "DEL", "destination": "BOM", "depart": day, "stops": "0"}
    chips = page(client.get("/flights", query_string=query)).one("ul", class_="chips").all("a")
    assert chips[0].text.startswith("Most stops each way: none")


def test_filters_that_leave_nothing_name_the_one_to_take_away(
    client: FlaskClient, day: str
) -> None:
    query = {"origin": "DEL", "destination": "BOM", "depart": day}
    query |= {"max_price": "1", "airline": "X1"}
    answer = client.get("/flights", query_string=query)
    assert "No flight fits all these filters" in answer.text
    (link,) = [each for each in page(answer).all("a") if each.text.startswith("Without")]
    assert link.text == "Without “Highest price: $1” there are 2 flights"
    assert len(page(client.get(link.attributes["href"])).all("article")) == 2


def test_filters_that_leave_nothing_one_by_one_are_taken_away_together(
    client: FlaskClient, day: str
) -> None:
    query = {"origin": "DEL", "destination": "BOM", "depart": day}
    query |= {"max_price": "1", "airline": "ZZ"}
    answer = client.get("/flights", query_string=query)
    (link,) = [each for each in page(answer).all("a") if each.text == "Take all away"]
    assert len(page(client.get(link.attributes["href"])).all("article")) == 3


def test_who_wants_no_stops_where_there_are_none_is_told_of_those_with_stops(
    app: Flask, client: FlaskClient
) -> None:
    departs_at = datetime(2026, 12, 1, 6, tzinfo=DELHI)
    clock.move_to(departs_at - timedelta(days=20))
    make_flight(origin="DEL", destination="BOM", departs_at=departs_at, minutes=120)
    make_flight(
        origin="BOM", destination="LHR", departs_at=departs_at + timedelta(hours=5), minutes=500
    )
    query = {"origin": "DEL", "destination": "LHR", "depart": "2026-12-01", "stops": "0"}
    answer = client.get("/flights", query_string=query)
    assert answer.status_code == 200
    assert "there is 1 flight" in page(answer).text


def test_groups_follow_their_order_with_their_counts(client: FlaskClient, day: str) -> None:
    query = {"origin": "DEL", "destination": "BOM", "depart": day, "group": "time_class"}
    shown = page(client.get("/flights", query_string=query))
    headings = [each.text for each in shown.all("h2", class_="group")]
    assert headings == ["Night 1 flight", "Morning 1 flight", "Evening 1 flight"]


def test_prices_are_classed_by_the_fares_of_the_month(app: Flask, client: FlaskClient) -> None:
    clock.move_to(datetime(2026, 10, 1, tzinfo=UTC))
    for number in range(20):
        make_flight(
            departs_at=datetime(2026, 12, 1, number, tzinfo=DELHI), fare=(50 + number) * 100
        )
    query = {"origin": "DEL", "destination": "BOM", "depart": "2026-12-01", "sort": "price"}
    answer = client.get("/flights", query_string=query)
    classes = [each.attributes["data-price-class"] for each in page(answer).all("article")]
    assert classes == ["low"] * 5 + ["typical"] * 10 + ["high"] * 5
    assert "Typical is $55 to $64 for one adult: the middle half of 20 fares" in page(answer).text
    left = page(client.get("/flights", query_string=query | {"price_class": "low"}))
    assert {each.attributes["data-price-class"] for each in left.all("article")} == {"low"}
    assert "5 of 20 flights" in left.text


def test_durations_are_classed_by_the_fastest(app: Flask, client: FlaskClient) -> None:
    clock.move_to(datetime(2026, 10, 1, tzinfo=UTC))
    for hour, minutes in enumerate((100, 125, 126, 175, 176)):
        make_flight(departs_at=datetime(2026, 12, 1, hour, tzinfo=DELHI), minutes=minutes)
    query = {"origin": "DEL", "destination": "BOM", "depart": "2026-12-01", "sort": "duration"}
    shown = page(client.get("/flights", query_string=query))
    classes = [each.attributes["data-duration-class"] for each in shown.all("article")]
    assert classes == ["short", "short", "medium", "medium", "long"]
    assert "Short is up to 2 h 5 min" in shown.text


def test_a_result_says_how_it_compares(app: Flask, client: FlaskClient) -> None:
    clock.move_to(datetime(2026, 10, 1, tzinfo=UTC))
    make_flight(departs_at=datetime(2026, 12, 1, 7, tzinfo=DELHI), fare=100_00, minutes=340)
    make_flight(departs_at=datetime(2026, 12, 1, 8, tzinfo=DELHI), fare=118_00, minutes=120)
    make_flight(departs_at=datetime(2026, 12, 1, 4, tzinfo=DELHI), fare=150_00, minutes=400)
    query = {"origin": "DEL", "destination": "BOM", "depart": "2026-12-01", "sort": "price"}
    shown = page(client.get("/flights", query_string=query))
    assert [each.one("span", class_="why").text for each in shown.all("article")] == [
        "The lowest price, 3 h 40 min longer than the fastest, no change",
        "18 % dearer than the cheapest, 3 h 40 min faster, no change",
        "50 % dearer than the cheapest, 1 h longer, no change, an end in the small hours",
    ]


def test_less_than_a_hundredth_dearer_is_no_whole_one(client: FlaskClient) -> None:
    clock.move_to(datetime(2026, 10, 1, tzinfo=UTC))
    for hour, fare in ((7, 600), (8, 601), (9, 606)):
        make_flight(departs_at=datetime(2026, 12, 1, hour, tzinfo=DELHI), fare=fare * 100)
    query = {"origin": "DEL", "destination": "BOM", "depart": "2026-12-01", "sort": "price"}
    shown = page(client.get("/flights", query_string=query))
    said = [each.one("span", class_="why").text for each in shown.all("article")]
    assert said[1].startswith("Less than 1 % dearer than the cheapest, ")
    assert said[2].startswith("1 % dearer than the cheapest, ")


def test_of_limits_that_leave_the_same_results_the_first_is_offered(client: FlaskClient) -> None:
    clock.move_to(datetime(2026, 10, 1, tzinfo=UTC))
    for hour, fare, minutes in ((7, 600, 900), (8, 750, 500), (9, 800, 120)):
        make_flight(
            departs_at=datetime(2026, 12, 1, hour, tzinfo=DELHI), fare=fare * 100, minutes=minutes
        )
    query = {"origin": "DEL", "destination": "BOM", "depart": "2026-12-01"}

    def limits(name: str, **chosen: str) -> list[str]:
        shown = page(client.get("/flights", query_string=query | chosen))
        facet = shown.one("div", class_="facet", aria_label=name)
        return [each.text for each in facet.all("a")]

    assert limits("Price up to") == ["$650 1", "$750 2"]
    assert limits("Time up to") == ["6 h 1", "9 h 2"]
    # One that is chosen stays, or nobody could take it back.
    assert limits("Price up to", max_price="700") == ["$650 1", "$700 1", "$750 2"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("max_price", "-5", "Write a price above 0."),
        ("max_duration", "soon", "Write a whole number."),
        ("airline", "<b>", "Write an airline"),
        ("airline", "QQ", "There is no airline QQ."),
        ("time_class", "noon", "Choose night, morning, afternoon or evening."),
        ("depart_from", "25:00", "Write the time as hours and minutes"),
        ("stops", "7", "From 0 to 2 stops."),
        ("via", "Zürich", "Write an airport"),
        ("via", "X" * 10_000, "Write an airport"),
        ("via", "QQQ", "We fly to no airport QQQ."),
        ("max_layover", "0", "Write minutes above 0."),
        ("overnight", "maybe", "Choose no or yes."),
        ("price_class", "free", "Choose low, typical or high."),
        ("duration_class", "tiny", "Choose short, medium or long."),
        ("return_depart_from", "noon", "Write the time as hours and minutes"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_with_words(
    client: FlaskClient, day: str, field: str, value: str, words: str
) -> None:
    query = {"origin": "DEL", "destination": "BOM", "depart": day, field: value}
    answer = client.get("/flights", query_string=query)
    assert answer.status_code == 422
    assert words in answer.text


def test_a_filter_that_is_asked_for_twice_is_refused_with_words(
    client: FlaskClient, day: str
) -> None:
    query = {"origin": "DEL", "destination": "BOM", "depart": day}
    twice = client.get("/flights", query_string={**query, "airline": ["X1", "Y2"]})
    assert twice.status_code == 422
    assert beside(twice, "airline") == "Choose one: the address asks for several."
    same = client.get("/flights", query_string={**query, "airline": ["X1", "X1", ""]})
    assert same.status_code == 200


def test_a_window_turned_round_is_refused_with_words(client: FlaskClient, day: str) -> None:
    query = {"origin": "DEL", "destination": "BOM", "depart": day}
    query |= {"depart_from": "12:00", "depart_to": "08:00"}
    answer = client.get("/flights", query_string=query)
    assert answer.status_code == 422
    assert "before the earliest" in answer.text


def test_the_stops_are_named_where_more_of_them_give_the_most(
    app: Flask, client: FlaskClient
) -> None:
    date = clock.now().date() + timedelta(days=10)
    eight = datetime(date.year, date.month, date.day, 8, tzinfo=DELHI)
    make_flight(destination="LHR", departs_at=eight, minutes=540)
    first = make_flight(destination="BOM", departs_at=eight, minutes=60, airline="Y2", fare=10_00)
    for hours, fare in ((2, 50_00), (4, 40_00), (6, 30_00)):
        onward = first.arrives_at + timedelta(hours=hours)
        make_flight(
            origin="BOM",
            destination="LHR",
            departs_at=onward,
            minutes=500 - 20 * hours,
            airline="Y2",
            fare=fare,
        )
    query = f"/flights?origin=DEL&destination=LHR&depart={date}&airline=Y2&stops=0"
    words = [each.text for each in page(client.get(query)).all("a")]
    assert any(each.startswith("Without “Most stops each way: none”") for each in words)


def test_durations_are_measured_by_the_fastest_also_where_it_has_more_stops_than_are_wanted(
    app: Flask, client: FlaskClient
) -> None:
    date = clock.now().date() + timedelta(days=10)
    six = datetime(date.year, date.month, date.day, 6, tzinfo=DELHI)

    def fly(origin: str, destination: str, hours: int, minutes: int) -> None:
        at = six + timedelta(hours=hours)
        make_flight(origin=origin, destination=destination, departs_at=at, minutes=minutes)

    fly("LHR", "ZRH", 0, 60)
    fly("ZRH", "DEL", 3, 480)
    fly("DEL", "BOM", 13, 130)
    fly("ZRH", "BOM", 14, 540)
    query = f"/flights?origin=LHR&destination=BOM&depart={date}&duration_class=medium"
    link = page(client.get(query)).one("a", id="stops-1")
    assert link.text == "Up to 1 stop 1"
    assert len(page(client.get(link.attributes["href"])).all("article")) == 1


@pytest.mark.parametrize("number", ["123456789abc", "1_000", "²", "1.5"])
def test_a_number_that_is_none_is_refused(client: FlaskClient, day: str, number: str) -> None:
    query = {"origin": "DEL", "destination": "BOM", "depart": day, "max_price": number}
    answer = client.get("/flights", query_string=query)
    assert answer.status_code == 422
    assert "Write a whole number" in beside(answer, "max_price")
    assert typed(answer, "max_price") == number


@pytest.mark.parametrize(
    ("origin", "zone", "hour", "minutes", "is_night"),
    [
        ("AKL", "Pacific/Auckland", 23, 520, "yes"),
        ("HNL", "Pacific/Honolulu", 9, 520, "no"),
    ],
)
def test_a_night_on_the_way_is_told_by_one_clock_also_across_the_date_line(
    app: Flask,
    client: FlaskClient,
    origin: str,
    zone: str,
    hour: int,
    minutes: int,
    is_night: str,
) -> None:
    date = clock.now().date() + timedelta(days=10)
    leaves = datetime(date.year, date.month, date.day, hour, tzinfo=ZoneInfo(zone))
    destination = "HNL" if origin == "AKL" else "AKL"
    make_flight(origin=origin, destination=destination, departs_at=leaves, minutes=minutes)
    query = f"/flights?origin={origin}&destination={destination}&depart={date}"
    left = {
        word: len(page(client.get(f"{query}&overnight={word}")).all("article"))
        for word in ("yes", "no")
    }
    assert left == {"yes": int(is_night == "yes"), "no": int(is_night == "no")}


def test_where_one_airport_has_nothing_the_whole_city_is_a_link(
    app: Flask, client: FlaskClient
) -> None:
    date = clock.now().date() + timedelta(days=10)
    make_flight(origin="LGW", destination="ZRH")
    make_flight(origin="LHR", destination="DEL")
    shown = page(client.get(f"/flights?origin=LHR&destination=ZRH&depart={date}"))
    link = next(each for each in shown.all("a") if each.text.startswith("Search London to Zürich"))
    assert len(page(client.get(link.attributes["href"])).all("article")) == 1


@pytest.mark.parametrize(
    ("stops", "counted"),
    [
        ("0", "1 of 1 non-stop flight "),
        ("1", "2 of 2 flights with up to one stop "),
        ("2", "2 of 2 flights "),
    ],
)
def test_a_wish_for_few_stops_says_what_its_results_are_counted_among(
    client: FlaskClient, stops: str, counted: str
) -> None:
    first = make_flight(destination="ZRH")
    make_flight(destination="LHR", minutes=600)
    make_flight(origin="ZRH", destination="LHR", departs_at=first.arrives_at + timedelta(hours=3))
    address = f"/flights?origin=DEL&destination=LHR&depart={first.departs_on}&stops={stops}"
    assert page(client.get(address)).one(id="flights-found").text.startswith(counted)
