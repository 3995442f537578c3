from typing import Any

import pytest
import trio
import trio.testing

from thesetd.adapters.web.page.glance import AGE_S, PATIENCE_S
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.ids import JobId


async def test_jobs_come_with_their_reasons(daemon: Any) -> None:
    """An unfinished import is there with why; a finished one is not."""
    daemon.add_job("A")
    daemon.add_job("B")
    daemon.finish(JobId(2))
    found = await daemon.glances.take()
    assert [one.job.name for one in found.imports] == ["A"]
    assert found.imports[0].why


async def test_many_who_look_share_a_glance(daemon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a second the same is shown, however many pages are open; afterwards it is new."""
    glances, now = daemon.glances, trio.current_time()
    monkeypatch.setattr(trio, "current_time", lambda: now)
    first = await glances.take()
    daemon.checks = {"database": "refused"}
    assert await glances.take() is first
    now += AGE_S
    assert not (await glances.take()).ready


async def test_a_database_that_is_away_leaves_the_rest(daemon: Any) -> None:
    """Jobs are missing with the reason; health, actors and breakers are shown."""
    daemon.failures["statuses"] = StoreUnavailable("the database is away")
    found = await daemon.glances.take()
    assert (found.jobs_trouble, found.imports, found.survey) == ("the database is away", (), None)
    assert found.actors


async def test_a_database_that_hangs_is_not_waited_for(
    daemon: Any, monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    """After two seconds the page is shown without jobs, and says why."""

    async def hang(**_: Any) -> None:
        await trio.sleep_forever()

    monkeypatch.setattr(daemon, "listed", hang)
    found = await daemon.glances.take()
    assert found.jobs_trouble == "the database did not answer within 2 s"
    assert trio.current_time() < PATIENCE_S + 0.1
