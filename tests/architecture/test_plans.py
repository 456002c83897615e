"""Every query of the busy pages and of the worker is served by an index, as MariaDB plans it.

The plans are read on tables that are large enough for a scan to be dear: small ones are scanned
rightly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import event, text, update
from sqlalchemy.engine import Connection

from bench.network import Network
from tests.builders import log_in, make_booking, make_user
from tests.conftest import Browser, settings_for
from tests.services import MariaDB
from webapp import clock, create_app
from webapp.accounts.models import Role, User
from webapp.alerts.queries import alerts_left_unconfirmed, alerts_to_check
from webapp.booking.models import Booking, Passenger
from webapp.booking.queries import confirmed_segments_of, holds_past_their_time, travellers_on
from webapp.db import Base, db, transaction
from webapp.flights.inventory import expire_claims_of
from webapp.flights.models import Flight
from webapp.notifications import outbox
from webapp.notifications.queries import dispatch_lag
from webapp.staff.time_promises import flights_off_their_times
from worker.forgetting import forget_portions

pytestmark = pytest.mark.mariadb

COPIES = 5_000
_DIGITS = f"({' UNION ALL '.join(f'SELECT {digit} AS d' for digit in range(10))})"
# A table of 1 to COPIES that MariaDB and MySQL know alike.
_NUMBERS = f"""(
    SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS seq
    FROM {_DIGITS} AS a, {_DIGITS} AS b, {_DIGITS} AS c, {_DIGITS} AS e
    HAVING seq <= {COPIES}
) AS numbers"""
# A scan of these is a scan of the business. The rest is small: airports, airlines, layouts.
BIG = {
    "flights",
    "flight_cabins",
    "seat_claims",
    "bookings",
    "segments",
    "passengers",
    "coupons",
    "ledger_entries",
    "booking_events",
    "notifications",
    "recent_searches",
    "users",
}
# What the copies of a row have of their own; all else is as in the row that is copied.
COPIED: dict[str, dict[str, str]] = {
    "users": {"email": "CONCAT('traveller', seq, '@example.com')"},
    "bookings": {
        "reference": "LPAD(HEX(seq), 6, '0')",
        "idempotency_key": "CONCAT('a-key-of-its-own-', seq)",
        "user_id": "seq + 1000",
        "status": "'confirmed'",
        "expires_at": "UTC_TIMESTAMP(6) - INTERVAL 1 DAY",
    },
    "seat_claims": {"flight_id": "seq"},
    "segments": {"booking_id": "seq + 1000", "claim_id": "seq + 1000", "flight_id": "seq"},
    "passengers": {
        "booking_id": "seq + 1000",
        "ticket_number": "NULL",
        "filed_name": "CONCAT('TRAVELLER', CHAR(65 + seq % 26), '/ANNA')",
    },
    "coupons": {
        "passenger_id": "seq + 1000",
        "segment_id": "seq + 1000",
        "flight_id": "seq",
        "seat": "NULL",
        "boarding_sequence": "NULL",
    },
    "ledger_entries": {"booking_id": "seq + 1000"},
    "booking_events": {"booking_id": "seq + 1000"},
    "notifications": {
        "key": "CONCAT('key ', seq)",
        "message_id": "CONCAT('id ', seq)",
        "recipient": "CONCAT('alice', seq, '@example.com')",
        "booking_id": "seq + 1000",
        "segment_id": "NULL",
        "user_id": "NULL",
        "state": "'sent'",
        "sent_at": "UTC_TIMESTAMP(6)",
    },
    "recent_searches": {"user_id": "seq + 1000"},
}


@dataclass
class House:
    """An application on large tables, with the accounts that look at them."""

    app: Flask
    network: Network
    alice: User
    ada: User
    sam: User
    booking: Booking


@pytest.fixture(scope="module")
def house(mariadb: MariaDB, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Return the application on a network of 50,000 flights and 5,000 bookings."""
    folder: Path = tmp_path_factory.mktemp("plans")
    app = create_app(settings_for(mariadb.create_database(), folder))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=True)
    app.test_client_class = Browser
    network = Network("plans", hubs=4, joined_to=1, often=1, every=20)
    with app.app_context():
        upgrade()
        network.load(db.engine)
        alice, ada = make_user(), make_user("ada@example.com", Role.ADMIN)
        sam = make_user("sam@example.com", Role.AIRLINE_STAFF, "X1")
        booking = make_booking(db.session.get_one(Flight, 1), user=alice)
        searcher = app.test_client()
        log_in(searcher, alice)
        assert searcher.get(network.searches(1)[0]).status_code == 200
        with transaction() as session:
            _copy_rows(session.connection())
        with db.engine.connect() as connection:
            connection.execute(text(f"ANALYZE TABLE {', '.join(sorted(BIG))}")).all()
        yield House(app, network, alice, ada, sam, booking)
        db.session.remove()
        db.engine.dispose()
    clock.configure(None)


