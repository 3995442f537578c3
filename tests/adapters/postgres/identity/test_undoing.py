"""Undoing what people decided: every row of every table is byte for byte what it was."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg
import pytest
import trio

from identity_scene import m, s, t
from sample_rows import album, artist, batch, billing, moment, played, played_show, predicted, show, song
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.freshness.interest import Interest
from thesetd.domain.identity.decisions import Entry, Verb
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.spaces import Ref
from thesetd.domain.identity.statements import Record, RecordKind
from thesetd.domain.work.batches import Batch

pytestmark = pytest.mark.real
Look = Callable[..., Awaitable[list[Any]]]
TABLES = (
    *("artists", "artist_shows", "artist_songs", "artist_tracks", "tracks", "songs", "albums", "shows"),
    *("actual_setlists", "setlists", "setlist_songs"),
    *("thesetd.artist_ids", "thesetd.artist_links", "thesetd.artist_aliases", "thesetd.artist_lost_ids"),
    *("thesetd.artist_reviews", "thesetd.artist_records", "thesetd.artist_searches", "thesetd.refresh"),
)
PAGE = Record(ref=s(1), name="Mara Vell")
ACT = Record(ref=t(1), name="Mara Vell", kind=RecordKind.ACT, links=frozenset({s(1), m(1)}))
OTHER = Record(ref=t(2), name="Mara Vell", kind=RecordKind.ACT, links=frozenset({s(1)}))
PERFORMER = Record(ref=m(1), name="Mara Vell", audience=12)


async def every_row(look: Look) -> dict[str, list[object]]:
    """Return every row of every table that a word may change."""
    return {table: await look(f"select to_jsonb(t)::text from {table} t order by 1") for table in TABLES}


def say(verb: Verb, ids: Sequence[Ref] = (), others: Sequence[Ref] = (), undoes: int | None = None) -> Batch:
    """Return a batch that brings a person's word."""
    said = Entry(number=0, verb=verb, ids=frozenset(ids), others=frozenset(others), undoes=undoes, who="anna")
    return batch(60, identity=Learnt(word=said))


async def sync(store: PostgresStore, minutes: float = 0) -> None:
    """Bring everything about the artist again, as a sync does."""
    learnt = Learnt(records=(PAGE, ACT, OTHER, PERFORMER), wanted=frozenset({s(1)}), complete=True)
    mara = artist(name="Mara Vell", slug="mara-vell", spotify_id=s(1).id)
    ours = [billing(t(n).id, name="Mara Vell", spotify_id=s(1).id) for n in (1, 2)]
    night = played_show(bill=(billing(m(1).id, name="Mara Vell", mbid=m(1).id),))
    await store.batches.write(batch(minutes, artists=(mara,), identity=learnt))
    shows = (show(bill=(ours[0],)), show(provider_id="ShowB", bill=(ours[1],)), night)
    await store.batches.write(batch(minutes, shows=shows, actual_setlists=(played(artist_mbid=m(1).id),)))
    await store.batches.write(batch(minutes, predicted=(predicted(artist=s(1)),)))


WORDS: Sequence[tuple[str, Callable[[], Batch]]] = (
    ("unlink an attraction", lambda: say(Verb.UNLINK, [t(1)], [s(1)])),
    ("unlink the performer", lambda: say(Verb.UNLINK, [m(1)], [s(1), t(1)])),
    ("split off all but the page", lambda: say(Verb.SPLIT, [t(1), t(2), m(1)], [s(1)])),
    ("link a namesake", lambda: say(Verb.LINK, [s(1)], [m(2)])),
    ("merge with another page", lambda: say(Verb.MERGE, [s(1)], [s(2)])),
)


@pytest.mark.parametrize("word", [word for _, word in WORDS], ids=[name for name, _ in WORDS])
async def test_an_undo_leaves_no_trace(postgres_store: PostgresStore, look: Look, word: Callable[[], Batch]) -> None:
    """A word changes something, a sync in between nothing of it, and after its undo all is as it was."""
    await sync(postgres_store)
    page = Record(ref=s(2), name="Mara Vell Trio")
    await postgres_store.batches.write(batch(identity=Learnt(records=(page,), wanted=frozenset({s(2)}))))
    before = await every_row(look)
    decided = (await postgres_store.batches.write(word())).decided
    assert decided is not None
    after = await every_row(look)
    assert after != before
    await sync(postgres_store, 70)
    assert await every_row(look) == after
    await postgres_store.batches.write(say(Verb.UNDO, undoes=decided.number))
    assert await every_row(look) == before
    await postgres_store.batches.write(say(Verb.UNDO, undoes=2))
    assert await every_row(look) == after


