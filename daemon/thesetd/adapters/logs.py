"""Logs one fact per line to standard error: text for a terminal and the journal, JSON elsewhere, never both.

In the journal each line has its priority, and fields to select by: THESETD_EVENT, THESETD_JOB, THESETD_PROVIDER,
THESETD_ACTOR and one for each other value of the fact.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, TextIO

import attrs
import structlog

from thesetd.adapters.log_sinks import Journal, Sink, StreamSink, TextSink
from thesetd.domain import facts
from thesetd.domain.facts import Fact
from thesetd.domain.music.names import printable
from thesetd.domain.webhooks import WebhookServed

# Facts that are not listed are logged at debug level.
_LEVELS: Mapping[type, int] = {
    facts.ActorCrashed: logging.ERROR,
    facts.ActorGaveUp: logging.CRITICAL,
    facts.ActorUnstopped: logging.WARNING,
    facts.HardDeadlineMet: logging.CRITICAL,
    facts.ServerAwaited: logging.WARNING,
    facts.Reloaded: logging.WARNING,
    facts.ReloadRefused: logging.ERROR,
    facts.ActorFroze: logging.CRITICAL,
    facts.ActorThawed: logging.WARNING,
    facts.DependencyLost: logging.ERROR,
    facts.DependencyReturned: logging.WARNING,
    facts.BreakerMoved: logging.WARNING,
    facts.StoreWaited: logging.WARNING,
    facts.CallsUnrecorded: logging.WARNING,
    facts.RowRejected: logging.WARNING,
    facts.BusWaited: logging.WARNING,
    facts.ProviderPenalised: logging.WARNING,
    facts.ProviderUnused: logging.WARNING,
    facts.SettingIgnored: logging.WARNING,
    facts.ListenerExposed: logging.WARNING,
    facts.ProviderDegraded: logging.WARNING,
    facts.ServerRestarted: logging.ERROR,
    facts.ProviderHeld: logging.WARNING,
    facts.ProviderReleased: logging.WARNING,
    facts.CapabilitiesLearned: logging.WARNING,
    facts.JobSuspected: logging.WARNING,
    facts.CheckpointDropped: logging.WARNING,
    facts.JobClaimed: logging.INFO,
    facts.JobEnded: logging.INFO,
    facts.JobsRecovered: logging.INFO,
    facts.PredictionScored: logging.INFO,
    facts.PauseChanged: logging.WARNING,
    facts.ScheduleFired: logging.INFO,
    facts.StaleServed: logging.INFO,
}

# Outcomes of calls that are unusual, and for which a user may have been referred to the log.
_ODD_OUTCOMES = frozenset({"BadPayload", "CapabilityGone", "Refused", "Suspended", "Unauthorized"})

_REPEATED = (facts.BusWaited, facts.StoreWaited, facts.BreakerMoved, WebhookServed)
REPEAT_S = 60.0

_PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}  # syslog(3)


# Names of journal fields; every other field is named after its key, in capitals.
_FIELD_NAMES = {"job_id": "JOB", "request_id": "REQUEST"}
_APART = frozenset({"event", "level", "exception"})  # not part of a line


class Log:
    """The process's log. `level` may be changed at any time."""

    def __init__(self, *, level: str, render: Any, sink: Sink, journal: Journal | None = None, text: bool) -> None:
        """Take the format and the sink of lines; `make_logger` combines them."""
        self.level = level
        self._render = render
        self._sink = sink
        self._journal = journal
        self._text = text

    @property
    def level(self) -> str:
        """Return the lowest level that is written."""
        return self._level

    @level.setter
    def level(self, name: str) -> None:
        self._level = name
        self._threshold = logging.getLevelNamesMapping()[name.upper()]

    @property
    def is_text(self) -> bool:
        """Return whether lines are text rather than JSON."""
        return self._text

    @property
    def lost(self) -> int:
        """Return how many lines could not be written."""
        return self._sink.lost

    def writes(self, level: int) -> bool:
        """Return whether lines of a level are written."""
        return level >= self._threshold

    def log(self, level: int, event: str, **values: Any) -> None:
        """Write one line, if the level is written."""
        if not self.writes(level):
            return
        name = logging.getLevelName(level).lower()
        entry = structlog.processors.format_exc_info(self, name, {**values, "event": event, "level": name})
        shown = _printable(entry) if self._text else dict(entry)
        if self._journal is None:
            self._sink.write(self._render(self, name, shown))
        else:
            self._enter(level, _sentence(shown) if self._text else self._render(self, name, shown), entry)

    def last_words(self, text: str) -> None:
        """Write why the process ends, in the format of the stream."""
        if self._text:
            self._enter(logging.ERROR, printable(f"thesetd: {text}"), {"event": "Ended"})
        else:
            self.log(logging.ERROR, "Ended", error=text)

    def _enter(self, level: int, message: str, values: Mapping[str, Any]) -> None:
        priority = _PRIORITIES.get(logging.getLevelName(level).lower(), 6)
        if self._journal is None:
            self._sink.write(message)
            return
        named = {
            f"THESETD_{_FIELD_NAMES.get(key, key.upper())}": str(value)
            for key, value in values.items()
            if value is not None and key not in {"level", "exception"}
        }
        entry = {"MESSAGE": message, "PRIORITY": str(priority), "SYSLOG_IDENTIFIER": "thesetd", **named}
        if not self._journal.send(entry):
            self._sink.write(f"<{priority}>{' '.join(message.split())}")  # as in sd-daemon(3), on one line


