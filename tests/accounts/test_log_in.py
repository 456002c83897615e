"""Logging in: the same answer for every failure, limits, and sessions that cannot be planted."""

from __future__ import annotations

import re
import statistics
import threading
import time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import PASSWORD, log_in, make_flight, make_offer, make_user
from tests.conftest import MakeApp
from tests.pages import alerts, page, typed
from webapp.accounts.models import Role, User
from webapp.db import db, transaction
from webapp.limits import DatabaseStorage
from webapp.search.offers import sign


def try_to_log_in(
    client: FlaskClient,
    email: str = "alice@example.com",
    password: str = PASSWORD,
    address: str = "/login",
) -> TestResponse:
    return client.post(address, data={"email": email, "password": password})


def is_logged_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


# Who gets in


@pytest.mark.parametrize(
    "written", ["alice@example.com", "ALICE@Example.com", "  alice@example.com "]
)
def test_the_right_password_opens_a_session(app: Flask, client: FlaskClient, written: str) -> None:
    make_user("alice@example.com")
    answer = try_to_log_in(client, written)
    assert (answer.status_code, answer.location) == (303, "/bookings")
    assert is_logged_in(client)


def test_staff_land_among_their_flights(app: Flask, client: FlaskClient) -> None:
    make_user("sam@example.com", Role.AIRLINE_STAFF, "X1")
    assert try_to_log_in(client, "sam@example.com").location.startswith("/staff/flights")


def plain(answer: TestResponse, email: str) -> str:
    # The token against forgery is each session's own.
    return re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text).replace(email, "…")


def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(app: Flask) -> None:
    make_user("alice@example.com")
    wrong = try_to_log_in(app.test_client(), "alice@example.com", "not the password")
    unknown = try_to_log_in(app.test_client(), "nobody@example.com", "not the password")
    no_address = try_to_log_in(app.test_client(), "nobody", "not the password")
    assert wrong.status_code == unknown.status_code == no_address.status_code == 422
    assert "No account has this address and password." in alerts(wrong)
    assert plain(wrong, "alice@example.com") == plain(unknown, "nobody@example.com")
    assert plain(wrong, "alice@example.com") == plain(no_address, "nobody")
    assert typed(wrong, "email") == "alice@example.com"
    assert typed(wrong, "password") == ""


def test_a_refused_log_in_is_a_line_of_the_log_that_names_the_visitor_and_hides_the_account(
    make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    make_user("alice@example.com")
    client = make_app(trusted_proxies=1).test_client()
    client.environ_base["HTTP_X_FORWARDED_FOR"] = "203.0.113.9"
    for email in ("alice@example.com", "ALICE@example.com", "nobody@example.com", "nobody"):
        assert try_to_log_in(client, email, "not the password").status_code == 422
    assert try_to_log_in(client).status_code == 303
    records = [each for each in caplog.records if "log_in" in each.getMessage()]
    assert {each.levelname for each in records} == {"WARNING"}
    lines = [each.getMessage() for each in records]
    shape = re.compile(r"event=log_in\.refused from=203\.0\.113\.9 account=([0-9a-f]{8})")
    accounts = [match[1] for match in map(shape.fullmatch, lines) if match]
    assert len(accounts) == 4, lines
    assert accounts[0] == accounts[1], "one account, however its address is spelt"
    assert len(set(accounts)) == 3


@pytest.mark.databases("sqlite")
def test_an_unknown_address_takes_as_long_as_a_wrong_password(
    app: Flask, client: FlaskClient
) -> None:
    make_user("alice@example.com")
    seconds: dict[str, list[float]] = {"alice@example.com": [], "nobody@example.com": []}
    for _ in range(9):
        for email, taken in seconds.items():
            began = time.perf_counter()
            try_to_log_in(client, email, "not the password")
            taken.append(time.perf_counter() - began)
    wrong, unknown = (statistics.median(taken) for taken in seconds.values())
    assert 0.6 < unknown / wrong < 1.6


@pytest.mark.parametrize(
    ("email", "password"),
    [("", ""), ("alice@example.com", ""), ("\x00", "\x00"), ("a" * 10_000, "p" * 10_000)],
)
def test_odd_input_is_refused_with_words(
    app: Flask, client: FlaskClient, email: str, password: str
) -> None:
    answer = try_to_log_in(client, email, password)
    assert answer.status_code == 422
    assert alerts(answer)


# Where it leads


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "evil.example",
        " //evil.example",
        "",
    ],
)
def test_nobody_is_sent_to_another_site(app: Flask, client: FlaskClient, address: str) -> None:
    make_user("alice@example.com")
    answer = client.post(
        "/login",
        query_string={"next": address},
        data={"email": "alice@example.com", "password": PASSWORD},
    )
    assert answer.location == "/bookings"
    shown = app.test_client().get("/login", query_string={"next": address})
    assert "evil.example" not in shown.text


