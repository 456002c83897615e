"""A booking in a real browser, from seats to boarding: one cancels, the rest change flights."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest
import zxingcpp
from icalendar import Calendar
from playwright.sync_api import Page, expect

from tests.journeys.accessibility import expect_nothing_in_the_way
from tests.journeys.conftest import Product
from tests.journeys.test_main_journey import name_party, register, search

PARTY = [
    ("Alice", "Müller", 35),
    ("Bob", "O’Brien", 38),
    ("Dana", "Nguyễn", 41),
    ("Zoë", "Müller", 6),
]


@pytest.mark.slow
def test_four_book_with_seats_one_stays_home_the_rest_change_and_check_in(
    page: Page, product: Product
) -> None:
    register(page, f"alice-{secrets.token_hex(4)}@example.com")
    expect_nothing_in_the_way(page)
    reference = book(page)
    look_at_the_division(page, reference)
    cancel_one(page, reference)
    departs_at = change(page, reference)
    moved = departs_at - timedelta(hours=20) - datetime.now(UTC)
    product.flask("clock", "advance", f"{int(moved.total_seconds()) // 60}m")
    try:
        check_in(page, reference)
        board(page, reference)
    finally:
        product.flask("clock", "reset")


@pytest.mark.parametrize("page", [pytest.param((1280, True), id="desktop")], indirect=True)
def test_the_arrows_lead_over_the_map_of_seats_as_the_eye_has_it(page: Page) -> None:
    search(page, "London", "New York", days_ahead=9)
    page.get_by_role("button", name="Select Standard").first.click()
    expect(page.get_by_role("heading", name="Who travels?")).to_be_visible()
    page.goto(page.url.replace("passengers", "seats"))
    first = (
        page.get_by_role("radio", name=re.compile(r"^\d+[A-K], "))
        .and_(page.locator(":enabled"))
        .first
    )
    first.focus()
    seat = first.get_attribute("value") or ""
    page.keyboard.press("ArrowDown")
    behind = page.locator("#seat-map input:focus")
    expect(behind).to_be_checked()
    name = behind.get_attribute("value") or ""
    assert name[-1] == seat[-1]
    assert int(name[:-1]) > int(seat[:-1])
    page.keyboard.press("ArrowUp")
    expect(first).to_be_checked()


@pytest.mark.parametrize("page", [pytest.param((1280, True), id="desktop")], indirect=True)
def test_a_saved_traveller_is_filled_in_beside_what_was_typed(page: Page) -> None:
    register(page, f"alice-{secrets.token_hex(4)}@example.com")
    hold_for(page, 1)
    name_party(page, PARTY[:1])
    page.get_by_label("Save these travellers").check()
    page.get_by_role("button", name="Review the booking").click()
    expect(page.get_by_role("heading", name="Everything right?")).to_be_visible()
    hold_for(page, 2)
    page.locator("#passengers-1-given_name").fill("Bob")
    page.get_by_label("Adult · passenger 1").select_option(label="Alice Müller")
    page.get_by_role("button", name="Fill in").click()
    expect(page.locator("#passengers-0-family_name")).to_have_value("Müller")
    expect(page.locator("#passengers-0-born_on")).not_to_have_value("")
    expect(page.locator("#passengers-1-given_name")).to_have_value("Bob")
    page.get_by_label("Adult · passenger 1").select_option(label="Somebody else")
    page.get_by_role("button", name="Fill in").click()
    expect(page.locator("#passengers-0-family_name")).to_have_value("")
    expect(page.locator("#passengers-0-born_on")).to_have_value("")
    expect(page.locator("#passengers-1-given_name")).to_have_value("Bob")


def hold_for(page: Page, adults: int) -> None:
    search(page, "London", "Paris", days_ahead=9, adults=adults)
    page.get_by_role("button", name="Select Light").first.click()
    expect(page.get_by_role("heading", name="Who travels?")).to_be_visible()


def book(page: Page) -> str:
    """Book four on a flight over a border, each in a seat of their choice."""
    search(page, "London", "New York", days_ahead=9, adults=3, children=1)
    expect_nothing_in_the_way(page)
    page.get_by_role("button", name="Select Standard").first.click()
    expect(page.get_by_role("heading", name="Who travels?")).to_be_visible()
    expect_nothing_in_the_way(page)
    found = re.search(r"/bookings/([A-Z0-9]{6})/", page.url)
    assert found
    reference = found[1]
    name_party(page, PARTY)
    page.locator("main form").first.get_by_role("button").last.click()
    expect(page.get_by_role("heading", name="Who travels?")).to_have_count(0)
    seats = choose_seats(page, reference)
    page.goto(f"/bookings/{reference}/review")
    expect(page.get_by_role("heading", name="Everything right?")).to_be_visible()
    expect_nothing_in_the_way(page)
    page.get_by_role("button", name="Confirm for").click()
    expect(page.locator(".reference")).to_have_text(reference)
    expect_nothing_in_the_way(page)
    page.goto(f"/bookings/{reference}/e-ticket")
    expect_nothing_in_the_way(page)
    for seat in seats:
        expect(page.get_by_text(f"Seat: {seat} ").first).to_be_visible()
    return reference


def choose_seats(page: Page, reference: str) -> list[str]:
    """Choose a seat for each of the four, and return what was chosen."""
    chosen = []
    for passenger in range(len(PARTY)):
        page.goto(f"/bookings/{reference}/seats?flight=0&passenger={passenger}")
        expect(page.get_by_role("heading", name="Where will")).to_be_visible()
        if passenger == 0:
            expect_nothing_in_the_way(page)
        available = page.get_by_role("radio", name=re.compile(r"^\d+[A-K], available, "))
        available.last.check()
        chosen.append(available.last.get_attribute("value") or "")
        page.get_by_role("button", name="Save and review").click()
        expect(page.get_by_role("alert")).to_have_count(0)
    assert len(set(chosen)) == len(PARTY)
    return chosen


def look_at_the_division(page: Page, reference: str) -> None:
    """Ask for a booking for nobody, which is refused beside the names."""
    page.goto(f"/bookings/{reference}")
    page.get_by_role("link", name="Divide this booking").click()
    expect(page.get_by_role("heading", name="Divide this booking")).to_be_visible()
    expect_nothing_in_the_way(page)
    page.get_by_role("button", name="Divide this booking").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was divided")
    expect_nothing_in_the_way(page)


def cancel_one(page: Page, reference: str) -> None:
    """Cancel Bob alone: first the quote, then what it says."""
    page.goto(f"/bookings/{reference}/cancel")
    expect_nothing_in_the_way(page)
    some = page.get_by_label(re.compile("passengers", re.IGNORECASE)).first
    if page.evaluate("typeof htmx !== 'undefined'"):
        # Who ticks somebody means some of the party, and who chooses all means nobody by name.
        page.get_by_role("checkbox", name="Bob O’Brien").check()
        expect(page.get_by_role("heading", name="Bob O’Brien")).to_be_visible()
        expect(some).to_be_checked()
        page.get_by_role("radio", name="The whole booking").check()
        expect(page.get_by_role("heading", name="The whole booking")).to_be_visible()
        expect(page.get_by_role("checkbox", name="Bob O’Brien")).not_to_be_checked()
    some.check()
    if page.evaluate("typeof htmx !== 'undefined'"):
        # Nobody is chosen, so nothing is left to be confirmed, and nobody is told of a mistake.
        expect(page.get_by_role("heading", name="Nothing is cancelled yet")).to_be_visible()
        expect(page.get_by_role("button", name=re.compile("^Cancel"))).to_have_count(0)
        expect(page.get_by_role("alert").filter(visible=True)).to_have_count(0)
    page.get_by_role("checkbox", name="Bob O’Brien").check()
    # With JavaScript the quote follows each choice, and the button asks for it once more.
    page.get_by_role("button", name="Show what comes back").click()
    expect(page.get_by_role("heading", name="Bob O’Brien")).to_be_visible()
    expect_nothing_in_the_way(page)
    page.get_by_role("button", name=re.compile("^Cancel")).click()
    expect(page.locator(".reference")).to_have_text(reference)
    expect(page.get_by_text("Dana Nguyễn").first).to_be_visible()
    calendar = Calendar.from_ical(
        page.context.request.get(f"/bookings/{reference}/calendar.ics").body()
    )
    assert {event["sequence"] for event in calendar.walk("VEVENT")} == {1}


def change(page: Page, reference: str) -> datetime:
    """Change to a flight of another day, and return when it leaves."""
    page.goto(f"/bookings/{reference}/change")
    expect_nothing_in_the_way(page)
    page.get_by_role("navigation", name="Other days").get_by_role("link").last.click()
    page.get_by_role("link", name=re.compile("Choose|Select|Change")).first.click()
    expect(page.get_by_role("heading", name="for these flights?")).to_be_visible()
    expect_nothing_in_the_way(page)
    page.get_by_role("button", name=re.compile("^Change ")).click()
    expect(page.locator(".reference")).to_have_text(reference)
    calendar = Calendar.from_ical(
        page.context.request.get(f"/bookings/{reference}/calendar.ics").body()
    )
    events = {str(event["status"]): event for event in calendar.walk("VEVENT")}
    assert set(events) == {"CONFIRMED", "CANCELLED"}
    departs_at: datetime = events["CONFIRMED"]["dtstart"].dt
    return departs_at


def check_in(page: Page, reference: str) -> None:
    """Check the three who fly in; a border asks for their documents."""
    page.goto(f"/bookings/{reference}")
    page.get_by_role("link", name="Check-in").first.click()
    expect(page.get_by_role("heading", name="Check-in")).to_be_visible()
    expect_nothing_in_the_way(page)
    page.get_by_role("button", name="Check in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Something needs another look")
    expect_nothing_in_the_way(page)
    for number in range(len(PARTY) - 1):
        page.get_by_label("Citizen of").nth(number).fill("Switzerland")
        page.get_by_label("Document number").nth(number).fill(f"X12345{number}")
        page.get_by_label("Issued by").nth(number).fill("CH")
        page.get_by_label("Valid until").nth(number).fill(f"{datetime.now(UTC).year + 5}-01-31")
    page.get_by_role("button", name="Check in", exact=True).click()
    expect(page.get_by_text("You are checked in")).to_be_visible()
    expect_nothing_in_the_way(page)


def board(page: Page, reference: str) -> None:
    """Open the first boarding pass, and read its bar code as a gate would."""
    page.get_by_role("link", name=re.compile("^Boarding pass")).first.click()
    expect(page.get_by_role("heading", name="Alice Müller")).to_be_visible()
    expect_nothing_in_the_way(page)
    file = page.get_by_role("link", name="Download as PDF").get_attribute("href") or ""
    (sheet,) = pypdfium2.PdfDocument(page.context.request.get(file).body())
    (code,) = zxingcpp.read_barcodes(sheet.render(scale=3).to_pil())
    assert code.text.startswith(f"M1{'MUELLER/ALICE':20}E{reference} ")
    assert len(code.text) == 60
