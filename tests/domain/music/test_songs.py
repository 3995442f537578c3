from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counting import calls_of
from thesetd.domain.music.recordings import classify
from thesetd.domain.music.songs import Grouping, NewSong, SongTrack, StoredSong, choose_face, group, song_row_key
from thesetd.domain.music.versions import Version


def track(spotify_id: str, title: str, **fields: Any) -> SongTrack:
    """Make a track with the classes that its title and album show."""
    album = fields.get("album_title", "")
    classes = classify(title, album, duration_ms=fields.get("duration_ms")).classes
    return SongTrack(spotify_id=spotify_id, title=title, **{"classes": classes, **fields})


TITLES = [
    *(
        "Blue Lamp",
        "Blue Lamp - Live",
        "Blue Lamp (Otto Remix)",
        "Blue Lamp, Pt. 2",
        "BlueLamp",
        "Blue Lamp - Commentary",
    ),
    *(
        "Ferry Tales",
        "Ferry Tales - The Cook",
        "Ferry Tales - The Captain",
        "Cold Harbour (The Long Way)",
        "Cold Harbour",
    ),
    *(
        "Intro",
        "Interlude",
        "Remembering the Ferryman",
        "Remembering the Ferrymen - Live",
        "Medley: Blue Lamp / Rope",
        "",
    ),
]
TRACKS = st.builds(
    track,
    st.text("abcdefghij", min_size=1, max_size=2),
    st.sampled_from(TITLES),
    album_title=st.sampled_from(["", "Lanterns", "Lanterns (Deluxe)", "Live at Dunmore Hall"]),
    isrc=st.none() | st.sampled_from(["GBAAA0100001", "GBAAA0100002"]),
    released_on=st.none() | st.dates(date(2000, 1, 1), date(2002, 1, 1)),
    playable=st.booleans(),
    eligible=st.booleans(),
)


def stored_from(grouping: Grouping[str], tracks: list[SongTrack]) -> tuple[list[StoredSong[str]], dict[str, str]]:
    """Store what a grouping found as a database would, and give the links of its tracks."""
    isrcs = {
        song: frozenset(t.isrc for t in tracks if t.isrc and grouping.songs.get(t.spotify_id) == song)
        for song in grouping.new
    }
    songs = [StoredSong(id=f"id of {s.key}", key=s.key, title=s.title, isrcs=isrcs[s]) for s in grouping.new]
    links = {t: f"id of {song.key}" for t, song in grouping.songs.items() if isinstance(song, NewSong)}
    return songs, links


def distinct(tracks: list[SongTrack]) -> list[SongTrack]:
    """Keep one track of each id."""
    return list({one.spotify_id: one for one in tracks}.values())


@given(st.lists(TRACKS, max_size=12).map(distinct), st.randoms(use_true_random=False))
def test_the_order_of_tracks_does_not_matter(tracks: list[SongTrack], random: Any):
    """Tracks in any order give the same songs with the same faces."""
    shuffled = list(tracks)
    random.shuffle(shuffled)
    assert group(shuffled) == group(tracks)


@given(st.lists(TRACKS, max_size=12).map(distinct))
def test_grouping_again_changes_nothing(tracks: list[SongTrack]):
    """Once stored, every track keeps its song and no song is new."""
    first: Grouping[str] = group(tracks)
    stored, links = stored_from(first, tracks)
    again = group(tracks, stored, links=links)
    assert not again.new
    assert again.songs == links
    assert {song: face.spotify_id for song, face in again.faces.items()} == {
        f"id of {song.key}": face.spotify_id for song, face in first.faces.items() if isinstance(song, NewSong)
    }


@given(st.lists(TRACKS, max_size=12).map(distinct))
def test_songs_and_faces(tracks: list[SongTrack]):
    """Keys are unique, a face is an offered recording of its song, and only tracks that are no song have none."""
    found: Grouping[str] = group(tracks)
    assert len({song.key for song in found.new}) == len(found.new)
    for song, face in found.faces.items():
        assert face.offered
        assert found.songs[face.spotify_id] == song
    for one in tracks:
        if one.offered and one.title:
            assert one.spotify_id in found.songs


@given(st.lists(TRACKS, max_size=8).map(distinct), st.lists(TRACKS, max_size=8).map(distinct))
def test_what_comes_later_moves_nothing(tracks: list[SongTrack], later: list[SongTrack]):
    """New tracks join songs or make new ones; no track that has a song changes it."""
    stored, links = stored_from(group(tracks), tracks)
    known = {one.spotify_id for one in tracks}
    more = group([*tracks, *(one for one in later if one.spotify_id not in known)], stored, links=links)
    assert {one: more.songs[one] for one in links} == links


