"""Computes distances between places."""

import math
from typing import Protocol

EARTH_KM = 6371.0


class Located(Protocol):
    """A place whose position may be known, in degrees."""

    @property
    def latitude(self) -> float | None:
        """North of the equator."""

    @property
    def longitude(self) -> float | None:
        """East of Greenwich."""


def distance_km(one: Located, other: Located) -> float | None:
    """Return the distance between two places on the globe, None if either has no position."""
    if one.latitude is None or one.longitude is None or other.latitude is None or other.longitude is None:
        return None
    north, other_north = math.radians(one.latitude), math.radians(other.latitude)
    half_north = (other_north - north) / 2
    half_east = math.radians(other.longitude - one.longitude) / 2
    chord = math.sin(half_north) ** 2 + math.cos(north) * math.cos(other_north) * math.sin(half_east) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(max(chord, 0.0), 1.0)))
