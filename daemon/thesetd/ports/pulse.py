"""Signs of life: what is under way, and for how long at most.

Every actor under the supervisor opens `busy` around each piece of work, and `idle` around a wait within it that may
rightly be long: for a slot, for another actor, for a server to come back; waiting for the next message is no work. A
pulse is well while no piece has been busy for longer than its bound since its beginning or its last such wait; a piece
inside another stands in for it. Pulses are not passed around: the supervisor starts each child with its own in the
task's context, which tasks inherit; without a supervisor they have no reader.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import attrs
import trio


@attrs.define(eq=False)
class Piece:
    """One piece of work; `what` completes a sentence that begins with its actor's name: "writes a batch"."""

    what: str
    bound_s: float
    since: float
    waits: int = 0


class Pulse:
    """What one child is busy with."""

    def __init__(self) -> None:
        """Start with nothing to do."""
        self.pieces: set[Piece] = set()

    def complaint(self) -> str | None:
        """Return what takes longer than its bound, the longest first; None while all is well."""
        now = trio.current_time()
        late = [piece for piece in self.pieces if not piece.waits and now - piece.since > piece.bound_s]
        if not late:
            return None
        worst = min(late, key=lambda piece: piece.since)
        return f"{worst.what} for {now - worst.since:.0f} s, which takes {worst.bound_s:g} s at most"

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Observe the work that is done in this context and in its tasks."""
        token = _here.set((self, ()))
        try:
            yield
        finally:
            _here.reset(token)


_here: ContextVar[tuple[Pulse, tuple[Piece, ...]]] = ContextVar("pulse", default=(Pulse(), ()))


class _Idle:
    """A wait inside pieces of work."""

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
    """Wait, in the context that this gives, for something that may rightly take long."""
    _, around = _here.get()
    return _Idle(around) if around else _NOT_BUSY


@contextmanager
def busy(what: str, bound_s: float) -> Iterator[Piece]:
    """Do a piece of work that takes at most `bound_s`, its waits not counted; the bound may be changed on the way."""
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
