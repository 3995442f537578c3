import pytest
import trio
import trio.testing
from prometheus_client import CollectorRegistry

from thesetd.adapters.metrics.loop_lag import LoopLag


async def test_a_loop_that_was_held_up_is_seen(mock_clock: trio.testing.MockClock, nursery: trio.Nursery) -> None:
    """A task that runs half a second after it was due counts as half a second of lag, a punctual one as none.

    It is due at whole seconds.
    """
    registry = CollectorRegistry()
    nursery.start_soon(LoopLag(registry).run)
    await trio.testing.wait_all_tasks_blocked()
    for passed_s in (1.5, 0.5):
        mock_clock.jump(passed_s)
        await trio.testing.wait_all_tasks_blocked()
    assert registry.get_sample_value("thesetd_event_loop_lag_seconds_count") == 2
    assert registry.get_sample_value("thesetd_event_loop_lag_seconds_sum") == pytest.approx(0.5)
    assert registry.get_sample_value("thesetd_event_loop_lag_seconds_bucket", {"le": "0.001"}) == 1
