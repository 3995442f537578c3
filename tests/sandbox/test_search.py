"""Names and queries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.sandbox.search import CONTAINS, EQUAL_OR_NEAR, NOTHING, SHARES_A_WORD, closeness, parse_query, ranked


@pytest.mark.parametrize("text", ["Gorillaz", "artist: gorillaz", "artist:gorillaz", 'artist:"Gorillaz"', "GORILLAZ "])
def test_filter_and_plain_words_ask_for_the_same(text: str) -> None:
    """The forms in which clients name an artist are one query."""
    assert parse_query(text).key("artist") == ("artist", "gorillaz")


def test_filters_end_where_the_next_begins() -> None:
    """A filter's value may hold blanks, with or without quotes."""
    query = parse_query('track:"Clint Eastwood" artist: gorillaz')
    assert (query.wanted("track"), query.field("artist"), query.plain) == ("clint eastwood", "gorillaz", "")
    assert query.key("track") == ("track", "clint eastwood", "artist:gorillaz")


def test_an_equal_name_is_not_ranked_above_a_near_one() -> None:
    """A client that takes the first hit is wrong, as with the real search."""
    hits = ranked(["b gorillaz", "a gorillat", "c banana"], "gorillaz", lambda one: one[2:], lambda one: one)
    assert hits == ["a gorillat", "b gorillaz"]


@pytest.mark.parametrize(
    ("name", "wanted", "like"),
    [
        ("gorillat", "gorillaz", EQUAL_OR_NEAR),
        ("gorilla biscuits band", "gorilla", CONTAINS),
        ("the gorilla", "gorilla zoe", SHARES_A_WORD),
        ("joji", "gorillaz", NOTHING),
    ],
)
def test_likeness_has_four_steps(name: str, wanted: str, like: int) -> None:
    """Near spelling, all words, one word, nothing."""
    assert closeness(name, wanted) == like


@given(st.text(max_size=80))
def test_any_text_is_a_query(text: str) -> None:
    """No search text breaks the parser."""
    assert parse_query(text).key("artist")[0] == "artist"
