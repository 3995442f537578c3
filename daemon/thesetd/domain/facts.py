"""Defines events in the past tense: actors send them, logs and metrics subscribe.

The name of a class is its log key.
"""

import attrs

from thesetd.domain.ids import JobId, ProviderName
from thesetd.domain.webhooks import WebhookServed


@attrs.frozen(kw_only=True)
class ActorStarted:
    """A child of the supervisor was started or restarted."""

    actor: str
    restarts: int


@attrs.frozen(kw_only=True)
class ActorCrashed:
    """A child ended with an exception; it is restarted in `restart_in_s`, unless everything is stopping."""

    actor: str
    error: str
    restart_in_s: float | None


@attrs.frozen(kw_only=True)
class ActorGaveUp:
    """An actor exceeded its restart budget: the process ends."""

    actor: str
    error: str


@attrs.frozen(kw_only=True)
class ActorStopped:
    """An actor ended normally."""

    actor: str


@attrs.frozen(kw_only=True)
class ActorUnstopped:
    """An actor did not end within the drain deadline and was cancelled."""

    actor: str


@attrs.frozen(kw_only=True)
class HardDeadlineMet:
    """The hard deadline: the process exits `after_s` after the stop request; `running` names actors not stopped."""

    after_s: float
    running: tuple[str, ...]


@attrs.frozen(kw_only=True)
class ServerAwaited:
    """A server is unavailable or refuses what is needed; it has been retried for `waited_s` so far."""

    server: str
    error: str
    waited_s: float = 0.0


@attrs.frozen(kw_only=True)
class Reloaded:
    """The configuration was reloaded: what took effect, what takes effect once actors restart, what needs a restart."""

    applied: tuple[str, ...]
    renewed: tuple[str, ...]
    needs_restart: tuple[str, ...]


@attrs.frozen(kw_only=True)
class ReloadRefused:
    """The configuration is invalid: the previous one stays in force."""

    faults: tuple[str, ...]


@attrs.frozen(kw_only=True)
class ActorFroze:
    """An actor exceeded the deadline of its work: the watchdog stops pinging the service manager."""

    actor: str
    complaint: str


@attrs.frozen(kw_only=True)
class ActorThawed:
    """An actor that hung is working again."""

    actor: str


@attrs.frozen(kw_only=True)
class DependencyLost:
    """A dependency of the daemon was probed and failed, or the reason changed."""

    dependency: str
    reason: str


@attrs.frozen(kw_only=True)
class DependencyReturned:
    """A dependency of the daemon works again."""

    dependency: str


@attrs.frozen(kw_only=True)
class BreakerMoved:
    """A circuit breaker changed its state (closed, open, half-open); `reason` is the failure that opened it."""

    breaker: str
    state: str
    reason: str = ""


@attrs.frozen(kw_only=True)
class CallFinished:
    """A provider call ended; `outcome` is the error class's name or "ok". `latency_s` covers only the request."""

    provider: ProviderName
    endpoint: str
    lane: str
    outcome: str
    latency_s: float
    waited_s: float
    job_id: JobId | None = None
    request_id: str | None = None


@attrs.frozen(kw_only=True)
class CacheLooked:
    """A cache look-up. A hit is an answer that was used.

    `layer` is where it was found: memory, redis, flight (shared with an identical call in progress), or none; `outcome`
    is hit, stale (usable as stale-if-error) or miss.
    """

    layer: str
    provider: ProviderName
    endpoint: str
    outcome: str


@attrs.frozen(kw_only=True)
class StaleServed:
    """A stale answer was served because the provider is unavailable: `error` says why."""

    provider: ProviderName
    endpoint: str
    age_s: float
    error: str


@attrs.frozen(kw_only=True)
class BatchesWritten:
    """A transaction with this many batches, of these jobs, was committed; `changed` counts rows per table, over all."""

    batches: int
    changed: dict[str, int]
    events: int
    rejects: int
    seconds: float
    jobs: tuple[JobId, ...] = ()


@attrs.frozen(kw_only=True)
class RowRejected:
    """A row could not be stored and was added to thesetd.rejects."""

    kind: str
    key: str
    reason: str


@attrs.frozen(kw_only=True)
class StoreWaited:
    """The database did not accept a batch; it is retried in `retry_in_s`."""

    error: str
    retry_in_s: float


@attrs.frozen(kw_only=True)
class CallsUnrecorded:
    """Calls were made that are missing from the ledger; `reason` says why."""

    count: int
    reason: str


@attrs.frozen(kw_only=True)
class EventsPublished:
    """Progress events reached Redis, up to this number."""

    count: int
    upto: int


@attrs.frozen(kw_only=True)
class BusWaited:
    """Redis did not accept progress events; they wait in the database and are retried in `retry_in_s`."""

    error: str
    retry_in_s: float


