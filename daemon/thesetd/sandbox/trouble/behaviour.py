"""What a scenario may change at one provider in mid-run: limits, ban, mode, tokens."""

from collections.abc import Callable

import attrs

from thesetd.sandbox.trouble.bans import Ban
from thesetd.sandbox.trouble.limits import Meter
from thesetd.sandbox.trouble.shapes import Shapes


@attrs.define(kw_only=True)
class Behaviour:
    """How one provider behaves at the moment.

    `modes` are those that it can be in, none if it has no modes; `expire_tokens` is None if there are no tokens.
    `endpoints` are the labels of what it serves, `shapes` its bad answers by name.
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
        """Be in another of the modes from now on."""
        self.mode = mode

    def reset(self) -> None:
        """Go back to the beginning."""
        self.meter.reset()
        self.ban.reset()
        self.mode = self._usual_mode
