"""Claims on seats: a count moves only where its claim says what the caller takes it to say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.builders import make_flight
from tests.state import counts_of
from webapp import clock
from webapp.db import transaction
from webapp.flights import inventory
from webapp.flights.errors import ClaimLost
from webapp.flights.models import Flight
from webapp.network.models import Cabin


def claim_on(flight: Flight, seats: int) -> int:
    with transaction():
        until = clock.now() + timedelta(minutes=20)
        return inventory.hold_seats(flight.id, Cabin.ECONOMY, seats, until)


def sell(claim_id: int, flight: Flight, seats: int) -> None:
    with transaction():
        inventory.sell_claim(claim_id, flight.id, Cabin.ECONOMY, seats)


def test_a_claim_is_sold_once(app: Flask) -> None:
    flight = make_flight()
    claim_id = claim_on(flight, 2)
    sell(claim_id, flight, 2)
    with pytest.raises(ClaimLost):
        sell(claim_id, flight, 2)
    assert counts_of(flight.id) == (0, 2)


def test_a_claim_on_another_number_of_seats_is_not_sold(app: Flask) -> None:
    flight = make_flight()
    claim_id = claim_on(flight, 2)
    with pytest.raises(ClaimLost):
        sell(claim_id, flight, 3)
    assert counts_of(flight.id) == (2, 0)


def test_a_claim_past_its_time_is_not_sold(app: Flask) -> None:
    flight = make_flight()
    claim_id = claim_on(flight, 2)
    clock.advance(timedelta(minutes=20))
    with pytest.raises(ClaimLost):
        sell(claim_id, flight, 2)
    assert counts_of(flight.id) == (2, 0)


def test_a_claim_gives_its_seats_back_once(app: Flask) -> None:
    flight = make_flight()
    claim_id = claim_on(flight, 2)
    for was_there in (True, False):
        with transaction():
            assert inventory.release_claim(claim_id) is was_there
    assert counts_of(flight.id) == (0, 0)


def test_a_claim_is_divided_and_no_count_moves(app: Flask) -> None:
    flight = make_flight()
    claim_id = claim_on(flight, 3)
    sell(claim_id, flight, 3)
    with transaction():
        own_id = inventory.divide_claim(claim_id, 2)
    assert counts_of(flight.id) == (0, 3)
    with pytest.raises(ClaimLost), transaction():
        inventory.divide_claim(claim_id, 1)
    with transaction():
        assert inventory.release_claim(own_id)
    assert counts_of(flight.id) == (0, 1)
    with transaction():
        over_id = inventory.divide_claim(own_id, 1)
    with transaction():
        assert not inventory.release_claim(over_id)


def test_a_claim_that_is_held_is_not_divided(app: Flask) -> None:
    flight = make_flight()
    claim_id = claim_on(flight, 3)
    with pytest.raises(ClaimLost), transaction():
        inventory.divide_claim(claim_id, 1)
    assert counts_of(flight.id) == (3, 0)


def test_some_of_the_seats_of_a_claim_come_back_while_more_are_left(app: Flask) -> None:
    flight = make_flight()
    claim_id = claim_on(flight, 3)
    sell(claim_id, flight, 3)
    with transaction():
        inventory.return_seats(claim_id, 2)
    with pytest.raises(ClaimLost), transaction():
        inventory.return_seats(claim_id, 1)
    assert counts_of(flight.id) == (0, 1)