@pytest.mark.parametrize(
    "address", ["/account", "/flights?origin=DEL&destination=BOM", "/[", "/a:b"]
)
def test_our_own_addresses_are_gone_back_to(app: Flask, client: FlaskClient, address: str) -> None:
    make_user("alice@example.com")
    answer = client.post(
        "/login",
        query_string={"next": address},
        data={"email": "alice@example.com", "password": PASSWORD},
    )
    assert answer.status_code == 303
    assert answer.location in (address, address.replace("[", "%5B"))


def test_a_page_that_needs_a_log_in_asks_for_it_and_comes_back(
    app: Flask, client: FlaskClient
) -> None:
    make_user("alice@example.com")
    asked = client.get("/bookings")
    assert (asked.status_code, asked.location) == (303, "/login?next=/bookings")
    shown = client.get(asked.location)
    assert "you will come back to where you were" in shown.text
    action = page(shown).one("main").one("form").attributes["action"]
    assert try_to_log_in(client, address=action).location == "/bookings"


def test_a_form_that_was_sent_without_a_session_comes_back_to_its_page(
    app: Flask, client: FlaskClient
) -> None:
    def way(address: str, referrer: str) -> str:
        answer = client.post(address, headers={"Referer": referrer})
        assert answer.status_code == (404 if "bookings" in address else 303)
        return answer.location or page(answer).one("main").one("form").attributes["action"]

    for address in ("/account/calendar", "/bookings/ABC234/confirm"):
        here = "http://localhost/bookings/ABC234/review?step=2"
        assert way(address, here) == "/login?next=/bookings/ABC234/review?step%3D2"
        for elsewhere in ("https://evil.example/bookings", "http://localhost.evil.example/x", ""):
            assert way(address, elsewhere) == "/login?next=/"


def test_htmx_is_sent_to_the_log_in_as_a_whole_page(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/bookings", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"] == "/login?next=/bookings"


# Sessions


def test_a_session_from_before_is_not_let_in_by_the_log_in(app: Flask, client: FlaskClient) -> None:
    make_user("alice@example.com")
    offer = sign(make_offer(make_flight()))
    held = client.post("/holds", data={"offer": offer, "idempotency_key": "k" * 20})
    before = client.get_cookie("session")
    assert before is not None
    try_to_log_in(client)
    after = client.get_cookie("session")
    assert after is not None
    assert after.value != before.value
    assert client.get(held.location).status_code == 200, "the trips of the session are kept"
    planted = app.test_client()
    planted.set_cookie("session", before.value)
    assert not is_logged_in(planted)


def test_the_token_against_forgery_is_renewed_at_the_log_in(app: Flask) -> None:
    make_user("alice@example.com")
    client = app.test_client()
    client.get("/login")
    with client.session_transaction() as session:
        before = session["csrf_token"]
    try_to_log_in(client)
    client.get("/account")
    with client.session_transaction() as session:
        assert session["csrf_token"] != before


def test_raising_the_epoch_ends_every_session(app: Flask) -> None:
    alice = make_user("alice@example.com")
    phone, laptop = app.test_client(), app.test_client()
    for each in (phone, laptop):
        log_in(each, alice)
        assert is_logged_in(each)
    with transaction() as session:
        session.get_one(User, alice.id).session_epoch += 1
    assert not is_logged_in(phone)
    assert not is_logged_in(laptop)


