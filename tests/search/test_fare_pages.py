"""The fare calendar, the date grid and the price graph, as pages and as JSON."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from tests.builders import make_flight, make_schedule
from tests.pages import alerts, beside, offers, page, typed
from webapp import clock
from webapp.booking import disruptions
from webapp.db import transaction

pytestmark = pytest.mark.usefixtures("five_airports")


def make_days(fares: dict[int, int], origin: str = "DEL", destination: str = "BOM") -> None:
    """Make a flight on some days of November at these fares in dollars."""
    for day, fare in fares.items():
        departs_at = datetime(2026, 11, day, 8, tzinfo=UTC)
        make_flight(9, origin, destination, departs_at=departs_at, fare=fare * 100)


def links_of(client: FlaskClient, address: str) -> dict[str, str]:
    """Return the address behind each price on a page, by what a screen reader says of it."""
    answer = client.get(address)
    assert answer.status_code == 200, alerts(answer)
    links = page(answer).one("main").all("a")
    said = {link.attributes.get("aria-label", ""): link.attributes["href"] for link in links}
    return {words: href for words, href in said.items() if "$" in words}


def test_a_month_shows_the_lowest_fare_of_each_day_and_leads_to_its_flights(
    client: FlaskClient,
) -> None:
    make_days({2: 120, 3: 90, 30: 150})
    make_days({3: 300})
    links = links_of(client, "/fares/calendar?origin=DEL&destination=BOM&month=2026-11")
    assert list(links) == [
        "Monday, 2 November 2026: $120, non-stop",
        "Tuesday, 3 November 2026: $90, non-stop, the lowest price",
        "Monday, 30 November 2026: $150, non-stop, among the most expensive",
    ]
    for words, href in links.items():
        prices = [int(offer.attributes["data-price"]) for offer in offers(client.get(href))]
        assert f"${min(prices) // 100}," in words


def test_a_dearer_way_out_counts_where_a_delay_lets_the_cheaper_one_miss_the_way_back(
    client: FlaskClient,
) -> None:
    morning = datetime(2026, 11, 2, 4, tzinfo=UTC)
    cheap = make_flight(departs_at=morning, minutes=120, fare=100_00)
    make_flight(departs_at=morning + timedelta(hours=1), minutes=120, fare=200_00)
    make_flight(9, "BOM", "DEL", departs_at=morning + timedelta(hours=6), fare=50_00)
    late = timedelta(hours=8)
    with transaction():
        disruptions.delay_flight(cheap.id, morning + late, cheap.arrives_at + late, "sam")
    month = "/fares/calendar?origin=DEL&destination=BOM&month=2026-11&nights=0"
    day = client.get(month, headers={"Accept": "application/json"}).json["days"][0]
    assert (day["depart"], day["price"]) == ("2026-11-02", 250_00)


def test_the_table_of_a_month_has_seven_named_columns(client: FlaskClient) -> None:
    make_days({2: 120})
    answer = client.get("/fares/calendar?origin=DEL&destination=BOM&month=2026-11")
    table = page(answer).one("table")
    assert len(table.all("th", scope="col")) == 7
    rows = table.one("tbody").all("tr")
    assert {len(row.all("td")) for row in rows} == {7}
    # November 2026 begins on a Sunday.
    assert [cell.text for cell in rows[0].all("td")][:6] == [""] * 6
    assert "November 2026" in table.one("caption").text


def test_nights_make_it_a_return_trip(client: FlaskClient) -> None:
    make_days({2: 100, 3: 80})
    make_days({5: 70, 6: 200}, "BOM", "DEL")
    links = links_of(client, "/fares/calendar?origin=DEL&destination=BOM&month=2026-11&nights=3")
    assert list(links) == [
        "Monday, 2 November 2026, back Thursday, 5 November 2026: $170, non-stop, the lowest price",
        "Tuesday, 3 November 2026, back Friday, 6 November 2026: $280, non-stop, among the most "
        "expensive",
    ]
    assert all("return=2026-11-0" in href for href in links.values())


def test_the_price_is_the_partys_and_the_links_keep_the_party(client: FlaskClient) -> None:
    make_days({2: 100})
    address = "/fares/calendar?origin=DEL&destination=BOM&month=2026-11&adults=2&children=1"
    ((words, href),) = links_of(client, address).items()
    assert "$275" in words
    assert "adults=2&children=1" in href


def test_a_program_gets_the_month_as_json(client: FlaskClient) -> None:
    make_days({2: 120})
    answer = client.get(
        "/fares/calendar?origin=DEL&destination=BOM&month=2026-11",
        headers={"Accept": "application/json"},
    )
    assert answer.json["days"] == [
        {
            "depart": "2026-11-02",
            "return": None,
            "price": 120_00,
            "currency": "USD",
            "stops": 0,
            "href": "/flights?origin=DEL&destination=BOM&depart=2026-11-02",
        }
    ]
    assert "Accept" in answer.headers["Vary"]
    refused = client.get("/fares/calendar?month=x", headers={"Accept": "application/json"})
    assert refused.status_code == 422
    assert refused.json["errors"]["month"]


def test_sixty_days_stand_in_a_graph_and_in_a_table(client: FlaskClient) -> None:
    make_days({2: 120, 3: 60})
    address = "/fares/graph?origin=DEL&destination=BOM&depart=2026-11-01"
    links = links_of(client, address)
    assert list(links) == [
        "Monday, 2 November 2026: $120, non-stop, among the most expensive",
        "Tuesday, 3 November 2026: $60, non-stop, the lowest price",
    ]
    tree = page(client.get(address))
    assert len(tree.one("tbody").all("tr")) == 60
    bars = [each for each in tree.all("rect") if "bar" in each.attributes["class"].split()]
    dear, cheap = (int(bar.attributes["height"]) for bar in bars)
    assert dear == 2 * cheap


def test_a_grid_compares_the_days_around_a_trip_both_ways(client: FlaskClient) -> None:
    make_days({9: 100, 10: 80})
    make_days({11: 70, 12: 50}, "BOM", "DEL")
    address = "/fares/grid?origin=DEL&destination=BOM&depart=2026-11-10&return=2026-11-12"
    links = links_of(client, address)
    assert {words.split(": ")[1].split(",")[0] for words in links} == {
        "$170",
        "$150",
        "$130",
    }
    assert len(links) == 4
    table = page(client.get(address)).one("table")
    assert [len(row.all("td")) for row in table.one("tbody").all("tr")] == [7] * 7
    (chosen,) = table.all("a", aria_current="date")
    assert "depart=2026-11-10&return=2026-11-12" in chosen.attributes["href"]


def test_days_without_seats_say_so(client: FlaskClient) -> None:
    answer = client.get("/fares/calendar?origin=DEL&destination=BOM&month=2026-11")
    assert answer.status_code == 200
    assert "No seats in November 2026" in page(answer).one("main").text
    graph = client.get("/fares/graph?origin=DEL&destination=BOM&depart=2026-11-01")
    assert "No seats in these 60 days" in page(graph).one("main").text


def test_days_after_the_last_that_is_planned_say_so(client: FlaskClient) -> None:
    make_days({2: 100})
    make_schedule(until=date(2026, 11, 20))
    planned = "Flights are planned up to Friday, 20 November 2026 so far."
    query = "/fares/calendar?origin=DEL&destination=BOM&month="
    november = page(client.get(f"{query}2026-11")).one("main")
    assert planned in november.text
    assert [cell.text for cell in november.all("td", class_="none")][-1] == "30 not planned yet"
    december = page(client.get(f"{query}2026-12")).one("main")
    assert "No flights are planned in December 2026 yet" in december.text
    stay = page(client.get(f"{query}2026-11&nights=14")).one("main")
    assert "18 not planned yet" in [cell.text for cell in stay.all("td", class_="none")]
    graph = page(client.get("/fares/graph?origin=DEL&destination=BOM&depart=2026-11-01"))
    assert planned in graph.text
    assert graph.one("tbody").all("tr")[-1].all("td")[0].text == "Not planned yet"


def test_flights_after_what_schedules_made_are_planned_too(client: FlaskClient) -> None:
    make_schedule(until=date(2026, 11, 20))
    make_days({28: 100})
    month = page(client.get("/fares/calendar?origin=DEL&destination=BOM&month=2026-11"))
    assert "planned up to Saturday, 28 November 2026" in month.text
    without = [cell.text for cell in month.all("td", class_="none")]
    assert ("27 no seats" in without, "29 not planned yet" in without) == (True, True)
    query = "/fares/grid?origin=DEL&destination=BOM&depart=2026-11-19&return=2026-12-01"
    grid = page(client.get(query)).one("tbody")
    assert {cell.text for cell in grid.all("td", class_="none")} == {"– not planned yet"}


def test_days_that_cost_as_little_as_the_lowest_are_counted(client: FlaskClient) -> None:
    make_days({2: 100, 3: 80, 9: 80})
    found = page(client.get("/fares/calendar?origin=DEL&destination=BOM&month=2026-11"))
    verdict = found.one("p", class_="verdict").text
    assert "$80 on Tuesday, 3 November 2026 and 1 other day; on" in verdict


@pytest.mark.parametrize("view", ["calendar", "grid", "graph"])
def test_without_a_question_the_form_waits_empty(client: FlaskClient, view: str) -> None:
    answer = client.get(f"/fares/{view}")
    assert answer.status_code == 200
    assert not alerts(answer)
    assert typed(answer, "adults") == "1"


@pytest.mark.parametrize(
    ("view", "changes", "field", "words"),
    [
        ("calendar", {"origin": "Atlantis"}, "origin", "We do not fly to a place called"),
        ("calendar", {"destination": "DEL"}, "destination", "You leave from there already"),
        ("calendar", {"month": "2026-13"}, "month", "like 2026-12"),
        ("calendar", {"month": "0000-01"}, "month", "like 2026-12"),
        ("calendar", {"month": "x" * 10_000}, "month", "like 2026-12"),
        ("calendar", {"month": ""}, "month", "Choose a month"),
        ("calendar", {"month": "soon"}, "month", "year-month"),
        ("calendar", {"month": "2026-09"}, "month", "over"),
        ("calendar", {"month": "2028-01"}, "month", "330 days ahead"),
        ("calendar", {"nights": "331"}, "nights", "From 0 to 330"),
        ("calendar", {"nights": "some"}, "nights", "whole number"),
        ("calendar", {"adults": "0"}, "adults", "From 1 to 9"),
        ("calendar", {"adults": "1", "infants": "2"}, "infants", "one infant per adult"),
        ("calendar", {"cabin": "roof"}, "cabin", "Choose one of the cabins"),
        ("graph", {"depart": "tomorrow"}, "depart", "like 2026-12-01"),
        ("graph", {"depart": "2026-10-01"}, "depart", "over"),
        ("graph", {"depart": "2028-01-01"}, "depart", "330 days ahead"),
        ("grid", {"return": "2026-11-01"}, "return", "before the departure"),
        ("grid", {"depart": ""}, "depart", "Choose the day you leave"),
        ("grid", {"depart": "9999-12-31", "return": ""}, "depart", "330 days ahead"),
        ("grid", {"depart": "0001-01-01", "origin": "DEL", "destination": "ZRH"}, "depart", "over"),
    ],
)
def test_what_cannot_be_is_told_beside_the_field_and_kept(
    client: FlaskClient, view: str, changes: dict[str, str], field: str, words: str
) -> None:
    asked = {
        "origin": "ZRH",
        "destination": "DEL",
        "month": "2026-11",
        "depart": "2026-11-10",
        "return": "2026-11-12",
    }
    asked |= {"origin": "DEL"} if changes.get("destination") == "DEL" else {}
    answer = client.get(f"/fares/{view}", query_string=asked | changes)
    assert answer.status_code == 422
    assert words in beside(answer, field)
    if field != "cabin":
        assert typed(answer, field) == changes[field]
    assert alerts(answer)


@pytest.mark.parametrize(
    ("view", "name"),
    [("calendar", "month"), ("graph", "depart"), ("grid", "depart"), ("grid", "return")],
)
def test_a_day_that_is_asked_for_twice_is_refused_with_words(
    client: FlaskClient, view: str, name: str
) -> None:
    asked = {"origin": "ZRH", "destination": "DEL", name: ["2026-11-10", "2026-11-11"]}
    if name == "month":
        asked[name] = ["2026-11", "2026-12"]
    answer = client.get(f"/fares/{view}", query_string=asked)
    assert answer.status_code == 422
    assert beside(answer, name) == "Choose one: the address asks for several."


def test_who_names_no_month_is_shown_this_one(client: FlaskClient) -> None:
    answer = client.get("/fares/calendar?origin=ZRH&destination=DEL")
    assert answer.status_code == 200
    assert typed(answer, "month") == f"{clock.now():%Y-%m}"


def test_bytes_that_are_no_text_are_refused_politely(client: FlaskClient) -> None:
    answer = client.get("/fares/calendar?origin=%ff%fe&destination=%00&month=%ff")
    assert answer.status_code == 422


def test_the_last_days_on_sale_still_fill_a_graph_and_a_grid(client: FlaskClient) -> None:
    last = (clock.now() + timedelta(days=330)).date().isoformat()
    query = f"origin=DEL&destination=BOM&depart={last}&return={last}"
    assert client.get(f"/fares/graph?{query}").status_code == 200
    assert client.get(f"/fares/grid?{query}").status_code == 200
    month = client.get(f"/fares/calendar?origin=DEL&destination=BOM&month={last[:7]}")
    assert month.status_code == 200
    assert not page(month).all("a", rel="next")
