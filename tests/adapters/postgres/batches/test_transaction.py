import random
from collections.abc import Awaitable, Callable
from datetime import date, time
from typing import Any

import attrs
import pytest
import trio

from sample_rows import (
    ARTIST_KEY,
    MBID,
    NOW,
    OTHER_MBID,
    album,
    artist,
    batch,
    billing,
    event,
    moment,
    new_job,
    owner,
    played,
    played_show,
    predicted,
    progress,
    show,
    song,
    update,
    venue,
)
from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.database import Connection
from thesetd.domain.errors import StoreRejected
from thesetd.domain.ids import SETLISTFM, Seq
from thesetd.domain.music.records import Reject
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.jobs import JobState
from thesetd.domain.work.progress import Stage

pytestmark = pytest.mark.real
Look = Callable[..., Awaitable[list[Any]]]
APPLICATION = (
    *(
        "artists",
        "albums",
        "tracks",
        "thesetd.album_credits",
        "songs",
        "venues",
        "shows",
        "artist_shows",
        "setlists",
        "setlist_songs",
    ),
    "actual_setlists",
)
EVERYTHING = batch(
    artists=(artist(ticketmaster_id="AttractionA", mbid=MBID, genres=("owl pop", "barn"), popularity=40),),
    albums=(album(release_date="2020-05", precision="month", released_on=date(2020, 5, 1)),),
    songs=(song(isrc="GBAYE0601498"), song(spotify_id="SongB", name="Screech")),
    venues=(venue(), venue(provider=SETLISTFM)),
    shows=(show(venue_provider_id="VenueA"), played_show(venue_provider_id="VenueA")),
    actual_setlists=(played(venue_provider_id="VenueA"),),
    predicted=(predicted("Hoot", "Screech"),),
)


async def test_importing_again_writes_no_row(postgres_store: PostgresStore, look: Look) -> None:
    """The second import leaves every row of the application untouched: the same version, by PostgreSQL's own mark."""
    await postgres_store.batches.write(EVERYTHING)
    marks = {table: await look(f"select ctid::text, xmin::text from {table} order by 1") for table in APPLICATION}
    assert all(marks.values())
    later = attrs.evolve(
        EVERYTHING,
        at=moment(60),
        rows=attrs.evolve(
            EVERYTHING.rows,
            **{
                kind: tuple(attrs.evolve(row, fetched_at=moment(59)) for row in getattr(EVERYTHING.rows, kind))
                for kind in ("artists", "albums", "songs", "venues", "shows", "actual_setlists")
            },
        ),
    )
    assert dict((await postgres_store.batches.write(later)).changed) == {}
    assert {t: await look(f"select ctid::text, xmin::text from {t} order by 1") for t in APPLICATION} == marks


async def test_answers_that_change_nothing_ask_little(postgres_store: PostgresStore) -> None:
    """Known venues are looked up once for all that refer to them; nothing is written about pages and former places."""
    asked: list[str] = []

    async def listen(connection: Connection) -> None:
        connection.add_query_logger(lambda record: asked.append(record.query))

    concerts = batch(
        artists=(artist(ticketmaster_id="AttractionA", mbid=MBID),),
        venues=(venue(), venue(provider=SETLISTFM)),
        shows=(show(venue_provider_id="VenueA"), played_show(venue_provider_id="VenueA")),
        actual_setlists=(played(venue_provider_id="VenueA"),),
    )
    await postgres_store.batches.write(concerts)
    await postgres_store.batches.write(attrs.evolve(concerts, at=moment(1)))
    await postgres_store.database.transact(listen)
    await postgres_store.batches.write(attrs.evolve(concerts, at=moment(2)))
    assert sum(" from venues where " in query and "_id = any" in query for query in asked) == 2  # providers
    for written in ("thesetd.left_stands (", "thesetd.setlist_pages as p (", "update thesetd.setlist_pages"):
        assert not [query for query in asked if written in query]


async def test_what_changes_is_marked_with_the_moment_of_writing(postgres_store: PostgresStore, look: Look) -> None:
    """`created_at` stays, `updated_at` moves with the row."""
    await postgres_store.batches.write(batch(artists=(artist(),)))
    await postgres_store.batches.write(batch(10, artists=(artist(9, popularity=7),)))
    assert await look("select created_at, updated_at from artists") == [(NOW, moment(10))]


