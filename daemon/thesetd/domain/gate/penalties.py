"""Rate-limit penalties: how long to back off, and how traffic ramps up again.

Calls during a penalty lengthen it, so everything here errs on the side of waiting. A 429 for a call that was sent
before the pause ended belongs to that penalty; for a later call it is a new penalty and one more strike, and each
strike doubles the pause. Strikes expire one by one, each after a time without another penalty: two minutes if the pause
was no longer than that (a nudge), a day if it was a ban. Moments are aware UTC.

Source: reports of bans that grew when they were probed (spotipy #913, #1158), of a probe minutes after a ban of four
hours that earned another four, and of 429s without Retry-After or with 0 (beets #4942); read 2026-11-22.
"""

import math
from datetime import datetime, timedelta
from random import Random

import attrs

DAY_S = 86_400.0
BASE_PAUSE_S = 5.0  # if the provider does not say how long
LONGEST_PAUSE_S = DAY_S  # the longest pause from doubling; a provider's own hint may be longer
LONGEST_HINT_S = 7 * DAY_S  # the longest ever reported is one day; beyond a week it is a mistake
SLACK_S = 1.0  # added to every pause: providers round down
JITTER = 0.05  # share of the pause, at least JITTER_LEAST_S and at most JITTER_MOST_S
JITTER_LEAST_S = 1.0
JITTER_MOST_S = 1800.0
NUDGE_S = 120.0
RAMP = (1, 2, 4, 8)  # calls let through at each step; all must be answered before the next step begins
ASK_AGAIN_S = 0.25  # about as long as an answer takes

_MOST_DOUBLINGS = 40  # keeps the arithmetic finite; the bounds are reached long before this


@attrs.frozen(kw_only=True)
class Penalty:
    """A rate-limit penalty: when it began, when it ends, how many came in a row, and why."""

    since: datetime
    until: datetime
    strikes: int
    reason: str

    @property
    def is_ban(self) -> bool:
        """Return whether it is more than a nudge."""
        return (self.until - self.since).total_seconds() > NUDGE_S

    def strikes_at(self, now: datetime) -> int:
        """Return how many strikes are still remembered."""
        well_s = max(0.0, (now - self.until).total_seconds())
        return max(0, self.strikes - int(well_s // (DAY_S if self.is_ban else NUDGE_S)))


def penalty_after(
    known: Penalty | None, *, sent_at: datetime, now: datetime, hint_s: float | None, reason: str, rng: Random
) -> Penalty:
    """Return the penalty in force after a call was answered with "too many requests".

    Args:
        known: the penalty that was in force or the last one, None if there never was any.
        sent_at: when the call was sent.
        now: when its answer arrived.
        hint_s: Retry-After in seconds; None, 0, a negative or an infinite one is not a hint.
        reason: the provider's words, without secrets.
        rng: spreads the ends of pauses.
    """
    if known is not None and sent_at < known.until:
        since, strikes = min(known.since, now), max(1, known.strikes)
    else:
        since, strikes = now, 1 + (known.strikes_at(now) if known is not None else 0)
    until = now + timedelta(seconds=pause_s(hint_s, strikes, rng))
    return merged(known, Penalty(since=since, until=until, strikes=strikes, reason=reason))


def pause_s(hint_s: float | None, strikes: int, rng: Random) -> float:
    """Return how many seconds to back off: no less than a usable hint, and doubled with each further strike."""
    usable = hint_s is not None and math.isfinite(hint_s) and hint_s > 0
    first = min(hint_s or BASE_PAUSE_S, LONGEST_HINT_S) if usable else BASE_PAUSE_S
    doubled = first * 2.0 ** min(max(0, strikes - 1), _MOST_DOUBLINGS)
    pause = max(first, min(doubled, LONGEST_PAUSE_S))
    return pause + SLACK_S + rng.uniform(0.0, min(max(JITTER_LEAST_S, JITTER * pause), JITTER_MOST_S))


def merged(known: Penalty | None, other: Penalty) -> Penalty:
    """Merge what two nodes, or two stores, know; a pause is never shortened.

    Penalties that overlap become one that spans both; otherwise the later one counts.
    """
    if known is None or other.since >= known.until:
        return other
    if known.since >= other.until:
        return known
    later = max(known, other, key=lambda penalty: (penalty.until, penalty.strikes, penalty.reason))
    return attrs.evolve(later, since=min(known.since, other.since), strikes=max(known.strikes, other.strikes))


@attrs.define
class Probation:
    """The ramp-up after a penalty in one process, as `RAMP` says; it begins with a single call, the probe.

    Each `admit` that returned 0 is followed by `succeeded` or `abandoned`, unless the call caused a new penalty, which
    is passed to the next `admit`. Late outcomes of calls that were sent before the last penalty ended change nothing.
    """

    _penalty: datetime | None = None
    _step: int = 0
    _let: int = 0
    _well: int = 0
    _after_ban: bool = False

    @property
    def probing(self) -> bool:
        """Return whether the call just admitted probes whether a ban is over; only one node should do that."""
        return self._after_ban and self._step == 0

    def admit(self, penalty: Penalty | None, now: datetime) -> float:
        """Return 0.0 to let a call through, or the seconds to wait before asking again."""
        if penalty is None:
            return 0.0
        if now < penalty.until:
            # even if it had ended before: the clock was set back, so earlier admissions are forgotten
            self._penalty = None
            return (penalty.until - now).total_seconds()
        if self._penalty is None or self._penalty < penalty.until:
            self._penalty, self._step, self._let, self._well = penalty.until, 0, 0, 0
            self._after_ban = penalty.is_ban
        if not penalty.strikes_at(now):
            self._step = len(RAMP)
        if self._step == len(RAMP):
            return 0.0
        if self._let == RAMP[self._step]:
            return ASK_AGAIN_S
        self._let += 1
        return 0.0

    def succeeded(self, sent_at: datetime) -> None:
        """Note that the provider answered an admitted call, whatever it said, without a new penalty."""
        if not self._counts(sent_at):
            return
        self._well += 1
        if self._well == RAMP[self._step]:
            self._step, self._let, self._well = self._step + 1, 0, 0

    def abandoned(self, sent_at: datetime) -> None:
        """Note that an admitted call ended without a result: another one takes its place."""
        if self._counts(sent_at):
            self._let -= 1

    def _counts(self, sent_at: datetime) -> bool:
        return (
            self._penalty is not None and sent_at >= self._penalty and self._step < len(RAMP) and self._well < self._let
        )
