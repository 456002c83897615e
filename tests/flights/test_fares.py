"""Fares: by passenger, by party, by cabin and day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from webapp.flights.families import FAMILIES
from webapp.flights.fares import Party, distance_fare, fare_on, party_fare, passenger_fare
from webapp.network.models import Cabin

MONDAY = date(2027, 3, 1)


def test_a_child_pays_three_quarters_and_an_infant_a_tenth() -> None:
    assert passenger_fare(20_000, "adult") == 20_000
    assert passenger_fare(20_000, "child") == 15_000
    assert passenger_fare(20_000, "infant") == 2_000


@pytest.mark.parametrize(
    ("adult", "kind", "expected"),
    [
        (10_002, "child", 7_502),
        (10_001, "child", 7_501),
        (10_005, "infant", 1_001),
        (4, "infant", 0),
    ],
)
def test_half_a_minor_unit_is_rounded_up(adult: int, kind: str, expected: int) -> None:
    assert passenger_fare(adult, kind) == expected


def test_a_party_pays_the_sum_of_its_rounded_fares() -> None:
    party = Party(adults=2, children=2, infants=1)
    assert party_fare(10_002, party) == 2 * 10_002 + 2 * 7_502 + 1_000


def test_an_infant_takes_no_seat() -> None:
    party = Party(adults=2, children=1, infants=2)
    assert (party.seats, party.size) == (3, 5)


def test_an_unknown_kind_of_passenger_has_no_fare() -> None:
    with pytest.raises(KeyError):
        passenger_fare(10_000, "dog")


def test_the_same_flight_has_the_same_fare_for_ever() -> None:
    # The figure is written down: a fare that differed between processes would break offers.
    assert fare_on(20_000, Cabin.ECONOMY, MONDAY, 8, 101) == 22_800
    assert fare_on(20_000, "economy", MONDAY, 8, 101) == 22_800


def test_fares_rise_from_economy_to_first() -> None:
    for day in range(60):
        on = MONDAY + timedelta(days=day)
        fares = [fare_on(15_000, cabin, on, 12, 7) for cabin in reversed(Cabin)]
        assert fares == sorted(set(fares))


def test_every_fare_is_in_whole_units_and_above_nothing() -> None:
    for base in (1, 99, 4_999, 123_456):
        for day in range(400):
            fare = fare_on(base, "economy", MONDAY + timedelta(days=day), day % 24, day)
            assert fare > 0
            assert fare % 100 == 0


def test_friday_in_july_costs_more_than_tuesday_in_february() -> None:
    friday, tuesday = date(2027, 7, 16), date(2027, 2, 16)
    for number in range(1, 200):
        assert fare_on(30_000, "economy", friday, 9, number) > fare_on(
            30_000, "economy", tuesday, 9, number
        )


def test_the_small_hours_cost_less_than_the_evening_rush() -> None:
    for number in range(1, 200):
        assert fare_on(30_000, "economy", MONDAY, 3, number) < fare_on(
            30_000, "economy", MONDAY, 17, number
        )


def test_neighbouring_days_and_numbers_differ() -> None:
    by_day = {fare_on(40_000, "economy", MONDAY + timedelta(weeks=w), 9, 7) for w in range(4)}
    by_number = {fare_on(40_000, "economy", MONDAY, 9, number) for number in range(1, 9)}
    assert len(by_day) > 1
    assert len(by_number) > 3


def test_a_longer_way_costs_more_and_less_a_kilometre() -> None:
    near, far = distance_fare(500), distance_fare(5_000)
    assert near < far < 10 * near


@pytest.mark.parametrize(
    ("base", "light", "standard", "flex"),
    [(137_00, 137_00, 162_00, 195_00), (100_00, 100_00, 118_00, 142_00), (99, 99, 2_00, 2_00)],
)
def test_a_family_costs_a_round_price_over_the_base_fare(
    base: int, light: int, standard: int, flex: int
) -> None:
    assert [each.fare(base) for each in FAMILIES] == [light, standard, flex]