async def test_the_order_of_writing_does_not_matter(postgres_store: PostgresStore, look: Look) -> None:
    """Whichever order answers are written in, the newest stands."""
    rng = random.Random(3)
    for turn in range(12):
        names = [f"Name {n}" for n in range(5)]
        versions = [album(n, spotify_id=f"Album{turn}", name=name) for n, name in enumerate(names)]
        rng.shuffle(versions)
        cut = rng.randrange(6)
        await postgres_store.batches.write(batch(artists=(artist(),), albums=tuple(versions[:cut])))
        await postgres_store.batches.write(batch(albums=tuple(versions[cut:])))
    assert await look("select distinct name from albums") == ["Name 4"]


async def test_every_column_is_stored_as_it_was_said(postgres_store: PostgresStore, look: Look) -> None:
    """Lists, documents, dates and their precision arrive as they left."""
    await postgres_store.batches.write(EVERYTHING)
    assert await look("select genres, popularity, folded_name from artists") == [(["owl pop", "barn"], 40, "the owls")]
    assert await look("select release_date, release_date_precision, released_on from albums") == [
        ("2020-05", "month", date(2020, 5, 1))
    ]
    assert await look("select songs->0->>'name', jsonb_array_length(encore_songs) from actual_setlists") == [
        ("Hoot", 0)
    ]
    assert await look("select title from setlist_songs order by position") == ["Hoot", "Screech"]


async def test_equal_records_in_a_batch_are_one_row(postgres_store: PostgresStore) -> None:
    """What a provider lists twice is stored once and counted once."""
    written = await postgres_store.batches.write(
        batch(artists=(artist(), artist()), albums=(album(), album(1), album()))
    )
    assert dict(written.changed) == {"artists": 1, "albums": 1}


async def test_records_of_a_batch_that_share_any_id_are_one_artist(postgres_store: PostgresStore, look: Look) -> None:
    """A record with two ids joins those that have one each, wherever it stands in the batch."""
    shop = artist(spotify_id=None, ticketmaster_id="AttractionA")
    await postgres_store.batches.write(batch(artists=(shop, artist(), artist(ticketmaster_id="AttractionA"))))
    assert await look("select spotify_id, ticketmaster_id from artists") == [("ArtistA", "AttractionA")]


async def test_an_id_that_was_not_merged_is_noted(postgres_store: PostgresStore, look: Look) -> None:
    """An operator finds the claim in identity_links, once however often it comes."""
    await postgres_store.batches.write(batch(artists=(artist(mbid=MBID),)))
    for minute in (1, 2):
        await postgres_store.batches.write(batch(minute, artists=(artist(minute, mbid=OTHER_MBID),)))
    assert await look("select provider, provider_id, first_at, last_at from thesetd.identity_links") == [
        ("musicbrainz", OTHER_MBID, moment(1), moment(2))
    ]


async def test_an_artist_without_any_id_is_rejected(postgres_store: PostgresStore) -> None:
    """There would be nothing to find it by."""
    (one,) = (await postgres_store.batches.write(batch(artists=(artist(spotify_id=None),)))).rejects
    assert (one.kind, one.reason) == ("artists", "no provider's id")


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"name": ""}, "not-null"),
        ({"name": "\ud800"}, "surrogates"),
        ({"name": "a\0b"}, "invalid byte sequence"),
        ({"total_tracks": -1}, "albums_total_tracks_check"),
        ({"total_tracks": 1 << 40}, "int32"),
        ({"album_type": "mixtape"}, "albums_album_type_check"),
        ({"spotify_id": "x" * 9000 + "".join(map(chr, range(0x4E00, 0x5E00)))}, "index row"),
    ],
)
async def test_a_refused_row_is_kept_with_its_reason(
    postgres_store: PostgresStore, look: Look, wrong: dict[str, Any], reason: str
) -> None:
    """What PostgreSQL or its driver says against a row stands in the rejects, with a sample; the rest is stored."""
    bad = album(**{"spotify_id": "Bad", **wrong})
    written = await postgres_store.batches.write(batch(artists=(artist(),), albums=(album(), bad)))
    assert written.changed["albums"] == 1
    (one,) = written.rejects
    assert reason in one.reason
    assert len(one.sample) <= 500
    assert len(await look("select kind, reason, sample from thesetd.rejects")) == 1


