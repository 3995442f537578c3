"""Pages that change: the newest version counts, and what refers to a setlist keeps its row."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Any

from sample_rows import MBID, OTHER_MBID, album, artist, batch, moment, played, played_show, predicted, show, song
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.merge import SKIPPED
from thesetd.domain.ids import SPOTIFY, row_id
from thesetd.domain.music.records import ActualSetlist, GonePage

Look = Callable[..., Awaitable[list[Any]]]
SHOWN = (
    "select jsonb_array_length(songs), jsonb_array_length(encore_songs) from actual_setlists where show_id is not null"
)
ID = "select id from actual_setlists"
GONE = "select gone_at, gone_because, jsonb_array_length(songs) from thesetd.setlist_pages"
ARTIST = row_id("artists", SPOTIFY, "ArtistA")
ENTRIES = "select count(*), count(song_id) from actual_setlist_songs"
VOTES = """
create table votes (
    setlist_id uuid not null, song_id uuid not null,
    foreign key (setlist_id, song_id) references setlist_songs on delete cascade
)
"""


def version(minutes: float, songs: int, encores: int = 0, *, at: int = 0, **parts: Any) -> ActualSetlist:
    """Return a version of the page with so many songs, edited at that hour and fetched at that minute."""
    entries = [{"name": f"Song {number}", "position": number} for number in range(1, songs + encores + 1)]
    said = {
        "version_id": f"v{at}",
        "last_updated": datetime(2026, 5, 21, at, tzinfo=UTC),
        "songs": tuple(entries[:songs]),
        "encore_songs": tuple({**one, "encore": 1} for one in entries[songs:]),
    }
    return played(minutes, **{**said, **parts})


async def stored(store: PostgresStore, *pages: ActualSetlist) -> dict[str, int]:
    """Store versions, one after another, and give what the last one changed."""
    changed: dict[str, int] = {}
    for page in pages:
        changed = dict((await store.batches.write(batch(1, actual_setlists=(page,)))).changed)
    return changed


async def test_a_page_fills_and_shrinks(postgres_store: PostgresStore, look: Look) -> None:
    """The setlist is that of the latest version each time; the same version again writes nothing; all are kept."""
    await postgres_store.batches.write(batch(artists=(artist(mbid=MBID),)))
    await stored(postgres_store, version(1, 0, at=1))
    assert await look(SHOWN) == []
    for number, (songs, encores) in enumerate([(10, 0), (30, 0), (26, 4), (5, 0), (29, 0)], 2):
        await stored(postgres_store, version(number, songs, encores, at=number))
        assert await look(SHOWN) == [(songs, encores)]
    assert await stored(postgres_store, version(9, 29, at=6)) == {}
    assert await look("select count(*) from thesetd.setlist_versions") == [6]


async def test_pages_of_an_artist_that_is_classified_again_are_decided_again(
    postgres_store: PostgresStore, look: Look
) -> None:
    """What other rules had decided stays until then, whatever else comes."""
    await postgres_store.batches.write(batch(artists=(artist(mbid=MBID),)))
    await stored(postgres_store, version(1, 20))
    decided = "select kind, verdict, show_id is null from thesetd.setlist_pages"
    before = await look(decided)
    await look("update thesetd.setlist_pages set kind = 'street', verdict = 'waiting', show_id = null")
    await postgres_store.batches.write(batch(2, artists=(artist(2, mbid=MBID),)))
    assert await look(decided) == [("street", "waiting", True)] != before
    await postgres_store.batches.write(batch(3, regroup=(ARTIST,)))
    assert await look(decided) == before


async def test_an_older_version_that_comes_late_changes_nothing(postgres_store: PostgresStore, look: Look) -> None:
    """The page's own clock decides, not that of the answer."""
    await postgres_store.batches.write(batch(artists=(artist(mbid=MBID),)))
    assert await stored(postgres_store, version(1, 20, at=16), version(5, 3, at=2)) == {}
    assert await look(SHOWN) == [(20, 0)]


async def test_a_page_is_emptied_and_filled_again(postgres_store: PostgresStore, look: Look) -> None:
    """There is no setlist in between, and its row stays."""
    await postgres_store.batches.write(batch(artists=(artist(mbid=MBID),)))
    await stored(postgres_store, version(1, 21, at=1))
    before = await look(ID)
    await stored(postgres_store, version(2, 0, at=2))
    assert (await look(SHOWN), await look(ID)) == ([(0, 0)], before)
    await stored(postgres_store, version(3, 22, at=3))
    assert (await look(SHOWN), await look(ID)) == ([(22, 0)], before)


