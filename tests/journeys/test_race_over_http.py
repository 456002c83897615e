"""The race over HTTP: 32 clients, 400 tries, 100 seats, a web server of several processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.builders import birthday_of, make_flight
from tests.conftest import settings_for
from tests.journeys.production import Production, production
from tests.journeys.visitor import Visitor
from tests.services import MariaDB
from webapp import create_app
from webapp.booking.models import Booking
from webapp.db import db
from webapp.flights.models import FlightCabin
from webapp.staff.integrity import broken_promises

pytestmark = pytest.mark.slow

CLIENTS, TRIES, SEATS = 32, 400, 100


def test_400_tries_for_100_seats_over_http_book_exactly_100(
    mariadb: MariaDB, tmp_path: Path
) -> None:
    url = mariadb.create_database()
    search: list[str] = []

    def prepare(_shape: Production) -> None:
        with _application(url, tmp_path):
            flight = make_flight(seats=SEATS)
            search.append(f"/flights?origin=DEL&destination=BOM&depart={flight.departs_on}")

    # The web server needs neither the broker nor the mail server to sell.
    away = "amqp://127.0.0.1:1", "smtp://127.0.0.1:1"
    with production(url, *away, start=["web"], prepare=prepare, rate_limits="no") as shape:
        with ThreadPoolExecutor(CLIENTS) as clients:
            outcomes = Counter(clients.map(lambda _: book(shape, search[0]), range(TRIES)))
        assert outcomes == {"booked": SEATS, "full": TRIES - SEATS}

    with _application(url, tmp_path):
        cabin = db.session.query(FlightCabin).one()
        assert (cabin.sold, cabin.held, cabin.sellable) == (SEATS, 0, SEATS)
        assert db.session.query(Booking).filter_by(status="confirmed").count() == SEATS
        assert broken_promises() == []


def book(shape: Production, search: str) -> str:
    """Try to book as a guest does; return what became of it."""
    visitor = Visitor(shape.port)
    visitor.get(search)
    if 'action="/holds"' not in visitor.page:
        return "full"
    visitor.submit("/holds")
    if visitor.status == 409:
        return "full"
    assert visitor.address.endswith("/passengers"), (visitor.status, visitor.page)
    visitor.submit(
        visitor.address,
        **{
            "passengers-0-given_name": "Alice",
            "passengers-0-family_name": "Meier",
            "passengers-0-born_on": birthday_of("adult").isoformat(),
            "contact_email": "alice@example.com",
        },
    )
    visitor.submit(f"{urlsplit(visitor.address).path.removesuffix('/review')}/confirm")
    assert "You are booked" in visitor.page, (visitor.status, visitor.page)
    return "booked"


@contextmanager
def _application(url: str, folder: Path) -> Iterator[None]:
    app = create_app(settings_for(url, folder))
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()
