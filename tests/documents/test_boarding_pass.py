"""Boarding passes: the page, the PDF, and the bar code as an independent reader sees it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pypdfium2
import pytest
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import select, update

from tests.airline import delay
from tests.builders import log_in, make_airport, make_booking, make_flight, make_user
from tests.documents.test_e_ticket import text_of
from tests.pages import alerts, page
from webapp import clock
from webapp.booking import disruptions
from webapp.booking.checkin import service
from webapp.booking.checkin.service import TravelDocument
from webapp.booking.models import Booking, Coupon
from webapp.db import db, transaction
from webapp.documents.boarding.aztec import aztec_svg
from webapp.documents.boarding.bcbp import ON_A_LAP, Leg, bar_code_text
from webapp.flights.fares import Party
from webapp.flights.models import Flight
from webapp.formats import short_day
from webapp.network.models import Cabin
from webapp.spelling import plain

# Where each field stands (IATA Resolution 792): its name, its length, what it may hold.
FIELDS = [
    ("format", 1, r"M"),
    ("legs", 1, r"1"),
    ("name", 20, r"[A-Z]+/[A-Z]+ *"),
    ("e-ticket", 1, r"E"),
    ("reference", 7, r"[A-Z0-9]{6} "),
    ("from", 3, r"[A-Z]{3}"),
    ("to", 3, r"[A-Z]{3}"),
    ("carrier", 3, r"[A-Z0-9]{2} "),
    ("number", 5, r"\d{4} "),
    ("day", 3, r"\d{3}"),
    ("compartment", 1, r"[FJWY]"),
    ("seat", 4, r"\d{3}[A-Z]|INF |    "),
    ("sequence", 5, r"\d{4} "),
    ("status", 1, r"1"),
    ("more", 2, r"00"),
]


def fields_of(text: str) -> dict[str, str]:
    """Return the fields of a bar code; each must hold what the specification allows."""
    assert len(text) == 60
    found = {}
    for name, length, allowed in FIELDS:
        found[name], text = text[:length], text[length:]
        assert re.fullmatch(allowed, found[name]), f"{name}: {found[name]!r}"
    assert text == ""
    return found


def decoded(image: Image.Image) -> str:
    """Return the one bar code of an image, read by a decoder that is not ours."""
    (code,) = zxingcpp.read_barcodes(image)
    assert code.format == zxingcpp.BarcodeFormat.Aztec
    return code.text


def drawn(svg: str) -> Image.Image:
    """Return the picture of an SVG that is made of squares of one unit."""
    found = re.search(r'viewBox="0 0 (\d+) \1"', svg)
    assert found
    image = Image.new("L", (int(found[1]), int(found[1])), 255)
    for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", svg):
        image.putpixel((int(x), int(y)), 0)
    return image.resize((image.width * 5, image.height * 5), Image.Resampling.NEAREST)


def checked_in(
    client: FlaskClient,
    party: Party | None = None,
    family_name: str = "Müller",
    flight: Flight | None = None,
) -> Booking:
    """Return Alice's booking, checked in; her browser is logged in."""
    alice = make_user()
    flight = flight or make_flight(origin="DEL", destination="LHR", airline="X1", number=42)
    booking = make_booking(flight, party, alice, family_name)
    clock.move_to(flight.departs_at - timedelta(hours=20))
    log_in(client, alice)
    with transaction():
        everybody = {each.position: None for each in booking.passengers}
        service.check_in(booking.id, everybody, "test")
    return booking


def pass_of(client: FlaskClient, flight: Flight) -> str:
    """Return the words on Alice's boarding pass for a flight."""
    booking = checked_in(client, flight=flight)
    return page(client.get(f"/bookings/{booking.reference}/boarding-pass/1/1")).text