async def test_an_answer_without_sets_empties_no_page(postgres_store: PostgresStore, look: Look) -> None:
    """It is newer and says nothing of what was played; the whole answer of its version counts, a cut one does not."""
    await postgres_store.batches.write(batch(artists=(artist(mbid=MBID),)))
    await stored(postgres_store, version(1, 3, at=1, tour="Night"), version(2, 0, at=2, sets_said=False))
    assert await look(SHOWN) == [(3, 0)]
    await stored(postgres_store, version(3, 2, at=2))
    assert await look(SHOWN) == [(2, 0)]
    await stored(postgres_store, version(4, 0, at=2))
    assert await look(SHOWN) == [(2, 0)]
    await stored(postgres_store, version(5, 0, at=3))
    assert await look(SHOWN) == [(0, 0)]


async def test_an_empty_page_completes_nothing(postgres_store: PostgresStore, look: Look) -> None:
    """The page is known, the show has no setlist until songs come."""
    await postgres_store.batches.write(batch(artists=(artist(mbid=MBID),), shows=(show(),)))
    coming = date(2026, 6, 11)
    await stored(postgres_store, version(1, 0, at=1, event_date=coming))
    assert await look("select status, setlistfm_id from shows") == [("scheduled", "SetlistA")]
    assert await look("select count(*) from actual_setlists") == [0]


async def test_a_page_moves_to_another_act(postgres_store: PostgresStore, look: Look) -> None:
    """It leaves the first act's show, waits while nobody knows the other, and is the other's once that is imported."""
    await postgres_store.batches.write(batch(artists=(artist(mbid=MBID),), shows=(show(local_date=date(2026, 5, 20)),)))
    await stored(postgres_store, version(1, 9, at=1))
    assert await look("select ticketmaster_id, setlistfm_id from shows") == [("ShowA", "SetlistA")]
    await stored(postgres_store, version(2, 9, at=2, artist_mbid=OTHER_MBID))
    assert await look("select ticketmaster_id, setlistfm_id from shows") == [("ShowA", None)]
    assert await look(SHOWN) == []
    await postgres_store.batches.write(
        batch(3, artists=(artist(spotify_id="B", slug="b", name="Wrens", mbid=OTHER_MBID),))
    )
    holder = "select a.name from actual_setlists p join artists a on a.id = p.artist_id where p.show_id is not null"
    assert await look(holder) == ["Wrens"]
    assert await look(SHOWN) == [(9, 0)]


async def test_a_page_without_an_address_is_rejected(postgres_store: PostgresStore, look: Look) -> None:
    """No setlist is stored that could not be shown with its address."""
    pages = tuple(played(setlistfm_id=f"S{n}", url=url) for n, url in enumerate(("", "ftp://x", "a sentence")))
    written = await postgres_store.batches.write(batch(artists=(artist(mbid=MBID),), actual_setlists=pages))
    assert [one.kind for one in written.rejects] == ["actual_setlists"] * 3
    assert await look("select count(*) from actual_setlists") == [0]


async def test_a_show_that_a_page_made_goes_with_it(postgres_store: PostgresStore, look: Look) -> None:
    """It leaves the first act at once, though nobody knows the other."""
    await postgres_store.batches.write(batch(artists=(artist(mbid=MBID),)))
    await stored(postgres_store, version(1, 9, at=1), version(2, 9, at=2, artist_mbid=OTHER_MBID))
    assert await look("select count(*) from artist_shows where left_at is null") == [0]


def rush(songs: int, version: str, hour: int, **parts: Any) -> ActualSetlist:
    """Return a version of a page that grows in the night of its show."""
    entries = tuple({"name": f"Rush {number}", "position": number} for number in range(1, songs + 1))
    said = {"songs": entries, "version_id": version, "last_updated": datetime(2026, 5, 21, hour, tzinfo=UTC)}
    return played(hour, **{**said, **parts})


async def test_votes_on_a_setlist_outlive_its_versions(postgres_store: PostgresStore, look: Look) -> None:
    """A page has no songs, then 29, then 30: one row, whose entries keep their songs, and so do the votes on them."""
    await postgres_store.batches.write(
        batch(
            artists=(artist(mbid=MBID),),
            albums=(album(),),
            songs=tuple(song(spotify_id=f"R{n}", name=f"Rush {n}", track_number=n) for n in range(1, 31)),
            shows=(show(local_date=date(2026, 5, 20)),),
        )
    )
    await postgres_store.batches.write(batch(1, predicted=(predicted(*(f"Rush {n}" for n in range(1, 21))),)))
    await look(VOTES)
    await look("insert into votes select setlist_id, song_id from setlist_songs")
    counts = []
    for number, (version_id, songs) in enumerate([("a", 0), ("b", 29), ("c", 30)], 2):
        await postgres_store.batches.write(batch(number, actual_setlists=(rush(songs, version_id, number),)))
        counts.append((await look(ENTRIES), await look(ID)))
    assert [entries for entries, _ in counts] == [[(0, 0)], [(29, 29)], [(30, 30)]]
    assert counts[1][1] == counts[2][1]
    tied = await look("select p.song_id = s.id from actual_setlist_songs p join songs s on s.name = p.title")
    assert tied == [True] * 30
    assert await look("select count(*) from votes v join setlist_songs using (setlist_id, song_id)") == [20]
    await look("drop table votes")


