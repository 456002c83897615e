"""Airlines that sell in several currencies: nothing converts, and nothing is compared across."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from tests.builders import log_in, make_airline, make_booking, make_flight, make_user
from tests.pages import alerts, beside, offers, page
from webapp import clock
from webapp.booking.trips import trip_of
from webapp.db import db, transaction
from webapp.flights.families import STANDARD
from webapp.flights.models import Flight, FlightCabin
from webapp.money import Money
from webapp.notifications.models import Kind, Notification, State
from worker.mails import Mail, Withheld, decide
from worker.price_checks import check_prices


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


def strip(client: FlaskClient, label: str = "Other days", **asked: str) -> dict[str, str]:
    """Return the days beside a search, as their prices come to them, with their addresses."""
    shown = page(search(client, **asked)).one(id="days")
    address = shown.one("span", hidden="").attributes["hx-get"]
    priced = page(client.get(address, headers={"HX-Request": "true"}))
    links = priced.one("nav", aria_label=label).all("a")
    # What htmx puts in the place of what is there: the price, or the whole link.
    assert all(
        "true"
        in (each.attributes.get("hx-swap-oob"), each.one("small").attributes.get("hx-swap-oob"))
        for each in links
        if "from" in each.text
    )
    return {
        each.text.partition("from ")[2]: each.attributes["href"]
        for each in links
        if "from" in each.text
    }


@pytest.mark.parametrize("asked", [{}, {"currency": "USD"}])
def test_the_days_beside_a_list_keep_to_its_currency_where_they_can(
    client: FlaskClient, asked: dict[str, str]
) -> None:
    for hour in (8, 9):
        make_flight(departs_at=at(10, hour), fare=100_00)
    for days in (10, 11, 12):
        for hour in (10, 11, 12) if days > 10 else (10,):
            make_flight(departs_at=at(days, hour), fare=90_00, airline="E1")
    make_flight(departs_at=at(12), fare=110_00)
    days = strip(client, **asked)
    assert list(days) == ["$100", "€90", "$110"]
    for price, href in days.items():
        found = prices(client.get(f"{href}&sort=price"))
        lowest = min(found, key=lambda each: int(each[0]))
        assert lowest == (f"{price[1:]}00", {"$": "USD", "€": "EUR"}[price[0]])


def test_the_days_beside_a_return_keep_to_its_currency_both_ways(client: FlaskClient) -> None:
    for hour in (8, 9):
        make_flight(departs_at=at(10, hour), airline="E1", fare=90_00)
        fly_back(at(13, hour), "E1")
    make_flight(departs_at=at(10, 10))
    fly_back(at(14))
    days = strip(client, "Other days back", **{"return": day(13)})
    assert list(days) == ["€190", "$200"]
    assert prices(client.get(days["$200"])) == {("20000", "USD")}


def days_of(view: str) -> str:
    days = {
        "calendar": f"month={day(10)[:7]}",
        "graph": f"depart={day(9)}",
        "grid": f"depart={day(10)}&return={day(12)}",
    }
    return days[view]


@pytest.mark.usefixtures("a_morning_in_october")
@pytest.mark.parametrize("view", ["calendar", "graph", "grid"])
def test_fares_of_many_days_are_shown_in_the_currency_that_is_asked_for(
    client: FlaskClient, view: str
) -> None:
    for days in (10, 11):
        for hour in (8, 9):
            make_flight(departs_at=at(days, hour), fare=70_00)
    make_flight(departs_at=at(10, 10), fare=90_00, airline="E1")
    for airline in ("X1", "E1"):
        fly_back(at(12), airline)
    address = f"/fares/{view}?origin=DEL&destination=BOM&{days_of(view)}&currency=eur"
    shown = page(client.get(address))
    assert "prices in euros" in shown.one("div", class_="search-again").text
    links = {
        each.attributes["aria-label"]: each.attributes["href"]
        for each in shown.one("main").all("a")
        if "non-stop" in each.attributes.get("aria-label", "")
    }
    told = " ".join(links)
    back = 100 if view == "grid" else 0
    assert f"€{90 + back}, non-stop, the lowest price" in told
    if view != "graph":  # Bars of two currencies have no common measure.
        assert f"${70 + back}, non-stop" in told
    assert "is sold in US dollars alone, and cannot be compared with those in euros" in shown.text
    for words, href in links.items():
        currency = "EUR" if "€" in words else "USD"
        assert f"currency={currency}" in href
        assert {each for _, each in prices(client.get(href))} == {currency}
    others = [
        href
        for each in shown.one("main").all("a")
        if (href := each.attributes["href"]).startswith("/fares/")
        and each.text != "Show the prices in US dollars"
    ]
    assert others
    assert all("currency=EUR" in href for href in others)
    in_dollars = page(client.get(link_to(client.get(address), "US dollars")))
    assert "prices in US dollars" in in_dollars.text
    assert f"${70 + back}, non-stop, the lowest price" in " ".join(
        each.attributes.get("aria-label", "") for each in in_dollars.all("a")
    )


@pytest.mark.usefixtures("a_morning_in_october")
@pytest.mark.parametrize("view", ["calendar", "graph", "grid"])
def test_fares_in_a_currency_that_no_day_is_sold_in_say_so_and_show_what_there_is(
    client: FlaskClient, view: str
) -> None:
    make_flight(departs_at=at(10))
    fly_back(at(12))
    address = f"/fares/{view}?origin=DEL&destination=BOM&{days_of(view)}"
    shown = page(client.get(f"{address}&currency=CHF"))
    assert "Nothing is sold in Swiss francs on these days: the prices are in US dollars." in (
        shown.one("main").text
    )
    assert "lowest" in shown.one("table").text.lower().split()


@pytest.mark.parametrize("view", ["calendar", "graph", "grid"])
@pytest.mark.parametrize(
    ("currency", "words"),
    [
        ("ZZZ", "There is no currency ZZZ. Write three letters like EUR."),
        ("Fr.", "Write a currency's three letters."),
        ("EUR\n", None),
        ("\x00%ff", "Write a currency's three letters."),
        ("e" * 10_000, "Write a currency's three letters."),
    ],
)
def test_a_currency_that_there_is_not_is_refused_beside_the_field(
    client: FlaskClient, view: str, currency: str, words: str | None
) -> None:
    query = {"origin": "DEL", "destination": "BOM", "currency": currency}
    make_flight(departs_at=at(10))
    answer = client.get(f"/fares/{view}", query_string=query)
    assert answer.status_code == (422 if words else 200)
    if words:
        assert beside(answer, "currency") == words
    refused = client.get(f"/fares/{view}", query_string=query | {"currency": ["EUR", "USD"]})
    assert beside(refused, "currency") == "Choose one: the address asks for several."


def test_what_has_no_day_in_any_currency_is_asked_in_one_all_the_same(client: FlaskClient) -> None:
    make_flight(origin="BOM", destination="DEL", departs_at=at(10))
    answer = client.get(
        f"/fares/calendar?origin=DEL&destination=BOM&month={day(10)[:7]}&currency=EUR"
    )
    assert answer.status_code == 200
    assert "No seats in" in page(answer).text
    assert "Nothing is sold in euros" not in answer.text


def test_a_return_of_which_each_way_is_sold_in_another_currency_leads_on_to_each_way(
    client: FlaskClient,
) -> None:
    make_flight(departs_at=at(10))
    make_flight(departs_at=at(10, 9), airline="J1", fare=9_000)
    fly_back(at(13), "E1")
    for asked in ({}, {"currency": "USD"}, {"currency": "CHF"}):
        answer = search(client, **{"return": day(13)}, **asked)
        empty = page(answer).one("div", class_="empty")
        assert empty.one("h2").text.startswith("No trip is sold in one currency out on ")
        assert (
            "The flights there are sold in Japanese yen and US dollars, those back in euros, and"
            " one booking is paid in one currency. Book each way by itself." in empty.text
        )
        # Each of them would be as empty.
        assert "Show the prices in" not in empty.text
        links = {each.text: each.attributes["href"] for each in empty.all("a")}
        there, back = (client.get(links[f"Search the way {way}"]) for way in ("there", "back"))
        assert len(offers(there)) == 1
        assert prices(back) == {("10000", "EUR")}


def test_a_currency_that_leads_one_way_alone_is_no_choice_beside_a_return(
    client: FlaskClient,
) -> None:
    make_flight(departs_at=at(10))
    fly_back(at(13))
    make_flight(departs_at=at(10, 9), airline="E1")
    answer = search(client, **{"return": day(13)})
    assert prices(answer) == {("20000", "USD")}
    assert "euros" not in page(answer).one(id="results").text


def test_a_currency_in_which_no_way_back_can_be_reached_is_no_choice_either(
    client: FlaskClient,
) -> None:
    make_flight(departs_at=at(10, 8))
    fly_back(at(10, 20))
    for hour in (12, 13, 14):
        make_flight(departs_at=at(10, hour), airline="E1")
        fly_back(at(10, hour), "E1")
    answer = search(client, **{"return": day(10)})
    assert prices(answer) == {("20000", "USD")}
    assert "euros" not in page(answer).one(id="results").text
    in_euros = page(search(client, **{"return": day(10), "currency": "EUR"}))
    assert "2 ways are sold in US dollars" in in_euros.one("div", class_="empty").text


def follow(client: FlaskClient, currency: str, threshold: int = 10) -> None:
    query = f"origin=DEL&destination=BOM&depart={day(10)}&currency={currency}"
    form = {"rule": "percent", "threshold": threshold}
    assert client.post(f"/alerts/follow?{query}", data=form).status_code == 303


def check(**fares: int) -> None:
    """Let each currency's flights cost so much, and look at prices an hour later."""
    with transaction() as session:
        for currency, fare in fares.items():
            cabins = update(FlightCabin).where(FlightCabin.currency == currency)
            session.execute(cabins.values(fare_minor=fare * 100))
    clock.move_to(clock.now() + timedelta(hours=1))
    check_prices()
    db.session.rollback()


