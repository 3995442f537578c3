"""Errors, one class per reaction: a handler knows what to do without reading the text.

RateLimited       wait; says nothing about the provider's health
QuotaSpent        the same, and the provider was not asked
Paused            wait until an operator resumes it
Unavailable       back off, try again, count for the breaker
Unauthorized      hold the provider, look again now and then; an operator has to act
Suspended         the same, but it continues by itself once the account, certificate or proxy is in order again
CapabilityGone    downgrade the profile, plan again
NotOffered        report it to the caller; nothing else depends on it
NotFound          an answer
Refused           our request is wrong: permanent for this request
BadPayload        keep a sample in the rejects, continue without the row
StoreUnavailable  keep the batch, try again
StoreRefused      at the start end with 78; later as StoreUnavailable, an operator has to act
BusUnavailable    continue without telling; the event is in the database
StoreRejected     keep the row in the rejects, continue without it
AlreadyFired      somebody was faster: nothing is to be done
NameTaken         end the process: another one is this node
ListenerUnavailable   try again: the address, or what tells who may use it, may still come
BadReference, UnknownArtist, AmbiguousArtist   tell the person who asked
NotConfigured     tell the operator which key to set
"""

from collections.abc import Iterator, Sequence

import attrs

from thesetd.domain.ids import ProviderName
from thesetd.domain.work.waits import paused

EX_CONFIG = 78  # of a ConfigError, sysexits.h; the unit does not restart on it


class ThesetdError(Exception):
    """Root of everything this package raises on purpose."""


def leaves(error: BaseException) -> Iterator[BaseException]:
    """Yield the errors that a group holds, at any depth; one that is no group is its own leaf."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from leaves(inner)
    else:
        yield error


class ProviderError(ThesetdError):
    """A provider's answer, or its silence, is not what was asked for. Texts never hold a URL, key or token."""

    def __init__(self, provider: ProviderName, message: str) -> None:
        super().__init__(f"{provider}: {message}")
        self.provider = provider
        self.message = message


class RateLimited(ProviderError):
    """The provider says slow down; `retry_after_s` is its own hint, None if it is missing or invalid."""

    def __init__(self, provider: ProviderName, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(provider, message)
        self.retry_after_s = retry_after_s


class QuotaSpent(RateLimited):
    """Not asked at all: our own count of the provider's quota leaves no slot for another `retry_after_s` seconds."""


class Unavailable(ProviderError):
    """No usable answer: 5xx, timeout, broken connection, a body that is not what its header says."""


class BreakerOpen(Unavailable):
    """Not asked at all: the pool's breaker is open for another `retry_after_s` seconds."""

    def __init__(self, provider: ProviderName, retry_after_s: float) -> None:
        super().__init__(
            provider, f"the circuit breaker is open after repeated failures, next probe in {retry_after_s:.0f} s"
        )
        self.retry_after_s = retry_after_s


class Unauthorized(ProviderError):
    """The provider refuses the credentials; no call will succeed until an operator acts.

    It is not asked again for `retry_after_s` seconds.
    """

    def __init__(self, provider: ProviderName, message: str, retry_after_s: float = 600.0) -> None:
        super().__init__(provider, message)
        self.retry_after_s = retry_after_s

    def again(self, retry_after_s: float) -> "Unauthorized":
        """Return the same refusal for another caller, with the time that is left."""
        return type(self)(self.provider, self.message, retry_after_s)


class Suspended(Unauthorized):
    """The credentials may be right: the account behind them, or the network on the way, bars us for now."""


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
    """Not asked at all: an operator has paused `what`, and only an operator resumes it."""

    def __init__(self, what: str) -> None:
        super().__init__(paused(what))
        self.what = what


class NotOffered(ThesetdError):
    """The provider does not offer this to our application: it refused, now or before."""

    def __init__(self, provider: ProviderName, message: str) -> None:
        super().__init__(f"{provider}: {message}")
        self.provider = provider


class NotConfigured(ThesetdError):
    """The operator has not set what this needs; the text names the keys."""


class BadReference(ThesetdError):
    """What was typed cannot name an artist: empty, too long, or a malformed id."""


class UnknownArtist(ThesetdError):
    """No provider knows an artist of this name or id; `close` are names that look alike."""

    def __init__(self, reference: str, close: Sequence["Candidate"] = ()) -> None:
        super().__init__(f"no artist found for {reference!r}")
        self.close = tuple(close)


class UnknownShow(ThesetdError):
    """No stored show has this id, or none of its acts is known."""

    def __init__(self, show: object) -> None:
        super().__init__(f"no show {show}: refresh or import its artist")


class AmbiguousArtist(ThesetdError):
    """Several artists carry exactly this name; the person has to choose by id."""

    def __init__(self, reference: str, candidates: Sequence["Candidate"]) -> None:
        super().__init__(f"{len(candidates)} artists are called {reference!r}: choose one by id")
        self.candidates = tuple(candidates)


@attrs.frozen(kw_only=True)
class Candidate:
    """One artist offered to a person who has to choose."""

    name: str
    spotify_id: str
    followers: int | None = None
    genres: tuple[str, ...] = ()


class StoreError(ThesetdError):
    """The database did not do what was asked."""


class StoreUnavailable(StoreError):
    """The database cannot be reached or lost the connection; nothing is known to have been stored."""


class StoreRefused(StoreUnavailable):
    """The database turns us away (credentials, its name, rights, a setting) until somebody changes something there."""


class StoreRejected(StoreError):
    """The database refuses the data itself; trying again is pointless."""


class LostLease(StoreError):
    """Another owner runs this job now (the fence moved on); nothing was stored, the task must end."""


class AlreadyFired(StoreError):
    """This due time of a schedule was answered before; nothing was stored."""


class UnknownDecision(StoreError):
    """There is no such decision of a person to undo, or it is undone already; nothing was stored."""

    def __init__(self, number: int, standing: Sequence[int]) -> None:
        last = ", ".join(map(str, standing[:5]))
        super().__init__(f"no decision {number} to undo: " + (f"the latest are {last}" if last else "there are none"))
        self.number = number


class NameTaken(StoreError):
    """Another process runs under this node's name: each of the two would take the other's jobs for its own."""


class ConfigError(ThesetdError):
    """The configuration is wrong; `faults` lists every one with its path. Exit code 78 (EX_CONFIG, sysexits.h)."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


class ListenerUnavailable(ThesetdError):
    """A listener cannot listen yet: its address is not on this machine, or users and groups cannot be looked up."""


class BusUnavailable(ThesetdError):
    """Redis cannot be reached; what was to be published is still in the database."""
