"""The main journey in a real browser: search, book, get the mail, be reminded."""

from __future__ import annotations

import re
import secrets
import time
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Locator, Page, expect

from tests.journeys.accessibility import expect_nothing_in_the_way
from tests.journeys.conftest import Product

PASSWORD = "a long enough password"


def test_a_traveller_books_a_flight_and_is_told_about_it(page: Page, product: Product) -> None:
    email = f"alice-{secrets.token_hex(4)}@example.com"
    register(page, email)
    search(page, "London", "Paris", days_ahead=9, adults=2, children=1)
    page.get_by_role("link", name="Price", exact=True).click()
    expect(page.get_by_role("link", name="Price", exact=True)).to_have_attribute(
        "aria-current", "true"
    )
    prices = [int(offer.get_attribute("data-price") or 0) for offer in offers(page)]
    assert prices == sorted(prices)
    assert prices
    departs_at = datetime.fromisoformat(offers(page)[0].get_attribute("data-departs") or "")

    page.get_by_role("button", name="Select").first.click()
    expect(page.get_by_role("heading", name="Who travels?")).to_be_visible()
    expect(page.get_by_text("Your seats are held until")).to_be_visible()
    name_party(page, [("Alice", "Meier", 35), ("Bob", "O’Brien", 38), ("Zoë", "Meier", 6)])
    page.get_by_role("button", name="Review the booking").click()
    expect(page.get_by_role("heading", name="Everything right?")).to_be_visible()
    page.get_by_role("button", name="Confirm for").click()
    expect(page.get_by_text("booking reference")).to_be_visible()
    reference = page.locator(".reference").inner_text()
    assert re.fullmatch("[A-HJ-NP-Z2-9]{6}", reference)

    page.get_by_role("link", name="My trips").click()
    expect(page.get_by_text(reference)).to_be_visible()
    see_mail(page, email, "Booked: London to Paris")

    to_the_day_before = departs_at - timedelta(hours=23) - datetime.now(UTC)
    product.flask("clock", "advance", f"{int(to_the_day_before.total_seconds()) // 60}m")
    try:
        see_mail(page, email, "Tomorrow is the day: London to Paris")
    finally:
        product.flask("clock", "reset")


