"""What all commands share: errors in one line, and a bar that shows how far a command is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from webapp.errors import Busy

Progress = Callable[[int, int, str], None]


class CommandGroup(AppGroup):
    """A group of commands whose failures are one line for people, and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what the database refuses is told in its first line."""
        try:
            return super().invoke(ctx)
        except UnicodeError:
            raise click.ClickException("What was typed is not text in UTF-8.") from None
        except Busy:
            raise click.ClickException("The database is busy with others. Try again.") from None
        except DBAPIError as error:
            cause = str(error.orig).splitlines()[0]
            raise click.ClickException(
                f"The database refused: {cause}. Has `flask db upgrade` been run?"
            ) from None


@contextmanager
def progress_bar(label: str) -> Iterator[Progress]:
    """Give a function that draws how much is done: progress(done, total, what)."""
    with click.progressbar(length=1, label=label) as bar:

        def progress(done: int, total: int, what: str) -> None:
            bar.label = f"{label}: {what}"
            bar.length = max(1, total)
            bar.update(done - bar.pos)
            bar.render_progress()

        yield progress