async def test_the_same_reject_again_is_counted(postgres_store: PostgresStore, look: Look) -> None:
    """A fault that comes with every import does not fill the table; what the batch brings is kept like our own."""
    brought = Reject(kind="event", key="7\0", reason="no \ud800 date", sample="{}")
    for minute in (1, 2, 3):
        await postgres_store.batches.write(batch(minute, songs=(song(),), rejects=(brought,)))
    rows = await look("select kind, key, reason, times, first_at, last_at from thesetd.rejects order by kind")
    assert rows == [
        ("event", "7\ufffd", "no ? date", 3, moment(1), moment(3)),
        ("tracks", "SongA", "album AlbumA is not known", 3, moment(1), moment(3)),
    ]


async def test_a_song_is_credited_to_those_of_its_artists_that_are_known(
    postgres_store: PostgresStore, look: Look
) -> None:
    """A guest without a row is left out, and linked when a later import knows it."""
    guest = song(artist_spotify_ids=("ArtistA", "ArtistB"))
    await postgres_store.batches.write(batch(artists=(artist(),), albums=(album(),), songs=(guest,)))
    assert await look("select count(*) from artist_tracks") == [1]
    await postgres_store.batches.write(batch(artists=(artist(spotify_id="ArtistB", slug="b"),), songs=(guest,)))
    assert await look("select count(*) from artist_tracks") == [2]


async def test_batches_of_one_import_write_the_activity_of_its_artist_once(
    postgres_store: PostgresStore, look: Look
) -> None:
    """To the minute: those of a catalogue follow each other within seconds, and each would write the artist's row."""
    await postgres_store.batches.write(batch(artists=(artist(),)))
    await postgres_store.batches.write(batch(enqueue=(new_job(artist=ARTIST_KEY),)))
    (job,) = (await postgres_store.jobs.claim(owner=owner("n"), limit=1, background=1, now=NOW)).jobs
    found = []
    for minutes in (1, 1.9, 2.1):
        changed = album(minutes, spotify_id=f"Album{minutes}")
        await postgres_store.batches.write(batch(minutes, job=update(job), albums=(changed,)))
        found += await look("select last_activity from artists")
    assert found == [moment(1), moment(1), moment(2.1)]


async def test_a_past_concert_joins_the_show_that_was_sold(postgres_store: PostgresStore, look: Look) -> None:
    """One show of the artist on that local date is the same concert; its seller's words stay."""
    await postgres_store.batches.write(
        batch(
            artists=(artist(mbid=MBID),),
            shows=(show(local_date=date(2026, 5, 20)), played_show(name="Owls at Barn, Owlton")),
            actual_setlists=(played(),),
        )
    )
    assert await look("select ticketmaster_id, setlistfm_id, name, status from shows") == [
        ("ShowA", "SetlistA", "The Owls at The Barn", "completed")
    ]
    assert await look("select count(*) from actual_setlists p join shows s on s.id = p.show_id") == [1]


async def test_a_page_under_an_id_that_is_no_text_is_refused_alone(postgres_store: PostgresStore, look: Look) -> None:
    """The others are stored, with their shows."""
    pages = played(setlistfm_id="Bad\0"), played(setlistfm_id="Good", event_date=date(2026, 5, 21))
    written = await postgres_store.batches.write(batch(artists=(artist(mbid=MBID),), actual_setlists=pages))
    assert await look("select setlistfm_id from shows") == ["Good"]
    assert [reject.kind for reject in written.rejects] == ["actual_setlists"]


async def test_a_concert_of_setlistfm_comes_with_its_page(postgres_store: PostgresStore, look: Look) -> None:
    """Its show is made of the page: alone it is rejected."""
    written = await postgres_store.batches.write(batch(artists=(artist(mbid=MBID),), shows=(played_show(),)))
    assert [(one.kind, one.reason) for one in written.rejects] == [
        ("shows", "its page of setlist.fm did not come with it")
    ]
    assert await look("select count(*) from shows") == [0]


async def test_a_sale_joins_the_concert_that_setlists_know(postgres_store: PostgresStore, look: Look) -> None:
    """The other way round it is one show too, and the seller's words win."""
    await postgres_store.batches.write(batch(artists=(artist(mbid=MBID),), actual_setlists=(played(),)))
    await postgres_store.batches.write(batch(shows=(show(local_date=date(2026, 5, 20), name="Sold"),)))
    assert await look("select ticketmaster_id, setlistfm_id, name from shows") == [("ShowA", "SetlistA", "Sold")]


