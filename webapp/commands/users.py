"""`flask users create` and `flask users demote`."""

from __future__ import annotations

import sys

import click

from webapp.accounts.errors import LastAdministrator, NotStaff
from webapp.accounts.models import Role
from webapp.accounts.queries import user_by_email
from webapp.accounts.rights.service import demote_staff
from webapp.accounts.service import (
    LONGEST,
    PASSWORD_RULE,
    SHORTEST,
    ensure_user,
    is_tried_first,
    normal_email,
)
from webapp.commands.terminal import CommandGroup
from webapp.db import transaction
from webapp.network.models import Airline

users_group = CommandGroup("users", help="Accounts.")


@users_group.command("create")
@click.argument("email")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--airline", metavar="IATA", help="The airline that airline_staff work for.")
@click.option("--password", help="Asked for where it is not given.")
def create(email: str, role: str, airline: str | None, password: str | None) -> None:
    """Create an account that can log in at once."""
    try:
        email = normal_email(email)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    airline = airline and airline.strip().upper()
    if role == Role.AIRLINE_STAFF and not airline:
        raise click.ClickException("Say which airline they work for: --airline XX.")
    if role != Role.AIRLINE_STAFF and airline is not None:
        raise click.ClickException("--airline belongs to the role airline_staff, and to no other.")
    with transaction() as session:
        # MariaDB refuses to compare other letters with a column that holds ASCII alone.
        if airline and (not airline.isascii() or session.get(Airline, airline) is None):
            raise click.ClickException(f"There is no airline {airline}.")
    if password is None:
        password = _asked_password()
    # What registering asks of a password, who has more rights is asked all the more.
    is_long_enough = SHORTEST <= len(password) <= LONGEST
    if not is_long_enough or is_tried_first(password.strip()):
        raise click.ClickException(f"The password is refused. {PASSWORD_RULE}")
    with transaction():
        if user_by_email(email) is not None:
            raise click.ClickException(f"{email} has an account already; it was left as it is.")
        ensure_user(email, password, Role(role), airline)
    click.echo(f"{email} can log in as {role}.")


@users_group.command("demote")
@click.argument("email")
def demote(email: str) -> None:
    """End the rights and the sessions of somebody who worked here; they may still travel."""
    try:
        email = normal_email(email)
        with transaction():
            demote_staff(email)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    except NotStaff:
        raise click.ClickException(f"{email} has no account of staff.") from None
    except LastAdministrator:
        raise click.ClickException(f"Without {email} there is no administrator left.") from None
    click.echo(f"{email} is a traveller now, and logged out everywhere.")


def _asked_password() -> str:
    if not sys.stdin.isatty():
        raise click.ClickException("There is no terminal to ask for a password: give --password.")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
