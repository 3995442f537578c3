"""What every store does: one suite over the fake and over PostgreSQL."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from itertools import permutations

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
    next_due,
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
from thesetd.domain.errors import AlreadyFired, LostLease
from thesetd.domain.ids import SETLISTFM, SPOTIFY, TICKETMASTER, Fence, JobId, Seq, row_id
from thesetd.domain.music.records import GonePage, Reject
from thesetd.domain.music.reference import ArtistRef, ReferenceKind
from thesetd.domain.work.batches import Batch, Firing
from thesetd.domain.work.jobs import Job, JobKind, JobState, JobUpdate, KnownArtist, Lane, NewJob
from thesetd.domain.work.progress import Amendment, Stage
from thesetd.ports.store import LastEdit, Stores


async def enqueued(store: Stores, *jobs: NewJob) -> list[JobId]:
    """Enqueue jobs and give their ids."""
    return [one.job_id for one in (await store.batches.write(batch(enqueue=jobs))).enqueued]


async def claimed(store: Stores, *jobs: NewJob) -> Job:
    """Enqueue jobs, claim one and give it."""
    await store.batches.write(batch(enqueue=jobs or (new_job(),)))
    (job,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(1))).jobs
    return job


async def names(store: Stores, wanted: str) -> list[str]:
    """Return the names of stored artists called so, as they are written."""
    return [found.name for found in await store.statuses.find_artist(ArtistRef(ReferenceKind.NAME, wanted))]


EVERYTHING = batch(
    artists=(artist(ticketmaster_id="AttractionA", mbid=MBID),),
    albums=(album(),),
    songs=(song(), song(spotify_id="SongB", name="Screech")),
    venues=(venue(), venue(provider=SETLISTFM)),
    shows=(show(venue_provider_id="VenueA"), played_show(venue_provider_id="VenueA")),
    actual_setlists=(played(venue_provider_id="VenueA"),),
    predicted=(predicted("Hoot", "Screech"),),
)


async def test_a_batch_reports_what_it_changed(store: Stores) -> None:
    """The first writing of rows counts each of them, by table."""
    written = await store.batches.write(EVERYTHING)
    assert dict(written.changed) == {
        "artists": 1,
        "albums": 1,
        "tracks": 2,
        "artist_tracks": 2,
        "songs": 2,
        "venues": 2,
        "shows": 2,
        "artist_shows": 2,
        "actual_setlists": 1,
        "setlists": 1,
    }
    assert written.rejects == ()


async def test_the_same_batch_again_changes_nothing(store: Stores) -> None:
    """Importing again, with later answers that say the same, changes no row."""
    await store.batches.write(EVERYTHING)
    assert await store.batches.write(EVERYTHING) == await store.batches.write(batch(5))
    later = batch(
        10, artists=(artist(9, ticketmaster_id="AttractionA", mbid=MBID),), albums=(album(9),), songs=(song(9),)
    )
    assert dict((await store.batches.write(later)).changed) == {}


async def test_an_artist_is_found_by_every_id_and_by_its_folded_name(store: Stores) -> None:
    """An id is compared letter by letter, a name without case and accents."""
    await store.batches.write(batch(artists=(artist(name="Sigur Rós", ticketmaster_id="AttractionA", mbid=MBID),)))
    references = [
        (ReferenceKind.SPOTIFY, "ArtistA"),
        (ReferenceKind.TICKETMASTER, "AttractionA"),
        (ReferenceKind.MBID, MBID),
        (ReferenceKind.NAME, "sigur ros"),
    ]
    found = [await store.statuses.find_artist(ArtistRef(*reference)) for reference in references]
    assert [[one.name for one in hits] for hits in found] == [["Sigur Rós"]] * 4
    assert await store.statuses.find_artist(ArtistRef(ReferenceKind.SPOTIFY, "artista")) == ()


async def test_an_artist_is_found_by_its_slug_and_by_the_id_of_its_row(store: Stores) -> None:
    """As the application knows it; a word that is also a name is a name, unless it is said to be a slug."""
    others = (
        artist(spotify_id="Low2", slug="lo", name="Lo and Co"),
        artist(spotify_id="Low3", slug="low-2", name="Lo"),
    )
    await store.batches.write(batch(artists=(artist(), *others)))
    (owls,) = await store.statuses.find_artist(ArtistRef(ReferenceKind.NAME, "The Owls"))
    for reference in (
        (ReferenceKind.NAME, "the-owls"),
        (ReferenceKind.SLUG, "the-owls"),
        (ReferenceKind.MBID, str(owls.id)),
    ):
        assert await store.statuses.find_artist(ArtistRef(*reference)) == (owls,)
    found = [
        await store.statuses.find_artist(ArtistRef(kind, "lo")) for kind in (ReferenceKind.NAME, ReferenceKind.SLUG)
    ]
    assert [[one.slug for one in hits] for hits in found] == [["low-2"], ["lo"]]
    assert await names(store, "low-2") == ["Lo"]
    for kind, value in ((ReferenceKind.SLUG, "nobody"), (ReferenceKind.MBID, MBID)):
        assert await store.statuses.find_artist(ArtistRef(kind, value)) == ()


async def test_a_slug_that_was_made_of_an_id_finds_its_artist(store: Stores) -> None:
    """It has an id's form, and is read as one; whoever has that id comes first."""
    slug = "3whk4ju0qd0vsi9swxwv8p"
    await store.batches.write(
        batch(artists=(artist(spotify_id="3wHK4ju0QD0vSI9SwXWv8p", slug=slug, name="東京ノイズ"),))
    )
    reference = ArtistRef(ReferenceKind.SPOTIFY, slug)
    assert [one.name for one in await store.statuses.find_artist(reference)] == ["東京ノイズ"]
    await store.batches.write(batch(1, artists=(artist(1, spotify_id=slug, slug="owls", name="Owls"),)))
    assert [one.name for one in await store.statuses.find_artist(reference)] == ["Owls"]


