"""Liveness of actors: what work is in progress, and its maximum duration.

Every actor under the supervisor opens `busy` around each unit of work, and `idle` around a wait within it that may
legitimately be long: for a slot, for another actor, for a server to come back; waiting for the next message is not
work. A pulse is healthy while no unit has been busy for longer than its bound since it began or since its last such
wait; a nested unit counts instead of the outer one. Pulses are not passed around: the supervisor starts each child with
its own pulse in the task's context, which tasks inherit; without a supervisor they have no reader.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import attrs
import trio


@attrs.define(eq=False)
class Piece:
    """One unit of work; `what` completes a sentence that begins with its actor's name: "writes a batch"."""

    what: str
    bound_s: float
    since: float
    waits: int = 0


class Pulse:
    """The work in progress of one child."""

    def __init__(self) -> None:
        """Start without work."""
        self.pieces: set[Piece] = set()

    def complaint(self) -> str | None:
        """Return which work takes longer than its bound, the longest first; None if there is none."""
        now = trio.current_time()
        late = [piece for piece in self.pieces if not piece.waits and now - piece.since > piece.bound_s]
        if not late:
            return None
        worst = min(late, key=lambda piece: piece.since)
        return f"{worst.what} for {now - worst.since:.0f} s, which takes {worst.bound_s:g} s at most"

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Observe the work that is done in this context and its tasks."""
        token = _here.set((self, ()))
        try:
            yield
        finally:
            _here.reset(token)


_here: ContextVar[tuple[Pulse, tuple[Piece, ...]]] = ContextVar("pulse", default=(Pulse(), ()))


class _Idle:
    """A wait within units of work."""

    __slots__ = ("_around",)

    def __init__(self, around: tuple[Piece, ...]) -> None:
        self._around = around

    def __enter__(self) -> None:
        for piece in self._around:
            piece.waits += 1

    def __exit__(self, *_: object) -> None:
        for piece in self._around:
            piece.waits -= 1
            piece.since = trio.current_time()


_NOT_BUSY = _Idle(())


def idle() -> _Idle:
    """Return a context in which a task waits for something that may legitimately take long."""
    _, around = _here.get()
    return _Idle(around) if around else _NOT_BUSY


@contextmanager
def busy(what: str, bound_s: float) -> Iterator[Piece]:
    """Do a unit of work that takes at most `bound_s`, not counting `idle` waits; the bound may be changed meanwhile."""
    with idle():
        pulse, around = _here.get()
        piece = Piece(what, bound_s, trio.current_time())
        token = _here.set((pulse, (*around, piece)))
        pulse.pieces.add(piece)
        try:
            yield piece
        finally:
            pulse.pieces.discard(piece)
            _here.reset(token)
