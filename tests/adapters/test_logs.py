"""Logs: one fact per line, the level by its kind, libraries' warnings included, secrets never."""

import io
import json
import logging
import socket
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from counting import calls_of
from sample_facts import KINDS, sample
from thesetd.adapters import log_sinks
from thesetd.adapters.logs import LogObserver, make_logger, take_over_logging
from thesetd.domain import facts
from thesetd.domain.ids import SPOTIFY, JobId


@pytest.fixture
def _logging_as_before() -> Iterator[None]:
    """Put back the handlers of pytest."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    yield
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
    logging.captureWarnings(capture=False)
    root.handlers[:], root.level = handlers, level


def ended(error: str | None = None) -> facts.JobEnded:
    """Make a fact."""
    return facts.JobEnded(job_id=JobId(7), kind="import_artist", state="done", seconds=1.5, error=error)


def test_a_fact_is_one_line_of_json_named_after_its_class() -> None:
    """The event is the class's name, the fields are keys, the time is ISO in UTC."""
    stream = io.StringIO()
    LogObserver(make_logger(level="info", style="json", journal=False, stream=stream)).notify(ended())
    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"], line["job_id"], line["seconds"]) == ("JobEnded", "info", 7, 1.5)
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("style", ["text", "json"])
def test_no_value_breaks_a_line(style: str) -> None:
    """A name may hold line ends, terminal sequences and overrides of direction: text shows them, JSON keeps them."""
    stream = io.StringIO()
    LogObserver(make_logger(level="info", style=style, journal=False, stream=stream)).notify(
        ended("artist\x1b[31m\x9b2J\u202e")
    )
    assert stream.getvalue().count("\n") == 1
    if style == "json":
        assert json.loads(stream.getvalue())["error"] == "artist\x1b[31m\x9b2J\u202e"
    else:
        assert "=artist\\x1b[31m\\x9b2J\\u202e" in stream.getvalue()


def test_the_journal_and_last_words_have_whole_lines(tmp_path: Path) -> None:
    """A value without a blank is one, too; a traceback keeps its lines, without what a terminal would obey."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as taken:
        taken.bind(str(tmp_path / "journal"))
        stream = io.StringIO()
        log = make_logger(level="info", style="text", journal=False, stream=stream)
        log._journal = log_sinks.Journal(tmp_path / "journal")
        log.log(logging.ERROR, "Odd", name="a\nb\x1b")
        assert b"MESSAGE=Odd name='a b\\\\x1b'\n" in taken.recv(9999)
        log.last_words("bad\nname\x1b[2J")
        assert b"MESSAGE=thesetd: bad name\\x1b[2J\n" in taken.recv(9999)
    log._journal = None
    try:
        raise ValueError("one\ntwo\x1b[2J")
    except ValueError:
        log.log(logging.ERROR, "Crash", exc_info=True)
    assert "\ntwo\\x1b[2J" in stream.getvalue()


def test_levels_filter_and_failures_are_warnings() -> None:
    """At level warning a finished job is silent and a failed one is not; most facts are for debugging."""
    stream = io.StringIO()
    observer = LogObserver(make_logger(level="warning", style="json", journal=False, stream=stream))
    observer.notify(ended())
    observer.notify(facts.EventsPublished(count=1, upto=1))
    assert stream.getvalue() == ""
    observer.notify(ended("no artist found"))
    assert json.loads(stream.getvalue())["level"] == "warning"


def test_the_fields_of_a_fact_that_is_not_written_are_not_read() -> None:
    """A call has several facts, which are for debugging: noting one takes a few calls of functions."""
    observer = LogObserver(make_logger(level="info", style="json", journal=False, stream=io.StringIO()))
    fact = sample(facts.CallFinished)
    assert calls_of(lambda: observer.notify(fact)) <= 12


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_fact_has_its_line(kind: type[facts.Fact]) -> None:
    """At level debug each kind is one line of JSON with all its fields."""
    stream = io.StringIO()
    LogObserver(make_logger(level="debug", style="json", journal=False, stream=stream)).notify(sample(kind))
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert line["event"] == kind.__name__
    assert {field.name for field in attrs.fields(kind)} <= line.keys()


@pytest.mark.parametrize(
    "kind", [facts.ProviderPenalised, facts.ProviderDegraded, facts.BreakerMoved, facts.ActorCrashed, facts.RowRejected]
)
def test_what_an_operator_should_see_is_a_warning_or_worse(kind: type[facts.Fact]) -> None:
    """It is written at level warning, too."""
    stream = io.StringIO()
    LogObserver(make_logger(level="warning", style="json", journal=False, stream=stream)).notify(sample(kind))
    assert json.loads(stream.getvalue())["event"] == kind.__name__


def test_what_is_noticed_every_second_is_a_line_a_minute() -> None:
    """Of each thing that is said: another error, and another breaker, are lines of their own at once."""
    stream, now = io.StringIO(), [0.0]
    log = make_logger(level="info", style="json", journal=False, stream=stream)
    observer = LogObserver(log, now=lambda: now[0])
    for second in range(150):
        now[0] = float(second)
        observer.notify(facts.BusWaited(error="full", retry_in_s=1.0 + second))
        if second in {70, 75}:
            observer.notify(facts.BusWaited(error="away", retry_in_s=1.0))
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["error"], line["retry_in_s"]) for line in lines] == [
        ("full", 1.0), ("full", 61.0), ("away", 1.0), ("full", 121.0)
    ]  # fmt: skip


@pytest.mark.parametrize(("outcome", "lines"), [("ok", 0), ("NotFound", 0), ("CapabilityGone", 1), ("BadPayload", 1)])
def test_a_call_that_ends_oddly_is_a_warning(outcome: str, lines: int) -> None:
    """What a person may have been told is in the log; what happens every day is not."""
    stream = io.StringIO()
    fact = facts.CallFinished(
        provider=SPOTIFY, endpoint="album", lane="high", outcome=outcome, latency_s=0.1, waited_s=0.0
    )
    LogObserver(make_logger(level="info", style="json", journal=False, stream=stream)).notify(fact)
    assert len(stream.getvalue().splitlines()) == lines


def test_the_journal_gets_text_with_priority_and_fields(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fact is a plain sentence there, its job, provider and actor are fields, a failure has a warning's priority."""
    monkeypatch.setattr(log_sinks, "JOURNAL_SOCKET", tmp_path / "journal")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journald:
        journald.bind(str(tmp_path / "journal"))
        log = make_logger(level="info", style="auto", journal=True, stream=io.StringIO())
        LogObserver(log).notify(ended("no artist found"))
        log.last_words("database.dsn: malformed")
        fact, end = (dict(line.split("=", 1) for line in journald.recv(4096).decode().splitlines()) for _ in range(2))
    said = "JobEnded job_id=7 kind=import_artist state=done seconds=1.5 error='no artist found'"
    assert (fact["MESSAGE"], fact["PRIORITY"]) == (said, "4")
    assert (fact["THESETD_EVENT"], fact["THESETD_JOB"], fact["THESETD_KIND"]) == ("JobEnded", "7", "import_artist")
    assert (end["MESSAGE"], end["PRIORITY"]) == ("thesetd: database.dsn: malformed", "3")