async def test_the_row_id_follows_from_the_first_providers_id(store: Stores) -> None:
    """Every node gives an artist the same id without asking anybody."""
    await store.batches.write(batch(artists=(artist(),)))
    (found,) = await store.statuses.find_artist(ArtistRef(ReferenceKind.SPOTIFY, "ArtistA"))
    assert found.id == row_id("artists", SPOTIFY, "ArtistA")


async def test_an_older_answer_never_overwrites_a_newer(store: Stores) -> None:
    """What was fetched later stands, in whatever order it is written."""
    await store.batches.write(batch(artists=(artist(5, name="New"),)))
    written = await store.batches.write(batch(artists=(artist(1, name="Old", mbid=MBID),)))
    (found,) = await store.statuses.find_artist(ArtistRef(ReferenceKind.SPOTIFY, "ArtistA"))
    assert (found.name, found.mbid) == ("New", MBID)
    assert dict(written.changed) == {"artists": 1}


async def test_a_confirmation_counts_as_newer(store: Stores) -> None:
    """A late answer is compared with the last one that said the same, though that one wrote nothing."""
    await store.batches.write(batch(artists=(artist(1),)))
    await store.batches.write(batch(artists=(artist(5),)))
    await store.batches.write(batch(artists=(artist(3, name="Late"),)))
    assert await names(store, "the owls") == ["The Owls"]


async def test_the_last_fetched_of_a_batch_wins(store: Stores) -> None:
    """Two records of one row in a batch become one change."""
    written = await store.batches.write(batch(artists=(artist(5, name="New"), artist(1, name="Old"))))
    assert await names(store, "new") == ["New"]
    assert dict(written.changed) == {"artists": 1}


async def test_an_empty_name_never_overwrites_a_name(store: Stores) -> None:
    """A nameless answer leaves the name that is known."""
    await store.batches.write(batch(artists=(artist(),), albums=(album(),)))
    await store.batches.write(batch(artists=(artist(5, name=" "),), albums=(album(5, name=""),)))
    (found,) = await store.statuses.find_artist(ArtistRef(ReferenceKind.SPOTIFY, "ArtistA"))
    kept = await store.repertoires.catalogue(found.id)
    assert (found.name, kept.albums[0].name) == ("The Owls", "Night")


async def test_none_never_overwrites_a_value(store: Stores) -> None:
    """What an answer does not say stays as it was."""
    await store.batches.write(
        batch(artists=(artist(),), albums=(album(label="Barn Records", released_on=date(2020, 1, 1)),))
    )
    await store.batches.write(batch(albums=(album(5, name="Night, remastered"),)))
    (found,) = await store.statuses.find_artist(ArtistRef(ReferenceKind.SPOTIFY, "ArtistA"))
    (kept,) = (await store.repertoires.catalogue(found.id)).albums
    assert (kept.name, kept.label, kept.released_on) == ("Night, remastered", "Barn Records", date(2020, 1, 1))


async def test_an_artist_gains_ids_one_provider_after_another(store: Stores) -> None:
    """A row that is first seen under one provider's id is the same row under those that come later."""
    await store.batches.write(batch(artists=(artist(spotify_id=None, ticketmaster_id="AttractionA"),)))
    await store.batches.write(batch(artists=(artist(ticketmaster_id="AttractionA"),)))
    await store.batches.write(batch(artists=(artist(mbid=MBID),)))
    (found,) = await store.statuses.find_artist(ArtistRef(ReferenceKind.TICKETMASTER, "AttractionA"))
    assert (found.spotify_id, found.mbid) == ("ArtistA", MBID)
    assert await store.statuses.find_artist(ArtistRef(ReferenceKind.MBID, MBID)) == (found,)


async def test_the_provider_that_knows_best_has_the_last_word(store: Stores) -> None:
    """Another provider's spelling does not go back and forth with Spotify's, import after import."""
    await store.batches.write(batch(artists=(artist(ticketmaster_id="AttractionA"),)))
    shop = artist(5, name="THE OWLS!", spotify_id=None, ticketmaster_id="AttractionA")
    assert dict((await store.batches.write(batch(artists=(shop,)))).changed) == {}
    assert await names(store, "the owls") == ["The Owls"]


async def test_conflicting_ids_are_not_merged(store: Stores) -> None:
    """A record whose ids belong to two rows changes neither's ids, and is reported."""
    other = artist(spotify_id="ArtistB", slug="b", name="B", mbid=OTHER_MBID)
    await store.batches.write(batch(artists=(artist(mbid=MBID), other)))
    written = await store.batches.write(batch(artists=(artist(5, mbid=OTHER_MBID),)))
    assert [(one.kind, one.key) for one in written.rejects] == [("artists", OTHER_MBID)]
    (first,) = await store.statuses.find_artist(ArtistRef(ReferenceKind.SPOTIFY, "ArtistA"))
    (second,) = await store.statuses.find_artist(ArtistRef(ReferenceKind.SPOTIFY, "ArtistB"))
    assert (first.mbid, second.mbid) == (MBID, OTHER_MBID)


