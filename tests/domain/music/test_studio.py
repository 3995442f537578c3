import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.music.recordings import album_version, classify
from thesetd.domain.music.records import Album, Song
from thesetd.domain.music.studio import studio_songs
from thesetd.domain.music.titles import song_key
from thesetd.domain.music.versions import OFFERED, Version

AT = datetime(2026, 11, 22, tzinfo=UTC)
ME = "3AA28KZvwAUcZuOKwyblJQ"


def album(spotify_id: str, **fields: Any) -> Album:
    """Make an album, by default a studio album of 2005."""
    given = {"name": "Demon Days", "album_type": "album", "released_on": date(2005, 5, 23), **fields}
    return Album(spotify_id=spotify_id, artist_spotify_id=ME, fetched_at=AT, **given)


def song(spotify_id: str, on: str, name: str = "DARE", **fields: Any) -> Song:
    """Make a song of the artist, with the version that its name announces."""
    given = {
        "artist_spotify_ids": (ME,),
        "version": classify(name, duration_ms=fields.get("duration_ms")).version,
        **fields,
    }
    return Song(spotify_id=spotify_id, album_spotify_id=on, name=name, fetched_at=AT, **given)


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


@given(st.lists(ALBUMS, max_size=6), st.lists(SONGS, max_size=12), st.randoms(use_true_random=False))
def test_the_choice_does_not_depend_on_the_order(albums: list[Album], songs: list[Song], random: Any):
    """Albums and songs in another order, or twice, give the same songs in the same order."""
    chosen = studio_songs(albums, songs, ME)
    again = [*albums, *albums], [*songs, *songs]
    for rows in again:
        random.shuffle(rows)
    assert studio_songs(*again, ME) == chosen


@given(st.lists(ALBUMS, max_size=6), st.lists(SONGS, max_size=12))
def test_each_song_once_and_only_studio(albums: list[Album], songs: list[Song]):
    """What is offered is the artist's, is given, has a name, is a studio recording, and no two are the same song."""
    chosen = studio_songs(albums, songs, ME)
    assert len({studio.key for studio in chosen}) == len(chosen)
    for studio in chosen:
        assert studio.song in songs
        assert studio.album in albums
        assert studio.song.version in OFFERED
        assert ME in studio.song.artist_spotify_ids
        assert studio.key == song_key(studio.title) != ""
        assert studio.reason


@given(st.lists(SONGS, max_size=12))
def test_choosing_from_the_chosen_changes_nothing(songs: list[Song]):
    """The songs that were chosen are chosen again when nothing else is there."""
    albums = [album(letter) for letter in "ABCDE"]
    chosen = [studio.song for studio in studio_songs(albums, songs, ME)]
    assert [studio.song for studio in studio_songs(albums, chosen, ME)] == chosen


OLD, NEW = date(2005, 5, 23), date(2015, 1, 1)
PREFERENCES: list[tuple[str, Callable[[], tuple[Album, Song]], Callable[[], tuple[Album, Song]]]] = [
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
        lambda: (album("A"), song("a", "A", version=Version.REMASTER)),
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
def test_preferences(better: Callable[[], tuple[Album, Song]], worse: Callable[[], tuple[Album, Song]]):
    """Of two recordings of a song the better one is chosen."""
    (good_album, good), (bad_album, bad) = better(), worse()
    assert [s.song for s in studio_songs([bad_album, good_album], [bad, good], ME)] == [good]
    assert [s.song for s in studio_songs([bad_album], [bad], ME)] == [bad]


@pytest.mark.parametrize(
    ("on", "which"),
    [
        (album("A", version=Version.LIVE), song("a", "A", version=Version.LIVE)),
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
def test_what_is_not_offered(on: Album, which: Song):
    """Other versions, other artists' songs and songs without a name or an album are not offered."""
    assert studio_songs([on], [which], ME) == ()


def test_an_intro_of_a_songs_length_is_a_song():
    """What is called an intro but lasts, or whose length nobody knows, is offered."""
    songs = [
        song("a", "A", "Intro", duration_ms=127_000),
        song("b", "A", "Outro"),
        song("c", "A", "Introvert", duration_ms=1),
    ]
    assert len(studio_songs([album("A")], songs, ME)) == 3


def test_a_choice_explains_itself():
    """A chosen song carries its plain title, the popularity of its best known recording and the reason."""
    (chosen,) = studio_songs(
        [album("A", release_date="2005-05-23"), album("B", album_type="single")],
        [song("a", "A", "DARE (feat. Shaun Ryder)", popularity=40), song("b", "B", popularity=70)],
        ME,
    )
    assert (chosen.title, chosen.key, chosen.popularity) == ("DARE", "dare", 70)
    assert chosen.reason == "album of 2005-05-23, studio, first of 2 recordings"


def test_the_newest_record_of_an_id_counts():
    """Of two records of one album the one fetched last is believed."""
    stale = attrs.evolve(album("A"), fetched_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert studio_songs([album("A", version=Version.REMIX), stale], [song("a", "A")], ME) == ()


def test_a_recorded_catalogue(corpus: Path):
    """Of a recorded catalogue of 80 albums each song is offered once, from its studio album, and none of a concert."""
    albums, songs = _catalogue(corpus)
    chosen = {studio.title: studio for studio in studio_songs(albums, songs, ME)}
    assert chosen["DARE"].album.name == "Demon Days"
    assert chosen["Feel Good Inc."].album.name == "Demon Days"
    assert chosen["Clint Eastwood"].album.name == "Gorillaz"
    assert not {studio.album.name for studio in chosen.values()} & {
        "Demon Days Live at the Manchester Opera House",
        "Humanz (Gorillaz 20 Mix)",
    }
    assert "Interlude: Talk Radio" not in chosen
    assert 150 < len(chosen) < len(songs) * 0.6


def _catalogue(corpus: Path) -> tuple[list[Album], list[Song]]:
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
            own = classify(track["name"], duration_ms=lasts, on=version).version
            songs.append(
                song(
                    track["id"], body["id"], track["name"], artist_spotify_ids=credited, version=own, duration_ms=lasts
                )
            )
    return albums, songs
