"""Defines the overview for operators: the queue, the outbox, the age of copies, the nodes, the path to each provider.

A survey is taken every few seconds and is read by metrics and the status page. Moments are aware UTC.
"""

from datetime import datetime

import attrs

from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import ProviderName

DEFERRED = "deferred"  # in addition to the states of jobs: ready, but deferred until later or until a pause ends
STATES = ("ready", DEFERRED, "running", "dead")  # among the jobs that a survey counts


@attrs.frozen(kw_only=True)
class JobGroup:
    """Jobs of one state, kind and lane; `oldest` is since when the oldest one has been due, running or dead."""

    state: str
    kind: str
    lane: str
    count: int
    oldest: datetime


@attrs.frozen(kw_only=True)
class Backlog:
    """What waits in the database. `oldest_unpublished` is the time of the first event not yet published to Redis."""

    jobs: tuple[JobGroup, ...] = ()
    unpublished: int = 0
    oldest_unpublished: datetime | None = None


@attrs.frozen(kw_only=True)
class AspectAges:
    """The freshness of the copies of one aspect.

    `due` of the `copies` are due for a refresh, the oldest since `oldest_due`; `mean_age_s` covers those refreshed
    before. `stale_share` is the estimated share that differs from the original now, by learned rates and weighted by
    importance.
    """

    aspect: str
    copies: int
    due: int
    oldest_due: datetime | None
    mean_age_s: float
    stale_share: float = 0.0


@attrs.frozen(kw_only=True)
class WebhookBacklog:
    """Messages of a webhook that wait or are dead; `oldest_at` is when the oldest waiting change was published."""

    webhook: str
    waiting: int
    dead: int
    oldest_at: datetime | None


@attrs.frozen(kw_only=True)
class NodeRow:
    """A node that has run at some time; a live one holds its name. `jobs` counts the jobs running there now."""

    name: str
    epoch: int
    started_at: datetime
    live: bool
    jobs: int


@attrs.frozen(kw_only=True)
class WindowUse:
    """One window of a limit; `exhausted_at` is when a long window is expected to be used up, None if not at all."""

    window: Window
    used: int
    exhausted_at: datetime | None = None

    @property
    def left(self) -> int:
        """Return how many slots are free."""
        return max(0, self.window.count - self.used)


@attrs.frozen(kw_only=True)
class ProviderSurvey:
    """The path to one provider: its quota, what holds up calls and until when, and how many calls wait on this node."""

    provider: ProviderName
    configured: bool
    windows: tuple[WindowUse, ...] = ()
    penalty_until: datetime | None = None
    held_until: datetime | None = None
    paused: bool = False
    waiting: int = 0


@attrs.frozen(kw_only=True)
class Survey:
    """The whole overview, as it was at `at`."""

    at: datetime
    backlog: Backlog
    ages: tuple[AspectAges, ...]
    nodes: tuple[NodeRow, ...]
    providers: tuple[ProviderSurvey, ...]
    webhooks: tuple[WebhookBacklog, ...] = ()
