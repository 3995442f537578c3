"""Counts the calls of a full import from Spotify by the same plan that its client follows.

If lists shift while they are read, or calls fail, the actual cost is higher.
"""

from collections.abc import Mapping, Sequence

import attrs

from thesetd.adapters.providers.spotify.plan import (
    ALBUMS_IN_A_BATCH,
    SONGS_IN_AN_ALBUM,
    TRACKS_IN_A_BATCH,
    batches_of,
    lists_of,
)
from thesetd.adapters.providers.spotify.profile import LARGE_PAGE, Profile


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
