"""The change feed in PostgreSQL: commits against numbers, changes of others than the daemon, rows with parts."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
import trio

from patience import LONGEST_S
from sample_rows import MBID, NOW, album, artist, batch, played, played_show, predicted, show, song
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.changes import CHANNEL
from thesetd.domain.changes import CatalogueChange, ChangeAction, ChangeKind
from thesetd.domain.ids import Seq
from thesetd.domain.music.edits import MergeSongs

TITLES = ("Hoot", "Screech", "Roost")
WORLD = batch(
    artists=(artist(mbid=MBID),),
    albums=(album(),),
    songs=tuple(song(spotify_id=f"Song{n}", name=name, track_number=n) for n, name in enumerate(TITLES, start=1)),
    shows=(show(), played_show()),
    actual_setlists=(played(),),
    predicted=(predicted(*TITLES),),
)


async def published(store: PostgresStore, since: int = 0, *kinds: ChangeKind) -> tuple[CatalogueChange, ...]:
    """Publish what was committed, and return the changes after a number."""
    await store.changes.publish_changes(now=NOW)
    return (await store.changes.changes_after(since=Seq(since), kinds=kinds, limit=500)).changes


@pytest.fixture
async def stored(postgres_store: PostgresStore) -> PostgresStore:
    """Return a store with an artist, a coming show with a prediction, and a past one with its setlist."""
    await postgres_store.batches.write(WORLD)
    return postgres_store


@pytest.fixture
async def application(migrated_dsn: str, bridge: AsyncioBridge) -> AsyncIterator[Any]:
    """Yield a way to run statements on a connection of the application's own."""
    connection = await bridge(asyncpg.connect, migrated_dsn)
    yield lambda *statement: bridge(connection.execute, *statement)
    connection.terminate()


async def test_a_transaction_that_commits_late_is_not_skipped(stored: PostgresStore, application: Any) -> None:
    """Its change was written first and is numbered last: readers that were at the end meanwhile still get it."""
    last = (await published(stored))[-1].seq
    await application("begin")
    await application("update setlists set locked_at = now()")
    await stored.batches.write(batch(5, shows=(show(5, status="cancelled"),)))
    (first,) = await published(stored, last, ChangeKind.SHOW, ChangeKind.PREDICTION)
    await application("commit")
    (second,) = await published(stored, first.seq)
    assert (first.kind, second.kind, second.changed) == (ChangeKind.SHOW, ChangeKind.PREDICTION, ("locked_at",))
    assert second.seq == first.seq + 1


async def test_what_is_rolled_back_is_in_no_feed(stored: PostgresStore, application: Any) -> None:
    """A note is part of the transaction that it is about."""
    last = (await published(stored))[-1].seq
    for statement in ("begin", "update setlists set locked_at = now()", "rollback"):
        await application(statement)
    assert await published(stored, last) == ()


async def test_a_role_that_may_only_lock_setlists_is_noted_too(stored: PostgresStore, application: Any) -> None:
    """The application needs no right on the daemon's tables for it."""
    last = (await published(stored))[-1].seq
    await application("create role voter; grant usage on schema public to voter; grant select on setlists to voter")
    try:
        await application("grant update (locked_at) on setlists to voter; set role voter")
        await application("update setlists set locked_at = now()")
        (change,) = await published(stored, last)
        assert (change.table, change.changed, change.job_id) == ("setlists", ("locked_at",), None)
    finally:
        await application("reset role; drop owned by voter; drop role voter")


async def test_changes_of_one_transaction_are_one_from_its_beginning_to_its_end(
    stored: PostgresStore, application: Any
) -> None:
    """A value that is as it was before is no change, and a row that is put back is none."""
    last = (await published(stored))[-1].seq
    await application("begin")
    for status, name in (("postponed", "X"), ("cancelled", "The Owls at The Barn")):
        await application("update shows set status = $1, name = $2 where ticketmaster_id = 'ShowA'", status, name)
    await application("commit")
    (change,) = await published(stored, last)
    assert (change.changed, change.before, change.after) == (
        ("status",),
        {"status": "scheduled"},
        {"status": "cancelled"},
    )
    for status in ("scheduled", "scheduled"):
        await application("begin")
        await application("update shows set status = 'postponed' where ticketmaster_id = 'ShowA'")
        await application("update shows set status = $1 where ticketmaster_id = 'ShowA'", status)
        await application("commit")
    (back,) = await published(stored, change.seq)
    assert back.after == {"status": "scheduled"}


async def test_a_change_has_the_columns_that_count_and_differ(stored: PostgresStore, application: Any) -> None:
    """A column that is empty before and after is left out, as is one that does not count; a document is only named."""
    last = (await published(stored))[-1].seq
    await application("update artists set genres = '{owl}', image_url = null, folded_name = 'x', last_activity = now()")
    await application("update artists set folded_name = 'y'")
    await application("update actual_setlists set songs = '[]', tour = 'T'")
    await application("delete from actual_setlists")
    genres, played, removed = await published(stored, last)
    assert (genres.before, genres.after) == ({"genres": None}, {"genres": ["owl"]})
    assert (sorted(played.changed), played.before, played.after) == (["songs", "tour"], {"tour": None}, {"tour": "T"})
    assert removed.action is ChangeAction.REMOVED
    assert removed.before == {name: value for name, value in removed.before.items() if value is not None}
    assert set(removed.after.values()) == {None}


