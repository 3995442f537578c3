from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.music.versions import OFFERED, SHORTEST_INTRO_MS, Version, foremost, is_offered


@given(st.sets(st.sampled_from(Version)))
def test_one_of_several_classes_counts(versions: set[Version]):
    """Of the classes of a recording one of those given stands for all, whatever their order."""
    assert foremost(versions) == foremost(sorted(versions, key=lambda v: v.value))
    assert (foremost(versions) is None) == (not versions)
    assert foremost(versions) in versions | {None}


@given(st.sets(st.sampled_from(Version), min_size=1))
def test_the_class_that_stands_for_all_decides(versions: set[Version]):
    """Whether a recording is offered can be told from its foremost class alone."""
    foremost_of_all = foremost(versions)
    assert foremost_of_all is not None
    assert is_offered(versions, None) == (foremost_of_all in OFFERED and Version.COMPILATION not in versions)


def test_a_short_intro_is_not_offered():
    """What stands between songs is offered from the length of a song on, and where nobody knows how long it lasts."""
    assert is_offered({Version.INTRO}, None)
    assert is_offered({Version.INTRO}, SHORTEST_INTRO_MS)
    assert not is_offered({Version.INTRO}, SHORTEST_INTRO_MS - 1)
    assert is_offered({Version.STUDIO}, 1)
