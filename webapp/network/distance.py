"""Distances between airports, along the great circle."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

_EARTH_RADIUS_KM = 6371.0


def great_circle_km(
    from_latitude: float, from_longitude: float, to_latitude: float, to_longitude: float
) -> float:
    """Return the kilometres between two points given in degrees, by the haversine formula."""
    north, east = radians(to_latitude - from_latitude), radians(to_longitude - from_longitude)
    scale = cos(radians(from_latitude)) * cos(radians(to_latitude))
    return 2 * _EARTH_RADIUS_KM * asin(sqrt(sin(north / 2) ** 2 + scale * sin(east / 2) ** 2))
