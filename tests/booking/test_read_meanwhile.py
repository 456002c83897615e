"""Pages are read statement by statement, and somebody changes the trip between any two of them.

Under READ COMMITTED each statement sees the moment at which it is run, so a page may know of the
old flights from one and of the new ones from the next. Whatever it then shows, it is a page.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.booking.races import change_and_cancellation, confirm_quote
from tests.builders import log_in, make_flight, make_user
from tests.races import meanwhile
from tests.staff.addresses import address
from tests.statements import counted_selects
from webapp import clock
from webapp.accounts.models import Role
from webapp.booking.models import Booking
from webapp.db import db, transaction

pytestmark = pytest.mark.databases("mariadb")

ACTS = {"change": 0, "leave": 1}


def scene(act: str, user_id: int) -> tuple[str, str, Callable[[], object]]:
    """Return the addresses of a trip and of its flight, and what somebody does to that trip."""
    soon = clock.now() + timedelta(hours=20)
    old, new = (make_flight(departs_at=soon + timedelta(hours=each)) for each in (0, 2))
    command, booking_id, offered = change_and_cancellation(new, old)[ACTS[act]]
    with transaction() as session:
        booking = session.get_one(Booking, booking_id)
        booking.user_id = user_id
        trip, flight = f"/bookings/{booking.reference}", address(old)
    db.session.remove()
    return trip, flight, partial(confirm_quote, command, booking_id, offered)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    "page",
    [
        "trip",
        "trip/seats",
        "trip/check-in",
        "trip/cancel?part=passengers&passenger=1",
        "trip/change",
        "trip/names",
        "flight",
        "flight/passengers",
        "flight/cancel",
    ],
)
def test_a_page_is_a_page_whenever_the_trip_on_it_is_changed(
    app: Flask, client: FlaskClient, page: str, act: str
) -> None:
    alice = make_user()
    sam = make_user("sam@example.com", Role.AIRLINE_STAFF, "X1")
    user_id = alice.id
    log_in(client, sam if page.startswith("flight") else alice)
    trip, flight, _ = scene(act, user_id)
    there = page.replace("trip", trip).replace("flight", flight)
    client.get(there)  # What is read once for all pages is read now.
    with counted_selects() as asked:
        assert client.get(there).status_code == 200
    for nth in range(1, len(asked)):
        trip, flight, somebody_acts = scene(act, user_id)
        with meanwhile(app, somebody_acts, after="^SELECT", nth=nth):
            answer = client.get(page.replace("trip", trip).replace("flight", flight))
        assert answer.status_code < 500, asked[nth - 1]
