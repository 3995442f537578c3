import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.music.recordings import album_version
from thesetd.domain.music.records import Album, Track
from thesetd.domain.music.repertoire import (
    CreditedTrack,
    Derived,
    Face,
    RepertoireSong,
    SongLink,
    SongOwner,
    derive,
    in_order,
)
from thesetd.domain.music.versions import OFFERED, Version

AT = datetime(2026, 11, 22, tzinfo=UTC)
ME = "3AA28KZvwAUcZuOKwyblJQ"


def album(spotify_id: str, **fields: Any) -> Album:
    """Make an album, by default a studio album of 2005."""
    given = {"name": "Demon Days", "album_type": "album", "released_on": date(2005, 5, 23), **fields}
    return Album(spotify_id=spotify_id, artist_spotify_id=ME, fetched_at=AT, **given)


def song(spotify_id: str, on: str, name: str = "DARE", **fields: Any) -> Track:
    """Make a song of the artist, with the version that its name announces."""
    given = {
        "artist_spotify_ids": (ME,),
        **fields,
    }
    return Track(spotify_id=spotify_id, album_spotify_id=on, name=name, fetched_at=AT, **given)


ALBUMS = st.builds(
    album,
    st.sampled_from("ABCD"),
    album_type=st.sampled_from(["album", "ep", "single", "compilation", "other"]),
    album_group=st.sampled_from([None, "album", "appears_on"]),
    released_on=st.none() | st.dates(date(2000, 1, 1), date(2003, 1, 1)),
    version=st.sampled_from(Version),
    available=st.booleans(),
)
SONGS = st.builds(
    song,
    st.sampled_from("abcdefgh"),
    st.sampled_from("ABCDE"),
    st.sampled_from(
        ["DARE", "dare", "DARE (feat. X)", "DARE - Live", "El Mañana", "El Manana - Remastered 2009", "", "II"]
    ),
    artist_spotify_ids=st.sampled_from([(ME,), ("x", ME), ("x",), ()]),
    popularity=st.none() | st.integers(0, 100),
    track_number=st.integers(0, 3),
)


OWNER = SongOwner(id=UUID(int=1), name="Gorillaz", spotify_id=ME)
Links = dict[str, SongLink]


def listed(albums: Sequence[Album], songs: Sequence[Track]) -> list[CreditedTrack]:
    """Put tracks that are credited to the artist on their albums."""
    known = {one.spotify_id: one for one in albums}
    return [
        CreditedTrack(track=one, album=known[one.album_spotify_id], album_artist="Gorillaz")
        for one in songs
        if ME in one.artist_spotify_ids and one.album_spotify_id in known and one.name.strip()
    ]


def derived(albums: Sequence[Album], songs: Sequence[Track], before: Derived | None = None) -> Derived:
    """Derive the songs of a catalogue, from what was derived before."""
    stored, links = (before.songs, before.links) if before else ((), {})
    return derive(OWNER, listed(albums, songs), stored, links)


def faces(albums: Sequence[Album], songs: Sequence[Track]) -> list[str]:
    """Name the recordings that are offered."""
    return [one.face.spotify_id for one in in_order(derived(albums, songs).songs) if one.face is not None]


CATALOGUES = st.tuples(
    st.lists(ALBUMS, max_size=6, unique_by=lambda one: one.spotify_id),
    st.lists(SONGS, max_size=12, unique_by=lambda one: one.spotify_id),
)


@given(CATALOGUES, st.randoms(use_true_random=False))
def test_the_songs_do_not_depend_on_the_order(catalogue: tuple[list[Album], list[Track]], random: Any):
    """Albums and tracks in another order give the same songs with the same faces."""
    albums, songs = catalogue
    known = derived(albums, songs)
    for rows in catalogue:
        random.shuffle(rows)
    assert derived(albums, songs) == known


@given(CATALOGUES)
def test_each_song_once_and_only_studio(catalogue: tuple[list[Album], list[Track]]):
    """A face is a studio recording on an album of the artist's, and no track stands for two songs."""
    albums, songs = catalogue
    found = derived(albums, songs)
    known = {one.spotify_id: one for one in songs}
    shown = [song.face for song in found.songs if song.face is not None]
    assert len({face.spotify_id for face in shown}) == len(shown)
    for face in shown:
        assert face.version in OFFERED
        assert found.recordings[face.spotify_id].offered
        assert known[face.spotify_id].album_spotify_id == face.album_spotify_id
        assert found.links[face.spotify_id].song in {song.id for song in found.songs}


@given(CATALOGUES)
def test_deriving_again_changes_nothing(catalogue: tuple[list[Album], list[Track]]):
    """What was derived is derived again from itself, whatever it holds."""
    once = derived(*catalogue)
    assert derived(*catalogue, once) == once


def earlier(track: str, number: int) -> RepertoireSong:
    """Return a row of a version in which every track was a song."""
    face = Face(spotify_id=track, album_spotify_id="A", album="Demon Days", version=Version.STUDIO)
    return RepertoireSong(id=UUID(int=number), title=track, face=face)


