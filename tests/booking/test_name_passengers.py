"""Naming the passengers: names as people have them, ages on the days of travel."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.booking.steps import ALICE, hold, name
from tests.builders import PASSWORD, log_in, make_flight, make_user
from tests.pages import alerts, beside, page, typed
from webapp import clock
from webapp.booking import service
from webapp.booking.models import Booking, Passenger
from webapp.booking.passengers.forms import age_error
from webapp.db import db
from webapp.flights.fares import Party
from webapp.flights.models import Flight

DELHI = ZoneInfo("Asia/Kolkata")


def test_the_summary_leads_to_each_field_that_is_wrong(client: FlaskClient) -> None:
    address = hold(client, party=Party(1, 1))
    refused = name(client, address, passengers__1__given_name="", contact_phone="12")
    assert refused.status_code == 422
    summary = page(refused).one("div", role="alert")
    assert "autofocus" in summary.attributes
    links = {each.text: each.attributes["href"] for each in summary.all("a")}
    assert links == {
        "Passenger 2, given names": "#passengers-1-given_name",
        "Passenger 2, family name": "#passengers-1-family_name",
        "Passenger 2, date of birth": "#passengers-1-born_on",
        "Mobile phone, if you like": "#contact_phone",
    }


def test_the_summary_names_ages_that_do_not_fit_too(client: FlaskClient) -> None:
    address = hold(client)
    refused = name(client, address, passengers__0__born_on="2020-01-01", contact_phone="12")
    assert refused.status_code == 422
    summary = page(refused).one("div", role="alert")
    words = ["Passenger 1, date of birth", "Mobile phone, if you like"]
    assert [each.text for each in summary.all("a")] == words


def born(client: FlaskClient, address: str, position: int, born_on: date | str) -> TestResponse:
    party = db.session.query(Passenger).count()
    data = {"contact_email": "alice@example.com"}
    for each in range(party):
        data[f"passengers-{each}-given_name"] = "Alice"
        data[f"passengers-{each}-family_name"] = "Meier"
        data[f"passengers-{each}-born_on"] = "1990-05-31"
    data[f"passengers-{position}-born_on"] = str(born_on)
    return client.post(address, data=data)


# Names


@pytest.mark.parametrize(
    "written",
    [
        "Zoë",
        "Nguyễn",
        "O’Brien",
        "O'Brien",
        "d'Arc",
        "Jean-Luc",
        "St. John",
        "María José",
        "Łukasz",
        "Иван",
        "Қасым",
        "Ka\u02bbahumanu",
        "X",
        "Ng",
        "a" * 60,
        "  Anna   Maria ",
        "Nguye\u0302\u0303n",
        # Words that stand before names, and are names.
        "Don",
        "Don Carlos",
        "Sir Edward",
        "Lady Diana",
        "Sri Mulyani",
        "M. Night",
        "Herr",
        "Miss",
        "Herr-Karl",
        "Drago Mrsa",
        "Anna Miss",
    ],
)
def test_names_are_taken_as_people_have_them(app: Flask, client: FlaskClient, written: str) -> None:
    address = hold(client)
    answer = name(client, address, passengers__0__given_name=written)
    assert answer.status_code == 303
    kept = db.session.query(Passenger).one().given_name or ""
    shown = " ".join(written.split()).replace("e\u0302\u0303", "ễ")
    assert kept == shown
    assert shown in client.get(answer.location).text.replace("&#39;", "'")


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", "Tell us the"),
        ("   ", "as it stands in the passport"),
        ("-", "as it stands in the passport"),
        ("a" * 61, "At most 60 letters."),
        ("a" * 10_000, "At most 60 letters."),
        ("<b>Alice</b>", "Use letters"),
        ("Alice; DROP TABLE", "Use letters"),
        ("Alice2", "Use letters"),
        ("李", "Write it in Latin letters"),
        ("न\u093fश\u093e", "Write it in Latin letters"),
        ("Ь", "Write it in Latin letters"),
        ("Alice²", "Use letters"),
        ("Alice 😀", "Use letters"),
        ("Al\u202eice", "Use letters"),
        ("Al\u200bice", "Use letters"),
        ("Al\x00ice", "Use letters"),
        ("Al\x1bice", "Use letters"),
        ("Alice\u2028{{ 7 * 7 }}", "Use letters"),
        ("123", "as it stands in the passport"),
        ("\u0301\u0302", "as it stands in the passport"),
    ],
)
@pytest.mark.parametrize("which", ["given_name", "family_name"])
def test_what_is_no_name_is_refused_beside_the_field(
    app: Flask, client: FlaskClient, which: str, written: str, words: str
) -> None:
    address = hold(client)
    answer = client.post(address, data={**ALICE, f"passengers-0-{which}": written})
    assert answer.status_code == 422
    assert words in beside(answer, f"passengers-0-{which}")
    assert alerts(answer)
    assert typed(answer, "passengers-0-born_on") == "1990-05-31"
    assert typed(answer, "contact_email") == "alice@example.com"
    assert db.session.query(Passenger).one().given_name is None


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Mr Alan", "Leave titles out: Alan, as in the passport."),
        ("mrs. Alan", "Leave titles out: Alan, as in the passport."),
        ("Frau Dr. Margarethe", "Leave titles out: Margarethe, as in the passport."),
        ("Prof.Dr.Hans Peter", "Leave titles out: Hans Peter, as in the passport."),
        ("Señora Ana", "Leave titles out: Ana, as in the passport."),
        ("Fräulein Else", "Leave titles out: Else, as in the passport."),
        ("Mme Claire", "Leave titles out: Claire, as in the passport."),
        ("Dr.", "Leave titles out: the name alone, as in the passport."),
        ("Mr", "Leave titles out: the name alone, as in the passport."),
    ],
)
@pytest.mark.parametrize("which", ["given_name", "family_name"])
def test_titles_are_asked_to_be_left_out(
    app: Flask, client: FlaskClient, which: str, written: str, words: str
) -> None:
    address = hold(client)
    answer = client.post(address, data={**ALICE, f"passengers-0-{which}": written})
    assert answer.status_code == 422
    assert beside(answer, f"passengers-0-{which}").endswith(words)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    given_name=st.text(max_size=70),
    born_on=st.one_of(st.text(max_size=12), st.dates().map(str)),
    email=st.text(max_size=40),
)
def test_no_text_at_all_breaks_the_form(
    app: Flask, client: FlaskClient, given_name: str, born_on: str, email: str
) -> None:
    if not db.session.query(Booking).count():
        hold(client)
    booking = db.session.query(Booking).one()
    answer = client.post(
        f"/bookings/{booking.reference}/passengers",
        data={
            **ALICE,
            "passengers-0-given_name": given_name,
            "passengers-0-born_on": born_on,
            "contact_email": email,
        },
    )
    assert answer.status_code in (303, 422)


# Ages


def on_the_first_of_march_2027() -> Flight:
    clock.move_to(datetime(2027, 2, 1, tzinfo=UTC))
    return make_flight(departs_at=datetime(2027, 3, 1, 8, 0, tzinfo=DELHI))


def test_who_outgrows_their_kind_on_the_way_is_told_on_which_day() -> None:
    out, back = date(2026, 12, 18), date(2027, 1, 4)
    told = age_error("child", date(2014, 12, 28), date(2026, 11, 27), out, back)
    assert told
    assert "on the last day of the trip too, and this traveller is 12 on Mon 4 Jan" in told
    assert "Search again with an adult instead" in told
    always = age_error("child", date(2010, 1, 1), date(2026, 11, 27), out, back)
    assert always
    assert "on the day of travel" in always


@pytest.mark.parametrize(
    ("kind", "born_on", "words"),
    [
        ("adult", "2015-03-01", None),  # Twelve on the day of travel.
        ("adult", "2015-03-02", "An adult is 12 or older"),
        ("adult", "1907-02-01", None),
        ("adult", "1899-01-01", "Check the year of birth."),
        ("adult", "0001-01-01", "Check the year of birth."),
        ("child", "2025-03-01", None),  # Two on the day of travel.
        ("child", "2025-03-02", "A child is from 2 to 11"),
        ("child", "2015-03-02", None),
        ("child", "2015-03-01", "A child is from 2 to 11"),
        ("infant", "2025-03-02", None),
        ("infant", "2025-03-01", "An infant is under 2"),
        ("infant", "2027-02-01", None),  # Born today.
        ("infant", "2027-02-15", "This day is still to come."),
        ("infant", "2027-03-02", "This day is still to come."),
        ("adult", "9999-12-31", "This day is still to come."),
        ("adult", "2015-02-30", "Write the day as year-month-day"),
        ("adult", "31/05/1990", "Write the day as year-month-day"),
        ("adult", "", "Tell us the date of birth."),
    ],
)
def test_ages_count_on_the_day_of_travel(
    app: Flask, client: FlaskClient, kind: str, born_on: str, words: str | None
) -> None:
    address = hold(client, on_the_first_of_march_2027(), party=Party(1, 1, 1))
    position = ["adult", "child", "infant"].index(kind)
    data = {"contact_email": "alice@example.com"}
    for each, fitting in enumerate(("1990-05-31", "2020-05-31", "2026-05-31")):
        data[f"passengers-{each}-given_name"] = "Alice"
        data[f"passengers-{each}-family_name"] = "Meier"
        data[f"passengers-{each}-born_on"] = fitting
    data[f"passengers-{position}-born_on"] = born_on
    answer = client.post(address, data=data)
    if words is None:
        assert answer.status_code == 303
        return
    assert answer.status_code == 422
    assert words in beside(answer, f"passengers-{position}-born_on")


@pytest.mark.parametrize(("day", "status"), [(28, 303), (1, 422)])
def test_who_was_born_on_29_february_grows_older_on_1_march(
    app: Flask, client: FlaskClient, day: int, status: int
) -> None:
    clock.move_to(datetime(2026, 1, 10, tzinfo=UTC))
    departs_at = datetime(2026, 2 if day == 28 else 3, day, 8, 0, tzinfo=DELHI)
    address = hold(client, make_flight(departs_at=departs_at), party=Party(1, 0, 1))
    assert born(client, address, 1, "2024-02-29").status_code == status


def test_the_day_of_travel_is_the_local_one(app: Flask, client: FlaskClient) -> None:
    clock.move_to(datetime(2027, 2, 1, tzinfo=UTC))
    # In Delhi it is the 2nd of March already; in UTC it is still the 1st.
    flight = make_flight(departs_at=datetime(2027, 3, 2, 1, 0, tzinfo=DELHI))
    address = hold(client, flight, party=Party(1, 0, 1))
    assert born(client, address, 1, "2025-03-02").status_code == 422
    assert born(client, address, 1, "2025-03-03").status_code == 303


def test_an_infant_is_under_two_on_the_second_day_of_travel_too(
    app: Flask, client: FlaskClient
) -> None:
    clock.move_to(datetime(2027, 2, 1, tzinfo=UTC))
    first = make_flight(
        departs_at=datetime(2027, 3, 1, 20, 0, tzinfo=DELHI), origin="BOM", destination="DEL"
    )
    second = make_flight(
        departs_at=datetime(2027, 3, 2, 2, 0, tzinfo=DELHI), origin="DEL", destination="LHR"
    )
    address = hold(client, first, second, party=Party(1, 0, 1))
    answer = born(client, address, 1, "2025-03-02")
    assert answer.status_code == 422
    assert "An infant is under 2" in beside(answer, "passengers-1-born_on")
    assert born(client, address, 1, "2025-03-03").status_code == 303


# The mail's address


def test_the_mails_address_is_asked_for_and_kept_in_one_form(
    app: Flask, client: FlaskClient
) -> None:
    address = hold(client)
    for written in ("", "nobody", "a@b@c"):
        answer = name(client, address, contact_email=written)
        assert answer.status_code == 422
        assert beside(answer, "contact_email")
        assert typed(answer, "contact_email") == written
    assert name(client, address, contact_email=" Alice@Example.COM ").status_code == 303
    assert db.session.query(Booking).one().contact_email == "alice@example.com"


def test_who_is_logged_in_finds_their_own_address_there(app: Flask, client: FlaskClient) -> None:
    log_in(client, make_user("alice@example.com"))
    assert typed(client.get(hold(client)), "contact_email") == "alice@example.com"


def test_names_can_be_changed_until_the_booking_is_confirmed(
    app: Flask, client: FlaskClient
) -> None:
    address = hold(client)
    name(client, address)
    shown = client.get(address)
    assert typed(shown, "passengers-0-given_name") == "Alice"
    assert typed(shown, "passengers-0-born_on") == "1990-05-31"
    assert name(client, address, passengers__0__given_name="Zoë").status_code == 303
    client.post(address.replace("passengers", "confirm"))
    later = name(client, address, passengers__0__given_name="Mallory")
    assert later.status_code == 303
    assert db.session.query(Passenger).one().given_name == "Zoë"


# Forms that are not the one that was shown


@pytest.mark.parametrize(
    "mangled",
    [
        {},
        {"contact_email": "alice@example.com"},
        {**ALICE, "passengers-1-given_name": "Bob"},
        {**ALICE, "passengers-77-family_name": "Bob"},
        {"passengers-x-given_name": "Alice"},
    ],
)
def test_a_form_with_another_party_is_refused_and_shown_afresh(
    app: Flask, client: FlaskClient, mangled: dict[str, str]
) -> None:
    address = hold(client)
    answer = client.post(address, data=mangled)
    assert answer.status_code == 422
    assert alerts(answer)
    fields = {each.attributes.get("name", "") for each in page(answer).one("main").all("input")}
    assert {"passengers-0-given_name", "passengers-0-family_name"} <= fields
    assert not any(each.startswith("passengers-1") for each in fields)
    assert db.session.query(Passenger).one().given_name is None


@pytest.mark.parametrize("kind", ["infant", "child", "ADULT", "x" * 10_000])
def test_another_kind_of_passenger_than_the_offers_is_refused_beside_it(
    app: Flask, client: FlaskClient, kind: str
) -> None:
    address = hold(client)
    refused = name(client, address, passengers__0__kind=kind)
    assert refused.status_code == 422
    asked = page(refused).one("fieldset", id="passengers-0-kind")
    words = "The search asked for an adult here. For another party, search again."
    assert asked.one(id=asked.attributes["aria-describedby"]).text == words
    assert "Passenger 1, kind" in alerts(refused)
    assert words in alerts(refused)
    assert typed(refused, "passengers-0-given_name") == "Alice"
    assert db.session.query(Passenger).one().given_name is None
    # The form that comes back can be sent as it is.
    again = name(client, address, passengers__0__kind=typed(refused, "passengers-0-kind"))
    assert again.status_code == 303


@pytest.mark.parametrize("kind", [{}, {"passengers__0__kind": ""}])
def test_a_passenger_without_a_kind_is_of_the_offers(
    app: Flask, client: FlaskClient, kind: dict[str, str]
) -> None:
    assert name(client, hold(client), **kind).status_code == 303
    assert db.session.query(Passenger).one().kind == "adult"


def test_too_much_text_at_once_is_refused_with_words(app: Flask, client: FlaskClient) -> None:
    address = hold(client)
    answer = name(client, address, passengers__0__given_name="a" * 100_000)
    assert answer.status_code == 413
    assert "too much at once" in answer.text


# Time


def test_a_hold_that_ran_out_while_typing_shows_the_way_on(app: Flask, client: FlaskClient) -> None:
    flight = make_flight()
    address = hold(client, flight, party=Party(1, 0, 1))
    clock.advance(service.HOLD_TIME + timedelta(seconds=1))
    for answer in (client.get(address), born(client, address, 1, "2026-01-01")):
        assert answer.status_code == 409
        assert "no longer held" in page(answer).one("h1").text
        assert "Nothing was booked" in alerts(answer)
        way_on = page(answer).one("main").one("a").attributes["href"]
        again = client.get(way_on)
        assert again.status_code == 200
        assert "2 travellers" in again.text
    assert db.session.query(Booking).one().status == "held", "only what was typed is kept"


def test_seats_given_up_are_free_at_once(app: Flask, client: FlaskClient) -> None:
    flight = make_flight(seats=1)
    address = hold(client, flight)
    answer = client.post(address.replace("passengers", "release"))
    assert answer.status_code == 303
    assert "Your seats are released" in client.get(answer.location).text
    assert client.get(address).status_code == 409
    hold(app.test_client(), flight)


def test_naming_leaves_a_line_of_history(app: Flask, client: FlaskClient) -> None:
    client.post(
        "/register",
        data={"email": "alice@example.com", "password": PASSWORD, "password_again": PASSWORD},
    )
    step = hold(client)
    name(client, step)
    name(client, step, passengers__0__born_on="1990-05-30")
    events = db.session.query(Booking).one().events
    assert [(event.what, event.actor) for event in events] == [
        ("held", "alice@example.com"),
        ("named", "alice@example.com"),
        ("named", "alice@example.com"),
    ]
    assert events[-1].before["born_on"] == ["1990-05-31"]
    assert events[-1].after["born_on"] == ["1990-05-30"]
