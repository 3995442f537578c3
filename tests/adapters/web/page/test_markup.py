from datetime import UTC, datetime

from thesetd.adapters.web.page.markup import Html, badge, element, moment, table

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_text_is_never_markup() -> None:
    """What a provider calls an artist stands as text, in content and in attributes."""
    name = '<script>alert("x")</script>'
    made = element("p", name, title=name)
    assert "<script" not in made
    assert made.count("&lt;script&gt;") == 2
    assert '"x"' not in made


def test_markup_stays_markup() -> None:
    """An element within an element is not escaped again."""
    assert element("p", badge("ok", "good"), "&") == Html('<p><span class="badge good">ok</span>&amp;</p>')


def test_attributes_are_named_as_in_html() -> None:
    """A trailing underscore goes, others are hyphens, None leaves the attribute out."""
    assert element("i", class_="a", aria_label="b", id=None) == '<i class="a" aria-label="b"></i>'


def test_a_moment_is_said_in_words_with_the_exact_one_in_reach() -> None:
    """A reader sees "in 90 s"; the title has the time."""
    made = moment(datetime(2026, 6, 1, 12, 1, 30, tzinfo=UTC), AT)
    assert ">in 90 s</time>" in made
    assert 'title="2026-06-01 12:01:30 UTC"' in made
    assert moment(None, AT) == "never"


def test_a_table_has_headings_that_a_screen_reader_finds() -> None:
    """Columns and rows are named, and the box that scrolls can be reached with the keyboard."""
    made = table("Jobs", ("Lane", "Ready"), [("low", 3)])
    assert '<th scope="col">Ready</th>' in made
    assert '<th scope="row">low</th><td>3</td>' in made
    assert 'tabindex="0" role="region" aria-label="Jobs"' in made