def keys(*tracks: SongTrack) -> dict[str, str]:
    """Group tracks and give the key of each one's song."""
    found: Grouping[str] = group(tracks)
    return {one: song.key for one, song in found.songs.items() if isinstance(song, NewSong)}


def test_recordings_of_one_song():
    """Versions, spellings and subtitles join; parts, continuations and talk do not."""
    assert keys(
        track("a", "Blue Lamp"),
        track("b", "Blue Lamp - Live at Dunmore Hall"),
        track("c", "BlueLamp (Otto Remix)"),
        track("d", "Blue Lamp (Shine on Me)"),
        track("e", "Blue Lamp, Pt. 2"),
        track("f", "Blue Lamp - Commentary"),
        track("g", "Blue Lamp (Continued)"),
    ) == {
        "a": "bluelamp",
        "b": "bluelamp",
        "c": "bluelamp",
        "d": "bluelamp",
        "e": "bluelamp2",
        "g": "bluelampcontinued",
    }


def test_a_series_keeps_its_parts_apart():
    """Where several songs share a head, a subtitle is the name."""
    found = keys(
        track("a", "Ferry Tales - The Cook"), track("b", "Ferry Tales - The Captain"), track("c", "Ferry Tales")
    )
    assert len(set(found.values())) == 3


def test_a_slip_of_the_pen():
    """One letter joins a recording that is not offered; an offered one has its own name."""
    live = keys(track("a", "Remembering the Ferryman"), track("b", "Remembering the Ferrymen - Live"))
    assert live["a"] == live["b"]
    album = keys(track("a", "Remembering the Ferryman"), track("b", "Remembering the Ferrymen"))
    assert album["a"] != album["b"]


def test_a_label_is_a_piece_of_its_album():
    """The label "Intro" is another piece on every album, and the same on its album's editions."""
    assert (
        song_row_key("Intro", "Lanterns")
        == song_row_key("Intro", "Lanterns (Deluxe Edition)")
        != song_row_key("Intro", "Slow Weather")
    )
    assert song_row_key("Intro: The Ferry", "Lanterns") == song_row_key("Intro: The Ferry", "Slow Weather")


def test_the_recording_decides_before_the_name():
    """An ISRC joins what the names do not, unless their numbers contradict it."""
    isrc = "GBAAA0100001"
    assert len(set(keys(track("a", "Aoi Hashi", isrc=isrc), track("b", "青い橋", isrc=isrc)).values())) == 1
    assert len(set(keys(track("a", "Bus, Pt. 1", isrc=isrc), track("b", "Bus, Pt. 2", isrc=isrc)).values())) == 2


def test_a_song_that_is_only_played_live_has_no_face():
    """A song without an offered recording is a song, but nothing stands for it."""
    found: Grouping[str] = group([track("a", "No Rope - Live")])
    assert [song.key for song in found.new] == ["norope"]
    assert not found.faces


def test_a_song_keeps_its_id_and_key_when_its_face_changes():
    """A better recording becomes the face of the song that is there."""
    stored = [StoredSong(id=1, key="bluelamp", title="Blue Lamp")]
    single = track("a", "Blue Lamp", album_kind="single")
    album = track("b", "Blue Lamp", album_kind="album")
    assert group([single], stored, links={"a": 1}).faces[1] == single
    both = group([single, album], stored, links={"a": 1})
    assert both.songs == {"a": 1, "b": 1}
    assert both.faces == {1: album}


def test_a_renamed_track_follows_its_new_name_only_to_another_song():
    """A track keeps its song under a new name, unless that is the name of another song."""
    stored = [StoredSong(id=1, key="bluelamp", title="Blue Lamp"), StoredSong(id=2, key="rope", title="Rope")]
    assert group([track("a", "Lampe Bleue")], stored, links={"a": 1}).songs == {"a": 1}
    assert group([track("a", "Rope")], stored, links={"a": 1}).songs == {"a": 2}


def test_a_merge_by_hand():
    """The tracks of a merged song are the other's, old and new, and it gets no face; a circle is no trap."""
    stored = [
        StoredSong(id=1, key="bluelamp", title="Blue Lamp"),
        StoredSong(id=2, key="lampebleue", title="Lampe Bleue", merged_into=1),
    ]
    found = group([track("a", "Blue Lamp"), track("b", "Lampe Bleue"), track("c", "Lampe Bleue - Live")], stored)
    assert set(found.songs.values()) == {1}
    assert set(found.faces) == {1}
    circle = [StoredSong(id=i, key=str(i), title="Rope", merged_into=3 - i) for i in (1, 2)]
    assert len(group([track("a", "Rope")], circle).songs) == 1


