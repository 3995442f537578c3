"""The request log, for tests and users: arrivals in order, and their answers."""

from collections import Counter, deque
from collections.abc import Iterable
from datetime import datetime

import attrs

from thesetd.ports.clock import Clock
from thesetd.sandbox.listing import Json

CAPACITY = 20_000  # entries kept, about 10 MB; the counts continue beyond them
_SECRET = frozenset({"apikey"})


@attrs.define(kw_only=True)
class LogEntry:
    """One arrival. `status` is None until it is answered, 0 if the client disconnected before that."""

    seq: int
    monotonic_s: float
    at: datetime
    provider: str
    method: str
    path: str
    endpoint: str
    params: list[tuple[str, str]]
    status: int | None = None

    def as_json(self) -> Json:
        """Return the entry as JSON values."""
        return {**attrs.asdict(self), "at": self.at.isoformat()}


class RequestLog:
    """The last arrivals, and counts of all since the last reset."""

    def __init__(self, clock: Clock, capacity: int = CAPACITY) -> None:
        self._clock = clock
        self._entries: deque[LogEntry] = deque(maxlen=capacity)
        self._counts: Counter[tuple[str, str, int]] = Counter()
        self._seq = 0

    def arrived(
        self,
        *,
        monotonic_s: float,
        provider: str,
        endpoint: str,
        method: str,
        path: str,
        params: Iterable[tuple[str, str]],
    ) -> LogEntry:
        """Record an arrival, without credentials among its parameters."""
        self._seq += 1
        entry = LogEntry(
            seq=self._seq,
            monotonic_s=monotonic_s,
            at=self._clock.now(),
            provider=provider,
            method=method,
            path=path,
            endpoint=endpoint,
            params=[(name, value) for name, value in params if name.lower() not in _SECRET],
        )
        self._entries.append(entry)
        return entry

    def answered(self, entry: LogEntry, status: int) -> None:
        """Record the answer to an arrival."""
        entry.status = status
        self._counts[entry.provider, entry.endpoint, status] += 1

    def since(self, seq: int) -> list[LogEntry]:
        """Return the kept arrivals after this sequence number, oldest first."""
        return [entry for entry in self._entries if entry.seq > seq]

    def counts(self) -> Json:
        """Return the numbers of answers as provider: endpoint: status: count."""
        tree: Json = {}
        for (provider, endpoint, status), count in sorted(self._counts.items()):
            tree.setdefault(provider, {}).setdefault(endpoint, {})[str(status)] = count
        return tree

    def reset(self) -> None:
        """Forget everything; sequence numbers continue."""
        self._entries.clear()
        self._counts.clear()
