"""The database has the last word: it refuses what no code should ever write."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import DatabaseError

from tests.builders import cancel, make_booking, make_flight
from webapp.booking.models import Booking, Coupon, CouponStatus, Quote
from webapp.db import Base, transaction
from webapp.flights.models import FlightCabin
from webapp.notifications.models import Notification

TAKEN = {"seat": "1A", "status": CouponStatus.OPEN}


@pytest.mark.parametrize(
    ("table", "value", "refusal"),
    [
        pytest.param(FlightCabin, {"held": -1}, "ck_flight_cabins_held", id="less than no holds"),
        pytest.param(FlightCabin, {"sold": -1}, "ck_flight_cabins_sold", id="less than no sales"),
        pytest.param(
            Coupon, {"status": CouponStatus.CANCELLED}, "seat_given_back", id="a seat for nobody"
        ),
        pytest.param(
            Coupon, TAKEN, r"flight_id_seat|coupons\.flight_id, coupons\.seat", id="a seat for two"
        ),
        pytest.param(Booking, {"idempotency_key": "k"}, "idempotency_key", id="a form for two"),
        pytest.param(Quote, {"token": "t"}, r"quotes[._]token", id="a quote confirmed twice"),
        pytest.param(
            Notification, {"key": "k"}, r"notifications[._]key", id="a fact announced twice"
        ),
    ],
)
def test_the_database_itself_refuses(
    app: Flask, table: type[Base], value: dict[str, object], refusal: str
) -> None:
    flight = make_flight(seats=100)
    for booking in [make_booking(flight) for _ in range(4)][:2]:
        cancel(booking)
    with pytest.raises(DatabaseError, match=refusal), transaction() as session:
        session.execute(update(table).values(value))
