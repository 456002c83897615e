"""The life of bookings against a simple model: any order of what can be done to them.

The model knows who sits on which flight and what they have paid. It knows nothing of claims,
coupons, quotes or locks; after each step the database must agree with it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.builders import (
    birthday_of,
    make_flight,
    make_hold,
    make_offer,
    quote_cancellation,
)
from tests.state import balance_of
from webapp import clock
from webapp.booking import service
from webapp.booking.cancellation import service as cancellation
from webapp.booking.cancellation.errors import ChildLeftAlone, LapMissing
from webapp.booking.cancellation.rules import Part
from webapp.booking.changes import service as changes
from webapp.booking.changes.errors import FareNotChangeable, NotChangeable, SameFlights
from webapp.booking.changes.queries import change_quote
from webapp.booking.changes.rules import changeable_journey
from webapp.booking.division.errors import NobodyStays, NotDivisible, PartyMoved
from webapp.booking.division.service import divide_booking
from webapp.booking.errors import HoldExpired, NotCancellable
from webapp.booking.holds.service import extend_hold
from webapp.booking.models import HOLD_TIME, Booking
from webapp.booking.party import PassengerNames
from webapp.booking.queries import holds_past_their_time
from webapp.booking.trips import trip_of
from webapp.db import db, transaction
from webapp.flights.errors import NoSeatsLeft
from webapp.flights.families import FAMILIES, FareFamily
from webapp.flights.fares import Party, passenger_fare
from webapp.flights.models import FlightCabin
from webapp.flights.taxes import taxes_in
from webapp.network.queries import directory
from webapp.staff.integrity import broken_promises

SEATS = 6
FARES = (80_00, 100_00, 130_00)
PARTIES = (Party(1), Party(2), Party(1, 1), Party(2, 0, 1), Party(3))
Trip = tuple[int, int | None]
# The number of the flight out, and of the one back where there is one.
TRIPS = st.tuples(st.integers(0, 2), st.none() | st.integers(0, 2))
_SEATED = ("adult", "child")


@dataclass
class Model:
    """A booking as somebody would keep it on paper."""

    booking: Booking
    family: FareFamily
    journeys: dict[int, int]
    kinds: dict[int, str]
    expires_at: datetime
    is_extended: bool = False
    status: str = "held"
    fees: int = 0
    used: list[Any] = field(default_factory=list)

    @property
    def seats(self) -> int:
        return sum(kind in _SEATED for kind in self.kinds.values())

    def price(self, kind: str, fare: int) -> int:
        return passenger_fare(self.family.fare(fare), kind)

    def kept(self, kind: str, fare: int) -> int:
        """What the airline keeps of one passenger's price for one journey."""
        price = self.price(kind, fare)
        fare_part = price - taxes_in(price, kind)
        if not self.family.refund.is_allowed:
            return fare_part
        return min(self.family.refund.fee("USD").minor, fare_part)

    def change_fee(self, kind: str, fare: int) -> int:
        """What changing one passenger's journey costs: never more than was paid for it."""
        return min(self.family.change.fee("USD").minor, self.price(kind, fare))