async def test_two_artists_of_one_name_have_two_addresses(store: Stores) -> None:
    """The later one's slug ends with a piece of its id, and both keep theirs."""
    await store.batches.write(batch(artists=(artist(),)))
    await store.batches.write(batch(artists=(artist(spotify_id="ArtistB"),)))
    await store.batches.write(batch(artists=(artist(9, spotify_id="ArtistB", slug="another"), artist(9, slug="third"))))
    slugs = [found.slug for found in await store.statuses.find_artist(ArtistRef(ReferenceKind.NAME, "The Owls"))]
    assert sorted(slugs) == ["the-owls", "the-owls-artist"]


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        (batch(albums=(album(),)), "albums"),
        (batch(artists=(artist(),), songs=(song(),)), "tracks"),
        (batch(shows=(played_show(),), actual_setlists=(played(),)), "actual_setlists"),
        (batch(artists=(artist(),), predicted=(predicted(),)), "setlists"),
    ],
)
async def test_a_row_without_its_parent_is_rejected(store: Stores, rows: Batch, kind: str) -> None:
    """What refers to an unknown row is reported and everything else is stored."""
    written = await store.batches.write(rows)
    assert [one.kind for one in written.rejects] == [kind]
    assert kind not in written.changed


async def test_one_bad_row_of_a_hundred_loses_no_other(store: Stores) -> None:
    """A row that cannot be stored (here for a NUL) is rejected alone."""
    songs = [song(spotify_id=f"Song{n}", name="bad\0" if n == 37 else f"Song {n}") for n in range(100)]
    written = await store.batches.write(batch(artists=(artist(),), albums=(album(),), songs=tuple(songs)))
    assert written.changed["tracks"] == 99
    assert [(one.kind, one.key) for one in written.rejects] == [("tracks", "Song37")]
    (found,) = await store.statuses.find_artist(ArtistRef(ReferenceKind.SPOTIFY, "ArtistA"))
    assert len((await store.repertoires.catalogue(found.id)).tracks) == 99


async def test_rejects_that_a_batch_brings_are_not_reported_again(store: Stores) -> None:
    """Written names only what the store itself refused."""
    assert (await store.batches.write(batch(rejects=(Reject(kind="event", key="1", reason="no date"),)))).rejects == ()


async def test_the_repertoire_is_what_was_stored(store: Stores) -> None:
    """Albums, songs, setlists and coming shows come back as they went in; shows that are off do not."""
    off = [show(provider_id="Off", status="cancelled"), show(provider_id="Vip", is_addon=True)]
    past = show(provider_id="Past", local_date=date(2026, 5, 1))
    await store.batches.write(EVERYTHING)
    await store.batches.write(batch(shows=(*off, past)))
    (found,) = await store.statuses.find_artist(ArtistRef(ReferenceKind.SPOTIFY, "ArtistA"))
    kept = await store.repertoires.repertoire(found.id, now=NOW)
    catalogue = await store.repertoires.catalogue(found.id)
    assert catalogue.albums == (album(),)
    assert catalogue.tracks == (song(), song(spotify_id="SongB", name="Screech"))
    some = await store.repertoires.catalogue(found.id, only={"SongB", "Unknown", "\0"})
    assert (some.albums, some.tracks) == ((), (song(spotify_id="SongB", name="Screech"),))
    counted = await store.repertoires.catalogue(found.id, tracks=False)
    assert (counted.albums, counted.tracks, dict(counted.songs_on)) == (catalogue.albums, (), {"AlbumA": 2})
    assert dict(catalogue.songs_on) == {"AlbumA": 2}
    assert [one.songs_on["Listed only"] for one in (catalogue, counted)] == [0, 0]
    assert [(one.title, one.face and one.face.spotify_id) for one in kept.songs] == [
        ("Hoot", "SongA"),
        ("Screech", "SongB"),
    ]
    assert kept.setlists == (played(venue_provider_id="VenueA"),)
    assert [one.provider_id for one in kept.coming] == ["ShowA"]


async def test_the_page_that_was_edited_last(store: Stores) -> None:
    """By the provider's clock, of those under the id; a page that is gone or says nothing of it is left out."""
    edits = {"SetlistB": moment(5), "SetlistA": moment(9), "SetlistC": None, "SetlistD": moment(5)}
    pages = tuple(attrs.evolve(played(), setlistfm_id=page, last_updated=at) for page, at in edits.items())
    shows = tuple(attrs.evolve(played_show(), provider_id=page) for page in edits)
    await store.batches.write(batch(artists=(artist(mbid=MBID),), shows=shows, actual_setlists=pages))
    (found,) = await store.statuses.find_artist(ArtistRef(ReferenceKind.SPOTIFY, "ArtistA"))
    assert await store.pages.last_edit(found.id, MBID) == LastEdit(page="SetlistA", at=moment(9))
    assert await store.pages.last_edit(found.id, OTHER_MBID) is None
    await store.batches.write(batch(10, gone_pages=(GonePage(setlistfm_id="SetlistA", because="unknown by its id"),)))
    assert await store.pages.last_edit(found.id, MBID) == LastEdit(page="SetlistB", at=moment(5), together=2)


