"""A trip from the first hold to the last landing: what was done, and what is still to come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal, NamedTuple

from webapp.booking.checkin.windows import windows_of
from webapp.booking.legs import TripLeg, trip_leg
from webapp.booking.missed import missed_flights
from webapp.booking.models import (
    BookingEvent,
    BookingStatus,
    Passenger,
    Segment,
)
from webapp.booking.queries import dropped_segments_of
from webapp.booking.trips import Trip
from webapp.flights.models import FlightEvent
from webapp.flights.queries import moves_of

# The lines of a history by which flights leave a trip.
_DROPPING = ("changed", "journey_cancelled")

What = Literal["event", "move", "check_in", "departure", "missed", "arrival"]


class SeatChosen(NamedTuple):
    """The seat that somebody of a party got by one act, and the one that they had before."""

    passenger: Passenger
    seat: str | None
    before: str | None


@dataclass(frozen=True)
class Moment:
    """Something that happened to a trip, or will, on the clocks of the place where it does.

    Of seats that were chosen by one act, `event` is the last line.
    """

    at: datetime
    what: What
    is_past: bool
    event: BookingEvent | None = None
    leg: TripLeg | None = None
    onward: tuple[TripLeg, ...] = ()
    move: FlightEvent | None = None
    seats: tuple[SeatChosen, ...] = ()

    @property
    def moved_to(self) -> datetime:
        """When a flight that the airline moved was to leave from then on, where it leaves."""
        assert self.move is not None
        assert self.leg is not None
        instant = datetime.fromisoformat(self.move.after["departs_at"])
        return instant.astimezone(self.leg.departs_at.tzinfo)


def timeline_of(trip: Trip) -> list[Moment]:
    """Return a trip's moments in the order of time."""
    moments = list(_done(trip))
    dropped = _dropped(trip)
    moments += _moves(trip, dropped)
    if trip.status == BookingStatus.CONFIRMED:
        for legs in trip.journeys:
            moments += _of([leg for leg in legs if not leg.is_cancelled], trip, dropped)
    # Python's sort is stable: what was done in one moment stays in the order in which it was done.
    return sorted(moments, key=lambda moment: moment.at)


def _done(trip: Trip) -> Iterator[Moment]:
    for _, lines in groupby(trip.booking.events, _act):
        events = list(lines)
        last = events[-1]
        is_seat = _is_seat_of_somebody(last)
        seats = tuple(_seats_chosen(trip, events)) if is_seat else ()
        if seats or not is_seat:  # Whose seat it was may have a booking of their own by now.
            yield Moment(trip.local(last.at), "event", is_past=True, event=last, seats=seats)


def _act(event: BookingEvent) -> tuple[object, ...]:
    """Return what the lines of one act have in common: a choice may seat a party on a flight.

    Each seat has a line of its own; those of one minute are shown at the same time of day.
    """
    if not _is_seat_of_somebody(event):
        return (event.id,)
    return event.actor, event.after["flight"], event.at.replace(second=0, microsecond=0)


def _is_seat_of_somebody(event: BookingEvent) -> bool:
    # The first lines of this kind did not say whose seat it was.
    return event.what == "seat_chosen" and "passenger" in event.after


def _seats_chosen(trip: Trip, events: Sequence[BookingEvent]) -> list[SeatChosen]:
    """Return who of the booking got which seat."""
    party = {each.position: each for each in trip.booking.everybody}
    chosen: dict[int, SeatChosen] = {}
    for event in events:
        position = event.after["passenger"]
        if position in party:
            before = chosen[position].before if position in chosen else event.before["seat"]
            chosen[position] = SeatChosen(party[position], event.after["seat"], before)
    return [chosen[position] for position in sorted(chosen)]


def _moves(trip: Trip, dropped: Sequence[TripLeg]) -> Iterator[Moment]:
    """Yield what the airline did to the flights of the trip, while they were part of it."""
    since, until = trip.booking.confirmed_at, trip.booking.cancelled_at
    if since is None:
        return
    legs = [*dropped, *trip.legs]
    for move in moves_of({leg.segment.flight_id for leg in legs}, since):
        for leg in legs if until is None or move.at <= until else ():
            if leg.segment.flight_id == move.flight_id and _is_part(leg.segment, dropped, move.at):
                yield Moment(trip.local(move.at), "move", is_past=True, leg=leg, move=move)


def _is_part(segment: Segment, dropped: Sequence[TripLeg], at: datetime) -> bool:
    """Tell whether a segment was part of its trip at a moment."""
    is_here = all(moment <= at for moment in _came(segment, dropped))
    return is_here and (segment.dropped_at is None or at <= segment.dropped_at)


def _came(segment: Segment, dropped: Sequence[TripLeg]) -> list[datetime]:
    """Return when segments before one were dropped, with the last of which it came."""
    before = (
        each.segment
        for each in dropped
        if each.segment.journey == segment.journey and each.segment.position < segment.position
    )
    return [each.dropped_at for each in before if each.dropped_at]


def _dropped(trip: Trip) -> list[TripLeg]:
    if not any(event.what in _DROPPING for event in trip.booking.events):
        return []
    return list(map(trip_leg, dropped_segments_of(trip.booking.id)))


def _of(legs: Sequence[TripLeg], trip: Trip, dropped: Sequence[TripLeg]) -> Iterator[Moment]:
    now, missed = trip.seen_at, missed_flights(trip)
    for leg in legs:
        times: list[tuple[datetime, What]] = [
            (leg.expected_departs_at, "departure"),
            (leg.expected_arrives_at, "arrival"),
        ]
        if leg.segment.id in missed:
            times = [(leg.expected_departs_at, "missed")]
        for at, what in times:
            yield Moment(at, what, at <= now, leg=leg)
    windows = windows_of(trip.booking.segments)
    for opens_at, together in groupby(legs, lambda leg: windows[leg.segment.id].opens_at):
        first, *onward = together
        # It opens for nobody before the flight is theirs.
        theirs = filter(None, [trip.booking.confirmed_at, *_came(first.segment, dropped)])
        local = max([opens_at, *theirs]).astimezone(first.departs_at.tzinfo)
        yield Moment(local, "check_in", opens_at <= now, leg=first, onward=tuple(onward))
