from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.prediction import DEFAULT_LENGTH, HALF_LIFE, RECENT, predict, typical_length
from thesetd.domain.records import ActualSetlist, Album, Song
from thesetd.domain.studio import StudioSong
from thesetd.domain.titles import song_key

AT = datetime(2026, 11, 22, tzinfo=UTC)
TODAY = date(2026, 11, 22)
ANY = st.text(alphabet=st.characters(exclude_categories=()))


def offer(
    title: str, popularity: int | None = None, released: date | None = date(2005, 5, 23), track: int = 0
) -> StudioSong:
    """Make a song that may be predicted."""
    return StudioSong(
        song=Song(spotify_id=f"id {title}", album_spotify_id="A", name=title, fetched_at=AT, track_number=track),
        album=Album(
            spotify_id="A", artist_spotify_id="me", name="A", fetched_at=AT, album_type="album", released_on=released
        ),
        title=title,
        key=song_key(title),
        popularity=popularity,
        reason="",
    )


def concert(days_ago: int, *titles: str | dict[str, Any], encore: tuple[str, ...] = ()) -> ActualSetlist:
    """Make the setlist of a concert so many days ago."""
    return ActualSetlist(
        setlistfm_id=f"{days_ago:08x}",
        version_id="g1",
        artist_mbid="m",
        event_date=TODAY - timedelta(days=days_ago),
        url="https://example.org",
        fetched_at=AT,
        songs=tuple({"name": title} if isinstance(title, str) else title for title in titles),
        encore_songs=tuple({"name": title} for title in encore),
    )


def titles(offered: list[StudioSong], past: list[ActualSetlist], length: int | None = None) -> list[str]:
    """Give the titles that are predicted."""
    return [song.title for song in predict(offered, past, length)]


SONG_NAMES = st.sampled_from(["A", "B", "C", "D / E", "F", "A / F", "a - Live", "Drum Solo"])
ITEMS = st.fixed_dictionaries({"name": SONG_NAMES | ANY | st.none() | st.integers()}, optional={"tape": st.booleans()})
CONCERTS = st.builds(
    lambda days_ago, songs, encore: concert(days_ago, *songs, encore=tuple(encore)),
    st.integers(0, 50),
    st.lists(ITEMS | st.just({}), max_size=6),
    st.lists(SONG_NAMES, max_size=2),
)
OFFERS = st.lists(
    st.builds(offer, st.sampled_from("ABCDEFGH"), st.none() | st.integers(0, 100), st.none() | st.dates()),
    max_size=10,
    unique_by=lambda song: song.key,
)


@given(OFFERS, st.lists(CONCERTS, max_size=8), st.none() | st.integers(-1, 20))
def test_a_prediction_is_a_setlist(offered: list[StudioSong], past: list[ActualSetlist], length: int | None):
    """A prediction has offered songs only, each once, counted from 1, as many as wanted or as there are."""
    songs = predict(offered, past, length)
    assert [song.position for song in songs] == list(range(1, len(songs) + 1))
    assert len({song.song_spotify_id for song in songs}) == len(songs)
    assert {song.song_spotify_id for song in songs} <= {song.song.spotify_id for song in offered}
    if length is not None:
        assert len(songs) == min(max(length, 0), len(offered))


@given(OFFERS, st.lists(CONCERTS, max_size=8, unique_by=lambda c: c.setlistfm_id), st.randoms(use_true_random=False))
def test_a_prediction_does_not_depend_on_the_order(offered: list[StudioSong], past: list[ActualSetlist], random: Any):
    """Songs and concerts in another order give the same prediction."""
    before = predict(offered, past)
    random.shuffle(offered)
    random.shuffle(past)
    assert predict(offered, past) == before


def test_what_is_played_often_is_predicted():
    """The songs of most concerts come before songs of few, in the order in which they are played."""
    past = [concert(1, "A", "B", "C"), concert(2, "A", "B", "D"), concert(3, "A", "B", "C")]
    assert titles([offer(t) for t in "DCBAE"], past, 3) == ["A", "B", "C"]


