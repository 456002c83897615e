"""`flask integrity check`."""

from __future__ import annotations

import click

from webapp.commands.terminal import CommandGroup
from webapp.formats import plural
from webapp.staff.integrity import broken_promises

integrity_group = CommandGroup("integrity", help="The promises that always hold.")


@integrity_group.command("check")
def check() -> None:
    """Look for rows that break a promise; print them and exit with 1 where there are any."""
    broken = broken_promises()
    for row in broken:
        click.echo(f"{row.promise}: {row.row}")
    if broken:
        rows = plural(len(broken), "row breaks", "rows break")
        raise click.ClickException(f"{rows} a promise.")
    click.echo("Every promise holds.")
