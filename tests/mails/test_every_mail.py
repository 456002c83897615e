"""Every mail, from every state: its parts, links, data and files, read by independent programs."""

from __future__ import annotations

import email
import email.policy
import json
import re
from datetime import datetime, timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pypdfium2
import pytest
from flask import Flask, current_app
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from pyld import jsonld

from tests.airline import delay
from tests.mails.gallery import (
    FAMILY_NAME,
    STATES,
    book,
    mail_of,
    move_clock_to,
    one_way,
    written,
)
from webapp.booking.models import Booking, Segment
from webapp.db import db
from webapp.notifications.mime import Message, wire_bytes
from webapp.notifications.models import OPTIONAL, Kind, Notification
from webapp.notifications.reminders import LEADS
from webapp.notifications.rendering import render_mail
from webapp.notifications.service import message_id_of
from worker.mails import Mail, decide

# Gmail cuts a longer page off.
MOST_BYTES_OF_HTML = 100_000
WITH_CALENDAR = {
    Kind.BOOKING_CONFIRMED,
    Kind.BOOKING_CHANGED,
    Kind.BOOKING_PARTLY_CANCELLED,
    Kind.BOOKING_CANCELLED,
    Kind.NAMES_CORRECTED,
    Kind.BOOKING_DIVIDED,
    Kind.FLIGHT_DELAYED,
    Kind.FLIGHT_RETIMED,
    Kind.FLIGHT_CANCELLED,
}
WITH_E_TICKET = {
    Kind.BOOKING_CONFIRMED,
    Kind.BOOKING_CHANGED,
    Kind.BOOKING_PARTLY_CANCELLED,
    Kind.NAMES_CORRECTED,
    Kind.BOOKING_DIVIDED,
}

on_sqlite = pytest.mark.databases("sqlite")


class Page(HTMLParser):
    """What a mail's HTML shows and links to, and the data in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words, self.links, self.data = "", list[str](), list[Any]()
        self.tags = set[str]()
        self._open = list[str]()
        # What programs show beside the subject repeats the mail in fewer words.
        self.feed(re.sub(r'<div class="preview".*?</div>', "", html, flags=re.DOTALL))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in ("meta", "br", "img", "link"):
            self._open.append(tag)
        self.links += [value for name, value in attributes if name == "href" and value]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if "script" in self._open:
            self.data.append(json.loads(data))
        elif not {"style", "title"} & set(self._open):
            self.words += f" {data}"


def read(message: Message) -> EmailMessage:
    """Return a mail as a mail program gets it."""
    read = email.message_from_bytes(wire_bytes(message), policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    for part in read.walk():
        assert part.defects == []
    return read


def parts(mail: EmailMessage) -> tuple[str, Page]:
    """Return a mail's text and its HTML."""
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain
    assert html
    return plain.get_content(), Page(html.get_content())


def test_the_gallery_has_every_kind() -> None:
    shown = {kind for kind in Kind if any(name.startswith(kind.value) for name in STATES)}
    assert shown == set(Kind)


def text_and_html_say_the_same(notification: Notification, mail: EmailMessage) -> None:
    text, page = parts(mail)
    assert "<table" not in text
    assert "&amp;" not in text
    assert "&#" not in text
    # Whoever reads the one part knows every time, amount and name of the other.
    facts = re.compile(r"\d[\d:.,]*\d|\$\d+|[A-Z]{3,}|[A-Z][a-zé]{3,}")
    in_text, in_html = (
        {each.casefold() for each in facts.findall(words)}
        for words in (re.sub(r"https?://[^\s>]+", "", text), page.words)
    )
    words_alone = {"fairwind", "outbound", "return", "change", "gate", "terminal", "cancelled"}
    assert in_text <= in_html
    assert in_html - in_text <= words_alone


