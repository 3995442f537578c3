"""When imports are expected to be complete: told by the reply and by every event, once some imports are known."""

from datetime import timedelta

import pytest
import trio
from trio.testing import MockClock

from scene import ANNA_ID, SELDOM, running
from thesetd.domain.freshness.plans import ENOUGH


@pytest.mark.untraced
async def test_the_reply_and_every_event_say_when_an_import_ends(autojump_clock: MockClock) -> None:
    """Nothing is told while too few are known; then each end lies close to the one expected, and the last has none."""
    async with running(polls=SELDOM) as s:
        for number in range(ENOUGH + 1):
            accepted, events = await s.imported(ANNA_ID)
            if number == 0:
                assert accepted.expected_at is None
                assert {event.progress.expected for event in events} == {None}
            await trio.sleep(120.0)
        accepted, events = await s.imported(ANNA_ID)
        ended_at = events[-1].at
        assert accepted.expected_at is not None
        assert abs(accepted.expected_at - ended_at) < timedelta(seconds=1)
        for event in events[:-1]:
            assert event.progress.expected is not None
            assert event.as_json()["expected_at"] is not None
            assert abs(event.progress.expected.at - ended_at) < timedelta(seconds=1)
        assert events[-1].progress.expected is None
        found = await s.status(accepted.job_id)
        assert found.expected_at is None
