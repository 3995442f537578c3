import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from thesetd.domain.music.titles import MAX_STRUCTURED, base_title, read_title, song_key

PIECES = [
    "(",
    ")",
    "[",
    "]",
    " - ",
    " – ",
    " / ",
    ";",
    ", ",
    "Live",
    "feat. ",
    "Remix",
    " remix",
    "Pt. 2",
    "2012",
    "Demo",
    "x",
]
ANY = st.text(alphabet=st.characters(exclude_categories=())) | st.lists(
    st.sampled_from(PIECES) | st.text(max_size=3), max_size=20
).map("".join)


@given(ANY)
@example("A - Pt. 1 Live - [x] (no1 mix)")
@example("( [ ) ]")
@example(" - Live")
def test_every_text_is_a_title(title: str):
    """Any text has a base, the base of a base is itself, and only a blank title has a blank one."""
    base = base_title(title)
    assert base_title(base) == base
    assert len(base) <= len(title)
    assert bool(base) == bool(title.strip())
    assert all(words in title for words in read_title(title).shown.values())


@given(ANY)
def test_blanks_around_a_title_do_not_count(title: str):
    """A title with outer blanks is the same song, and says the same."""
    assert song_key(f" {title} ") == song_key(title)
    assert set(read_title(f"{title}  ").shown) == set(read_title(title).shown)


@pytest.mark.parametrize(
    ("title", "base"),
    [
        ("White Wedding - Pt. 1 / Remastered 2002", "White Wedding - Pt. 1"),
        ("Colors (Part II) [Live]", "Colors (Part II)"),
        ("Colors (Live) (Part II)", "Colors (Part II)"),
        ("Running Up That Hill (A Deal With God) - 2018 Remaster", "Running Up That Hill (A Deal With God)"),
        ("Praise The Lord (Da Shine) (feat. Skepta)", "Praise The Lord (Da Shine)"),
        ("Sing for the Moment (2004) [Live]", "Sing for the Moment"),
        ("Enjoy The Silence (2004)", "Enjoy The Silence (2004)"),
        ("Funeral For A Friend / Love Lies Bleeding - Remastered 2014", "Funeral For A Friend / Love Lies Bleeding"),
        ("911 [Live in NYC] (feat. D12) [Live in NYC;feat. D12]", "911"),
        ("El Mañana (Live [Take (2)])", "El Mañana"),
        ("A Day Laye - BBC Live - Top Gear 17/11/69", "A Day Laye"),
        ("Fade To Black - Live In São Paulo, Brazil - May 2nd, 1993", "Fade To Black"),
    ],
)
def test_base_titles(title: str, base: str):
    """Versions, their places and dates, and guests go; subtitles, parts and typography stay."""
    assert base_title(title) == base


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Unforgiven", "The Unforgiven II"),
        ("The Unforgiven II", "The Unforgiven III"),
        ("Neighborhood #1 (Tunnels)", "Neighborhood #2 (Laika)"),
        ("White Wedding - Pt. 1", "White Wedding - Pt. 2"),
        ("Satisfaction", "(I Can't Get No) Satisfaction"),
        ("Weird Fishes/Arpeggi", "Weird Fishes"),
        ("Everything Now (Continued)", "Everything Now"),
        ("Numb / Encore", "Numb"),
    ],
)
def test_sequels_parts_and_subtitles_are_other_songs(one: str, other: str):
    """Numbers, parts and bracketed words of the name keep songs apart."""
    assert song_key(one) != song_key(other)


def test_an_endless_title_has_no_structure():
    """A title beyond all sense is taken as it is, so that reading it costs nothing."""
    assert not read_title("x" * MAX_STRUCTURED + " - Live").shown
