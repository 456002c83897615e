"""`flask clock`: show the present of the business, and move it where it may be moved."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import click
from flask import current_app
from sqlalchemy import inspect

from webapp import clock
from webapp.booking import service
from webapp.booking.models import Booking
from webapp.booking.queries import holds_past_their_time
from webapp.commands.terminal import CommandGroup
from webapp.db import db, transaction

_SPAN = re.compile(
    r"(?P<sign>-?)(?:(?P<days>\d{1,5})d)?(?:(?P<hours>\d{1,5})h)?(?:(?P<minutes>\d{1,5})m)?"
)

_YEARS = range(2000, 2100)

clock_group = CommandGroup("clock", help="The clock of the business.")


@clock_group.command("show")
def show() -> None:
    """Show the present."""
    click.echo(clock.now().isoformat(timespec="seconds"))


@clock_group.command("set")
@click.argument("instant")
def set_(instant: str) -> None:
    """Make INSTANT the present, such as 2026-12-01T08:00:00+05:30."""
    _require_movable()
    try:
        present = datetime.fromisoformat(instant)
    except ValueError:
        raise click.ClickException(f"{instant} is no ISO 8601 date and time.") from None
    if present.tzinfo is None:
        raise click.ClickException(f"{instant} says no offset from UTC: add Z or +05:30.")
    _move_to(present)
    click.echo(clock.now().isoformat(timespec="seconds"))


# A span that goes back begins with a dash and is no option.
@clock_group.command("advance", context_settings={"ignore_unknown_options": True})
@click.argument("span")
def advance(span: str) -> None:
    """Move the present on by SPAN, such as 1d2h30m, or back, such as -90m."""
    _require_movable()
    match = _SPAN.fullmatch(span)
    if match is None or not any(match.group("days", "hours", "minutes")):
        raise click.ClickException(f"{span} is no span of time; write it like 1d2h30m.")
    days, hours, minutes = (int(part or 0) for part in match.group("days", "hours", "minutes"))
    by = timedelta(days=days, hours=hours, minutes=minutes)
    _move_to(clock.now() + (-by if match["sign"] else by))
    click.echo(clock.now().isoformat(timespec="seconds"))


@clock_group.command("reset")
def reset() -> None:
    """Return to the machine's own time."""
    _require_movable()
    _end_holds()
    clock.reset()
    click.echo(clock.now().isoformat(timespec="seconds"))


def _move_to(present: datetime) -> None:
    # Time zones, and the days that a page shows beside a day, must have room on either side.
    if present.year not in _YEARS:
        raise click.ClickException(
            f"{present.year} is too far: the clock goes from {_YEARS[0]} to {_YEARS[-1]}."
        )
    if present < clock.now():
        _end_holds()
    clock.move_to(present)


def _end_holds() -> None:
    """End the holds whose time is over before the clock is turned back.

    They would seem to run again, though others may have their seats by now.
    """
    if not inspect(db.engine).has_table(Booking.__tablename__):
        return
    while lapsed := holds_past_their_time():
        for booking_id in lapsed:
            with transaction():
                service.expire_hold(booking_id)


def _require_movable() -> None:
    if not current_app.config["SETTINGS"].movable_clock:
        raise click.ClickException("This clock cannot be moved: MOVABLE_CLOCK is no.")