THEN = date(2026, 5, 20)
BILL = (billing("AttractionA"), billing("AttractionB", name="Wrens", set_order=2, is_headliner=False))
EVENING = show(local_date=THEN, bill=BILL)
HEADLINER = batch(
    artists=(artist(mbid=MBID, ticketmaster_id="AttractionA"),),
    shows=(EVENING, played_show()),
    actual_setlists=(played(tour="Hooting"),),
)
SUPPORT = batch(
    artists=(artist(spotify_id="ArtistB", slug="wrens", mbid=OTHER_MBID, ticketmaster_id="AttractionB"),),
    shows=(
        EVENING,
        played_show(provider_id="SetlistB", bill=(billing(OTHER_MBID, mbid=OTHER_MBID),)),
    ),
    actual_setlists=(played(setlistfm_id="SetlistB", artist_mbid=OTHER_MBID, tour="Chirping"),),
)


@pytest.mark.parametrize(
    "order", [(HEADLINER, SUPPORT), (SUPPORT, HEADLINER), (SUPPORT, HEADLINER, SUPPORT, HEADLINER)]
)
async def test_a_concert_of_two_artists_is_one_row(
    postgres_store: PostgresStore, look: Look, order: tuple[Batch, ...]
) -> None:
    """Both setlists belong to it, it keeps the headliner's id and tour, whoever of the two is imported first."""
    for one in order:
        await postgres_store.batches.write(one)
    assert await look("select ticketmaster_id, setlistfm_id, tour, status from shows") == [
        ("ShowA", "SetlistA", "Hooting", "completed")
    ]
    assert await look("select setlistfm_id from actual_setlists order by 1") == ["SetlistA", "SetlistB"]
    assert await look("select set_order, is_headliner from artist_shows order by 1") == [(1, True), (2, False)]


@pytest.mark.parametrize(
    "sold",
    [show(local_date=date(2026, 5, 20), is_addon=True), show(local_date=date(2026, 5, 21))],
    ids=["parking", "another day"],
)
async def test_a_page_that_fits_no_show_makes_its_own(postgres_store: PostgresStore, look: Look, sold: Any) -> None:
    """Nothing is guessed."""
    await postgres_store.batches.write(batch(artists=(artist(mbid=MBID),), shows=(sold,), actual_setlists=(played(),)))
    assert await look("select count(*) from shows where setlistfm_id is not null and ticketmaster_id is null") == [1]
    assert await look("select count(*) from shows") == [2]


async def test_what_was_played_stays_completed(postgres_store: PostgresStore, look: Look) -> None:
    """A shop that still sells yesterday's concert does not make it a coming one."""
    await postgres_store.batches.write(batch(artists=(artist(mbid=MBID),), actual_setlists=(played(),)))
    await postgres_store.batches.write(batch(shows=(show(5, local_date=date(2026, 5, 20)),)))
    assert await look("select status from shows") == ["completed"]


async def test_a_new_date_takes_its_time_with_it(postgres_store: PostgresStore, look: Look) -> None:
    """The hour of the old date is not kept for the new one; without a new date everything stays."""
    dated = show(local_time=time(20), starts_at=moment(10 * 24 * 60))
    await postgres_store.batches.write(batch(artists=(artist(),), shows=(dated,)))
    await postgres_store.batches.write(batch(shows=(show(1, local_date=None, status="postponed"),)))
    assert await look("select local_date, local_time, status from shows") == [
        (date(2026, 6, 11), time(20), "postponed")
    ]
    await postgres_store.batches.write(batch(shows=(show(2, local_date=date(2026, 9, 9), status="rescheduled"),)))
    assert await look("select local_date, local_time, starts_at from shows") == [(date(2026, 9, 9), None, None)]


async def test_a_show_without_its_venue_is_stored_and_reported(postgres_store: PostgresStore, look: Look) -> None:
    """A venue that could not be stored does not lose the show, which gets it later."""
    lost = show(venue_provider_id="VenueA")
    (one,) = (await postgres_store.batches.write(batch(artists=(artist(),), shows=(lost,)))).rejects
    assert one.reason == "venue VenueA is not known: stored without it"
    await postgres_store.batches.write(batch(venues=(venue(),), shows=(lost,)))
    assert await look("select v.name from shows s join venues v on v.id = s.venue_id") == ["The Barn"]


