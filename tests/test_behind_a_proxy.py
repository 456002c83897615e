"""A proxy in front speaks https, and calls us by the name that our machine has for itself."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import PASSWORD, make_flight, make_offer, make_user
from tests.conftest import MakeApp
from tests.pages import page
from webapp.search.offers import sign

_OUTSIDE = "https://fly.example"
_INSIDE = "http://127.0.0.1:8000"


@pytest.fixture
def visitor(make_app: MakeApp) -> FlaskClient:
    """Return a browser that reaches the site over https, through such a proxy."""
    visitor = make_app(csrf=True, base_url=_OUTSIDE, trusted_proxies=1).test_client()
    visitor.environ_base |= {
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_FOR": "203.0.113.9",
    }
    return visitor


def send(
    visitor: FlaskClient, address: str, referrer: str | None, **typed: str | None
) -> TestResponse:
    """Send a form with the token that its page was shown with, from a page that may be named."""
    token = page(visitor.get("/login", base_url=_INSIDE)).one("main").one(name="csrf_token")
    return visitor.post(
        address,
        base_url=_INSIDE,
        data={"csrf_token": token.attributes["value"], **typed},
        headers={"Referer": referrer} if referrer else {},
    )


@pytest.mark.parametrize("referrer", [f"{_OUTSIDE}/login", f"{_INSIDE}/login", None])
def test_a_form_is_taken_from_whoever_has_its_token_whatever_the_page_before_was(
    visitor: FlaskClient, referrer: str | None
) -> None:
    make_user("alice@example.com")
    typed = {"email": "alice@example.com", "password": PASSWORD}
    answer = send(visitor, "/login", referrer, **typed)
    assert (answer.status_code, answer.location) == (303, "/bookings")


@pytest.mark.parametrize("referrer", [f"{_OUTSIDE}/login", None])
def test_a_form_without_its_token_is_refused_and_the_log_says_so(
    visitor: FlaskClient, referrer: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    typed = {"email": "alice@example.com", "password": PASSWORD, "csrf_token": None}
    answer = send(visitor, "/login?next=/secret", referrer, **typed)
    assert answer.status_code == 400
    assert page(answer).one("h1").text == "Your session ended"
    line = next(each for each in caplog.records if "csrf.refused" in each.getMessage())
    assert line.levelname == "WARNING"
    expected = 'event=csrf.refused endpoint=accounts.log_in words="The CSRF token is missing."'
    assert line.getMessage() == expected


def test_ways_back_and_on_are_those_of_the_address_that_travellers_use(
    visitor: FlaskClient,
) -> None:
    search = "/flights?origin=DEL&destination=BOM"
    refused = send(visitor, "/holds", f"{_OUTSIDE}{search}", offer="nonsense")
    assert refused.status_code == 422
    assert page(refused).one("main").all("a", href=search)
    offer = sign(make_offer(make_flight()))
    typed = {"offer": offer, "idempotency_key": "k" * 20}
    held = send(visitor, "/holds", f"{_OUTSIDE}{search}", **typed)
    assert held.location.startswith("/bookings/")
    released = send(visitor, held.location.replace("passengers", "release"), None)
    assert released.location == search
    ended = visitor.post("/logout", base_url=_INSIDE, headers={"Referer": f"{_OUTSIDE}/trip?x=1"})
    assert page(ended).one("main").all("a", href="/trip?x=1")


def test_no_address_leads_to_the_name_that_the_proxy_has_for_us(visitor: FlaskClient) -> None:
    whole = visitor.get("/staff?cabin=x", base_url=_INSIDE)
    assert (whole.status_code, whole.location) == (308, "/staff/?cabin=x")
    asked = visitor.get("/bookings", base_url=_INSIDE, headers={"HX-Request": "true"})
    assert asked.headers["HX-Redirect"] == "/login?next=/bookings"


@pytest.mark.parametrize(
    "path",
    ["//evil.example/staff", "///evil.example//staff", "//evil.example/../staff", "/staff//"],
)
def test_no_path_leads_to_another_site(visitor: FlaskClient, path: str) -> None:
    answer = visitor.get("/", environ_overrides={"PATH_INFO": path}, base_url=_INSIDE)
    assert not (answer.location or "").startswith(("//", "http"))