@attrs.frozen(kw_only=True)
class RequestRefused:
    """A listener refused a request because it serves the maximum of this kind (stream, import, command, probe)."""

    listener: str
    kind: str


@attrs.frozen(kw_only=True)
class SubscriberLagged:
    """A subscriber read too slowly: its oldest events were dropped; it can replay by sequence number."""

    dropped: int


@attrs.frozen(kw_only=True)
class JobClaimed:
    """A job was claimed by this node."""

    job_id: JobId
    kind: str
    lane: str
    request_id: str | None = None


@attrs.frozen(kw_only=True)
class JobEnded:
    """A job left this node: done, failed, cancelled, or ready again (deferred or given back)."""

    job_id: JobId
    kind: str
    state: str
    seconds: float
    error: str | None = None
    request_id: str | None = None


@attrs.frozen(kw_only=True)
class JobsRecovered:
    """Jobs that an earlier run of this node, or a crashed node, left behind are ready again."""

    count: int


@attrs.frozen(kw_only=True)
class JobSuspected:
    """Nodes crashed `rescues` times in a row while running this job: it now runs alone for a while."""

    job_id: JobId
    rescues: int


@attrs.frozen(kw_only=True)
class CheckpointDropped:
    """A job's checkpoint was written by another version and cannot be read: the job starts over."""

    job_id: JobId
    version: str


@attrs.frozen(kw_only=True)
class ScheduleFired:
    """A schedule was due (or run by hand) and its job was enqueued."""

    schedule: str
    job_id: JobId


@attrs.frozen(kw_only=True)
class PauseChanged:
    """An operator has paused or resumed a provider, a schedule or everything, and this node has applied it."""

    what: str
    paused: bool


@attrs.frozen(kw_only=True)
class ProviderPenalised:
    """A provider imposed a rate-limit penalty of this many seconds; `strikes` counts consecutive ones."""

    provider: ProviderName
    wait_s: float
    strikes: int
    reason: str


@attrs.frozen(kw_only=True)
class ProviderUnused:
    """A provider has no credentials and is never called; `keys` names what to set."""

    provider: ProviderName
    keys: tuple[str, ...]


@attrs.frozen(kw_only=True)
class SettingIgnored:
    """Parts of an address that have no meaning here were ignored; `key` is the setting."""

    key: str
    words: tuple[str, ...]


@attrs.frozen(kw_only=True)
class ListenerExposed:
    """A listener exposes something unprotected to other hosts; `key` names its address."""

    key: str
    reason: str


@attrs.frozen(kw_only=True)
class ProviderHeld:
    """A provider refuses the credentials or the account: calls are held for this long, then one call probes it."""

    provider: ProviderName
    reason: str
    retry_in_s: float


@attrs.frozen(kw_only=True)
class ProviderReleased:
    """A provider that was held answers again."""

    provider: ProviderName


@attrs.frozen(kw_only=True)
class CapabilitiesLearned:
    """The capabilities of a provider's credential have changed; `gone` names all missing ones, sorted."""

    provider: ProviderName
    gone: tuple[str, ...]


@attrs.frozen(kw_only=True)
class PredictionScored:
    """A show is over: `hits` of the `played` songs were expected, which gives the prediction's `f1`."""

    played: int
    hits: int
    f1: float


@attrs.frozen(kw_only=True)
class ProviderDegraded:
    """An import continues without this provider; `cause` is the error class's name, `reason` its text."""

    provider: ProviderName
    cause: str
    reason: str


@attrs.frozen(kw_only=True)
class ImportAnswered:
    """A request for an import was answered; `outcome` is accepted, joined, or the error class's name."""

    outcome: str
    seconds: float
    request_id: str | None = None


@attrs.frozen(kw_only=True)
class ImportReached:
    """A user's import reached a stage, this many seconds after the request."""

    job_id: JobId
    stage: str
    seconds: float


@attrs.frozen(kw_only=True)
class ServerRestarted:
    """A private server ended by itself and is being restarted."""

    server: str
    error: str


Fact = (
    ActorStarted | ActorCrashed | ActorGaveUp | ActorStopped | ActorUnstopped | HardDeadlineMet | ServerAwaited
    | Reloaded | ReloadRefused | ActorFroze | ActorThawed | DependencyLost | DependencyReturned | BreakerMoved
    | CallFinished | CacheLooked | StaleServed | BatchesWritten | RowRejected | StoreWaited | CallsUnrecorded
    | EventsPublished | BusWaited | RequestRefused | SubscriberLagged | JobClaimed | JobEnded | JobsRecovered
    | JobSuspected | CheckpointDropped | PredictionScored | ScheduleFired | PauseChanged | ProviderPenalised
    | ProviderUnused | SettingIgnored | ListenerExposed | ProviderHeld | ProviderReleased | CapabilitiesLearned
    | ProviderDegraded | ImportAnswered | ImportReached | ServerRestarted | WebhookServed
)  # fmt: skip
