"""A map of 400 seats beside a page of fifty results, each written by the same process."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import count
from statistics import median

from flask_migrate import upgrade

from bench.ratios import heading, interleaved, line, ratios, verdict
from bench.shapes import Shapes
from tests.builders import INDIA, log_in, make_aircraft, make_flight, make_hold, make_user, today
from tests.conftest import settings_for
from tests.services import MariaDB
from tests.services.loopback import new_folder
from webapp import create_app
from webapp.search import answers

_ROUNDS, _IN_TURN = 15, 8
_SEATS, _RESULTS = 400, 50
_DAYS_AHEAD = 20


def run(_shapes: Shapes) -> bool:
    """Measure, print, and return whether the target is met."""
    with ExitStack() as stack:
        mariadb = stack.enter_context(MariaDB(on_disk=True))
        settings = settings_for(mariadb.create_database(), new_folder("seat-map", on_disk=True))
        app = create_app(settings)
        app.config.update(WTF_CSRF_ENABLED=False)
        stack.enter_context(app.app_context())
        upgrade()
        client, user = app.test_client(), make_user()
        log_in(client, user)
        aircraft = make_aircraft(seats=_SEATS, letters="ABC DEFG HJK")
        hold = make_hold(make_flight(aircraft=aircraft), user=user)
        day = today() + timedelta(days=_DAYS_AHEAD)
        for minute in range(_RESULTS):
            midnight = datetime.combine(day, datetime.min.time(), INDIA)
            make_flight(departs_at=midnight + timedelta(minutes=20 * minute))
        # A page of the site has fewer.
        stack.callback(setattr, answers, "RESULTS_A_PAGE", answers.RESULTS_A_PAGE)
        answers.RESULTS_A_PAGE = _RESULTS
        search, turns = f"/flights?origin=DEL&destination=BOM&depart={day}&turn=", count()

        def page_of(address: Callable[[], str], mark: str, many: int) -> Callable[[], float]:
            assert client.get(address()).text.count(mark) == many

            def milliseconds() -> float:
                taken = []
                for _ in range(_IN_TURN):
                    begun = time.perf_counter()
                    answer = client.get(address())
                    taken.append((time.perf_counter() - begun) * 1_000)
                    assert answer.status_code == 200
                return median(taken)

            return milliseconds

        # An address that nobody asked for before is no kept one.
        seats = f"/bookings/{hold.reference}/seats"
        figures = interleaved(
            _ROUNDS,
            {
                "results": page_of(lambda: f"{search}{next(turns)}", "data-offer ", _RESULTS),
                "seats": page_of(lambda: seats, 'name="seat" value="1', _SEATS),
            },
        )
    heading(f"A map of {_SEATS} seats beside {_RESULTS} results, {_ROUNDS} rounds")
    line(f"a page of {_RESULTS} results", figures["results"], "ms")
    line(f"a map of {_SEATS} seats", figures["seats"], "ms")
    times = ratios(figures["seats"], figures["results"])
    return verdict("the map, in pages of results", median(times), 3, "x")
