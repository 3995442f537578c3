import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.versions import Version, announced, collection, foremost, perhaps_live, surely_live

ANY = st.text(alphabet=st.characters(exclude_categories=()))


@given(ANY)
def test_any_words_can_be_asked(words: str):
    """Whatever a title adds, the answer is a version or none, and the questions about albums have an answer."""
    assert announced(words) is None or isinstance(announced(words), Version)
    assert {type(ask(words)) for ask in (surely_live, perhaps_live, collection)} == {bool}


@given(st.sets(st.sampled_from(Version)))
def test_one_of_several_versions_counts(versions: set[Version]):
    """Of the versions that titles announce one of those given counts, whatever their order; a collection never does."""
    assert foremost(versions) == foremost(sorted(versions, key=lambda v: v.value))
    assert (foremost(versions) is None) == (not versions - {Version.COMPILATION})
    assert foremost(versions) in versions | {None}


@pytest.mark.parametrize(
    "words", ["Pt. 2", "Out Of The Blue", "A Deal With God", "Reprise", "Vaka", "Live and Learn", ""]
)
def test_words_of_a_name_announce_nothing(words: str):
    """Subtitles and parts are no version."""
    assert announced(words) is None
