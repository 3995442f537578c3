"""A provider request as a value: what to send, and how to read the answer, without any I/O.

A provider's client builds `Call`s; the pool sends their `request` through the gate and applies `parse` to the response.
So the gate can look at a request (for limits, cache key, ledger) without knowing the provider, and a test can
feed a recorded body to `parse` without a server.
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
    """One HTTP GET of a provider, without credentials.

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
        """The canonical form, equal for equal requests; holds no secret because requests hold none."""
        return f"{self.provider} {self.path}?" + "&".join(f"{k}={v}" for k, v in sorted(self.params))


@attrs.frozen(kw_only=True)
class Response:
    """An answer within all bounds. `json` is the strictly parsed body or None if the body is not JSON.

    Header names are lower case. `received_at` is aware UTC.
    """

    status: int
    headers: Mapping[str, str]
    received_at: datetime
    json: Any = None
    text: str = attrs.field(default="", repr=False)


@attrs.frozen
class Purpose:
    """On whose behalf a call is made, for the ledger: what for, in a word or two, which job, and which request."""

    text: str = "other"
    job_id: JobId | None = None
    request_id: str | None = None


@attrs.frozen(kw_only=True)
class Call(Generic[T_co]):
    """A request and the pure function that turns its response into a value or raises a `ProviderError`.

    An answer that was received before `since` (aware UTC) will do only while the provider cannot be asked.
    """

    request: Request
    parse: Callable[[Response], T_co] = attrs.field(repr=False, eq=False)
    purpose: Purpose = attrs.field(default=Purpose(), eq=False)
    since: datetime | None = attrs.field(default=None, eq=False)

    def on_behalf_of(self, purpose: Purpose, since: datetime | None = None) -> "Call[T_co]":
        """Return the same call with its purpose, and how old its answer may be."""
        return attrs.evolve(self, purpose=purpose, since=since)

    def is_met_by(self, response: Response) -> bool:
        """Return whether this answer to an equal request is young enough."""
        return self.since is None or response.received_at >= self.since


@attrs.frozen(kw_only=True)
class Page(Generic[T_co]):
    """One page of a list; `next` asks for the following one, None at the end by the provider's own rule.

    `total` is the provider's claim, `sent` how many items the page held as it came, None if all of them are usable;
    those that are not are `rejects`.
    """

    items: tuple[T_co, ...]
    sent: int | None = None
    rejects: tuple[Reject, ...] = ()
    next: "Call[Page[T_co]] | None" = None
    total: int | None = None
