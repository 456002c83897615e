"""Many parties, few seats: nobody sits on somebody's lap, whatever runs at once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from tests.booking.races import book, deadlocks
from tests.builders import make_aircraft, make_flight, make_offer
from webapp.booking.models import Coupon
from webapp.db import db
from webapp.staff.integrity import broken_promises

THREADS = 32
SEATS = 60


@pytest.mark.databases("mariadb")
def test_32_threads_confirming_at_once_fill_every_seat_with_one_passenger(app: Flask) -> None:
    aircraft = make_aircraft(seats=SEATS, letters="ABC DEF", exit_rows="102")
    offer = make_offer(make_flight(seats=SEATS, aircraft=aircraft))
    before = deadlocks()
    db.session.remove()

    with ThreadPoolExecutor(THREADS) as threads:
        outcomes = Counter(
            threads.map(lambda number: book(app, offer, f"seat-{number:016}"), range(SEATS + 20))
        )

    assert outcomes == {"booked": SEATS, "full": 20}
    seats = db.session.scalars(select(Coupon.seat).where(Coupon.status == "open")).all()
    assert None not in seats
    assert len(set(seats)) == SEATS
    assert deadlocks() == before
    assert broken_promises() == []