async def test_a_page_that_is_gone_is_marked_and_comes_back(postgres_store: PostgresStore, look: Look) -> None:
    """Its songs are shown no more, its show stays completed, nothing is deleted; only a newer answer brings it back."""
    await postgres_store.batches.write(batch(artists=(artist(mbid=MBID),), shows=(show(local_date=date(2026, 5, 20)),)))
    await stored(postgres_store, version(1, 9, at=1))
    before = await look(ID)
    assert await postgres_store.pages.unseen(ARTIST, MBID, since=moment(1), limit=5) == ()
    assert await postgres_store.pages.unseen(ARTIST, MBID, since=moment(2), limit=5) == ("SetlistA",)
    gone = GonePage(setlistfm_id="SetlistA", because="2026-06-01: unknown by its id, and not in the list of The Owls")
    changed = (await postgres_store.batches.write(batch(5, gone_pages=(gone,)))).changed
    assert changed["actual_setlists"] == 1
    assert await look(GONE) == [(moment(5), gone.because, 9)]
    assert (await look(SHOWN), await look(ID)) == ([(0, 0)], before)
    assert await look("select gone_at from actual_setlists") == [moment(5)]
    assert await look("select status from shows where ticketmaster_id = 'ShowA'") == ["completed"]
    assert await postgres_store.pages.unseen(ARTIST, MBID, since=moment(9), limit=5) == ()
    assert (await postgres_store.repertoires.repertoire(ARTIST, now=moment(6))).setlists == ()
    await stored(postgres_store, version(4, 9, at=1))  # from a cache
    assert await look(SHOWN) == [(0, 0)]
    await stored(postgres_store, version(6, 9, at=1))
    assert await look(GONE) == [(None, None, 9)]
    assert (await look(SHOWN), await look(ID)) == ([(9, 0)], before)


async def test_a_show_of_a_page_that_a_trigger_skips_is_a_reject(postgres_store: PostgresStore, look: Look) -> None:
    """The application keeps it out without an error: the page is stored, its show is told as not stored."""

    async def keep_out(connection: Connection) -> None:
        await connection.execute("""
            create function keep_out() returns trigger language plpgsql as $f$ begin return null; end $f$;
            create trigger keep_out before insert on shows for each row execute function keep_out();
        """)

    async def let_in(connection: Connection) -> None:
        await connection.execute("drop function keep_out cascade")

    await postgres_store.database.transact(keep_out)
    try:
        rows = batch(artists=(artist(mbid=MBID),), shows=(played_show(),), actual_setlists=(played(),))
        written = await postgres_store.batches.write(rows)
    finally:
        await postgres_store.database.transact(let_in)
    assert [(one.kind, one.key, one.reason) for one in written.rejects] == [("shows", "SetlistA", SKIPPED)]
    assert await look("select count(*) from shows") == [0]
    assert await look("select setlistfm_id from thesetd.setlist_pages") == ["SetlistA"]


async def test_a_place_on_a_bill_that_the_application_refuses_is_a_reject(
    postgres_store: PostgresStore, look: Look
) -> None:
    """Its trigger refuses the act of one of two pages: both pages and shows are stored, and the other act's place."""

    async def refuse(connection: Connection) -> None:
        await connection.execute("""
            create function refuse() returns trigger language plpgsql as $f$
                begin
                    if (select setlistfm_id from shows where id = new.show_id) = 'SetlistA' then
                        raise exception 'not on this bill';
                    end if;
                    return new;
                end $f$;
            create trigger refuse before insert on artist_shows for each row execute function refuse();
        """)

    async def allow(connection: Connection) -> None:
        await connection.execute("drop function refuse cascade")

    await postgres_store.database.transact(refuse)
    try:
        other = played(setlistfm_id="SetlistB", event_date=date(2026, 5, 22))
        pages, shows = (played(), other), (played_show(), played_show(provider_id="SetlistB"))
        rows = batch(artists=(artist(mbid=MBID),), shows=shows, actual_setlists=pages)
        written = await postgres_store.batches.write(rows)
    finally:
        await postgres_store.database.transact(allow)
    assert [(one.kind, one.key, one.reason) for one in written.rejects] == [
        ("artist_shows", "SetlistA", "not on this bill")
    ]
    assert await look("select setlistfm_id from shows order by 1") == ["SetlistA", "SetlistB"]
    assert await look("select s.setlistfm_id from artist_shows l join shows s on s.id = l.show_id") == ["SetlistB"]
