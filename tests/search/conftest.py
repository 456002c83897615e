"""When and where the searches are that need no moment and no network of their own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from tests.builders import make_airport
from webapp import clock


@pytest.fixture
def a_morning_in_october(app: Flask) -> None:
    """Let it be the morning of the first of October."""
    clock.move_to(datetime(2026, 10, 1, 6, 0, tzinfo=UTC))


@pytest.fixture
def five_airports(app: Flask) -> None:
    """Let five airports in four cities be known, weeks before the flights that are searched."""
    clock.move_to(datetime(2026, 10, 20, tzinfo=UTC))
    for iata in ("DEL", "BOM", "LHR", "LGW", "ZRH"):
        make_airport(iata)
