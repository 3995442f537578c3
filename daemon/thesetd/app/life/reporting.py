"""Reports what the daemon is doing in the line that `systemctl status` shows."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

import trio

from thesetd.adapters.systemd import Notifier
from thesetd.adapters.web.readiness import TOLD, is_ready
from thesetd.domain.errors import ThesetdError
from thesetd.domain.facts import Fact, JobClaimed, JobEnded
from thesetd.domain.ticks import tick_within
from thesetd.domain.work.deferrals import Deferred
from thesetd.domain.work.jobs import JobKind
from thesetd.ports.probes import OK, is_trouble

EVERY_S = 5.0
LONGEST = 300


class Reporter:
    """Counts running jobs, and keeps the line up to date; an observer of facts."""

    def __init__(self, notifier: Notifier) -> None:
        """Take the receiver."""
        self._notifier = notifier
        self._running: dict[int, str] = {}
        self._last_line = ""

    def notify(self, fact: Fact) -> None:
        """Count the jobs that run on this node; see `thesetd.ports.observer.Observer`."""
        if isinstance(fact, JobClaimed):
            self._running[fact.job_id] = fact.kind
        elif isinstance(fact, JobEnded):
            self._running.pop(fact.job_id, None)

    async def run(
        self, checks: Callable[[], Mapping[str, str]], deferred: Callable[[], Awaitable[Sequence[Deferred]]]
    ) -> None:
        """Report to the service manager whenever the status line changes, until cancelled."""
        self._last_line = ""
        while True:
            found: Mapping[str, str] = checks()
            waiting: Sequence[Deferred] = ()
            if found.get("database") == OK:
                with suppress(ThesetdError):
                    waiting = await deferred()
            line = self.line(found, waiting)
            if line != self._last_line:
                self._notifier.status(line)
                self._last_line = line
            await trio.sleep_until(tick_within(trio.current_time(), EVERY_S))

    def line(self, checks: Mapping[str, str], deferred: Sequence[Deferred] = ()) -> str:
        """Return the line: readiness, what runs, what is missing, which providers are held or paused, what waits."""
        lacking = [f"{name}: {result}" for name, result in checks.items() if not _is_fine(name, result)]
        held = [f"{name}: {result}" for name, result in checks.items() if name.startswith(TOLD) and is_trouble(result)]
        waiting = [
            f"{_counted(group.jobs, 'job')} waiting for {group.waits_for.words} until {group.due:%d %b %H:%M:%S} UTC"
            for group in deferred
        ]
        word = "ready" if is_ready(dict(checks)) else "not ready"
        return "; ".join([word, self._work(), *lacking, *held, *waiting])[:LONGEST]

    def _work(self) -> str:
        kinds = Counter(self._running.values())
        imports = kinds.pop(JobKind.IMPORT_ARTIST.value, 0)
        parts = [_counted(imports, "import")] if imports else []
        if others := sum(kinds.values()):
            parts.append(_counted(others, "other job" if imports else "background job"))
        return " and ".join(parts) + " running" if parts else "idle"


def _is_fine(name: str, result: str) -> bool:
    return is_ready({name: result})


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
