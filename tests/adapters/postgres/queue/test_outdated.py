"""What a clean-up marks: artists for whom nothing happens, shows that nobody announces any more. No row goes."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
import trio

from sample_rows import ARTIST_KEY, NOW, artist, batch, billing, moment, new_job, owner, show, update
from thesetd.adapters.postgres import PostgresStore
from thesetd.adapters.postgres.batches.commit_log import WRITER_LOCK
from thesetd.domain.freshness.copies import Aspect
from thesetd.domain.freshness.copies import Look as Found
from thesetd.domain.freshness.interest import Interest
from thesetd.domain.work.jobs import JobState
from thesetd.domain.work.schedules import INACTIVE, MARKS, OUTDATED

Look = Callable[..., Awaitable[list[Any]]]
YEAR_M = 366 * 24 * 60.0  # minutes
LATER = NOW + timedelta(minutes=YEAR_M)
MARKED = "select name from artists where inactive_since is not null order by name"


def past(name: str) -> Any:
    """Return a concert of an artist that is over within the year."""
    return show(provider_id=f"Show {name}", bill=(billing(f"Act {name}", name=name),), name=name)


async def marks(store: PostgresStore, *, dry_run: bool = False) -> dict[str, int]:
    """Clean up a year later, and return the marks."""
    done = await store.schedules.cleanup(now=LATER, dry_run=dry_run)
    return {name: done[name] for name in MARKS if name in done}


async def test_an_artist_without_any_news_is_marked(postgres_store: PostgresStore, look: Look) -> None:
    """A dry run counts it and writes nothing; news take the mark back, and so does a clean-up if users return."""
    names = ("Quiet", "Followed", "On Tour")
    await postgres_store.batches.write(batch(shows=tuple(past(name) for name in names)))
    tour = show(YEAR_M - 1440, provider_id="Next", bill=(billing("Act On Tour", name="On Tour"),), local_date=None)
    await postgres_store.batches.write(batch(YEAR_M - 1440, shows=(tour,)))
    await postgres_store.interest.note_interest((Interest(slug="followed-act-fo", followers=3),), at=NOW)
    rows = await look("select to_jsonb(a) from artists a order by 1")
    assert await marks(postgres_store, dry_run=True) == {INACTIVE: 1}
    assert await look("select to_jsonb(a) from artists a order by 1") == rows
    assert await marks(postgres_store) == {INACTIVE: 1}
    assert await look(MARKED) == ["Quiet"]
    assert await marks(postgres_store) == {}
    await postgres_store.interest.note_interest((Interest(slug="quiet-act-qu", followers=1),), at=LATER)
    await marks(postgres_store)
    assert await look(MARKED) == []
    assert len(await look("select id from artists")) == len(rows)


async def test_news_take_the_mark_back(postgres_store: PostgresStore, look: Look) -> None:
    """An import that finds a new show of the artist does."""
    owls = artist(name="The Owls")
    await postgres_store.batches.write(batch(artists=(owls,)))
    assert await marks(postgres_store) == {INACTIVE: 1}
    await look("update artists set inactive_since = now()")
    new = show(YEAR_M + 5, local_date=(LATER + timedelta(days=9)).date())
    await postgres_store.batches.write(batch(YEAR_M + 5, artists=(owls,), shows=(new,)))
    await marks(postgres_store)
    assert await look(MARKED) == []


async def test_a_show_that_a_sweep_finds_takes_the_mark_back(postgres_store: PostgresStore, look: Look) -> None:
    """Nothing is left for the artist's own refresh to find; without the clean-up, the mark is taken back, dated so."""
    owls = artist(name="The Owls")
    await postgres_store.batches.write(batch(artists=(owls,)))
    assert await marks(postgres_store) == {INACTIVE: 1}
    new = show(YEAR_M + 5, local_date=(LATER + timedelta(days=9)).date())
    await postgres_store.batches.write(batch(YEAR_M + 5, shows=(new,)))
    assert await look("select inactive_since, updated_at from artists") == [(None, moment(YEAR_M + 5))]


@pytest.mark.parametrize("status", ["scheduled", "postponed"])
async def test_a_show_without_a_date_that_nobody_lists_is_withdrawn(
    postgres_store: PostgresStore, look: Look, status: str
) -> None:
    """It keeps its row and says why; listed again, with the very same answer, it is back. A dated one is left alone."""
    undated = show(local_date=None, status=status, withdrawn=("local_date",))
    dated = show(provider_id="ShowB")
    await postgres_store.batches.write(batch(artists=(artist(),), shows=(undated, dated)))
    assert OUTDATED not in await marks(postgres_store, dry_run=True)  # nobody was asked for a year
    await looked_at(postgres_store, YEAR_M - 60)
    rows = await look("select ticketmaster_id, status, gone_because from shows order by 1")
    found = "select status, gone_because from shows where ticketmaster_id = 'ShowA'"
    assert (await marks(postgres_store, dry_run=True))[OUTDATED] == 1
    assert await look("select ticketmaster_id, status, gone_because from shows order by 1") == rows
    assert (await marks(postgres_store))[OUTDATED] == 1
    seen = moment(0).date()
    assert await look(found) == [("withdrawn", f"without a date, and in no answer since {seen}")]
    assert OUTDATED not in await marks(postgres_store)
    again = show(YEAR_M + 5, local_date=None, status=status, withdrawn=("local_date",))
    await postgres_store.batches.write(batch(YEAR_M + 5, shows=(again,)))
    assert await look(found) == [(status, None)]


