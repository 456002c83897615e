"""Airlines that sell in several currencies: nothing converts, and nothing is compared across."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import log_in, make_airline, make_booking, make_flight, make_user
from tests.pages import offers, page
from webapp import clock
from webapp.booking.trips import trip_of
from webapp.flights.families import STANDARD
from webapp.flights.models import Flight
from webapp.money import Money


@pytest.fixture(autouse=True)
def european(app: Flask) -> None:
    make_airline("E1", currency="EUR")
    make_airline("J1", currency="JPY")


def at(days: int, hour: int = 8) -> datetime:
    day = clock.now().date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo("Asia/Kolkata"))


def day(days: int) -> str:
    return at(days).date().isoformat()


def fly_back(departs_at: datetime, airline: str = "X1") -> Flight:
    return make_flight(origin="BOM", destination="DEL", departs_at=departs_at, airline=airline)


def search(client: FlaskClient, **asked: str) -> TestResponse:
    return client.get(
        "/flights", query_string={"origin": "DEL", "destination": "BOM", "depart": day(10), **asked}
    )


def prices(answer: TestResponse) -> set[tuple[str, str]]:
    return {
        (offer.attributes["data-price"], offer.attributes["data-currency"])
        for offer in offers(answer)
    }


def test_ways_in_another_currency_are_counted_and_a_link_shows_them(client: FlaskClient) -> None:
    for hour in (8, 9):
        make_flight(departs_at=at(10, hour), fare=100_00)
    make_flight(departs_at=at(10, 10), fare=90_00, airline="E1")
    found = search(client)
    assert prices(found) == {("10000", "USD")}
    assert "1 more way is sold in euros" in page(found).text
    assert "prices in US dollars" in page(found).one(id="search-again").text
    shown = client.get(link_to(found, "euros"))
    assert prices(shown) == {("9000", "EUR")}
    assert "2 more ways are sold in US dollars" in page(shown).text
    assert "prices in euros" in page(shown).one(id="search-again").text
    # What nothing in dollars fits may fit in euros.
    assert prices(client.get(link_to(search(client, max_price="95"), "euros"))) == {("9000", "EUR")}
    assert len(offers(search(client, max_price="150"))) == 2


def link_to(answer: TestResponse, currency: str) -> str:
    words = f"Show the prices in {currency}"
    return next(each.attributes["href"] for each in page(answer).all("a") if each.text == words)


def test_a_currency_that_nobody_sells_in_shows_the_ways_in_others(client: FlaskClient) -> None:
    make_flight(departs_at=at(10))
    make_flight(departs_at=at(13), airline="E1")
    answer = search(client, currency="CHF")
    assert answer.status_code == 200
    empty = page(answer).one("div", class_="empty")
    assert empty.one("h2").text.startswith("No flight is sold in Swiss francs on ")
    assert "1 way is sold in US dollars. Show the prices in US dollars" in empty.text
    for wrong in ("No seats", "Nor are there any", "smaller party"):
        assert wrong not in empty.text
    assert prices(client.get(link_to(answer, "US dollars"))) == {("10000", "USD")}
    in_euros = page(search(client, currency="EUR")).one("div", class_="empty")
    assert "is the nearest day with seats sold in euros" in in_euros.text
    assert search(client, currency="Fr.").status_code == 422


def test_a_return_is_found_in_the_currency_that_leads_both_ways(client: FlaskClient) -> None:
    make_flight(departs_at=at(10))
    fly_back(at(13))
    for hour in (9, 12):
        fly_back(at(13, hour), airline="E1")
    assert prices(search(client, **{"return": day(13)})) == {("20000", "USD")}


def test_a_currency_that_was_asked_for_hides_no_day_with_seats_in_another(
    client: FlaskClient,
) -> None:
    make_flight(departs_at=at(11), fare=80_00)
    found = search(client, currency="EUR")
    (nearest,) = page(found).one("div", class_="empty").all("a")[:1]
    assert nearest.text.endswith("is the nearest day with seats sold in US dollars")
    assert prices(client.get(nearest.attributes["href"])) == {("8000", "USD")}


def test_the_nearest_days_are_told_in_the_currency_that_they_are_sold_in(
    client: FlaskClient,
) -> None:
    make_flight(departs_at=at(10))
    fly_back(at(13), "E1")
    fly_back(at(13, 9), "E1")
    make_flight(departs_at=at(11))
    fly_back(at(14))
    found = search(client, **{"return": day(13)})
    nearest = next(
        each for each in page(found).one("div", class_="empty").all("a") if "nearest" in each.text
    )
    assert nearest.text.endswith("are the nearest days with seats sold in US dollars")
    assert prices(client.get(nearest.attributes["href"])) == {("20000", "USD")}


@pytest.mark.parametrize("view", ["graph?depart=", "calendar?month="])
def test_the_price_of_a_day_leads_to_results_that_have_it(client: FlaskClient, view: str) -> None:
    for days in (9, 11, 12):
        make_flight(departs_at=at(days))
    make_flight(departs_at=at(10), fare=70_00)
    for hour in (9, 12):
        make_flight(departs_at=at(10, hour), fare=90_00, airline="E1")
    when = day(9) if "depart" in view else day(10)[:7]
    shown = page(client.get(f"/fares/{view}{when}&origin=DEL&destination=BOM"))
    link = next(
        each.attributes["href"]
        for each in shown.all("a")
        if f"depart={day(10)}" in each.attributes.get("href", "")
        and each.attributes["href"].startswith("/flights")
    )
    assert ("7000", "USD") in prices(client.get(link))


def test_days_in_two_currencies_are_not_ranked_against_each_other(client: FlaskClient) -> None:
    for days in (9, 10, 11, 12):
        make_flight(departs_at=at(days), fare=100_00)
    make_flight(departs_at=at(13), fare=9_000, airline="J1")
    shown = page(
        client.get(f"/fares/graph?origin=DEL&destination=BOM&depart={day(8)}"),
    )
    assert "¥9,000" in shown.one("table").text
    lowest = [row.text for row in shown.one("tbody").all("tr") if "Lowest" in row.text]
    assert lowest
    assert all("$100" in row for row in lowest)
    drawn = [each.text for each in shown.all("title")[1:]]
    assert len(drawn) == 4


def test_amounts_of_two_currencies_have_no_order() -> None:
    with pytest.raises(ValueError, match="cannot compare"):
        sorted([Money(100, "USD"), Money(9_000, "JPY")])


def test_a_return_by_connections_alone_has_a_price_in_the_currency_of_both_ways(
    client: FlaskClient,
) -> None:
    def both(origin: str, via: str, destination: str, days: int, airline: str) -> None:
        make_flight(origin=origin, destination=via, departs_at=at(days, 6), airline=airline)
        make_flight(origin=via, destination=destination, departs_at=at(days, 11), airline=airline)

    both("DEL", "BOM", "LHR", 10, "X1")
    # The first flights home that are found are sold in euros, and lead nowhere.
    for hour in (4, 5):
        make_flight(origin="LHR", destination="BOM", departs_at=at(13, hour), airline="E1")
    both("LHR", "BOM", "DEL", 13, "X1")
    when = {"depart": day(10), "return": day(13)}
    query = {"origin": "DEL", "destination": "LHR", **when}
    assert prices(client.get("/flights", query_string=query)) == {("40000", "USD")}
    assert "$400" in client.get("/fares/grid", query_string=query).text


def test_fees_and_seats_are_as_dear_in_yen_as_in_dollars(client: FlaskClient) -> None:
    flight = make_flight(departs_at=at(10), airline="J1", fare=30_000)
    table = search(client).text
    assert "For ¥6,000" in table
    assert "For ¥800 a flight" in table
    user = make_user()
    booking = make_booking(flight, user=user, family=STANDARD)
    log_in(client, user)
    trip = client.get(f"/bookings/{booking.reference}").text
    assert "Change for ¥6,000 for each passenger" in trip
    assert "Refund less ¥9,000 for each passenger" in trip


def test_the_start_page_names_no_price_where_searches_settle_on_a_currency(
    client: FlaskClient,
) -> None:
    make_flight(departs_at=at(14), fare=100_00)
    make_flight(departs_at=at(14, 10), fare=90_00, airline="E1")
    answer = client.get("/flights/to-try", headers={"HX-Request": "true"})
    assert "Delhi → Mumbai" in page(answer).text
    assert "from" not in page(answer).text


def test_a_price_is_followed_in_the_currency_of_the_page_that_leads_to_it(
    client: FlaskClient,
) -> None:
    for hour in (8, 9):
        make_flight(departs_at=at(10, hour), fare=100_00)
    make_flight(departs_at=at(10, 10), fare=90_00, airline="E1")
    for currency, price in (("EUR", "€90"), ("USD", "$100")):
        results = page(search(client, currency=currency))
        follow = next(each for each in results.all("a") if each.text == "Follow this price")
        shown = page(client.get(follow.attributes["href"]))
        assert f"{price} is the lowest price now" in shown.text
        back = next(each for each in shown.all("a") if each.text == "Back to the flights")
        found = prices(client.get(back.attributes["href"]))
        assert {each for _, each in found} == {currency}


def test_what_is_followed_and_held_leads_back_to_its_own_currency(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, make_user())
    flight = make_flight(departs_at=at(10), fare=90_00, airline="E1")
    client.post(
        f"/alerts/follow?origin=DEL&destination=BOM&depart={day(10)}",
        data={"rule": "percent", "threshold": 10},
    )
    booking = make_booking(flight)
    for hour in (8, 9, 10):
        make_flight(departs_at=at(10, hour), fare=300_00)
    followed = page(client.get("/alerts/")).one("main").all("a")
    address = next(
        href for each in followed if "/flights?" in (href := each.attributes.get("href", ""))
    )
    for each in (address, trip_of(booking).search_again):
        assert prices(client.get(each)) == {("9000", "EUR")}