async def test_pages_that_no_answer_held_lately(store: Stores) -> None:
    """They are told, but for those that are gone; a page that comes again is there again."""
    await store.batches.write(batch(artists=(artist(mbid=MBID),), shows=(played_show(),), actual_setlists=(played(),)))
    (found,) = await store.statuses.find_artist(ArtistRef(ReferenceKind.SPOTIFY, "ArtistA"))
    assert await store.pages.unseen(found.id, MBID, since=NOW, limit=5) == ()
    assert await store.pages.unseen(found.id, MBID, since=moment(1), limit=5) == ("SetlistA",)
    assert await store.pages.versions(found.id, MBID, since=NOW, limit=5) == {"SetlistA": "v1"}
    assert await store.pages.versions(found.id, MBID, since=moment(1), limit=5) == {}
    await store.batches.write(batch(1, gone_pages=(GonePage(setlistfm_id="SetlistA", because="unknown by its id"),)))
    assert await store.pages.unseen(found.id, MBID, since=moment(2), limit=5) == ()
    assert await store.pages.versions(found.id, MBID, since=NOW, limit=5) == {}
    await store.batches.write(batch(3, shows=(played_show(3),), actual_setlists=(played(3),)))
    assert await store.pages.unseen(found.id, MBID, since=moment(4), limit=5) == ("SetlistA",)


async def test_whether_predictions_would_be_the_same_again(store: Stores) -> None:
    """A digest differs once anything does that they are made of; what comes again unchanged leaves it."""
    await store.batches.write(EVERYTHING)
    (found,) = await store.statuses.find_artist(ArtistRef(ReferenceKind.SPOTIFY, "ArtistA"))
    seen = [await store.forecasts.foreseen(found.id, now=NOW)]
    assert seen[0].setlists == 1
    await store.batches.write(batch(1, shows=(show(1, venue_provider_id="VenueA"),), songs=(song(1),)))
    assert await store.forecasts.foreseen(found.id, now=NOW) == seen[0]
    changes = (
        {"songs": (song(2, name="Hoot!"),)},
        {"shows": (show(2, tour="Another", venue_provider_id="VenueA"),)},
        {"shows": (show(2, provider_id="ShowB"),)},
        {"shows": (played_show(2),), "actual_setlists": (played(2, songs=(), version_id="v2"),)},
        {"gone_pages": (GonePage(setlistfm_id="SetlistA", because="unknown by its id"),)},
    )
    for minute, rows in enumerate(changes, start=2):
        await store.batches.write(batch(minute, **rows))
        seen.append(await store.forecasts.foreseen(found.id, now=NOW))
    assert len({one.inputs for one in seen}) == len(seen)
    for minute, songs in enumerate((("Hoot",), ("Hoot", "Fly")), start=9):
        await store.batches.write(batch(minute, predicted=(predicted(*songs, show_provider_id="ShowB"),)))
        seen.append(await store.forecasts.foreseen(found.id, now=NOW))
        assert seen[-1].setlists == 2
    assert len({one.stored for one in seen[-3:]}) == 3


async def test_the_repertoire_tells_supports(store: Stores) -> None:
    """A coming show at which another act is the headliner is told apart."""
    support = billing(spotify_id="ArtistA", set_order=2, is_headliner=False)
    other = show(provider_id="ShowB", bill=(billing("x", name="Headliner"), support))
    await store.batches.write(batch(artists=(artist(),), shows=(show(), other)))
    (found,) = await store.statuses.find_artist(ArtistRef(ReferenceKind.SPOTIFY, "ArtistA"))
    assert (await store.repertoires.repertoire(found.id, now=NOW)).supporting == {(TICKETMASTER, "ShowB")}


HOST, GUEST = batch(artists=(artist(),)), batch(artists=(artist(spotify_id="Guest", name="Guest", slug="guest"),))
TOGETHER = song(artist_spotify_ids=("ArtistA", "Guest", "Nobody", "\0"))
OWN = batch(
    albums=(album(spotify_id="AlbumB", artist_spotify_id="Guest"),),
    songs=(
        song(spotify_id="SongB", album_spotify_id="AlbumB", artist_spotify_ids=("Guest", "ArtistA")),
        song(spotify_id="SongC", album_spotify_id="AlbumB", artist_spotify_ids=("Guest",)),
    ),
)
IMPORTS = (
    (HOST, batch(albums=(album(),), songs=(TOGETHER,)), batch(1, songs=(attrs.evolve(TOGETHER, name="Hoot!"),))),
    (GUEST, OWN),
)


@pytest.mark.parametrize(
    "order", sorted(set(permutations((0, 0, 0, 1, 1)))), ids=lambda order: "".join(map(str, order))
)
async def test_credits_do_not_depend_on_the_order_of_imports(store: Stores, order: tuple[int, ...]) -> None:
    """However batches of a host's and a guest's import follow each other, both have all that they are credited to."""
    batches, changed = [iter(one) for one in IMPORTS], Counter[str]()
    for turn in order:
        changed += (await store.batches.write(next(batches[turn]))).changed
    kept = {}
    for name in ("the owls", "guest"):
        (found,) = await store.statuses.find_artist(ArtistRef(ReferenceKind.NAME, name))
        catalogue = await store.repertoires.catalogue(found.id)
        kept[found.name] = {one.spotify_id: one.artist_spotify_ids for one in catalogue.tracks}
    both = {"SongA": ("ArtistA", "Guest"), "SongB": ("ArtistA", "Guest")}
    assert kept == {"The Owls": both, "Guest": {**both, "SongC": ("Guest",)}}
    assert changed["artist_tracks"] == 5


