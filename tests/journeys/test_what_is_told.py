"""What is told while a page stands open: what a choice left, and how the time runs out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.parametrize(
    "page", [pytest.param((1280, True), id="desktop")], indirect=True
)

IN_A_WEEK = (datetime.now(UTC).date() + timedelta(days=7)).isoformat()


def test_what_a_filter_left_is_said_by_a_status_that_stood_there_before(page: Page) -> None:
    page.goto(f"/flights?origin=LON&destination=PAR&depart={IN_A_WEEK}")
    status = page.locator("body > [role=status]")
    expect(status).to_have_text("")
    status.evaluate("each => { each.dataset.stood = 'yes'; }")
    page.get_by_role("group", name="Departure").get_by_role("link", name="Morning").click()
    expect(status).to_have_text(re.compile(r"^\d+ of \d+ flights on "))
    expect(status).to_have_attribute("data-stood", "yes")


def test_the_time_that_seats_are_held_is_counted_down(page: Page) -> None:
    page.clock.install()
    page.goto(f"/flights?origin=LON&destination=PAR&depart={IN_A_WEEK}")
    page.get_by_role("button", name="Select Light").first.click()
    expect(page.get_by_text("20 more minutes.")).to_be_visible()
    page.clock.fast_forward("06:00")
    expect(page.get_by_text("14 more minutes.")).to_be_visible()
    page.clock.fast_forward("13:00")
    expect(page.get_by_text("1 more minute.")).to_be_visible()
    page.clock.fast_forward("02:00")
    over = page.locator("#deadline").get_by_text("your seats are no longer held")
    expect(over).to_be_visible()


def test_the_name_of_a_page_says_that_something_is_wrong_on_it(page: Page) -> None:
    page.goto(f"/flights?origin=Dehli&destination=PAR&depart={IN_A_WEEK}")
    expect(page).to_have_title("Error: Search again – Fairwind")
    page.goto("/")
    expect(page).to_have_title("Search flights – Fairwind")
