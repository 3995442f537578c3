import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.setlists.matching import IndexedSong, Method, SongIndex
from thesetd.domain.setlists.sounds import sounds_of

ANY = st.text(alphabet=st.characters(exclude_categories=()), max_size=40)
TITLES = {
    "ミッドナイト・トレイン": "Midnight Train",
    "ダンシング・クイーン": "Dancing Queen",
    "サイレント・スクリーム": "Silent Scream",
    "チョコレート・パレード": "Chocolate Parade",
    "ハート・オブ・ゴールド": "Heart of Gold",
    "スターライト": "Starlight",
    "夜空-スターゲイザー-": "Stargazer",
    "ラスト・トレイン": "Last Train",
}


@pytest.mark.parametrize(("kana", "latin"), TITLES.items())
def test_a_title_in_katakana_is_found_by_its_sound(kana: str, latin: str):
    """Pages spell Japanese titles in Latin letters; words of other languages return to their own spelling."""
    songs = SongIndex([IndexedSong(id=title, title=title) for title in TITLES])
    found = songs.find(latin)
    assert (found.song, found.method) == (kana, Method.SOUND)


@pytest.mark.parametrize("name", ["Dance", "Heart of Stone", "One", "Silent", "Train", "Star"])
def test_another_sound_is_another_song(name: str):
    """What sounds otherwise, or is too short to tell anything, is tied to nothing."""
    songs = SongIndex([*(IndexedSong(id=title, title=title) for title in TITLES), IndexedSong(id="one", title="ワン")])
    assert songs.find(name).method is Method.NEW


def test_two_titles_of_one_sound_are_left_open():
    """A name that sounds like two songs is tied to neither."""
    songs = SongIndex([IndexedSong(id="1", title="ライト・ハンド"), IndexedSong(id="2", title="レイト・ハンド")])
    found = songs.find("Right Hand")
    assert (found.song, found.method, found.candidates) == (None, Method.UNSURE, ("1", "2"))


def test_titles_in_latin_letters_are_not_compared_by_sound():
    """Two English names that sound alike stay two songs."""
    assert SongIndex([IndexedSong(id="1", title="Right Hands")]).find("Wright Hunts").method is Method.NEW


@given(ANY)
def test_any_name_has_a_sound_or_none(name: str):
    """Whatever a name is, it can be compared."""
    assert all(sound.isascii() and len(sound) >= 3 for sound in sounds_of(name))
