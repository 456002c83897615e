"""Recent searches: remembered once each, newest first, and forgotten when asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.builders import log_in, make_flight, make_user
from tests.pages import page
from webapp import clock
from webapp.db import db
from webapp.search.recent.models import RecentSearch
from webapp.search.recent.queries import SHOWN
from webapp.search.recent.service import KEPT

pytestmark = pytest.mark.usefixtures("five_airports")


def search(client: FlaskClient, **changes: object) -> None:
    asked = {"origin": "DEL", "destination": "BOM", "depart": "2026-11-10", **changes}
    assert client.get("/flights", query_string=asked).status_code == 200
    clock.move_to(clock.now() + timedelta(minutes=1))


def listed(client: FlaskClient) -> list[str]:
    lists = page(client.get("/")).all("ul", class_="recent")
    return [item.one("a").text for each in lists for item in each.all("li")]


def test_searches_stand_on_the_start_page_newest_first_and_lead_back(client: FlaskClient) -> None:
    log_in(client, make_user())
    search(client)
    search(client, origin="London", destination="ZRH", adults=2, cabin="business")
    search(client, **{"return": "2026-11-20"})
    assert listed(client) == [
        "Delhi → Mumbai Tue 10 Nov – Fri 20 Nov · 1 traveller",
        "London → Zürich Tue 10 Nov · 2 travellers · Business",
        "Delhi → Mumbai Tue 10 Nov · 1 traveller",
    ]
    href = page(client.get("/")).one("ul", class_="recent").all("a")[1].attributes["href"]
    again = page(client.get(href))
    assert "London" in again.one("h1").text
    assert "2 travellers" in again.one("main").text


def test_a_search_made_again_moves_to_the_top(client: FlaskClient) -> None:
    log_in(client, make_user())
    search(client)
    search(client, destination="ZRH")
    search(client)
    assert [line.split(" Tue")[0] for line in listed(client)] == [
        "Delhi → Mumbai",
        "Delhi → Zürich",
    ]


def test_filters_orders_and_pages_are_no_search_of_their_own(client: FlaskClient) -> None:
    make_flight(departs_at=datetime(2026, 11, 10, 8, tzinfo=UTC))
    log_in(client, make_user())
    search(client)
    at = db.session.scalar(select(RecentSearch.searched_at))
    search(client, stops=0, sort="price", page=1)
    assert len(listed(client)) == 1
    assert db.session.scalar(select(RecentSearch.searched_at)) == at


def test_few_are_shown_and_not_many_more_are_kept(client: FlaskClient) -> None:
    log_in(client, make_user())
    for day in range(1, KEPT + 4):
        search(client, depart=f"2026-11-{day:02}")
    assert len(listed(client)) == SHOWN
    assert db.session.scalar(select(func.count()).select_from(RecentSearch)) == KEPT
    assert "Fri 13 Nov" in listed(client)[0]


def test_a_day_that_is_over_is_not_shown(client: FlaskClient) -> None:
    log_in(client, make_user())
    search(client, depart="2026-10-21")
    clock.move_to(datetime(2026, 10, 22, 12, tzinfo=UTC))
    assert not listed(client)


def test_a_day_that_is_still_today_in_honolulu_is_shown(client: FlaskClient) -> None:
    log_in(client, make_user())
    search(client)
    clock.move_to(datetime(2026, 11, 11, 9, tzinfo=UTC))
    log_in(client, make_user())
    assert len(listed(client)) == 1
    clock.move_to(datetime(2026, 11, 11, 13, tzinfo=UTC))
    assert listed(client) == []


def test_a_key_of_other_letters_is_no_trouble(client: FlaskClient) -> None:
    log_in(client, make_user())
    search(client)
    assert client.post("/searches/forget", data={"key": "é"}).status_code == 303
    assert len(listed(client)) == 1


def test_a_search_is_forgotten_by_its_button(client: FlaskClient) -> None:
    log_in(client, make_user())
    search(client)
    search(client, destination="ZRH")
    form = page(client.get("/")).one("ul", class_="recent").all("form")[0]
    (key,) = form.all("input", name="key")
    answer = client.post(form.attributes["action"], data={"key": key.attributes["value"]})
    assert answer.status_code == 303
    assert [line.split(" Tue")[0] for line in listed(client)] == ["Delhi → Mumbai"]


def test_what_others_searched_is_neither_shown_nor_forgotten(
    app: Flask, client: FlaskClient
) -> None:
    log_in(client, make_user())
    search(client)
    key = db.session.scalar(select(RecentSearch.key))
    bob = app.test_client()
    log_in(bob, make_user("bob@example.com"))
    assert not listed(bob)
    bob.post("/searches/forget", data={"key": key})
    assert len(listed(client)) == 1


def test_without_an_account_nothing_is_remembered(client: FlaskClient) -> None:
    search(client)
    assert not listed(client)
    assert not db.session.scalar(select(func.count()).select_from(RecentSearch))
    assert client.post("/searches/forget", data={"key": "x"}).status_code == 303


def test_a_search_that_cannot_be_is_not_remembered(client: FlaskClient) -> None:
    log_in(client, make_user())
    assert client.get("/flights?origin=DEL&destination=BOM").status_code == 422
    assert not listed(client)


def test_a_search_that_was_forgotten_is_remembered_when_it_is_made_again(
    client: FlaskClient,
) -> None:
    log_in(client, make_user())
    search(client)
    (key,) = page(client.get("/")).one("ul", class_="recent").all("input", name="key")
    client.post("/searches/forget", data={"key": key.attributes["value"]})
    search(client)
    assert len(listed(client)) == 1
