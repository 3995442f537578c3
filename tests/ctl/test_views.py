import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from thesetd.ctl import views
from thesetd.ctl.tables import LONGEST, table
from thesetd.ctl.views import JsonLines, Lines, bar, counts_text, echo, expected_text, print_line, view, warn

EVENT = {
    "seq": 3,
    "job_id": 17,
    "slug": "gorillaz",
    "status": "syncing-catalog",
    "progress": 86,
    "message": "Building complete song library...",
    "counts": {"albums": 12, "albums_total": 81},
}


ODD = "a\nb\tc\x1b[31m\x9b2J\u202e"


def test_text_from_anywhere_is_printed_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines, warnings, events and tables: a terminal obeys nothing in them."""
    line = "a b c\\x1b[31m\\x9b2J\\u202e"
    echo(ODD)
    print_line(ODD)
    warn(ODD)
    Lines().show(EVENT | {"message": ODD})
    table(("NAME", "WHY"), [(ODD, "why")])
    out, err = capsys.readouterr()
    assert out.count(line) == 4
    assert err == f"thesetctl: {line}\n"
    assert len(out.splitlines()) == 5
    assert "\x1b" not in out


def test_a_long_text_does_not_push_the_other_columns_away(capsys: pytest.CaptureFixture[str]) -> None:
    """It is shortened in a table, and marked so."""
    table(("WHY", "NAME"), [("x" * 10_000, "Anna"), ("y" * LONGEST, "Bea")])
    _, anna, bea = capsys.readouterr().out.splitlines()
    assert anna == "x" * (LONGEST - 3) + "...  Anna"
    assert bea == "y" * LONGEST + "  Bea"


def test_a_bar_obeys_nothing() -> None:
    """Neither its title nor its message moves the cursor."""
    out = io.StringIO()
    with bar(ODD, Console(file=out, width=100)) as moving:
        moving.show(EVENT | {"message": ODD})
        moving.note(ODD)
    assert "\x1b[31m" not in out.getvalue()
    assert "a b c" in out.getvalue()


def test_commands_print_through_the_views() -> None:
    """The one place that makes text fit to print; a completion script and manual pages have lines of their own."""
    folder = Path(views.__file__).parent
    printing = {
        str(path.relative_to(folder)) for path in folder.rglob("*.py") if re.search("click.s?echo", path.read_text())
    }
    assert printing == {"completion.py", "manual.py", "views.py"}


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({}, ""),
        ({"shows": 3}, "shows 3"),
        ({"albums": 12, "albums_total": 81, "songs": 0}, "albums 12/81, songs 0"),
        ({"albums_total": 81}, "albums total 81"),
        ({"actual_setlists": 4}, "actual setlists 4"),
        ({"albums": 12, "albums_missing": 0}, "albums 12"),
        ({"albums": 12, "albums_missing": 2}, "albums 12, albums missing 2"),
        (
            {"songs": 3, "venues": 1, "setlists": 2, "past_setlists": 4},
            "past setlists 4, venues 1, songs 3, setlists 2",
        ),
    ],
)
def test_counts(counts: dict[str, int], text: str) -> None:
    """Counts read as "albums 12/81"; a total without its count is a count; in the order of an import."""
    assert counts_text(counts) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        ((20, 12, 40), "about 20 s left (12 to 40 s)"),
        ((300, 60, 3600), "about 5 min left (1 to 60 min)"),
        ((-3, -9, 5), "about 0 s left (0 to 5 s)"),
    ],
)
def test_the_time_that_is_left_is_said_in_words(seconds: tuple[int, int, int], text: str) -> None:
    """From the moment of the event on; nothing is said if nothing is expected."""
    at = datetime(2026, 6, 1, tzinfo=UTC)
    moments = [(at + timedelta(seconds=one)).isoformat() for one in seconds]
    fields = ("expected_at", "expected_from", "expected_until")
    assert expected_text({"at": at.isoformat(), **dict(zip(fields, moments, strict=True))}) == text
    assert expected_text({"at": at.isoformat(), **dict.fromkeys(fields)}) == ""


def test_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """A plain line holds percent, stage, message and counts; with several jobs, the job and its artist first."""
    Lines().show(EVENT)
    Lines(with_job=True).show(EVENT | {"slug": None, "counts": {}})
    first, second = capsys.readouterr().out.splitlines()
    assert first == " 86 %  syncing-catalog  Building complete song library...  (albums 12/81)"
    assert second.split() == ["17", "-", "86", "%", "syncing-catalog", "Building", "complete", "song", "library..."]


def test_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Each event is one line of JSON on standard output; notes stay out of it."""
    JsonLines().show(EVENT)
    JsonLines().note("waiting")
    captured = capsys.readouterr()
    assert json.loads(captured.out) == EVENT
    assert captured.err == "thesetctl: waiting\n"


def test_choice() -> None:
    """Without a terminal the view is plain lines, or JSON where that is asked for."""
    with view(as_json=False, title="x") as plain, view(as_json=True, title="x") as lines:
        assert isinstance(plain, Lines)
        assert isinstance(lines, JsonLines)


@pytest.mark.parametrize("width", [60, 80, 160])
@pytest.mark.parametrize("name", ["Cher", "Comets [red]of[/red] Mbeki and the " + "very " * 9 + "long name"])
def test_bar_fits(width: int, name: str) -> None:
    """At any usual width the last picture holds a bar of some length, the percentage, the message and every count."""
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=True, color_system=None, legacy_windows=False)
    counts = {"shows": 58, "past_setlists": 37, "venues": 43, "albums": 14, "albums_total": 14, "songs": 93}
    with bar(name, console) as moving:
        moving.show(EVENT | {"counts": counts})
    picture = file.getvalue().rpartition("\x1b[2K")[2]
    lines = [line.rstrip() for line in picture.replace("\x1b[?25h", "").splitlines()]
    assert all(len(line) <= width for line in lines)
    first, *below = lines
    assert first.startswith(name[:9])
    assert first.count("━") == 24  # 86 % of 28; the rest is dim, which shows only in colour
    assert first.endswith(" 86%")
    assert " ".join(" ".join(below).split()) == (
        "Building complete song library... shows 58, past setlists 37, venues 43, albums 14/14, songs 93"
    )
