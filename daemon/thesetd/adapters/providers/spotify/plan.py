"""The cheapest way to ask for a catalogue that a profile allows, and how many calls it takes. Pure.

What the client plans and what the count says come from the same functions. The figures are those of the client's own
plan; a provider that moves its lists while they are read, or fails, costs more.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import attrs

from thesetd.adapters.providers.spotify.profile import LARGE_PAGE, SMALL_PAGE, Profile

T = TypeVar("T")

OWN_GROUPS = ("album", "single", "compilation")  # "appears_on" would pull in thousands of other people's albums
ALBUMS_IN_A_BATCH = 20
TRACKS_IN_A_BATCH = 50
SONGS_IN_AN_ALBUM = 50  # come with the album itself; what is beyond them comes in large pages


@attrs.frozen(kw_only=True)
class Cost:
    """The calls of a full import of an artist that is named by its exact name."""

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
    """Return the lists to ask for, each with the groups of releases in it.

    One for all groups is never dearer than one each. Where pages are small the answers have no `album_group` either:
    each group has to be requested by itself.
    """
    return (OWN_GROUPS,) if profile.page_limit > SMALL_PAGE else tuple((group,) for group in OWN_GROUPS)


def batches_of(profile: Profile, ids: Sequence[T], most: int) -> list[Sequence[T]]:
    """Share ids among calls: as many in each as the endpoint takes, or one where batches are gone."""
    size = most if profile.batch else 1
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def import_cost(profile: Profile, releases: Mapping[str, int], songs: Sequence[int]) -> Cost:
    """Count the calls of a full import.

    Args:
        profile: what the client id may use.
        releases: how many releases the artist has in each group of `OWN_GROUPS`.
        songs: for each release, how many songs are on it.
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