@pytest.mark.parametrize(
    "more",
    [
        "&stops=0",
        "&stops=1",
        "",
        "&return={back}",
        "&stops=0&return={back}&sort=price&max_price=900&time_class=morning&airline=X1",
        "&group=price_class&page=1&max_duration=900",
        "&cabin=first",  # Nobody sells it: what there is instead is looked for.
        "&cabin=first&return={back}",
    ],
)
@pytest.mark.parametrize("places", ["hubs", "small airports", "cities"])
def test_a_search_is_served_by_indexes(house: House, places: str, more: str) -> None:
    near, far = house.network.searches(1)[0], house.network.searches_far(1)[0]
    address = {
        "hubs": near,
        "small airports": far,
        "cities": near.replace("ATL", "Atlanta").replace("AMS", "Amsterdam"),
    }[places]
    back = (clock.now() + timedelta(days=325)).date().isoformat()
    _hold(house, [address + more.format(back=back)])


@pytest.mark.parametrize(
    ("page", "back"),
    [
        ("calendar", ""),
        ("calendar", "&return={back}&nights=5"),
        ("grid", "&return={back}"),
        ("graph", ""),
        ("graph", "&return={back}&nights=5"),
    ],
)
def test_the_fares_of_other_days_are_served_by_indexes(house: House, page: str, back: str) -> None:
    day = (clock.now() + timedelta(days=40)).date()
    asked = back.format(back=(day + timedelta(days=5)).isoformat())
    for address in (house.network.searches(1)[0], house.network.searches_far(1)[0]):
        places = address.partition("?")[2].rpartition("&")[0]
        month = f"&month={day:%Y-%m}&depart={day.isoformat()}"
        _hold(house, [f"/fares/{page}?{places}{month}{asked}"])


def test_the_pages_of_a_traveller_are_served_by_indexes(house: House) -> None:
    trip = f"/bookings/{house.booking.reference}"
    _hold(
        house,
        [
            "/",
            "/airports?q=amst",
            "/bookings",
            trip,
            f"{trip}/cancel",
            f"{trip}/change",
            f"{trip}/seats",
            f"{trip}/check-in",
            f"{trip}/e-ticket",
            f"/trip?reference={house.booking.reference}&last_name=Meier",
            "/account",
        ],
        house.alice,
    )


def test_the_pages_of_the_staff_are_served_by_indexes(house: House) -> None:
    day = (clock.now() + timedelta(days=40)).date().isoformat()
    _hold(
        house,
        [
            "/staff/flights",
            f"/staff/flights?day_from={day}&day_to={day}&origin=ATL",
            f"/staff/delays?origin=ATL&day={day}&leaves_from=08:00&leaves_to=09:00&minutes=60",
            "/staff/mails?booking=alice@example.com",
            f"/staff/mails?booking={house.booking.reference}",
        ],
        house.ada,
    )


@pytest.mark.parametrize("who", ["ada", "sam"])
def test_the_bookings_of_the_staff_are_found_by_indexes(house: House, who: str) -> None:
    reference, ticket = house.booking.reference, house.booking.passengers[0].ticket_number
    asked = (reference, ticket, "alice@example.com", "Meier", "Alice+Meier", "Mei", "612345678")
    looks = [f"/staff/bookings?q={each}" for each in asked]
    _hold(house, [*looks, f"/staff/bookings/{reference}"], getattr(house, who))


def test_the_worker_finds_what_is_due_by_indexes(house: House) -> None:
    with house.app.app_context(), _recorded() as queries:
        outbox.is_anything_due()
        dispatch_lag()
        holds_past_their_time()
        alerts_to_check()
        alerts_left_unconfirmed()
        confirmed_segments_of(1)
        travellers_on(1)
        with transaction():
            outbox.claim_due(timedelta(seconds=60))
            expire_claims_of(1)
        db.session.remove()
    assert not _scans(house.app, queries)


