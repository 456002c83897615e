"""Links between a search and the fares of other days: each leads somewhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from tests.builders import make_flight
from tests.pages import offers, page
from webapp import clock


def at(days: int, hour: int = 8, zone: str = "Asia/Kolkata") -> datetime:
    day = clock.now().date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone))


def day(days: int) -> str:
    return (clock.now().date() + timedelta(days=days)).isoformat()


def dead_links(client: FlaskClient, address: str) -> list[str]:
    """Return the addresses that a page links to and that are refused."""
    shown = page(client.get(address))
    links = {each.attributes.get("href", "") for each in shown.all("a")}
    found = [link for link in links if link.startswith(("/fares", "/flights"))]
    assert any(link.startswith("/fares") for link in found)
    return [link for link in found if client.get(link).status_code != 200]


@pytest.mark.parametrize(
    ("out", "back"), [(10, 13), (10, 100), (10, 330), (329, None), (330, None), (330, 330)]
)
def test_every_link_beside_a_search_leads_somewhere(
    client: FlaskClient, out: int, back: int | None
) -> None:
    make_flight(departs_at=at(out))
    if back:
        make_flight(origin="BOM", destination="DEL", departs_at=at(back, 20))
    back_on = f"&return={day(back)}" if back else ""
    address = f"/flights?origin=DEL&destination=BOM&depart={day(out)}{back_on}"
    assert dead_links(client, address) == []


def test_links_beside_a_return_across_the_date_line_lead_somewhere(client: FlaskClient) -> None:
    make_flight(
        origin="AKL", destination="HNL", departs_at=at(10, 1, "Pacific/Auckland"), minutes=520
    )
    make_flight(
        origin="HNL", destination="AKL", departs_at=at(9, 20, "Pacific/Honolulu"), minutes=520
    )
    address = f"/flights?origin=AKL&destination=HNL&depart={day(10)}&return={day(9)}"
    assert len(offers(client.get(address))) == 1
    assert dead_links(client, address) == []
    links = [each.attributes.get("href", "") for each in page(client.get(address)).all("a")]
    grid = page(client.get(next(link for link in links if link.startswith("/fares/grid"))))
    chosen = grid.one("a", aria_current="date")
    assert "$200" in chosen.text
    calendar = next(link for link in links if link.startswith("/fares/calendar"))
    assert "across the date line" in client.get(calendar).text


@pytest.mark.parametrize("view", ["graph", "grid", "calendar"])
def test_who_names_no_day_is_shown_the_next_ones(client: FlaskClient, view: str) -> None:
    make_flight()
    make_flight(origin="BOM", destination="DEL", departs_at=at(21))
    answer = client.get(f"/fares/{view}?origin=DEL&destination=BOM")
    assert answer.status_code == 200
    assert not page(answer).all("p", class_="error")


def test_what_is_no_parameter_of_ours_comes_back_in_no_link(client: FlaskClient) -> None:
    make_flight(departs_at=at(10))
    address = f"/flights?origin=DEL&destination=BOM&depart={day(10)}"
    plain, long = client.get(address), client.get(f"{address}&x={'y' * 5_000}&cabin=economy")
    assert len(long.text) < len(plain.text) + 12_000
    assert (
        long.text.count("y" * 5_000) <= 3
    )  # To change the search, and to come back from the log-in.