def test_a_guest_books_and_finds_the_trip_again_by_reference_and_name(
    page: Page, product: Product
) -> None:
    email = f"guest-{secrets.token_hex(4)}@example.com"
    search(page, "Delhi", "Mumbai", days_ahead=12)
    page.get_by_role("button", name="Select").first.click()
    name_party(page, [("Bob", "Nguyễn", 40)])
    page.get_by_label("E-mail for your trip").fill(email)
    page.get_by_role("button", name="Review the booking").click()
    page.get_by_role("button", name="Confirm for").click()
    reference = page.locator(".reference").inner_text()

    page.context.clear_cookies()
    page.goto(f"/bookings/{reference}")
    expect(page.get_by_role("heading", name="This trip is not open here")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Find my trip").click()
    expect(page.get_by_label("Booking reference")).to_have_value(reference)
    page.get_by_label("Booking reference").fill(reference.lower())
    page.get_by_label("Family name of a passenger").fill("nguyen")
    page.get_by_role("button", name="Find it").click()
    expect(page.locator(".reference")).to_have_text(reference)
    expect(page.get_by_role("rowheader", name="Bob Nguyễn").first).to_be_visible()


def test_a_seat_that_is_marked_is_kept_on_the_way_to_anothers(page: Page) -> None:
    search(page, "Delhi", "Mumbai", days_ahead=12, adults=2)
    page.get_by_role("button", name="Select").first.click()
    name_party(page, [("Alice", "Meier", 35), ("Bob", "Meier", 38)])
    page.get_by_label("E-mail for your trip").fill("alice@example.com")
    page.get_by_role("button", name="Review the booking").click()
    page.goto(page.url.replace("review", "seats"))
    page.locator("#seat-map label.seat:not(.is-taken)").first.click()
    marked = page.locator("#seat-map :checked").get_attribute("value") or ""
    seats = page.get_by_role("table", name="Seats by passenger")
    seats.get_by_role("button", name="Bob Meier").click()
    expect(page.get_by_role("heading", name="Where will Bob Meier sit?")).to_be_visible()
    expect(seats.get_by_role("button", name="Alice Meier")).to_contain_text(marked)
    page.go_back()
    expect(seats.get_by_role("button", name="Bob Meier")).to_be_enabled()


def test_a_mistyped_name_is_put_right_and_finds_the_trip(page: Page) -> None:
    email = f"marie-{secrets.token_hex(4)}@example.com"
    search(page, "LON", "PAR", days_ahead=9)
    page.get_by_role("button", name="Select").first.click()
    name_party(page, [("Marei", "Curei", 33)])
    page.get_by_label("E-mail for your trip").fill(email)
    page.get_by_role("button", name="Review the booking").click()
    page.get_by_role("button", name="Confirm for").click()
    reference = page.locator(".reference").inner_text()

    page.get_by_role("link", name="Correct names").click()
    page.get_by_label("Family name").fill("Pasteur")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("family name")
    expect(page.get_by_label("Family name")).to_have_value("Pasteur")
    expect(page.get_by_role("link", name="cancel this booking")).to_be_visible()
    expect_nothing_in_the_way(page)
    page.get_by_label("Given names").fill("Marie")
    page.get_by_label("Family name").fill("Curie")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The names are corrected")).to_be_visible()
    see_mail(page, email, "Names corrected")

    page.context.clear_cookies()
    page.goto(f"/trip?reference={reference}")
    page.get_by_label("Family name of a passenger").fill("curie")
    page.get_by_role("button", name="Find it").click()
    expect(page.get_by_role("rowheader", name="Marie Curie").first).to_be_visible()


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(page: Page) -> None:
    page.goto("/flights?origin=Dehli&destination=BOM&depart=2020-01-01")
    expect(page.get_by_label("From", exact=True)).to_have_value("Dehli")
    for words in ("Did you mean Delhi (DEL)?", "That day is over."):
        expect(page.get_by_role("alert").get_by_text(words)).to_be_visible()
        expect(page.get_by_text(words).last).to_be_visible()
    page.get_by_role("link", name="Search from Delhi").click()
    expect(page.get_by_label("From", exact=True)).to_have_value("DEL")


def test_suggestions_are_chosen_with_the_keyboard(page: Page) -> None:
    page.goto("/")
    if not page.evaluate("() => typeof htmx !== 'undefined'"):
        return
    page.get_by_label("From", exact=True).press_sequentially("new y", delay=30)
    expect(page.get_by_role("option", name="New York all airports")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_label("From", exact=True)).to_have_value("New York (NYC)")


def type_place(page: Page, typed: str, option: str) -> None:
    place = page.get_by_label("From", exact=True)
    place.fill("")
    place.press_sequentially(typed, delay=30)
    expect(page.get_by_role("option", name=option)).to_be_visible()


def test_a_place_that_was_not_surely_meant_is_taken_by_nobody_but_who_chooses_it(
    page: Page,
) -> None:
    page.goto("/")
    if not page.evaluate("() => typeof htmx !== 'undefined'"):
        return
    place = page.get_by_label("From", exact=True)
    type_place(page, "Bern", "We do not fly to Bern, Switzerland. Nearest: Zurich (ZRH), 100 km")
    expect(page.locator("#said")).to_contain_text("We do not fly to Bern, Switzerland.")
    page.keyboard.press("Tab")
    expect(place).to_have_value("Bern")
    type_place(page, "Bern", "We do not fly to Bern, Switzerland.")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(place).to_have_value("Zurich (ZRH)")
    type_place(page, "Dehli", "Delhi")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    expect(place).to_have_value("Delhi (DEL)")
    # What was found for Ber is no answer to Bern.
    type_place(page, "Ber", "Berlin")
    page.keyboard.type("n")
    page.keyboard.press("Tab")
    expect(place).to_have_value("Bern")


def test_from_and_to_are_swapped_where_they_were_typed(page: Page) -> None:
    page.goto("/")
    swap = page.get_by_role("button", name="Swap From and To")
    if not page.evaluate("() => typeof htmx !== 'undefined'"):
        expect(swap).to_be_hidden()
        return
    page.get_by_label("From", exact=True).fill("Delhi")
    page.get_by_label("To", exact=True).fill("Mumbai")
    swap.click()
    expect(page.get_by_label("From", exact=True)).to_have_value("Mumbai")
    expect(page.get_by_label("To", exact=True)).to_have_value("Delhi")
    page.get_by_role("button", name="Search flights").click()
    expect(page.get_by_role("heading", name="Mumbai", level=1)).to_be_visible()
    # The form that is fetched into the results has the button as well.
    page.get_by_role("link", name="Change search").click()
    expect(swap).to_be_visible()


def test_the_back_button_returns_to_the_results_as_they_were_sorted(page: Page) -> None:
    search(page, "LON", "PAR", days_ahead=9)
    page.get_by_role("link", name="Departure", exact=True).click()
    expect(page).to_have_url(re.compile("sort=departure"))
    page.get_by_role("button", name="Select").first.click()
    expect(page.get_by_role("heading", name="Who travels?")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("link", name="Departure", exact=True)).to_have_attribute(
        "aria-current", "true"
    )
    expect(page.get_by_role("button", name="Select").first).to_be_enabled()


def test_the_back_button_shows_a_form_that_was_refused_until_one_logs_out(page: Page) -> None:
    page.goto("/login")
    for password in ("not the password", "demo-password"):
        page.get_by_label("E-mail").fill("traveller@example.com")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="My trips")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("alert")).to_contain_text("No account has this address")
    page.go_forward()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("You are logged out")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def register(page: Page, email: str) -> None:
    page.goto("/register")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_text("Welcome aboard")).to_be_visible()


def search(
    page: Page, origin: str, destination: str, days_ahead: int, adults: int = 1, children: int = 0
) -> None:
    page.goto("/")
    page.get_by_label("From", exact=True).fill(origin)
    page.get_by_label("To", exact=True).fill(destination)
    day = datetime.now(UTC).date() + timedelta(days=days_ahead)
    page.get_by_label("Departure", exact=True).fill(day.isoformat())
    page.get_by_label("Adults").fill(str(adults))
    page.get_by_label("Children").fill(str(children))
    page.get_by_role("button", name="Search flights").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("→")


def offers(page: Page) -> list[Locator]:
    return page.locator("[data-offer]").all()


def name_party(page: Page, party: list[tuple[str, str, int]]) -> None:
    year = datetime.now(UTC).year
    for position, (given_name, family_name, age) in enumerate(party):
        page.get_by_label("Given names").nth(position).fill(given_name)
        page.get_by_label("Family name").nth(position).fill(family_name)
        page.get_by_label("Date of birth").nth(position).fill(f"{year - age}-01-31")


def see_mail(page: Page, email: str, subject: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        page.goto("/dev/mail/")
        mail = page.get_by_role("link", name=re.compile(f"{subject}.*{email}", re.DOTALL))
        if mail.count():
            mail.first.click()
            expect(page.get_by_role("heading", level=1)).to_contain_text(subject)
            return
        time.sleep(0.3)
    raise AssertionError(f"no mail “{subject}” for {email}")
