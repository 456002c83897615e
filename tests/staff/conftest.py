"""Who works with the staff pages."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.builders import log_in, make_user
from webapp.accounts.models import Role


@pytest.fixture
def sam(app: Flask, client: FlaskClient) -> FlaskClient:
    """Return a browser in which Sam, who works for X1, is logged in."""
    log_in(client, make_user("sam@example.com", Role.AIRLINE_STAFF, "X1"))
    return client
