"""Shows and changes the path to the providers for operators; implements `thesetd.ports.control.Gatekeeper`."""

import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import attrs
import trio

from thesetd.actors.gate.gate import Gate
from thesetd.actors.gate.holds import Hold
from thesetd.actors.gate.lanes import LaneMailbox
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.gate.breaker import Breaker
from thesetd.domain.gate.forecast import WindowForecast, forecast
from thesetd.domain.gate.limiter import is_long
from thesetd.domain.gate.windows import Window, parse_window
from thesetd.domain.ids import ProviderName
from thesetd.domain.work.deferrals import Deferral, DeferReason
from thesetd.domain.work.diagnosis import CallStage
from thesetd.domain.work.outcomes import clock_text
from thesetd.domain.work.survey import ProviderSurvey, WindowUse
from thesetd.ports.clock import Clock
from thesetd.ports.gate import Ledger, LimitControl
from thesetd.ports.probes import NOT_PROVED, OK
from thesetd.ports.store import JobStore
from thesetd.ports.surface.gate import LimitsView, ResumingWindow, WindowView


@attrs.frozen(kw_only=True)
class GateControl:
    """Every provider's gate, limits and lanes, the ledger and the breakers."""

    gates: Mapping[ProviderName, Gate]
    limiters: Mapping[ProviderName, LimitControl]
    lanes: Mapping[ProviderName, LaneMailbox]
    breakers: tuple[Breaker, ...]
    ledger: Ledger
    jobs: JobStore
    clock: Clock
    unused: frozenset[ProviderName] = frozenset()

    async def limits(self) -> tuple[LimitsView, ...]:
        """Return every provider's limits, lanes and penalty."""
        return tuple([await self._limits(provider, gate) for provider, gate in self.gates.items()])

    async def set_limits(self, provider: str, limits: str, for_s: float | None) -> None:
        """Change a provider's limits; see `Gatekeeper`."""
        limiter = self.limiters[ProviderName(provider)]
        windows = [parse_window(part) for part in limits.split(",")]
        if for_s is not None:
            await limiter.override(windows, for_s)
        else:
            limiter.set_windows(windows)
            await limiter.override((), 0.0)
        await self._hasten(Deferral(DeferReason.QUOTA, provider))

    async def calls(self, *, by: str, since: datetime) -> tuple[dict[str, Any], ...]:
        """Count the calls made since a moment; see `Gatekeeper`."""
        return await self.ledger.summary(by=by, since=since)

    def providers(self) -> dict[str, str]:
        """Return for each provider with credentials whether it accepts them; see `Gatekeeper`."""
        found = {name: self._standing(gate.hold) for name, gate in self.gates.items()}
        return {name: text for name, text in found.items() if text != NOT_PROVED or name not in self.unused}

    async def standings(self) -> tuple[ProviderSurvey, ...]:
        """Return each provider's quota and what holds back its calls; see `thesetd.ports.survey.GateWatch`."""
        return tuple([await self._survey(provider, gate) for provider, gate in self.gates.items()])

    async def forecasts(self) -> dict[tuple[ProviderName, Window], datetime]:
        """Return when long windows will be used up; see `thesetd.ports.survey.GateWatch`."""
        found: dict[tuple[ProviderName, Window], datetime] = {}
        for provider, gate in self.gates.items():
            for window, _ in await gate.limiter.usage():
                if full_at := (await self._forecast(provider, window)).full_at:
                    found[provider, window] = full_at
        return found

    async def _survey(self, provider: ProviderName, gate: Gate) -> ProviderSurvey:
        now, penalty = self.clock.now(), None
        with suppress(StoreUnavailable):
            penalty = await gate.penalties.latest()
        held = gate.hold.reason is not None
        return ProviderSurvey(
            provider=provider,
            configured=provider not in self.unused,
            windows=tuple(WindowUse(window=window, used=used) for window, used in await gate.limiter.usage()),
            penalty_until=penalty.until if penalty is not None and penalty.until > now else None,
            held_until=now + timedelta(seconds=gate.hold.left_s) if held else None,
            paused=gate.in_flight.closed,
            waiting=len(self.lanes[provider]),
        )

    def _standing(self, hold: Hold) -> str:
        if hold.reason is not None:
            now = self.clock.now()
            return f"held until {clock_text(now + timedelta(seconds=hold.left_s), now)}: {hold.reason}"
        if hold.trouble is not None:
            at, why = hold.trouble
            return f"no answer {_ago(at)}: {why}"
        return NOT_PROVED if hold.proved_at is None else f"{OK}, proved {_ago(hold.proved_at)}"

    async def reset_breaker(self, name: str) -> None:
        """Close a breaker; see `Gatekeeper`."""
        {breaker.name: breaker for breaker in self.breakers}[name].reset()
        if (gate := self.gates.get(ProviderName(name))) is not None:
            gate.in_flight.wake(CallStage.BREAKER)
            await self._hasten(Deferral(DeferReason.BREAKER, name))

    async def _hasten(self, waits_for: Deferral) -> None:
        """Resume jobs that were deferred for this; while the database is unavailable they wait for their full time."""
        with suppress(StoreUnavailable):
            await self.jobs.hasten(waits_for, now=self.clock.now())

    async def _limits(self, provider: ProviderName, gate: Gate) -> LimitsView:
        penalty = await gate.penalties.latest()
        now = self.clock.now()
        blocks = [(penalty.until, penalty.reason)] if penalty is not None and penalty.until > now else []
        if gate.hold.reason is not None:
            blocks.append((now + timedelta(seconds=gate.hold.left_s), gate.hold.reason))
        until, reason = max(blocks, default=(None, None))
        used, temporary_s = await gate.limiter.usage(), self.limiters[provider].limits.temporary_s
        temporary_until = now + timedelta(seconds=temporary_s) if temporary_s else None
        return LimitsView(
            provider=provider,
            windows=tuple([await self._window(provider, window, taken) for window, taken in used]),
            lanes=self.lanes[provider].views(),
            blocked_until=until.isoformat() if until is not None else None,
            strikes=penalty.strikes_at(now) if penalty is not None else 0,
            reason=reason,
            paused=gate.in_flight.closed,
            temporary_until=_iso(temporary_until),
            then=await self._then(provider, temporary_s) if temporary_s else (),
        )

    async def _window(self, provider: ProviderName, window: Window, used: int) -> WindowView:
        """Return a window; a long one with its forecast, unless the ledger cannot be read now."""
        found = await self._forecast(provider, window)
        return WindowView(limit=str(window), used=used, full_at=_iso(found.full_at), room_at=_iso(found.room_at))

    async def _then(self, provider: ProviderName, begins_s: float) -> tuple[ResumingWindow, ...]:
        """Return the configured limits with their forecasts from a moment on."""
        found = []
        for window in self.limiters[provider].limits.configured:
            view = await self._forecast(provider, window, begins_s=begins_s)
            found.append(ResumingWindow(limit=str(window), full_at=_iso(view.full_at), room_at=_iso(view.room_at)))
        return tuple(found)

    async def _forecast(self, provider: ProviderName, window: Window, *, begins_s: float = 0.0) -> WindowForecast:
        """Return the forecast of a long window from a moment on: of one in force, until temporary limits end."""
        if not is_long(window):
            return WindowForecast()
        now = self.clock.now()
        try:
            spent = await self.ledger.spent(provider, now - timedelta(seconds=window.seconds))
        except StoreUnavailable:
            return WindowForecast()
        ends_s = math.inf if begins_s else self.limiters[provider].limits.temporary_s or math.inf
        return forecast(spent, window, now, begins_s=begins_s, ends_s=ends_s)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _ago(at: float) -> str:
    seconds = trio.current_time() - at
    if seconds < 60:  # noqa: PLR2004 - a minute
        return "just now"
    minutes = int(seconds // 60)
    return f"{minutes} min ago" if minutes < 120 else f"{minutes // 60} h ago"  # noqa: PLR2004 - two hours