def mails() -> list[Notification]:
    query = select(Notification).where(Notification.kind == Kind.PRICE_ALERT)
    return list(db.session.scalars(query.order_by(Notification.id)))


def test_a_price_that_is_followed_is_compared_with_those_of_its_currency_alone(
    client: FlaskClient,
) -> None:
    log_in(client, make_user())
    make_flight(departs_at=at(10), fare=100_00)
    euros = make_flight(departs_at=at(10), fare=90_00, airline="E1")
    follow(client, "EUR")
    check(USD=20)
    assert not mails()
    with transaction() as session:
        cabin = session.get_one(FlightCabin, (euros.id, "economy"))
        cabin.sold = cabin.sellable
    check(USD=10)
    assert not mails()
    assert "No seats left" in page(client.get("/alerts/")).text
    with transaction() as session:
        session.get_one(FlightCabin, (euros.id, "economy")).sold = 0
    check(EUR=60)
    (mail,) = mails()
    decision = decide(mail)
    assert isinstance(decision, Mail)
    assert [decision.context[each] for each in ("before", "now")] == [
        Money(90_00, "EUR"),
        Money(60_00, "EUR"),
    ]


def test_who_follows_a_price_in_another_currency_is_told_of_no_move_between_the_two(
    client: FlaskClient,
) -> None:
    log_in(client, make_user())
    make_flight(departs_at=at(10), fare=500_00)
    make_flight(departs_at=at(10), fare=90_00, airline="E1")
    follow(client, "USD")
    check(USD=400)
    (mail,) = mails()
    follow(client, "EUR")
    # The mail about dollars waits still.
    assert decide(mail) == Withheld("followed anew since")
    with transaction() as session:
        session.get_one(Notification, mail.id).state = State.WITHHELD
    for _ in range(26):
        check(EUR=89)
    assert len(mails()) == 1
    assert "measured from €90" in alert_page(client)
    check(EUR=60)
    assert len(mails()) == 2