@pytest.mark.parametrize("again", [False, True])
async def test_a_track_that_moves_to_another_album_is_counted_there_only(store: Stores, *, again: bool) -> None:
    """Its artists are credited once, however often their songs are derived, and nothing is left on the former album."""
    for one in (HOST, GUEST, batch(albums=(album(), album(spotify_id="AlbumC", name="Day")), songs=(TOGETHER,))):
        await store.batches.write(one)
    await store.batches.write(
        batch(1, songs=(attrs.evolve(TOGETHER, album_spotify_id="AlbumC", fetched_at=moment(1)),))
    )
    if again:
        hoot = attrs.evolve(TOGETHER, album_spotify_id="AlbumC", name="Hoot!", fetched_at=moment(2))
        await store.batches.write(batch(2, songs=(hoot,)))
    for name in ("the owls", "guest"):
        (found,) = await store.statuses.find_artist(ArtistRef(ReferenceKind.NAME, name))
        counted = await store.repertoires.catalogue(found.id, tracks=False)
        (track,) = (await store.repertoires.catalogue(found.id)).tracks
        assert (+counted.songs_on, track.artist_spotify_ids) == ({"AlbumC": 1}, ("ArtistA", "Guest"))


SHARED = album(spotify_id="Shared", artist_spotify_ids=("Nobody", "ArtistA", "Guest"))
LISTED = (
    (HOST, batch(albums=(SHARED,)), batch(1, albums=(attrs.evolve(SHARED, name="Day"),))),
    (GUEST, batch(2, albums=(attrs.evolve(SHARED, artist_spotify_id="Guest", name="Day", fetched_at=moment(2)),))),
)


@pytest.mark.parametrize(
    "order", sorted(set(permutations((0, 0, 0, 1, 1)))), ids=lambda order: "".join(map(str, order))
)
async def test_an_album_of_two_artists_is_the_first_ones_in_any_order(store: Stores, order: tuple[int, ...]) -> None:
    """Both list it; it is that artist's who is credited first among those that are known, and both have it."""
    batches = [iter(one) for one in LISTED]
    for turn in order:
        await store.batches.write(next(batches[turn]))
        owner = await _owner(store, "Shared")
        assert owner is None or owner == ("ArtistA" if await _found(store, "ArtistA") else "Guest")
    assert owner == "ArtistA"
    for name in ("ArtistA", "Guest"):
        (found,) = await _found(store, name)
        assert [one.spotify_id for one in (await store.repertoires.catalogue(found.id)).albums] == ["Shared"]
    assert (await store.batches.write(LISTED[1][1])).changed["albums"] == 0
    untold = album(3, spotify_id="Shared", artist_spotify_id="Guest", name="", available=False)
    assert (await store.batches.write(batch(3, albums=(untold,)))).changed["albums"] == 1
    assert await _owner(store, "Shared") == "ArtistA"


async def _found(store: Stores, spotify_id: str) -> tuple[KnownArtist, ...]:
    return tuple(await store.statuses.find_artist(ArtistRef(ReferenceKind.SPOTIFY, spotify_id)))


async def _owner(store: Stores, album_id: str) -> str | None:
    """Return whose album it is by the repertoires of those who are credited."""
    for name in ("ArtistA", "Guest"):
        for found in await _found(store, name):
            for one in (await store.repertoires.catalogue(found.id)).albums:
                if one.spotify_id == album_id:
                    return one.artist_spotify_id
    return None


async def test_the_importing_artist_plays_at_its_shows(store: Stores) -> None:
    """A show of a job's artist is linked to it even where the bill names it by no id."""
    job = await claimed(store, new_job(artist=ARTIST_KEY))
    await store.batches.write(batch(artists=(artist(),), job=update(job, artist=ARTIST_KEY)))
    await store.batches.write(batch(shows=(show(bill=(billing("Other", name="Other"),)),), job=update(job)))
    (found,) = await store.statuses.find_artist(ArtistRef(ReferenceKind.SPOTIFY, "ArtistA"))
    assert [one.provider_id for one in (await store.repertoires.repertoire(found.id, now=NOW)).coming] == ["ShowA"]


async def test_claiming_takes_the_most_urgent_then_the_oldest(store: Stores) -> None:
    """Lane first, then how long a job has been due."""
    await store.batches.write(batch(1, enqueue=(new_job("late"), new_job("slow", lane=Lane.LOW))))
    await store.batches.write(batch(2, enqueue=(new_job("later"), new_job("now", lane=Lane.INTERACTIVE))))
    jobs = (await store.jobs.claim(owner=owner(), limit=10, background=2, now=moment(3))).jobs
    assert [(job.lane, job.id) for job in jobs] == [(Lane.INTERACTIVE, 4), (Lane.HIGH, 1), (Lane.HIGH, 3)]
    assert [job.fence for job in jobs] == [1, 1, 1]
    assert all(job.state is JobState.RUNNING and job.attempts == 0 for job in jobs)


