"""Represents a provider request as a value: what to send, and how to read the answer, without any I/O.

A provider's client builds `Call`s; the pool sends their `request` through the gate and applies `parse` to the response.
So the gate can inspect a request (for limits, cache key, ledger) without knowing the provider, and a test can feed a
recorded body to `parse` without a server.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

import attrs

from thesetd.domain.ids import JobId, ProviderName
from thesetd.domain.music.records import Reject

T_co = TypeVar("T_co", covariant=True)


@attrs.frozen(kw_only=True)
class Request:
    """One HTTP GET to a provider, without credentials.

    `path` is relative to the provider's base URL, or an absolute URL that the provider handed out (`next` links);
    the transport refuses one of another origin. `endpoint` is the label in metrics and ledger, e.g. "artist-albums".
    """

    provider: ProviderName
    endpoint: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    cost: int = 1

    @property
    def key(self) -> str:
        """The canonical form, equal for equal requests; it holds no secret because requests hold none."""
        return f"{self.provider} {self.path}?" + "&".join(f"{k}={v}" for k, v in sorted(self.params))


@attrs.frozen(kw_only=True)
class Response:
    """An answer within all size limits. `json` is the strictly parsed body or None if the body is not JSON.

    Header names are lower case. `received_at` is aware UTC. `body` is what `json` was parsed from, without our secrets,
    where that is known: it can be kept without being written again.
    """

    status: int
    headers: Mapping[str, str]
    received_at: datetime
    json: Any = None
    text: str = attrs.field(default="", repr=False)
    body: bytes = attrs.field(default=b"", repr=False, eq=False)


@attrs.frozen
class Purpose:
    """The origin of a call, for the ledger: its purpose in a word or two, its job, and its request.

    `is_spare` is true if no user waits for it, as for what schedules refresh: it leaves users' reserve and keeps to the
    pace of a daily quota, whatever its lane; see `thesetd.domain.gate.reserve` and `thesetd.domain.gate.pace`. `shared`
    names what several jobs do together, whose calls are admitted like those of one job.
    """

    text: str = "other"
    job_id: JobId | None = None
    request_id: str | None = None
    is_spare: bool = False
    shared: str = ""

    @property
    def work(self) -> str | JobId | None:
        """Return what the call is a part of: shared work, or its job."""
        return self.shared or self.job_id


@attrs.frozen(kw_only=True)
class Call(Generic[T_co]):
    """A request and the pure function that turns its response into a value or raises a `ProviderError`.

    An answer received before `since` (aware UTC) is accepted only while the provider is unavailable.
    """

    request: Request
    parse: Callable[[Response], T_co] = attrs.field(repr=False, eq=False)
    purpose: Purpose = attrs.field(default=Purpose(), eq=False)
    since: datetime | None = attrs.field(default=None, eq=False)

    def on_behalf_of(self, purpose: Purpose, since: datetime | None = None) -> "Call[T_co]":
        """Return the same call with its purpose, and how old its answer may be."""
        return attrs.evolve(self, purpose=purpose, since=since)

    def is_met_by(self, response: Response) -> bool:
        """Return whether an answer to an equal request is recent enough."""
        return self.since is None or response.received_at >= self.since


@attrs.frozen(kw_only=True)
class Page(Generic[T_co]):
    """One page of a list; `next` requests the following one, None at the end by the provider's own rule.

    `total` is the provider's claim. `sent` is the number of items the page originally held, None if all of them are
    usable; `rejects` are the unusable ones. `as_of` is when it was answered by the provider's clock, and never later
    than it was received; None where that does not matter. `rest` are requests for the pages from the next one on, as
    far as `total` and the provider's addresses let them be foreseen: those that `next` will lead to, unless the list
    changes.
    """

    items: tuple[T_co, ...]
    sent: int | None = None
    rejects: tuple[Reject, ...] = ()
    next: "Call[Page[T_co]] | None" = None
    total: int | None = None
    as_of: datetime | None = None
    rest: "tuple[Call[Page[T_co]], ...]" = ()