def every_link_leads_to_a_page_of_ours(notification: Notification, mail: EmailMessage) -> None:
    text, page = parts(mail)
    assert page.links
    map_of_addresses = current_app.url_map.bind("127.0.0.1")
    for link in [*page.links, *re.findall(r"https?://\S+", text)]:
        address = urlsplit(link)
        assert f"{address.scheme}://{address.netloc}" == "http://127.0.0.1:8000"
        map_of_addresses.match(address.path, method="GET")
    assert set(page.links) == set(re.findall(r"https?://\S+", text))


def the_page_is_one_that_mail_programs_show(notification: Notification, mail: EmailMessage) -> None:
    html = mail.get_body(("html",))
    assert html
    content = html.get_content()
    page = Page(content)
    assert len(content.encode()) < MOST_BYTES_OF_HTML
    # Names are text, never markup, and nothing is loaded.
    assert not page.tags & {"b", "img", "link", "form", "iframe"}
    assert "prefers-color-scheme: dark" in content
    if FAMILY_NAME in page.words:
        assert "<b>Søn" not in content


def the_headers_are_those_of_a_machine_and_of_one_thread(
    notification: Notification, mail: EmailMessage
) -> None:
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["To"] == notification.recipient
    assert mail["Message-ID"] == notification.message_id
    assert mail["Subject"].strip()
    assert "\n" not in mail["Subject"]
    # What may be switched off carries how, for one click in the mail program (RFC 8058).
    one_click = "List-Unsubscribe=One-Click"
    is_optional = notification.kind in OPTIONAL
    if notification.about is None or is_optional:  # An alert says in its first mail how to end it.
        assert mail["List-Unsubscribe-Post"] == (one_click if is_optional else None)
        assert bool(mail["List-Unsubscribe"]) == is_optional
    if notification.booking_id is None:
        return
    root = message_id_of(Kind.BOOKING_CONFIRMED, notification.booking_id)
    is_root = notification.kind == Kind.BOOKING_CONFIRMED
    assert mail["In-Reply-To"] == (None if is_root else root)
    assert mail["References"] == (None if is_root else root)


def the_calendar_file_is_one_and_its_method_is_that_of_its_part(
    notification: Notification, mail: EmailMessage
) -> None:
    files = [part for part in mail.iter_attachments() if part.get_content_type() == "text/calendar"]
    assert len(files) == (notification.kind in WITH_CALENDAR or comes_here(notification))
    for file in files:
        calendar = Calendar.from_ical(file.get_payload(decode=True))
        is_off = notification.kind == Kind.BOOKING_CANCELLED
        assert file.get_param("method") == calendar["METHOD"] == ("CANCEL" if is_off else "PUBLISH")
        booking = db.session.get_one(Booking, notification.booking_id)
        assert file.get_filename() == f"trip-{booking.reference}.ics"
        # As many flights as there are, and those that were given up, as cancelled.
        running = [each for each in calendar.walk("VEVENT") if each["STATUS"] == "CONFIRMED"]
        flying = [each for each in booking.segments if each.flight.status != "cancelled"]
        assert len(running) == (0 if is_off else len(flying))


def the_e_ticket_is_a_pdf_of_this_trip(notification: Notification, mail: EmailMessage) -> None:
    files = [part for part in mail.iter_attachments() if part.get_content_subtype() == "pdf"]
    assert len(files) == (notification.kind in WITH_E_TICKET or comes_here(notification))
    for file in files:
        pages = pypdfium2.PdfDocument(file.get_payload(decode=True))
        booking = db.session.get_one(Booking, notification.booking_id)
        assert booking.reference in pages[0].get_textpage().get_text_range()


def comes_here(notification: Notification) -> bool:
    """Tell whether a mail says that from now on a trip's mails come to its address."""
    if notification.kind != Kind.CONTACT_CHANGED:
        return False
    booking = db.session.get_one(Booking, notification.booking_id)
    return notification.recipient == booking.contact_email


def vocabulary(address: str, options: object) -> dict[str, Any]:
    """Return schema.org's context as far as names go, without asking the network."""
    assert address.rstrip("/") == "http://schema.org"
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": address,
        "document": {"@context": {"@vocab": "http://schema.org/"}},
    }


