"""The page of one moment: everything at work, and in trouble."""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from thesetd.adapters.web.page.render import page
from thesetd.domain.work.survey import AspectAges, JobGroup, NodeRow
from thesetd.ports.surface.daemon import ActorView, BreakerView, ScheduleView
from thesetd.ports.surface.status import ExplainedJob, ProviderStatus, Status, SurveyStatus, WindowStatus

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
PROVIDER = ProviderStatus(
    name="word",
    configured=True,
    paused=False,
    waiting=0,
    penalty_until=None,
    held_until=None,
    windows=(WindowStatus(period="1d", limit=5000, used=40, left=4960, exhausted_at=AT + timedelta(hours=5)),),
)
SURVEY = SurveyStatus(
    providers=(PROVIDER,),
    jobs=(JobGroup(state="ready", kind="noop", lane="low", count=3, oldest=AT - timedelta(seconds=90)),),
    unpublished=2,
    oldest_unpublished=AT - timedelta(seconds=70),
    freshness=(AspectAges(aspect="shows", copies=1234, due=2, oldest_due=AT - timedelta(hours=1), mean_age_s=30.0),),
    nodes=(NodeRow(name="a", epoch=1, started_at=AT - timedelta(days=3), live=True, jobs=1),),
)
GOOD = Status(
    at=AT,
    version="1.2.3",
    ready=True,
    checks={"database": "ok"},
    survey=SURVEY,
    schedules=(
        ScheduleView(
            name="sync-trending",
            cron="0 * * * *",
            lane="high",
            enabled=True,
            next_due=AT + timedelta(minutes=30),
            last_fired=AT - timedelta(minutes=30),
            last_result="failed",
            last_error="disk full",
            last_success=AT - timedelta(hours=5),
        ),
    ),
    breakers=(BreakerView(name="word", state="closed", failures=0),),
    actors=(ActorView(name="writer", state="running", restarts=0),),
    imports=(),
    failures=(),
    jobs_trouble=None,
)


def with_provider(**changes: Any) -> Status:
    """Return the good moment with another provider."""
    return attrs.evolve(GOOD, survey=attrs.evolve(SURVEY, providers=(attrs.evolve(PROVIDER, **changes),)))


@pytest.mark.parametrize(
    "words",
    [
        "<title>thesetd: ready</title>",
        "Version 1.2.3",
        "40 of 5,000 calls in 1d, used up <time",
        ">in 5 h</time>",
        "open for calls",
        '<th scope="row">low</th><td>3</td>',
        "<td>90 s</td>",
        "Events waiting for Redis: 2, the oldest for 70 s.",
        "<td>1,234</td>",
        "disk full, last success <time",
        "1 of 1 actors work",
        "No import is running or waiting.",
    ],
)
def test_what_works_is_shown(words: str) -> None:
    """Quotas with their forecast, the queue with ages, schedules with their results, freshness, actors."""
    assert words in page(GOOD)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (attrs.evolve(GOOD, ready=False, checks={"redis limits": "OOM"}), "<title>thesetd: not ready</title>"),
        (attrs.evolve(GOOD, checks={"redis limits": "OOM"}), "<strong>redis limits</strong>: OOM"),
        (with_provider(penalty_until=AT + timedelta(minutes=5)), "It blocks calls and may be called again <time"),
        (with_provider(held_until=AT + timedelta(minutes=5)), "It refuses us and is called again <time"),
        (with_provider(paused=True), "thesetctl resume word"),
        (with_provider(configured=False), "not configured"),
        (
            attrs.evolve(GOOD, breakers=(BreakerView(name="word", state="open", failures=5, retry_in_s=20),)),
            "the next probe is in 20 s",
        ),
        (attrs.evolve(GOOD, survey=None, jobs_trouble="no route to host"), "Unknown: no route to host"),
        (attrs.evolve(GOOD, survey=None), "no recent answer from the database"),
    ],
)
def test_trouble_is_shown_with_its_end(status: Status, words: str) -> None:
    """A ban, a refusal, a pause, an open breaker and a database that is away are said in words, with what ends them."""
    assert words in page(status)


def test_what_is_not_known_yet_is_no_trouble() -> None:
    """A provider that has not been called since the start is told apart from one that refuses."""
    text = page(attrs.evolve(GOOD, checks={"provider word": "not proved yet", "provider other": "held: wrong key"}))
    assert '<span class="badge calm">not proved yet</span> provider word' in text
    assert text.count("trouble") == 1


async def test_jobs_are_shown_with_their_reasons(daemon: Any) -> None:
    """An import has a bar, a failure its reason and the command that mends it."""
    job = daemon.jobs[daemon.add_job("Comets <b>").job_id]
    explained = ExplainedJob(job=job, why="its call waits", unblock="`thesetctl retry 1`")
    text = page(attrs.evolve(GOOD, imports=(explained,), failures=(explained,)))
    assert '<progress value="10" max="100" aria-label="Import of Comets &lt;b&gt;" class="bar">' in text
    assert '<li data-job="1">' in text
    assert "its call waits" in text
    assert "<code>thesetctl retry 1</code>" in text


def test_the_page_loads_nothing_from_elsewhere() -> None:
    """Every address is a path of this listener, nothing is inline, and without script the page renews itself."""
    text = page(GOOD)
    assert "//" not in text.replace("<!doctype html>", "")
    assert "style=" not in text
    assert " on" not in text.partition("<body>")[0]
    assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in text
