"""Injects failures on request: each provider's bad answers by name, and those that any server may send."""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import attrs
from starlette.responses import Response

from thesetd.domain.ids import ProviderName
from thesetd.sandbox.trouble.hostile import HOSTILE
from thesetd.sandbox.trouble.shapes import Shape, Shapes

HANG, SLOW = "hang", "slow"
SLOW_S = 30.0  # Spotify's 504s take 30 to 45 s


def shapes_of(shapes: Shapes) -> tuple[str, ...]:
    """Return the names of all shapes for a provider with these shapes of its own."""
    return (*shapes, HANG, SLOW, *HOSTILE)


@attrs.frozen(kw_only=True)
class Fault:
    """A provider's next answers fail: `count` of them, for `for_s` seconds, or whichever ends first.

    `shape` is a name in the provider's shapes or HOSTILE, HANG or SLOW; `status` alone, without a shape, answers that
    status with an empty body. HANG never answers; SLOW gives the right answer after `delay_s`. `endpoint` None means
    any. Without `for_s`, `count` None is one.
    """

    provider: ProviderName
    shape: str = ""
    status: int = HTTPStatus.BAD_GATEWAY
    count: int | None = None
    for_s: float | None = None
    endpoint: str | None = None
    retry_after: str | None = None
    delay_s: float = SLOW_S

    def response(self, shapes: Shapes, apikey: str) -> Response:
        """Make the failing answer; for one of the provider's shapes and for a status."""
        shape = shapes[self.shape] if self.shape else Shape(self.status, b"", None)
        return shape.response(self.retry_after, apikey)


class BadFault(ValueError):
    """A request for an unavailable fault; the message lists the available ones."""


def read_fault(wish: Any, providers: Mapping[ProviderName, Shapes]) -> Fault:
    """Read a fault from JSON.

    Raises:
        BadFault: an unknown shape, provider, type or key.
    """
    known = {field.name: field for field in attrs.fields(Fault)}
    if not isinstance(wish, dict) or not wish.keys() <= known.keys() or wish.get("provider") not in providers:
        raise BadFault(f"a fault has a provider ({', '.join(providers)}), and otherwise only {', '.join(known)}")
    fields = {name: value for name, value in wish.items() if value is not None}
    shapes = shapes_of(providers[fields["provider"]])
    if ("shape" in fields) == ("status" in fields) or fields.get("shape", HANG) not in shapes:
        raise BadFault(f"a fault of {fields['provider']} has either a status or a shape out of {', '.join(shapes)}")
    if "retry_after" in fields:
        fields["retry_after"] = str(fields["retry_after"])
    whole = all(isinstance(fields.get(name, 1), int) for name in ("status", "count"))
    times = all(isinstance(fields.get(name, 1.0), int | float) for name in ("delay_s", "for_s"))
    if not whole or not times or min(fields.get(name, 1) for name in ("count", "delay_s", "for_s")) <= 0:
        raise BadFault("status and count are whole numbers from 1, delay_s and for_s are numbers of seconds")
    return Fault(**fields)


@attrs.define(eq=False)
class _Pending:
    fault: Fault
    left: int | None
    until: float


class Faults:
    """The failures that are still to come. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._pending: list[_Pending] = []

    def inject(self, fault: Fault, at: float) -> None:
        """Add failures from `at` on, after those that are already to come."""
        if fault.for_s is None:
            self._pending.append(_Pending(fault, fault.count or 1, math.inf))
        else:
            self._pending.append(_Pending(fault, fault.count, at + fault.for_s))

    def take(self, provider: ProviderName, endpoint: str, now: float) -> Fault | None:
        """Return the failure for this arrival, if any, and count it down."""
        self._pending = [pending for pending in self._pending if now < pending.until]
        for pending in self._pending:
            if pending.fault.provider == provider and pending.fault.endpoint in {None, endpoint}:
                if pending.left is not None:
                    pending.left -= 1
                    if pending.left == 0:
                        self._pending.remove(pending)
                return pending.fault
        return None

    def clear(self) -> None:
        """Cancel all failures."""
        self._pending.clear()
