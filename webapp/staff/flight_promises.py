"""The promises about the history of flights, each with what breaks it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, String, and_, cast, func, or_, select

from webapp.flights.models import Flight, FlightEvent, FlightStatus
from webapp.flights.queries import OPEN_STATUSES
from webapp.network.models import Aircraft
from webapp.staff.ticket_promises import Rows

FLIGHT = "{airline}{number}/{departs_on}/{origin_iata}"

# The lines that say of a flight's status what it is from then on; a retiming opens it again.
_OF_STATUS = (
    FlightStatus.CANCELLED,
    FlightStatus.BOARDING,
    FlightStatus.DEPARTED,
    FlightStatus.ARRIVED,
    "not_boarding",
    "not_departed",
    "not_arrived",
    "retimed",
)


def with_flight(query: Rows) -> Rows:
    """Return a query with the columns that FLIGHT names."""
    return query.add_columns(
        Flight.airline_iata.label("airline"), Flight.number, Flight.departs_on, Flight.origin_iata
    )


def _with_last_line(*what: str) -> Rows:
    """Return flights with the last of some lines of their history, NULL where there is none."""
    last = (
        select(FlightEvent.flight_id, func.max(FlightEvent.id).label("line_id"))
        .where(FlightEvent.what.in_(what))
        .group_by(FlightEvent.flight_id)
        .subquery()
    )
    return with_flight(
        select(FlightEvent.what)
        .select_from(Flight)
        .outerjoin(last, last.c.flight_id == Flight.id)
        .outerjoin(FlightEvent, FlightEvent.id == last.c.line_id)
    )


def _said(name: str) -> ColumnElement[Any]:
    text: ColumnElement[Any] = FlightEvent.after[name].as_string()
    return text


def _statuses_unlike_history() -> Rows:
    said = func.coalesce(_said("status"), FlightStatus.SCHEDULED.value)
    is_open = Flight.status.in_(OPEN_STATUSES)
    return (
        _with_last_line(*_OF_STATUS)
        .add_columns(Flight.status, said.label("said"))
        .where(
            # Which of the open ones it is, its expected times say.
            or_(
                and_(is_open, said.not_in(OPEN_STATUSES)),
                and_(~is_open, said != Flight.status),
            )
        )
    )


def _times_unlike_retimings() -> Rows:
    return (
        _with_last_line("retimed")
        .add_columns(Flight.departs_at, _said("departs_at").label("said"))
        .where(_are_unlike(Flight.departs_at, Flight.arrives_at))
    )


def _expected_times_unlike_history() -> Rows:
    departs_at = func.coalesce(Flight.estimated_departs_at, Flight.departs_at)
    arrives_at = func.coalesce(Flight.estimated_arrives_at, Flight.arrives_at)
    is_estimated = or_(
        Flight.estimated_departs_at.is_not(None), Flight.estimated_arrives_at.is_not(None)
    )
    return (
        _with_last_line("delayed", "retimed")
        .add_columns(departs_at.label("expected"), _said("departs_at").label("said"))
        .where(
            or_(
                _are_unlike(departs_at, arrives_at),
                and_(FlightEvent.id.is_(None), is_estimated),
                and_(Flight.status == FlightStatus.DELAYED, ~is_estimated),
                and_(Flight.status == FlightStatus.SCHEDULED, is_estimated),
            )
        )
    )


def _reasons_unlike_history() -> Rows:
    said = _said("reason")
    return (
        _with_last_line("delayed", "reason", "retimed", FlightStatus.CANCELLED)
        .add_columns(Flight.reason, said.label("said"))
        .where(Flight.reason.is_distinct_from(said))
    )


def _are_unlike(
    departs_at: SQLColumnExpression[datetime], arrives_at: SQLColumnExpression[datetime]
) -> ColumnElement[bool]:
    """Tell whether times differ, to the second, from those that a line says."""
    return or_(
        *(
            func.substr(cast(column, String), 1, 19)
            != func.replace(func.substr(_said(name), 1, 19), "T", " ")
            for column, name in ((departs_at, "departs_at"), (arrives_at, "arrives_at"))
        )
    )


def _gates_unlike_history() -> Rows:
    return (
        _with_last_line("gate")
        .add_columns(
            Flight.terminal,
            Flight.gate,
            _said("terminal").label("said_terminal"),
            _said("gate").label("said_gate"),
        )
        .where(
            or_(
                Flight.terminal.is_distinct_from(_said("terminal")),
                Flight.gate.is_distinct_from(_said("gate")),
            )
        )
    )


def _aircraft_unlike_history() -> Rows:
    return (
        _with_last_line("aircraft")
        .add_columns(Aircraft.tail, _said("tail").label("said"))
        .join(Aircraft, Aircraft.id == Flight.aircraft_id)
        .where(Aircraft.tail != _said("tail"))
    )


# Each promise with the query for what breaks it, and the words for one such row.
FLIGHT_PROMISES: dict[str, tuple[Callable[[], Rows], str]] = {
    "Every flight's status is the one that its history says": (
        _statuses_unlike_history,
        FLIGHT + " is {status}, but its history says {said}",
    ),
    "A flight that was moved leaves and arrives when its history says": (
        _times_unlike_retimings,
        FLIGHT + " leaves at {departs_at} UTC or arrives at another time than was said; it was "
        "moved to {said}",
    ),
    "Every flight is expected when its history says": (
        _expected_times_unlike_history,
        FLIGHT + " is expected at {expected} UTC, or has another status or arrival; its history "
        "says {said}",
    ),
    "Every flight is late, moved or cancelled for the reason that its history says": (
        _reasons_unlike_history,
        FLIGHT + " gives the reason {reason}, but its history says {said}",
    ),
    "Every flight's terminal and gate are those that its history says": (
        _gates_unlike_history,
        FLIGHT + ": terminal {terminal} and gate {gate}, but its history says {said_terminal} "
        "and {said_gate}",
    ),
    "A flight whose aircraft was changed flies with the one that its history says": (
        _aircraft_unlike_history,
        FLIGHT + " flies with {tail}, but its history says {said}",
    ),
}
