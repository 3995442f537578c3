"""Reads an artist's lists of albums at the same time, each as far as it may hold something new.

While the cache keeps no answers, what was read is stored in the checkpoint: else each crash would repeat these calls
for as long as albums are being fetched.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import attrs

from thesetd.actors.jobs.ahead import concurrently
from thesetd.actors.jobs.paging import ListResult, collect
from thesetd.actors.jobs.work import PATIENCE, JobRun
from thesetd.domain.documents import read_document, written
from thesetd.domain.errors import Unavailable
from thesetd.domain.freshness.rereading import list_id, unread_pages
from thesetd.domain.gate.calls import Call, Page
from thesetd.domain.music.records import Album, ReadList, Reject
from thesetd.ports.providers import Catalog

LISTS = "lists"  # in the checkpoint: the lists as they were read
FRESH = timedelta(seconds=1800)  # as long as the cache would return them


@attrs.define
class AlbumLists:
    """An artist's lists of albums. `whole` are those that were read to the end, `short` says what the others lack.

    `ranks` is how popular the best-known tracks are.
    """

    albums: dict[str, Album] = attrs.field(factory=dict)
    whole: list[ReadList] = attrs.field(factory=list)
    rejects: list[Reject] = attrs.field(factory=list)
    short: list[str] = attrs.field(factory=list)
    ranks: Mapping[str, int | None] = attrs.field(factory=dict)

    def keep(self, work: JobRun, artist_id: str) -> None:
        """Add what was read to the checkpoint, if the cache does not keep it. Rejects are stored with it."""
        if work.reads_ahead() or LISTS in work.checkpoint:
            return
        work.checkpoint[LISTS] = {
            "artist": artist_id,
            "at": work.tools.clock.now().isoformat(),
            "albums": written(tuple(self.albums.values())),
            "whole": written(self.whole),
            "short": self.short,
            "ranks": self.ranks,
        }

    @classmethod
    def kept(cls, work: JobRun, artist_id: str) -> "AlbumLists | None":
        """Return what an earlier run of the job has read, None if there is none that is fresh."""
        found: Mapping[str, Any] = work.checkpoint.get(LISTS) or {}
        if found.get("artist") != artist_id:
            return None
        if work.tools.clock.now() - datetime.fromisoformat(found["at"]) < FRESH:
            with suppress(KeyError, TypeError, ValueError):  # another version of the daemon has stored it
                albums = read_document(tuple[Album, ...], found["albums"])
                return cls(
                    albums={album.spotify_id: album for album in albums},
                    whole=list(read_document(tuple[ReadList, ...], found["whole"])),
                    short=list(found["short"]),
                    ranks=found["ranks"],
                )
        del work.checkpoint[LISTS]
        return None


async def read_lists(work: JobRun, catalog: Catalog, artist_id: str, stored: Mapping[str, Album]) -> AlbumLists:
    """Read the lists; an album in several of them is as the first of these says.

    Raises:
        ProviderError: of the first list that is unavailable.
    """
    lists = [partial(_read, work, first, stored) for first in catalog.artist_albums(artist_id)]
    found = AlbumLists()
    for albums, one in await concurrently(lists):
        for album in albums:
            is_its = album.artist_spotify_id == artist_id
            mine = album if is_its else attrs.evolve(album, artist_spotify_id=artist_id)
            found.albums.setdefault(album.spotify_id, mine)
        found.whole += one.whole
        found.rejects += one.rejects
        found.short += one.short
    return found


async def _read(
    work: JobRun, first: Call[Page[Album]], stored: Mapping[str, Album]
) -> tuple[tuple[Album, ...], AlbumLists]:
    """Read a list as far as it may hold something new; return its albums, and what is known about it otherwise."""
    now, key, about = work.tools.clock.now(), list_id(work.known().id, first.request.key), AlbumLists()
    known = (await work.tools.reading.repertoires.lists([key])).get(key)
    page = await work.fetch(first)
    rest = unread_pages(page.items, page.total, known, stored.values(), now)
    if rest is not None and page.next is not None:
        return (*page.items, *rest), about
    found = await _followed(work, page)
    if found.doubtful and work.watched:
        page = await work.fetch(attrs.evolve(first, since=work.tools.clock.now()))
        again = await _followed(work, page)
        again.items[:0] = found.items
        found = again
    about.rejects += found.rejects
    if found.short:
        about.short.append(f"only {found.sent} of {found.total} albums are listed")
    elif found.rejects:
        about.short.append(f"{len(found.rejects)} of {found.sent} albums cannot be read")
    else:
        about.whole.append(ReadList(id=key, read_at=now, total=page.total))
    return tuple(found.items), about


async def _followed(work: JobRun, page: Page[Album]) -> ListResult[Album]:
    """Follow a list from its first page; a list that keeps breaking off is used as far as it goes."""
    found: ListResult[Album] = ListResult(ended=page.next is None)
    try:
        if page.next is not None:
            work.begin(page.rest)
            await collect(work.fetch, page.next, into=found)
    except Unavailable:
        if work.job.attempts < PATIENCE:
            raise
        found.ended = True
    found.items[:0], found.rejects[:0] = page.items, page.rejects
    found.sent += len(page.items) if page.sent is None else page.sent
    found.total = page.total
    return found
