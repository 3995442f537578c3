"""Decides whether two descriptions of a place mean the same hall, the same town, or neither.

Names alone prove little: a renamed hall has a new id at setlist.fm, towns are spelled in two languages, and a suburb
may be given as its city. Distance decides if both sides have coordinates; setlist.fm's are those of the city's centre.
"""

from enum import IntEnum

import attrs

from thesetd.domain.distance import distance_km
from thesetd.domain.music.names import fold
from thesetd.domain.wording.cities import town_of

NEAR_KM = 50.0


class Proximity(IntEnum):
    """How close two places are, the closest last."""

    FAR = 0
    UNKNOWN = 1
    CITY = 2
    SAME = 3


@attrs.frozen(kw_only=True)
class Place:
    """A place as one provider describes it; `ids` are all ids by which the venue is known, "setlistfm:6bd6ca6e"."""

    ids: frozenset[str] = frozenset()
    name: str = ""
    city: str = ""
    country: str = ""
    latitude: float | None = None
    longitude: float | None = None


NOWHERE = Place()


def proximity(one: Place, other: Place) -> Proximity:
    """Compare two places."""
    if one.ids & other.ids:
        return Proximity.SAME
    town = _town(one, other)
    same_name = _alike(one.name, other.name)
    if town is Proximity.CITY:
        return Proximity.SAME if same_name else Proximity.CITY
    if town is Proximity.UNKNOWN and same_name:
        return Proximity.SAME
    return town


def _town(one: Place, other: Place) -> Proximity:
    far = distance_km(one, other)
    if far is not None:
        return Proximity.CITY if far <= NEAR_KM else Proximity.FAR
    if one.country and other.country and one.country != other.country:
        return Proximity.FAR
    if not fold(one.city) or not fold(other.city):
        return Proximity.UNKNOWN
    return Proximity.CITY if _alike(town_of(one.city), town_of(other.city)) else Proximity.FAR


def _alike(one: str, other: str) -> bool:
    """Return whether all words of the shorter name are in the longer: "Gaia", "Vila Nova de Gaia"."""
    words, others = set(fold(one).split()), set(fold(other).split())
    return bool(words and others) and (words <= others or others <= words)
