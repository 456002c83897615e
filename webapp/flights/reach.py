"""Reads: how far aircraft of a type are sent, as far as the schedules say."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select

from webapp.db import db
from webapp.flights.models import Schedule
from webapp.network.queries import AirportInfo, directory


class FarthestLeg(NamedTuple):
    """The longest way that a schedule sends a type of aircraft, and a way that is longer."""

    origin: AirportInfo
    destination: AirportInfo
    km: float
    asked_km: float


def farther_than_scheduled(
    type_code: str, origin_iata: str, destination_iata: str
) -> FarthestLeg | None:
    """Return the farthest that any schedule sends a type; None where this way is no longer.

    None, too, where no schedule knows the type.
    """
    network = directory()
    query = select(Schedule.origin_iata, Schedule.destination_iata).distinct()
    ways = db.session.execute(query.where(Schedule.aircraft_type == type_code)).all()
    farthest = max(ways, key=lambda way: network.km(*way), default=None)
    asked_km = network.km(origin_iata, destination_iata)
    if farthest is None or asked_km <= network.km(*farthest):
        return None
    origin, destination = (network.airports[iata] for iata in farthest)
    return FarthestLeg(origin, destination, network.km(*farthest), asked_km)
