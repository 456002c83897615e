"""The strip of days around a search, and the lowest price that stands beside each day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import make_flight
from tests.pages import offers, page

pytestmark = pytest.mark.usefixtures("a_morning_in_october")

DAY = datetime(2026, 10, 11, 4, 0, tzinfo=UTC)
SEARCH = "origin=DEL&destination=BOM&depart=2026-10-11"


def fly(day: int, fare: int, *, back: bool = False) -> None:
    """Put a flight on sale so many days after the eleventh."""
    ends = ("BOM", "DEL") if back else ("DEL", "BOM")
    make_flight(
        origin=ends[0],
        destination=ends[1],
        departs_at=DAY + timedelta(days=day),
        fare=fare * 100,
        number=500 + 10 * day + back,
    )


def strip(client: FlaskClient, address: str) -> TestResponse:
    """Return what htmx puts in the place of the strip on the page of a search."""
    shown = page(client.get(f"/flights?{address}")).one(id="days")
    href = shown.one("span", hidden="").attributes["hx-get"]
    return client.get(href, headers={"HX-Request": "true"})


def prices(answer: TestResponse, label: str = "Other days") -> list[str]:
    days = page(answer).one("nav", aria_label=label).all("a")
    return [each.text for each in days if "from" in each.text]


def test_each_day_has_the_price_that_its_search_begins_with(client: FlaskClient) -> None:
    for day, fare in ((-1, 90), (0, 120), (3, 70), (4, 10)):
        fly(day, fare)
    make_flight(departs_at=DAY + timedelta(hours=3), fare=150_00, number=499)
    answer = strip(client, SEARCH)
    assert prices(answer) == [
        "Sat 10 Oct , from $90",
        "Sun 11 Oct , from $120",
        "Wed 14 Oct , from $70",
    ]
    assert page(answer).one(id="days").all("span", hidden="") == []
    for link in page(answer).one("nav", aria_label="Other days").all("a"):
        found = offers(client.get(f"{link.attributes['href']}&sort=price"))
        if "from" in link.text:
            price = int(found[0].attributes["data-price"]) // 100
            assert link.text.endswith(f"from ${price}")
        else:
            assert not found


def test_a_return_is_priced_as_a_whole_with_one_day_changed(client: FlaskClient) -> None:
    for day, fare in ((0, 100), (1, 80)):
        fly(day, fare)
    for day, fare in ((4, 200), (5, 150)):
        fly(day, fare, back=True)
    answer = strip(client, f"{SEARCH}&return=2026-10-15&adults=2")
    assert prices(answer) == ["Sun 11 Oct , from $600", "Mon 12 Oct , from $560"]
    assert prices(answer, "Other days back") == ["Thu 15 Oct , from $600", "Fri 16 Oct , from $500"]


def test_a_day_that_takes_the_way_back_along_has_the_price_of_both(client: FlaskClient) -> None:
    for day in (0, 1, 2, 3):
        fly(day, 100 + day)
        fly(day + 1, 50 + day, back=True)
    answer = strip(client, f"{SEARCH}&return=2026-10-12")
    days = page(answer).one("nav", aria_label="Other days").all("a")
    moved = {each.text.split(" ,")[0]: each for each in days}["Tue 13 Oct"]
    assert "depart=2026-10-13&return=2026-10-14" in moved.attributes["href"]
    assert moved.text.endswith("from $154")
    (offer,) = offers(client.get(moved.attributes["href"]))
    assert offer.attributes["data-price"] == "15400"


def test_beside_filters_days_have_no_prices(client: FlaskClient) -> None:
    fly(0, 100)
    shown = page(client.get(f"/flights?{SEARCH}&stops=0")).one(id="days")
    assert shown.all("span", hidden="") == []


def test_without_javascript_the_prices_lead_to_the_search(client: FlaskClient) -> None:
    fly(0, 100)
    answer = client.get(f"/flights/days?{SEARCH}&wish=none")
    assert answer.status_code == 303
    assert answer.location == f"/flights?{SEARCH}"
    odd = client.get("/flights/days?origin=%ff", headers={"HX-Request": "true"})
    assert odd.headers["HX-Redirect"].startswith("/flights")
