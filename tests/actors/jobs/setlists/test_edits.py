"""What was edited is found by one question; what the question cannot tell is found by the list."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import attrs
import pytest
import trio

from fake_providers import World
from scene import ANNA, ANNA_ID, SELDOM, Scene, running
from thesetd.actors.jobs.setlists.edits import OVERLAP
from thesetd.domain.errors import Refused, Unavailable
from thesetd.domain.facts import ProviderDegraded
from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.identity import spaces
from thesetd.domain.ids import SETLISTFM
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.jobs import ArtistKey, JobKind, Lane, NewJob

SOME = 27  # setlists, of which a list shows two on a page
MANY = 130  # more than the latest hundred
LAST_EDIT = "2025-12-02"  # of the latest show, before any edit
LIST = ["setlists?0"]


async def finished(made: Scene) -> None:
    """Wait until nothing is left to do."""
    while not all(job.state.final for job in made.store.world.jobs.values()):
        await trio.sleep(1)


async def known(made: Scene) -> None:
    """Import the artist and wait for its whole history, and let that be ten days ago."""
    await made.imported(ANNA_ID)
    await finished(made)
    lists = made.store.world.lists
    lists |= {key: attrs.evolve(read, read_at=made.clock.now() - timedelta(days=10)) for key, read in lists.items()}


async def refreshed(made: Scene, lane: Lane = Lane.MEDIUM) -> list[str]:
    """Refresh the artist's setlists, and return what was asked about them; questions without their time."""
    before = len(made.world.asked)
    new = NewJob(
        kind=JobKind.REFRESH_SETLISTS,
        lane=lane,
        unique_key=f"refresh {before}",
        artist=ArtistKey(space=spaces.SPOTIFY, provider_id=ANNA_ID),
    )
    await made.store.batches.write(Batch(at=made.clock.now(), enqueue=(new,)))
    await finished(made)
    asked = [path for path in made.world.asked[before:] if path.startswith(("setlist", "edited"))]
    return [f"edited?{path.partition('?')[2]}" if path.startswith("edited") else path for path in asked]


def since(made: Scene) -> str:
    """Return the day from which the last question asked for edits."""
    last = [path for path in made.world.asked if path.startswith("edited")][-1]
    return last.removeprefix("edited/").partition("?")[0]


def days_pass(made: Scene) -> str:
    """Let three days pass, and return the day on which the last answer's next question begins."""
    begins = made.clock.now() - OVERLAP
    made.clock.set_forward(timedelta(days=3))
    return f"{begins:%Y-%m-%d}"


def version(made: Scene, number: int) -> str:
    """Return the version of a page that is stored."""
    found: str = made.store.world.records["actual_setlists"][f"sl{number}"].version_id
    return found


def edit(made: Scene, *numbers: int, name: str = "2") -> None:
    """Edit pages now."""
    made.world.edited |= dict.fromkeys(numbers, name)
    made.world.edited_at |= dict.fromkeys(numbers, made.clock.now())


@pytest.mark.untraced
async def test_one_question_finds_an_edit_of_any_age() -> None:
    """A page of two years ago, a new one and one of last month: one call, where the list's first page shows the last.

    The next question begins an hour before that answer, and includes the last edit.
    """
    async with running(World(artists=[ANNA], setlists=SOME), polls=SELDOM) as made:
        await known(made)
        edit(made, 25)
        assert await refreshed(made) == ["edited?0"]
        assert version(made, 25) == "2"
        assert since(made) == LAST_EDIT  # no page was edited later
        day = days_pass(made)
        assert await refreshed(made) == ["edited?0"]
        assert since(made) == day
        made.world.setlists += 1
        edit(made, SOME)
        assert await refreshed(made) == ["edited?0"]
        assert version(made, SOME) == "2"


async def test_a_list_of_one_page_is_read_instead() -> None:
    """It costs as much, and shows what was deleted, too."""
    async with running(World(artists=[ANNA], setlists=20), polls=SELDOM) as made:
        await known(made)
        assert await refreshed(made) == LIST


async def test_an_answer_that_is_read_in_part_is_asked_for_again() -> None:
    """What came before the failure is stored; the next question begins where the failed one did."""
    async with running(World(artists=[ANNA], setlists=SOME), polls=SELDOM) as made:
        await known(made)
        edit(made, *range(6))
        made.world.errors[f"edited/{LAST_EDIT}?4"] = [Unavailable(SETLISTFM, "gone for a while")]
        assert (await refreshed(made))[:3] == ["edited?0", "edited?2", "edited?4"]
        assert since(made) == LAST_EDIT
        assert {version(made, number) for number in range(6)} == {"2"}


@pytest.mark.untraced
async def test_an_answer_that_holds_less_than_it_claims_does_not_move_on() -> None:
    """It is asked for twice; what it held is stored, and the next question begins at the same moment."""
    async with running(World(artists=[ANNA], setlists=SOME), polls=SELDOM) as made:
        await known(made)
        edit(made, 25)
        made.world.claimed = 1
        assert await refreshed(made) == ["edited?0", "edited?0"]
        assert version(made, 25) == "2"
        made.world.claimed = 0
        ten_days_ago = f"{made.clock.now() - timedelta(days=10, hours=1):%Y-%m-%d}"
        await refreshed(made)
        assert since(made) == ten_days_ago
        day = days_pass(made)
        await refreshed(made)
        assert since(made) == day