def test_the_bar_code_of_the_pdf_holds_every_field(app: Flask, client: FlaskClient) -> None:
    booking = checked_in(client, Party(adults=2, children=1, infants=1))
    flight = booking.segments[0].flight
    coupons = db.session.scalars(select(Coupon).order_by(Coupon.passenger_id)).all()
    for number, coupon in enumerate(coupons, start=1):
        file = client.get(f"/bookings/{booking.reference}/boarding-pass/{number}/1.pdf")
        assert file.content_type == "application/pdf"
        (sheet,) = pypdfium2.PdfDocument(file.data)
        fields = fields_of(decoded(sheet.render(scale=3).to_pil()))
        seat = f"{int(coupon.seat[:-1]):03}{coupon.seat[-1]}" if coupon.seat else "INF "
        assert fields == {
            "format": "M",
            "legs": "1",
            "name": "MUELLER/ALICE".ljust(20),
            "e-ticket": "E",
            "reference": f"{booking.reference} ",
            "from": "DEL",
            "to": "LHR",
            "carrier": "X1 ",
            "number": "0042 ",
            "day": f"{flight.departs_on.timetuple().tm_yday:03}",
            "compartment": "Y",
            "seat": seat,
            "sequence": f"{number:04} ",
            "status": "1",
            "more": "00",
        }


def test_the_page_shows_the_same_code_and_what_a_traveller_needs(
    app: Flask, client: FlaskClient
) -> None:
    booking = checked_in(client)
    address = f"/bookings/{booking.reference}/boarding-pass/1/1"
    answer = client.get(address)
    shown = page(answer)
    svg = re.search(r"<svg xmlns.*?</svg>", answer.text, re.DOTALL)
    assert svg
    fields_of(decoded(drawn(svg.group())))
    assert shown.one("h2").text == "Alice Müller"
    printed = text_of(client.get(f"{address}.pdf").data)
    for words in ("MUELLER/ALICE", "07:15", "07:40", "100A", "X1 42", "Boarding number"):
        assert words in shown.text
        assert words in printed


def test_the_times_stand_level_right_below_the_codes(app: Flask, client: FlaskClient) -> None:
    words = pass_of(client, make_flight(origin="DEL", destination="LHR"))
    assert re.search(r"DEL 08:00 .+ LHR \d\d:\d\d", words)


def test_a_pass_leads_to_the_next_travellers(app: Flask, client: FlaskClient) -> None:
    booking = checked_in(client, Party(2, 0, 0))
    address = f"/bookings/{booking.reference}/boarding-pass"
    onward = page(client.get(f"{address}/1/1")).one("nav", aria_label="More boarding passes")
    (link,) = onward.all("a")
    assert link.text.startswith("Next traveller:")
    assert link.attributes["href"] == f"{address}/2/1"
    assert "Next traveller" not in client.get(f"{address}/2/1").text


def family_that_changes_planes(client: FlaskClient) -> Booking:
    """Return Alice's booking of two flights for three, everybody checked in for both."""
    alice = make_user()
    first = make_flight()
    onward = first.arrives_at + timedelta(hours=3)
    second = make_flight(origin="BOM", destination="LHR", departs_at=onward, minutes=560)
    booking = make_booking(first, Party(1, 1, 1), alice, "Müller", onward=second)
    clock.move_to(first.departs_at - timedelta(hours=20))
    log_in(client, alice)
    document = TravelDocument("IN", "Z1234567", "IN", date(2040, 1, 1))
    with transaction():
        everybody = {each.position: document for each in booking.passengers}
        service.check_in(booking.id, everybody, "test")
    return booking


def test_all_passes_of_a_trip_are_on_one_page_and_in_one_file(
    app: Flask, client: FlaskClient
) -> None:
    booking = family_that_changes_planes(client)
    first, second = (each.flight for each in booking.segments)
    of_trip = f"/bookings/{booking.reference}"
    for place in (of_trip, f"{of_trip}/check-in"):
        ways = {each.attributes["href"] for each in page(client.get(place)).all("a")}
        assert {f"{of_trip}/boarding-passes", f"{of_trip}/boarding-passes.pdf"} <= ways
    shown = page(client.get(f"{of_trip}/boarding-passes")).all("article", class_="paper boarding")
    assert [each.one("p", class_="boarding-flight").one("strong").text for each in shown] == [
        *[first.designator] * 3,
        *[second.designator] * 3,
    ]
    file = client.get(f"{of_trip}/boarding-passes.pdf")
    assert file.content_type == "application/pdf"
    codes = [
        fields_of(decoded(sheet.render(scale=3).to_pil()))
        for sheet in pypdfium2.PdfDocument(file.data)
    ]
    assert [(each["from"], each["sequence"]) for each in codes] == [
        (origin, f"{number:04} ") for origin in ("DEL", "BOM") for number in (1, 2, 3)
    ]


