"""What people decide about songs, later imports, and undoing it."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import attrs
import pytest

from sample_rows import album, artist, batch, moment, predicted, show, song
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.identity import spaces
from thesetd.domain.identity.decisions import Entry, Verb
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.spaces import Ref
from thesetd.domain.identity.statements import Record
from thesetd.domain.music.edits import Edit, Edited, LockSetlist, MergeSongs, SplitSong, UndoDecision
from thesetd.domain.music.records import Artist

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


PAGE, OTHER = Ref(spaces.SPOTIFY, "ArtistA"), Ref(spaces.SPOTIFY, "AOlder")


@pytest.fixture
async def older(postgres_store: PostgresStore, ids: dict[str, UUID]) -> Artist:
    """Store another page of the same artist, which has more followers and a song of its own."""
    found = artist(spotify_id=OTHER.id, name="The Old Owls", slug="old-owls", followers=10**6)
    records = tuple(Record(ref=one, name="The Owls") for one in (PAGE, OTHER))
    learnt = Learnt(records=records, wanted=frozenset({PAGE, OTHER}), complete=True)
    own = album(spotify_id="AlbumO", artist_spotify_id=OTHER.id)
    track = song(spotify_id="O", name="Barn Dance", album_spotify_id="AlbumO", artist_spotify_ids=(OTHER.id,))
    await postgres_store.batches.write(batch(1, artists=(found,), identity=learnt))
    written = await postgres_store.batches.write(batch(1, albums=(own,), songs=(track,)))
    assert not written.rejects, written.rejects
    return found


async def say(store: PostgresStore, verb: Verb, undoes: int | None = None) -> int:
    """Merge the artists, or undo a decision; return its number."""
    ids = (frozenset({OTHER}), frozenset({PAGE})) if undoes is None else (frozenset[Ref](), frozenset[Ref]())
    said = Entry(number=0, verb=verb, ids=ids[0], others=ids[1], undoes=undoes, who="anna")
    decided = (await store.batches.write(batch(6, identity=Learnt(word=said)))).decided
    assert decided is not None
    assert decided.number is not None
    return decided.number


async def whose(look: Look) -> dict[str, tuple[str, bool, list[str]]]:
    """Name the artist of each song, whether it is offered, and its tracks."""
    found = await look("""
        select s.name, a.slug, s.offered, array(
            select t.spotify_id from artist_tracks l join tracks t on t.id = l.track_id
            where l.song_id = s.id and l.artist_id = s.artist_id order by 1
        ) from songs s join artists a on a.id = s.artist_id
    """)
    return {name: tuple(rest) for name, *rest in found}


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


async def to_vote(look: Look) -> list[tuple[str, bool, str]]:
    """Name the songs of a list as the application reads it: how a row began, whether it is dropped, what it shows."""
    return await look("""
        select e.title, v.dropped, v.title from setlist_to_vote v join setlist_songs e using (setlist_id, song_id)
        order by v.position
    """)


async def test_a_list_shows_merged_songs_once(postgres_store: PostgresStore, look: Look, ids: dict[str, UUID]) -> None:
    """As soon as they are merged, and until that is undone; each row stays with its votes, and shows the song.

    Of songs that were merged one into another the last one stays, and of those whose song is not on the list the first.
    A list that people have voted on, and what the application added, do not change.
    """
    before = await to_vote(look)
    assert before == [("Hoot", False, "Hoot"), ("Screech", False, "Screech"), ("Night Flight", False, "Night Flight")]
    first = await done(postgres_store, MergeSongs(song=ids["Screech"], into=ids["Hoot"]))
    assert await to_vote(look) == [("Hoot", False, "Hoot"), ("Screech", True, "Hoot"), before[2]]
    second = await done(postgres_store, MergeSongs(song=ids["Hoot"], into=ids["Night Flight"]))
    (title,) = await look("select name from songs where id = $1", ids["Night Flight"])

    async def dropped_while(statement: str, value: str, usual: str) -> list[bool]:
        await look(statement.format(value))
        shown = await to_vote(look)
        await look(statement.format(usual))
        assert {now for _, _, now in shown} == {title}
        return [dropped for _, dropped, _ in shown]

    last = "update setlist_songs set dropped_at = {} where title = 'Night Flight'"
    assert await dropped_while(last, "null", "null") == [True, True, False]
    assert await dropped_while(last, "updated_at", "null") == [False, True, True]
    assert await dropped_while("update setlists set locked_at = {}", "updated_at", "null") == [False, False, False]
    assert await dropped_while("update setlist_songs set probability = {}", "null", "0.5") == [False, False, False]
    for one in (second, first):
        assert one.number is not None
        await done(postgres_store, UndoDecision(number=one.number))
    assert await to_vote(look) == before


@pytest.mark.parametrize("locked", [False, True])
async def test_the_row_that_is_shown_for_a_merged_song_stays(
    postgres_store: PostgresStore,
    look: Look,
    ids: dict[str, UUID],
    locked: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """A song on the list that is merged into a dropped one keeps its place there, with its votes."""
    await look("update setlist_songs set dropped_at = updated_at where title = 'Night Flight'")
    if locked:
        await look("update setlists set locked_at = updated_at")
    await done(postgres_store, MergeSongs(song=ids["Hoot"], into=ids["Night Flight"]))
    shown = {"Hoot": False, "Screech": False, "Night Flight": True}
    assert {name: dropped for name, dropped, _ in await to_vote(look)} == shown
    await postgres_store.batches.write(batch(11, predicted=(predicted("Night Flight", "Screech"),)))
    rows = "select song_id, dropped from setlist_to_vote"
    assert dict(await look(rows)) == {ids[name]: dropped for name, dropped in shown.items()}


async def test_a_list_shows_songs_of_merged_artists_once(
    postgres_store: PostgresStore, look: Look, ids: dict[str, UUID], older: Artist
) -> None:
    """A song that two pages of an artist have is one song when they are merged, and two when that is undone."""
    own = song(spotify_id="P", name="Hoot", album_spotify_id="AlbumO", artist_spotify_ids=(OTHER.id,))
    await postgres_store.batches.write(batch(2, songs=(own,)))
    await look(
        """
        insert into setlist_songs (setlist_id, song_id, position, title, probability, created_at, updated_at)
        select t.id, s.id, 9, s.name, 0.5, s.created_at, s.created_at
        from setlists t, songs s join artists a on a.id = s.artist_id where s.name = 'Hoot' and a.spotify_id = $1
    """,
        OTHER.id,
    )
    shown = "select position, dropped from setlist_to_vote order by position"
    before = await look(shown)
    merged = await say(postgres_store, Verb.MERGE)
    assert await look("select count(*) from songs where merged_into is not null") == [1]
    now = await to_vote(look)
    assert sorted(dropped for name, dropped, _ in now if name == "Hoot") == [False, True]
    assert not any(dropped for name, dropped, _ in now if name != "Hoot")
    await say(postgres_store, Verb.UNDO, merged)
    assert await look(shown) == before


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


async def test_an_undo_gives_songs_to_the_artist_that_has_them_by_then(
    postgres_store: PostgresStore, look: Look, ids: dict[str, UUID], older: Artist
) -> None:
    """Songs that moved when two artists became one stay there, with their tracks; an artist that is gone gets none."""
    merge = await done(postgres_store, MergeSongs(song=ids["Screech"], into=ids["Hoot"]))
    await say(postgres_store, Verb.MERGE)
    (owner,) = await look("select slug from artists where spotify_id = $1", older.spotify_id)
    assert {artist for artist, _, _ in (await whose(look)).values()} == {owner}
    assert merge.number is not None
    await done(postgres_store, UndoDecision(number=merge.number), 7)
    assert await whose(look) == {
        "Hoot": (owner, True, ["A"]),
        "Screech": (owner, True, ["B", "C"]),
        "Night Flight": (owner, True, ["D"]),
        "Barn Dance": (owner, True, ["O"]),
    }


@pytest.mark.parametrize("names", [("Night Flight", "Barn Dance"), ("Barn Dance", "Night Flight")], ids=" into ".join)
async def test_artists_that_part_again_take_their_songs_with_them(
    postgres_store: PostgresStore, look: Look, ids: dict[str, UUID], older: Artist, names: tuple[str, str]
) -> None:
    """A song merged while they were one is no longer merged into another artist's; merged anew, it is again."""
    before, ids = await whose(look), dict(await look("select name, id from songs"))
    merged = await say(postgres_store, Verb.MERGE)
    song_merge = await done(postgres_store, MergeSongs(song=ids[names[0]], into=ids[names[1]]), 7)
    undone = await say(postgres_store, Verb.UNDO, merged)
    assert await whose(look) == before
    assert song_merge.number is not None
    parted = await refused(postgres_store, UndoDecision(number=song_merge.number))
    assert parted.problem.startswith("the songs are of two artists now")
    await say(postgres_store, Verb.UNDO, undone)
    assert await look("select name from songs where merged_into is not null") == [names[0]]
    await done(postgres_store, UndoDecision(number=song_merge.number), 8)
    await say(postgres_store, Verb.UNDO, merged + 2)
    assert await whose(look) == before


