"""The steps of a booking, taken as a browser takes them: seats are held, passengers named."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import make_flight, make_offer
from webapp.flights.fares import Party
from webapp.flights.models import Flight
from webapp.search.offers import sign

ALICE = {
    "passengers-0-given_name": "Alice",
    "passengers-0-family_name": "Meier",
    "passengers-0-born_on": "1990-05-31",
    "contact_email": "alice@example.com",
}


def hold(client: FlaskClient, *flights: Flight, party: Party | None = None) -> str:
    """Hold seats as a browser does, and return the address of the next page."""
    offer = sign(make_offer(*(flights or [make_flight()]), party=party))
    answer = client.post(
        "/holds", data={"offer": offer, "idempotency_key": f"key-{hash(offer) % 10**12:016}"}
    )
    assert answer.status_code == 303
    return str(answer.location)


def name(client: FlaskClient, address: str, **changes: str) -> TestResponse:
    """Name Alice, or whoever `changes` say; __ stands for a dash in a field's name."""
    given = {key.replace("__", "-"): value for key, value in changes.items()}
    return client.post(address, data={**ALICE, **given})