def alert_page(client: FlaskClient) -> str:
    shown = page(client.get("/alerts/"))
    (href,) = [e.attributes["href"] for e in shown.all("a") if e.text == "Change or pause"]
    return page(client.get(href)).text


def test_who_follows_a_price_in_one_currency_reads_so_before_another_takes_its_place(
    client: FlaskClient,
) -> None:
    log_in(client, make_user())
    make_flight(departs_at=at(10))
    make_flight(departs_at=at(10), airline="E1")
    follow(client, "USD")
    query = f"origin=DEL&destination=BOM&depart={day(10)}"
    for currency, words in (("EUR", "already, in US dollars: we"), ("USD", "already: we")):
        shown = page(client.get(f"/alerts/follow?{query}&currency={currency}")).text
        assert f"You follow it {words} write when the price moves by 10 %" in shown


def test_a_price_is_followed_in_the_currency_that_was_shown(client: FlaskClient) -> None:
    log_in(client, make_user())
    for hour in (8, 9):
        make_flight(departs_at=at(10, hour), fare=100_00)
    query = f"origin=DEL&destination=BOM&depart={day(10)}"
    shown = page(client.get(f"/alerts/follow?{query}"))
    assert "$100 is the lowest price now" in shown.text
    for hour in (10, 11, 12):
        make_flight(departs_at=at(10, hour), fare=90_00, airline="E1")
    action = shown.one("main").one("form", method="post").attributes["action"]
    client.post(action, data={"rule": "percent", "threshold": 10})
    assert "measured from $100" in alert_page(client)


def test_a_price_that_there_is_in_another_currency_alone_is_not_said_to_be_sold_out(
    client: FlaskClient,
) -> None:
    make_flight(departs_at=at(10))
    answer = client.get(f"/alerts/follow?origin=DEL&destination=BOM&depart={day(10)}&currency=EUR")
    assert answer.status_code == 409
    words = "No flight is sold in euros on this day, so there is no price to follow."
    assert words in alerts(answer)


