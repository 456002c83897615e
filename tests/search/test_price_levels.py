"""Which fares are typical: the middle half of a month's, by route and cabin."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.builders import make_flight
from tests.pages import offers, page
from webapp.db import transaction
from webapp.flights.models import FlightCabin, FlightStatus
from webapp.network.models import Cabin
from webapp.network.queries import directory
from webapp.search.price_levels import FEWEST_FARES, PriceRange, price_range

pytestmark = pytest.mark.usefixtures("five_airports")

DAY = date(2026, 11, 10)


def make_month(
    fares: list[int], origin: str = "DEL", destination: str = "BOM", hour: int = 8
) -> None:
    """Make a flight on each day from the first of the month, at these fares in dollars."""
    for shift, fare in enumerate(fares):
        departs_at = datetime(2026, 11, 1, hour, tzinfo=UTC) + timedelta(days=shift)
        make_flight(1, origin, destination, departs_at=departs_at, fare=fare * 100)


def range_of(
    origin: str = "DEL", destination: str = "BOM", day: date = DAY, cabin: Cabin = Cabin.ECONOMY
) -> PriceRange | None:
    network = directory()
    places = network.place(origin), network.place(destination)
    assert places[0]
    assert places[1]
    return price_range(*places, day, cabin, "USD", network)


def test_the_middle_half_of_the_months_fares_is_typical() -> None:
    make_month([90, 10, 20, 80, 70, 30, 40, 60, 50, 100, 110, 120])
    found = range_of()
    assert found == PriceRange(40_00, 90_00, 12, "USD")
    assert [found.class_of(fare) for fare in (39_99, 40_00, 90_00, 90_01)] == [
        "low",
        "typical",
        "typical",
        "high",
    ]


def test_other_months_routes_and_cabins_and_cancelled_flights_do_not_count() -> None:
    make_month([100] * FEWEST_FARES)
    make_month([900] * FEWEST_FARES, "BOM", "DEL")
    make_flight(departs_at=datetime(2026, 10, 31, 8, tzinfo=UTC), fare=900_00)
    make_flight(departs_at=datetime(2026, 12, 1, 8, tzinfo=UTC), fare=900_00)
    at = datetime(2026, 11, 5, 12, tzinfo=UTC)
    make_flight(departs_at=at, fare=900_00, cabin=Cabin.BUSINESS)
    make_flight(departs_at=at, fare=900_00, status=FlightStatus.CANCELLED)
    assert range_of() == PriceRange(100_00, 100_00, FEWEST_FARES, "USD")


def test_a_sold_out_flight_still_tells_what_is_usual() -> None:
    make_month([100] * (FEWEST_FARES - 1))
    full = make_flight(1, departs_at=datetime(2026, 11, 20, 8, tzinfo=UTC), fare=100_00)
    with transaction() as session:
        session.get_one(FlightCabin, (full.id, Cabin.ECONOMY)).sold = 1
    found = range_of()
    assert found
    assert found.compared == FEWEST_FARES


def test_too_few_fares_tell_nothing() -> None:
    make_month([100] * (FEWEST_FARES - 1))
    assert range_of() is None
    assert range_of("ZRH", "BOM") is None


def test_a_city_is_compared_over_all_its_airports() -> None:
    make_month([100] * 4, "LHR", "ZRH")
    make_month([200] * 4, "LGW", "ZRH")
    found = range_of("LON", "ZRH")
    assert found
    assert (found.low_minor, found.high_minor, found.compared) == (100_00, 200_00, 8)
    assert range_of("LHR", "ZRH") is None


def test_without_a_non_stop_flight_the_lowest_fares_over_each_city_are_compared() -> None:
    make_month([100] * 10, "ZRH", "LHR", hour=8)
    make_month([500] * 10, "LHR", "DEL", hour=12)
    make_month([400] * 10, "LHR", "DEL", hour=18)
    assert range_of("ZRH", "DEL") == PriceRange(500_00, 500_00, 10, "USD")


def test_what_was_found_is_kept_a_while_and_shared_by_the_days_of_a_month(app: Flask) -> None:
    make_month([100] * FEWEST_FARES)
    first = range_of()
    make_flight(departs_at=datetime(2026, 11, 20, 8, tzinfo=UTC), fare=900_00)
    assert range_of(day=DAY + timedelta(days=3)) is first
    app.extensions.pop("price_ranges")
    again = range_of()
    assert again
    assert again.compared == FEWEST_FARES + 1


@pytest.mark.parametrize(
    ("fares", "said", "labels"),
    [
        (
            [500] * 4,
            "Expensive day: all 4 flights cost more than is typical for the month.",
            [""] * 4,
        ),
        (
            # Whoever takes the one that is left pays what is usual: no expensive day.
            [300, 500, 500, 500],
            "3 of 4 flights cost more than is typical for the month.",
            ["Typical price", "", "", ""],
        ),
        ([300, 300, 500, 500], None, ["", "", "High price", "High price"]),
        ([10, 10], "Cheap day: all 2 flights cost less than is typical for the month.", [""] * 2),
        ([500], None, ["High price"]),
    ],
)
def test_what_nearly_all_prices_of_a_day_are_is_said_once_above_them(
    client: FlaskClient, fares: list[int], said: str | None, labels: list[str]
) -> None:
    make_month([300] * 20)
    for hour, fare in enumerate(fares):
        make_flight(departs_at=datetime(2026, 11, 25, 3 + hour, tzinfo=UTC), fare=fare * 100)
    query = {"origin": "DEL", "destination": "BOM", "depart": "2026-11-25", "sort": "price"}
    answer = client.get("/flights", query_string=query)
    day = [each.text for each in page(answer).all("p") if "for the month" in each.text]
    assert day == ([said] if said else [])
    tags = [[tag.text for tag in each.all("span", class_="tag")] for each in offers(answer)]
    assert [" ".join(each) for each in tags] == labels
    # Ways that others beat are many, and say nothing of the day.
    every = client.get("/flights", query_string=query | {"every": "yes"})
    assert "for the month" not in page(every).one("div", class_="results").text


def test_a_filter_for_high_prices_makes_no_expensive_day(client: FlaskClient) -> None:
    make_month([300] * 20)
    for hour, fare in enumerate([300, 300, 500, 500]):
        make_flight(departs_at=datetime(2026, 11, 25, 3 + hour, tzinfo=UTC), fare=fare * 100)
    query = {"origin": "DEL", "destination": "BOM", "depart": "2026-11-25", "price_class": "high"}
    answer = client.get("/flights", query_string=query)
    assert len(offers(answer)) == 2
    assert "for the month" not in answer.text