def test_without_its_socket_the_journal_gets_priorities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then each line begins with the number that sd-daemon(3) gives its level."""
    monkeypatch.setattr(log_sinks, "JOURNAL_SOCKET", tmp_path / "none")
    stream = io.StringIO()
    LogObserver(make_logger(level="info", style="text", journal=True, stream=stream)).notify(ended())
    assert stream.getvalue() == "<6>JobEnded job_id=7 kind=import_artist state=done seconds=1.5 error=None\n"


def test_the_last_line_has_the_form_of_the_others() -> None:
    """In JSON it is a fact like any other; in text it is what a command says."""
    stream = io.StringIO()
    make_logger(level="info", style="json", journal=False, stream=stream).last_words("too bad")
    line = json.loads(stream.getvalue())
    assert (line["event"], line["error"], line["level"]) == ("Ended", "too bad", "error")
    stream = io.StringIO()
    make_logger(level="info", style="text", journal=False, stream=stream).last_words("too bad")
    assert stream.getvalue() == "thesetd: too bad\n"


def test_auto_writes_json_where_nobody_looks() -> None:
    """A stream that is no terminal gets JSON."""
    stream = io.StringIO()
    LogObserver(make_logger(level="info", style="auto", journal=False, stream=stream)).notify(ended())
    assert json.loads(stream.getvalue())


@pytest.mark.usefixtures("_logging_as_before")
def test_warnings_of_libraries_come_along_and_their_chatter_does_not() -> None:
    """A warning is a line with its logger's name and traceback; httpx2's address lines at INFO stay out."""
    stream = io.StringIO()
    take_over_logging(make_logger(level="debug", style="json", journal=False, stream=stream))
    logging.getLogger("httpx2").info("HTTP Request: GET https://x/?apikey=hush")
    assert stream.getvalue() == ""
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        logging.getLogger("thesetd.web").exception("a request failed")
    line = json.loads(stream.getvalue())
    assert (line["event"], line["message"], line["level"]) == ("thesetd.web", "a request failed", "error")
    assert "ZeroDivisionError" in line["exception"]


@pytest.mark.usefixtures("_logging_as_before")
def test_what_python_would_write_itself_has_the_form_of_the_others() -> None:
    """A warning, and what a thread or a finalizer raises, are lines like all others: a reader parses every one."""

    class Odd:
        def __del__(self) -> None:
            raise ZeroDivisionError

    def fail() -> None:
        raise ZeroDivisionError

    stream = io.StringIO()
    take_over_logging(make_logger(level="info", style="json", journal=False, stream=stream))
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("the password file may be read by others", UserWarning, stacklevel=1)
    odd = Odd()
    del odd
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    warned, *defects = map(json.loads, stream.getvalue().splitlines())
    assert (warned["event"], warned["level"]) == ("py.warnings", "warning")
    assert "may be read by others" in warned["message"]
    assert [line["event"] for line in defects] == ["Defect", "Defect"]
    assert all("ZeroDivisionError" in line["exception"] for line in defects)
