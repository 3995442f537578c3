"""What the start waits for, and what it does not."""

import trio
import trio.testing

from recorder import Recorder
from thesetd.adapters.clock import SystemClock
from thesetd.adapters.systemd import Notifier
from thesetd.app.life.starting import WaitForServers
from thesetd.domain.errors import StoreRefused, StoreRejected, StoreUnavailable
from thesetd.domain.facts import ServerAwaited


async def test_whatever_a_database_says_is_waited_for(autojump_clock: trio.testing.MockClock) -> None:
    """Also a statement that it refuses: a trigger on DDL, or a server of another kind, may be gone by the next try."""
    errors = [StoreUnavailable("away"), StoreRejected("no DDL on Fridays"), StoreRefused("no right")]
    recorder = Recorder()
    waiting = WaitForServers(notifier=Notifier({}), observer=recorder, clock=SystemClock())
    said: list[str] = []

    async def attempt() -> str:
        if errors:
            said.append(waiting.readiness()["database"].partition(" (since")[0])
            raise errors.pop(0)
        return "connected"

    assert await waiting.until(attempt, trio.sleep_forever) == "connected"
    assert said == ["not reached yet", "away", "no DDL on Fridays"]
    assert [fact.error for fact in recorder.of(ServerAwaited)] == ["away"]


async def test_an_attempt_that_takes_long_is_stood_by(autojump_clock: trio.testing.MockClock) -> None:
    """With the minutes that an address allows, or a commit that waits for a standby, the listeners answer meanwhile."""
    recorder, stood_by = Recorder(), trio.Event()
    waiting = WaitForServers(notifier=Notifier({}), observer=recorder, clock=SystemClock())

    async def attempt() -> float:
        await trio.sleep(300)
        return trio.current_time()

    async def standby() -> None:
        stood_by.set()
        assert waiting.readiness()["database"].startswith("still connecting, or")
        await trio.sleep_forever()

    await waiting.until(attempt, standby)
    assert stood_by.is_set()
    assert [fact.error for fact in recorder.of(ServerAwaited)] == [
        "still connecting, or bringing the schema up to date"
    ]