def test_rows_of_an_earlier_version():
    """The face's row becomes the song and keeps its id; the other recordings' rows are pointed at it; talk stays."""
    songs = [
        *(song("a", "A"), song("b", "A", "DARE - Live"), song("c", "B"), song("d", "A", "DARE - Commentary")),
        song("e", "A", "Last Living Souls"),
    ]
    rows = [earlier(track, number) for number, track in enumerate("abcd", start=10)]
    found = derive(OWNER, listed([album("A"), album("B", album_type="single")], songs), rows, {})
    known = {one.title: one for one in found.songs}
    merged = {one.id.int: one.merged_into for one in found.songs}
    assert (known["DARE"].id, known["DARE"].key, known["DARE"].offered) == (UUID(int=10), "dare", True)
    assert merged[11] == merged[12] == UUID(int=10)
    assert merged[13] is None
    assert not any(one.offered for one in found.songs if one.id.int in {11, 12, 13})
    assert known["Last Living Souls"].id.int > 100
    again = derive(OWNER, listed([album("A"), album("B", album_type="single")], songs), found.songs, found.links)
    assert again == found


def test_a_better_recording_changes_the_face_and_nothing_else():
    """The song keeps its id and key when an album follows the single, and when the album is taken down."""
    single, day = album("B", album_type="single"), album("A")
    first = derived([single], [song("b", "B")])
    then = derived([single, day], [song("b", "B"), song("a", "A")], first)
    gone = derived([single, attrs.evolve(day, available=False)], [song("b", "B"), song("a", "A")], then)
    shown = [
        [(one.id, one.key, one.face and one.face.spotify_id) for one in found.songs] for found in (first, then, gone)
    ]
    assert shown == [[(first.songs[0].id, "dare", face)] for face in "bab"]


def test_a_song_without_any_studio_recording_is_not_offered():
    """Its row stays, without a face; once setlists name it, it is offered without a recording."""
    once = derived([album("A")], [song("a", "A")])
    concert = [attrs.evolve(album("A"), version=Version.LIVE, name="Live at the Opera House")]
    (kept,) = derived(concert, [song("a", "A")], once).songs
    assert (kept.id, kept.face, kept.offered) == (once.songs[0].id, None, False)
    assert attrs.evolve(kept, played=True).offered


def test_what_a_person_said_outlives_every_derivation():
    """A track that was put to another song stays there; a merged song's tracks go with it."""
    catalogue = [album("A")], [song("a", "A"), song("b", "A", "Feel Good Inc."), song("c", "A", "DARE - Live")]
    first = derived(*catalogue)
    ids = {one.title: one.id for one in first.songs}
    moved = derive(
        OWNER, listed(*catalogue), first.songs, {**first.links, "c": SongLink(ids["Feel Good Inc."], by_hand=True)}
    )
    assert moved.links["c"] == SongLink(ids["Feel Good Inc."], by_hand=True)
    merged = [
        attrs.evolve(one, merged_into=ids["DARE"]) if one.title == "Feel Good Inc." else one for one in first.songs
    ]
    found = derive(OWNER, listed(*catalogue), merged, first.links)
    assert {link.song for link in found.links.values()} == {ids["DARE"]}
    assert [one.offered for one in found.songs] == [True, False]


def test_a_mix_of_the_artists_own_is_no_remix():
    """Whose album it is counts for the class."""
    found = derived([album("A")], [song("a", "A", "DARE - Gorillaz Mix"), song("b", "A", "DARE - Otto Mix")])
    assert {one: found.recordings[one].version for one in "ab"} == {"a": Version.EDIT, "b": Version.REMIX}


OLD, NEW = date(2005, 5, 23), date(2015, 1, 1)
PREFERENCES: list[tuple[str, Callable[[], tuple[Album, Track]], Callable[[], tuple[Album, Track]]]] = [
    (
        "an album to an earlier single",
        lambda: (album("B", released_on=NEW), song("b", "B")),
        lambda: (album("A", album_type="single", released_on=OLD), song("a", "A")),
    ),
    (
        "a single to an earlier compilation",
        lambda: (album("B", album_type="single", released_on=NEW), song("b", "B")),
        lambda: (album("A", album_type="compilation", released_on=OLD), song("a", "A")),
    ),
    (
        "an album to one that is a collection by its name",
        lambda: (album("B", released_on=NEW), song("b", "B")),
        lambda: (album("A", version=Version.COMPILATION, released_on=OLD), song("a", "A")),
    ),
    (
        "the earlier release",
        lambda: (album("B", released_on=OLD), song("b", "B")),
        lambda: (album("A", released_on=NEW), song("a", "A")),
    ),
    (
        "a known release to an unknown one",
        lambda: (album("B", released_on=NEW), song("b", "B")),
        lambda: (album("A", released_on=None), song("a", "A")),
    ),
    (
        "the original to its remaster",
        lambda: (album("B"), song("b", "B")),
        lambda: (album("A", version=Version.REMASTER), song("a", "A")),
    ),
    (
        "the original to a remastered track",
        lambda: (album("B"), song("b", "B")),
        lambda: (album("A"), song("a", "A", "DARE - Remastered 2009")),
    ),
    (
        "the plain title to an edit",
        lambda: (album("B"), song("b", "B")),
        lambda: (album("A"), song("a", "A", "DARE - Radio Edit")),
    ),
    (
        "an album that can be heard to one that was taken down",
        lambda: (album("B", album_type="single"), song("b", "B")),
        lambda: (album("A", available=False), song("a", "A")),
    ),
]