async def test_a_claim_takes_no_more_of_the_background_than_it_may(store: Stores) -> None:
    """What a person waits for is taken first, and the background has room only where it is allowed and left."""
    waited_for = [new_job(f"now{n}", lane=Lane.INTERACTIVE) for n in range(3)]
    await enqueued(store, *(new_job(f"later{n}") for n in range(5)), *waited_for)
    first = (await store.jobs.claim(owner=owner(), limit=4, background=3, now=moment(1))).jobs
    second = (await store.jobs.claim(owner=owner(), limit=4, background=0, now=moment(1))).jobs
    third = (await store.jobs.claim(owner=owner(), limit=9, background=3, now=moment(1))).jobs
    assert [[job.id for job in jobs] for jobs in (first, second, third)] == [[6, 7, 8, 1], [], [2, 3, 4]]


async def test_claiming_is_bounded_and_exclusive(store: Stores) -> None:
    """A claimed job is nobody else's."""
    await enqueued(store, new_job("a"), new_job("b"), new_job("c"))
    first = (await store.jobs.claim(owner=owner("n1"), limit=2, background=2, now=moment(1))).jobs
    second = (await store.jobs.claim(owner=owner("n2"), limit=2, background=2, now=moment(1))).jobs
    assert [job.id for job in (*first, *second)] == [1, 2, 3]


async def test_two_claimers_at_once_share_without_overlap(store: Stores) -> None:
    """Whoever claims at the same time gets other jobs."""
    await enqueued(store, *(new_job(str(n)) for n in range(20)))
    taken: list[JobId] = []

    async def claimer(node: str) -> None:
        while jobs := (await store.jobs.claim(owner=owner(node), limit=3, background=3, now=moment(1))).jobs:
            taken.extend(job.id for job in jobs)

    async with trio.open_nursery() as nursery:
        for node in ("n1", "n2", "n3"):
            nursery.start_soon(claimer, node)
    assert sorted(taken) == list(range(1, 21))


async def test_a_job_waits_until_its_time(store: Stores) -> None:
    """A job with a `not_before` is not due before it, and tells so."""
    await enqueued(store, new_job(not_before=moment(10)))
    assert await next_due(store.jobs) == moment(10)
    assert (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(9))).jobs == ()
    assert [s.not_before for s in await store.statuses.listed()] == [moment(10)]
    assert len((await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(10))).jobs) == 1
    assert await next_due(store.jobs) is None


async def test_jobs_are_listed_by_artist_and_by_age(store: Stores) -> None:
    """By what was typed, also without an artist yet; a moment leaves out what is older; a running job has a node."""
    typed = new_job("import:name:x", args={"reference": "Mara Vell", "request_id": "r-1"})
    await enqueued(store, typed)
    await store.batches.write(batch(60, enqueue=(new_job("other"),)))
    (found,) = await store.statuses.listed(artist="Mara Vell")
    assert (found.typed, found.request_id, found.node) == ("Mara Vell", "r-1", None)
    assert await store.statuses.listed(artist="nobody") == ()
    assert [job.job_id for job in await store.statuses.listed(since=moment(60))] == [2]
    (job, _) = (await store.jobs.claim(owner=owner("n1"), limit=2, background=2, now=moment(61))).jobs
    assert (job.request_id, (await store.statuses.listed(artist="Mara Vell"))[0].node) == ("r-1", "n1")


async def test_asking_again_joins_the_unfinished_job(store: Stores) -> None:
    """The same key gives the same job, in the more urgent of the two lanes, until it has ended."""
    (first,) = (await store.batches.write(batch(enqueue=(new_job(lane=Lane.LOW),)))).enqueued
    (again,) = (await store.batches.write(batch(enqueue=(new_job(lane=Lane.INTERACTIVE),)))).enqueued
    assert (first.joined, again.joined, again.job_id) == (False, True, first.job_id)
    (job,) = (await store.jobs.claim(owner=owner("n1"), limit=2, background=2, now=moment(1))).jobs
    assert job.lane is Lane.INTERACTIVE
    await store.batches.write(batch(2, job=update(job, JobState.DONE)))
    (other,) = (await store.batches.write(batch(3, enqueue=(new_job(),)))).enqueued
    assert (other.joined, other.job_id == first.job_id) == (False, False)


async def test_equal_keys_in_one_batch_are_one_job(store: Stores) -> None:
    """The later of them joins the first."""
    twice = (new_job(lane=Lane.LOW, progress=progress()), new_job(lane=Lane.MEDIUM, progress=progress()))
    written = await store.batches.write(batch(enqueue=(*twice, new_job("other"))))
    assert [(one.job_id, one.joined) for one in written.enqueued] == [(1, False), (1, True), (2, False)]
    assert len(written.events) == 1
    assert [s.lane for s in await store.statuses.listed()] == ["high", "medium"]


async def test_a_new_job_tells_its_artist_and_its_first_stage(store: Stores) -> None:
    """Accepting an import stores artist, job, event and status in one transaction."""
    new = new_job(artist=ARTIST_KEY, progress=progress(), args={"reference": "The Owls"})
    written = await store.batches.write(batch(artists=(artist(),), enqueue=(new,)))
    (accepted,) = written.enqueued
    (found,) = await store.statuses.find_artist(ArtistRef(ReferenceKind.SPOTIFY, "ArtistA"))
    assert (accepted.artist_id, accepted.slug, accepted.name) == (found.id, "the-owls", "The Owls")
    assert accepted.status == "initializing"
    (told,) = written.events
    assert (told.job_id, told.artist_id, told.slug, told.at) == (accepted.job_id, found.id, "the-owls", NOW)
    (job,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(1))).jobs
    assert (job.artist, job.progress, job.args) == (found, progress(), {"reference": "The Owls"})


