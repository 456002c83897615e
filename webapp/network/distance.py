"""Distances between airports, along the great circle, and the least time that they take."""

from __future__ import annotations

from datetime import timedelta
from math import asin, cos, radians, sin, sqrt
from typing import Protocol

# No airliner covers the ground faster.
FASTEST_KMH = 1_000
_EARTH_RADIUS_KM = 6371.0
_SHORTEST = timedelta(minutes=10)


class Located(Protocol):
    """What lies somewhere on the earth, in degrees."""

    @property
    def latitude(self) -> float:
        """Degrees north of the equator."""

    @property
    def longitude(self) -> float:
        """Degrees east of Greenwich."""


def fastest(origin: Located, destination: Located) -> timedelta:
    """Return the least time that an airliner takes between two airports."""
    km = great_circle_km(
        origin.latitude, origin.longitude, destination.latitude, destination.longitude
    )
    return max(_SHORTEST, timedelta(hours=km / FASTEST_KMH))


def great_circle_km(
    from_latitude: float, from_longitude: float, to_latitude: float, to_longitude: float
) -> float:
    """Return the kilometres between two points given in degrees, by the haversine formula."""
    north, east = radians(to_latitude - from_latitude), radians(to_longitude - from_longitude)
    scale = cos(radians(from_latitude)) * cos(radians(to_latitude))
    return 2 * _EARTH_RADIUS_KM * asin(sqrt(sin(north / 2) ** 2 + scale * sin(east / 2) ** 2))
