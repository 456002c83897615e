"""axe finds nothing on the pages that no journey passes through."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.accessibility import expect_nothing_in_the_way
from tests.journeys.test_main_journey import register

# axe is a script: only windows that run scripts can be looked through.
pytestmark = pytest.mark.parametrize(
    "page",
    [pytest.param((1280, True), id="desktop"), pytest.param((390, True), id="phone")],
    indirect=True,
)

IN_A_WEEK = (datetime.now(UTC).date() + timedelta(days=7)).isoformat()

OF_ANYBODY = [
    "/",
    f"/flights?origin=LON&destination=PAR&depart={IN_A_WEEK}",
    f"/flights?origin=Dehli&destination=Nowhere&depart={IN_A_WEEK}",
    f"/fares/calendar?origin=LON&destination=PAR&month={IN_A_WEEK[:7]}",
    "/trip",
    "/trip?reference=ZZZZZZ&last_name=Nobody",
    "/login",
    "/register",
    "/password/forgot",
    "/no-such-page",
    "/bookings/ZZZZZZ",
    "/dev/mail/",
]
OF_A_TRAVELLER = [
    "/bookings",
    "/account",
    "/account/calendar",
    "/account/close",
    "/account/travellers/new",
    "/account/verify",
    "/alerts/",
]
OF_STAFF = [
    "/staff/accounts",
    "/staff/delays",
    "/staff/flights",
    "/staff/flights/new",
    "/staff/bookings?q=ABCDEF",
    "/staff/integrity",
    "/staff/mails",
    "/staff/schedule-changes",
]


@pytest.mark.parametrize("address", OF_ANYBODY)
def test_axe_finds_nothing_on_a_page_of_anybody(page: Page, address: str) -> None:
    page.goto(address)
    expect_nothing_in_the_way(page)


def test_axe_finds_nothing_on_a_travellers_pages(page: Page) -> None:
    register(page, f"alice-{secrets.token_hex(4)}@example.com")
    for address in OF_A_TRAVELLER:
        page.goto(address)
        expect_nothing_in_the_way(page)
    page.goto("/account/calendar")
    page.get_by_role("button", name="Make my calendar address").click()
    expect(page.get_by_label("Your private address")).to_have_value(
        re.compile("/calendar/.+[.]ics")
    )
    expect_nothing_in_the_way(page)


def test_axe_finds_nothing_on_the_pages_of_staff(page: Page) -> None:
    page.goto("/login")
    page.get_by_label("E-mail").fill("admin@example.com")
    page.get_by_label("Password").fill("demo-password")
    page.get_by_role("button", name="Log in").click()
    for address in OF_STAFF:
        page.goto(address)
        expect_nothing_in_the_way(page)
    page.goto("/staff/flights")
    page.locator("#flights tbody a").first.click()
    expect_nothing_in_the_way(page)
    page.goto(f"{page.url}/passengers")
    expect_nothing_in_the_way(page)