def test_one_visitors_session_is_not_anothers(app: Flask) -> None:
    alice_browser, charlie_browser = app.test_client(), app.test_client()
    log_in(alice_browser, make_user("alice@example.com"))
    assert not is_logged_in(charlie_browser)
    log_in(charlie_browser, make_user("charlie@example.com"))
    assert "alice@example.com" in alice_browser.get("/account").text
    assert "charlie@example.com" in charlie_browser.get("/account").text


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    app: Flask, client: FlaskClient
) -> None:
    make_user("alice@example.com")
    said = try_to_log_in(client).headers["Set-Cookie"]
    assert said.startswith("session=")
    assert "HttpOnly" in said
    assert "SameSite=Lax" in said
    assert "Secure" not in said, "the embedded default is plain http on loopback"


def test_over_https_the_cookie_is_secure_and_the_host_is_pinned(make_app: MakeApp) -> None:
    make_user("alice@example.com")
    client = make_app(base_url="https://fairwind.example").test_client()
    answer = client.post(
        "/login",
        base_url="https://fairwind.example",
        data={"email": "alice@example.com", "password": PASSWORD},
    )
    said = answer.headers["Set-Cookie"]
    assert said.startswith("__Host-session=")
    for flag in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/"):
        assert flag in said
    assert "Domain" not in said
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    # A proxy that ends TLS hands on plain http.
    behind = client.get("/login", base_url="http://fairwind.example")
    assert "max-age" in behind.headers["Strict-Transport-Security"]


def test_over_plain_http_nothing_promises_https(app: Flask, client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/login").headers


def test_no_page_allows_inline_scripts_or_foreign_frames(app: Flask, client: FlaskClient) -> None:
    headers = client.get("/login").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "no-cache" in headers["Cache-Control"]


# Limits


def fail(client: FlaskClient, times: int, email: str = "alice@example.com") -> list[int]:
    return [try_to_log_in(client, email, "not the password").status_code for _ in range(times)]


def test_guessing_one_accounts_password_is_stopped_with_words(
    make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    make_user("alice@example.com")
    make_user("bob@example.com")
    client = make_app(rate_limits=True).test_client()
    assert fail(client, 10) == [422] * 10
    answer = try_to_log_in(client)
    assert answer.status_code == 429, "even the right password, or the limit would tell"
    logged = caplog.records[-1].getMessage()
    assert "event=limit.reached endpoint=accounts.log_in from=127.0.0.1" in logged
    assert "alice" not in logged
    assert "Too many tries" in page(answer).one("h1").text
    assert "Wait some minutes" in page(answer).text
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60 + 1
    assert try_to_log_in(client, "bob@example.com").status_code == 303, "others are not locked out"
    assert client.get("/login").status_code == 200


def test_log_ins_that_succeed_are_not_counted(make_app: MakeApp) -> None:
    make_user("alice@example.com")
    client = make_app(rate_limits=True).test_client()
    assert [try_to_log_in(client).status_code for _ in range(12)] == [303] * 12


def test_another_spelling_of_an_address_counts_as_the_same(make_app: MakeApp) -> None:
    make_user("alice@münchen.example")
    client = make_app(rate_limits=True).test_client()
    fail(client, 5, "alice@münchen.example")
    fail(client, 5, " ALICE@xn--mnchen-3ya.EXAMPLE ")
    assert try_to_log_in(client, "alice@münchen.example").status_code == 429


def test_two_processes_count_together(make_app: MakeApp) -> None:
    make_user("alice@example.com")
    one, other = make_app(rate_limits=True), make_app(rate_limits=True)
    assert fail(one.test_client(), 5) == [422] * 5
    assert fail(other.test_client(), 5) == [422] * 5
    assert fail(one.test_client(), 1) == [429]
    assert fail(other.test_client(), 1) == [429]


def test_counts_taken_at_once_are_all_counted(app: Flask) -> None:
    trouble: list[BaseException] = []

    def count() -> None:
        try:
            with app.app_context():
                for _ in range(10):
                    DatabaseStorage().incr("a key", 60)
        except BaseException as error:
            trouble.append(error)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not trouble
    assert DatabaseStorage().get("a key") == 80


def test_a_window_that_is_over_counts_no_more(app: Flask) -> None:
    storage = DatabaseStorage()
    assert [storage.incr("a key", 1) for _ in range(3)] == [1, 2, 3]
    time.sleep(1.1)
    assert storage.get("a key") == 0
    assert storage.incr("a key", 60) == 1
    db.session.rollback()
