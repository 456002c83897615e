"""A mail as the bytes that travel, read back by a library that had no part in writing them."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp import clock
from webapp.notifications.mime import Attached, Message, mailbox_address, wire_bytes

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=300)
LINES = st.lists(WORDS, max_size=20).map("\n".join)


def message(**changes: object) -> Message:
    values: dict[str, object] = {
        "message_id": "<booking_confirmed.1@fairwind.example>",
        "sender": "Fairwind <no-reply@fairwind.example>",
        "recipient": "alice@example.com",
        "subject": "Booked: Zürich to Delhi",
        "body": "Hello\n",
        "html": "<p>Grüezi</p>\n",
        **changes,
    }
    return Message(**values)  # type: ignore[arg-type]


def read_back(written: Message) -> EmailMessage:
    parsed = email.message_from_bytes(wire_bytes(written), policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    assert not parsed.defects
    return parsed


def text_of(parsed: EmailMessage, kind: str) -> str:
    part = parsed.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_mail_is_dated_by_our_clock(tmp_path: Path) -> None:
    clock.configure(tmp_path / "clock")
    try:
        clock.move_to(datetime(2031, 2, 3, 4, 5, tzinfo=UTC))
        assert read_back(message())["Date"].startswith("Mon, 03 Feb 2031 04:05:")
    finally:
        clock.configure(None)


@given(body=LINES, html=LINES)
def test_whatever_a_mail_says_is_read_as_it_was_written(body: str, html: str) -> None:
    parsed = read_back(message(body=f"{body}\n", html=f"{html}\n"))
    assert text_of(parsed, "plain") == f"{body}\n"
    assert text_of(parsed, "html") == f"{html}\n"


@given(subject=st.text(st.characters(exclude_categories=["Cs", "C", "Z"]), max_size=200))
def test_a_subject_of_any_letters_is_read_as_it_was_written(subject: str) -> None:
    assert read_back(message(subject=subject))["Subject"] == subject


@given(break_=st.sampled_from("\r\n\0"), before=WORDS, after=WORDS)
def test_no_header_can_be_smuggled_in(break_: str, before: str, after: str) -> None:
    smuggled = f"{before}{break_}{after}"
    for changes in (
        {"subject": smuggled},
        {"recipient": f"a{break_}@example.com"},
        {"sender": f"{smuggled} <a@example.com>"},
        {"headers": {"References": smuggled}},
        {"attached": (Attached(smuggled, "text/plain", b""),)},
    ):
        with pytest.raises(ValueError, match="line break"):
            wire_bytes(message(**changes))


def test_no_line_is_longer_than_a_mail_server_takes() -> None:
    written = wire_bytes(message(body="x" * 5000, html="é" * 5000, subject="word " * 100))
    assert max(map(len, written.split(b"\r\n"))) <= 998
    assert b"\n" not in written.replace(b"\r\n", b"")


def test_files_stand_beside_the_text_with_their_names_and_types() -> None:
    calendar = Attached("Flüge.ics", "text/calendar; method=PUBLISH; charset=utf-8", b"BEGIN")
    ticket = Attached("e-ticket.pdf", "application/pdf", bytes(range(256)))
    parsed = read_back(message(attached=(calendar, ticket)))
    first, second = parsed.iter_attachments()
    assert (first.get_filename(), first.get_content_type()) == ("Flüge.ics", "text/calendar")
    assert first["Content-Type"].params["method"] == "PUBLISH"
    assert second.get_content() == bytes(range(256))
    assert text_of(parsed, "plain") == "Hello\n"


@pytest.mark.parametrize(
    ("mailbox", "address"),
    [
        ("Fairwind <trips@fairwind.example>", "trips@fairwind.example"),
        ("alice@example.com", "alice@example.com"),
        ("alice@zürich.example", "alice@xn--zrich-kva.example"),
        ("alice@straße.example", "alice@xn--strae-oqa.example"),
        ("zoë@example.com", "zoë@example.com"),
    ],
)
def test_a_mailbox_gives_the_address_that_servers_take(mailbox: str, address: str) -> None:
    assert mailbox_address(mailbox) == address
