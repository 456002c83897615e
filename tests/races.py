"""Races: several threads that do one thing each, at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from flask import Flask

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
