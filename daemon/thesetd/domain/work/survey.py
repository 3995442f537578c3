"""What an operator sees at a glance: the queue, the outbox, the copies that age, the nodes, and each way to a provider.

A survey is taken every few seconds and is read by metrics and the status page. Moments are aware UTC.
"""

from datetime import datetime

import attrs

from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import ProviderName

DEFERRED = "deferred"  # beside the states of jobs: ready, and put off until later or until a pause ends
STATES = ("ready", DEFERRED, "running", "dead")  # of the jobs that a survey counts


@attrs.frozen(kw_only=True)
class JobGroup:
    """Jobs of one state, kind and lane; `oldest` is since when one is due, runs, or is dead."""

    state: str
    kind: str
    lane: str
    count: int
    oldest: datetime


@attrs.frozen(kw_only=True)
class Backlog:
    """What waits in the database. `oldest_unpublished` is the moment of the first event that Redis has not seen."""

    jobs: tuple[JobGroup, ...] = ()
    unpublished: int = 0
    oldest_unpublished: datetime | None = None


@attrs.frozen(kw_only=True)
class AspectAges:
    """How fresh the copies of one aspect are.

    `due` of the `copies` are due for a look, the longest since `oldest_due`; `mean_age_s` is that of those looked at.
    `stale_share` is how much of them differs from the original now, by learned rates and weighted by importance.
    """

    aspect: str
    copies: int
    due: int
    oldest_due: datetime | None
    mean_age_s: float
    stale_share: float = 0.0


@attrs.frozen(kw_only=True)
class NodeRow:
    """A node that ever ran; a live one holds its name. `jobs` are running there now."""

    name: str
    epoch: int
    started_at: datetime
    live: bool
    jobs: int


@attrs.frozen(kw_only=True)
class WindowUse:
    """One window of a limit; `exhausted_at` is when a long one is used up as foreseen, None if it is not."""

    window: Window
    used: int
    exhausted_at: datetime | None = None

    @property
    def left(self) -> int:
        """Return how many slots are free."""
        return max(0, self.window.count - self.used)


@attrs.frozen(kw_only=True)
class ProviderSurvey:
    """The way to one provider: its quota, what keeps calls from it until when, and how many wait on this node."""

    provider: ProviderName
    configured: bool
    windows: tuple[WindowUse, ...] = ()
    penalty_until: datetime | None = None
    held_until: datetime | None = None
    paused: bool = False
    waiting: int = 0


@attrs.frozen(kw_only=True)
class Survey:
    """All of it, as it was at `at`."""

    at: datetime
    backlog: Backlog
    ages: tuple[AspectAges, ...]
    nodes: tuple[NodeRow, ...]
    providers: tuple[ProviderSurvey, ...]