async def test_words_are_undone_in_any_order(postgres_store: PostgresStore, look: Look) -> None:
    """Merge, split, then both undone, the earlier first: all is as it was."""
    await sync(postgres_store)
    for number in (7, 8):
        stub = Record(ref=t(number), name="Open Door")
        await postgres_store.batches.write(batch(identity=Learnt(records=(stub,), wanted=frozenset({t(number)}))))
    before = await every_row(look)
    await postgres_store.batches.write(say(Verb.MERGE, [t(7)], [t(8)]))
    await postgres_store.batches.write(say(Verb.SPLIT, [t(7)], [t(8)]))
    await postgres_store.batches.write(say(Verb.UNDO, undoes=2))
    await postgres_store.batches.write(say(Verb.UNDO, undoes=1))
    assert await every_row(look) == before


async def test_what_a_sync_learnt_since_stays(postgres_store: PostgresStore, look: Look) -> None:
    """Followers that changed after the word are kept by its undo, and a show that came since is the artist's."""
    await sync(postgres_store)
    await postgres_store.batches.write(say(Verb.UNLINK, [t(1)], [s(1)]))
    mara = artist(90, name="Mara Vell", slug="mara-vell", spotify_id=s(1).id, followers=77)
    new = show(90, provider_id="ShowC", bill=(billing(t(1).id, name="Mara Vell", spotify_id=s(1).id),))
    await postgres_store.batches.write(batch(90, artists=(mara,)))
    await postgres_store.batches.write(batch(91, shows=(new,)))
    await postgres_store.batches.write(say(Verb.UNDO, undoes=1))
    found = await look("""
        select a.followers, count(*) from artists a join artist_shows l on l.artist_id = a.id group by a.id, a.followers
    """)
    assert found == [(77, 4)]


async def test_votes_follow_when_two_pages_become_one(postgres_store: PostgresStore, look: Look) -> None:
    """Songs of the page that goes keep their rows; one that the other has too points at that. An undo parts them."""
    store = postgres_store.batches
    for number, title in ((1, "Roost"), (2, "Salt Road")):
        page = Record(ref=s(number), name="Mara Vell")
        learnt = Learnt(records=(page,), wanted=frozenset({page.ref}), complete=True)
        mara = artist(name="Mara Vell", slug=f"mara-{number}", spotify_id=page.ref.id)
        own = album(spotify_id=f"Album{number}", artist_spotify_id=page.ref.id)
        tracks = tuple(
            song(
                spotify_id=f"{name}{number}",
                name=name,
                track_number=place,
                album_spotify_id=own.spotify_id,
                artist_spotify_ids=(page.ref.id,),
            )
            for place, name in enumerate(("Hoot", title), start=1)
        )
        await store.write(batch(artists=(mara,), identity=learnt))
        await store.write(batch(albums=(own,), songs=tracks, shows=(show(bill=(billing(spotify_id=page.ref.id),)),)))
        await store.write(batch(predicted=(predicted("Hoot", title, artist=page.ref),)))
    before = await every_row(look)
    voted = dict(await look("select name || spotify_id, id from songs"))
    said = (await store.write(say(Verb.MERGE, [s(1)], [s(2)]))).decided
    assert said is not None
    standing = dict(await look("select n.name || n.spotify_id, coalesce(n.merged_into, n.id) from songs n"))
    living = "select s.id from songs s join artist_songs l on l.song_id = s.id where s.offered and s.artist_id = $1"
    assert said.artist is not None
    assert set(standing.values()) == set(await look(living, said.artist.id))
    assert {name: standing[name] for name in ("RoostRoost1", "Salt RoadSalt Road2")} == {
        name: voted[name] for name in ("RoostRoost1", "Salt RoadSalt Road2")
    }
    assert standing["HootHoot1"] == standing["HootHoot2"] in {voted["HootHoot1"], voted["HootHoot2"]}
    await store.write(say(Verb.UNDO, undoes=said.number))
    assert await every_row(look) == before


