"""The e-ticket: a page that prints well, and a PDF with the same words."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations

import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.builders import cancel, log_in, make_booking, make_flight, make_hold, make_user
from tests.pages import page
from webapp.booking.models import Booking
from webapp.db import db, transaction
from webapp.flights.families import STANDARD
from webapp.flights.fares import Party
from webapp.spelling import plain


def text_of(pdf: bytes) -> str:
    """Return the words of a PDF, as another program reads them."""
    document = pypdfium2.PdfDocument(pdf)
    words = " ".join(each.get_textpage().get_text_bounded() for each in document)
    return " ".join(words.split())


def test_the_page_and_the_pdf_name_the_party_the_flights_and_the_conditions(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    log_in(client, alice)
    flight = make_flight(origin="DEL", destination="LHR")
    party = Party(adults=2, infants=1)
    booking = make_booking(flight, party, alice, family_name="Müller-Ångström", family=STANDARD)
    ticket = booking.passengers[0].ticket_number or ""
    address = f"/bookings/{booking.reference}/e-ticket"
    shown = page(client.get(address)).text
    file = client.get(f"{address}.pdf")
    assert file.content_type == "application/pdf"
    printed = text_of(file.data)
    for words in (
        booking.reference,
        flight.designator,
        "MUELLERAANGSTROEM/ALICE",
        "LHR",
        "1 cabin bag and 1 checked bag of 23 kg",
        "Refund less $90 for each passenger and journey, at most the fare",
        "Infant, on the lap of Alice",
        "Paid in total, in US dollars, taxes included",
        f"{ticket[:3]}-{ticket[3:]}",
        "$118.00",
    ):
        assert words in shown
        assert words in printed
    assert "Müller-Ångström" in shown


def test_the_pdf_is_the_same_each_time_while_nothing_changes(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    log_in(client, alice)
    booking = make_booking(make_flight(), user=alice)
    address = f"/bookings/{booking.reference}/e-ticket.pdf"
    assert client.get(address).data == client.get(address).data


@pytest.mark.parametrize("name", ["Meier", "Schöler-Brandtenberg von Hohenstein-Ulm", "W" * 60])
@pytest.mark.parametrize("party", [Party(1), Party(2, 1, 2), Party(7, 2)])
def test_nothing_is_printed_over_anything_else(
    app: Flask, client: FlaskClient, name: str, party: Party
) -> None:
    log_in(client, alice := make_user())
    first = make_flight()
    onward = first.arrives_at + timedelta(hours=3)
    second = make_flight(origin="BOM", destination="LHR", departs_at=onward)
    booking = make_booking(first, party, alice, name, onward=second)
    file = client.get(f"/bookings/{booking.reference}/e-ticket.pdf").data
    for sheet in pypdfium2.PdfDocument(file):
        words = sheet.get_textpage()
        places = [words.get_rect(number) for number in range(words.count_rects())]
        assert places
        assert not [pair for pair in combinations(places, 2) if overlap(*pair)]
        margin = 2 / 2.54 * 72
        assert max(right for _, _, right, _ in places) <= sheet.get_width() - margin + 1
        rules = [
            each.get_bounds()
            for each in sheet.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_PATH])
        ]
        widths = {round(right - left) for left, _, right, _ in rules}
        assert min(widths) >= sheet.get_width() - 2 * margin - 1, "a rule is broken"


Place = tuple[float, float, float, float]


def overlap(one: Place, other: Place) -> bool:
    """Tell whether two places on a sheet, from left and bottom to right and top, share more than
    the room in which a line's letters reach into the next."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width > 1 and height > 3


def test_a_cancelled_booking_says_that_its_ticket_is_not_valid(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    log_in(client, alice)
    booking = make_booking(make_flight(), user=alice)
    cancel(booking)
    address = f"/bookings/{booking.reference}/e-ticket"
    for text in (client.get(address).text, text_of(client.get(f"{address}.pdf").data)):
        assert "not valid for travel" in text
        for advice in ("Bring the passport", "Refund in full", "seats are given"):
            assert advice.lower() not in text.lower()


@pytest.mark.parametrize("suffix", ["", ".pdf"])
def test_a_hold_has_no_e_ticket_yet(app: Flask, client: FlaskClient, suffix: str) -> None:
    alice = make_user()
    log_in(client, alice)
    held = make_hold(make_flight(), user=alice)
    answer = client.get(f"/bookings/{held.reference}/e-ticket{suffix}")
    assert (answer.status_code, answer.location) == (303, f"/bookings/{held.reference}")


@pytest.mark.parametrize(
    "name", ["#set page(width: 1cm)", '"); #panic("x")', "王小明", "Ὀδυσσεύς", "a" * 60, "<b>Bob"]
)
def test_no_name_can_break_a_document(app: Flask, client: FlaskClient, name: str) -> None:
    alice = make_user()
    log_in(client, alice)
    booking = make_booking(make_flight(), user=alice)
    with transaction():
        db.session.get_one(Booking, booking.id).passengers[0].family_name = name
    assert client.get(f"/bookings/{booking.reference}/e-ticket").status_code == 200
    file = client.get(f"/bookings/{booking.reference}/e-ticket.pdf")
    assert file.status_code == 200
    assert plain(name) in text_of(file.data).replace(" ", "")


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("O’Brien", "OBRIEN"),
        ("Nguyễn", "NGUYEN"),
        ("Straßer", "STRASSER"),
        ("Þórsdóttir", "THORSDOTTIR"),
        ("Łukasiewicz", "LUKASIEWICZ"),
        ("Ågård", "AAGAARD"),
        ("Щукина", "SHCHUKINA"),
        ("Παπαδόπουλος", "PAPADOPOULOS"),
        ("van der Berg-Ito", "VANDERBERGITO"),
        ("Kılıç", "KILIC"),
        ("Солов\u02bcяненко", "SOLOVIANENKO"),
        ("Ka\u02bbahumanu", "KAAHUMANU"),
        ("\uff34\uff21\uff32\uff2f", "TARO"),
        ("Нұрсұлтан", "NURSULTAN"),
        ("Мөнх", "MONKH"),
        ("Ѕвездан", "DZVEZDAN"),
        ("Ɓala", "BALA"),
        ("王", "X"),
    ],
)
def test_tickets_print_names_in_plain_capitals(name: str, printed: str) -> None:
    assert plain(name) == printed