async def test_an_update_moves_the_job_on(store: Stores) -> None:
    """Checkpoint, artist, error and attempts are stored with the batch."""
    job = await claimed(store)
    change = update(
        job, JobState.READY, checkpoint={"page": 3}, not_before=moment(30), error="limited", failed_attempt=True
    )
    await store.batches.write(batch(2, job=change))
    status = await store.statuses.status(job.id)
    assert status is not None
    assert (status.state, status.not_before, status.error, status.attempts) == (
        JobState.READY,
        moment(30),
        "limited",
        1,
    )
    (again,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(31))).jobs
    assert (again.checkpoint, again.fence, again.attempts, again.last_error) == ({"page": 3}, 2, 1, "limited")


async def test_a_checkpoint_stays_until_another_comes(store: Stores) -> None:
    """An update without a checkpoint keeps the one that is stored."""
    job = await claimed(store)
    await store.batches.write(batch(2, job=update(job, checkpoint={"page": 3})))
    await store.batches.write(batch(3, job=update(job, JobState.READY)))
    (again,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(4))).jobs
    assert again.checkpoint == {"page": 3}


async def test_a_job_given_back_keeps_its_place(store: Stores) -> None:
    """Ready again without a time means due as it was, before jobs that came later."""
    job = await claimed(store)
    await store.batches.write(batch(5, enqueue=(new_job("later"),), job=update(job, JobState.READY)))
    assert [
        one.id for one in (await store.jobs.claim(owner=owner("n1"), limit=2, background=2, now=moment(6))).jobs
    ] == [
        job.id,
        2,
    ]


@pytest.mark.parametrize("loss", ["fence", "ended", "unknown", "given back"])
async def test_whoever_lost_the_job_stores_nothing(store: Stores, loss: str) -> None:
    """A batch under a fence that is not the running one is refused as a whole."""
    job = await claimed(store)
    stale = update(job)
    match loss:
        case "fence":
            stale = JobUpdate(id=job.id, fence=Fence(job.fence + 1))
        case "unknown":
            stale = JobUpdate(id=JobId(999), fence=job.fence)
        case "ended":
            await store.batches.write(batch(job=update(job, JobState.CANCELLED)))
        case _:
            assert await store.jobs.recover(owner=owner("n1", 2), now=moment(2)) == 1
            await store.jobs.claim(owner=owner("n2"), limit=1, background=1, now=moment(2))
    with pytest.raises(LostLease):
        await store.batches.write(batch(3, job=stale, artists=(artist(),), enqueue=(new_job("other"),)))
    assert await store.statuses.find_artist(ArtistRef(ReferenceKind.SPOTIFY, "ArtistA")) == ()
    assert len(await store.statuses.listed()) == 1


async def test_events_are_numbered_and_replayed_in_order(store: Stores) -> None:
    """Numbers rise over all jobs; a reader gets what came after the number it knows."""
    one, two = await enqueued(store, new_job("a"), new_job("b"))
    first = await store.batches.write(batch(events=(event(one), event(two, 1))))
    second = await store.batches.write(batch(events=(event(one, 2, Stage.FETCHING_SHOWS, 30),)))
    told = (*first.events, *second.events)
    assert [e.seq for e in told] == sorted(e.seq for e in told)
    assert await store.statuses.events(after=Seq(0), job_id=None, limit=10) == told
    assert await store.statuses.events(after=told[0].seq, job_id=one, limit=10) == second.events
    assert await store.statuses.events(after=Seq(0), job_id=None, limit=2) == told[:2]


async def test_the_status_follows_the_last_event(store: Stores) -> None:
    """A person sees stage, percent, message and counts as last told, and when it began."""
    job = await claimed(store, new_job(progress=progress(counts={"albums": 0})))
    await store.batches.write(
        batch(3, events=(event(job.id, 2), event(job.id, 3, Stage.FETCHING_SHOWS, 30)), job=update(job)),
    )
    status = await store.statuses.status(job.id)
    assert status is not None
    assert (status.status, status.progress, status.message) == ("fetching-shows", 30, "fetching-shows...")
    assert (status.kind, status.lane, status.state) == (JobKind.IMPORT_ARTIST, "high", JobState.RUNNING)
    assert (status.created_at, status.started_at, status.completed_at) == (NOW, moment(1), None)


async def test_a_later_job_tells_an_import_what_it_lacks_no_longer(store: Stores) -> None:
    """Its status says how much is there and then that it is complete; the gap that another job fills stays."""
    lacking = {"history": "10 of 27 setlists are here", "refresh_shows": "no shows yet"}
    await store.batches.write(batch(artists=(artist(),)))
    job = await claimed(store, new_job(artist=ARTIST_KEY))
    done = update(job, JobState.DONE, artist=ARTIST_KEY, checkpoint={"lacking": lacking, "notes": ["a note"]})
    await store.batches.write(batch(1, job=done, events=(event(job.id, 1, Stage.COMPLETED, 100),)))

    async def said(minutes: float, amendment: Amendment, kind: JobKind) -> tuple[str, Mapping[str, int]]:
        later = await claimed(store, new_job(str(minutes), kind=kind, artist=ARTIST_KEY))
        await store.batches.write(batch(minutes, job=update(later, JobState.DONE), amendment=amendment))
        found = await store.statuses.status(job.id)
        assert found is not None
        return found.message, found.counts

    part = Amendment(what="history", text="20 of 27 setlists are here", counts={"past_setlists": 20})
    words = "Not complete yet: 20 of 27 setlists are here; no shows yet; a note"
    assert await said(2, part, JobKind.REFRESH_SETLISTS) == (words, {"past_setlists": 20})
    whole = Amendment(what="history", counts={"past_setlists": 27})
    words = "Not complete yet: no shows yet; a note"
    assert await said(3, whole, JobKind.REFRESH_SETLISTS) == (words, {"past_setlists": 27})
    words = "Import complete! (a note)"
    assert await said(4, Amendment(what="refresh_shows"), JobKind.REFRESH_SHOWS) == (words, {"past_setlists": 27})
    assert await said(5, part, JobKind.REFRESH_SHOWS) == (words, {"past_setlists": 27})