class Life(RuleBasedStateMachine):
    """Everything that travellers, time and the worker do to a few flights."""

    held = Bundle("held")
    booked = Bundle("booked")

    def __init__(self) -> None:
        super().__init__()
        self.models: list[Model] = []
        self.fares: dict[int, int] = {}

    @initialize()
    def sell_flights(self) -> None:
        # Too near for a day in which everything comes back.
        first = clock.now() + timedelta(days=3)
        self.out = [make_flight(SEATS, fare=fare, departs_at=first) for fare in FARES]
        self.back = [
            make_flight(
                SEATS,
                origin="BOM",
                destination="DEL",
                fare=fare,
                departs_at=first + timedelta(days=2),
            )
            for fare in FARES
        ]
        self.flights = {flight.id: flight for flight in (*self.out, *self.back)}
        self.fares = {flight.id: flight.cabins[0].fare_minor for flight in self.flights.values()}

    @rule(target=held, trip=TRIPS, party=st.sampled_from(PARTIES), family=st.sampled_from(FAMILIES))
    def hold(self, trip: Trip, party: Party, family: FareFamily) -> Any:
        ways = [self.out[trip[0]], *([] if trip[1] is None else [self.back[trip[1]]])]
        fits = all(party.seats <= self.free(way.id) for way in ways)
        back = ways[1] if len(ways) > 1 else None
        try:
            held = make_hold(ways[0], party, family=family, back=back)
        except NoSeatsLeft:
            assert not fits, "there were seats"
            return multiple()
        assert fits, "there were no seats"
        kinds = ["adult"] * party.adults + ["child"] * party.children + ["infant"] * party.infants
        journeys = {number: way.id for number, way in enumerate(ways)}
        model = Model(held, family, journeys, dict(enumerate(kinds)), held.expires_at)
        self.models.append(model)
        return model

    @rule(target=booked, model=held)
    def confirm(self, model: Model) -> Any:
        names = [
            PassengerNames(f"Alice {'ABC'[position]}", "Meier", birthday_of(kind))
            for position, kind in model.kinds.items()
        ]
        try:
            if model.status == "held":
                within(service.name_passengers, model.booking.id, names, "a@example.com", "test")
            within(service.confirm_booking, model.booking.id, "test")
        except HoldExpired:
            assert self.status(model) in ("expired", "cancelled")
            return multiple()
        assert self.status(model) in ("held", "confirmed")
        model.status = "confirmed"
        return model

    @rule(
        target=booked, trip=TRIPS, party=st.sampled_from(PARTIES), family=st.sampled_from(FAMILIES)
    )
    def book(self, trip: Trip, party: Party, family: FareFamily) -> Any:
        """Hold and confirm in one go, for most that can be done is done to bookings."""
        model = self.hold(trip, party, family)
        return self.confirm(model) if isinstance(model, Model) else multiple()

    @rule(model=held)
    def extend(self, model: Model) -> None:
        """Ask for more time: twenty minutes more, once, while the hold runs."""
        try:
            within(extend_hold, model.booking.id, "test")
        except HoldExpired:
            assert self.status(model) != "held"
            return
        assert self.status(model) == "held"
        if not model.is_extended:
            model.is_extended = True
            model.expires_at += HOLD_TIME

    @rule(model=held)
    def release(self, model: Model) -> None:
        within(service.release_hold, model.booking.id, "test")
        if model.status == "held":
            model.status = "expired"

    @rule(minutes=st.integers(1, 12))
    def wait(self, minutes: int) -> None:
        clock.advance(timedelta(minutes=minutes))

    @rule()
    def tidy(self) -> None:
        for booking_id in holds_past_their_time():
            within(service.expire_hold, booking_id)

    @rule(model=booked)
    def cancel(self, model: Model) -> None:
        self.cancel_some(model, Part())

    @rule(model=booked, journey=st.integers(0, 1))
    def cancel_journey(self, model: Model, journey: int) -> None:
        self.cancel_some(model, Part(journey=journey))

    @rule(model=booked, positions=st.sets(st.integers(0, 2), min_size=1))
    def cancel_passengers(self, model: Model, positions: set[int]) -> None:
        self.cancel_some(model, Part(passengers=tuple(sorted(positions))))

    @rule(model=booked, journey=st.integers(0, 1), to=st.integers(0, 2))
    def change(self, model: Model, journey: int, to: int) -> None:
        db.session.rollback()
        db.session.expire_all()
        new = (self.back if journey else self.out)[to]
        trip = trip_of(db.session.get_one(Booking, model.booking.id))
        offer = make_offer(new, party=Party(model.booking.adults))
        is_open = self.status(model) == "confirmed" and journey in model.journeys
        try:
            quote = change_quote(trip, changeable_journey(trip, journey), offer, directory())
            within(changes.change, model.booking.id, quote.offered, "test")
        except NotChangeable:
            assert not is_open
        except FareNotChangeable:
            assert not model.family.change.is_allowed
        except SameFlights:
            assert model.journeys[journey] == new.id
        except NoSeatsLeft:
            assert model.seats > self.free(new.id)
        else:
            assert is_open
            fare = self.fares[model.journeys[journey]]
            model.fees += sum(model.change_fee(kind, fare) for kind in model.kinds.values())
            model.journeys[journey] = new.id
            model.used.append((changes.change, quote.offered))

    @rule(target=booked, model=booked, positions=st.sets(st.integers(0, 2), min_size=1))
    def divide(self, model: Model, positions: set[int]) -> Any:
        leaving = {each: kind for each, kind in model.kinds.items() if each in positions}
        staying = {each: kind for each, kind in model.kinds.items() if each not in positions}
        parts = [list(leaving.values()), list(staying.values())]
        try:
            with transaction():
                key = secrets.token_hex(10)
                part = divide_booking(model.booking.id, positions, key, "test")
        except NotDivisible:
            assert model.status != "confirmed"
        except PartyMoved:
            assert leaving.keys() != positions
        except NobodyStays:
            assert not staying
        except ChildLeftAlone:
            assert not all("adult" in kinds for kinds in parts)
        except LapMissing:
            assert any(kinds.count("infant") > kinds.count("adult") for kinds in parts)
        else:
            assert model.status == "confirmed"
            model.kinds = staying
            own = Model(part, model.family, dict(model.journeys), leaving, model.expires_at)
            own.status = "confirmed"
            self.models.append(own)
            return own
        return multiple()

    @rule(target=booked, trip=TRIPS, family=st.sampled_from(FAMILIES), position=st.integers(0, 2))
    def book_and_divide(self, trip: Trip, family: FareFamily, position: int) -> Any:
        """Book for three and divide in one go, for few bookings of several stay as they are."""
        model = self.book(trip, Party(3), family)
        if not isinstance(model, Model):
            return multiple()
        return multiple(model, self.divide(model, {position}))

    @rule(model=booked)
    def confirm_an_old_quote_again(self, model: Model) -> None:
        for command, offered in model.used:
            within(command, model.booking.id, offered, "test")

    @invariant()
    def the_flights_carry_whom_the_model_says(self) -> None:
        db.session.rollback()
        db.session.expire_all()
        for flight_id in self.fares:
            cabin = db.session.get_one(FlightCabin, (flight_id, "economy"))
            assert cabin.sold == self.taken(flight_id, "confirmed")
            assert cabin.held >= self.taken(flight_id, "held"), "lapsed holds may be untidied"
            assert cabin.sold + cabin.held <= SEATS

    @invariant()
    def the_bookings_are_what_the_model_says(self) -> None:
        for model in self.models:
            booking = db.session.get_one(Booking, model.booking.id)
            assert booking.status_at(clock.now()) == self.status(model)
            if self.status(model) != "confirmed":
                continue
            segments = {each.journey: each.flight_id for each in booking.segments}
            assert segments == model.journeys
            assert {each.position: each.kind for each in booking.passengers} == model.kinds
            assert booking.total_minor == self.worth(model)

    @invariant()
    def everybody_has_paid_what_the_model_says(self) -> None:
        for model in self.models:
            expected = model.fees + (self.worth(model) if model.status == "confirmed" else 0)
            assert balance_of(model.booking.id) == expected

    def teardown(self) -> None:
        db.session.rollback()
        assert broken_promises() == []

    def cancel_some(self, model: Model, part: Part) -> None:
        staying = {
            position: kind
            for position, kind in model.kinds.items()
            if part.passengers and position not in part.passengers
        }
        journeys = {
            number: flight
            for number, flight in model.journeys.items()
            if part.journey is not None and number != part.journey
        }
        db.session.rollback()
        db.session.expire_all()
        try:
            offered = quote_cancellation(model.booking, part)
            within(cancellation.cancel, model.booking.id, offered, "test")
        except NotCancellable:
            is_part = part.journey in (None, *model.journeys)
            is_party = set(part.passengers) <= model.kinds.keys()
            assert model.status != "confirmed" or not (is_part and is_party)
        except ChildLeftAlone:
            assert "adult" not in staying.values()
        except LapMissing:
            kinds = list(staying.values())
            assert kinds.count("infant") > kinds.count("adult")
        else:
            if model.status == "confirmed":
                self.take_off(model, part, staying, journeys)
                model.used.append((cancellation.cancel, offered))

    def take_off(
        self, model: Model, part: Part, staying: dict[int, str], journeys: dict[int, int]
    ) -> None:
        """Write down what a cancellation does: who stays, what is flown, what is kept."""
        gone = part.passengers or tuple(model.kinds)
        for position in gone:
            for number, flight_id in model.journeys.items():
                if part.journey in (None, number):
                    model.fees += model.kept(model.kinds[position], self.fares[flight_id])
        if staying:
            model.kinds = staying
        elif journeys:
            model.journeys = journeys
        else:
            model.status = "cancelled"

    def status(self, model: Model) -> str:
        if model.status == "held" and model.expires_at <= clock.now():
            return "expired"
        return model.status

    def worth(self, model: Model) -> int:
        return sum(
            model.price(kind, self.fares[flight_id])
            for kind in model.kinds.values()
            for flight_id in model.journeys.values()
        )

    def taken(self, flight_id: int, *statuses: str) -> int:
        return sum(
            model.seats
            for model in self.models
            if self.status(model) in statuses and flight_id in model.journeys.values()
        )

    def free(self, flight_id: int) -> int:
        return SEATS - self.taken(flight_id, "held", "confirmed")


def within(command: Callable[..., Any], *arguments: Any) -> None:
    with transaction():
        command(*arguments)


@pytest.mark.slow
def test_any_life_of_bookings_agrees_with_a_simple_model(app: Flask) -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
