"""Plays a scenario: each step is taken when its time or its number of calls is reached.

Nothing runs in the background. Due steps are taken at the next arrival, as if on time: only arrivals could show a
difference, and runs with equal arrivals are equal.
"""

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import attrs

from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import ProviderName
from thesetd.sandbox.trouble.bans import Sentence
from thesetd.sandbox.trouble.behaviour import Behaviour
from thesetd.sandbox.trouble.faults import Fault, Faults

V = TypeVar("V")


@attrs.frozen(kw_only=True)
class SwitchMode:
    """The provider is in another mode, for a time or for good."""

    mode: str
    for_s: float | None = None


@attrs.frozen(kw_only=True)
class ChangeLimits:
    """The provider enforces other limits, for a time or for good."""

    windows: tuple[Window, ...]
    for_s: float | None = None


@attrs.frozen
class ExpireTokens:
    """All issued tokens become invalid."""


Deed = Fault | SwitchMode | ChangeLimits | Sentence | ExpireTokens


@attrs.frozen(kw_only=True)
class ScenarioStep:
    """One step of a scenario: what is done at a provider, and when.

    It is taken `after_s` seconds after the first arrival at any provider, or after `after_calls` calls have arrived at
    this one (at `endpoint`, if given): the next call is the first affected.
    """

    provider: ProviderName
    deed: Deed
    after_s: float | None = None
    after_calls: int | None = None
    endpoint: str | None = None


@attrs.define(order=True)
class _Due:
    at: float
    seq: int
    act: Callable[[float], None] = attrs.field(order=False)
    is_return: bool = attrs.field(order=False, default=False)


class TroubleStage:
    """The player of scenarios. Times are monotonic seconds."""

    def __init__(self, behaviours: Mapping[ProviderName, Behaviour], faults: Faults) -> None:
        self._behaviours = behaviours
        self._faults = faults
        self._numbers = itertools.count()
        self._steps: Sequence[ScenarioStep] = ()
        self._begun = False
        self._timed: list[_Due] = []
        self._counted: list[ScenarioStep] = []
        self._calls: Counter[tuple[ProviderName, str | None]] = Counter()

    def play(self, steps: Sequence[ScenarioStep]) -> None:
        """Begin a scenario with the next arrival, cancelling the rest of the previous one."""
        self.call_off()
        self._steps = steps

    def call_off(self) -> None:
        """Take no further steps, and end temporary changes. Faults in progress stay."""
        for due in sorted(self._timed):
            if due.is_return:
                due.act(due.at)
        self._steps, self._begun = (), False
        self._timed.clear()
        self._counted.clear()
        self._calls.clear()

    def arrived(self, provider: ProviderName, endpoint: str, now: float) -> None:
        """Take the due steps before this arrival is answered, and count it."""
        if not self._begun:
            self._begin(now)
        while self._timed and self._timed[0].at <= now:
            due = heapq.heappop(self._timed)
            due.act(due.at)
        for step in [step for step in self._counted if self._calls[step.provider, step.endpoint] == step.after_calls]:
            self._counted.remove(step)
            self._take(step, now)
        self._calls.update([(provider, None), (provider, endpoint)])

    def _begin(self, now: float) -> None:
        self._begun = True
        for step in self._steps:
            if step.after_s is None:
                self._counted.append(step)
            else:
                self._schedule(now + step.after_s, partial(self._take, step))

    def _schedule(self, at: float, act: Callable[[float], None], *, is_return: bool = False) -> None:
        heapq.heappush(self._timed, _Due(at, next(self._numbers), act, is_return))

    def _take(self, step: ScenarioStep, at: float) -> None:
        behaviour = self._behaviours[step.provider]
        match step.deed:
            case Fault() as fault:
                self._faults.inject(fault, at)
            case SwitchMode() as switch:
                self._change(behaviour.mode, switch.mode, behaviour.switch, at, switch.for_s)
            case ChangeLimits() as change:
                self._change(behaviour.meter.windows, change.windows, behaviour.meter.change, at, change.for_s)
            case Sentence() as sentence:
                behaviour.ban.impose(sentence, at)
            case ExpireTokens():
                assert behaviour.expire_tokens is not None
                behaviour.expire_tokens()

    def _change(self, old: V, new: V, change: Callable[[V], None], at: float, for_s: float | None) -> None:
        if for_s is not None:
            self._schedule(at + for_s, lambda _: change(old), is_return=True)
        change(new)
