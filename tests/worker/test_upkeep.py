"""What the schedule has done besides mails."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from tests.builders import make_flight, make_hold
from tests.worker.conftest import StartWorker, eventually
from webapp import clock
from webapp.booking.models import Booking
from webapp.booking.service import expire_hold
from webapp.db import db, transaction
from webapp.retention import HOLDS_KEPT

pytestmark = [pytest.mark.databases("mariadb"), pytest.mark.rabbitmq]


def test_the_schedule_sees_to_it_that_old_holds_are_forgotten(
    app: Flask, start_worker: StartWorker
) -> None:
    hold = make_hold(make_flight())
    clock.move_to(hold.expires_at)
    with transaction():
        expire_hold(hold.id)
    clock.advance(HOLDS_KEPT)
    start_worker("deliver", "schedule")

    def is_forgotten() -> bool:
        db.session.rollback()
        return db.session.scalar(select(Booking.forgotten_at)) is not None

    assert eventually(is_forgotten)
