"""The file of an account: whole, readable, and of nobody else."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Table

from tests.builders import log_in, make_booking, make_flight, make_user
from tests.pages import page
from tests.privacy.full_account import make_full_account
from tests.statements import counted_selects
from webapp.booking.models import BookingEvent
from webapp.db import Base, db, transaction
from webapp.documents.calendar.models import CalendarFeed
from webapp.flights.fares import Party
from webapp.privacy.account_file import account_file

# Where the rows of each table stand in the file.
IN_THE_FILE = {
    "users": "account",
    "email_changes": "email_changes",
    "mail_preferences": "mail_preferences",
    "calendar_feeds": "calendar_address",
    "saved_travellers": "saved_travellers",
    "recent_searches": "recent_searches",
    "price_alerts": "price_alerts",
    "bookings": "bookings",
    "segments": "bookings flights",
    "passengers": "bookings passengers",
    "coupons": "bookings passengers seats",
    "ledger_entries": "bookings charges_and_refunds",
    "booking_events": "bookings history",
    "schedule_changes": "bookings schedule_changes",
    "notifications": "mails",
}
NOT_IN_THE_FILE = {
    "quotes": "what was agreed to stands among the charges and refunds",
    "notification_events": "what was done to a mail by hand names people of the airline",
}
OWNERS = {"user_id": "users", "booking_id": "bookings", "notification_id": "notifications"}


def owners_of(table: Table) -> set[str]:
    """Return the tables whose rows the rows of a table belong to, by a key or by a name alone."""
    by_key = {key.column.table.name for key in table.foreign_keys}
    return by_key | {OWNERS[column.name] for column in table.columns if column.name in OWNERS}


def tables_about_a_user() -> set[str]:
    """Return the tables that have a user's id in them, or the id of what belongs to a user."""
    found = {"users"}
    while True:
        more = {each.name for each in Base.metadata.sorted_tables if owners_of(each) & found}
        if more <= found:
            return found
        found |= more


def file_of(client: FlaskClient) -> Any:
    answer = client.get("/account/data.json")
    assert answer.status_code == 200
    return json.loads(answer.text)


def values(found: Any, path: str) -> list[Any]:
    """Return what stands at the end of a path of keys, in every row on the way."""
    for key in path.split():
        rows = found if isinstance(found, list) else [found]
        found = [
            each
            for row in rows
            for each in (row[key] if isinstance(row[key], list) else [row[key]])
        ]
    return [each for each in found if each]


def test_every_table_with_a_users_id_is_in_the_file_or_left_out_for_a_reason(app: Flask) -> None:
    assert tables_about_a_user() == IN_THE_FILE.keys() | NOT_IN_THE_FILE.keys()
    written = file_of(make_full_account(app).client)
    assert {table for table, path in IN_THE_FILE.items() if not values(written, path)} == set()
    assert {path.split()[0] for path in IN_THE_FILE.values()} | {"written_at"} == written.keys()


def test_the_key_of_a_form_is_left_out(app: Flask) -> None:
    alice = make_full_account(app)
    key = "the-key-of-a-form"
    sent = {"contact_email": "new@example.com", "idempotency_key": key}
    address = f"/bookings/{alice.booked.reference}/contact"
    assert alice.client.post(address, data=sent).status_code == 303
    written = alice.client.get("/account/data.json").text
    assert "contact_changed" in written
    assert key not in written


