"""Records each run of a schedule: its target, how many copies met it, what was ordered, and what limited that."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs

from thesetd.domain.ids import JobId
from thesetd.domain.work.jobs import JobState


@attrs.frozen(kw_only=True)
class Audience:
    """How many artists a schedule is about.

    Of these, `fresh` were refreshed within its target and are skipped by this run; refreshes of `waiting` others were
    ordered before and are pending.
    """

    artists: int = 0
    fresh: int = 0
    waiting: int = 0


@attrs.frozen(kw_only=True)
class Run:
    """One run, as it was when its refreshes were ordered. `short_of` names what limited their number, "" if all fit."""

    schedule: str
    target: timedelta
    by_hand: bool
    audience: Audience = Audience()
    ordered: int = 0
    short_of: str = ""

    def without(self, joined: int) -> "Run":
        """Return the run without refreshes that joined unfinished jobs: those count for the run that ordered them."""
        about = attrs.evolve(self.audience, waiting=self.audience.waiting + joined)
        return attrs.evolve(self, audience=about, ordered=self.ordered - joined)


@attrs.frozen(kw_only=True)
class PastRun:
    """A run and its outcome: refreshes that were made, that found a change, and that failed; calls spent."""

    job_id: JobId
    at: datetime
    state: JobState | None
    run: Run
    looked: int = 0
    changed: int = 0
    failed: int = 0
    calls: int = 0
    remarks: tuple[str, ...] = ()

    @property
    def met(self) -> int:
        """The number of artists whose copies met the target before this run or because of it."""
        return self.run.audience.fresh + self.looked

    @property
    def missed(self) -> Mapping[str, int]:
        """The number of artists whose copies missed the target, by reason."""
        about, run = self.run.audience, self.run
        left = about.artists - about.fresh - about.waiting - run.ordered
        reasons = {
            f"no {run.short_of or 'call'} left": left,
            "ordered earlier": about.waiting,
            "failed": self.failed,
            "to come": run.ordered - self.looked - self.failed,
        }
        return {reason: count for reason, count in reasons.items() if count > 0}
