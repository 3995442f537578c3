import pytest
from hypothesis import given
from hypothesis import strategies as st

from thesetd.domain.gate.windows import LONGEST_D, Window, parse_window

ANY = st.text(alphabet=st.characters(exclude_categories=()))


@given(st.integers(1, 10**6), st.integers(1, LONGEST_D), st.sampled_from(["ms", "s", "m", "h", "d"]))
def test_a_window_reads_what_it_writes(count: int, length: int, unit: str):
    """The text of a window is the window again."""
    window = parse_window(f"{count}/{length}{unit}")
    assert parse_window(str(window)) == window


@pytest.mark.parametrize(
    ("text", "window", "again"),
    [
        ("100/60s", Window(100, 60.0), "100/60s"),
        ("5000/1d", Window(5000, 86400.0), "5000/1d"),
        ("2/s", Window(2, 1.0), "2/1s"),
        (" 3 / 250 ms ", Window(3, 0.25), "3/250ms"),
        ("10/2h", Window(10, 7200.0), "10/7200s"),
        ("10/48h", Window(10, 172800.0), "10/2d"),
    ],
)
def test_forms_of_a_limit(text: str, window: Window, again: str):
    """A limit is a count over a length with a unit; the length may be left out."""
    assert parse_window(text) == window
    assert str(window) == again


@pytest.mark.parametrize(
    "text", ["", "100", "100/", "/60s", "0/60s", "5/0s", "-1/60s", "1.5/s", "100/60", "100/60w", "1/31d", "1/721h"]
)
def test_what_is_no_limit_is_refused(text: str):
    """Another form, one that allows nothing, or one that the ledger does not reach back for, is a ValueError."""
    with pytest.raises(ValueError, match=r"invalid limit|allows nothing|is too long"):
        parse_window(text)


@given(ANY)
def test_any_text_is_a_limit_or_refused(text: str):
    """Whatever stands in a configuration gives a window that allows something, or ValueError."""
    try:
        window = parse_window(text)
    except ValueError:
        return
    assert window.count >= 1
    assert window.seconds > 0