def _printable(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a fact as text shows it: each value in one line, but for a traceback."""
    shown = {key: printable(value) if isinstance(value, str) else value for key, value in entry.items()}
    if trace := entry.get("exception"):
        shown["exception"] = "\n".join(map(printable, trace.split("\n")))
    return shown


def _sentence(entry: Mapping[str, Any]) -> str:
    """Return a fact as one line of text: its name and fields, with a traceback beneath."""
    said = " ".join(f"{key}={_plain(value)}" for key, value in entry.items() if key not in _APART)
    trace = entry.get("exception")
    return f"{entry['event']} {said}".rstrip() + (f"\n{trace}" if trace else "")


def _plain(value: Any) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if text and " " not in text else repr(text)


def _says(field: "attrs.Attribute[Any]", value: object) -> bool:
    """Return whether a line shows a field: work that no request started has no request id."""
    return field.name != "request_id" or value is not None


class LogObserver:
    """Writes facts to the log; see `thesetd.ports.observer.Observer`.

    While a server is unavailable the same retry is reported every second: it is logged once a minute.
    """

    def __init__(self, logger: Log, *, now: Callable[[], float] = time.monotonic) -> None:
        """Take the log; `now` returns seconds."""
        self._logger = logger
        self._now = now
        self._written: dict[object, float] = {}

    def notify(self, fact: Fact) -> None:
        """Write one line."""
        level = _LEVELS.get(type(fact), logging.DEBUG)
        if isinstance(fact, facts.JobEnded) and fact.error:
            level = logging.WARNING
        if isinstance(fact, facts.CallFinished) and fact.outcome in _ODD_OUTCOMES:
            level = logging.WARNING
        if isinstance(fact, WebhookServed) and (fact.failed or fact.dead):
            level = logging.WARNING
        if isinstance(fact, _REPEATED) and self._is_repeated(fact):
            level = logging.DEBUG
        if self._logger.writes(level):  # most facts of a call are not: reading their fields took a fiftieth of it
            self._logger.log(level, type(fact).__name__, **attrs.asdict(fact, filter=_says))

    def _is_repeated(self, fact: Fact) -> bool:
        """Return whether a line with the same content, apart from times, was written within the last minute."""
        now = self._now()
        self._written = {said: at for said, at in self._written.items() if now - at < REPEAT_S}
        said = (type(fact), *(value for value in attrs.astuple(fact) if not isinstance(value, float)))
        if said in self._written:
            return True
        self._written[said] = now
        return False


class _Forward(logging.Handler):
    """Passes the lines of libraries, and of our own modules that use only `logging`, to the same log."""

    def __init__(self, logger: Log) -> None:
        super().__init__(logging.WARNING)
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        self._logger.log(record.levelno, record.name, message=record.getMessage(), exc_info=record.exc_info)


def take_over_logging(logger: Log) -> None:
    """Send warnings and errors of libraries through our log, and the traceback of any internal error.

    Below warnings httpx2 logs addresses that hold keys. Output that Python itself would write in plain text among our
    lines is included: warnings, and errors raised by a thread or a finalizer.
    """
    logging.basicConfig(handlers=[_Forward(logger)], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)

    def hook(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        logger.log(logging.CRITICAL, "Defect", error=str(error), exc_info=(kind, error, trace))

    sys.excepthook = hook
    threading.excepthook = lambda found: hook(found.exc_type, found.exc_value, found.exc_traceback)
    sys.unraisablehook = lambda found: hook(found.exc_type, found.exc_value, found.exc_traceback)


def make_logger(*, level: str, style: str, journal: bool, stream: TextIO | None = None) -> Log:
    """Make the process's log.

    Args:
        level: debug, info, warning or error; lower levels are not written.
        style: text, json, or auto: text on a terminal and in the journal, JSON elsewhere.
        journal: whether standard error leads to the journal.
        stream: where lines go; standard error by default.
    """
    on_terminal = stream.isatty() if stream else os.isatty(2)
    text = style == "text" or (style == "auto" and (journal or on_terminal))
    render = structlog.dev.ConsoleRenderer(colors=on_terminal) if text else _as_json
    stamp = structlog.processors.TimeStamper(fmt="%H:%M:%S" if text else "iso", utc=not text)

    def stamped(logger: Any, method: str, entry: Any) -> Any:
        return render(logger, method, stamp(logger, method, entry))

    sink = TextSink(stream) if stream else StreamSink(2)
    return Log(level=level, render=stamped, sink=sink, journal=Journal() if journal else None, text=text)


_as_json = structlog.processors.JSONRenderer(default=str)