def test_the_file_tells_what_is_kept(app: Flask) -> None:
    alice = make_full_account(app)
    written = file_of(alice.client)
    assert written["account"]["email"] == "alice@example.com"
    assert written["email_changes"][0]["before"] == "alice.old@example.com"
    assert written["mail_preferences"]["reminder_hours_before_departure"] == 12
    (traveller,) = written["saved_travellers"]
    assert (traveller["given_names"], traveller["born_on"]) == ("Alice", "1988-02-29")
    assert written["recent_searches"][0]["origin"] == "DEL"
    assert written["price_alerts"][0]["measured_from"] == {"minor": 100_00, "currency": "USD"}
    booked, cancelled, held = written["bookings"]
    assert booked["reference"] == alice.booked.reference
    assert [each["status"] for each in (booked, cancelled, held)] == [
        "confirmed",
        "cancelled",
        "held",
    ]
    first = booked["passengers"][0]
    assert (first["family_name"], first["document_number"]) == ("Meier", "ALICE123")
    assert first["ticket_number"].startswith("901")
    assert [each["seat"] for each in first["seats"]] == ["100A"]
    kinds = [each["kind"] for each in cancelled["charges_and_refunds"]]
    assert kinds[0] == "charge"
    assert "refund" in kinds
    assert booked["schedule_changes"][0]["answer"] == "open"
    assert "confirmed" in [each["what"] for each in booked["history"]]
    kinds = [each["kind"] for each in written["mails"]]
    assert {"booking_confirmed", "booking_cancelled", "email_changed", "flight_retimed"} <= {*kinds}
    assert {each["to"] for each in written["mails"]} == {
        "alice@example.com",
        "alice.old@example.com",
    }
    sold = [each for each in written["mails"] if each["kind"] == "booking_confirmed"]
    assert sold[0]["booking"] == alice.booked.reference
    assert sold[0]["about"] == "Confirmation"


def test_times_have_an_offset_and_flights_the_clocks_of_their_airports(app: Flask) -> None:
    written = file_of(make_full_account(app).client)
    moments = [
        (key, value)
        for row in rows_in(written)
        for key, value in row.items()
        if value and (key.endswith("_at") or key in ("at", "since"))
    ]
    assert len(moments) > 40
    for key, value in moments:
        assert datetime.fromisoformat(value).utcoffset() is not None, (key, value)
    flight = written["bookings"][1]["flights"][0]
    assert flight["departs_at"].endswith("T08:00:00+05:30")
    assert date.fromisoformat(written["saved_travellers"][0]["born_on"])


def rows_in(found: Any) -> list[dict[str, Any]]:
    """Return every object in a file."""
    if isinstance(found, list):
        return [row for each in found for row in rows_in(each)]
    if isinstance(found, dict):
        return [found, *(row for each in found.values() for row in rows_in(each))]
    return []


def test_nothing_of_a_stranger_gets_in(app: Flask) -> None:
    alice = make_full_account(app)
    charlie = make_full_account(app, "charlie", "Quux")
    for own, others in ((alice, ("charlie", "quux")), (charlie, ("alice.", "alice@", "meier"))):
        text = json.dumps(file_of(own.client)).lower()
        references = {each.booked.reference for each in (alice, charlie)} - {own.booked.reference}
        for word in (*others, *(each.lower() for each in references)):
            assert word not in text


def test_nothing_that_opens_the_account_gets_in(app: Flask) -> None:
    alice = make_full_account(app)
    text = json.dumps(file_of(alice.client))
    token = db.session.query(CalendarFeed).one().token
    for secret in (alice.user.password_hash, "argon2", token, alice.booked.idempotency_key):
        assert secret not in text


def test_who_else_acted_is_not_named(app: Flask) -> None:
    alice = make_full_account(app)
    actors = ("alice.old@example.com", "sam@airline.example", "bob@example.com", "system")
    with transaction() as session:
        for actor in actors:
            session.add(
                BookingEvent(
                    booking_id=alice.booked.id, at=alice.user.created_at, actor=actor, what="told"
                )
            )
    written = file_of(alice.client)
    told = [each["by"] for each in written["bookings"][0]["history"] if each["what"] == "told"]
    assert told == ["you", "somebody else", "somebody else", "system"]
    assert "sam@" not in json.dumps(written)


def test_the_file_is_saved_and_no_cache_keeps_it(app: Flask, client: FlaskClient) -> None:
    log_in(client, make_user())
    link = page(client.get("/account")).one("a", href="/account/data.json")
    assert link.text == "Download your data"
    answer = client.get("/account/data.json")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith(
        'attachment; filename="fairwind-account-'
    )
    assert answer.mimetype == "application/json"
    assert file_of(client)["bookings"] == []


def test_many_bookings_are_read_at_once(app: Flask) -> None:
    alice = make_user()
    make_booking(make_flight(), Party(2), alice)

    def asked() -> int:
        db.session.expire_all()
        with counted_selects() as seen:
            account_file(alice)
        return len(seen)

    once = asked()
    for _ in range(3):
        make_booking(make_flight(), Party(2), alice)
    assert asked() == once
