"""Refining results in a real browser: filters, trips out and back, Back, and what moves."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.accessibility import expect_nothing_in_the_way

pytestmark = pytest.mark.chromium

ON_A_DESKTOP = pytest.mark.parametrize(
    "page", [pytest.param((1280, True), id="desktop")], indirect=True
)


def results_of(page: Page, origin: str, destination: str, stay: int) -> None:
    page.goto("/")
    page.get_by_label("From", exact=True).fill(origin)
    page.get_by_label("To", exact=True).fill(destination)
    depart = datetime.now(UTC).date() + timedelta(days=9)
    page.get_by_label("Departure", exact=True).fill(depart.isoformat())
    page.get_by_label("Return, if any").fill((depart + timedelta(days=stay)).isoformat())
    page.get_by_role("button", name="Search flights").click()
    expect(page.get_by_text(re.compile(r"^\d+ trips$"))).to_be_visible()


@ON_A_DESKTOP
def test_the_address_of_a_search_says_only_what_was_asked(page: Page) -> None:
    results_of(page, "LON", "PAR", stay=5)
    assert not re.search(r"=(&|$)", page.url)


def test_a_trip_is_narrowed_sorted_and_held(page: Page) -> None:
    results_of(page, "LON", "PAR", stay=5)
    summary = page.locator("#filters > summary")
    if summary.is_visible():
        summary.click()
    page.get_by_role("group", name="Departure").get_by_role("link", name="Morning").click()
    expect(page.get_by_text(re.compile(r"^\d+ of \d+ trips$"))).to_be_visible()
    left = int(page.get_by_text(re.compile(r"^\d+ of \d+ trips$")).inner_text().split()[0])
    assert left
    expect_nothing_in_the_way(page)
    page.get_by_role("link", name="Price", exact=True).click()
    expect(page).to_have_url(re.compile("sort=price"))
    prices = [
        int(each.get_attribute("data-price") or 0) for each in page.locator("[data-offer]").all()
    ]
    assert prices == sorted(prices)
    assert len(prices) == min(left, 20)
    page.get_by_role("link", name="Remove filter Part of the day: morning").click()
    expect(page.get_by_text(re.compile(r"^\d+ trips$"))).to_be_visible()
    page.get_by_role("button", name="Select Flex").first.click()
    expect(page.get_by_role("heading", name="Who travels?")).to_be_visible()


@ON_A_DESKTOP
def test_back_returns_to_the_place_on_the_page_that_was_left(page: Page) -> None:
    results_of(page, "LON", "PAR", stay=5)
    page.get_by_role("link", name="Price", exact=True).click()
    expect(page).to_have_url(re.compile("sort=price"))
    first = page.locator("[data-offer]").first.inner_text()
    scroll_to(page, 1200)
    choose_the_rarest(page)
    expect(page.get_by_text(re.compile(r"^\d+ of \d+ trips$"))).to_be_visible()
    # The page that is left is too short for the place on the one that comes back.
    assert page.evaluate("document.body.scrollHeight - innerHeight") < 1200
    page.go_back()
    expect(page.locator("[data-offer]").first).to_have_text(first, use_inner_text=True)
    wait_for_scroll(page, 1200)
    page.get_by_role("button", name="Select").nth(9).evaluate("button => button.click()")
    expect(page.get_by_role("heading", name="Who travels?")).to_be_visible()
    page.go_back()
    wait_for_scroll(page, 1200)


@ON_A_DESKTOP
def test_who_takes_a_filter_off_by_keyboard_goes_on_at_the_results(page: Page) -> None:
    results_of(page, "LON", "PAR", stay=5)
    choose_the_rarest(page)
    page.get_by_role("link", name="Remove filter").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#results").get_by_text(re.compile(r"^\d+ trips from"))).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Best", exact=True)).to_be_focused()


@ON_A_DESKTOP
def test_a_link_leads_past_days_and_filters_to_what_was_found(page: Page) -> None:
    results_of(page, "LON", "PAR", stay=5)
    page.get_by_role("link", name="Register").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the trips")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#results").get_by_text(re.compile(r"^\d+ trips from"))).to_be_focused()


def choose_the_rarest(page: Page) -> None:
    """Choose the filter that leaves the fewest trips, some."""
    links = page.locator("#filters").get_by_role("link")
    counts = {
        index: int(found[0])
        for index, text in enumerate(links.all_inner_texts())
        if (found := re.findall(r"\d+$", text.strip())) and int(found[0]) > 0
    }
    links.nth(min(counts, key=counts.__getitem__)).evaluate("link => link.click()")


def wait_for_scroll(page: Page, at: int) -> None:
    """Wait until the page stands there; its policy forbids Playwright to wait inside of it."""
    for _ in range(50):
        if page.evaluate("scrollY") == at:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"the page stands at {page.evaluate('scrollY')}, not at {at}")


@ON_A_DESKTOP
@pytest.mark.parametrize("has_prices", [False, True], ids=["before its prices", "with prices"])
def test_another_day_is_named_by_the_page_and_kept_by_its_search_form(
    page: Page, has_prices: bool
) -> None:
    results_of(page, "LON", "PAR", stay=5)
    title = page.title()
    strip = page.get_by_role("navigation", name="Other days", exact=True)
    if has_prices:
        expect(strip.get_by_role("link").nth(-1)).to_contain_text("$")
        assert page.evaluate("() => document.activeElement === document.body"), "no focus is taken"
    strip.get_by_role("link").nth(-1).evaluate("link => link.click()")
    expect(page).not_to_have_title(title)
    expect(page).to_have_title(re.compile("^London to Paris, .* – Fairwind$"))
    depart = re.search(r"depart=([0-9-]+)", page.url)
    page.get_by_role("link", name="Change search").click()
    assert depart
    form = page.locator("#search-again")
    expect(form.get_by_label("Departure", exact=True)).to_have_value(depart[1])


@ON_A_DESKTOP
def test_another_fare_can_be_chosen_after_going_back(page: Page) -> None:
    results_of(page, "LON", "PAR", stay=5)
    page.get_by_role("button", name="Select Light").first.click()
    expect(page.get_by_role("heading", name="Who travels?")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Select Flex").first.click()
    expect(page.get_by_role("heading", name="Who travels?")).to_be_visible()


@ON_A_DESKTOP
def test_a_choice_is_answered_at_once_keeps_the_focus_and_moves_nothing(page: Page) -> None:
    results_of(page, "LON", "PAR", stay=5)
    page.evaluate(
        """() => {
            window.seen = { shift: 0 };
            document.addEventListener("click", () => { seen.clicked = performance.now(); }, true);
            new MutationObserver(() => {
                const isBusy = document.querySelector("#results.htmx-request");
                if (isBusy) seen.busy ??= performance.now();
            }).observe(document.body, { attributes: true, subtree: true });
            new PerformanceObserver((list) => {
                for (const entry of list.getEntries()) seen.shift += entry.value;
            }).observe({ type: "layout-shift" });
        }"""
    )
    page.locator("#sort-duration").click()
    expect(page).to_have_url(re.compile("sort=duration"))
    expect(page.locator("#sort-duration")).to_be_focused()
    seen = page.evaluate("seen")
    assert seen["busy"] - seen["clicked"] < 100
    assert seen["shift"] < 0.1


def scroll_to(page: Page, top: int) -> None:
    page.evaluate(f"window.scrollTo({{ top: {top}, behavior: 'instant' }})")
    wait_for_scroll(page, top)
    # The browser writes the place down for its history a moment later.
    page.wait_for_timeout(300)
