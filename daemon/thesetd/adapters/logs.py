"""Logs: one fact per line, to standard error; text for a terminal, JSON elsewhere, priorities where journald reads."""

import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any, TextIO

import attrs
import structlog

from thesetd.domain import facts
from thesetd.domain.facts import Fact

# Where a fact is not listed it is of interest only when one looks closely.
_LEVELS: Mapping[type, int] = {
    facts.ActorCrashed: logging.ERROR,
    facts.ActorGaveUp: logging.CRITICAL,
    facts.ActorUnstopped: logging.WARNING,
    facts.HardDeadlineMet: logging.CRITICAL,
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
    facts.ProviderDegraded: logging.WARNING,
    facts.ProviderHeld: logging.WARNING,
    facts.ProviderReleased: logging.WARNING,
    facts.CapabilitiesLearned: logging.WARNING,
    facts.JobSuspected: logging.WARNING,
    facts.CheckpointDropped: logging.WARNING,
    facts.JobClaimed: logging.INFO,
    facts.JobEnded: logging.INFO,
    facts.JobsRecovered: logging.INFO,
    facts.PauseChanged: logging.WARNING,
    facts.ScheduleFired: logging.INFO,
    facts.StaleServed: logging.INFO,
}

# Of calls: these are nobody's everyday, and a person may have been told that the log has more.
_ODD_OUTCOMES = frozenset({"BadPayload", "CapabilityGone", "Refused", "Suspended", "Unauthorized"})

# sd-daemon(3): a line that begins with <N> has that priority in the journal.
_PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}


class LogObserver:
    """Writes facts to the log; see `thesetd.ports.observer.Observer`."""

    def __init__(self, logger: Any) -> None:
        """Take a structlog logger."""
        self._logger = logger

    def notify(self, fact: Fact) -> None:
        """Write one line."""
        level = _LEVELS.get(type(fact), logging.DEBUG)
        if isinstance(fact, facts.JobEnded) and fact.error:
            level = logging.WARNING
        if isinstance(fact, facts.CallFinished) and fact.outcome in _ODD_OUTCOMES:
            level = logging.WARNING
        self._logger.log(level, type(fact).__name__, **attrs.asdict(fact))


class _Forward(logging.Handler):
    """Brings the lines of libraries, and of our own modules that know only `logging`, into the same log."""

    def __init__(self, logger: Any) -> None:
        super().__init__(logging.WARNING)
        self._logger = logger

    def emit(self, record: logging.LogRecord) -> None:
        self._logger.log(record.levelno, record.name, message=record.getMessage(), exc_info=record.exc_info)


def take_over_logging(logger: Any) -> None:
    """Send libraries' warnings and worse through our logger; below that, httpx writes addresses that hold keys."""
    logging.basicConfig(handlers=[_Forward(logger)], level=logging.WARNING, force=True)


def make_logger(*, level: str, style: str, journal: bool, stream: TextIO = sys.stderr) -> Any:
    """Make the process's logger.

    Args:
        level: debug, info, warning or error: what is below is not written.
        style: text, json, or auto: text on a terminal, JSON elsewhere.
        journal: put systemd's priority prefix before each line.
        stream: where lines go.
    """
    text = style == "text" or (style == "auto" and stream.isatty())
    render: Any = (
        structlog.dev.ConsoleRenderer(colors=stream.isatty())
        if text
        else structlog.processors.JSONRenderer(default=str)
    )
    processors: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if text else "iso", utc=not text),
        *([_prioritise(render)] if journal else [render]),
    ]
    return structlog.wrap_logger(
        structlog.PrintLogger(stream),
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
    )


def _prioritise(render: Any) -> Callable[[Any, str, Any], str]:
    def processor(logger: Any, method: str, event: Any) -> str:
        priority = _PRIORITIES.get(event.get("level", "info"), 6)
        return f"<{priority}>{render(logger, method, event)}"

    return processor
