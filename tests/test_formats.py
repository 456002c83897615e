"""How times, days, durations and counts are written."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp import formats


@pytest.mark.parametrize(
    ("minutes", "written"),
    [
        (0, "0 min"),
        (45, "45 min"),
        (60, "1 h"),
        (61, "1 h 1 min"),
        (190, "3 h 10 min"),
        (1440, "24 h"),
    ],
)
def test_a_duration_has_hours_and_minutes_where_it_has_any(minutes: int, written: str) -> None:
    assert formats.duration(minutes) == written


@pytest.mark.parametrize(
    ("count", "noun", "many", "written"),
    [
        (0, "seat", None, "0 seats"),
        (1, "seat", None, "1 seat"),
        (2, "seat", None, "2 seats"),
        (1, "child", "children", "1 child"),
        (3, "child", "children", "3 children"),
        (1_200, "seat", None, "1,200 seats"),
    ],
)
def test_a_count_has_its_noun(count: int, noun: str, many: str | None, written: str) -> None:
    assert formats.plural(count, noun, many) == written


def test_days_are_written_in_full_and_in_short() -> None:
    assert formats.long_day(date(2026, 12, 1)) == "Tuesday, 1 December 2026"
    assert formats.short_day(date(2026, 12, 1)) == "Tue 1 Dec"


def test_the_time_of_day_is_the_places_own() -> None:
    instant = datetime(2026, 12, 1, 2, 35, tzinfo=ZoneInfo("UTC"))
    assert formats.clock_time(instant) == "02:35"
    assert formats.clock_time(instant.astimezone(ZoneInfo("Asia/Kolkata"))) == "08:05"


def test_each_form_has_a_key_of_its_own() -> None:
    keys = {formats.form_key() for _ in range(100)}
    assert len(keys) == 100
    assert all(16 <= len(key) <= 64 for key in keys)


@pytest.mark.databases("sqlite")
def test_a_static_file_may_be_kept_for_good_since_its_address_follows_its_content(
    app: Flask, client: FlaskClient
) -> None:
    with app.test_request_context():
        address = formats.static("css/fairwind.css")
    assert "?v=" in address
    answer = client.get(address)
    assert answer.status_code == 200
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    answer.close()