async def test_parts_are_changes_of_the_whole(stored: PostgresStore, application: Any) -> None:
    """The songs of a prediction, and the acts of a show; what is written again as it was is none."""
    last = (await published(stored))[-1].seq
    await application("update setlist_songs set position = position + 10")
    await application("update setlist_songs set updated_at = now()")
    await application("update artist_shows set set_order = set_order + 1")
    found = [(one.table, one.changed, one.after) for one in await published(stored, last)]
    assert found == [("setlists", ("songs",), {}), ("shows", ("bill",), {}), ("shows", ("bill",), {})]


async def test_a_row_that_is_removed_is_a_change_with_its_parts(stored: PostgresStore, application: Any) -> None:
    """One for the prediction, though its songs went with it."""
    last = (await published(stored))[-1].seq
    await application("delete from setlists")
    (change,) = await published(stored, last)
    assert (change.kind, change.action) == (ChangeKind.PREDICTION, ChangeAction.REMOVED)


async def test_every_kind_names_its_artist(stored: PostgresStore, application: Any) -> None:
    """A show has none of its own: its headliner's is taken once the whole transaction is there."""
    found = await published(stored)
    assert {one.kind for one in found} == set(ChangeKind)
    assert len({one.artist_id for one in found}) == 1
    assert found[0].artist_id is not None


async def test_a_song_that_is_another_is_a_change_of_identity(stored: PostgresStore, look: Any) -> None:
    """Votes for it count for the other one from then on."""
    last = (await published(stored))[-1].seq
    songs = await look("select id from songs order by title")
    await stored.batches.write(batch(5, edits=(MergeSongs(song=songs[0], into=songs[1]),)))
    (change,) = await published(stored, last, ChangeKind.IDENTITY)
    assert (change.table, change.id, change.after) == ("songs", songs[0], {"merged_into": str(songs[1])})


async def test_acts_that_only_bills_name_are_none_of_a_pages_changes(postgres_store: PostgresStore) -> None:
    """They become one when they are imported, and it says created."""
    await postgres_store.batches.write(batch(artists=(artist(),), shows=(show(),)))
    last = (await published(postgres_store))[-1].seq

    async def stub(connection: Any) -> None:
        await connection.execute("update artists set is_stub = true")
        await connection.execute("update artists set name = 'The Barn Owls'")

    async def real(connection: Any) -> None:
        await connection.execute("update artists set is_stub = false")

    await postgres_store.database.transact(stub)
    assert await published(postgres_store, last) == ()
    await postgres_store.database.transact(real)
    (change,) = await published(postgres_store, last)
    assert (change.kind, change.action) == (ChangeKind.ARTIST, ChangeAction.CREATED)


@asynccontextmanager
async def listening(dsn: str, bridge: AsyncioBridge) -> AsyncIterator[list[dict[str, Any]]]:
    """Yield what is heard on the channel."""
    connection, heard = await bridge(asyncpg.connect, dsn), list[dict[str, Any]]()
    await bridge(connection.add_listener, CHANNEL, lambda *given: heard.append(json.loads(given[3])))
    yield heard
    connection.terminate()


async def test_each_change_is_notified_with_its_number(
    stored: PostgresStore, migrated_dsn: str, bridge: AsyncioBridge
) -> None:
    """In the order of the feed, so that a listener sees what it missed."""
    async with listening(migrated_dsn, bridge) as heard:
        found = await published(stored)
        with trio.fail_after(LONGEST_S):
            while len(heard) < len(found):
                await trio.sleep(0.01)
    assert [(one["seq"], one["kind"], one["id"], one["changed"]) for one in heard] == [
        (one.seq, one.kind.value, str(one.id), list(one.changed)) for one in found
    ]


async def test_two_nodes_that_publish_at_once_give_each_change_one_number(
    stored: PostgresStore, migrated_dsn: str, bridge: AsyncioBridge
) -> None:
    """Whoever comes second sees what the first one numbered."""
    async with PostgresStore.open(migrated_dsn, bridge) as other:
        for number in range(10):
            name = f"Act {number}"
            more = artist(number, spotify_id=f"S{number}", slug=f"act-{number}", name=name)
            await stored.batches.write(batch(number, artists=(more,)))
            async with trio.open_nursery() as nursery:
                for store in (stored, other):
                    nursery.start_soon(lambda store=store: store.changes.publish_changes(now=NOW))
    found = await published(stored)
    assert [one.seq for one in found] == list(range(1, len(found) + 1))
    assert len({(one.kind, one.id) for one in found if one.action is ChangeAction.CREATED}) >= 10
