"""Defines what a twin's folder declares: one `TWIN`, from which server, command line and ready line are derived."""

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import attrs
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import ProviderName
from thesetd.ports.clock import Clock
from thesetd.sandbox.gateway import Gateway
from thesetd.sandbox.synthetic.universe import Universe
from thesetd.sandbox.trouble.behaviour import Behaviour
from thesetd.sandbox.trouble.limits import LimitRefusal
from thesetd.sandbox.trouble.shapes import Shapes

TOKEN_LIFETIME_S = 3600.0


@attrs.frozen(kw_only=True)
class TwinServices:
    """The services of an emulated provider; `source` is its view of the world."""

    source: Any
    behaviour: Behaviour
    clock: Clock
    dice: random.Random
    token_lifetime_s: float = TOKEN_LIFETIME_S


class Emulation(Protocol):
    """An emulated provider."""

    def authorize(self, request: Request) -> None:
        """Accept a request with the right credentials.

        Raises:
            Refused: without them.
        """
        ...

    def over_limit(self, refusal: LimitRefusal, request: Request) -> Response:
        """Answer an arrival over the limit."""
        ...

    def build(self, gateway: Gateway) -> Starlette:
        """Build the application, which is mounted under the provider's name."""
        ...


@attrs.frozen(kw_only=True)
class Twin:
    """An emulated provider.

    `limits` are the real ones, with their source in the table. `settings` point a daemon at it: the keys below
    `providers.<name>`, in which {base} is the twin's own address. `modes` are its possible modes, the initial one
    first. `synthetic` and `recorded` are its views of a world; `recorded` gets the folder of recorded bodies.
    """

    name: ProviderName
    limits: tuple[Window, ...]
    settings: Mapping[str, str]
    shapes: Shapes
    make: Callable[[TwinServices], Emulation]
    synthetic: Callable[[Universe], Any]
    recorded: Callable[[Path], Any]
    modes: tuple[str, ...] = ()

    def addressed(self, base: str) -> dict[str, str]:
        """Return the settings for a sandbox at `base` (http://host:port), by their paths in the configuration."""
        own = f"{base}/{self.name}"
        return {f"providers.{self.name}.{key}": value.format(base=own) for key, value in self.settings.items()}