def test_the_passes_of_a_flight_that_has_left_are_not_among_all(
    app: Flask, client: FlaskClient
) -> None:
    booking = family_that_changes_planes(client)
    first, second = (each.flight for each in booking.segments)
    clock.move_to(first.departs_at + timedelta(minutes=10))
    address = f"/bookings/{booking.reference}/boarding-passes"
    shown = page(client.get(address))
    assert second.designator in shown.text
    assert first.designator not in shown.text
    clock.move_to(second.departs_at + timedelta(minutes=10))
    for form in ("", ".pdf"):
        assert "Nobody is checked in for a flight to come" in alerts(client.get(address + form))


def test_all_passes_are_shown_to_nobody_else(app: Flask, client: FlaskClient) -> None:
    booking = family_that_changes_planes(client)
    for form in ("", ".pdf"):
        address = f"/bookings/{booking.reference}/boarding-passes{form}"
        assert app.test_client().get(address).status_code == 404


def test_the_pass_of_a_delayed_flight_says_when_it_is_expected(
    app: Flask, client: FlaskClient
) -> None:
    booking = checked_in(client)
    flight, later = booking.segments[0].flight, timedelta(hours=17)
    delay(flight, later)
    address = f"/bookings/{booking.reference}/boarding-pass/1/1"
    day = short_day(flight.departs_on + timedelta(days=1))
    words = f"Expected to leave at 01:00 on {day} and to arrive at"
    assert words in page(client.get(address)).text
    assert words in " ".join(text_of(client.get(f"{address}.pdf").data).split())


def test_the_pass_of_a_flight_that_is_out_of_reach_says_so(app: Flask, client: FlaskClient) -> None:
    booking = family_that_changes_planes(client)
    first, second = (each.flight for each in booking.segments)
    address = f"/bookings/{booking.reference}/boarding-pass/1"
    words = f"The connection to {second.designator} is lost: it leaves before you can be there."

    def say_so(place: str) -> list[bool]:
        shown = page(client.get(place)).text, text_of(client.get(f"{place}.pdf").data)
        return [words in each for each in shown]

    assert say_so(f"{address}/2") == [False, False]
    delay(first, second.departs_at - first.arrives_at)
    assert say_so(f"{address}/2") == [True, True]
    assert say_so(f"{address}/1") == [False, False]
    assert say_so(f"/bookings/{booking.reference}/boarding-passes") == [True, True]


def test_boarding_begins_at_a_time_that_there_is_when_clocks_are_put_forward(
    app: Flask, client: FlaskClient
) -> None:
    make_airport("ZRH")
    # 03:20 on the first minutes of summer time: three quarters of an hour earlier it is 01:35.
    departs_at = datetime(2027, 3, 28, 1, 20, tzinfo=UTC)
    clock.move_to(departs_at - timedelta(days=10))
    shown = pass_of(client, make_flight(origin="ZRH", destination="LHR", departs_at=departs_at))
    assert "03:20" in shown
    assert "01:35" in shown


def test_who_flies_after_midnight_is_told_the_day_to_be_at_the_gate(
    app: Flask, client: FlaskClient
) -> None:
    # Delhi's midnight between the 14th and the 15th.
    departs_at = datetime(2026, 12, 14, 18, 30, tzinfo=UTC)
    clock.move_to(departs_at - timedelta(days=10))
    shown = pass_of(client, make_flight(destination="LHR", departs_at=departs_at))
    assert "Tuesday, 15 December 2026" in shown
    assert "Boarding Mon 14 Dec, 23:15" in shown
    assert "Gate closes Mon 14 Dec, 23:40" in shown


