"""What people did outlives every sync: nothing that the application may refer to is deleted or gets another key."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import attrs
import pytest

import thesetd
from sample_rows import MBID, album, artist, batch, played, played_show, predicted, show, song, venue
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.rows.lookup import derived_id
from thesetd.domain.identity.decisions import Entry, Verb
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.spaces import SPOTIFY, TICKETMASTER, Ref
from thesetd.domain.ids import SETLISTFM
from thesetd.domain.music.edits import BillActs, MergeSongs, SplitSong, UndoDecision, UndoRuling
from thesetd.domain.music.records import Album
from thesetd.domain.music.versions import Version
from thesetd.domain.shows.listings import SoldAs
from thesetd.domain.shows.venue_edits import MergeVenues, SplitVenue, UndoVenueDecision

TITLES = ("Hoot", "Screech", "Night Flight", "Roost", "Feather")
TRACKS = tuple(song(spotify_id=f"Song{n}", name=name, track_number=n) for n, name in enumerate(TITLES, start=1))
REFERRED = {
    "artists": "id",
    "songs": "id",
    "venues": "id",
    "shows": "id",
    "setlists": "id",
    "setlist_songs": "setlist_id, song_id",
}
WORLD = batch(
    artists=(artist(ticketmaster_id="AttractionA", mbid=MBID),),
    albums=(album(),),
    songs=TRACKS,
    venues=(venue(), venue(provider=SETLISTFM)),
    shows=(show(venue_provider_id="VenueA"), played_show(venue_provider_id="VenueA")),
    actual_setlists=(played(venue_provider_id="VenueA"),),
    predicted=(predicted(*TITLES),),
)


def taken_down(minutes: float) -> Album:
    """Return the album once it is gone."""
    return album(minutes, name="", album_type=None, available=False)


def said(verb: Verb, attraction: str, page: str) -> Learnt:
    """Return a person's word on an attraction and a page of Spotify."""
    ids, others = (frozenset({Ref(*one)}) for one in ((TICKETMASTER, attraction), (SPOTIFY, page)))
    return Learnt(word=Entry(number=0, verb=verb, ids=ids, others=others))


@pytest.fixture(params=["cascade", "restrict"])
async def referred(request: pytest.FixtureRequest, postgres_store: PostgresStore, look: Any) -> AsyncIterator[Any]:
    """Yield a stored world in which a table of the application refers to each row that it may refer to."""
    await postgres_store.batches.write(WORLD)
    for table, key in REFERRED.items():
        columns = ", ".join(f"{column} uuid not null" for column in key.split(", "))
        rule = f"foreign key ({key}) references {table} on delete {request.param}"
        await look(f"create table my_{table} ({columns}, person text, {rule})")
        await look(f"insert into my_{table} select {key}, 'someone' from {table}")
    yield look
    for table in REFERRED:
        await look(f"drop table my_{table}")


async def kept(look: Any) -> dict[str, int]:
    """Count what people did, by table; every row of it has to have what it is about."""
    return {
        table: (await look(f"select count(*) from my_{table} join {table} using ({key})"))[0]
        for table, key in REFERRED.items()
    }


