import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.music.same_song import same_song
from thesetd.domain.wording.romanised import romanised


@pytest.mark.parametrize(
    ("name", "latin"),
    [
        ("Звезда по имени Солнце", "zvezda po imeni solntse"),
        ("Щука", "shchuka"),
        ("Їжачок", "izhachok"),
        ("종이배", "jongibae"),
        ("メギツネ", "megitsune"),
        ("きゃりー", "kyari"),
        ("しゃっくり", "shakkuri"),
        ("マッチ", "matchi"),
    ],
)
def test_spellings(name: str, latin: str):
    """Letters and syllables are spelt as on pages in Latin letters."""
    assert romanised(name) == latin
    assert same_song(latin.title(), f"{name} (Live)")


@pytest.mark.parametrize("name", ["Blue Lamp", "青い橋", "", "Γαλάζιο"])
def test_what_has_no_spelling(name: str):
    """Latin letters need none, Chinese characters have none."""
    assert romanised(name) is None


@given(st.text("アっゃー가힣яѣ漢a ", max_size=20))
def test_any_text_is_spelt(name: str):
    """Any mixture of scripts is spelt or not, and what is spelt holds none of those scripts that have a table."""
    latin = romanised(name)
    assert latin is None or not any("가" <= ch <= "힣" or ch in "アっゃーя" for ch in latin)