async def test_an_empty_answer_is_not_believed() -> None:
    """The last known edit is always part of the answer: if it is missing but there by its id, the list is read."""
    async with running(World(artists=[ANNA], setlists=SOME), polls=SELDOM) as made:
        await known(made)
        made.world.unfound = set(range(SOME))
        edit(made, 1)
        asked = await refreshed(made)
        assert asked[:3] == ["edited?0", "setlist/sl0", *LIST]
        assert version(made, 1) == "2"
        assert made.store.world.gone == {}


async def test_an_empty_answer_shows_that_the_last_edit_is_gone() -> None:
    """Unknown by its id as well, it is marked; the next question includes the last edit before it."""
    async with running(World(artists=[ANNA], setlists=SOME), polls=SELDOM) as made:
        await known(made)
        edit(made, 3)
        await refreshed(made)
        made.world.deleted = {3}
        assert await refreshed(made) == ["edited?0", "setlist/sl3"]
        assert made.store.world.gone["sl3"].endswith("unknown by its id, and not among those of Anna edited since")
        assert await refreshed(made) == ["edited?0"]
        assert since(made) == LAST_EDIT


@pytest.mark.untraced
async def test_the_list_is_read_for_whoever_asks_and_now_and_then() -> None:
    """By an operator's refresh at once, else after thirty days: that shows what was deleted."""
    async with running(World(artists=[ANNA], setlists=SOME), polls=SELDOM) as made:
        await known(made)
        made.world.deleted = {25}
        assert await refreshed(made) == ["edited?0"]
        assert (await refreshed(made, Lane.INTERACTIVE))[:1] == LIST
        assert await refreshed(made) == ["edited?0"]
        pages = made.store.world.records["actual_setlists"]
        pages["sl5"] = attrs.evolve(pages["sl5"], fetched_at=made.clock.now() - timedelta(days=31))
        assert (await refreshed(made))[:1] == LIST


@pytest.mark.untraced
async def test_the_list_is_read_before_its_content_may_no_longer_be_kept() -> None:
    """After half of that time, since a question for edits fetches no page that was not edited."""
    async with running(World(artists=[ANNA], setlists=SOME), polls=SELDOM, kept=timedelta(days=10)) as made:
        await known(made)
        assert await refreshed(made) == ["edited?0"]
        pages = made.store.world.records["actual_setlists"]
        pages["sl5"] = attrs.evolve(pages["sl5"], fetched_at=made.clock.now() - timedelta(days=6))
        assert (await refreshed(made))[:1] == LIST


@pytest.mark.untraced
async def test_more_edits_than_one_job_reads_are_read_as_a_history() -> None:
    """Fifty of sixty are stored at once, all by the job behind; after it the question is short again."""
    async with running(World(artists=[ANNA], setlists=MANY), polls=SELDOM) as made:
        await known(made)
        edit(made, *range(60))
        made.clock.set_forward(2 * OVERLAP)
        asked = await refreshed(made)
        assert (asked.count("edited?48"), asked.count("edited?50"), asked.count("setlists?128")) == (1, 0, 1)
        assert {version(made, number) for number in range(60)} == {"2"}
        days_pass(made)
        edit(made, 1, name="3")
        assert await refreshed(made) == ["edited?0"]


async def test_a_question_that_is_refused_is_replaced_by_the_list() -> None:
    """The provider may stop answering it; operators see that."""
    async with running(World(artists=[ANNA], setlists=SOME), polls=SELDOM) as made:
        await known(made)
        made.world.always["edited"] = Refused(SETLISTFM, "last modified must not be before ...")
        edit(made, 1)
        assert (await refreshed(made))[:2] == ["edited?0", *LIST]
        assert version(made, 1) == "2"
        assert [fact.cause for fact in made.recorder.of(ProviderDegraded)] == ["Refused"]


async def learnt(made: Scene, numbers: Sequence[int]) -> Any:
    """Edit pages, refresh, and return how many changes are counted."""
    edit(made, *numbers, name=f"{made.clock.now()}")
    assert (await refreshed(made))[:1] == ["edited?0"]
    (copy,) = [copy for (aspect, _), copy in made.store.world.index.copies.items() if aspect is Aspect.SETLISTS]
    return copy.rate.changes


async def test_only_edits_of_the_latest_pages_teach_the_index() -> None:
    """An edit that no look counted before is stored, and buys no earlier look."""
    async with running(World(artists=[ANNA], setlists=MANY), polls=SELDOM) as made:
        await known(made)
        before = await learnt(made, [120])
        assert await learnt(made, [121]) <= before
        assert version(made, 121) != "1"
        assert await learnt(made, [50, 122]) > before
