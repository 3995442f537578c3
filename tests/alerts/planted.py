"""`thesetd` with a defect that waits for its file: what no outside cause can bring about. Used by causes of alerts.

The file named by THESETD_TEST_DEFECT says what goes wrong once it is there: "crash ACTOR", "hang ACTOR" or "jobs".
"""

import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import attrs
import trio

from thesetd.actors import importer
from thesetd.app import run
from thesetd.app.entry import main
from thesetd.ports.pulse import busy

FILE = Path(os.environ.get("THESETD_TEST_DEFECT", "/nowhere"))
wire, perform = run.wire, importer.perform


class Defect(Exception):
    """What a defective part raises."""


def told() -> str:
    """Return what is to go wrong now."""
    return FILE.read_text() if FILE.exists() else ""


def defective(name: str, work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """Return the work of an actor that crashes once, or hangs, when it is told to."""

    async def misbehave() -> None:
        while name not in told().split():
            await trio.sleep(0.1)
        if told().startswith("crash"):
            FILE.unlink()
            raise Defect(name)
        with busy("does what never ends", 1.0):
            await trio.sleep_forever()

    async def both() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(misbehave)
            await work()
            nursery.cancel_scope.cancel()

    return both


def wired(*parts: Any) -> Any:
    """Wire a daemon whose actors may misbehave."""
    daemon = wire(*parts)
    for child in daemon.supervisor._children:
        child.spec = attrs.evolve(child.spec, run=defective(child.spec.name, child.spec.run))
    return daemon


async def performed(*parts: Any, **named: Any) -> Any:
    """Perform a job, unless jobs are defective."""
    if told() == "jobs":
        raise Defect("a job's step")
    return await perform(*parts, **named)


if __name__ == "__main__":
    run.wire, importer.perform = wired, performed  # type: ignore[assignment]
    sys.argv = sys.argv[1:]
    main()
