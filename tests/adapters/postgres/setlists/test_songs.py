"""What was played, tied to songs that people vote on, and predictions compared with it."""

from collections.abc import Awaitable, Callable
from datetime import date, time
from typing import Any

import attrs
import pytest

from sample_rows import MBID, NOW, OTHER_MBID, album, artist, batch, moment, played, predicted, show, song
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.ids import SPOTIFY, row_id
from thesetd.domain.music.edits import MatchSong, MergeSongs, PlacePage, UndoRuling
from thesetd.domain.music.songs import song_row_key
from thesetd.domain.prediction.scoring import Score
from thesetd.domain.work.batches import Batch

Look = Callable[..., Awaitable[list[Any]]]
ARTIST = row_id("artists", SPOTIFY, "ArtistA")
TITLES = ("Paper Boats", "Cold Harbour", "Salt Road", "Mist/Shine", "Moonlight")
CATALOGUE = tuple(song(spotify_id=name, name=name, track_number=number) for number, name in enumerate(TITLES, 1))
QUILL = artist(spotify_id="Quill", slug="quill", name="Quill & Tarn", mbid=OTHER_MBID)
THEIRS = song(spotify_id="Q1", name="Lantern", album_spotify_id="AlbumQ", artist_spotify_ids=("Quill",))
HOURS = (("ShowE", time(18)), ("ShowL", time(22)))
SONGS = """
select p.position, p.part, p.title, s.name, p.method, p.cover
from actual_setlist_songs p left join songs s on s.id = p.song_id order by p.position, p.part
"""