async def test_credits_on_albums_of_others_follow_when_two_pages_become_one(
    postgres_store: PostgresStore, look: Look
) -> None:
    """A page that goes leaves no tracks behind: those that it was a guest on are the artist's. An undo parts them."""
    store = postgres_store.batches
    for number in (1, 2, 3):
        page = Record(ref=s(number), name=f"Mara {number}")
        learnt = Learnt(records=(page,), wanted=frozenset({page.ref}), complete=True)
        mara = artist(name=page.name, slug=f"mara-{number}", spotify_id=page.ref.id)
        await store.write(batch(artists=(mara,), identity=learnt))
    host = album(spotify_id="Hosted", artist_spotify_id=s(3).id)
    guests = [(s(3), s(1)), (s(3), s(2)), (s(3), s(1), s(2))]
    tracks = tuple(
        song(
            spotify_id=f"T{place}",
            name=f"Hoot {place}",
            track_number=place,
            album_spotify_id="Hosted",
            artist_spotify_ids=tuple(one.id for one in credited),
        )
        for place, credited in enumerate(guests, start=1)
    )
    await store.write(batch(albums=(host,), songs=tracks))
    before = await every_row(look)
    said = (await store.write(say(Verb.MERGE, [s(1)], [s(2)]))).decided
    assert said is not None
    credited = """
        select t.spotify_id, array_agg(a.spotify_id order by a.spotify_id) from artist_tracks l
        join tracks t on t.id = l.track_id join artists a on a.id = l.artist_id
        where a.merged_into is null group by 1 order by 1
    """
    assert await look(credited) == [(f"T{place}", [s(1).id, s(3).id]) for place in (1, 2, 3)]
    await store.write(say(Verb.UNDO, undoes=said.number))
    assert await every_row(look) == before


async def test_whoever_begins_to_refer_to_a_row_keeps_it(
    postgres_store: PostgresStore, migrated_dsn: str, look: Look
) -> None:
    """An undo waits for the application, which refers to the row that a split made, and leaves the row then.

    It leads to the artist that has its ids again.
    """
    await sync(postgres_store)
    said = (await postgres_store.batches.write(say(Verb.SPLIT, [t(2)], [s(1)]))).decided
    assert said is not None
    (row,) = await look("select artist_id from thesetd.artist_ids where id = $1", t(2).id)
    await look("create table my_artists (id uuid references artists on delete cascade)")
    refers = trio.Event()

    async def application() -> None:
        connection = await asyncpg.connect(migrated_dsn)
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("insert into my_artists values ($1)", row)
        token.run_sync_soon(refers.set)
        waiting = "select exists (select from pg_locks where not granted)"
        while not await connection.fetchval(waiting):
            await asyncio.sleep(0.01)
        await transaction.commit()
        await connection.close()

    token = trio.lowlevel.current_trio_token()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.to_thread.run_sync, asyncio.run, application())
        await refers.wait()
        await postgres_store.batches.write(say(Verb.UNDO, undoes=said.number))
    heir = await look("select artist_id from thesetd.artist_ids where id = $1", t(2).id)
    assert await look("select a.id, a.merged_into from artists a join my_artists m using (id)") == [(row, *heir)]
    await look("drop table my_artists")


async def test_interest_under_a_former_slug_is_the_artists(postgres_store: PostgresStore, look: Look) -> None:
    """Visits of both pages add up; followers are those that are told under the artist's own slug."""
    other = artist(name="Mara V", slug="mara-v", spotify_id=s(2).id)
    await sync(postgres_store)
    learnt = Learnt(records=(Record(ref=s(2), name="Mara V"),), wanted=frozenset({s(2)}), complete=True)
    await postgres_store.batches.write(batch(1, artists=(other,), identity=learnt))
    await postgres_store.batches.write(say(Verb.MERGE, [s(1)], [s(2)]))
    ((row, slug, former),) = await look("""
        select a.id, a.slug, o.slug from artists o join artists a on a.id = o.merged_into
    """)
    told = (Interest(slug=slug, followers=7, visits=3), Interest(slug=former, followers=2, visits=4))
    assert await postgres_store.interest.note_interest(told, at=moment(61)) == 0
    assert await look("select artist_id, followers, visits from thesetd.interest") == [(row, 7, 7.0)]
