"""What a result says of itself: its name among others, and who flies which flight."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from tests.builders import make_flight
from tests.pages import Element, offers, page


def test_each_flight_of_a_connection_stands_beside_its_airline(
    app: Flask, client: FlaskClient
) -> None:
    first = make_flight(destination="BOM", airline="X1")
    later = make_flight(
        origin="BOM",
        destination="LHR",
        departs_at=first.arrives_at + timedelta(hours=3),
        airline="X2",
    )
    last = make_flight(
        origin="LHR",
        destination="JFK",
        departs_at=later.arrives_at + timedelta(hours=3),
        airline="X2",
    )
    (shown,) = offers(client.get(f"/flights?origin=DEL&destination=JFK&depart={first.departs_on}"))
    assert flights_of(shown) == [
        f"{first.airline.name} {first.designator}",
        f"{later.airline.name} {later.designator}",
        last.designator,
    ]


def test_every_result_has_a_heading_below_that_of_its_group(
    app: Flask, client: FlaskClient
) -> None:
    flight = make_flight()
    address = f"/flights?origin=DEL&destination=BOM&depart={flight.departs_on}"
    (shown,) = offers(client.get(address))
    assert shown.one("h2").text == f"08:00, {flight.designator}"
    grouped = page(client.get(f"{address}&group=time_class"))
    assert grouped.one("article").one("h3").text == f"08:00, {flight.designator}"


def flights_of(shown: Element) -> list[str]:
    """Return what a result says of its flights, one by one."""
    return shown.one("p", class_="flown").text.split(" , ")
