"""Races: several threads that do one thing each, at the same moment or in an order set by hand."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import TypeVar

from flask import Flask
from sqlalchemy import event

from webapp.db import db

Outcome = TypeVar("Outcome")


def at_once(app: Flask, acts: Sequence[Callable[[], Outcome]]) -> list[Outcome]:
    """Do everything at the same moment, each in a thread and an application context of its own.

    All are connected to the database before the first begins: to connect takes longer than what
    they race for, and one would be done before the next has come.
    """
    db.session.remove()
    all_here = threading.Barrier(len(acts))

    def start(act: Callable[[], Outcome]) -> Outcome:
        with app.app_context():
            db.session.connection()
            all_here.wait(timeout=30)
            db.session.remove()  # The connection goes to the pool, for whoever acts next.
            return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(start, acts))


@contextmanager
def meeting(parties: int, after: str) -> Iterator[None]:
    """Let so many threads wait for each other, each once it has run a statement like `after`.

    So all of them have seen the same before the first one goes on.
    """
    all_here, came = threading.Barrier(parties), set[int]()

    def wait(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if threading.get_ident() not in came and re.search(after, statement):
            came.add(threading.get_ident())
            all_here.wait(timeout=30)

    event.listen(db.engine, "after_cursor_execute", wait)
    try:
        yield
    finally:
        event.remove(db.engine, "after_cursor_execute", wait)
    assert len(came) == parties


@contextmanager
def meanwhile(app: Flask, act: Callable[[], object], after: str, nth: int = 1) -> Iterator[None]:
    """Do something from beginning to end once this thread has run its nth statement like `after`.

    It is done in a thread and an application context of its own, as by somebody else.
    """
    here, acts, still = threading.get_ident(), [act], count(nth, -1)

    def start() -> None:
        with app.app_context():
            acts.pop()()

    def step_aside(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        is_like = acts and threading.get_ident() == here and re.search(after, statement)
        if is_like and next(still) == 1:
            with ThreadPoolExecutor(1) as other:
                other.submit(start).result()

    event.listen(db.engine, "after_cursor_execute", step_aside)
    try:
        yield
    finally:
        event.remove(db.engine, "after_cursor_execute", step_aside)
    assert not acts
