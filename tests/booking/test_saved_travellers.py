"""Saved travellers and telephone numbers: what makes the form short, and reaches the party."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.booking.steps import hold, name
from tests.builders import log_in, make_user
from tests.pages import alerts, beside, page, typed
from tests.races import at_once
from webapp import clock
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


def test_who_travels_alone_and_can_only_be_one_is_filled_in_at_once(client: FlaskClient) -> None:
    alice = make_user()
    log_in(client, alice)
    name(client, hold(client), save_travellers="y")
    address = hold(client)
    shown = client.get(address)
    assert typed(shown, "passengers-0-given_name") == "Alice"
    assert typed(shown, "passengers-0-born_on") == "1990-05-31"
    (chosen,) = page(shown).all("option", selected="")
    assert chosen.text == "Alice Meier"
    assert typed(client.get(f"{address}?traveller-0="), "passengers-0-given_name") == ""
    empty = client.post(address, data={"passengers-0-given_name": ""})
    assert typed(empty, "passengers-0-given_name") == ""
    for_two = client.get(hold(client, party=Party(2)))
    assert typed(for_two, "passengers-0-given_name") == ""
    name(client, address, passengers__0__given_name="Bob")
    assert typed(client.get(address), "passengers-0-given_name") == "Bob"
    with transaction():
        save_travellers(alice.id, [("Zoe", "Meier", date(1990, 1, 1))])
    assert typed(client.get(hold(client)), "passengers-0-given_name") == ""


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


# On the account's page


BOB = {"given_name": "Bob", "family_name": "Meier", "born_on": "1988-02-29"}


def people() -> list[tuple[str, str, str]]:
    db.session.expire_all()
    found = db.session.query(SavedTraveller).order_by(SavedTraveller.id)
    return [(each.given_name, each.family_name, str(each.born_on)) for each in found]


def save(client: FlaskClient, address: str = "/account/travellers/new", **changes: str) -> str:
    """Save Bob, changed; return where the answer leads, or its page where it is refused."""
    answer = client.post(address, data={**BOB, **changes})
    assert answer.status_code in (303, 422)
    return answer.location or answer.text


def change_link(client: FlaskClient, name: str) -> str:
    return page(client.get("/account")).one("a", aria_label=f"Change {name}").attributes["href"]


def test_somebody_is_added_and_changed_without_a_booking(client: FlaskClient) -> None:
    log_in(client, make_user())
    assert page(client.get("/account/travellers/new")).one("h1").text == "Add a traveller"
    assert save(client, given_name="  Bob   Zoe\u0308 ") == "/account"
    assert save(client, given_name="Bob Zoë") == "/account"
    assert people() == [("Bob Zoë", "Meier", "1988-02-29")], "a form sent twice saves one"
    link = change_link(client, "Bob Zoë Meier")
    shown = client.get(link)
    assert page(shown).one("h1").text == "Change a traveller"
    assert typed(shown, "given_name") == "Bob Zoë"
    assert typed(shown, "born_on") == "1988-02-29"
    assert save(client, link, family_name="Novák") == "/account"
    assert save(client, link, family_name="Novák") == "/account"
    assert people() == [("Bob", "Novák", "1988-02-29")]
    options = page(client.get(hold(client))).one("select", name="traveller-0").all("option")
    assert options[1].text == "Bob Novák"


@pytest.mark.parametrize("which", ["given_name", "family_name", "born_on"])
@pytest.mark.parametrize("written", ["", "²", "李", "a" * 61, "9999-12-31", "1890-01-01"])
def test_a_traveller_is_written_by_the_rules_of_the_passengers_form(
    client: FlaskClient, which: str, written: str
) -> None:
    log_in(client, make_user())
    there = name(client, hold(client), **{f"passengers__0__{which}": written})
    here = client.post("/account/travellers/new", data={**BOB, which: written})
    assert (there.status_code, here.status_code) == (422, 422)
    assert beside(here, which) == beside(there, f"passengers-0-{which}")
    assert {typed(here, each) for each in BOB} == {*(BOB | {which: written}).values()}
    assert page(here).one("div", role="alert").one("a").attributes["href"] == f"#{which}"
    assert people() == []


def test_who_is_born_where_it_is_tomorrow_can_be_added(client: FlaskClient) -> None:
    clock.move_to(datetime(2026, 12, 1, 11, tzinfo=UTC))
    log_in(client, make_user())
    assert save(client, born_on="2026-12-02") == "/account"
    assert "This day is still to come." in save(client, born_on="2026-12-03")


def test_nobody_is_saved_twice_by_a_change(client: FlaskClient) -> None:
    log_in(client, make_user())
    save(client)
    save(client, given_name="Alice")
    refused = save(client, change_link(client, "Alice Meier"))
    assert "You have saved this traveller already." in refused
    assert [each[0] for each in people()] == ["Bob", "Alice"]


def test_who_was_removed_meanwhile_can_be_saved_anew(client: FlaskClient) -> None:
    log_in(client, make_user())
    save(client)
    link = change_link(client, "Bob Meier")
    form = page(client.get("/account")).one("form", action="/account/travellers/remove")
    traveller = form.one(name="traveller").attributes["value"]
    client.post("/account/travellers/remove", data={"traveller": traveller})
    refused = client.post(link, data=BOB)
    assert "was removed meanwhile" in alerts(refused)
    assert typed(refused, "given_name") == "Bob"
    assert save(client, page(refused).one("form", class_="card").attributes["action"]) == "/account"
    assert len(people()) == 1
    assert client.get(link).status_code == 404


def test_a_full_account_says_so_and_keeps_what_was_typed(client: FlaskClient) -> None:
    alice = make_user()
    with transaction():
        save_travellers(
            alice.id, [(f"A{number}", "Meier", date(1990, 1, 1)) for number in range(MOST)]
        )
    log_in(client, alice)
    refused = client.post("/account/travellers/new", data=BOB)
    assert refused.status_code == 422
    assert f"keeps {MOST} travellers" in alerts(refused)
    assert typed(refused, "family_name") == "Meier"
    assert save(client, change_link(client, "A0 Meier")) == "/account"
    assert len(people()) == MOST


def test_charlie_neither_sees_nor_changes_whom_alice_saved(app: Flask, client: FlaskClient) -> None:
    log_in(client, make_user())
    save(client)
    link = change_link(client, "Bob Meier")
    charlie = app.test_client()
    log_in(charlie, make_user("charlie@example.com"))
    assert charlie.get(link).status_code == 404
    assert "Bob" not in charlie.post(link, data={}).text
    save(charlie, link, given_name="Mallory")
    assert people() == [("Bob", "Meier", "1988-02-29")]
    for odd in ("17", "x", "²", "1" * 5000, f"{link.rpartition('/')[2]}x"):
        assert client.get(f"/account/travellers/{odd}").status_code == 404


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
