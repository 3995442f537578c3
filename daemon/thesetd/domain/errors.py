"""Defines the errors, one class per reaction: a handler knows what to do without reading the text.

RateLimited       wait; says nothing about the provider's health
QuotaSpent        the same; the call was not sent
Paused            wait until an operator resumes it
Unavailable       back off, retry, count for the breaker
Unauthorized      hold the provider, probe it now and then; an operator has to act
Suspended         the same, but it resumes by itself once the account, certificate or proxy works again
CapabilityGone    downgrade the profile, plan again
NotOffered        report it to the caller; nothing else depends on it
NotFound          a valid answer
Refused           our request is wrong; do not repeat it
BadPayload        keep a sample in the rejects, continue without the row
StoreUnavailable  keep the batch, retry
StoreRefused      at start-up exit with 78; later as StoreUnavailable; an operator has to act
BusUnavailable    continue without publishing; the event is in the database
StoreRejected     keep the row in the rejects, continue without it
AlreadyFired      another node was faster: nothing is left to do
NameTaken         end the process: another one runs under this node's name
ListenerUnavailable   retry: the address, or the user database, may still become available
BadReference, UnknownArtist, AmbiguousArtist   tell the caller
NotConfigured     tell the operator which key to set
"""

from collections.abc import Iterator, Sequence

import attrs

from thesetd.domain.ids import ProviderName
from thesetd.domain.work.deferrals import paused

EX_CONFIG = 78  # exit code of a ConfigError, from sysexits.h; the systemd unit does not restart on it


class ThesetdError(Exception):
    """The base class of all errors that this package raises deliberately."""


def leaves(error: BaseException) -> Iterator[BaseException]:
    """Yield the errors in a group, at any depth; an error that is not a group is its own leaf."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from leaves(inner)
    else:
        yield error


class ProviderError(ThesetdError):
    """A provider did not answer, or not with what was requested. Messages never hold a URL, key or token."""

    def __init__(self, provider: ProviderName, message: str) -> None:
        super().__init__(f"{provider}: {message}")
        self.provider = provider
        self.message = message


class RateLimited(ProviderError):
    """The provider limits the rate; `retry_after_s` is its own hint, None if it is missing or invalid."""

    def __init__(self, provider: ProviderName, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(provider, message)
        self.retry_after_s = retry_after_s


class QuotaSpent(RateLimited):
    """Not sent: by our own count of the provider's quota, no slot is free for another `retry_after_s` seconds."""


class Unavailable(ProviderError):
    """No usable answer: 5xx, timeout, broken connection, a body that is not what its header says."""


class BreakerOpen(Unavailable):
    """Not sent: the pool's breaker is open for another `retry_after_s` seconds."""

    def __init__(self, provider: ProviderName, retry_after_s: float) -> None:
        super().__init__(
            provider, f"the circuit breaker is open after repeated failures, next probe in {retry_after_s:.0f} s"
        )
        self.retry_after_s = retry_after_s


class Unauthorized(ProviderError):
    """The provider refuses the credentials; no call will succeed until an operator acts.

    No call is sent for `retry_after_s` seconds.
    """

    def __init__(self, provider: ProviderName, message: str, retry_after_s: float = 600.0) -> None:
        super().__init__(provider, message)
        self.retry_after_s = retry_after_s

    def again(self, retry_after_s: float) -> "Unauthorized":
        """Return the same refusal for another caller, with the remaining time."""
        return type(self)(self.provider, self.message, retry_after_s)


class Suspended(Unauthorized):
    """The credentials may be valid: the account behind them, or the network on the way, blocks us for now."""


class CapabilityGone(ProviderError):
    """This client id may not use `capability` (an endpoint, a batch, a page size)."""

    def __init__(self, provider: ProviderName, capability: str, message: str) -> None:
        super().__init__(provider, message)
        self.capability = capability


class NotFound(ProviderError):
    """The provider does not know the id."""


class Refused(ProviderError):
    """The provider calls the request malformed; repeating it unchanged is pointless."""


class BadPayload(ProviderError):
    """A well-formed answer without the fields that make it usable; `sample` is at most 500 characters of it."""

    def __init__(self, provider: ProviderName, message: str, sample: str = "") -> None:
        super().__init__(provider, message)
        self.sample = sample[:500]


class Paused(ThesetdError):
    """Not sent: an operator has paused `what`, and only an operator resumes it."""

    def __init__(self, what: str) -> None:
        super().__init__(paused(what))
        self.what = what


class NotOffered(ThesetdError):
    """The provider does not offer this to our application: it refused, now or earlier."""

    def __init__(self, provider: ProviderName, message: str) -> None:
        super().__init__(f"{provider}: {message}")
        self.provider = provider


class NotConfigured(ThesetdError):
    """A required setting is missing; the message names the keys."""


class BadReference(ThesetdError):
    """The text cannot name an artist: it is empty, too long, or a malformed id."""


class UnknownArtist(ThesetdError):
    """No provider knows an artist of this name or id; `close` are similar names."""

    def __init__(self, reference: str, close: Sequence["Candidate"] = ()) -> None:
        super().__init__(f"no artist found for {reference!r}")
        self.close = tuple(close)


class UnknownShow(ThesetdError):
    """No stored show has this id, or none of its acts is known."""

    def __init__(self, show: object) -> None:
        super().__init__(f"no show {show}: refresh or import its artist")


class AmbiguousArtist(ThesetdError):
    """Several artists have exactly this name; the user has to choose by id."""

    def __init__(self, reference: str, candidates: Sequence["Candidate"]) -> None:
        super().__init__(f"{len(candidates)} artists are called {reference!r}: choose one by id")
        self.candidates = tuple(candidates)


@attrs.frozen(kw_only=True)
class Candidate:
    """One artist offered to a user who has to choose."""

    name: str
    spotify_id: str
    followers: int | None = None
    genres: tuple[str, ...] = ()


class StoreError(ThesetdError):
    """The database did not carry out a request."""


class StoreUnavailable(StoreError):
    """The database cannot be reached or lost the connection; nothing is known to have been stored."""


class StoreRefused(StoreUnavailable):
    """The database refuses access (credentials, name, rights, a setting) until an operator changes something there."""


class StoreRejected(StoreError):
    """The database refuses the data itself; retrying is pointless."""


class LostLease(StoreError):
    """Another owner runs this job now (the fence moved on); nothing was stored, the task must end."""


class AlreadyFired(StoreError):
    """This due time of a schedule was served before; nothing was stored."""


class UnknownDecision(StoreError):
    """The operator's decision to undo does not exist, or is undone already; nothing was stored."""

    def __init__(self, number: int, standing: Sequence[int]) -> None:
        last = ", ".join(map(str, standing[:5]))
        super().__init__(f"no decision {number} to undo: " + (f"the latest are {last}" if last else "there are none"))
        self.number = number


class NameTaken(StoreError):
    """Another process runs under this node's name: each of the two would treat the other's jobs as its own."""


class ConfigError(ThesetdError):
    """The configuration is invalid; `faults` lists every fault with its path. Exit code 78 (EX_CONFIG, sysexits.h)."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


class ListenerUnavailable(ThesetdError):
    """A listener cannot listen yet: its address is not on this machine, or users and groups cannot be looked up."""


class BusUnavailable(ThesetdError):
    """Redis cannot be reached; the unpublished events are still in the database."""
