"""Renders live events once for all readers of a stream."""

from thesetd.adapters.web.listener.push import Mark
from thesetd.adapters.web.streams.replays import frame
from thesetd.domain.ids import JobId
from thesetd.domain.work.progress import CommittedEvent

# Streams of all jobs, and those of jobs that run: readers of each get the same events at the same time.
_REMEMBERED = 16

Events = tuple[CommittedEvent, ...]


class LiveFrames:
    """Remembers the last piece of each stream as it is written to sockets."""

    def __init__(self) -> None:
        """Start with none."""
        self._last: dict[tuple[JobId | None, Mark], tuple[Events, bytes]] = {}

    def of(self, events: Events, job_id: JobId | None, mark: Mark) -> bytes:
        """Return events, at least one, as marked frames of a job's stream, or of that of all jobs."""
        known = self._last.get((job_id, mark))
        if known is not None and _same(known[0], events):
            return known[1]
        if len(self._last) >= _REMEMBERED:
            self._last.clear()
        data = mark(b"".join(map(frame, events)))
        self._last[job_id, mark] = (events, data)
        return data


def _same(known: Events, events: Events) -> bool:
    """Return whether these are the same events of one stream: it has no gaps, so the ends and the length decide."""
    return known[0] is events[0] and known[-1] is events[-1] and len(known) == len(events)
