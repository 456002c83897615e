"""Filters leave what they say, and their counts are those of filtering by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.builders import make_airline, make_flight
from tests.pages import page
from webapp import clock

DELHI = ZoneInfo("Asia/Kolkata")


@pytest.fixture
def day(app: Flask) -> str:
    """Return a day with five ways to Mumbai, two of them through Zürich for want of a better."""
    make_airline("X1", "Kestrel")
    make_airline("Y2", "Larkspur")
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
        for facet in shown.all("nav", class_="facet")
        for link in facet.all("a")
        if link.text.split()[-1].isdigit()
    ]
    assert len(links) >= 5
    for link in links:
        if link.attributes.get("aria-current"):
            continue
        left = page(client.get(link.attributes["href"])).all("article", class_="result")
        assert len(left) == int(link.text.split()[-1]), link.text


def test_active_filters_can_be_taken_away_one_by_one(client: FlaskClient, day: str) -> None:
    query = {"origin": "DEL", "destination": "BOM", "depart": day, "airline": "X1"}
    query["max_price"] = "350"
    shown = page(client.get("/flights", query_string=query))
    assert "1 of 3 flights" in shown.text
    chips = shown.one("ul", class_="chips").all("a")
    left = [len(page(client.get(chip.attributes["href"])).all("article")) for chip in chips]
    assert [chip.text for chip in chips][-1] == "Clear all"
    assert left == [2, 2, 3]


def test_filters_that_leave_nothing_say_so(client: FlaskClient, day: str) -> None:
    query = {"origin": "DEL", "destination": "BOM", "depart": day, "max_price": "1"}
    assert "No flight fits all these filters" in client.get("/flights", query_string=query).text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("max_price", "-5", "Write a price above 0."),
        ("max_duration", "soon", "Write a whole number."),
        ("airline", "<b>", "Write an airline"),
        ("time_class", "noon", "Choose night, morning, afternoon or evening."),
        ("depart_from", "25:00", "Write the time as hours and minutes"),
        ("stops", "7", "From 0 to 2 stops."),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_with_words(
    client: FlaskClient, day: str, field: str, value: str, words: str
) -> None:
    query = {"origin": "DEL", "destination": "BOM", "depart": day, field: value}
    answer = client.get("/flights", query_string=query)
    assert answer.status_code == 422
    assert words in answer.text


def test_a_window_turned_round_is_refused_with_words(client: FlaskClient, day: str) -> None:
    query = {"origin": "DEL", "destination": "BOM", "depart": day}
    query |= {"depart_from": "12:00", "depart_to": "08:00"}
    answer = client.get("/flights", query_string=query)
    assert answer.status_code == 422
    assert "before the earliest" in answer.text
