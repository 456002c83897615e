"""Mails about what happens to a flight: gate, delay, new times, cancellation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from webapp import clock
from webapp.booking.legs import TripLeg
from webapp.booking.models import BookingStatus
from webapp.booking.schedule_changes.links import choices_of
from webapp.booking.schedule_changes.models import ScheduleChange
from webapp.booking.schedule_changes.queries import open_change_of_segment, was_withdrawn
from webapp.booking.schedule_changes.refunds import refunds_of
from webapp.booking.schedule_changes.rules import is_under_way
from webapp.booking.schedule_changes.service import HANDLED
from webapp.booking.schedule_changes.words import shown_change
from webapp.booking.seats.queries import seats_moved as moved_since
from webapp.booking.told import by_the_way, everything_of
from webapp.booking.trips import Trip
from webapp.notifications.models import NEW_TIMES, NOT_BEGUN, Kind, Notification, State
from webapp.notifications.news import COALESCED_FOR
from webapp.notifications.queries import (
    is_going_out,
    is_overtaken,
    planned_since_last_sent,
    states_of,
)
from webapp.notifications.reminders import LEFT
from worker.decisions.attaching import calendar
from worker.decisions.outcome import Decision, Mail, Postponed, Withheld
from worker.decisions.showing import seats_and_before, shown

_TOLD = "told already"
_SHORTLY = timedelta(minutes=1)


def gate_changed(notification: Notification, trip: Trip) -> Decision:
    """Tell where a flight that leaves soon is boarded now."""
    leg = _leg_to_come(notification, trip)
    if isinstance(leg, Withheld):
        return leg
    if leg.segment.is_gate_told and not notification.repeats_id:
        return Withheld(_TOLD)
    if not leg.segment.is_told and is_going_out(leg.segment.id, NEW_TIMES):
        # That mail says the gate, too. It is looked at again whether it did.
        return Postponed(clock.now() + _SHORTLY)
    return Mail(notification.kind, shown(trip, leg), by_the_way(leg.segment))


def flight_delayed(notification: Notification, trip: Trip) -> Decision:
    """Tell when a flight is expected, or that it is on time again."""
    retiming = states_of(notification.segment_id or 0, Kind.FLIGHT_RETIMED)
    if State.SENDING in retiming:
        return Postponed(clock.now() + _SHORTLY)  # What it says was read before, and counts.
    if retiming.intersection(NOT_BEGUN):
        return Withheld("the flight was retimed")
    return _new_times(notification, trip)


def flight_retimed(notification: Notification, trip: Trip) -> Decision:
    """Tell the new times of a flight, once for several moves in a row, never for one taken back."""
    return _new_times(notification, trip)


def flight_cancelled(notification: Notification, trip: Trip) -> Decision:
    """Tell that the airline cancelled a flight."""
    if trip.status != BookingStatus.CONFIRMED:
        return Withheld(f"{trip.status}")
    leg = trip.leg_of(notification.segment_id)
    if leg is None:
        return Withheld("no longer part of the trip")
    onward = [
        each.segment.flight.designator
        for each in trip.legs[trip.legs.index(leg) + 1 :]
        if each.segment.journey == leg.segment.journey and not each.is_cancelled
    ]
    context = shown(trip, leg, onward=onward, **_choices(notification, trip, leg))
    return Mail(notification.kind, context, attached=(calendar(trip),))


def seats_moved(notification: Notification, trip: Trip) -> Decision:
    """Tell where the party sits, since another aircraft flies."""
    leg = _leg_to_come(notification, trip)
    if isinstance(leg, Withheld):
        return leg
    # A mail that is asked for again shows the seats alone: who moved when was told already.
    since = planned_since_last_sent(Kind.SEATS_MOVED, leg.segment.id)
    if notification.repeats_id:
        since = clock.now()
    moved = moved_since(trip.id, leg.segment.flight_id, since)
    rows = seats_and_before(trip, leg, moved.was)
    if not rows and not notification.repeats_id:
        return Withheld("whoever was moved is no longer of the party")
    context = shown(trip, leg, moved=rows)
    if moved.paid_back_minor:
        context["paid_back"] = trip.money(moved.paid_back_minor)
    return Mail(notification.kind, context, by_the_way(leg.segment))


def schedule_change_open(notification: Notification, trip: Trip) -> Decision:
    """Ask once more what the party makes of a change that it has not answered."""
    if trip.status != BookingStatus.CONFIRMED:
        return Withheld(f"{trip.status}")
    leg = trip.leg_of(notification.segment_id)
    change = open_change_of_segment(leg.segment.id) if leg else None
    if leg is None or change is None:
        return Withheld("answered")
    if change.handled_at:
        return Withheld(HANDLED)
    if is_overtaken(notification):
        return Withheld("asked again since")
    if leg.has_left and not leg.is_cancelled:
        return Withheld(LEFT)
    if is_under_way(change):
        return Withheld("on the way already")
    context = shown(trip, leg, **_answers(change, trip))
    return Mail(notification.kind, context, by_the_way(leg.segment))


def _choices(notification: Notification, trip: Trip, leg: TripLeg) -> dict[str, Any]:
    """Return how to answer the change of a leg that is open, or that this mail ends."""
    change = open_change_of_segment(leg.segment.id)
    if change:
        return _answers(change, trip)
    since = notification.created_at - COALESCED_FOR
    return {"choices": [], "is_withdrawn": was_withdrawn(leg.segment.id, since)}


def _answers(change: ScheduleChange, trip: Trip) -> dict[str, Any]:
    asked, refunds = shown_change(change), refunds_of(change, trip)
    return {
        "choices": choices_of(change, trip, refunds),
        "refunds": refunds,
        "answer_by": asked.answer_by,
        "can_be_accepted": asked.can_be_accepted,
        "asked": asked,
        "is_under_way": asked.is_under_way,
    }


def _new_times(notification: Notification, trip: Trip) -> Decision:
    leg = _leg_to_come(notification, trip)
    if isinstance(leg, Withheld):
        return leg
    if leg.segment.is_told and not notification.repeats_id:
        return Withheld(_TOLD)
    context = shown(trip, leg, **_choices(notification, trip, leg))
    return Mail(notification.kind, context, everything_of(leg.segment), (calendar(trip),))


def _leg_to_come(notification: Notification, trip: Trip) -> TripLeg | Withheld:
    if trip.status != BookingStatus.CONFIRMED:
        return Withheld(f"{trip.status}")
    leg = trip.leg_of(notification.segment_id)
    if leg is None:
        return Withheld("no longer part of the trip")
    if leg.is_cancelled:
        return Withheld("flight cancelled")
    return Withheld(LEFT) if leg.has_left else leg
