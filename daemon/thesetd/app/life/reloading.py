"""Reloads the configuration while the daemon runs.

Some keys take effect at once. Those of the providers take effect when the actors are restarted: jobs are given back
with their checkpoints, as at a restart of the process, and resumed within a second; the private servers keep running.
The other keys are those of the process's foundations and need a restart. An invalid file changes nothing.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress

import attrs
import trio

from thesetd.actors.control.daemon import Daemon
from thesetd.adapters.logs import Log
from thesetd.adapters.systemd import Notifier
from thesetd.app.configuration.config import Config, defaults
from thesetd.app.configuration.keys import Key, flat
from thesetd.domain.errors import ConfigError
from thesetd.domain.facts import Reloaded, ReloadRefused
from thesetd.domain.gate.cache_policy import Lifetimes
from thesetd.ports.observer import Observer
from thesetd.ports.surface.daemon import ConfigKey, Configuration, Reload


def holds_at_once(path: str) -> bool:
    """Return whether a key takes effect without a restart of anything."""
    first, *rest = path.split(".")
    if first == "providers":
        return rest[1:] == ["limits"]
    return first == "schedules" or path == "log.level" or (first == "cache" and rest[0] not in _MADE_ONCE)


_MADE_ONCE = ("memory_bytes", "import_age_s")


def holds_once_renewed(path: str) -> bool:
    """Return whether a key takes effect when the actors are restarted."""
    if holds_at_once(path):
        return False
    return path == "http.tokens" or path.startswith(("providers.", "cache.", "webhooks."))


_ABSENT = Key(None, secret=False)


def _described(path: str, was: Mapping[str, Key], usual: Mapping[str, Key], now: Mapping[str, Key]) -> ConfigKey:
    held, wanted = was.get(path, _ABSENT), now.get(path, _ABSENT)
    by_reload = holds_at_once(path) or holds_once_renewed(path)
    return ConfigKey(
        key=path,
        value=held.shown,
        default=usual.get(path, _ABSENT).shown,
        origin=held.origin,
        pending=None if held == wanted else wanted.shown,
        takes_effect=None if held == wanted else "thesetctl reload" if by_reload else "systemctl restart thesetd",
    )


class Reloading:
    """The configuration in force, and how to change it. `daemon` is the one running now, None if there is none."""

    def __init__(
        self, config: Config, reread: Callable[[], Config], *, log: Log, notifier: Notifier, observer: Observer
    ) -> None:
        """Start with a configuration; `reread` returns the present one, or raises ConfigError."""
        self.config = config
        self.lifetimes = Lifetimes(config.cache.lifetimes)
        self.daemon: Daemon | None = None
        self.renewing = False
        self._one_at_a_time = trio.Lock()
        self._signalled = trio.Event()
        self._reread = reread
        self._log = log
        self._notifier = notifier
        self._observer = observer

    def begin(self) -> Config:
        """Return the configuration for the next run of the actors. Later reloads may require another run."""
        self.renewing = False
        return self.config

    async def reload(self) -> Reload:
        """Apply what the file and the environment say now; see `thesetd.ports.control.Reloader`."""
        async with self._one_at_a_time:
            return await self._reload()

    async def _reload(self) -> Reload:
        try:
            new = self._reread()
        except ConfigError as error:
            self._observer.notify(ReloadRefused(faults=error.faults))
            raise
        was, now = flat(self.config), flat(new)
        changed = [path for path in sorted(was.keys() | now.keys()) if was.get(path) != now.get(path)]
        applied = [path for path in changed if holds_at_once(path)]
        renewed = [path for path in changed if holds_once_renewed(path)]
        rest = [path for path in changed if path not in {*applied, *renewed}]
        self.config = attrs.evolve(
            self.config,
            cache=new.cache,
            http=attrs.evolve(self.config.http, tokens=new.http.tokens),
            log=attrs.evolve(self.config.log, level=new.log.level),
            providers=new.providers,
            schedules=new.schedules,
            webhooks=new.webhooks,
            origins=new.origins.keeping(rest, self.config.origins),
        )
        await self._apply(new, applied)
        lines = [tuple(f"{path} = {now[path].shown}" for path in part if path in now) for part in (applied, renewed)]
        result = Reload(applied=lines[0], renewed=lines[1], needs_restart=tuple(rest))
        self._observer.notify(Reloaded(applied=result.applied, renewed=result.renewed, needs_restart=tuple(rest)))
        # Another reload may have requested a restart that is in progress; while no actors run, the next ones have
        # either received the former configuration, or `begin` is yet to be called and clears this.
        self.renewing |= bool(renewed) or (self.daemon is None and bool(applied))
        return result

    def describe(self) -> Configuration:
        """Return the configuration in force; see `thesetd.ports.control.Reloader`."""
        was, usual = flat(self.config), flat(defaults(self.config.state_dir))
        faults: tuple[str, ...] = ()
        try:
            now = flat(self._reread())
        except ConfigError as error:
            now, faults = was, tuple(error.faults)
        return Configuration(keys=tuple(_described(path, was, usual, now) for path in was | now), faults=faults)

    def on_signal(self) -> None:
        """Make `run` reload; all signals during a reload cause one more."""
        self._signalled.set()

    async def run(self) -> None:
        """Reload on signals until cancelled, in the nursery of the actors, since a reload concerns them."""
        while True:
            await self._signalled.wait()
            self._signalled = trio.Event()
            await self._obey()

    async def _obey(self) -> None:
        """Reload, and notify the service manager when it is over; faults are logged."""
        if self.daemon is not None:
            self._notifier.reloading()
        with suppress(ConfigError):
            await self.reload()
        if self.renewing:
            self.renew()
        elif self.daemon is not None:
            self._notifier.reloaded()

    def renew(self) -> None:
        """Restart the actors if a reload requested it; their start notifies the service manager that it is over."""
        if self.renewing and self.daemon is not None:
            self.daemon.stop()

    async def _apply(self, new: Config, applied: list[str]) -> None:
        self._log.level = new.log.level
        self.lifetimes.table = new.cache.lifetimes
        daemon = self.daemon
        if daemon is None:
            return
        if any(path.startswith("schedules.") for path in applied):
            daemon.scheduler.replan(new.schedules)
        for provider, settings in new.providers.items():
            if f"providers.{provider}.limits" in applied and not settings.missing():
                await daemon.gatekeeper.set_limits(provider, ",".join(map(str, settings.limits)), None)
