"""What a finger can hit, and what an eye finds in its place."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.test_main_journey import name_party, register

pytestmark = pytest.mark.parametrize("page", [pytest.param((390, True), id="phone")], indirect=True)

IN_A_WEEK = (datetime.now(UTC).date() + timedelta(days=7)).isoformat()


def box(place: Locator) -> dict[str, float]:
    """Return where something stands, and how large it is."""
    found = place.bounding_box()
    assert found
    return dict(found)


def overlap(one: Locator, other: Locator) -> bool:
    upper, lower = sorted((box(one), box(other)), key=lambda each: each["y"])
    return lower["y"] < upper["y"] + upper["height"]


def hold(page: Page) -> None:
    page.goto(f"/flights?origin=LON&destination=PAR&depart={IN_A_WEEK}")
    page.get_by_role("button", name="Select Standard").first.click()
    expect(page.get_by_role("heading", name="Who travels?")).to_be_visible()


def test_the_steps_of_a_booking_take_one_line_that_says_where_one_is(page: Page) -> None:
    hold(page)
    steps = page.get_by_role("list", name="Booking")
    assert box(steps)["height"] < 40
    expect(steps.locator("[aria-current]")).to_have_text("Passengers")


def test_the_name_of_a_group_stands_inside_of_its_card(page: Page) -> None:
    hold(page)
    card = page.locator("fieldset").first
    assert box(card.locator("legend"))["y"] > box(card)["y"] + 10


def test_seats_and_the_links_to_them_are_large_enough_for_a_finger(page: Page) -> None:
    hold(page)
    page.goto(page.url.replace("passengers", "seats"))
    assert box(page.locator("#seat-map label").first)["width"] >= 38
    way = box(page.get_by_role("table", name="Seats by passenger").get_by_role("button").first)
    assert min(way["width"], way["height"]) >= 24


def test_the_links_of_results_are_large_enough_for_a_finger(page: Page) -> None:
    back = (datetime.now(UTC).date() + timedelta(days=14)).isoformat()
    page.goto(f"/flights?origin=LON&destination=PAR&depart={IN_A_WEEK}&return={back}")
    for name in ("Change search", "Follow this price", "Keep this way out"):
        assert box(page.get_by_role("link", name=name).first)["height"] >= 24, name
    for word in ("How we sort", "What fares include"):
        assert box(page.locator("summary", has_text=word))["height"] >= 24, word


def test_forgetting_a_search_is_one_word(page: Page) -> None:
    register(page, f"alice-{secrets.token_hex(4)}@example.com")
    page.goto(f"/flights?origin=EDI&destination=DEL&depart={IN_A_WEEK}")
    page.goto("/")
    assert box(page.get_by_role("button", name="Forget").first)["height"] < 30


def test_the_ways_of_comparing_are_all_in_sight(page: Page) -> None:
    page.goto(f"/fares/grid?origin=EDI&destination=DEL&depart={IN_A_WEEK}&return={IN_A_WEEK}")
    tabs = page.get_by_role("navigation", name="Ways to compare fares")
    assert tabs.locator("[aria-current]").count() == 1
    for tab in map(box, tabs.locator("a").all()):
        assert 0 <= tab["x"] < tab["x"] + tab["width"] <= 390


def test_the_price_and_the_way_to_confirm_it_are_in_sight_all_along(page: Page) -> None:
    hold(page)
    name_party(page, [("Marie", "Curie", 33)])
    page.get_by_label("E-mail for your trip").fill("marie@example.com")
    page.get_by_role("button", name="Review the booking").click()
    expect(page.get_by_role("heading", name="Everything right?")).to_be_in_viewport()
    onward = page.get_by_role("link", name="Price and confirmation")
    expect(onward).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 320, "height": 640})
    assert box(page.locator("p:has(> [href='#price']) strong"))["height"] < 40, "it is not broken"
    onward.click()
    expect(page.get_by_role("button", name="Confirm for")).to_be_in_viewport(ratio=1)
    expect(onward).not_to_be_in_viewport()


def test_a_button_beside_a_field_stands_level_with_it(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/login")
    page.get_by_label("E-mail").fill("admin@example.com")
    page.get_by_label("Password").fill("demo-password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    page.goto("/staff/bookings")
    field = box(page.get_by_label("Reference, ticket, address, telephone or name"))
    button = box(page.get_by_role("button", name="Find", exact=True))
    assert abs(field["y"] - button["y"]) < 2


def test_after_asking_for_more_time_the_keyboard_goes_on_at_the_deadline(page: Page) -> None:
    hold(page)
    page.get_by_role("button", name="Need more time?").press("Enter")
    expect(page.get_by_role("button", name="Need more time?")).to_have_count(0)
    expect(page.locator("#deadline :focus")).to_contain_text("Your seats are held until")


def test_the_end_of_a_hold_is_said_and_in_sight_beside_the_field_where_one_types(
    page: Page,
) -> None:
    page.set_viewport_size({"width": 390, "height": 600})
    page.clock.install()
    hold(page)
    field = page.get_by_label("E-mail for your trip")
    field.focus()
    deadline, said = page.locator("#deadline"), page.locator("#said")
    more = page.get_by_role("button", name="Need more time?")
    again = page.get_by_role("button", name="Hold them again")
    quiet = deadline.evaluate("box => getComputedStyle(box).backgroundColor")

    page.clock.run_for(17 * 60_000)
    expect(deadline).to_contain_text("3 more minutes")
    expect(deadline).not_to_be_in_viewport()
    expect(said).to_be_empty()
    page.clock.run_for(61_000)
    expect(said).to_contain_text("Your seats are held until")
    expect(said).to_contain_text("2 more minutes")
    expect(deadline).to_be_in_viewport(ratio=1)
    expect(field).to_be_focused()
    assert not overlap(deadline, field)
    near = deadline.evaluate("box => getComputedStyle(box).backgroundColor")
    expect(more).to_be_visible()
    expect(again).to_be_hidden()

    page.clock.run_for(60_000)
    expect(deadline).to_contain_text("1 more minute.")
    expect(said).to_be_empty()
    page.clock.run_for(60_000)
    expect(said).to_contain_text("your seats are no longer held")
    expect(deadline.get_by_text("Your seats are held until")).to_be_hidden()
    expect(more).to_be_hidden()
    expect(again).to_be_in_viewport(ratio=1)
    over = deadline.evaluate("box => getComputedStyle(box).backgroundColor")
    assert len({quiet, near, over}) == 3


def test_after_more_time_the_new_end_counts(page: Page) -> None:
    page.clock.install()
    hold(page)
    page.clock.run_for(19 * 60_000)
    page.get_by_role("button", name="Need more time?").click()
    expect(page.get_by_role("button", name="Need more time?")).to_have_count(0)
    page.clock.run_for(5 * 60_000)
    expect(page.locator("#deadline")).to_contain_text("Your seats are held until")
    expect(page.get_by_role("button", name="Hold them again")).to_be_hidden()


def test_enter_in_a_name_goes_on_with_the_names(page: Page) -> None:
    hold(page)
    name_party(page, [("Marie", "Curie", 33)])
    page.get_by_label("E-mail for your trip").fill("marie@example.com")
    page.get_by_label("E-mail for your trip").press("Enter")
    expect(page.get_by_role("heading", name="Everything right?")).to_be_visible()


def test_on_a_small_phone_the_ways_on_from_a_seat_take_one_row(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(f"/flights?origin=LON&destination=PAR&depart={IN_A_WEEK}&adults=3")
    page.get_by_role("button", name="Select Light").first.click()
    page.goto(page.url.replace("passengers", "seats"))
    names = ("Save this choice", "Save and review", "Save and seat the other 2 beside it for $")
    rows = [box(page.get_by_role("button", name=each)) for each in names]
    assert rows[0]["x"] < rows[1]["x"] < rows[2]["x"]
    assert all(each["y"] < rows[0]["y"] + rows[0]["height"] for each in rows), "one row"
    assert min(each["height"] for each in rows) >= 44
    page.locator("#seat-map label:not(.is-taken)").first.click()
    bar = page.locator(".actions:has([name=then])")
    expect(bar).to_contain_text("available")
    assert box(bar)["height"] < 640 / 5


def test_a_printed_trip_names_who_sold_it_and_has_nothing_to_press(page: Page) -> None:
    hold(page)
    name_party(page, [("Marie", "Curie", 33)])
    page.get_by_label("E-mail for your trip").fill("marie@example.com")
    page.get_by_role("button", name="Review the booking").click()
    page.get_by_role("button", name="Confirm for").click()
    expect(page.get_by_role("heading", name="Documents")).to_be_visible()
    trip = page.url
    page.emulate_media(media="print")
    for address in (trip, f"{trip}/e-ticket"):
        page.goto(address)
        expect(page.get_by_role("link", name="Fairwind")).to_be_visible()
        for word in ("Log in", "Register", "Correct names", "Change this", "Download as PDF"):
            expect(page.get_by_role("link", name=word)).to_have_count(0)
        expect(page.get_by_text("Marie").first).to_be_visible()