def test_what_was_played_lately_counts_more():
    """A song of the last concerts is preferred to one played as often a tour ago."""
    past = [concert(days, "B" if days < HALF_LIFE else "A") for days in range(2 * HALF_LIFE)]
    assert titles([offer("A", 90), offer("B", 10)], past, 1) == ["B"]


def test_concerts_of_long_ago_do_not_count():
    """Only so many concerts are looked at."""
    past = [concert(days, "A") for days in range(RECENT)] + [concert(RECENT, *"BBBBBB")]
    assert titles([offer("A"), offer("B", 1), offer("C", 2)], past, 2) == ["A", "C"]


def test_an_encore_stays_at_the_end():
    """What is usually an encore ends the prediction, after songs that no concert knows."""
    past = [concert(1, "A", "B", encore=("C",)), concert(2, "A", "C", "B"), concert(3, "A", "B", encore=("C",))]
    assert titles([offer(t) for t in "ABCD"], past, 4) == ["A", "B", "D", "C"]


def test_tapes_blanks_and_strangers_are_no_songs():
    """Music from tape, songs without a name and what the catalogue does not have are passed over."""
    past = [concert(1, {"name": "B", "tape": True}, {"name": ""}, {"name": None}, {}, "Drum Solo", "A")]
    assert titles([offer("A", 1), offer("B", 0), offer("C", 9)], past, 2) == ["A", "C"]


def test_titles_are_matched_as_songs():
    """A setlist's spelling, guests and versions do not matter; sequels do."""
    past = [concert(1, "dirty harry (feat. Bootie Brown)", "The Unforgiven II")]
    offered = [offer("Dirty Harry"), offer("The Unforgiven", 99), offer("The Unforgiven II")]
    assert titles(offered, past) == ["Dirty Harry", "The Unforgiven II"]


def test_a_medley_is_its_parts_unless_it_is_a_song():
    """A title with slashes is first looked for as a whole, then each part counts; a part played twice counts once."""
    past = [concert(1, "A / B", "A", "C / D")]
    assert set(titles([offer("A"), offer("B"), offer("C / D"), offer("C", 99), offer("D", 99)], past, 3)) == {
        "A",
        "B",
        "C / D",
    }


def test_a_song_counts_once_in_a_concert():
    """A song that is repeated in one concert is no more likely for it."""
    past = [concert(1, "B", "B", "B", "A"), concert(2, "A")]
    assert titles([offer("A"), offer("B")], past, 1) == ["A"]


def test_without_concerts_the_popular_songs():
    """Without any concert the most popular songs are predicted, the most popular first."""
    assert titles([offer("A", 10), offer("B", 90), offer("C", None), offer("D", 50)], [], 3) == ["B", "D", "A"]


def test_without_popularity_the_newest_album():
    """Where no popularity is known the newest album's songs are predicted in its order."""
    offered = [
        offer("A", released=date(2005, 1, 1)),
        offer("B", released=date(2023, 1, 1), track=2),
        offer("C", released=date(2023, 1, 1), track=1),
        offer("D", released=None),
    ]
    assert titles(offered, []) == ["C", "B", "A", "D"]


@pytest.mark.parametrize(
    ("lengths", "typical"),
    [([], DEFAULT_LENGTH), ([0, 0], DEFAULT_LENGTH), ([20, 0, 22], 20), ([3, 20, 22], 20), ([1, 2], 1)],
)
def test_the_typical_length(lengths: list[int], typical: int):
    """A concert's typical length is the median of those that are known; empty setlists say nothing."""
    past = [concert(days, *(["A"] * length)) for days, length in enumerate(lengths)]
    assert typical_length(past) == typical
    offered = [offer(f"song {n}") for n in range(30)]
    assert len(predict(offered, past)) == typical


def test_encores_count_for_the_length():
    """A concert is as long as its main set and encores together."""
    assert typical_length([concert(1, "A", "B", encore=("C",))]) == 3
