"""A large party on many flights: what it is shown can be read whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.test_main_journey import name_party

desktop = pytest.mark.parametrize("page", [pytest.param((1280, True), id="desktop")], indirect=True)
phone = pytest.mark.parametrize("page", [pytest.param((390, True), id="phone")], indirect=True)

PARTY = [
    *(("Mei", "Lin", 41), ("Wei", "Lin", 42), ("Carla", "Díaz Núñez", 38)),
    *(("Pedro", "Díaz Núñez", 40), ("Bo", "Lin", 10), ("An", "Lin", 7)),
    *(("Inés", "Díaz Núñez", 6), ("Leo", "Díaz Núñez", 1), ("Yu", "Lin", 1)),
]


def search(page: Page) -> None:
    today = datetime.now(UTC).date()
    days = f"depart={today + timedelta(days=14)}&return={today + timedelta(days=28)}"
    party = "adults=4&children=3&infants=2"
    page.goto(f"/flights?origin=EDI&destination=BKK&{days}&{party}")


@desktop
def test_the_seats_of_nine_on_six_flights_are_read_whole_on_a_page_and_on_paper(
    page: Page,
) -> None:
    search(page)
    longest = page.locator("article[data-offer]", has_text="4 changes").first
    longest.get_by_role("button", name="Select Standard").click()
    expect(page.get_by_role("heading", name="Who travels?")).to_be_visible()
    name_party(page, PARTY)
    page.get_by_label("E-mail for your trip").fill("mei.lin@example.net")
    page.get_by_role("button", name="Review the booking").click()
    expect_whole_seats(page)
    page.get_by_role("button", name="Confirm").first.click()
    expect(page.get_by_text("You are booked.")).to_be_visible()
    expect_whole_seats(page)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1000})
    expect_whole_seats(page)


@desktop
def test_a_family_name_that_was_typed_is_offered_for_the_others(page: Page) -> None:
    search(page)
    page.get_by_role("article").first.get_by_role("button").first.click()
    expect(page.get_by_role("heading", name="Who travels?")).to_be_visible()
    names = page.get_by_label("Family name")
    for position, name in enumerate(["Lin", "Lin ", "Díaz Núñez"]):
        names.nth(position).fill(name)
    names.nth(3).focus()
    offered = "each => [...each.list.options].map((option) => option.value)"
    assert names.nth(3).evaluate(offered) == ["Lin", "Díaz Núñez"]
    # What the page knows when it comes is offered without JavaScript, too.
    page.get_by_role("button", name="Review the booking").evaluate(
        "each => each.form.noValidate = true"
    )
    page.get_by_role("button", name="Review the booking").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert names.nth(3).evaluate(offered) == ["Lin", "Díaz Núñez"]


def expect_whole_seats(page: Page) -> None:
    table = page.get_by_role("table", name="Seats by passenger and flight")
    expect(table.get_by_role("columnheader")).to_have_count(7)
    beyond = "each => each.parentElement.scrollWidth - each.parentElement.clientWidth"
    assert table.evaluate(beyond) <= 0


@desktop
def test_the_prices_stay_beside_the_flights_where_their_details_are_opened(page: Page) -> None:
    search(page)
    card = page.get_by_role("article").first
    card.locator("summary", has_text="Flights and changes").click()
    top, price = card.bounding_box(), card.get_by_role("button").first.bounding_box()
    assert top
    assert price
    assert price["y"] - top["y"] < 100


@phone
def test_a_price_of_nine_leaves_room_inside_of_its_button(page: Page) -> None:
    search(page)
    for button in page.get_by_role("article").first.get_by_role("button").all():
        room = "each => { const text = document.createRange(); text.selectNodeContents(each);"
        room += " return each.clientWidth - text.getBoundingClientRect().width; }"
        assert button.evaluate(room) > 8