def test_who_lost_a_seat_after_check_in_gets_one_at_the_gate(
    app: Flask, client: FlaskClient
) -> None:
    booking = checked_in(client)
    with transaction() as session:
        session.execute(update(Coupon).values(seat=None))
    address = f"/bookings/{booking.reference}/boarding-pass/1/1"
    assert "At the gate" in page(client.get(address)).text
    file = client.get(f"{address}.pdf").data
    assert "At the gate" in text_of(file)
    (sheet,) = pypdfium2.PdfDocument(file)
    assert fields_of(decoded(sheet.render(scale=3).to_pil()))["seat"] == "    "


def test_who_is_not_checked_in_has_no_pass_and_is_told_where_to_get_it(
    app: Flask, client: FlaskClient
) -> None:
    alice = make_user()
    log_in(client, alice)
    booking = make_booking(make_flight(), user=alice)
    for suffix in ("", ".pdf"):
        answer = client.get(f"/bookings/{booking.reference}/boarding-pass/1/1{suffix}")
        assert answer.status_code == 409
        assert "not checked in" in alerts(answer)


def test_a_flight_that_the_airline_cancels_takes_its_passes_along(
    app: Flask, client: FlaskClient
) -> None:
    booking = checked_in(client)
    with transaction():
        disruptions.cancel_flight(booking.segments[0].flight_id, "test")
    assert client.get(f"/bookings/{booking.reference}/boarding-pass/1/1").status_code == 409


@pytest.mark.parametrize(
    "where", ["2/1", "1/2", "0/1", "1/0", "-1/1", "x/1", "1/x", "²/1", "9999/1", "1/1.PDF"]
)
def test_nobody_else_and_no_other_flight_has_a_pass(
    app: Flask, client: FlaskClient, where: str
) -> None:
    booking = checked_in(client)
    assert client.get(f"/bookings/{booking.reference}/boarding-pass/{where}").status_code == 404


names = st.text(min_size=1, max_size=60).filter(lambda text: plain(text) != "")
seats = st.one_of(
    st.none(),
    st.just(ON_A_LAP),
    st.builds(
        lambda row, letter: f"{row}{letter}", st.integers(1, 99), st.sampled_from("ABCDEFGHJK")
    ),
)


@settings(max_examples=200, deadline=None)
@given(
    family_name=names,
    given_name=names,
    number=st.integers(1, 9999),
    day=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    cabin=st.sampled_from(list(Cabin)),
    seat=seats,
    sequence=st.integers(1, 9999),
)
def test_any_passenger_on_any_flight_fits_the_specification(
    family_name: str,
    given_name: str,
    number: int,
    day: date,
    cabin: Cabin,
    seat: str | None,
    sequence: int,
) -> None:
    family, given_part = plain(family_name), plain(given_name)
    leg = Leg(
        f"{family}/{given_part}", "K7QPZ2", "ZRH", "JFK", "X1", number, day, cabin, seat, sequence
    )
    text = bar_code_text(leg)
    assert decoded(drawn(aztec_svg(text))) == text
    fields = fields_of(text)
    assert fields["number"] == f"{number:04} "
    assert fields["day"] == f"{day.timetuple().tm_yday:03}"
    assert fields["sequence"] == f"{sequence:04} "
    written = {None: "    ", ON_A_LAP: "INF "}
    assert fields["seat"] == (written[seat] if seat in written else str(seat).rjust(4, "0"))
    written_family, _, written_given = fields["name"].rstrip().partition("/")
    assert family.startswith(written_family)
    assert given_part.startswith(written_given)
    assert len(written_family) == min(len(family), 18)


@pytest.mark.parametrize(
    "wrong", [{"number": 10_000}, {"sequence": 10_000}, {"name": "MÜLLER/A"}, {"seat": "100AB"}]
)
def test_what_does_not_fit_is_refused_rather_than_cut(wrong: dict[str, object]) -> None:
    right: dict[str, object] = {
        "name": "MEIER/ALICE",
        "reference": "K7QPZ2",
        "origin_iata": "ZRH",
        "destination_iata": "JFK",
        "airline_iata": "X1",
        "number": 42,
        "departs_on": date(2026, 12, 5),
        "cabin": Cabin.ECONOMY,
        "seat": "12A",
        "sequence": 1,
    }
    assert len(bar_code_text(Leg(**right))) == 60  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"invalid|fit"):
        bar_code_text(Leg(**(right | wrong)))  # type: ignore[arg-type]