def entries(*songs: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """Return the entries of a page, in order."""
    return tuple({"position": number, **one} for number, one in enumerate(songs, 1))


@pytest.fixture
async def store(postgres_store: PostgresStore) -> PostgresStore:
    """Return a store with the catalogues of two artists."""
    theirs = album(spotify_id="AlbumQ", artist_spotify_id="Quill")
    acts = (artist(mbid=MBID), QUILL)
    await postgres_store.batches.write(batch(artists=acts, albums=(album(), theirs), songs=(*CATALOGUE, THEIRS)))
    return postgres_store


async def test_entries_become_songs(store: PostgresStore, look: Look) -> None:
    """Medleys in parts, covers of the covered artist, new songs without a recording; tapes and solos are none."""
    page = entries(
        {"name": "Paper Boats / Cold Harbour / Salt Road"},
        {"name": "Mist/Shine"},
        {"name": "Harbour Hymn"},
        {"name": "Lantern", "cover": {"name": "Quill & Tarn", "mbid": OTHER_MBID}},
        {"name": "Paper Boats", "tape": True},
        {"name": "", "info": "new song"},
        {"name": "Drum Solo"},
    )
    await store.batches.write(batch(1, actual_setlists=(played(songs=page),), rematch=(ARTIST,)))
    assert await look(SONGS) == [
        (1, 1, "Paper Boats", "Paper Boats", "exact", False),
        (1, 2, "Cold Harbour", "Cold Harbour", "exact", False),
        (1, 3, "Salt Road", "Salt Road", "exact", False),
        (2, 1, "Mist/Shine", "Mist/Shine", "exact", False),
        (3, 1, "Harbour Hymn", "Harbour Hymn", "new", False),
        (4, 1, "Lantern", "Lantern", "exact", True),
        (5, 1, "Paper Boats", None, None, False),
        (6, 1, "", None, None, False),
        (7, 1, "Drum Solo", None, None, False),
    ]
    assert await look("select spotify_id, offered, played from songs where name = 'Harbour Hymn'") == [
        (None, True, True)
    ]
    assert dict((await store.batches.write(batch(2, rematch=(ARTIST,)))).changed) == {}


async def test_a_song_that_is_released_is_the_one_that_was_played(store: PostgresStore, look: Look) -> None:
    """Its row stays and gets a recording; one of nearly the same name points at it."""
    page = entries({"name": "Harbour Hymn"}, {"name": "Moon Light"}, {"name": "Stars Above the Harbor"})
    await store.batches.write(batch(1, actual_setlists=(played(songs=page),), rematch=(ARTIST,)))
    before = await look("select id from songs where name = 'Harbour Hymn'")
    released = (
        song(2, spotify_id="H", name="Harbour Hymn"),
        song(2, spotify_id="S", name="Stars Above the Harbour", track_number=9),
    )
    await store.batches.write(batch(2, songs=released))
    await store.batches.write(batch(3, rematch=(ARTIST,)))
    assert await look("select id, spotify_id from songs where name = 'Harbour Hymn'") == [(before[0], "H")]
    assert [(row[2], row[3]) for row in await look(SONGS)] == [
        ("Harbour Hymn", "Harbour Hymn"),
        ("Moon Light", "Moonlight"),
        ("Stars Above the Harbor", "Stars Above the Harbour"),
    ]
    merged = "select n.name from songs s join songs n on n.id = s.merged_into where s.name = 'Stars Above the Harbor'"
    assert await look(merged) == ["Stars Above the Harbour"]


async def test_a_person_decides_first(store: PostgresStore, look: Look) -> None:
    """A name that a person ruled about is that song, or none."""
    ruling = (
        "insert into thesetd.song_rulings (artist_id, key, name, song_id, who, at) values ($1, $2, '', $3, 'x', $4)"
    )
    (target,) = await look("select id from songs where name = 'Salt Road'")
    await look(ruling, ARTIST, "harbourhymn", target, NOW)
    await look(ruling, ARTIST, "speechofthanks", None, NOW)
    page = entries({"name": "Harbour Hymn"}, {"name": "Speech of Thanks"})
    await store.batches.write(batch(1, actual_setlists=(played(songs=page),), rematch=(ARTIST,)))
    assert [row[3:5] for row in await look(SONGS)] == [("Salt Road", "ruled"), (None, "none")]


async def test_a_prediction_is_scored_once_its_show_is_over(store: PostgresStore, look: Look) -> None:
    """What was offered is compared with what was played, and again when the page changes."""
    coming = show(local_date=date(2026, 5, 20))
    await store.batches.write(batch(shows=(coming,)))
    keys = dict(await look("select name, key from songs"))
    offer = predicted(*(keys[name] for name in TITLES[:3]))
    offer = attrs.evolve(
        offer, expected_songs=3, concerts=5, songs=tuple(attrs.evolve(one, probability=0.9) for one in offer.songs)
    )
    await store.batches.write(batch(1, predicted=(offer,)))
    page = played(2, songs=entries({"name": "Paper Boats"}, {"name": "Harbour Hymn"}, {"name": "Salt Road"}))
    written = await store.batches.write(batch(2, actual_setlists=(page,), rematch=(ARTIST,)))
    assert written.scores == (
        Score(
            played=3,
            candidates=3,
            hits=2,
            f1=2 / 3,
            recall=2 / 3,
            opener=True,
            closer=True,
            brier=pytest.approx((0.01 + 0.01 + 0.81 + 1) / 4, abs=1e-5),
        ),
    )
    assert (await store.batches.write(batch(3, rematch=(ARTIST,)))).scores == ()
    longer = played(4, songs=(*page.songs, {"name": "Cold Harbour", "position": 4}), version_id="v2")
    (again,) = (await store.batches.write(batch(4, actual_setlists=(longer,), rematch=(ARTIST,)))).scores
    assert (again.hits, again.closer) == (3, False)
    every, of_owls = await store.reviews.scores(None, limit=5)
    assert (every.shows, every.slug, of_owls.shows, of_owls.artist) == (1, "", 1, "The Owls")
    assert await store.reviews.scores("nobody", limit=5) == ()
    assert await look("select hits, scored_at from thesetd.prediction_scores") == [(3, moment(4))]


async def test_songs_that_were_merged_are_scored_as_one(store: PostgresStore, look: Look) -> None:
    """Also of songs merged in turn: on the list, among what was played, and in what people decided."""
    await store.batches.write(batch(shows=(show(local_date=date(2026, 5, 20)),)))
    boats, harbour, salt = [(await look("select id, key from songs where name = $1", name))[0] for name in TITLES[:3]]
    (slug,) = await look("select slug from artists where id = $1", ARTIST)
    offer = predicted(*(key for _, key in (boats, harbour, salt)))
    songs = tuple(attrs.evolve(one, probability=0.9) for one in offer.songs)
    offer = attrs.evolve(offer, expected_songs=3, concerts=5, songs=songs)
    ruling = MatchSong(slug=slug, name="Hallo", song=harbour[0])
    await store.batches.write(attrs.evolve(batch(1, predicted=(offer,)), edits=(ruling,)))
    merges = tuple(MergeSongs(song=one[0], into=into[0]) for one, into in ((harbour, salt), (salt, boats)))
    await store.batches.write(Batch(at=moment(2), edits=merges))
    page = played(3, songs=entries({"name": "Paper Boats"}, {"name": "Cold Harbour"}))
    (found,) = (await store.batches.write(batch(3, actual_setlists=(page,), rematch=(ARTIST,)))).scores
    assert (found.played, found.candidates, found.hits, found.recall) == (1, 1, 1, 1.0)
    assert found.brier == pytest.approx(0.01, abs=1e-5)
    assert (await store.repertoires.repertoire(ARTIST, now=NOW)).ruled == {"hallo": boats[1]}


async def test_names_are_tied_with_their_pages(store: PostgresStore, look: Look) -> None:
    """A page that changes is tied to songs in the same batch, with what people decided about names."""
    await store.batches.write(batch(1, actual_setlists=(played(songs=entries({"name": "Cold Harbour"})),)))
    assert [row[3] for row in await look(SONGS)] == ["Cold Harbour"]
    (salt,) = await look("select id from songs where name = 'Salt Road'")
    (slug,) = await look("select slug from artists where id = $1", ARTIST)
    answers = MatchSong(slug=slug, name="Hallo", song=salt), MatchSong(slug=slug, name="Thanks", song=None)
    await store.batches.write(Batch(at=moment(2), edits=answers))
    page = played(3, songs=entries({"name": "Hallo"}, {"name": "Thanks"}), version_id="v2")
    await store.batches.write(batch(3, actual_setlists=(page,)))
    assert [row[3] for row in await look(SONGS)] == ["Salt Road", None]
    assert (await store.repertoires.repertoire(ARTIST, now=NOW)).ruled == {
        "hallo": song_row_key("Salt Road"),
        "thanks": None,
    }


async def test_names_wait_for_the_catalogue(postgres_store: PostgresStore, look: Look) -> None:
    """While an act's catalogue is still to come, a name with a slash makes no songs of its parts."""
    await postgres_store.batches.write(batch(artists=(artist(mbid=MBID),)))
    await postgres_store.batches.write(batch(1, actual_setlists=(played(songs=entries({"name": "Mist / Shine"})),)))
    assert await look("select count(*) from songs") == [0]
    await postgres_store.batches.write(batch(2, albums=(album(),), songs=(song(name="Mist / Shine"),)))
    await postgres_store.batches.write(batch(3, rematch=(ARTIST,)))
    assert [row[2:4] for row in await look(SONGS)] == [("Mist / Shine", "Mist / Shine")]


async def test_a_cover_that_was_predicted_and_played_is_a_hit(store: PostgresStore, look: Look) -> None:
    """It is voted on as the act's song and tied to the covered artist's: for the score it is one."""
    await store.batches.write(batch(shows=(show(local_date=date(2026, 5, 20)),)))
    await store.batches.write(batch(1, predicted=(attrs.evolve(predicted("Lantern"), expected_songs=1),)))
    page = played(2, songs=entries({"name": "Lantern", "cover": {"name": "Quill & Tarn", "mbid": OTHER_MBID}}))
    (scored,) = (await store.batches.write(batch(2, actual_setlists=(page,)))).scores
    assert (scored.hits, scored.opener) == (1, True)


async def test_answers_hold_and_are_undone(store: PostgresStore, look: Look) -> None:
    """A page is put to the show that a person names, a name to the song, until the answers are taken back."""
    nights = [show(provider_id=one, local_date=date(2026, 5, 20), local_time=hour) for one, hour in HOURS]
    await store.batches.write(
        batch(1, shows=tuple(nights), actual_setlists=(played(songs=entries({"name": "Cold Harbor"})),))
    )
    await store.batches.write(batch(2, rematch=(ARTIST,)))
    at = "select s.ticketmaster_id from actual_setlists p join shows s on s.id = p.show_id"
    (first,) = await look(at)
    assert [one.about for one in await store.reviews.reviews(limit=5)] == ["SetlistA"]
    (other,) = await look("select id from shows where ticketmaster_id <> $1", first)
    (salt,) = await look("select id from songs where name = 'Salt Road'")
    (slug,) = await look("select slug from artists where id = $1", ARTIST)
    edits = PlacePage(page="SetlistA", show=other), MatchSong(slug=slug, name="Cold Harbor", song=salt)
    placed, matched = (await store.batches.write(Batch(at=moment(3), edits=edits))).edited
    assert (placed.problem, matched.problem) == ("", "")
    assert await look(at) != [first]
    assert [row[3] for row in await look(SONGS)] == ["Salt Road"]
    assert await store.reviews.reviews(limit=5) == ()
    undo = UndoRuling(about="page", number=placed.number), UndoRuling(about="song", number=matched.number)
    undone = (await store.batches.write(Batch(at=moment(4), edits=undo))).edited
    assert [one.problem for one in undone] == ["", ""]
    assert await look(at) == [first]
    assert [row[3] for row in await look(SONGS)] == ["Cold Harbour"]
    unknown = (await store.batches.write(Batch(at=moment(5), edits=(PlacePage(page="x", show=None), *undo)))).edited
    assert [one.found for one in unknown] == [False, False, False]
    assert await store.reviews.scores(None, limit=5) == ()
