"""Suggesting places for a half-typed text."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import make_airport
from tests.pages import page


def make_network() -> None:
    for iata in ("DEL", "BOM", "LHR", "LGW", "JFK", "ZRH"):
        make_airport(iata)


def codes(client: FlaskClient, text: str) -> list[str]:
    answer = client.get("/airports", query_string={"q": text})
    assert answer.status_code == 200
    return [place["code"] for place in answer.json]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("DEL", "DEL"),
        ("del", "DEL"),
        ("Del", "DEL"),
        ("mumb", "BOM"),
        ("heathrow", "LHR"),
        ("zurich", "ZRH"),
        ("Zürich", "ZRH"),
        ("ZÜR", "ZRH"),
        ("lond", "LON"),
        ("united king gat", "LGW"),
        ("new york", "JFK"),
        ("  delhi  ", "DEL"),
        ("Dehli", "DEL"),
    ],
)
def test_a_code_a_city_a_name_and_a_slip_find_the_place(
    app: Flask, client: FlaskClient, text: str, first: str
) -> None:
    make_network()
    assert codes(client, text)[0] == first


def test_a_city_with_several_airports_stands_above_them(app: Flask, client: FlaskClient) -> None:
    make_network()
    assert codes(client, "london") == ["LON", "LGW", "LHR"]


def test_what_is_suggested_can_be_searched(app: Flask, client: FlaskClient) -> None:
    make_network()
    for text in ("lon", "del", "zur", "jfk"):
        answer = client.get("/airports", query_string={"q": text}, headers={"HX-Request": "true"})
        for option in page(answer).all(role="option"):
            found = client.get("/flights", query_string={"origin": option.attributes["data-value"]})
            assert "We do not fly to" not in found.text


def test_htmx_gets_options_and_a_program_json(app: Flask, client: FlaskClient) -> None:
    make_network()
    part = client.get("/airports?q=zurich", headers={"HX-Request": "true"})
    assert "<html" not in part.text
    option = page(part).one(role="option")
    assert option.attributes["data-value"] == "Zürich (ZRH)"
    assert "HX-Request" in part.headers["Vary"]
    told = client.get("/airports?q=zurich")
    assert told.json == [
        {
            "code": "ZRH",
            "name": "Zürich",
            "detail": "Zürich, Switzerland",
            "airports": ["ZRH"],
        }
    ]
    assert "HX-Request" in told.headers["Vary"]


@pytest.mark.parametrize("query", ["", "q=", "q=%20", "q=%ff%fe", "q=%00", "q=" + "x" * 10_000])
def test_nothing_to_suggest_is_an_empty_list(app: Flask, client: FlaskClient, query: str) -> None:
    make_network()
    answer = client.get(f"/airports?{query}")
    assert answer.status_code == 200
    assert answer.json == []


def test_markup_that_was_typed_is_never_markup(app: Flask, client: FlaskClient) -> None:
    make_network()
    answer = client.get("/flights", query_string={"origin": '"><script>alert(1)</script>'})
    assert "<script>alert" not in answer.text


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=100))
def test_no_text_at_all_breaks_the_suggestions(app: Flask, client: FlaskClient, text: str) -> None:
    make_network()
    assert client.get("/airports", query_string={"q": text}).status_code == 200