def test_the_worker_finds_and_forgets_what_is_past_by_indexes(house: House) -> None:
    long_ago = clock.now() - timedelta(days=400)
    with house.app.app_context():
        with transaction() as session:
            ended = update(Booking).where(Booking.id.between(1_001, 1_900))
            session.execute(ended.values(status="expired", expires_at=long_ago))
            # Most were forgotten before, and most documents are new.
            session.execute(ended.where(Booking.id > 1_010).values(forgotten_at=long_ago))
            flown = update(Passenger).where(Passenger.id.between(2_001, 2_900))
            session.execute(flown.values(document_given_at=clock.now()))
            session.execute(flown.where(Passenger.id > 2_890).values(document_given_at=long_ago))
            cancelled = update(Booking).where(Booking.id.between(2_001, 2_900))
            session.execute(cancelled.values(status="cancelled", cancelled_at=long_ago))
        with _recorded() as queries:
            forget_portions()
        db.session.remove()
    changed = {statement.split("SET")[0] for statement, _ in queries if "SET" in statement}
    assert {table for table in BIG for each in changed if table in each} == {
        "bookings",
        "passengers",
        "booking_events",
    }
    assert any(statement.startswith("DELETE FROM notifications") for statement, _ in queries)
    assert not _scans(house.app, queries)
    # Another index would lead through all that were ever forgotten.
    assert "ix_bookings_forgotten" in {row["key"] for _, row in _plans(house.app, queries)}


def test_flights_are_held_against_local_time_by_indexes(house: House) -> None:
    with house.app.app_context(), _recorded() as queries:
        assert list(flights_off_their_times()) == []
        db.session.rollback()
    assert not _scans(house.app, queries)


def test_a_scan_would_be_found(house: House) -> None:
    with house.app.app_context(), _recorded() as queries:
        db.session.execute(text("SELECT COUNT(*) FROM flights WHERE gate = 'A1'"))
        db.session.execute(text("SELECT gate FROM flights ORDER BY arrives_at LIMIT 1"))
        db.session.remove()
    assert len(_scans(house.app, queries)) == 2


Query = tuple[str, Any]


def _hold(house: House, addresses: list[str], user: User | None = None) -> None:
    client = house.app.test_client()
    if user:
        log_in(client, user)
    with _recorded() as queries:
        for address in addresses:
            answer = client.get(address)
            assert answer.status_code in (200, 302, 303), f"{address}: {answer.status_code}"
    assert not _scans(house.app, queries)


@contextmanager
def _recorded() -> Iterator[list[Query]]:
    queries: list[Query] = []

    def record(
        _c: object, _cursor: object, statement: str, parameters: Any, *_rest: object
    ) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            queries.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", record)
    try:
        yield queries
    finally:
        event.remove(db.engine, "before_cursor_execute", record)
    assert queries


def _scans(app: Flask, queries: list[Query]) -> list[str]:
    """Return the plans of queries that read a big table without an index, or a whole index."""
    return [
        f"{row} in {statement}"
        for statement, row in _plans(app, queries)
        if row["type"] in ("ALL", "index") and _real_name(row["table"]) in BIG
    ]


def _plans(app: Flask, queries: list[Query]) -> list[tuple[str, dict[str, Any]]]:
    found = []
    with app.app_context(), db.engine.connect() as connection:
        for statement, parameters in queries:
            plan = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).mappings()
            found += [(statement, dict(row)) for row in plan]
    return found


def _real_name(alias: str | None) -> str:
    """Return the table that an alias of SQLAlchemy's (flights_1) stands for."""
    return re.sub(r"_\d+\Z", "", alias or "")


def _copy_rows(connection: Connection) -> None:
    connection.execute(text("SET foreign_key_checks = 0"))
    for name, own in COPIED.items():
        columns = [column.name for column in Base.metadata.tables[name].columns]
        values = {"id": "seq + 1000", **own}
        connection.execute(
            text(
                f"INSERT INTO {name} ({', '.join(f'`{column}`' for column in columns)})"
                f" SELECT {', '.join(values.get(column, f'`{column}`') for column in columns)}"
                f" FROM (SELECT * FROM {name} LIMIT 1) AS one, {_NUMBERS}"
            )
        )
    connection.execute(text("SET foreign_key_checks = 1"))