async def test_a_failed_job_says_why_and_when(store: Stores) -> None:
    """The end of a job is on its status, with its error."""
    job = await claimed(store)
    ending = update(job, JobState.FAILED, error="no such artist", failed_attempt=True)
    await store.batches.write(batch(5, events=(event(job.id, 5, Stage.FAILED, 10),), job=ending))
    status = await store.statuses.status(job.id)
    assert status is not None
    assert (status.state, status.status, status.error) == (JobState.FAILED, "failed", "no such artist")
    assert (status.completed_at, status.attempts) == (moment(5), 1)


async def test_a_job_nobody_watches_has_its_state_for_a_status(store: Stores) -> None:
    """Without any event the status is the job's state, at 0 percent until it is done."""
    job = await claimed(store, new_job(kind=JobKind.SWEEP))
    status = await store.statuses.status(job.id)
    assert status is not None
    assert (status.status, status.progress, status.message, status.counts) == ("running", 0, "", {})
    await store.batches.write(batch(5, job=update(job, state=JobState.DONE)))
    status = await store.statuses.status(job.id)
    assert status is not None
    assert (status.status, status.progress) == ("done", 100)
    assert await store.statuses.status(JobId(999)) is None


async def test_statuses_are_listed_newest_first_by_state(store: Stores) -> None:
    """A list may be narrowed to states, is bounded, and goes on where another ended."""
    await claimed(store, new_job("a"), new_job("b"), new_job("c"))
    assert [s.job_id for s in await store.statuses.listed()] == [3, 2, 1]
    assert [s.job_id for s in await store.statuses.listed(limit=1)] == [3]
    assert [s.job_id for s in await store.statuses.listed(before=JobId(3), limit=1)] == [2]
    assert [s.job_id for s in await store.statuses.listed(states=(JobState.RUNNING,))] == [1]


async def test_a_schedule_is_planned_once_and_fired_once(store: Stores) -> None:
    """Planning again changes nothing but the plan that is named; of several who fire for one due time only one does."""
    await store.schedules.plan("s", moment(10))
    await store.schedules.plan("s", moment(99))
    await store.schedules.plan("s", moment(98), instead_of=moment(97))
    firing = Firing(schedule="s", due=moment(10), next_due=moment(20))
    await store.batches.write(batch(11, firing=firing, enqueue=(new_job("first"),)))
    for again in (firing, attrs.evolve(firing, schedule="unknown")):
        with pytest.raises(AlreadyFired):
            await store.batches.write(batch(12, firing=again, enqueue=(new_job("second"),)))
    (row,) = await store.schedules.rows()
    assert (row.name, row.next_due, row.last_fired) == ("s", moment(20), moment(11))
    assert len(await store.statuses.listed()) == 1
    await store.schedules.plan("s", moment(15), instead_of=moment(20))
    assert [(row.next_due, row.last_fired) for row in await store.schedules.rows()] == [(moment(15), moment(11))]


async def test_popular_artists_come_first(store: Stores) -> None:
    """A schedule's artists are the most important ones, as many as asked for."""
    await store.batches.write(
        batch(artists=tuple(artist(spotify_id=f"A{n}", slug=f"a{n}", name=f"A{n}", popularity=n) for n in (5, 90, 40)))
    )
    found = await store.schedules.artists_for("sync-popular-artists", now=NOW, limit=2)
    assert [one.name for one in found] == ["A90", "A40"]


async def test_cleanup_deletes_jobs_that_ended_long_ago(store: Stores) -> None:
    """A job that ended 31 days ago goes, but for the last import of an artist; one that waits stays, however old."""
    await store.batches.write(batch(artists=(artist(),)))
    for key in ("first", "last"):
        job = await claimed(store, new_job(key))
        ending = update(job, JobState.DONE, artist=ARTIST_KEY)
        await store.batches.write(batch(job=ending, events=(event(job.id, 0, Stage.COMPLETED, 100),)))
    await claimed(store, new_job("waiting"))
    told = await store.schedules.cleanup(now=moment(31 * 24 * 60), dry_run=True)
    deleted = await store.schedules.cleanup(now=moment(31 * 24 * 60))
    assert deleted["thesetd.jobs"] == 1
    assert told["thesetd.jobs"] == 1, "a dry run tells the same, and deletes nothing"
    assert told.keys() == deleted.keys()
    assert [s.job_id for s in await store.statuses.listed()] == [3, 2]
    assert [s.status for s in await store.statuses.listed(states=[JobState.DONE])] == ["completed"]
    assert await names(store, "the owls") == ["The Owls"]