async def test_a_bill_is_linked_by_any_id(postgres_store: PostgresStore, look: Look) -> None:
    """Acts are on the bill in their order, whichever provider names them; a festival is no act, a stranger a stub."""
    known = (
        artist(ticketmaster_id="AttractionA"),
        artist(spotify_id="ArtistB", slug="b", mbid=MBID),
        artist(spotify_id="ArtistC", slug="c"),
    )
    bill = (
        billing("Fest", name="Owl Fest", is_festival=True),
        billing("AttractionA", set_order=2),
        billing("x", set_order=3, name="Unknown", is_headliner=False),
        billing("y", set_order=4, mbid=MBID, is_headliner=False),
        billing("z", set_order=5, spotify_id="ArtistC", is_headliner=False),
    )
    await postgres_store.batches.write(batch(artists=known, shows=(show(bill=bill),)))
    rows = await look(
        "select a.spotify_id, is_headliner, set_order from artist_shows join artists a on a.id = artist_id order by 3"
    )
    assert rows == [("ArtistA", True, 1), (None, False, 2), ("ArtistB", False, 3), ("ArtistC", False, 4)]


async def test_the_importing_artist_stands_where_its_name_does(postgres_store: PostgresStore, look: Look) -> None:
    """An id that we do not know yet does not keep the artist off its own show."""
    await postgres_store.batches.write(batch(artists=(artist(),), enqueue=(new_job(artist=ARTIST_KEY),)))
    (job,) = (await postgres_store.jobs.claim(owner=owner("n"), limit=1, background=1, now=NOW)).jobs
    bill = (billing("x", name="Headliner"), billing("y", name="THE OWLS", set_order=2, is_headliner=False))
    shows = (show(bill=bill), show(provider_id="Alone", bill=()), show(provider_id="Other", bill=bill[:1]))
    await postgres_store.batches.write(batch(job=update(job), shows=shows))
    rows = await look("""
        select s.ticketmaster_id, is_headliner, set_order from artist_shows l join shows s on s.id = show_id
        join artists a on a.id = artist_id where a.spotify_id = 'ArtistA' order by 1
    """)
    assert rows == [("Alone", True, 1), ("Other", False, 2), ("ShowA", False, 2)]


async def test_a_lesser_bill_changes_no_place(postgres_store: PostgresStore, look: Look) -> None:
    """setlist.fm, which knows one act per setlist, does not make a headliner of the support."""
    support = billing(spotify_id="ArtistA", set_order=2, is_headliner=False)
    sold = show(local_date=date(2026, 5, 20), bill=(billing("x", name="Headliner"), support))
    await postgres_store.batches.write(batch(artists=(artist(mbid=MBID),), shows=(sold,)))
    await postgres_store.batches.write(batch(actual_setlists=(played(5),)))
    assert await look("select is_headliner, set_order from artist_shows order by 2") == [(True, 1), (False, 2)]


async def test_a_predicted_song_keeps_its_row_when_it_moves(postgres_store: PostgresStore, look: Look) -> None:
    """Another prediction replaces the whole list, and what refers to a song that stays (votes) is not lost."""
    songs = tuple(song(spotify_id=one, name=one) for one in ("S1", "S2", "S3", "S4"))
    base = batch(
        artists=(artist(),), albums=(album(),), songs=songs, shows=(show(),), predicted=(predicted("S1", "S2", "S3"),)
    )
    await postgres_store.batches.write(base)
    assert dict((await postgres_store.batches.write(batch(5, predicted=(predicted("S1", "S2", "S3"),)))).changed) == {}
    written = await postgres_store.batches.write(batch(6, predicted=(predicted("S3", "S4", "S1"),)))
    assert dict(written.changed) == {"setlists": 1}
    rows = await look("select title, position, created_at, dropped_at from setlist_songs order by position")
    assert rows == [("S3", 1, NOW, None), ("S4", 2, moment(6), None), ("S1", 3, NOW, None), ("S2", 4, NOW, moment(6))]
    assert await look("select created_at, updated_at from setlists") == [(NOW, moment(6))]


