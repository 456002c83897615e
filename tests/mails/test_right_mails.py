"""Which mails are right: anything that can happen to a booking, in any order, against a model.

The model knows what happened and what the party was told, and nothing of how mails are planned.
A worker that stands still for hours is part of it: mails go out only where a step says so.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from tests import airline
from tests.builders import cancel, make_airport, make_booking, make_flight, make_offer
from tests.mails.gallery import check_in
from tests.mails.post import letter, taken, write_down
from webapp import clock
from webapp.booking import disruptions
from webapp.booking.changes import service as changes
from webapp.booking.changes.errors import JourneysOverlap, NotChangeable
from webapp.booking.changes.queries import change_quote
from webapp.booking.changes.rules import changeable_journeys
from webapp.booking.division.service import divide_booking
from webapp.booking.errors import NotCancellable
from webapp.booking.models import Booking
from webapp.booking.queries import booking_by_id
from webapp.booking.trips import trip_of
from webapp.db import db, transaction
from webapp.documents.calendar.queries import every_segment_of
from webapp.errors import DomainError
from webapp.flights.errors import FlightNotOpen, NoSeatsLeft
from webapp.flights.families import FLEX
from webapp.flights.fares import Party
from webapp.flights.models import Flight, FlightStatus
from webapp.network.queries import directory
from webapp.notifications import reminders
from webapp.notifications.models import IN_HANDS, WAITING, Kind, Notification, State
from webapp.notifications.news import COALESCED_FOR
from webapp.notifications.queries import mails_of
from worker.mails import Mail, Withheld, decide

TOLD_FROM = timedelta(minutes=10)
LEADS = {
    Kind.CHECK_IN_OPEN: timedelta(hours=24),
    Kind.DEPARTURE_REMINDER: timedelta(hours=24),
    Kind.DAY_OF_TRAVEL: timedelta(hours=3),
}
NEW_TIMES = (Kind.FLIGHT_RETIMED, Kind.FLIGHT_DELAYED)
# Which mails about a departure say what another one does, where they go out when that one is due.
SAYING = {
    Kind.CHECK_IN_OPEN: (Kind.DEPARTURE_REMINDER, Kind.DAY_OF_TRAVEL),
    Kind.DEPARTURE_REMINDER: (),
    Kind.DAY_OF_TRAVEL: (Kind.DEPARTURE_REMINDER,),
}
TOLD_AHEAD = timedelta(hours=24)
RECEIPTS = (
    Kind.BOOKING_CONFIRMED,
    Kind.BOOKING_CHANGED,
    Kind.BOOKING_CANCELLED,
    Kind.BOOKING_DIVIDED,
)

# Nights in which clocks change, in Europe, in America, in New Zealand; and a plain summer's day.
STARTS = [
    datetime(2027, 3, 27, 18, 0, tzinfo=UTC),
    datetime(2027, 3, 13, 22, 0, tzinfo=UTC),
    datetime(2027, 11, 6, 22, 0, tzinfo=UTC),
    datetime(2027, 4, 3, 9, 0, tzinfo=UTC),
    datetime(2027, 7, 1, 12, 0, tzinfo=UTC),
]
# The last two cross the date line, in each direction.
ROUTES = [("ZRH", "LHR"), ("JFK", "LHR"), ("DEL", "BOM"), ("AKL", "HNL"), ("HNL", "AKL")]
# Where those go on to who change planes.
ONWARD = {"LHR": "DEL", "BOM": "ZRH", "HNL": "JFK", "AKL": "BOM"}
MINUTES = 300

Step = tuple[str, Any]


@dataclass
class Leg:
    """A flight of the trip, as it is and as the party knows it."""

    flight_id: int
    planned: tuple[datetime, datetime]
    expected: tuple[datetime, datetime]
    told: tuple[datetime, datetime]
    seen: tuple[datetime, datetime]
    changed_at: datetime
    since: datetime
    early_for: set[Kind] = field(default_factory=set)
    gate: str | None = None
    told_gate: str | None = None
    gate_changed_at: datetime | None = None
    sent: dict[Kind, datetime] = field(default_factory=dict)
    sent_before: set[Kind] = field(default_factory=set)
    is_off: bool = False
    has_left: bool = False
    is_dropped: bool = False
    is_checked_in: bool = False

    def has_gone(self, now: datetime) -> bool:
        return self.has_left or self.expected[0] <= now

    def was_sent(self, kind: Kind) -> bool:
        return kind in self.sent or kind in self.sent_before

    @property
    def is_news(self) -> bool:
        known = (self.told, self.seen)
        pairs = [pair for times in known for pair in zip(self.expected, times, strict=True)]
        return max(abs(new - old) for new, old in pairs) >= TOLD_FROM


class Model:
    """A booking of one flight, or of two with a change between them, and the judge of its mails.

    Where it is divided, the model goes on with either part, and the other's mails go out unjudged.
    `change_time` is the time between the two, in minutes; `at` says which of them steps are about.
    """

    def __init__(
        self, route: tuple[str, str], ahead: timedelta, is_delayed: bool, change_time: int | None
    ) -> None:
        now = clock.now()
        at = (now + ahead).replace(second=0, microsecond=0)
        self.route, self.change_time, self.at = route, change_time, 0
        first, *onward = self._flights(at)
        if is_delayed:
            airline.delay(first, timedelta(minutes=70))
        booking = make_booking(first, Party(2), family=FLEX, onward=next(iter(onward), None))
        self.booking_id, self.begun_by = booking.id, Kind.BOOKING_CONFIRMED
        self.legs = {each.id: self._leg(each.flight_id) for each in booking.segments}
        self.is_cancelled = False
        self.receipts: dict[Kind, int] = dict.fromkeys(RECEIPTS, 0)
        self.changes = 0
        self._meanwhile: Step | None = None

    def _flights(self, at: datetime, start: str | None = None) -> list[Flight]:
        """Return new flights to where the trip goes, from its start or from a place on the way."""
        origin, destination = self.route
        ways = [(origin, destination)]
        if self.change_time:
            ways.append((destination, ONWARD[destination]))
        flights = list[Flight]()
        for way in ways:
            if flights or start in (None, way[0]):
                flights.append(make_flight(100, *way, departs_at=at, minutes=MINUTES))
                at += timedelta(minutes=MINUTES + (self.change_time or 0))
        return flights

    def _leg(self, flight_id: int) -> Leg:
        db.session.expire_all()
        flight = db.session.get_one(Flight, flight_id)
        planned = flight.departs_at, flight.arrives_at
        expected = flight.expected_departs_at, flight.expected_arrives_at
        leg = Leg(flight_id, planned, expected, planned, planned, clock.now(), clock.now())
        self._see_early(leg)
        return leg

    def _see_early(self, leg: Leg) -> None:
        now = clock.now()
        leg.early_for |= {kind for kind, lead in LEADS.items() if leg.planned[0] - lead > now}

    @property
    def flown(self) -> list[Leg]:
        return [leg for leg in self.legs.values() if not leg.is_dropped]

    @property
    def current(self) -> Leg:
        return self.flown[min(self.at, len(self.flown) - 1)]

    def _shown_with(self, leg: Leg, now: datetime) -> list[Leg]:
        """Return the flights that a mail about a departure tells of: the journey from there on."""
        onward = takewhile(lambda each: not each.is_off, self.flown[self.flown.index(leg) :])
        return [each for each in onward if each is leg or not each.has_gone(now)]

    def _is_told_with_earlier(self, kind: Kind, leg: Leg, now: datetime) -> bool:
        """Tell whether a mail of a flight before it has told all that this one would tell."""
        is_known = leg.seen == leg.expected and leg.told_gate == leg.gate
        return is_known and any(
            leg in self._shown_with(first, now)
            and timedelta() < leg.planned[0] - first.planned[0] <= TOLD_AHEAD
            and self._has_told(
                kind, first, max(leg.since, leg.planned[0] - LEADS[kind] - TOLD_AHEAD)
            )
            for first in self.flown[: self.flown.index(leg)]
        )

    def _has_told(self, kind: Kind, first: Leg, since: datetime) -> bool:
        due_at = first.planned[0] - LEADS[kind]
        return any(
            at >= since and (other == kind or (other in SAYING[kind] and at >= due_at))
            for other, at in first.sent.items()
        )

    # What happens

    def turn(self, at: int) -> None:
        self.at = at

    def wait(self, minutes: int) -> None:
        clock.advance(timedelta(minutes=minutes))

    def wait_until(self, hours_before: float) -> None:
        at = self.current.planned[0] - timedelta(hours=hours_before)
        if at > clock.now():
            clock.move_to(at)

    def retime(self, minutes: int) -> None:
        leg, by = self.current, timedelta(minutes=minutes)
        departs_at, arrives_at = leg.planned[0] + by, leg.planned[1] + by
        if departs_at <= clock.now():
            return
        try:
            airline.retime(db.session.get_one(Flight, leg.flight_id), by)
        except FlightNotOpen:
            return
        leg.planned = leg.expected = (departs_at, arrives_at)
        leg.changed_at = clock.now()
        self._see_early(leg)

    def delay(self, minutes: int) -> None:
        leg, by = self.current, timedelta(minutes=minutes)
        expected = leg.planned[0] + by, leg.planned[1] + by
        if expected[0] <= clock.now():
            return
        try:
            airline.delay(db.session.get_one(Flight, leg.flight_id), by)
        except FlightNotOpen:
            return
        leg.expected = expected
        leg.changed_at = clock.now()

    def gate(self, name: str) -> None:
        leg = self.current
        try:
            with transaction():
                disruptions.assign_gate(leg.flight_id, None, name, "sam")
        except FlightNotOpen:
            return
        if name != leg.gate:
            leg.gate_changed_at = clock.now()
        leg.gate = name

    def leave(self, _: None) -> None:
        leg = self.current
        try:
            with transaction():
                disruptions.record_status(leg.flight_id, FlightStatus.DEPARTED, "sam")
        except FlightNotOpen:
            return
        leg.has_left = True

    def cancel_flight(self, _: None) -> None:
        leg = self.current
        try:
            airline.cancel_flight(db.session.get_one(Flight, leg.flight_id))
        except FlightNotOpen:
            return
        leg.is_off = True

    def cancel(self, _: None) -> None:
        try:
            cancel(db.session.get_one(Booking, self.booking_id))
        except NotCancellable:
            return
        self.is_cancelled = True

    def change(self, days: int) -> None:
        trip = trip_of(self._booking())
        at = clock.now().replace(second=0, microsecond=0) + timedelta(days=days, hours=5)
        for journey in changeable_journeys(trip)[:1]:
            try:
                new = self._flights(at, journey.legs[0].segment.flight.origin_iata)
                quote = change_quote(trip, journey, make_offer(*new), directory())
                with transaction():
                    changes.change(self.booking_id, quote.offered, "alice")
            except (NotChangeable, JourneysOverlap, NoSeatsLeft):
                return
            segments = self._booking().segments
            kept = {each.id for each in segments}
            for segment_id, leg in self.legs.items():
                leg.is_dropped = segment_id not in kept
            new_segments = [each for each in segments if each.id not in self.legs]
            self.legs |= {each.id: self._leg(each.flight_id) for each in new_segments}
            self.changes += 1

    def divide(self, goes_on_with: str) -> None:
        booking = self._booking()
        try:
            with transaction():
                key = secrets.token_hex(10)
                part = divide_booking(booking.id, {booking.passengers[-1].position}, key, "alice")
        except DomainError:
            return
        if goes_on_with == "the rest":
            return
        places = {segment.id: segment.position for segment in every_segment_of([booking.id])}
        ids = {segment.position: segment.id for segment in every_segment_of([part.id])}
        self.legs = {ids[places[old_id]]: leg for old_id, leg in self.legs.items()}
        for leg in self.legs.values():
            leg.sent_before |= leg.sent.keys()
            leg.sent = {}
        self.booking_id, self.begun_by = part.id, Kind.BOOKING_DIVIDED
        self.receipts, self.changes = dict.fromkeys(RECEIPTS, 0), 0

    def check_in(self, _: None) -> None:
        """Check in for the flight that steps are about, alone, as a desk would."""
        leg = self.current
        left = leg.planned[0] - clock.now()
        if self.is_cancelled or leg.is_off or not timedelta(hours=1) < left < timedelta(hours=24):
            return
        ids = [segment_id for segment_id, each in self.legs.items() if each is leg]
        check_in(self._booking(), ids)
        with transaction():
            reminders.withhold_reminders(ids, "checked in", reminders.BEFORE_CHECK_IN)
        leg.is_checked_in = True

    def _booking(self) -> Booking:
        db.session.rollback()
        db.session.expire_all()
        booking = booking_by_id(self.booking_id)
        assert booking
        return booking

    # What goes out

    def deliver_while(self, step: Step) -> None:
        """Deliver, and let something happen while the first mail is on its way."""
        self._meanwhile = step
        self.deliver()

    def deliver(self, _: None = None) -> None:
        for _round in range(6):
            for row in taken():
                self._deliver(row)
        self._nothing_is_missing()

    def _deliver(self, row: Notification) -> None:
        decision = decide(row)
        is_own = row.booking_id == self.booking_id
        if isinstance(decision, Mail):
            if is_own:
                self._judge(row, decision)
            elif row.kind == Kind.BOOKING_DIVIDED:
                self._see_all()  # It shows the flights of both.
            self._act_meanwhile()
        if is_own and isinstance(decision, Withheld) and decision.reason.startswith("told with "):
            leg = self.legs[row.segment_id or 0]
            assert self._is_told_with_earlier(Kind(row.kind), leg, clock.now()), "it was not told"
        write_down(row, decision)

    def _act_meanwhile(self) -> None:
        step, self._meanwhile = self._meanwhile, None
        if step:
            name, argument = step
            getattr(self, name)(argument)

    def _judge(self, row: Notification, mail: Mail) -> None:
        kind, now = Kind(row.kind), clock.now()
        if kind in RECEIPTS:
            self._judge_receipt(kind)
            return
        assert not self.is_cancelled, f"{kind} after the cancellation"
        leg = self.legs[row.segment_id or 0]
        assert not leg.is_dropped, f"{kind} about a flight that was changed for another"
        if kind == Kind.FLIGHT_CANCELLED:
            assert leg.is_off
            assert not leg.was_sent(kind)
        elif kind != Kind.SCHEDULE_CHANGE_OPEN:
            assert not leg.is_off, f"{kind} after the flight was cancelled"
            assert not leg.has_gone(now), f"{kind} after the departure"
        if kind in LEADS:
            self._judge_reminder(kind, leg, now)
        if kind in NEW_TIMES:
            assert leg.is_news, "times that were known were told"
            leg.told = leg.expected
        if kind == Kind.GATE_CHANGED:
            assert leg.gate != leg.told_gate
        shown = self._shown_with(leg, now) if kind in LEADS else [leg]
        for each in shown if kind != Kind.FLIGHT_CANCELLED else ():
            each.seen, each.told_gate = each.expected, each.gate
        leg.sent[kind] = now
        for each in shown:
            self._judge_words(row, mail, each)

    def _judge_receipt(self, kind: Kind) -> None:
        self.receipts[kind] += 1
        assert self.is_cancelled == (kind == Kind.BOOKING_CANCELLED)
        assert self.receipts[kind] <= (self.changes if kind == Kind.BOOKING_CHANGED else 1)
        if not self.is_cancelled:
            self._see_all()

    def _see_all(self) -> None:
        # A receipt shows the flight as it stands; news that waits stays news all the same.
        for leg in self.flown:
            has_news = self._has_news_of(leg)
            leg.seen, leg.told_gate = leg.expected, leg.gate
            if not has_news:
                leg.told = leg.expected

    def _has_news_of(self, leg: Leg) -> bool:
        return leg.is_news and any(
            self.legs.get(row.segment_id or 0) is leg
            for row in mails_of(self.booking_id)
            if row.kind in NEW_TIMES and row.state in (*WAITING, *IN_HANDS)
        )

    def _judge_reminder(self, kind: Kind, leg: Leg, now: datetime) -> None:
        assert not leg.was_sent(kind), "a second reminder of a kind"
        assert now >= leg.planned[0] - LEADS[kind], "a reminder before its time"
        assert kind in leg.early_for, "a reminder to somebody who booked after it was due"
        assert not (leg.is_checked_in and kind in reminders.BEFORE_CHECK_IN)
        assert not self._is_told_with_earlier(kind, leg, now), "told with an earlier flight"
        others = [at for other, at in leg.sent.items() if other in LEADS]
        assert all(now - at >= timedelta(hours=1) for at in others), "two reminders in an hour"

    def _judge_words(self, row: Notification, mail: Mail, leg: Leg) -> None:
        written = letter(row, mail)
        flight = db.session.get_one(Flight, leg.flight_id)
        local = leg.expected[0].astimezone(ZoneInfo(flight.origin.timezone))
        there = leg.expected[1].astimezone(ZoneInfo(flight.destination.timezone))
        shift = (there.date() - local.date()).days
        assert f"{local:%H:%M}  {flight.origin.city}" in written.body
        sign = f" ({shift:+d} day)" if shift else ""
        assert f"{there:%H:%M}{sign}  {flight.destination.city}" in written.body

    def _nothing_is_missing(self) -> None:
        db.session.rollback()
        db.session.expire_all()
        rows, now = mails_of(self.booking_id), clock.now()
        for row in rows:
            assert row.state in (State.SENT, State.WITHHELD, *WAITING)
            assert row.state not in WAITING or row.due_at > now - timedelta(seconds=5)
            assert row.state != State.WITHHELD or row.reason
        if self.is_cancelled:
            assert self.receipts[Kind.BOOKING_CANCELLED] == 1
            return
        assert self.receipts[self.begun_by] == 1
        assert self.receipts[Kind.BOOKING_CHANGED] == self.changes
        for leg in self.flown:
            if leg.is_off:
                assert leg.was_sent(Kind.FLIGHT_CANCELLED)
            elif not leg.has_gone(now):
                self._everything_is_known(leg, rows, now)

    def _everything_is_known(self, leg: Leg, rows: list[Notification], now: datetime) -> None:
        assert leg.changed_at + COALESCED_FOR > now or not leg.is_news, "new times were not told"
        is_day_over = (
            Kind.DAY_OF_TRAVEL not in leg.early_for
            or leg.was_sent(Kind.DAY_OF_TRAVEL)
            or now - timedelta(minutes=6) >= leg.planned[0] - LEADS[Kind.DAY_OF_TRAVEL]
        )
        if leg.gate_changed_at and leg.gate_changed_at + COALESCED_FOR <= now and is_day_over:
            assert leg.told_gate == leg.gate, "a new gate was not told"
        for row in rows:
            kind = Kind(row.kind)
            is_of_leg = self.legs.get(row.segment_id or 0) is leg
            if not is_of_leg or kind not in LEADS or kind not in leg.early_for:
                continue
            if leg.was_sent(kind) or now < leg.planned[0] - LEADS[kind]:
                continue
            if row.state in WAITING and leg is not self.flown[0]:
                # What went out just now for an earlier flight may have told all of it.
                assert row.due_at <= now + timedelta(minutes=1)
                continue
            assert row.state == State.WITHHELD, f"{kind} is missing"
            assert row.reason
            assert (
                row.reason == "said in the reminder"
                or row.reason.startswith("told with ")
                or row.reason.startswith("retimed to ")
                or (row.reason == "checked in" and leg.is_checked_in)
            ), row.reason


def minutes(*choices: int) -> st.SearchStrategy[int]:
    return st.sampled_from(choices)


ACTS = st.one_of(
    st.tuples(st.just("retime"), minutes(-1500, -300, -30, -5, 5, 9, 45, 400, 1500, 4000)),
    st.tuples(st.just("delay"), minutes(0, 8, 40, 90, 300)),
    st.tuples(st.just("gate"), st.sampled_from(["A1", "B22"])),
    st.tuples(st.sampled_from(["leave", "cancel_flight", "cancel"]), st.none()),
    st.tuples(st.just("change"), minutes(1, 3, 20)),
)
STEPS = st.one_of(
    st.tuples(st.just("wait"), minutes(1, 4, 6, 50, 200, 800, 1500)),
    st.tuples(st.just("wait_until"), st.sampled_from([25, 24, 23.9, 12, 3, 2.5, 0.3])),
    st.tuples(st.just("deliver"), st.none()),
    st.tuples(st.just("check_in"), st.none()),
    st.tuples(st.just("turn"), st.sampled_from([0, 1])),
    st.tuples(st.just("divide"), st.sampled_from(["the part", "the rest"])),
    st.tuples(st.just("deliver_while"), ACTS),
    ACTS,
)
# Each departure is waited for, and the mails before it.
JOURNEY: list[Step] = [
    ("wait_until", 24),
    ("deliver", None),
    ("wait_until", 3),
    ("deliver", None),
    ("turn", 1),
    ("wait_until", 24),
    ("deliver", None),
    ("wait_until", 3),
    ("deliver", None),
]
WORLDS = st.tuples(
    st.sampled_from(STARTS),
    st.sampled_from(ROUTES),
    st.sampled_from([2, 5, 20, 26, 80, 24 * 30, 24 * 365]),
    st.booleans(),
    st.sampled_from([None, 240, 600, 1300]),
)


@pytest.fixture
def hourless(app: Flask) -> Iterator[Flask]:
    """Return the application; its clock stands anywhere."""
    yield app
    clock.reset()


@pytest.mark.slow
@pytest.mark.databases("sqlite")
def test_the_right_mails_go_out_whatever_happens(hourless: Flask) -> None:
    for iata in {end for route in ROUTES for end in route} | set(ONWARD.values()):
        make_airport(iata)  # All of them before the directory of airports is read and kept.

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        # A story is short enough to read as it is, and each retelling costs a second.
        phases=(Phase.explicit, Phase.generate),
        report_multiple_bugs=False,
    )
    @given(WORLDS, st.lists(STEPS, min_size=3, max_size=12))
    # Booked a year ahead, two hours ahead, and for a flight that is delayed already.
    @example((STARTS[0], ROUTES[0], 24 * 365, False, None), [("deliver", None), ("wait_until", 24)])
    @example((STARTS[1], ROUTES[1], 2, False, None), [("deliver", None), ("wait", 60)])
    # A flight that is moved a day ahead takes its reminder with it.
    @example(
        (STARTS[4], ROUTES[2], 80, False, None),
        [("retime", -1500), ("wait_until", 24), ("wait", 1)],
    )
    @example((STARTS[2], ROUTES[3], 2, True, None), [("deliver", None), ("wait", 60)])
    # A flight that was taken for gone still stands, and leaves on another day.
    @example(
        (STARTS[0], ROUTES[2], 80, False, None),
        [("wait_until", 0.3), ("wait", 200), ("deliver", None), ("retime", 1500)],
    )
    # Check-in that opens anew after a move, found late, when the day of travel has come as well.
    @example(
        (STARTS[4], ROUTES[2], 80, False, None),
        [("wait_until", 24), ("deliver", None), ("retime", 1500), ("wait_until", 2.5)],
    )
    # A gate that the reminder shows, and that the party knew as another one, is told all the same.
    @example(
        (STARTS[4], ROUTES[2], 80, False, None),
        [
            ("gate", "A1"),
            ("deliver", None),
            ("wait_until", 2.99),
            ("gate", "B22"),
            ("deliver", None),
            ("wait", 6),
        ],
    )
    # What the first mail told of the second flight is told again only if it is otherwise by now.
    @example((STARTS[4], ROUTES[0], 80, False, 240), JOURNEY)
    @example(
        (STARTS[4], ROUTES[0], 80, False, 240),
        [*JOURNEY[:3], ("turn", 1), ("gate", "B22"), *JOURNEY[3:]],
    )
    # The second flight leaves more than a day after the first.
    @example((STARTS[4], ROUTES[0], 80, False, 1300), JOURNEY)
    # Its first flight was checked in for alone, was cancelled, left a day later.
    @example((STARTS[4], ROUTES[0], 20, False, 600), [("check_in", None), *JOURNEY])
    @example(
        (STARTS[4], ROUTES[0], 80, False, 600),
        [*JOURNEY[:2], ("cancel_flight", None), *JOURNEY[2:]],
    )
    @example(
        (STARTS[4], ROUTES[0], 80, False, 600),
        [*JOURNEY[:2], ("retime", 1500), ("turn", 1), ("retime", 1500), *JOURNEY[2:]],
    )
    # It is divided while mails wait, after some went out, and after a flight was cancelled.
    @example(
        (STARTS[4], ROUTES[2], 80, False, None),
        [("retime", 400), ("divide", "the part"), ("wait", 6), ("deliver", None)],
    )
    @example(
        (STARTS[4], ROUTES[0], 80, False, 240),
        [*JOURNEY[:2], ("gate", "B22"), ("divide", "the part"), *JOURNEY[2:]],
    )
    @example(
        (STARTS[4], ROUTES[0], 80, False, 600),
        [("retime", 45), ("divide", "the part"), *JOURNEY],
    )
    # The mail of the division shows the rest times that are taken back before they are told.
    @example(
        (STARTS[4], ROUTES[2], 80, False, None),
        [
            ("deliver", None),
            ("retime", 45),
            ("divide", "the rest"),
            ("deliver", None),
            ("retime", -45),
            ("wait", 6),
            ("deliver", None),
        ],
    )
    @example(
        (STARTS[4], ROUTES[0], 80, False, 600),
        [("turn", 1), ("cancel_flight", None), ("deliver", None), ("divide", "the part"), *JOURNEY],
    )
    # The second flight is cancelled under way, and another one taken.
    @example(
        (STARTS[4], ROUTES[0], 80, False, 600),
        [
            *JOURNEY[:4],
            ("wait_until", -3),
            ("turn", 1),
            ("cancel_flight", None),
            ("change", 0),
            *JOURNEY[4:],
        ],
    )
    def holds(
        world: tuple[datetime, tuple[str, str], int, bool, int | None], steps: list[Step]
    ) -> None:
        start, route, hours, is_delayed, change_time = world
        clock.move_to(start)
        with transaction() as session:
            # What earlier examples left is none of this one's.
            session.execute(
                update(Notification)
                .where(Notification.state.in_(WAITING))
                .values(state=State.WITHHELD, reason="another example")
            )
        model = Model(route, timedelta(hours=hours), is_delayed, change_time)
        for name, argument in steps:
            getattr(model, name)(argument)
        model.deliver()
        clock.move_to(max(leg.expected[0] for leg in model.flown) + timedelta(days=5))
        model.deliver()
        left = select(Notification.id).where(
            Notification.booking_id == model.booking_id, Notification.state.in_(WAITING)
        )
        assert not db.session.scalars(left).all(), "a mail waits for ever"

    holds()