def the_trip_card_is_linked_data_about_each_traveller_and_flight(
    notification: Notification, mail: EmailMessage
) -> None:
    _, page = parts(mail)
    goes_elsewhere = notification.kind == Kind.CONTACT_CHANGED and not comes_here(notification)
    if notification.booking_id is None or notification.kind == Kind.HOLD_EXPIRING or goes_elsewhere:
        assert page.data == []
        return
    booking = db.session.get_one(Booking, notification.booking_id)
    segments = segments_told_of(notification, booking)
    expanded = jsonld.expand(page.data[0], {"documentLoader": vocabulary})
    assert len(expanded) == len(segments) * len(booking.passengers)
    for reservation in expanded:
        assert reservation["@type"] == ["http://schema.org/FlightReservation"]
        assert value(reservation, "reservationNumber") == booking.reference
        flight = reservation["http://schema.org/reservationFor"][0]
        is_off = booking.status == "cancelled" or notification.kind == Kind.FLIGHT_CANCELLED
        status = "ReservationCancelled" if is_off else "ReservationConfirmed"
        assert value(reservation, "reservationStatus") == f"http://schema.org/{status}"
        departs_at = datetime.fromisoformat(value(flight, "departureTime"))
        assert departs_at.utcoffset() is not None
        assert departs_at in [each.flight.expected_departs_at for each in segments]
        assert value(reservation["http://schema.org/underName"][0], "name").endswith(FAMILY_NAME)


def segments_told_of(notification: Notification, booking: Booking) -> list[Segment]:
    """Return the flights of a mail's own; one about a departure tells of its way from there on."""
    own = [each for each in booking.segments if notification.segment_id in (None, each.id)]
    if notification.kind not in LEADS:
        return own
    way = [each for each in booking.segments if each.journey == own[0].journey]
    return way[way.index(own[0]) :]


def value(node: Any, name: str) -> str:
    text = node[f"http://schema.org/{name}"][0]["@value"]
    assert isinstance(text, str)
    return text


@on_sqlite
@pytest.mark.parametrize("state", STATES)
def test_a_mail_is_right_in_all_its_parts(app: Flask, state: str) -> None:
    notification = STATES[state]()
    mail = read(written(notification))
    # One test, since to make the state takes longer than to hold everything against it.
    text_and_html_say_the_same(notification, mail)
    every_link_leads_to_a_page_of_ours(notification, mail)
    the_page_is_one_that_mail_programs_show(notification, mail)
    the_headers_are_those_of_a_machine_and_of_one_thread(notification, mail)
    the_calendar_file_is_one_and_its_method_is_that_of_its_part(notification, mail)
    the_e_ticket_is_a_pdf_of_this_trip(notification, mail)
    the_trip_card_is_linked_data_about_each_traveller_and_flight(notification, mail)


@on_sqlite
@pytest.mark.parametrize(
    ("state", "is_abroad"),
    [
        ("departure_reminder_a_day_before", False),
        ("departure_reminder_for_a_flight_abroad", True),
    ],
)
def test_a_reminder_names_the_seats_and_thinks_of_the_passport(
    app: Flask, state: str, is_abroad: bool
) -> None:
    text, _ = parts(read(written(STATES[state]())))
    assert "Seats" in text
    assert ("have your passport" in text) == is_abroad


@on_sqlite
def test_nobody_is_told_to_board_or_to_check_in_for_a_flight_out_of_reach(app: Flask) -> None:
    mail = written(STATES["day_of_travel_of_a_flight_that_leaves_without_the_party"]())
    text, _ = parts(read(mail))
    assert mail.subject.startswith("Connection lost: ")
    assert "You cannot reach" in text
    assert "See what you can do" in text
    assert "Your flight leaves" not in text
    assert not re.search(r"check.in", text, re.IGNORECASE)
    row = STATES["departure_reminder_whose_connection_is_lost"]()
    text, _ = parts(read(written(row)))
    first, onward, _ = [
        each.flight.designator for each in db.session.get_one(Booking, row.booking_id).segments
    ]
    assert "You cannot make your connection in London" in text
    assert f"Check-in is open for {first} until" in " ".join(text.split())
    assert text.count("14:00") == 1, "the flight is shown once"
    assert onward in text


