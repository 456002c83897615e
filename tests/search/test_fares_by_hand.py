"""Whoever searches each day by hand finds the prices that fares of many days say, in currencies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tests.builders import make_airline
from tests.pages import Element, offers, page
from tests.search.test_trips import AIRPORTS_OF, flights_of, small_network
from webapp.db import db, transaction
from webapp.flights.models import Flight, FlightCabin
from webapp.money import minor_per_unit

CURRENCIES = {"X1": "USD", "Y2": "EUR", "Z3": "JPY"}
SYMBOLS = {"$": "USD", "€": "EUR", "¥": "JPY"}
DAYS = [f"2026-11-{day:02}" for day in (1, 2, 3, 4, 20)]

# A day and the way back's, or none; the price that is told, if any; and where it leads.
Told = tuple[str, str | None, tuple[int, str] | None, str]


@pytest.mark.slow
def test_each_price_of_each_day_is_the_lowest_of_the_list_that_it_leads_to(
    app: Flask, client: FlaskClient
) -> None:
    for airline, currency in CURRENCIES.items():
        make_airline(airline, currency=currency)
    small_network()
    seen: Counter[str] = Counter()
    for seed in range(6):
        chance = Random(seed)
        ends = chance.choice(list(AIRPORTS_OF))
        sell_in_three_currencies(app, chance, ends)
        query = {"origin": ends[0], "destination": ends[1]}
        query |= chance.choice([{}, {"adults": "2", "children": "1", "infants": "1"}])
        query |= chance.choice([{}, {"cabin": "business"}])
        asked = chance.choice(["", "EUR", "JPY", "USD"])
        for view in (calendar, graph, grid, strip):
            for depart, back, price, href in view(client, query | {"currency": asked}, chance):
                days = query | {"depart": depart, "return": back or ""}
                if price is None:
                    anywhere = client.get("/flights", query_string=days)
                    assert not offers(anywhere), (seed, view, href)
                    assert "Show the prices in" not in anywhere.text
                else:
                    assert lowest(client.get(f"{href}&sort=price")) == price, (seed, view, href)
                if asked and price and price[1] != asked:
                    assert not offers(
                        client.get("/flights", query_string=days | {"currency": asked})
                    )
                seen[view.__name__ if price else "nothing"] += 1
                seen["return" if back else "one way"] += 1
                seen["elsewhere"] += bool(price and asked and price[1] != asked)
    # A run in which none of this happens proves nothing.
    kinds = ("calendar", "graph", "grid", "strip", "nothing", "return", "one way", "elsewhere")
    assert all(seen[kind] >= 5 for kind in kinds), seen


def sell_in_three_currencies(app: Flask, chance: Random, ends: tuple[str, str]) -> None:
    """Put a random timetable in place of the one before, a fifth of it in business."""
    flights_of(app, chance, AIRPORTS_OF[ends], directs=chance.choice([0, 20, 60]))
    with transaction() as session:
        for airline, currency in CURRENCIES.items():
            its = select(Flight.id).where(Flight.airline_iata == airline)
            cabins = update(FlightCabin).where(FlightCabin.flight_id.in_(its))
            session.execute(cabins.values(currency=currency))
        fifth = update(FlightCabin).where(FlightCabin.flight_id % 5 == 0)
        session.execute(fifth.values(cabin="business"))
    db.session.remove()


def calendar(client: FlaskClient, query: dict[str, str], chance: Random) -> Iterator[Told]:
    nights = chance.choice([None, 0, 2])
    month = query | {"month": "2026-11"} | ({} if nights is None else {"nights": str(nights)})
    answer = client.get(
        "/fares/calendar", query_string=month, headers={"Accept": "application/json"}
    )
    told = {each["depart"]: each for each in answer.json["days"]}
    for day in DAYS:
        back = None if nights is None else f"{day[:8]}{int(day[8:]) + nights:02}"
        each = told.get(day)
        yield day, back, each and (each["price"], each["currency"]), each["href"] if each else ""


def graph(client: FlaskClient, query: dict[str, str], _: Random) -> Iterator[Told]:
    shown = page(client.get("/fares/graph", query_string=query | {"depart": DAYS[0]}))
    rows = shown.all("tbody")[0].all("tr") if shown.all("tbody") else []
    told = {depart_of(link): row for row in rows for link in row.all("a")}
    for day in DAYS:
        row = told.get(day)
        yield day, None, row and told_in(row), row.one("a").attributes["href"] if row else ""


def grid(client: FlaskClient, query: dict[str, str], chance: Random) -> Iterator[Told]:
    days = {"depart": DAYS[1], "return": DAYS[2]}
    shown = page(client.get("/fares/grid", query_string=query | days)).one("tbody")
    for link in chance.sample(links := shown.all("a"), min(8, len(links))):
        href = link.attributes["href"]
        back = re.search(r"return=([-\d]+)", href)
        yield depart_of(link), back and back[1], told_in(link), href


def strip(client: FlaskClient, query: dict[str, str], chance: Random) -> Iterator[Told]:
    asked = query | {"depart": DAYS[2]} | chance.choice([{}, {"return": DAYS[3]}])
    shown = page(client.get("/flights", query_string=asked)).one(id="days")
    address = shown.one("span", hidden="").attributes["hx-get"]
    priced = page(client.get(address, headers={"HX-Request": "true"}))
    for link in priced.all("a", class_="day"):
        href = link.attributes["href"]
        back = re.search(r"return=([-\d]+)", href)
        yield depart_of(link), back and back[1], told_in(link), href


def depart_of(link: Element) -> str:
    found = re.search(r"^/flights.*depart=([-\d]+)", link.attributes.get("href", ""))
    return found[1] if found else ""


def told_in(each: Element) -> tuple[int, str] | None:
    """Return the price that is told, in whole units as all are here, and its currency."""
    told = re.search(r"([$€¥])([\d,]+)", each.attributes.get("aria-label") or each.text)
    if not told:
        return None
    currency = SYMBOLS[told[1]]
    return int(told[2].replace(",", "")) * minor_per_unit(currency), currency


def lowest(answer: object) -> tuple[int, str] | None:
    found = offers(answer)[:1]
    return next(
        ((int(e.attributes["data-price"]), e.attributes["data-currency"]) for e in found), None
    )