async def test_a_list_with_a_wrong_song_loses_no_other(postgres_store: PostgresStore, look: Look) -> None:
    """A song that was only played gets a row without a recording; a probability that is none is reported, alone."""
    base = batch(artists=(artist(),), albums=(album(),), songs=(song(),), shows=(show(), show(provider_id="ShowB")))
    await postgres_store.batches.write(base)
    good = predicted("Hoot", "Nowhere")
    bad = predicted("Hoot", show_provider_id="ShowB", songs=tuple(attrs.evolve(s, probability=2.0) for s in good.songs))
    written = await postgres_store.batches.write(batch(predicted=(good, bad)))
    assert [one.kind for one in written.rejects] == ["setlists"]
    assert await look("select count(*) from setlists") == [1]
    assert await look("select title, spotify_id, artist, offered, played from songs order by title") == [
        ("Hoot", "SongA", "The Owls", True, False),
        ("Nowhere", None, "The Owls", True, True),
    ]


async def test_the_status_row_follows_the_import(postgres_store: PostgresStore, look: Look) -> None:
    """import_status begins with the first event, and says when and why it ended."""
    enqueue = batch(artists=(artist(),), enqueue=(new_job(artist=ARTIST_KEY, progress=progress()),))
    await postgres_store.batches.write(enqueue)
    (job,) = (await postgres_store.jobs.claim(owner=owner("n"), limit=1, background=1, now=moment(1))).jobs
    columns = "status, progress, started_at, completed_at, error_details, artist_id is not null"
    assert await look(f"select {columns} from import_status") == [("initializing", 10, NOW, None, None, True)]
    ending = update(job, JobState.FAILED, error="quota \0")
    await postgres_store.batches.write(batch(9, job=ending, events=(event(job.id, 8, Stage.FAILED, 10),)))
    assert await look(f"select {columns} from import_status") == [("failed", 10, NOW, moment(8), "quota \ufffd", True)]


async def test_a_batch_that_is_refused_as_a_whole_stores_nothing(postgres_store: PostgresStore, look: Look) -> None:
    """A checkpoint that PostgreSQL cannot hold is a StoreRejected, and the rows beside it are not stored."""
    await postgres_store.batches.write(batch(enqueue=(new_job(),)))
    (job,) = (await postgres_store.jobs.claim(owner=owner("n"), limit=1, background=1, now=NOW)).jobs
    with pytest.raises(StoreRejected):
        await postgres_store.batches.write(batch(artists=(artist(),), job=update(job, checkpoint={"page": "\0"})))
    assert await look("select count(*) from artists") == [0]


async def test_event_numbers_follow_the_order_of_commits(
    postgres_store: PostgresStore, migrated_dsn: str, bridge: AsyncioBridge
) -> None:
    """While several nodes write, a reader that continues after the last number it saw misses none."""
    (accepted,) = (await postgres_store.batches.write(batch(enqueue=(new_job(),)))).enqueued
    seen: list[Seq] = []
    done = trio.Event()

    async def node(store: PostgresStore) -> None:
        for n in range(15):
            await store.batches.write(batch(n, events=(event(accepted.job_id, n),) * 3))

    async def reader(store: PostgresStore) -> None:
        while True:
            finished = done.is_set()
            new = await store.statuses.events(after=seen[-1] if seen else Seq(0), job_id=None, limit=1000)
            seen.extend(e.seq for e in new)
            if finished and not new:
                return

    async with PostgresStore.open(migrated_dsn, bridge) as second, trio.open_nursery() as nursery:
        nursery.start_soon(reader, postgres_store)
        async with trio.open_nursery() as nodes:
            nodes.start_soon(node, postgres_store)
            nodes.start_soon(node, second)
        done.set()
    assert len(seen) == len(set(seen)) == 90


async def test_a_large_batch_takes_few_statements(postgres_store: PostgresStore, look: Look) -> None:
    """Rows travel as arrays: 2,000 songs are one upsert."""
    songs = tuple(song(spotify_id=f"Song{n}", name=f"Song {n}") for n in range(2000))
    await postgres_store.batches.write(batch(artists=(artist(),), albums=(album(),), songs=songs))
    assert await look("select (select count(*) from tracks), (select count(*) from songs)") == [(2000, 2000)]
    assert await look("select fetched_at from thesetd.freshness group by 1") == [NOW]
