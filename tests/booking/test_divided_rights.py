"""What a party may get back, and pay for, is the same before its booking is divided and after.

Whatever happened to the trip until then: the rules are asked of the whole party first, then of its
parts, and must come to the same lines.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, time, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, assume, example, given, settings
from hypothesis import strategies as st

from tests.airline import cancel_flight, delay, retime
from tests.builders import (
    INDIA,
    cancel,
    make_aircraft,
    make_airport,
    make_booking,
    make_flight,
    make_offer,
    today,
)
from tests.state import balance_of
from webapp import clock
from webapp.booking import disruptions
from webapp.booking.cancellation.errors import ChildLeftAlone, LapMissing
from webapp.booking.cancellation.rules import Part, refund_lines
from webapp.booking.changes import service as changes
from webapp.booking.changes.queries import change_quote, sellable_in_order
from webapp.booking.changes.rules import (
    changeable_journey,
    changeable_journeys,
    exchange,
    is_change_sold,
)
from webapp.booking.division.errors import NobodyStays, NotDivisible, PartyMoved
from webapp.booking.division.service import divide_booking
from webapp.booking.ledger import Line
from webapp.booking.queries import booking_by_id
from webapp.booking.schedule_changes import service as schedule_changes
from webapp.booking.schedule_changes.queries import open_changes_of
from webapp.booking.seats.queries import live_coupons
from webapp.booking.seats.service import choose_seat
from webapp.booking.trips import Trip, trip_of
from webapp.db import db, transaction
from webapp.errors import DomainError
from webapp.flights.families import FAMILIES
from webapp.flights.fares import Party
from webapp.flights.models import Flight
from webapp.network.queries import directory
from webapp.staff.integrity import broken_promises

HOUR = timedelta(hours=1)
PARTIES = (Party(2), Party(3), Party(2, 1), Party(2, 0, 2), Party(3, 1, 1))
WAYS = ("out", "out and back", "by way of Mumbai")
EVENTS = (
    "two days pass",
    "it is moved by an hour",
    "it is moved by four hours",
    "it is moved three days earlier",
    "it is late by four hours",
    "the last flight is cancelled",
    "the new times are taken",
    "the first way is changed",
    "a seat is bought",
    "somebody stays at home",
    "the first flight leaves",
)


class World:
    """A party's trip, and what may happen to it before it is divided."""

    def __init__(self, family: int, party: Party, way: str) -> None:
        seats = make_aircraft(seats=30, legroom_rows="101 102")
        first_at = datetime.combine(today() + timedelta(days=9), time(6), INDIA)
        self.out = make_flight(30, departs_at=first_at, aircraft=seats)
        later = timedelta(days=12) if way == "out and back" else 5 * HOUR
        onward = "DEL" if way == "out and back" else "LHR"
        after = {"origin": "BOM", "destination": onward, "departs_at": first_at + later}
        self.last = self.out if way == "out" else make_flight(30, **after)  # type: ignore[arg-type]
        self.other = make_flight(
            30,
            destination=self.last.destination_iata if way == WAYS[2] else "BOM",
            departs_at=first_at + 240 * HOUR,
            fare=133_00,
        )
        booking = make_booking(
            self.out,
            party,
            family=FAMILIES[family],
            back=self.last if way == "out and back" else None,
            onward=self.last if way == "by way of Mumbai" else None,
        )
        self.booking_id = booking.id
        with transaction():
            for passenger in self.trip().passengers:
                passenger.given_name = f"Alice {'ABCDEFGHI'[passenger.position]}"

    def trip(self) -> Trip:
        return trip_with(self.booking_id)

    def happen(self, event: str) -> None:
        """Let something happen, where it can at this moment."""
        db.session.expire_all()
        acts = {
            "two days pass": lambda: clock.advance(timedelta(days=2)),
            "it is moved by an hour": lambda: retime(self._flight(self.out), HOUR),
            "it is moved by four hours": lambda: retime(self._flight(self.out), 4 * HOUR),
            "it is moved three days earlier": self._bring_forward,
            "it is late by four hours": lambda: delay(self._flight(self.out), 4 * HOUR),
            "the last flight is cancelled": lambda: cancel_flight(self._flight(self.last)),
            "the new times are taken": self._accept,
            "the first way is changed": self._change,
            "a seat is bought": self._buy_seat,
            "somebody stays at home": self._leave_one_at_home,
            "the first flight leaves": lambda: clock.move_to(
                self._flight(self.out).departs_at + timedelta(minutes=1)
            ),
        }
        try:
            acts[event]()
        except DomainError:
            db.session.rollback()

    def _flight(self, flight: Flight) -> Flight:
        return db.session.get_one(Flight, flight.id)

    def _bring_forward(self) -> None:
        flight, by = self._flight(self.out), timedelta(days=3)
        if flight.departs_at - by < clock.now():
            return
        times = flight.departs_at - by, flight.arrives_at - by
        with transaction():
            disruptions.retime_flight(flight.id, *times, flight.departs_on - by, "sam")

    def _accept(self) -> None:
        for each in open_changes_of(self.booking_id):
            with transaction():
                schedule_changes.accept(each.id, "alice")

    def _change(self) -> None:
        trip = self.trip()
        journey = changeable_journey(trip, 0)
        offer = make_offer(self._flight(self.other))
        quote = change_quote(trip, journey, offer, directory())
        with transaction():
            changes.change(self.booking_id, quote.offered, "alice")

    def _buy_seat(self) -> None:
        trip = self.trip()
        segment, passenger = trip.booking.segments[0], trip.seated[-1]
        with transaction():
            choose_seat(trip.id, segment.id, passenger.id, "101A", 24_00, "alice")

    def _leave_one_at_home(self) -> None:
        trip = self.trip()
        if len(trip.passengers) > 1:
            cancel(trip.booking, Part(passengers=(trip.seated[-1].position,)))


