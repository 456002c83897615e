"""Saved travellers and telephone numbers: what makes the form short, and reaches the party."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.booking.test_name_passengers import hold, name
from tests.builders import log_in, make_user
from tests.pages import beside, page, typed
from tests.races import at_once
from webapp.accounts.models import SavedTraveller
from webapp.accounts.travellers.queries import saved_travellers_of
from webapp.accounts.travellers.service import MOST, save_travellers
from webapp.booking.models import Booking
from webapp.db import db, retry_conflicts, transaction
from webapp.flights.fares import Party


def saved() -> list[str]:
    db.session.expire_all()
    return [each.given_name for each in db.session.query(SavedTraveller)]


def test_who_was_saved_is_filled_in_the_next_time(app: Flask, client: FlaskClient) -> None:
    log_in(client, make_user())
    name(client, hold(client), save_travellers="y")
    name(client, hold(client), save_travellers="y")
    assert saved() == ["Alice"], "nobody is saved twice"
    address = hold(client)
    form = page(client.get(address)).one("form", class_="card saved")
    options = form.one("select", name="traveller-0").all("option")
    assert [each.text for each in options] == ["Somebody else", "Alice Meier"]
    filled = client.get(f"{address}?traveller-0={options[1].attributes['value']}")
    assert typed(filled, "passengers-0-family_name") == "Meier"
    assert typed(filled, "passengers-0-born_on") == "1990-05-31"


def test_nobody_is_saved_without_a_tick_or_an_account(app: Flask, client: FlaskClient) -> None:
    name(client, hold(client), save_travellers="y")
    log_in(client, make_user())
    name(client, hold(client))
    assert saved() == []


def test_only_who_fits_the_kind_of_passenger_is_offered(app: Flask, client: FlaskClient) -> None:
    log_in(client, make_user())
    name(client, hold(client), save_travellers="y")
    shown = page(client.get(hold(client, party=Party(1, 1))))
    assert shown.all("select", name="traveller-0")
    assert not shown.all("select", name="traveller-1")


@pytest.mark.parametrize("number", ["0", "2", "-1", "x", "9" * 40])
def test_an_odd_number_fills_nothing_in(app: Flask, client: FlaskClient, number: str) -> None:
    log_in(client, make_user())
    name(client, hold(client), save_travellers="y")
    shown = client.get(f"{hold(client)}?traveller-0={number}")
    assert shown.status_code == 200
    assert typed(shown, "passengers-0-given_name") == ""


def test_alice_removes_whom_she_saved_and_charlie_cannot(app: Flask, client: FlaskClient) -> None:
    alice = make_user()
    log_in(client, alice)
    name(client, hold(client), save_travellers="y")
    remove = page(client.get("/account")).one("form", action="/account/travellers/remove")
    data = {"traveller": remove.one(name="traveller").attributes["value"]}
    charlie = app.test_client()
    log_in(charlie, make_user("charlie@example.com"))
    charlie.post("/account/travellers/remove", data=data)
    assert saved() == ["Alice"]
    for odd in ("x", "", "²", "-1", "99999999999999999999", "1" * 5000):
        answer = client.post("/account/travellers/remove", data={"traveller": odd})
        assert answer.location == "/account", odd
    assert saved() == ["Alice"]
    assert client.post("/account/travellers/remove", data=data).location == "/account"
    assert saved() == []


def test_an_account_keeps_so_many_travellers_and_says_so(app: Flask, client: FlaskClient) -> None:
    alice = make_user()
    with transaction():
        people = [(f"A{number}", "Meier", alice.created_at.date()) for number in range(MOST + 5)]
        assert not save_travellers(alice.id, people)
    assert len(saved()) == MOST
    log_in(client, alice)
    answer = name(client, hold(client), save_travellers="y")
    assert f"keeps {MOST} travellers" in client.get(answer.location).text


# Telephone numbers


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("+44 20 7946 0018", "+442079460018"),
        ("0044 (0)20 7946 0018", "+442079460018"),
        (" +91-11-2345-6789 ", "+911123456789"),
        ("", None),
    ],
)
def test_a_number_is_kept_in_one_form(
    app: Flask, client: FlaskClient, written: str, kept: str | None
) -> None:
    answer = name(client, hold(client), contact_phone=written)
    assert answer.status_code == 303
    assert db.session.query(Booking).one().contact_phone == kept


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("020 7946 0018", "Begin with +"),
        ("+44 20", "No telephone has this number"),
        ("+999 123456789", "Write a number like"),
        ("+abc", "Write a number like"),
        ("+" + "1" * 500, "Write a number like"),
        ("😀", "Begin with +"),
    ],
)
def test_what_is_no_number_is_refused_beside_the_field(
    app: Flask, client: FlaskClient, written: str, words: str
) -> None:
    answer = name(client, hold(client), contact_phone=written)
    assert answer.status_code == 422
    assert words in beside(answer, "contact_phone")
    assert typed(answer, "passengers-0-given_name") == "Alice"


@pytest.mark.databases("mariadb")
def test_people_who_are_saved_twice_at_once_are_saved_once(app: Flask) -> None:
    owner = make_user().id
    person = ("Alice", "Meier", date(1990, 5, 31))

    def save() -> None:
        with transaction():
            save_travellers(owner, [person])

    at_once(app, [partial(retry_conflicts, save)] * 6)
    assert len(saved_travellers_of(owner)) == 1