@on_sqlite
def test_a_reminder_says_what_is_still_to_be_answered(app: Flask) -> None:
    flight = one_way()
    booking = book([flight])
    move_clock_to(flight, 5)
    delay(flight, timedelta(hours=4))
    text, _ = parts(read(written(mail_of(booking, Kind.DEPARTURE_REMINDER))))
    assert "you have not answered yet" in " ".join(text.split())


@on_sqlite
def test_a_seat_and_a_ticket_number_are_not_broken_over_lines(app: Flask) -> None:
    page = written(STATES["booking_confirmed_for_a_family_there_and_back"]()).html
    whole = re.findall(r'<span class="short" style="white-space: nowrap;?">([^<]+)</span>', page)
    assert any(re.fullmatch(r"seat \d+[A-Z] on X1 \d+", each) for each in whole), whole
    assert any(re.fullmatch(r"ticket \d{3}-\d{10}", each) for each in whole), whole


@on_sqlite
@pytest.mark.parametrize(
    "state", ["hold_expiring", "booking_confirmed", "booking_changed_for_more"]
)
def test_a_mail_about_money_names_the_currency(app: Flask, state: str) -> None:
    text, _ = parts(read(written(STATES[state]())))
    assert text.count("in US dollars") == 1


@on_sqlite
@pytest.mark.parametrize(
    ("state", "label"),
    [("booking_changed_for_more", "You paid"), ("booking_confirmed", "Total in US dollars")],
)
def test_a_receipt_has_what_it_comes_to_in_bold(app: Flask, state: str, label: str) -> None:
    page = written(STATES[state]()).html
    (row,) = re.findall(r'<tr class="total" style="font-weight: 700;?">.*?</tr>', page)
    assert label in row


@on_sqlite
def test_a_mail_about_a_return_names_the_day_of_the_way_back_and_whose_lap_is_an_infants(
    app: Flask,
) -> None:
    mail = written(STATES["booking_confirmed_for_a_family_there_and_back"]())
    days = r"Booked: Delhi to New York and back, \w+ \d+ \w+ – \w+ \d+ \w+ \(\w{6}\)"
    assert re.fullmatch(days, mail.subject)
    # The first infant sits with the first adult.
    assert f"{FAMILY_NAME}: Infant on the lap of Aoife {FAMILY_NAME}" in mail.body


@on_sqlite
@pytest.mark.parametrize(
    ("state", "right", "wrong"),
    [
        ("welcome", "Confirm nothing", "Choose your mails"),
        ("welcome_once_confirmed", "Choose your mails", "Confirm nothing"),
        ("seats_moved_for_who_is_checked_in_and_paid", "choosing comes back", "come back."),
        ("hold_expiring", "because of the seats that you hold", "your trip"),
        ("booking_confirmed", "because of your trip", "hold"),
    ],
)
def test_a_mail_says_what_is_true_of_its_reader(
    app: Flask, state: str, right: str, wrong: str
) -> None:
    body = written(STATES[state]()).body
    assert right in body
    assert wrong not in body


@on_sqlite
def test_no_word_in_a_subject_can_begin_a_header(app: Flask) -> None:
    notification = mail_of(book([one_way()]), Kind.BOOKING_CONFIRMED)
    decision = decide(notification)
    assert isinstance(decision, Mail)
    usual = set(read(render_mail(notification, decision.template, "en-GB", (), **decision.context)))
    origin = decision.context["trip"].legs[0].segment.flight.origin

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.text(max_size=40), st.sampled_from(["\r\n", "\n", "\r", "\x0b", "\u2028", "\0"]))
    def holds(text: str, line_break: str) -> None:
        with db.session.no_autoflush:
            origin.city = f"{text}{line_break}Bcc: eve@example.com{line_break}"
            mail = render_mail(notification, decision.template, "en-GB", (), **decision.context)
        found = read(mail)
        assert set(found) == usual
        assert found["To"] == notification.recipient

    holds()
    db.session.rollback()
