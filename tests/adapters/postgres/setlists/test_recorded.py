"""Every recorded setlist goes through the database and comes back whole."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.setlists.pages import place_of
from thesetd.adapters.providers.setlistfm.rows import to_setlist
from thesetd.adapters.providers.setlistfm.wire import WireSetlist, read_one
from thesetd.domain.ids import SPOTIFY
from thesetd.domain.music.records import ActualSetlist, Artist, Rows
from thesetd.domain.work.batches import Batch

AT = datetime(2026, 11, 22, tzinfo=UTC)
PAGES = """
select p.setlistfm_id, p.version_id, p.url, p.tour, p.info, p.songs, p.encore_songs, p.last_updated, p.place,
    p.event_date
from thesetd.setlist_pages p
"""
GROWN = "select id, jsonb_array_length(songs) + jsonb_array_length(encore_songs) from actual_setlists"


def bodies(corpus: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every recorded setlist with its file, those in lists included, but for the documents' example."""
    for pattern in ("setlist/*.json", "*-setlists/*.json"):
        for path in sorted((corpus / "setlistfm").glob(pattern)):
            if "docs" not in path.name:
                body = json.loads(path.read_text(encoding="utf-8"))
                yield from ((path.name, one) for one in body.get("setlist", (body,)))


def page_of(body: dict[str, Any]) -> ActualSetlist | None:
    """Read one setlist."""
    details = to_setlist(read_one(body, WireSetlist), AT)
    return details and details.setlist


def recorded(corpus: Path) -> dict[str, ActualSetlist]:
    """Read the recorded pages, the newest version of each."""
    found: dict[str, ActualSetlist] = {}
    for _, body in bodies(corpus):
        if (page := page_of(body)) is not None:
            known = found.get(page.setlistfm_id)
            if known is None or (known.last_updated or AT) <= (page.last_updated or AT):
                found[page.setlistfm_id] = page
    return found


async def test_every_recorded_setlist_comes_back_whole(postgres_store: PostgresStore, look: Any, corpus: Path) -> None:
    """Songs in order with sets, encores, tapes, covers, guests and notes; id, version, address, place."""
    pages = recorded(corpus)
    acts = {page.artist_mbid: page.artist_name for page in pages.values()}
    artists = tuple(
        Artist(name=name, slug=f"a-{number}", fetched_at=AT, spotify_id=f"{SPOTIFY}{number}", mbid=mbid)
        for number, (mbid, name) in enumerate(sorted(acts.items()))
    )
    written = await postgres_store.batches.write(
        Batch(at=AT, rows=Rows(artists=artists, actual_setlists=tuple(pages.values())))
    )
    assert written.rejects == ()
    kept = {row[0]: row for row in await look(PAGES)}
    assert kept.keys() == pages.keys()
    for key, page in pages.items():
        row = kept[key]
        assert row[1:5] == (page.version_id, page.url, page.tour, page.info)
        assert (tuple(json.loads(row[5])), tuple(json.loads(row[6]))) == (page.songs, page.encore_songs)
        assert (row[7], place_of(json.loads(row[8])), row[9]) == (page.last_updated, page.place, page.event_date)


async def test_a_recorded_page_that_grows(postgres_store: PostgresStore, look: Any, corpus: Path) -> None:
    """Its three recorded versions give the recorded sequence, in one row from its first songs on."""
    versions = [
        page for file, body in bodies(corpus) if file.startswith("rush-2026-3414963") and (page := page_of(body))
    ]
    rush = Artist(name="Rush", slug="rush", fetched_at=AT, spotify_id=f"{SPOTIFY}0", mbid=versions[0].artist_mbid)
    await postgres_store.batches.write(Batch(at=AT, rows=Rows(artists=(rush,))))
    seen = []
    for page in versions:
        await postgres_store.batches.write(Batch(at=AT, rows=Rows(actual_setlists=(page,))))
        seen.append(await look(GROWN))
    assert [[row[1] for row in rows] for rows in seen] == [[], [29], [30]]
    assert seen[1][0][0] == seen[2][0][0]
    assert await look("select count(*) from thesetd.setlist_versions") == [3]
