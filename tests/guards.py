"""Guards that are taken away while a test runs, to see what they were for.

A part of a statement is taken out on its way to the database, so what is missing is what the
database would have heard; a constraint is dropped, and put back once the rows that it would have
refused are gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import CheckConstraint, UniqueConstraint, event
from sqlalchemy.schema import AddConstraint, DropConstraint

from tests.conftest import empty
from webapp.db import Base, db
from webapp.staff.integrity import broken_promises

_PARAMETER = r"(%\(\w+\)s|\?)"


@contextmanager
def unlocked(table: str) -> Iterator[None]:
    """Read rows of a table without a lock, where one was asked for."""
    lock = r"\s+(FOR UPDATE|FOR SHARE|LOCK IN SHARE MODE)( SKIP LOCKED)?$"
    with _rewritten(rf"FROM {table}\b", lock, ""):
        yield


@contextmanager
def waiting(table: str) -> Iterator[None]:
    """Wait for locked rows of a table, where they were to be skipped."""
    with _rewritten(rf"FROM {table}\b", " SKIP LOCKED$", ""):
        yield


@contextmanager
def regardless(statement: str, *conditions: str) -> Iterator[None]:
    """Run statements like `statement` whether or not conditions of theirs are met.

    A parameter stands in a condition as a question mark.
    """
    asked = "|".join(re.escape(each).replace(r"\?", _PARAMETER) for each in conditions)
    pattern = re.escape(statement).replace(r"\?", _PARAMETER)
    with _rewritten(pattern, asked, r"(\g<0> OR 1 = 1)"):
        yield


@contextmanager
def dropped(*names: str) -> Iterator[None]:
    """Drop constraints of MariaDB; afterwards empty all tables and put the constraints back."""
    constraints = [
        each
        for table in Base.metadata.sorted_tables
        for each in table.constraints
        if isinstance(each, (CheckConstraint, UniqueConstraint)) and each.name in names
    ]
    assert len(constraints) == len(names)
    db.session.remove()  # What it has read would keep the tables as they are.
    with db.engine.begin() as connection:
        for each in constraints:
            connection.execute(DropConstraint(each))
    try:
        yield
    finally:
        db.session.remove()
        empty()
        with db.engine.begin() as connection:
            for each in constraints:
                connection.execute(AddConstraint(each))


def broken() -> set[str]:
    """Return the promises that are broken at this moment."""
    db.session.rollback()
    db.session.expire_all()
    return {each.promise for each in broken_promises()}


@contextmanager
def _rewritten(pattern: str, part: str, by: str) -> Iterator[None]:
    changes = 0

    def rewrite(
        _c: object, _cursor: object, statement: str, parameters: object, *_rest: object
    ) -> tuple[str, object]:
        nonlocal changes
        if re.search(pattern, statement):
            statement, times = re.subn(part, by, statement)
            changes += times
        return statement, parameters

    event.listen(db.engine, "before_cursor_execute", rewrite, retval=True)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", rewrite)
    assert changes, "the guard was not there to be taken away"
