"""What people decide about songs, later imports, and undoing it."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from sample_rows import album, artist, batch, predicted, show, song
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.music.edits import Edit, Edited, LockSetlist, MergeSongs, SplitSong, UndoDecision

Look = Callable[..., Awaitable[list[Any]]]
TRACKS = (
    song(spotify_id="A", name="Hoot"),
    song(spotify_id="B", name="Screech"),
    song(spotify_id="C", name="Screech - Live"),
    song(spotify_id="D", name="Night Flight"),
)
BASE = {"artists": (artist(),), "albums": (album(),), "songs": TRACKS, "shows": (show(),)}


@pytest.fixture
async def ids(postgres_store: PostgresStore, look: Look) -> dict[str, UUID]:
    """Store an artist with three songs, all on a list that people have voted on, and give their ids."""
    await postgres_store.batches.write(batch(**BASE, predicted=(predicted("Hoot", "Screech", "Night Flight"),)))
    return dict(await look("select name, id from songs"))


async def done(store: PostgresStore, edit: Edit, minutes: float = 5) -> Edited:
    """Carry out an edit that is possible."""
    (edited,) = (await store.batches.write(batch(minutes, edits=(edit,)))).edited
    assert edited.problem == ""
    return edited


async def refused(store: PostgresStore, edit: Edit) -> Edited:
    """Return why an edit is not possible."""
    (edited,) = (await store.batches.write(batch(5, edits=(edit,)))).edited
    assert edited.problem
    return edited


async def everything(look: Look) -> list[Any]:
    """Return every row of songs and of the links to them, to the last byte."""
    return [
        await look(f"select t::text from {table} t order by 1") for table in ("songs", "artist_tracks", "artist_songs")
    ]


async def songs_of(look: Look) -> dict[str, str]:
    """Name the song of each track."""
    links = "artist_tracks l join tracks t on t.id = l.track_id join songs s on s.id = l.song_id"
    return dict(await look(f"select t.spotify_id, s.name from {links}"))


async def test_a_merge_is_remembered_and_undone_exactly(
    postgres_store: PostgresStore, look: Look, ids: dict[str, UUID]
) -> None:
    """Tracks and votes count for the other song, whatever is imported; undone, every row is as it was."""
    before = await everything(look)
    merged = await done(postgres_store, MergeSongs(song=ids["Screech"], into=ids["Hoot"]))
    assert (await songs_of(look))["C"] == "Hoot"
    assert await look("select offered from songs where name = 'Screech'") == [False]
    later = tuple(song(9, spotify_id=one.spotify_id, name=f"{one.name} ", popularity=7) for one in TRACKS[1:3])
    await postgres_store.batches.write(batch(10, albums=(album(9),), songs=later))
    assert (await songs_of(look))["B"] == "Hoot"
    await postgres_store.batches.write(batch(11, predicted=(predicted("Hoot", "Night Flight"),)))
    assert await look("select title, dropped_at is null from setlist_songs order by position") == [
        ("Hoot", True),
        ("Night Flight", True),
        ("Screech", False),
    ]
    assert merged.number is not None
    await look("update tracks set popularity = null")
    await done(postgres_store, UndoDecision(number=merged.number), 12)
    assert await everything(look) == before
    assert (await refused(postgres_store, UndoDecision(number=merged.number))).problem.endswith("undone already")


async def test_a_split_is_remembered_and_undone(
    postgres_store: PostgresStore, look: Look, ids: dict[str, UUID]
) -> None:
    """The new song has the tracks, whatever is imported; undone, they are back, and its row is gone.

    If people have voted on it, its row stays, merged.
    """
    before = await everything(look)
    split = await done(postgres_store, SplitSong(song=ids["Screech"], tracks=("C",), title="Other Screech"))
    assert await songs_of(look) == {"A": "Hoot", "B": "Screech", "C": "Other Screech", "D": "Night Flight"}
    await postgres_store.batches.write(batch(6, regroup=tuple(await look("select id from artists"))))
    assert (await songs_of(look))["C"] == "Other Screech"
    assert split.number is not None
    await done(postgres_store, UndoDecision(number=split.number))
    assert await everything(look) == before
    split = await done(postgres_store, SplitSong(song=ids["Screech"], tracks=("C",), title="Other Screech"))
    assert split.number is not None
    await look("create table my_songs (id uuid references songs)")
    await look("insert into my_songs values ($1)", split.song)
    await done(postgres_store, UndoDecision(number=split.number))
    assert await look("select merged_into, offered from songs where id = $1", split.song) == [(ids["Screech"], False)]
    await look("drop table my_songs")
    after = await everything(look)
    assert [row for row in after[0] if str(split.song) not in row.split(",")[0]] == before[0]
    assert after[1:] == before[1:]


async def test_a_track_keeps_its_decided_song_when_it_moves_to_another_album(
    postgres_store: PostgresStore, look: Look, ids: dict[str, UUID]
) -> None:
    """What an operator said of it moves with its credit, and the other tracks of both albums keep their songs."""
    split = await done(postgres_store, SplitSong(song=ids["Screech"], tracks=("C",), title="Screech Alive"))
    before = await songs_of(look)
    moved = song(9, spotify_id="C", name="Screech - Live", album_spotify_id="AlbumC")
    await postgres_store.batches.write(batch(9, albums=(album(9, spotify_id="AlbumC", name="Day"),), songs=(moved,)))
    assert await songs_of(look) == before == {"A": "Hoot", "B": "Screech", "C": "Screech Alive", "D": "Night Flight"}
    credit = "artist_tracks l join tracks t on t.id = l.track_id join albums b on b.id = l.album_id"
    listed = f"select t.spotify_id, b.spotify_id, l.by_hand from {credit} order by 1"
    assert await look(listed) == [
        ("A", "AlbumA", False),
        ("B", "AlbumA", False),
        ("C", "AlbumC", True),
        ("D", "AlbumA", False),
    ]
    assert await look("select song_id from thesetd.tracks_by_hand") == [split.song]


async def test_decisions_about_the_same_songs_are_undone_backwards(
    postgres_store: PostgresStore, ids: dict[str, UUID]
) -> None:
    """A later one is named."""
    first = await done(postgres_store, MergeSongs(song=ids["Screech"], into=ids["Hoot"]))
    second = await done(postgres_store, MergeSongs(song=ids["Hoot"], into=ids["Night Flight"]))
    assert first.number is not None
    assert second.number is not None
    assert (
        f"decision {second.number} is about the same"
        in (await refused(postgres_store, UndoDecision(number=first.number))).problem
    )
    await done(postgres_store, UndoDecision(number=second.number))
    await done(postgres_store, UndoDecision(number=first.number))


async def test_what_is_not_possible_says_why(postgres_store: PostgresStore, look: Look, ids: dict[str, UUID]) -> None:
    """It changes nothing."""
    other = batch(
        artists=(artist(spotify_id="Other", name="Bats", slug="bats"),),
        albums=(album(spotify_id="AlbumB", artist_spotify_id="Other"),),
        songs=(song(spotify_id="X", album_spotify_id="AlbumB", name="Echo", artist_spotify_ids=("Other",)),),
    )
    await postgres_store.batches.write(other)
    (echo,) = await look("select id from songs where name = 'Echo'")
    before = await everything(look)
    hoot, screech, nobody = ids["Hoot"], ids["Screech"], UUID(int=1)
    cases: list[tuple[Edit, str, bool]] = [
        (MergeSongs(song=hoot, into=hoot), "into itself", True),
        (MergeSongs(song=hoot, into=echo), "two artists", True),
        (MergeSongs(song=hoot, into=nobody), str(nobody), False),
        (SplitSong(song=screech, tracks=("A",)), "not a track of 'Screech'", True),
        (SplitSong(song=screech, tracks=("B", "C")), "not all", True),
        (UndoDecision(number=99), "no decision 99", False),
        (LockSetlist(setlist=nobody, locked=True), "no such setlist", False),
    ]
    for edit, words, found in cases:
        edited = await refused(postgres_store, edit)
        assert (words in edited.problem, edited.found) == (True, found), edited
    assert await everything(look) == before


async def test_a_setlist_is_locked_and_unlocked(
    postgres_store: PostgresStore, look: Look, ids: dict[str, UUID]
) -> None:
    """Locked it only gains songs; a lock that is there stays as it is."""
    (setlist,) = await look("select id from setlists")
    await done(postgres_store, LockSetlist(setlist=setlist, locked=True))
    (since,) = await look("select locked_at from setlists")
    await done(postgres_store, LockSetlist(setlist=setlist, locked=True), 6)
    assert await look("select locked_at from setlists") == [since]
    await postgres_store.batches.write(batch(7, predicted=(predicted("Night Flight"),)))
    assert await look("select count(*) from setlist_songs where dropped_at is null") == [len(ids)]
    await done(postgres_store, LockSetlist(setlist=setlist, locked=False), 8)
    await postgres_store.batches.write(batch(9, predicted=(predicted("Night Flight"),)))
    assert await look("select count(*) from setlist_songs where dropped_at is null") == [1]


async def test_songs_are_looked_up(postgres_store: PostgresStore, ids: dict[str, UUID]) -> None:
    """By id and by track with all that is known, by an artist's slug as a list; nothing else is found."""
    (one,) = await postgres_store.songs.find_songs(str(ids["Screech"]))
    assert [(track.spotify_id, track.version.value) for track in one.tracks] == [("B", "studio"), ("C", "live")]
    assert await postgres_store.songs.find_songs("C") == (one,)
    assert [view.song.title for view in await postgres_store.songs.find_songs("the-owls")] == [
        "Hoot",
        "Night Flight",
        "Screech",
    ]
    assert await postgres_store.songs.find_songs("nobody") == await postgres_store.songs.find_songs("a\0") == ()
