"""Idle polling costs as much in virtual time as work does; in runs over weeks the daemon may look less often."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from thesetd.actors import importer
from thesetd.actors.control import pauses
from thesetd.actors.gate import capabilities
from thesetd.actors.supervision import node


@contextmanager
def polling_every(seconds: float) -> Iterator[None]:
    """Let what polls every few seconds do so every so many seconds; 0 leaves everything as it is."""
    with ExitStack() as stack:
        if seconds:
            stack.enter_context(patch.object(importer, "POLL_S", seconds))
            stack.enter_context(patch.object(pauses, "POLL_S", max(seconds, pauses.POLL_S)))
            stack.enter_context(patch.object(capabilities, "LOOK_S", seconds))
            stack.enter_context(patch.dict(node.Node.__init__.__kwdefaults__, {"beat_s": seconds}))
        yield
