"""Suggesting places for a half-typed text."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import make_airport
from tests.pages import page
from webapp.db import transaction
from webapp.network.matching import is_prefix_with_a_slip
from webapp.network.models import Airport
from webapp.network.places import airport_rows
from webapp.network.queries import directory


def make_network() -> None:
    for iata in ("DEL", "BOM", "LHR", "LGW", "JFK", "ZRH"):
        make_airport(iata)


def make_airports_of_the_world(*codes: str) -> None:
    with transaction() as session:
        session.add_all(Airport(**row) for row in airport_rows(codes))


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
        ("dlehi", "DEL"),
        ("Mumbay", "BOM"),
        ("Mumbaai", "BOM"),
        ("Mmbai", "BOM"),
        ("Zurcih", "ZRH"),
        ("Zürihc", "ZRH"),
        ("lonodn", "LON"),
        ("londonn", "LON"),
        ("lndo", "LON"),
        ("heathorw", "LHR"),
        ("switzerlnad", "ZRH"),
        ("swtizer", "ZRH"),
        ("new yrok", "JFK"),
        ("nwe york", "JFK"),
        ("indira ganhdi", "DEL"),
        ("LHR London", "LHR"),
        ("london heathrow lhr", "LHR"),
        ("heath row", "LHR"),
        ("usa", "JFK"),
        ("UK gatwick", "LGW"),
        ("Bombay", "BOM"),
        ("bombai", "BOM"),
        ("londres", "LON"),
        ("Zuerich", "ZRH"),
    ],
)
def test_a_code_a_city_a_name_and_a_slip_find_the_place(
    app: Flask, client: FlaskClient, text: str, first: str
) -> None:
    make_network()
    assert codes(client, text)[0] == first


@pytest.mark.parametrize(
    "text", ["Dlhei", "Mubmay", "xyz", "Lnodno", "zzrh", "dxl", "no such place"]
)
def test_two_slips_and_slips_in_a_few_letters_are_not_forgiven(
    app: Flask, client: FlaskClient, text: str
) -> None:
    make_network()
    assert codes(client, text) == []


def test_a_country_gives_its_places(app: Flask, client: FlaskClient) -> None:
    make_network()
    assert codes(client, "india") == ["DEL", "BOM"]
    assert codes(client, "united kingdom") == ["LON", "LGW", "LHR"]


@settings(max_examples=300, deadline=None)
@given(word=st.text("abc", min_size=1, max_size=6), typed=st.text("abc", min_size=1, max_size=6))
def test_one_slip_is_what_a_table_of_edits_calls_one(word: str, typed: str) -> None:
    near = any(distance(typed, word[:end]) <= 1 for end in range(len(word) + 1))
    assert is_prefix_with_a_slip(typed, word) == near


def distance(one: str, other: str) -> int:
    """Return how many letters to add, drop, change or swap with a neighbour lead to the other."""
    if not one or not other:
        return len(one) + len(other)
    steps = [
        distance(one[:-1], other) + 1,
        distance(one, other[:-1]) + 1,
        distance(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    ]
    if one[-2:] == other[-2:][::-1] and len(one) > 1 and len(other) > 1:
        steps.append(distance(one[:-2], other[:-2]) + 1)
    return min(steps)


def test_a_city_with_several_airports_stands_above_them(app: Flask, client: FlaskClient) -> None:
    make_network()
    assert codes(client, "london") == ["LON", "LGW", "LHR"]


@pytest.mark.parametrize(
    ("typed", "code"),
    [("Heathrow", "LHR"), ("London Gatwick", "LGW"), ("john f kennedy", "JFK"), ("London", "LON")],
)
def test_the_name_of_an_airport_is_a_place_to_search_from(
    app: Flask, client: FlaskClient, typed: str, code: str
) -> None:
    make_network()
    place = directory().place(typed)
    assert place is not None
    assert place.code == code


@pytest.mark.parametrize(("typed", "code"), [("Bombay", "BOM"), ("Londra", "LON")])
def test_what_a_city_is_called_elsewhere_is_a_place_to_search_from(
    app: Flask, typed: str, code: str
) -> None:
    make_network()
    place = directory().place(typed)
    assert place
    assert place.code == code


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("london, uk", "LON"),
        ("London, United Kingdom", "LON"),
        ("Delhi, India", "DEL"),
        ("Gatwick, England", "LGW"),
        ("new york city", "JFK"),
        ("new york, us", "JFK"),
    ],
)
def test_a_city_may_be_followed_by_its_country(app: Flask, typed: str, code: str) -> None:
    make_network()
    place = directory().place(typed)
    assert place
    assert place.code == code


@pytest.mark.parametrize("typed", ["India", "Heath", "Airport", "United Kingdom", "..."])
def test_a_text_that_may_mean_several_places_means_none(app: Flask, typed: str) -> None:
    make_network()
    assert directory().place(typed) is None


def test_what_is_suggested_can_be_searched(app: Flask, client: FlaskClient) -> None:
    make_network()
    for text in ("lon", "del", "zur", "jfk"):
        answer = client.get("/airports", query_string={"q": text}, headers={"HX-Request": "true"})
        options = page(answer).all(role="option")
        assert options
        for option in options:
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


def test_whoever_types_a_place_that_we_do_not_fly_to_is_told(client: FlaskClient) -> None:
    make_network()
    for typed, words in (("xyzzy", ["We fly to no place like this."]), (" ", [])):
        answer = client.get("/airports", query_string={"q": typed}, headers={"HX-Request": "true"})
        assert [each.text for each in page(answer).all(role="option")] == words


def box(client: FlaskClient, typed: str) -> list[tuple[str, str]]:
    """Return the words of each option, with what is typed for whoever chooses it."""
    answer = client.get("/airports", query_string={"q": typed}, headers={"HX-Request": "true"})
    options = page(answer).all(role="option")
    return [(each.text, str(each.attributes.get("data-value"))) for each in options]


def surely_meant(client: FlaskClient, typed: str) -> str | None:
    """Return what leaving the field would take, if anything."""
    answer = client.get("/airports", query_string={"q": typed}, headers={"HX-Request": "true"})
    sure = [each for each in page(answer).all(role="option") if "data-sure" in each.attributes]
    assert len(sure) < 2
    return sure[0].attributes["data-value"] if sure else None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lhr", "London LHR"),
        ("lon", "London (LON)"),
        ("Bombay", "Mumbai (BOM)"),
        ("heathr", "London LHR"),
        ("switz", "Zürich (ZRH)"),
        # More than one begins so, and none of them more than the others.
        ("india", None),
        # Guesses at a slip.
        ("Dehli", None),
        ("Bern", None),
        # Ours begin so, but all of it is the name of another, or a code in capitals.
        ("Mumb", "Mumbai (BOM)"),
        ("Mum", "Mumbai (BOM)"),
        ("MUM", None),
        ("Lond", "London (LON)"),
        ("London", "London (LON)"),
        ("Kenn", None),
    ],
)
def test_what_surely_is_meant_alone_is_taken_without_being_chosen(
    app: Flask, client: FlaskClient, typed: str, meant: str | None
) -> None:
    make_network()
    assert surely_meant(client, typed) == meant


def test_a_city_that_we_do_not_serve_is_none_of_ours_that_begins_so(
    app: Flask, client: FlaskClient
) -> None:
    make_airports_of_the_world("POA", "MAD", "MAA")
    assert surely_meant(client, "Porto") is None
    assert [value for _, value in box(client, "Porto")] == ["Porto Alegre (POA)", "Madrid (MAD)"]
    assert surely_meant(client, "Porto A") == "Porto Alegre (POA)"
    assert surely_meant(client, "Madr") == "Madrid (MAD)", "rather than Madras"


@pytest.mark.parametrize("typed", ["Southampton", "Southam", "SOU"])
def test_a_place_that_we_do_not_serve_is_told_with_what_is_near(
    app: Flask, client: FlaskClient, typed: str
) -> None:
    make_network()
    words, value = box(client, typed)[0]
    assert words.startswith("LGW We do not fly to Southampton, United Kingdom.")
    assert words.endswith("Nearest: London LGW, 85 km")
    assert value == "London LGW"
    assert surely_meant(client, typed) is None


def test_guesses_at_a_slip_stand_below_a_place_that_begins_so(
    app: Flask, client: FlaskClient
) -> None:
    make_airports_of_the_world("BER", "DOH", "HAN", "ZRH")
    first, *others = box(client, "Hann")
    assert "We do not fly to Hannover, Germany." in first[0]
    assert "Hanoi (HAN)" in [value for _, value in others]
    assert "We do not fly to Nuremberg, Germany." in box(client, "Nürn")[0][0]
    # Hamad is in Doha, but that is not what Ham surely means.
    assert [value for _, value in box(client, "Ham")][:2] == ["Doha (DOH)", "Berlin (BER)"]


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