def test_a_split_by_hand():
    """What a person gave to a song stays there whatever its name; the rest goes by its name."""
    stored = [
        StoredSong(id=1, key="bluelamp", title="Blue Lamp"),
        StoredSong(id=2, key="bluelamp~2", title="Blue Lamp"),
    ]
    found = group([track("a", "Blue Lamp"), track("b", "Blue Lamp")], stored, links={"b": 1}, by_hand={"b": 2})
    assert found.songs == {"a": 1, "b": 2}


def test_stored_songs_that_share_a_recording_are_doubtful():
    """Two songs of one recording are told, and neither is touched."""
    isrc = frozenset({"GBAAA0100001"})
    stored = [StoredSong(id=1, key="a", title="A", isrcs=isrc), StoredSong(id=2, key="b", title="B", isrcs=isrc)]
    found = group([track("a", "A", isrc="GBAAA0100001")], stored, links={"a": 1})
    assert found.songs == {"a": 1}
    assert found.doubtful == {(1, 2)}


def test_a_guest_on_others_albums_makes_no_song():
    """A track that is not the artist's own joins a song that is there, makes none and is no face."""
    assert not keys(track("a", "Rope", eligible=False))
    found: Grouping[str] = group([track("a", "Rope", eligible=False), track("b", "Rope - Live")])
    assert set(found.songs) == {"a", "b"}
    assert not found.faces


PREFERENCES = [
    ("what can be played", {"playable": True, "album_kind": "compilation"}, {"playable": False}),
    ("the recording to its edit", {"album_kind": "single"}, {"title": "Blue Lamp - Radio Edit"}),
    ("an edit to an acoustic version", {"title": "Blue Lamp - Radio Edit"}, {"title": "Blue Lamp - Acoustic"}),
    (
        "an album to a single",
        {"released_on": date(2005, 1, 1)},
        {"album_kind": "single", "released_on": date(2004, 1, 1)},
    ),
    ("the earlier release", {"released_on": date(2004, 1, 1)}, {"released_on": date(2005, 1, 1)}),
    ("the original to its remaster", {}, {"title": "Blue Lamp - 2009 Remaster"}),
    ("the plain title", {}, {"title": "Blue Lamp - Album Version"}),
]


@pytest.mark.parametrize(("better", "worse"), [p[1:] for p in PREFERENCES], ids=[p[0] for p in PREFERENCES])
def test_faces(better: dict[str, Any], worse: dict[str, Any]):
    """Of two recordings of a song the better one is its face, wherever it stands; the other where it is alone."""
    good, bad = track("z", **{"title": "Blue Lamp", **better}), track("a", **{"title": "Blue Lamp", **worse})
    assert choose_face([bad, good]) == choose_face([good, bad]) == good
    assert choose_face([bad]) == bad
    assert choose_face([track("l", "Blue Lamp - Live")]) is None


@pytest.mark.untraced
def test_a_large_catalogue_costs_little():
    """Four times as many songs take less than six times the calls: only likely names are compared."""
    chance = Random(7)
    words = ["".join(chance.choices("abdeghiklmnoprstuvz", k=8)).title() for _ in range(2500)]
    names = [f"{one} {other}" for one, other in zip(words[::2], words[1::2], strict=True)]
    tracks = [(track(f"{i}", name), track(f"l{i}", f"{name} - Live")) for i, name in enumerate(names)]

    def cost(part: slice) -> int:
        some = [t for pair in tracks[part] for t in pair]
        return calls_of(lambda: group(some))

    assert cost(slice(1000)) < 6 * cost(slice(1000, 1250))  # of their own: names that were read are remembered
    found: Grouping[str] = group([t for pair in tracks for t in pair])
    assert len(found.new) == len(names)


def test_alike_titles_cost_no_more_than_others() -> None:
    """Twice as many songs whose titles differ by a number or a word, live ones too, take about twice the work."""

    def tracks(count: int) -> list[SongTrack]:
        titles = [f"Song of the {kind} Night {n}" for n in range(count // 2) for kind in ("Long", "Live")]
        return [
            SongTrack(
                spotify_id=f"T{n:05}", title=title, classes=frozenset({Version.LIVE if n % 2 else Version.STUDIO})
            )
            for n, title in enumerate(titles)
        ]

    small, large = tracks(200), tracks(400)
    group(large)  # what is read of a title is kept
    assert calls_of(lambda: group(large)) < 2.5 * calls_of(lambda: group(small))
