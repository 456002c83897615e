"""Addresses that take no value are worked out once, for whoever asks."""

from __future__ import annotations

import pytest
from flask import Flask, url_for


@pytest.mark.parametrize("asked", ["by a view", "by a template"])
def test_an_address_without_values_is_worked_out_once(app: Flask, asked: str) -> None:
    address = url_for if asked == "by a view" else app.jinja_env.globals["url_for"]
    with app.test_request_context():
        first = address("booking.find_trip")
    with app.test_request_context():
        assert address("booking.find_trip") is first


def test_what_an_address_is_to_have_besides_counts_each_time(app: Flask) -> None:
    with app.test_request_context():
        plain = url_for("booking.find_trip")
        assert url_for("booking.find_trip", _external=True) == f"http://localhost{plain}"
        assert url_for("booking.find_trip", _anchor="main") == f"{plain}#main"
        assert url_for("booking.find_trip", reference="ABCDEF") == f"{plain}?reference=ABCDEF"
        assert url_for("booking.find_trip") == plain