@pytest.mark.usefixtures("a_morning_in_october")
def test_prices_are_classed_among_those_of_their_own_currency(client: FlaskClient) -> None:
    for days in range(1, 29):
        departs_at = datetime(2026, 11, days, 8, tzinfo=UTC)
        for hours in range(3):
            make_flight(departs_at=departs_at + timedelta(hours=hours), fare=500_00)
        make_flight(departs_at=departs_at, fare=(90 + days) * 100, airline="E1")
    query = {"origin": "DEL", "destination": "BOM", "currency": "EUR"}
    for day, price_class in ((3, "low"), (14, "typical"), (27, "high")):
        (offer,) = offers(
            client.get("/flights", query_string=query | {"depart": f"2026-11-{day:02}"})
        )
        assert offer.attributes["data-price-class"] == price_class


@pytest.mark.usefixtures("a_morning_in_october")
def test_connections_are_classed_among_those_of_their_own_currency(client: FlaskClient) -> None:
    for days in range(1, 29):
        morning = datetime(2026, 11, days, 4, tzinfo=UTC)
        for airline, fare in (("E1", 9000 + days * 100), ("J1", 30_000), ("X1", 500_00)):
            make_flight(departs_at=morning, fare=fare, airline=airline)
            noon = morning + timedelta(hours=6)
            make_flight(
                origin="BOM", destination="LHR", departs_at=noon, fare=fare, airline=airline
            )
    query = {"origin": "DEL", "destination": "LHR", "currency": "EUR"}
    for day, price_class in ((3, "low"), (14, "typical"), (27, "high")):
        shown = client.get("/flights", query_string=query | {"depart": f"2026-11-{day:02}"})
        classes = {each.attributes["data-price-class"] for each in offers(shown)[:1]}
        assert classes == {price_class}


def connect(airline: str, fare: int, hour: int) -> None:
    """Put flights on sale that lead from Delhi to London with a change in Mumbai."""
    legs = ("DEL", "BOM", at(10, 6)), ("BOM", "LHR", at(10, hour))
    for origin, destination, departs_at in legs:
        make_flight(
            origin=origin,
            destination=destination,
            departs_at=departs_at,
            airline=airline,
            fare=fare,
        )


def test_flights_with_changes_alone_in_a_currency_are_sold_in_it_for_who_wants_none(
    client: FlaskClient,
) -> None:
    make_flight(destination="LHR", departs_at=at(10))
    connect("E1", 45_00, 11)
    answer = search(client, destination="LHR", currency="EUR", stops="0")
    empty = page(answer).one("div", class_="empty")
    assert empty.one("h2").text == "No flight fits all these filters"
    assert "Without “Most stops each way: none” there is 1 flight" in empty.text


def test_durations_are_measured_by_the_fastest_of_a_currency_whatever_stops_are_wanted(
    client: FlaskClient,
) -> None:
    make_flight(destination="LHR", departs_at=at(10))
    connect("E1", 45_00, 22)
    # With two changes one is there sooner.
    for origin, destination, hour in (("DEL", "BOM", 4), ("BOM", "ZRH", 8), ("ZRH", "LHR", 12)):
        make_flight(origin=origin, destination=destination, departs_at=at(10, hour), airline="E1")
    query = {"destination": "LHR", "currency": "EUR", "duration_class": "long"}
    choices = {each.text: each for each in page(search(client, **query)).all("a")}
    choice = choices["Up to 1 stop 1"]
    assert len(offers(client.get(choice.attributes["href"]))) == 1


def test_who_asks_for_a_currency_is_led_to_no_other_that_leads_nowhere(
    client: FlaskClient,
) -> None:
    make_flight(departs_at=at(10, 12))
    fly_back(at(10, 8))
    answer = search(client, **{"return": day(10), "currency": "EUR"})
    assert "US dollars" not in page(answer).one("div", class_="empty").text


@pytest.mark.parametrize("airlines", [("X1", "E1"), ("E1", "X1")])
def test_where_two_currencies_are_as_usual_all_pages_settle_on_the_same(
    client: FlaskClient, airlines: tuple[str, str]
) -> None:
    for airline in airlines:
        make_flight(departs_at=at(10), airline=airline)
    assert {currency for _, currency in prices(search(client))} == {"EUR"}
    month = f"/fares/calendar?origin=DEL&destination=BOM&month={day(10)[:7]}"
    assert "prices in euros" in client.get(month).text
    other = at(11) if day(11)[:7] == day(10)[:7] else at(9)
    make_flight(departs_at=other, airline="J1")
    assert "prices in euros" in client.get(month).text
