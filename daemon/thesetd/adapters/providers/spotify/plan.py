"""Plans the cheapest requests for a catalogue that a profile allows. Pure."""

from collections.abc import Sequence
from typing import TypeVar

from thesetd.adapters.providers.spotify.profile import SMALL_PAGE, Profile

T = TypeVar("T")

OWN_GROUPS = ("album", "single", "compilation")  # "appears_on" would add thousands of other artists' albums
ALBUMS_IN_A_BATCH = 20
TRACKS_IN_A_BATCH = 50
SONGS_IN_AN_ALBUM = 50  # songs included with the album itself; the rest comes in large pages


def lists_of(profile: Profile) -> tuple[tuple[str, ...], ...]:
    """Return the lists to request, each with its groups of releases.

    One list for all groups never costs more than one per group. But profiles with small pages also lack `album_group`
    in the answers, so each group has to be requested separately.
    """
    return (OWN_GROUPS,) if profile.page_limit > SMALL_PAGE else tuple((group,) for group in OWN_GROUPS)


def batches_of(profile: Profile, ids: Sequence[T], most: int) -> list[Sequence[T]]:
    """Distribute ids over calls: as many in each as the endpoint accepts, or one if batches are unavailable."""
    size = most if profile.batch else 1
    return [ids[start : start + size] for start in range(0, len(ids), size)]
