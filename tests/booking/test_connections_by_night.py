"""Connections on the nights when the clocks change: what counts is the time that passes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from tests.builders import make_airport, make_flight
from webapp.booking.connections import broken_connections
from webapp.booking.legs import trip_leg
from webapp.booking.models import Segment


@pytest.mark.parametrize(
    ("arrives_at", "minutes", "is_broken"),
    [
        # 02:50 in summer time; 80 minutes later the clocks show 03:10, back in winter time.
        (datetime(2027, 10, 31, 0, 50, tzinfo=UTC), 80, False),
        # 01:50 in winter time; 30 minutes later the clocks show 03:20.
        (datetime(2027, 3, 28, 0, 50, tzinfo=UTC), 30, True),
    ],
)
def test_the_hour_that_a_night_adds_or_skips_makes_and_breaks_no_connection(
    app: Flask, arrives_at: datetime, minutes: int, is_broken: bool
) -> None:
    make_airport("ZRH")
    leaves_at = arrives_at + timedelta(minutes=minutes)
    flights = [
        make_flight(destination="ZRH", departs_at=arrives_at - timedelta(hours=8), minutes=480),
        make_flight(origin="ZRH", destination="LHR", departs_at=leaves_at, minutes=90),
    ]
    legs = [trip_leg(Segment(journey=0, flight=flight)) for flight in flights]
    assert bool(broken_connections(legs)) == is_broken