async def test_five_of_five_votes_are_kept(postgres_store: PostgresStore, referred: Any) -> None:
    """Whatever a sync finds: other predictions, moved and cancelled shows, other names, takedowns, other recordings."""
    before = await kept(referred)
    assert before["setlist_songs"] == before["songs"] == 5
    (sold,) = await referred("select id from shows where ticketmaster_id is not null and merged_into is null")
    (page,) = await referred("select id from venues where ticketmaster_id is null")
    shed = derived_id("venues", TICKETMASTER, "VenueB")
    gone = show(9, name="", bill=(), local_date=None, status="withdrawn", gone_because="unknown by its id")
    resale = show(11, provider_id="Z7r9jZ1", venue_provider_id="VenueB", sold_as=SoldAs.RESALE, on_sale=True)
    unlink = Entry(
        number=0,
        verb=Verb.UNLINK,
        ids=frozenset({Ref(TICKETMASTER, "AttractionA")}),
        others=frozenset({Ref(SPOTIFY, "ArtistA")}),
    )
    (hoot, screech) = await referred("select id from songs where name in ('Hoot', 'Screech') order by name")
    live = tuple(attrs.evolve(one, name=f"{one.name} - Live") for one in TRACKS)
    single = album(8, spotify_id="AlbumB", album_type="single")
    later = tuple(song(8, spotify_id=f"New{n}", album_spotify_id="AlbumB", name=name) for n, name in enumerate(TITLES))
    syncs: dict[str, dict[str, Any]] = {
        "a prediction without them": {"predicted": (predicted("Other"),)},
        "a show that is cancelled": {"shows": (show(1, status="cancelled"),)},
        "a show that moved, at another venue": {
            "venues": (venue(2, provider_id="VenueB", name="The Shed"),),
            "shows": (show(2, status="rescheduled", venue_provider_id="VenueB", withdrawn=("local_date",)),),
        },
        "a bill without the artist": {"shows": (show(3, bill=()),)},
        "another name": {"artists": (artist(4, name="Owls"),)},
        "an album that is taken down": {"albums": (taken_down(5),)},
        "an album of a concert": {"albums": (album(6, name="Live at the Barn", version=Version.LIVE),)},
        "tracks that are concerts": {"songs": tuple(attrs.evolve(one, fetched_at=show(7).fetched_at) for one in live)},
        "other recordings": {"albums": (single,), "songs": later},
        "a setlist that is empty": {"actual_setlists": (played(9, songs=(), version_id="v2"),)},
        "a merge": {"edits": (MergeSongs(song=screech, into=hoot),)},
        "its undoing": {"edits": (UndoDecision(number=1),)},
        "a split": {"edits": (SplitSong(song=hoot, tracks=("New0",)),)},
        "no prediction": {"predicted": (predicted(),)},
        "the same prediction again": {"predicted": (predicted(*TITLES),)},
        "a show that its provider does not know": {"shows": (gone,)},
        "its resale in another hall": {"shows": (resale,)},
        "its return": {"shows": (show(12, status="scheduled"),)},
        "a place that is another": {"edits": (SplitVenue(venue=page),)},
        "that undone": {"edits": (UndoVenueDecision(number=1),)},
        "two places that are one": {"edits": (MergeVenues(venue=page, into=shed),)},
        "a show at the one that is no more": {"shows": (show(13, venue_provider_id="VenueB"),)},
        "the merge undone": {"edits": (UndoVenueDecision(number=2),)},
        "a merge the other way": {"edits": (MergeVenues(venue=shed, into=page),)},
        "its parts told apart again": {"edits": (SplitVenue(venue=shed),)},
        "a bill by hand": {"edits": (BillActs(show=sold, artists=()),)},
        "another, undone": {"edits": (UndoRuling(about="bill", number=1),)},
        "an act that is another artist": {"identity": Learnt(word=unlink)},
        "that taken back": {"identity": Learnt(word=Entry(number=0, verb=Verb.UNDO, undoes=1))},
        "another page that is the artist's": {"identity": said(Verb.MERGE, "AttractionA", "ArtistB")},
        "that undone, too": {"identity": Learnt(word=Entry(number=0, verb=Verb.UNDO, undoes=3))},
        "an act that is split off": {"identity": said(Verb.SPLIT, "AttractionA", "ArtistA")},
        "the split undone": {"identity": Learnt(word=Entry(number=0, verb=Verb.UNDO, undoes=5))},
        "other classes": {"regroup": tuple(await referred("select id from artists"))},
    }
    for minutes, (what, parts) in enumerate(syncs.items(), start=10):
        written = await postgres_store.batches.write(batch(minutes, **parts))
        assert written.rejects == (), what
        assert [one.problem for one in written.edited] in ([], [""]), what
        assert "identity" not in parts or (written.decided and written.decided.number), what
        assert await kept(referred) == before, what
    await postgres_store.schedules.cleanup(now=show(60 * 24 * 800).fetched_at)
    assert await kept(referred) == before


async def test_a_locked_list_keeps_its_songs(postgres_store: PostgresStore, referred: Any) -> None:
    """It gains songs at its end, which are marked, and nothing else moves."""
    listed = "select title, position, dropped_at is null, added_after_lock from setlist_songs order by position"
    before = await referred(listed)
    await referred("update setlists set locked_at = now()")
    await postgres_store.batches.write(batch(5, predicted=(predicted("Feather", "New"),)))
    assert await referred(listed) == [*before, ("New", 6, True, True)]


def test_no_statement_deletes_or_renames_what_people_refer_to() -> None:
    """No SQL of the daemon has a delete on, or sets the key of, a table that votes may refer to.

    But for one: undoing a person's word takes back the row that the word made, while nothing refers to it.
    """
    sources = Path(thesetd.__file__).parent.rglob("*")
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources if path.suffix in {".py", ".sql"})
    tables = "|".join(REFERRED)
    deleting = rf"(?i)\b(?:delete\s+from|truncate(?:\s+table)?)\s+(?:public\.)?(?:{tables})\b"
    assert re.findall(deleting, text) == []
    assert text.count('f"delete from {table} where id = $1"') == 1  # see `drop_empty`
    assert not re.findall(rf"(?i)\bupdate\s+(?:{tables})\s+(?:\w+\s+)?set\s+(?:id|setlist_id|song_id)\s*=", text)
