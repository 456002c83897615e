"""No page is wider than the smallest phone, whatever is folded out on it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.parametrize(
    "page", [pytest.param((320, True), id="small-phone")], indirect=True
)

IN_A_WEEK = (datetime.now(UTC).date() + timedelta(days=7)).isoformat()
JOURNEY = f"origin=EDI&destination=DEL&depart={IN_A_WEEK}"


def expect_no_sideways_scroll(page: Page) -> None:
    page.evaluate("() => document.querySelectorAll('details').forEach((each) => each.open = true)")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320, page.url


@pytest.mark.parametrize(
    "address",
    [
        "/",
        f"/flights?{JOURNEY}",
        f"/flights?{JOURNEY}&cabin=first",
        f"/fares/graph?{JOURNEY}&nights=9",
        f"/fares/calendar?{JOURNEY}&month={IN_A_WEEK[:7]}",
        f"/alerts/follow?{JOURNEY}",
    ],
)
def test_a_page_fits_the_smallest_phone(page: Page, address: str) -> None:
    page.goto(address)
    expect_no_sideways_scroll(page)


@pytest.mark.parametrize("address", [f"/flights?{JOURNEY}", f"/fares/graph?{JOURNEY}"])
def test_no_way_to_compare_fares_lies_beyond_the_edge_of_the_screen(
    page: Page, address: str
) -> None:
    page.goto(address)
    links = page.locator(".compare a, .tabs a")
    assert links.count() > 2
    for link in links.all():
        box = link.bounding_box()
        assert box
        assert 0 <= box["x"] < box["x"] + box["width"] <= 320, link.text_content()


def test_the_sign_and_the_figure_of_a_day_later_stand_in_one_line(page: Page) -> None:
    page.goto(f"/flights?{JOURNEY}")
    page.locator("article:has(sup)").get_by_role("button", name="Select").first.click()
    expect(page.get_by_role("heading", name="Who travels?")).to_be_visible()
    heights = page.eval_on_selector_all(
        "sup", "all => all.map((each) => each.getClientRects().length)"
    )
    assert heights
    assert set(heights) == {1}


def test_the_first_flight_stands_high_on_a_phone_with_its_fares_in_a_row(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/flights?origin=LON&destination=PAR&depart={IN_A_WEEK}")
    first = page.get_by_role("article").first.bounding_box()
    assert first
    assert first["y"] < 500
    fares = page.get_by_role("article").first.get_by_role("button")
    for fare in fares.all():
        middle = (
            "each => { const box = each.getBoundingClientRect(); return box.x + box.width / 2; }"
        )
        drift = fare.locator("span").evaluate(middle) - fare.evaluate(middle)
        assert abs(drift) < 2, "its name stands in its middle"


def test_what_the_filters_leave_is_in_sight_under_them_and_one_press_away(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/flights?{JOURNEY}")
    page.locator("#filters > summary").click()
    page.locator("#filters").get_by_role("link", name="Up to 1 stop").click()
    said = page.locator("#flights-found")
    expect(said).to_contain_text(" of ")
    left = (said.text_content() or "").split()[0]
    to_results = page.get_by_role("link", name=re.compile(rf"^Show {left} flights?$"))
    expect(to_results).to_be_in_viewport()
    to_results.click()
    expect(page.get_by_role("article").first).to_be_in_viewport()