async def test_a_postponed_show_whose_day_is_long_over_is_withdrawn(postgres_store: PostgresStore, look: Look) -> None:
    """Nobody has told a new day for a year. One that was postponed lately is awaited."""
    day = (NOW - timedelta(days=9)).date()
    old = show(status="postponed", local_date=day)
    new = show(YEAR_M - 60, provider_id="ShowB", status="postponed", local_date=day)
    await postgres_store.batches.write(batch(artists=(artist(),), shows=(old,)))
    await postgres_store.batches.write(batch(YEAR_M - 60, shows=(new,)))
    assert OUTDATED not in await marks(postgres_store, dry_run=True)
    await looked_at(postgres_store, YEAR_M - 60)
    assert (await marks(postgres_store, dry_run=True))[OUTDATED] == 1
    assert (await marks(postgres_store))[OUTDATED] == 1
    assert await look("select ticketmaster_id, status, gone_because from shows order by 1") == [
        ("ShowA", "withdrawn", f"postponed without a new date, and in no answer since {moment(0).date()}"),
        ("ShowB", "postponed", None),
    ]


async def test_an_inactive_artist_is_refreshed_at_the_floor(postgres_store: PostgresStore, look: Look) -> None:
    """Until somebody follows it: then its refresh is worth a call as any other's."""
    await postgres_store.batches.write(batch(artists=(artist(),)))
    due = "select (due_at - looked_at) >= interval '27 days' from thesetd.refresh where looked_at is not null"
    await looked_at(postgres_store, 0)
    assert await look(due) == [False]
    await marks(postgres_store)
    await looked_at(postgres_store, YEAR_M + 5)
    assert await look(due) == [True]
    (slug,) = await look("select slug from artists")
    await postgres_store.interest.note_interest((Interest(slug=slug, followers=900),), at=moment(YEAR_M + 10))
    assert await look(due) == [False]


async def test_artists_of_an_adopted_database_are_given_a_year(postgres_store: PostgresStore, look: Look) -> None:
    """Their rows are old, but nobody looked for news of them before; the daemon's own old rows are marked."""
    await postgres_store.batches.write(batch(artists=(artist(),)))
    await look("update artists set created_at = '2019-01-01'")
    soon = NOW + timedelta(days=9)
    assert INACTIVE not in await postgres_store.schedules.cleanup(now=soon, dry_run=True)
    assert INACTIVE not in await postgres_store.schedules.cleanup(now=soon)
    assert await look(MARKED) == []
    assert await marks(postgres_store) == {INACTIVE: 1}


async def test_news_that_a_batch_brings_meanwhile_are_seen(
    postgres_store: PostgresStore, migrated_dsn: str, look: Look
) -> None:
    """A clean-up waits for the batch that is being stored, and looks again: what was quiet is not any more."""
    undated = show(local_date=None, status="scheduled", withdrawn=("local_date",))
    await postgres_store.batches.write(batch(artists=(artist(),), shows=(undated,)))
    await look("update artists set last_activity = null")
    await looked_at(postgres_store, YEAR_M - 60)
    assert (await marks(postgres_store, dry_run=True))[OUTDATED] == 1
    holding = trio.Event()
    token = trio.lowlevel.current_trio_token()

    async def store_news() -> None:
        connection = await asyncpg.connect(migrated_dsn)
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(f"select pg_advisory_xact_lock({WRITER_LOCK})")
        await connection.execute("update shows set local_date = $1", (LATER + timedelta(days=9)).date())
        token.run_sync_soon(holding.set)
        while not await connection.fetchval("select exists (select from pg_locks where not granted)"):
            await asyncio.sleep(0.01)
        await transaction.commit()
        await connection.close()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.to_thread.run_sync, asyncio.run, store_news())
        await holding.wait()
        assert OUTDATED not in await marks(postgres_store)
    assert await look("select status, gone_because from shows") == [("scheduled", None)]


async def looked_at(store: PostgresStore, at: float) -> None:
    """Refresh the shows of the artist."""
    await store.batches.write(batch(at, enqueue=(new_job(f"shows {at}", artist=ARTIST_KEY),)))
    (job,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(at))).jobs
    done = update(job, JobState.DONE, artist=ARTIST_KEY)
    await store.batches.write(batch(at, job=done, looks=(Found(aspect=Aspect.SHOWS, changed=False),)))
