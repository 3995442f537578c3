import asyncio
import math
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

import asyncpg
import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exploring import EXPLORE
from sample_rows import MBID, NOW, album, artist, batch, new_job, owner, played, played_show, progress, song, update
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.aio.loop import open_quick_loop
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.text import is_storable
from thesetd.domain.ids import SPOTIFY, row_id
from thesetd.domain.music.names import fold
from thesetd.domain.music.records import ActualSetlist, Album, Artist, Track
from thesetd.domain.music.reference import ArtistRef, ReferenceKind
from thesetd.domain.work.jobs import JobState
from thesetd.domain.work.progress import ProgressEvent

pytestmark = pytest.mark.real
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
# Beyond 15 digits jsonb keeps the decimal text, which may be read back as another binary fraction's.
NUMBERS = st.floats(-1e9, 1e9) | st.sampled_from([math.nan, math.inf])
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | NUMBERS | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)
VERSIONS = count()  # of one page: what two answers say of one version is joined
# The database stays from example to example, which does no harm: each overwrites what it asks for.
SETTINGS = settings(
    max_examples=400 if EXPLORE else 8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def over(dsn: str, check: Callable[[PostgresStore], Awaitable[None]]) -> None:
    """Run a check over the store, in a loop of its own."""

    async def main() -> None:
        async with open_quick_loop(), PostgresStore.open(dsn, AsyncioBridge()) as store:
            await check(store)

    trio.run(main)


def with_ids(names: list[str]) -> tuple[Artist, tuple[Album, ...], tuple[Track, ...]]:
    """Return an artist, and an album and a song of each name."""
    albums = tuple(album(spotify_id=f"Album{n}", name=name, label=name) for n, name in enumerate(names))
    songs = tuple(
        song(spotify_id=f"Song{n}", album_spotify_id="Album", name=name, preview_url=name)
        for n, name in enumerate(names)
    )
    return artist(), (album(spotify_id="Album"), *albums), songs


@SETTINGS
@given(genres=st.lists(ANY_TEXT | st.sampled_from(['"', "\\", "{,}", "null", ""]), max_size=6))
def test_any_list_of_texts_is_stored_as_it_is_or_rejected(migrated_dsn: str, genres: list[str]) -> None:
    """Texts of a list arrive as they are, whatever quotes and braces they hold, or their row is refused."""

    async def check(store: PostgresStore) -> None:
        written = await store.batches.write(batch(artists=(artist(genres=tuple(genres)),)))
        sound = all(is_storable(one) for one in genres)
        assert sound is not bool(written.rejects)

    over(migrated_dsn, check)
    if all(map(is_storable, genres)):
        assert asyncio.run(stored_genres(migrated_dsn)) == genres


async def stored_genres(dsn: str) -> list[str]:
    """Return the genres of the only artist."""
    connection = await asyncpg.connect(dsn)
    try:
        found: list[str] = await connection.fetchval("select genres from artists where genres is not null")
        return found
    finally:
        await connection.close()


@SETTINGS
@given(names=st.lists(ANY_TEXT, max_size=12))
def test_any_name_is_stored_as_it_is_or_rejected(migrated_dsn: str, names: list[str]) -> None:
    """Each name is read back without its outer blanks, or its row is in the rejects; nothing else ever happens.

    An empty one leaves what an earlier example stored.
    """

    async def check(store: PostgresStore) -> None:
        owner, albums, songs = with_ids(names)
        written = await store.batches.write(batch(artists=(owner,), albums=albums, songs=songs))
        refused = {reject.key for reject in written.rejects}
        kept = await store.repertoires.catalogue(row_id("artists", SPOTIFY, "ArtistA"))
        found = {row.spotify_id: row.name for row in kept.albums} | {row.spotify_id: row.name for row in kept.tracks}
        sent: list[Album | Track] = [*albums, *songs]
        for row in sent:
            assert row.spotify_id in refused or not row.name.strip() or found[row.spotify_id] == row.name.strip()
        sound = {row.spotify_id for row in sent if row.name.strip() and row.name.isprintable()}
        assert not sound & refused

    over(migrated_dsn, check)


@SETTINGS
@given(name=ANY_TEXT, key=ANY_TEXT, slug=ANY_TEXT)
def test_any_artist_is_found_or_rejected(migrated_dsn: str, name: str, key: str, slug: str) -> None:
    """Whatever a provider calls an artist, it can be found by its id and its name, or is in the rejects."""

    async def check(store: PostgresStore) -> None:
        written = await store.batches.write(batch(artists=(artist(name=name, spotify_id=key, slug=slug),)))
        if not written.rejects:
            (by_id,) = await store.statuses.find_artist(ArtistRef(ReferenceKind.SPOTIFY, key))
            assert by_id in await store.statuses.find_artist(ArtistRef(ReferenceKind.NAME, by_id.name))
            assert fold(by_id.name)

    over(migrated_dsn, check)


@SETTINGS
@given(document=st.dictionaries(ANY_TEXT, ANY_JSON, max_size=4))
def test_any_document_is_stored_as_it_is_or_rejected(migrated_dsn: str, document: dict[str, Any]) -> None:
    """A setlist's songs come back equal, or the setlist is in the rejects."""

    async def check(store: PostgresStore) -> None:
        setlist: ActualSetlist = played(songs=(document,), version_id=f"v{next(VERSIONS)}")
        written = await store.batches.write(
            batch(artists=(artist(mbid=MBID),), shows=(played_show(),), actual_setlists=(setlist,))
        )
        kept = await store.repertoires.repertoire(row_id("artists", SPOTIFY, "ArtistA"), now=setlist.fetched_at)
        assert [r.kind for r in written.rejects] in ([], ["actual_setlists"])
        assert written.rejects or kept.setlists == (setlist,)

    over(migrated_dsn, check)


@SETTINGS
@given(words=ANY_TEXT)
def test_any_words_about_a_job_are_told(migrated_dsn: str, words: str) -> None:
    """An error or a message never keeps a job from moving on: what PostgreSQL cannot hold is replaced."""

    async def check(store: PostgresStore) -> None:
        await store.batches.write(batch(enqueue=(new_job(),)))
        (job,) = (await store.jobs.claim(owner=owner("n"), limit=1, background=1, now=NOW)).jobs
        told = ProgressEvent(job_id=job.id, progress=progress(message=words), at=NOW)
        await store.batches.write(batch(job=update(job, JobState.READY, error=words), events=(told,)))
        status = await store.statuses.status(job.id)
        assert status is not None
        assert len(status.message) == len(words)
        assert len(status.error or "") == len(words)

    over(migrated_dsn, check)