@pytest.mark.parametrize(("better", "worse"), [p[1:] for p in PREFERENCES], ids=[p[0] for p in PREFERENCES])
def test_preferences(better: Callable[[], tuple[Album, Track]], worse: Callable[[], tuple[Album, Track]]):
    """Of two recordings of a song the better one is chosen."""
    (good_album, good), (bad_album, bad) = better(), worse()
    assert faces([bad_album, good_album], [bad, good]) == [good.spotify_id]
    assert faces([bad_album], [bad]) == [bad.spotify_id]


@pytest.mark.parametrize(
    ("on", "which"),
    [
        (album("A", version=Version.LIVE), song("a", "A")),
        (album("A", version=Version.REMIX), song("a", "A")),
        (album("A", album_group="appears_on"), song("a", "A")),
        (album("A"), song("a", "A", "DARE - Live")),
        (album("A"), song("a", "A", "DARE - interlude", duration_ms=20_000)),
        (album("A"), song("a", "A", artist_spotify_ids=("x",))),
        (album("A"), song("a", "B")),
        (album("A"), song("a", "A", " ")),
        (album("A"), song("a", "A", "Interlude: Talk Radio", duration_ms=20_000)),
    ],
    ids=[
        "live album",
        "remixes",
        "guest",
        "live",
        "interlude",
        "another's",
        "unknown album",
        "taken down",
        "between songs",
    ],
)
def test_what_is_not_offered(on: Album, which: Track):
    """Other versions, other artists' songs and songs without a name or an album are not offered."""
    assert faces([on], [which]) == []


def test_an_intro_of_a_songs_length_is_a_song():
    """What is called an intro but lasts, or whose length nobody knows, is offered."""
    songs = [
        song("a", "A", "Intro", duration_ms=127_000),
        song("b", "A", "Outro"),
        song("c", "A", "Introvert", duration_ms=1),
    ]
    assert len(faces([album("A")], songs)) == 3


def test_a_song_shows_what_people_know_of_it():
    """It carries its plain title, its face's album and the popularity of its best known studio recording."""
    (found,) = derived(
        [album("A", release_date="2005-05-23", image_url="https://i.example.com/1"), album("B", album_type="single")],
        [song("a", "A", "DARE (feat. Shaun Ryder)", popularity=40), song("b", "B", popularity=70)],
    ).songs
    assert (found.title, found.key, found.popularity) == ("DARE", "dare", 70)
    assert found.face is not None
    assert (found.face.album, found.face.release_date) == ("Demon Days", "2005-05-23")
    assert found.face.album_art_url == "https://i.example.com/1"


def test_a_recorded_catalogue(corpus: Path):
    """Of a recorded catalogue of 80 albums each song is offered once, from its studio album, and none of a concert."""
    albums, songs = _catalogue(corpus)
    chosen = {one.title: one.face for one in derived(albums, songs).songs if one.face is not None}
    assert chosen["DARE"].album == "Demon Days"
    assert chosen["Feel Good Inc."].album == "Demon Days"
    assert chosen["Clint Eastwood"].album == "Gorillaz"
    assert not {face.album for face in chosen.values()} & {
        "Demon Days Live at the Manchester Opera House",
        "Humanz (Gorillaz 20 Mix)",
    }
    assert "Interlude: Talk Radio" not in chosen
    assert 150 < len(chosen) < len(songs) * 0.6


def _catalogue(corpus: Path) -> tuple[list[Album], list[Track]]:
    albums, songs = [], []
    for path in (corpus / "spotify/album").glob("spotdl25-*.json"):
        body = json.loads(path.read_text(encoding="utf-8"))
        tracks = [track for track in body["tracks"]["items"] if track["id"]]
        version = album_version(body["name"], [track["name"] for track in tracks])
        released = date.fromisoformat((body["release_date"] + "-01-01")[:10])
        albums.append(
            album(body["id"], name=body["name"], album_type=body["album_type"], released_on=released, version=version)
        )
        for track in tracks:
            credited = tuple(artist["id"] for artist in track["artists"])
            lasts = track["duration_ms"]
            songs.append(song(track["id"], body["id"], track["name"], artist_spotify_ids=credited, duration_ms=lasts))
    return albums, songs