async def test_decisions_about_songs_and_artists_are_undone_in_any_order(
    postgres_store: PostgresStore, look: Look, ids: dict[str, UUID], older: Artist
) -> None:
    """Tracks keep the songs that an undo gave back to them, though these were merged when the artists became one."""
    known = tuple(attrs.evolve(one, isrc=f"QZ{one.spotify_id}", fetched_at=moment(2)) for one in TRACKS)
    await postgres_store.batches.write(batch(2, songs=known))
    before = await whose(look)
    song_merge = await done(postgres_store, MergeSongs(song=ids["Screech"], into=ids["Hoot"]))
    merged = await say(postgres_store, Verb.MERGE)
    assert song_merge.number is not None
    await done(postgres_store, UndoDecision(number=song_merge.number), 7)
    await say(postgres_store, Verb.UNDO, merged)
    assert older.name
    assert await whose(look) == before


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ("delete from songs where name = 'Screech'", {"A": "Hoot", "D": "Night Flight"}),
        ("delete from tracks where spotify_id = 'C'", {"A": "Hoot", "B": "Screech", "D": "Night Flight"}),
        ("delete from albums where spotify_id = 'AlbumA'", {}),
        ("update tracks set album_id = (select id from albums where spotify_id = 'AlbumC')", None),
    ],
    ids=["song", "track", "album", "moved"],
)
async def test_an_application_needs_no_rights_on_credits(
    postgres_store: PostgresStore, look: Look, ids: dict[str, UUID], change: str, left: dict[str, str] | None
) -> None:
    """What it deletes leaves the credits, though it may write the catalogue only."""
    await postgres_store.batches.write(batch(1, albums=(album(spotify_id="AlbumC", name="Day"),)))
    before = await songs_of(look)
    role = f"app_{ids['Hoot'].hex}"
    await look(f"create role {role}")
    try:
        for table in ("songs", "tracks", "albums"):
            await look(f"grant select, update, delete on {table} to {role}")
        await look(f"do $$ begin set local role {role}; {change}; end $$")
    finally:
        await look(f"drop owned by {role}")
        await look(f"drop role {role}")
    assert await songs_of(look) == (before if left is None else left)


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
