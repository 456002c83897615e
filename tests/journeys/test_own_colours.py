"""Whoever gives pages colours of their own still sees what is chosen, and what is cheap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.parametrize(
    "page", [pytest.param((1280, True), id="desktop")], indirect=True
)

IN_A_WEEK = (datetime.now(UTC).date() + timedelta(days=7)).isoformat()
JOURNEY = f"origin=LON&destination=PAR&depart={IN_A_WEEK}"


def ground_of(place: Locator) -> str:
    """Return the colour that something stands on."""
    return str(place.evaluate("each => getComputedStyle(each).backgroundColor"))


def test_the_chosen_order_and_day_stand_out(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(f"/flights?{JOURNEY}&sort=price")
    sorts = page.get_by_role("navigation", name="Sort")
    chosen = ground_of(sorts.get_by_role("link", name="Price", exact=True))
    assert chosen != ground_of(sorts.get_by_role("link", name="Best", exact=True))
    days = page.get_by_role("navigation", name="Other days")
    assert ground_of(days.locator("[aria-current]")) != ground_of(days.get_by_role("link").first)


def test_the_chosen_seat_stands_out(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(f"/flights?{JOURNEY}")
    page.get_by_role("button", name="Select Standard").first.click()
    expect(page.get_by_role("heading", name="Who travels?")).to_be_visible()
    page.goto(page.url.replace("passengers", "seats"))
    seats = page.locator("#seat-map label:has(:enabled)")
    seats.first.click()
    assert ground_of(seats.first) != ground_of(seats.last)


def test_cheap_days_stand_out_among_the_others(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(f"/fares/calendar?origin=LON&destination=PAR&month={IN_A_WEEK[:7]}")
    days = page.locator(".calendar")
    assert ground_of(days.locator("td.low").first) != ground_of(days.locator("td.high").first)
