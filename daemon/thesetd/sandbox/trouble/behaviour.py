"""What a scenario may change at one provider during a run: limits, ban, mode, tokens."""

from collections.abc import Callable

import attrs

from thesetd.sandbox.trouble.bans import Ban
from thesetd.sandbox.trouble.limits import Meter
from thesetd.sandbox.trouble.shapes import Shapes


@attrs.define(kw_only=True)
class Behaviour:
    """The present behaviour of one provider.

    `modes` are its possible modes, if it has any; `expire_tokens` is None if there are no tokens. `endpoints` are the
    labels of its endpoints, `shapes` its bad answers by name.
    """

    meter: Meter
    shapes: Shapes = attrs.field(factory=dict)
    ban: Ban = attrs.field(factory=Ban)
    modes: tuple[str, ...] = ()
    mode: str = ""
    expire_tokens: Callable[[], None] | None = None
    endpoints: set[str] = attrs.field(factory=set)
    _usual_mode: str = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._usual_mode = self.mode

    def switch(self, mode: str) -> None:
        """Switch to another mode."""
        self.mode = mode

    def reset(self) -> None:
        """Restore the initial behaviour."""
        self.meter.reset()
        self.ban.reset()
        self.mode = self._usual_mode
