"""Places that we do not fly to are known all the same, and so is what is near them."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.builders import make_flight
from webapp.db import transaction
from webapp.network.elsewhere import elsewhere
from webapp.network.models import Airport
from webapp.network.places import airport_rows
from webapp.network.queries import directory


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("Köln", ["Cologne, Germany"]),
        ("cgn", ["Cologne, Germany"]),
        ("Turin", ["Torino, Italy"]),
        ("Stansted", ["London, United Kingdom"]),
        ("Birmingham", ["Birmingham, United Kingdom", "Birmingham, United States"]),
        ("international", []),
        ("unknown", []),
        ("ibn", []),
        ("Cologne, Germany", ["Cologne, Germany"]),
        ("Birmingham, United States", ["Birmingham, United States"]),
        ("Bali", ["Bali, Cameroon", "Denpasar-Bali Island, Indonesia"]),
        ("Atlantis", []),
        ("", []),
        # The island, which has an airport in Luqa, and not the town in Montana.
        ("Malta", []),
    ],
)
def test_a_place_of_the_world_is_found_by_its_names(text: str, labels: list[str]) -> None:
    assert [each.label for each in elsewhere(text)] == labels


def test_a_search_from_elsewhere_leads_on_to_the_nearest_airport_of_ours(
    client: FlaskClient,
) -> None:
    make_flight(destination="LHR")
    day = {"destination": "DEL", "depart": "2026-12-20", "adults": "2"}
    page = client.get("/flights", query_string={"origin": "Southampton", **day})
    assert page.status_code == 422
    assert (
        "We do not fly to Southampton, United Kingdom. Our nearest airport is London (LHR), 8"
        in (page.text)
    )
    assert 'href="/flights?destination=DEL&amp;depart=2026-12-20&amp;adults=2&amp;origin=LHR"' in (
        page.text
    )
    assert ">Search from London</a>" in page.text


def test_of_several_places_of_a_name_each_is_told_and_led_on_from(client: FlaskClient) -> None:
    make_flight(origin="DEL", destination="LHR")
    make_flight(origin="JFK", destination="LHR")
    page = client.get("/flights", query_string={"origin": "Birmingham", "destination": "DEL"})
    near, far = (
        page.text.index("Birmingham, United Kingdom"),
        page.text.index("Birmingham, United S"),
    )
    assert near < far
    assert ">Search from London</a>" in page.text
    assert ">Search from New York</a>" in page.text


def test_a_city_of_the_world_is_no_slip_of_one_of_ours(client: FlaskClient) -> None:
    for origin in ("CCU", "BOM"):
        make_flight(origin=origin, destination="LHR")
    page = client.get("/flights", query_string={"origin": "Köln", "destination": "LHR"})
    assert "We do not fly to Cologne, Germany" in page.text
    assert "Kolkata" not in page.text
    slip = client.get("/flights", query_string={"origin": "Kolkat", "destination": "LHR"})
    assert "Did you mean Kolkata (CCU)?" in slip.text
    # What one of ours begins with, though it is the code of a place in the Maldives.
    begun = client.get("/flights", query_string={"origin": "Mum", "destination": "LHR"})
    assert "Did you mean Mumbai (BOM)?" in begun.text


def test_a_city_of_the_world_is_no_word_of_one_of_ours(client: FlaskClient) -> None:
    with transaction() as session:
        session.add_all(Airport(**row) for row in airport_rows(["POA", "LHR", "EWR", "DFW", "MUC"]))
    for typed, meant in (("Porto", "Porto Alegre (POA)"), ("Monaco", "Munich (MUC)")):
        asked = client.get("/flights", query_string={"origin": typed, "destination": "LHR"})
        assert f"Did you mean {meant}?" in asked.text
        assert not directory().suggestions(typed).is_sure
    for typed, code in (
        ("Newark", "EWR"),
        ("Fort Worth", "DFW"),
        ("Monaco di Baviera", "MUC"),
        ("Brazil", "POA"),
    ):
        place = directory().place(typed)
        assert place
        assert place.code == code


def test_an_empty_network_has_no_nearest_airport(client: FlaskClient) -> None:
    page = client.get("/flights", query_string={"origin": "Stuttgart", "destination": "Köln"})
    assert page.status_code == 422
    assert "We do not fly to a place called “Stuttgart”" in page.text


def test_nobody_is_led_on_to_where_they_go(client: FlaskClient) -> None:
    make_flight(destination="LHR")
    page = client.get("/flights", query_string={"origin": "Southampton", "destination": "LHR"})
    assert "Our nearest airport is London (LHR)" in page.text
    assert "Search from" not in page.text


def test_fares_from_elsewhere_lead_on_as_well(client: FlaskClient) -> None:
    make_flight(destination="LHR")
    asked = {"origin": "Delhi", "destination": "Southampton", "month": "2026-12"}
    page = client.get("/fares/calendar", query_string=asked)
    assert 'href="/fares/calendar?origin=Delhi&amp;month=2026-12&amp;destination=LHR"' in page.text
