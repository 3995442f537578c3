from datetime import datetime, timedelta
from typing import Any

import pytest
import trio
import trio.testing

from adapters.web.conftest import NOW
from thesetd.adapters.web.page.glance import AGE_S, PATIENCE_S, Glances
from thesetd.domain.errors import StoreUnavailable
from thesetd.domain.gate.windows import Window
from thesetd.domain.ids import JobId, ProviderName
from thesetd.domain.work.survey import Backlog, ProviderSurvey, Survey, WindowUse


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


async def test_what_ended_since_the_survey_is_not_shown_as_to_come(daemon: Any) -> None:
    """A penalty that is over is gone; a hold and a forecast whose moment has come are now, whatever its age."""
    past, now, later = NOW - timedelta(seconds=20), NOW, NOW + timedelta(minutes=1)

    def surveyed(moment: datetime) -> Survey:
        use = WindowUse(window=Window(100, 86_400.0), used=40, exhausted_at=moment)
        word = ProviderSurvey(
            provider=ProviderName("word"), configured=True, windows=(use,), penalty_until=moment, held_until=moment
        )
        backlog = Backlog(jobs=(), unpublished=0, oldest_unpublished=None)
        return Survey(at=past, backlog=backlog, ages=(), nodes=(), providers=(word,), webhooks=())

    for moment, penalty, rest in ((past, None, now), (now, None, now), (later, later, later)):
        daemon.surveys.latest = surveyed(moment)
        survey = (await Glances(daemon, daemon.surveys, daemon, daemon, daemon).take()).survey
        assert survey is not None
        (word,) = survey.providers
        assert (word.penalty_until, word.held_until, word.windows[0].exhausted_at) == (penalty, rest, rest)
