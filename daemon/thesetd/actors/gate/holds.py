"""A hold: a provider refuses the credentials or the account, and calls are held until that may have changed.

Meanwhile calls raise the refusal that began the hold, with the remaining seconds, so that jobs wait and users are
notified at once. When it is over, one call goes ahead as a probe; the others follow once that is answered. A hold is
kept in memory only: an operator who corrects a key restarts the daemon.
"""

import trio

from thesetd.domain.errors import RateLimited, ThesetdError, Unauthorized, Unavailable
from thesetd.domain.facts import ProviderHeld, ProviderReleased
from thesetd.domain.ids import ProviderName
from thesetd.ports.observer import Observer

LEAST_S = 1.0  # added to a caller's wait: two clocks never agree, and an early caller would be held again
PROBE_S = 30.0  # for the answer to the probe: slightly longer than a request may take


class Hold:
    """The hold of one provider: whether it is held, why, and for how long. Times are trio's.

    `proved_at` is when it last accepted our credentials, None for never; `trouble` is when and why its last call
    failed.
    """

    def __init__(self, provider: ProviderName, observer: Observer) -> None:
        """Start without a hold."""
        self._provider = provider
        self._observer = observer
        self._refusal: Unauthorized | None = None
        self._until = 0.0
        self.proved_at: float | None = None
        self.trouble: tuple[float, str] | None = None

    @property
    def reason(self) -> str | None:
        """Return the provider's refusal in words, None if there is none."""
        return None if self._refusal is None else self._refusal.message

    @property
    def left_s(self) -> float:
        """Return the seconds until the next attempt; 0.0 if it may be made now."""
        return 0.0 if self._refusal is None else max(0.0, self._until - trio.current_time())

    def admit(self) -> None:
        """Let a call through.

        Raises:
            Unauthorized: the provider is held; its `retry_after_s` says how long.
        """
        if self._refusal is None:
            return
        if self.left_s > 0:
            raise self._refusal.again(max(self.left_s, LEAST_S))
        self._until = trio.current_time() + PROBE_S

    def record(self, error: ThesetdError | None) -> None:
        """Note how a call ended: a refusal begins or prolongs the hold, any other answer ends it."""
        if isinstance(error, Unauthorized):
            self._refusal, self._until = error, trio.current_time() + error.retry_after_s
            self._observer.notify(
                ProviderHeld(provider=self._provider, reason=error.message, retry_in_s=error.retry_after_s)
            )
        elif isinstance(error, Unavailable):
            self.trouble = trio.current_time(), error.message
        elif not isinstance(error, RateLimited):
            self.proved_at, self.trouble = trio.current_time(), None
            if self._refusal is not None:
                self._refusal = None
                self._observer.notify(ProviderReleased(provider=self._provider))

    def proved(self) -> None:
        """Note that the credentials were accepted outside of a call: the next call shows any other refusal."""
        self.proved_at, self.trouble, self._until = trio.current_time(), None, trio.current_time()