def trip_with(booking_id: int) -> Trip:
    db.session.rollback()
    db.session.expire_all()
    booking = booking_by_id(booking_id)
    assert booking
    return trip_of(booking)


def refunds(trip: Trip, passengers: Iterable[int]) -> list[list[Line]]:
    """Return what passengers get back of all, of the way out and of the way back."""
    live = live_coupons(trip.booking)
    return [
        refund_lines(trip, Part(tuple(passengers), journey), live, trip.seen_at)
        for journey in (None, 0, 1)
    ]


def exchanges(trip: Trip, flight: Flight) -> dict[int, tuple[Counter[Line], dict[int, list[int]]]]:
    """Return what it costs to fly on another flight instead of each journey, and the new prices."""
    live = live_coupons(trip.booking)
    costs = {}
    for journey in changeable_journeys(trip):
        if is_change_sold(trip, journey):
            flights = sellable_in_order(trip.booking, journey, [flight.id])
            cost = exchange(trip, journey, live, flights)
            costs[journey.number] = Counter(cost.lines), cost.prices
    return costs


@pytest.mark.slow
@pytest.mark.databases("sqlite")
def test_either_part_gets_back_and_pays_what_it_would_have_undivided(app: Flask) -> None:
    for iata in ("DEL", "BOM", "LHR"):
        make_airport(iata)  # All of them before the directory of airports is read and kept.

    @settings(
        max_examples=60,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),
    )
    @given(
        st.integers(0, 2),
        st.sampled_from(PARTIES),
        st.sampled_from(WAYS),
        st.lists(st.sampled_from(EVENTS), max_size=4),
        st.sets(st.integers(0, 4), min_size=1, max_size=3),
    )
    # The way out is flown, and the way back is cancelled by the airline.
    @example(0, Party(2), WAYS[1], ["the first flight leaves", "the last flight is cancelled"], {1})
    # What was sold first counts for the cooling-off, also after a change.
    @example(2, Party(3), WAYS[0], ["the first way is changed"], {0})
    @example(1, Party(2), WAYS[0], ["it is moved by four hours", "the new times are taken"], {1})
    # What was sold a week ahead may be undone, also when it was agreed to leave earlier.
    @example(
        0, Party(2), WAYS[0], ["it is moved three days earlier", "the new times are taken"], {1}
    )
    # The connection is lost on the way.
    @example(0, Party(2), WAYS[2], ["it is late by four hours", "the first flight leaves"], {0})
    def holds(family: int, party: Party, way: str, events: list[str], leaving: set[int]) -> None:
        clock.reset()
        world = World(family, party, way)
        for event in events:
            world.happen(event)
        before = world.trip()
        staying = {each.position for each in before.passengers} - leaving
        back = refunds(before, leaving), refunds(before, staying)
        costs, paid = exchanges(before, world.other), balance_of(before.id)
        try:
            with transaction():
                part_id = divide_booking(before.id, leaving, secrets.token_hex(10), "alice").id
        except (ChildLeftAlone, LapMissing, NobodyStays, NotDivisible, PartyMoved):
            assume(False)
        rest, part = trip_with(before.id), trip_with(part_id)
        assert (refunds(part, ()), refunds(rest, ())) == back
        assert balance_of(rest.id) + balance_of(part.id) == paid
        parts = exchanges(part, world.other), exchanges(rest, world.other)
        assert parts[0].keys() == parts[1].keys() == costs.keys()
        for number, (lines, prices) in costs.items():
            assert parts[0][number][0] + parts[1][number][0] == lines
            assert parts[0][number][1] | parts[1][number][1] == prices
        assert broken_promises() == []

    holds()
    clock.reset()
