"""Decides which parts of an artist's catalogue have to be read again, by its lists and what is stored.

An album is read again if its list entry differs from what is stored, or if not all of its tracks were read. An album
that is listed but not available is requested again after some days. A list is unchanged if its first page holds nothing
new and it claims as many items as when it was read to its end: lists are in order of release, newest first. After
`WHOLE_AGAIN` it is read to its end in any case, since an album may have been replaced by another.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from thesetd.domain.ids import row_id
from thesetd.domain.music.records import Album, ReadList

__all__ = ["WHOLE_AGAIN", "is_read", "list_id", "unread_pages"]

WHOLE_AGAIN = timedelta(days=7)

_TELLING = ("release_date", "total_tracks", "album_type", "image_url")  # besides the name


def list_id(artist: UUID, request: str) -> UUID:
    """Return the id of an artist's list, which depends on the request that reads it."""
    return row_id("lists", str(artist), request)


def is_read(listed: Album, stored: Mapping[str, Album], now: datetime) -> bool:
    """Return whether no part of a listed album has to be read again."""
    known = stored.get(listed.spotify_id)
    if known is None or not _says_the_same(listed, known):
        return False
    if not known.available:
        return now - known.fetched_at < WHOLE_AGAIN
    return known.read_tracks is not None and listed.total_tracks in {None, known.read_tracks}


def _says_the_same(listed: Album, known: Album) -> bool:
    named = listed.name in {"", known.name}
    return named and all(getattr(listed, field) in {None, getattr(known, field)} for field in _TELLING)


def unread_pages(
    page: Collection[Album], total: int | None, known: ReadList | None, stored: Iterable[Album], now: datetime
) -> tuple[Album, ...] | None:
    """Return the albums after the first page of a list that need no reading, None if the next page has to be read.

    Args:
        page: the first page.
        total: how many items the list claims to hold.
        known: the list as it was when it was last read to its end.
        stored: the artist's albums.
        now: the time.
    """
    albums = {album.spotify_id: album for album in stored}
    groups = {album.album_group for album in page}
    same = known is not None and known.total == total is not None and now - known.read_at < WHOLE_AGAIN
    if not same or len(groups) != 1 or not page or not all(is_read(album, albums, now) for album in page):
        return None
    return tuple(album for album in albums.values() if album.album_group in groups)
