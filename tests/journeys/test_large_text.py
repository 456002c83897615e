"""Text twice as large as usual: every page still fits a phone, and nothing on it is cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.conftest import BROWSER_ARGUMENTS, Product

WIDTHS = 390, 320
_DAY = datetime.now(UTC).date() + timedelta(days=20)
JOURNEY = f"origin=EDI&destination=PAR&depart={_DAY}&return={_DAY + timedelta(days=7)}&adults=2"
# What can be pressed or read and reaches over the edge, where nothing scrolls sideways.
_CUT = """width => [...document.querySelectorAll('main :is(a, button, input, th, td, time)')]
    .filter((each) => !each.closest('.days, .calendar, .grid-frame, .seat-box, .vh, thead'))
    .filter((each) => each.getClientRects().length)
    .filter((each) => each.getBoundingClientRect().right > width + 1)
    .map((each) => each.outerHTML.slice(0, 80))"""
# A column so narrow that its words are read from the top down.
_LETTER_BY_LETTER = """() => [...document.querySelectorAll('main :is(th, td, p, li, span, dt, dd)')]
    .filter((each) => each.checkVisibility() && !each.closest('.seat-box, .calendar, .grid-frame'))
    .filter((each) => /\\w{4}/.test(each.textContent) && each.getClientRects().length)
    .map((each) => [each, each.getBoundingClientRect()])
    .filter(([each, box]) => box.width < 40 && box.height > 4 * 40)
    .map(([each]) => each.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def page(browser: Browser, product: Product, chromium: Path) -> Iterator[Page]:
    """Open the window of somebody who reads large letters, without JavaScript."""
    large = browser.browser_type.launch(
        executable_path=chromium,
        args=[*BROWSER_ARGUMENTS, "--blink-settings=defaultFontSize=32"],
    )
    opened = large.new_page(base_url=product.address, java_script_enabled=False)
    opened.set_default_timeout(10_000)
    yield opened
    large.close()


@pytest.fixture(scope="module")
def held(page: Page) -> str:
    return f"/bookings/{hold(page)}"


@pytest.fixture(scope="module")
def booked(page: Page) -> str:
    trip = f"/bookings/{hold(page)}"
    page.goto(f"{trip}/review")
    page.locator('form[action$="/confirm"] button').first.click()
    return trip


def hold(page: Page) -> str:
    """Hold a return trip with connections, and name who travels; return its reference."""
    page.goto(f"/flights?{JOURNEY}")
    page.locator('form[action="/holds"] button').nth(2).click()
    found = re.search(r"/bookings/(\w+)/", page.url)
    assert found
    for number, (given, family) in enumerate([("Tom", "Brown"), ("Eleanor", "Brown-Fitzgerald")]):
        page.fill(f"[name=passengers-{number}-given_name]", given)
        page.fill(f"[name=passengers-{number}-family_name]", family)
        page.fill(f"[name=passengers-{number}-born_on]", "1985-03-02")
    page.fill("[name=contact_email]", "tom@example.com")
    page.click("button[value=choose]")
    return found[1]


@pytest.mark.parametrize(
    "address", ["/", f"/flights?{JOURNEY}", f"/fares/calendar?{JOURNEY}&month={_DAY:%Y-%m}"]
)
def test_a_page_of_the_search_fits_a_phone(page: Page, address: str) -> None:
    expect_to_fit(page, address)


@pytest.mark.parametrize("name", ["passengers", "seats", "review"])
def test_a_page_of_a_hold_fits_a_phone(page: Page, held: str, name: str) -> None:
    expect_to_fit(page, f"{held}/{name}")


@pytest.mark.parametrize("name", ["", "/change", "/divide", "/cancel", "/check-in", "/names"])
def test_a_page_of_a_trip_fits_a_phone(page: Page, booked: str, name: str) -> None:
    expect_to_fit(page, booked + name)


def expect_to_fit(page: Page, address: str) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        answer = page.goto(address)
        assert answer
        assert answer.ok
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{address}, {width}"
        assert page.evaluate(_CUT, width) == []
        assert page.evaluate(_LETTER_BY_LETTER) == []
