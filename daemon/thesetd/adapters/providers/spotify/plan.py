"""Plans the cheapest requests for a catalogue that a profile allows, and counts the calls. Pure.

The client's plan and the count use the same functions. If lists shift while they are read, or calls fail, the actual
cost is higher.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import attrs

from thesetd.adapters.providers.spotify.profile import LARGE_PAGE, SMALL_PAGE, Profile

T = TypeVar("T")

OWN_GROUPS = ("album", "single", "compilation")  # "appears_on" would add thousands of other artists' albums
ALBUMS_IN_A_BATCH = 20
TRACKS_IN_A_BATCH = 50
SONGS_IN_AN_ALBUM = 50  # songs included with the album itself; the rest comes in large pages


@attrs.frozen(kw_only=True)
class Cost:
    """The calls of a full import of an artist given by its exact name."""

    search: int
    lists: int
    albums: int
    songs: int
    popular: int

    @property
    def total(self) -> int:
        """Return the sum."""
        return self.search + self.lists + self.albums + self.songs + self.popular


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


def import_cost(profile: Profile, releases: Mapping[str, int], songs: Sequence[int]) -> Cost:
    """Count the calls of a full import.

    Args:
        profile: what the client id may use.
        releases: how many releases the artist has in each group of `OWN_GROUPS`.
        songs: the number of songs on each release.
    """
    lists = (sum(releases.get(group, 0) for group in groups) for groups in lists_of(profile))
    return Cost(
        search=1,
        lists=sum(max(1, _pages(count, profile.page_limit)) for count in lists),
        albums=len(batches_of(profile, songs, ALBUMS_IN_A_BATCH)),
        songs=sum(_pages(count - SONGS_IN_AN_ALBUM, LARGE_PAGE) for count in songs if count > SONGS_IN_AN_ALBUM),
        popular=1 if profile.top_tracks else _pages(sum(songs), TRACKS_IN_A_BATCH) if profile.batch else 0,
    )


def _pages(items: int, size: int) -> int:
    return -(-items // size)
