"""The pages behind the links of a mail about a schedule change; they work without logging in."""

from __future__ import annotations

from typing import NoReturn

from flask import Blueprint, Response, abort, flash, request, url_for

from webapp import clock
from webapp.booking.access import actor, lead_in, let_in_by_name
from webapp.booking.cancellation.forms import JOURNEY
from webapp.booking.connections import connections_to_come
from webapp.booking.errors import TimesChanged
from webapp.booking.queries import booking_by_id
from webapp.booking.schedule_changes import links, service
from webapp.booking.schedule_changes.errors import (
    AlreadyAnswered,
    CannotBeFlown,
    LinkInvalid,
    LinkOutdated,
)
from webapp.booking.schedule_changes.models import Answer, ScheduleChange
from webapp.booking.schedule_changes.queries import open_change_of_segment
from webapp.booking.schedule_changes.refunds import refunds_of
from webapp.booking.schedule_changes.rules import may_choose
from webapp.booking.schedule_changes.words import shown_change
from webapp.booking.segments import times_now
from webapp.booking.trips import Trip, trip_of
from webapp.db import transaction
from webapp.htmx import redirect, render

blueprint = Blueprint("schedule_changes", __name__, url_prefix="/schedule-change/<token>")


@blueprint.get("")
def change(token: str) -> Response:
    """Show what the airline changed, and the three answers to it."""
    return _page(*_read(token), token=token)


@blueprint.get("/accept")
def ask_to_accept(token: str) -> Response:
    """Ask whether the change is accepted: mail scanners follow links, and must not accept."""
    return _page(*_read(token), token=token, is_accepting=True)


@blueprint.post("/accept")
def accept(token: str) -> Response:
    """Take the flight at its new times."""
    found, trip = _read(token)
    try:
        with transaction():
            service.accept(found.id, actor(), request.form.get("seen"))
    except AlreadyAnswered:
        return _page(*_read(token), token=token, status=409)
    except TimesChanged:
        return _page(*_read(token), token=token, status=409, has_moved=True, is_accepting=True)
    except CannotBeFlown:
        return _page(*_read(token), token=token, status=409)
    _let_in(token, trip)
    flash("Thank you. You fly at the new times.")
    return redirect(url_for("booking.trip", reference=trip.reference))


@blueprint.get("/other-flight")
def choose_other_flight(token: str) -> Response:
    """Go on to another flight, free of charge."""
    found, trip = _read(token)
    if not found.is_open or not may_choose(found, trip):
        return _page(found, trip, token=token, status=409)
    _let_in(token, trip)
    address = url_for("booking.trip", reference=trip.reference)
    return redirect(f"{address}/change?journey={found.segment.journey}")


@blueprint.get("/refund")
def ask_for_refund(token: str) -> Response:
    """Go on to the quote of a refund: of the changed way, unless all is asked for."""
    found, trip = _read(token)
    refunds = refunds_of(found, trip)
    if not found.is_open or not refunds:
        return _page(found, trip, token=token, status=409)
    _let_in(token, trip)
    part = refunds[-1 if "whole" in request.args else 0].part
    chosen = None if part.is_whole else f"{JOURNEY}{part.journey}"
    return redirect(url_for("cancellation.cancel", reference=trip.reference, part=chosen))


def _let_in(token: str, trip: Trip) -> None:
    if links.is_mailed(token):
        lead_in(trip.booking)
    else:  # Who has it from a page has seen no more than that page.
        let_in_by_name(trip.booking)


def _read(token: str) -> tuple[ScheduleChange, Trip]:
    try:
        found = links.read(token)
    except LinkInvalid:
        _refuse_link("invalid", 404)
    except LinkOutdated:
        _refuse_link("outdated", 410)
    if found.answer == Answer.WITHDRAWN:
        # What has befallen the flight since is what there is to decide.
        found = open_change_of_segment(found.segment_id) or found
    booking = booking_by_id(found.booking_id)
    assert booking is not None  # No booking is ever taken out.
    if links.open_until(found) <= clock.now():
        _refuse_link("has left", 410)
    return found, trip_of(booking)


def _refuse_link(why: str, status: int) -> NoReturn:
    abort(render("booking/schedule_changes/link_refused.html", status=status, why=why))


def _page(
    found: ScheduleChange,
    trip: Trip,
    *,
    token: str,
    status: int = 200,
    has_moved: bool = False,
    is_accepting: bool = False,
) -> Response:
    return render(
        "booking/schedule_changes/change.html",
        status=status,
        shown=shown_change(found),
        seen=times_now([found.segment]),
        lost=[
            gap
            for gap in connections_to_come(trip)
            if found.segment_id in (gap.arriving.segment.id, gap.departing.segment.id)
        ],
        trip=trip,
        token=token,
        has_moved=has_moved,
        is_accepting=is_accepting,
    )
