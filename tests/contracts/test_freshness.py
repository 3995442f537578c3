"""Runs of schedules, pins and interest, in memory and in PostgreSQL."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import attrs

from sample_rows import NOW, artist, batch, billing, moment, new_job, owner, show, update
from thesetd.domain.freshness.copies import Aspect, Look
from thesetd.domain.freshness.interest import Interest
from thesetd.domain.freshness.pins import Pin
from thesetd.domain.freshness.plans import Looked, PastImport
from thesetd.domain.freshness.runs import Audience, Run
from thesetd.domain.identity import spaces
from thesetd.domain.ids import SPOTIFY, TICKETMASTER, JobId, ProviderName
from thesetd.domain.music.reference import ArtistRef, ReferenceKind
from thesetd.domain.work.batches import Picks
from thesetd.domain.work.jobs import LOOK_UP_S, ArtistKey, JobKind, JobState, Lane, look_job
from thesetd.ports.gate import CallRecord
from thesetd.ports.store import Stores

POPULAR = "sync-popular-artists"  # looks at catalogues; target a day
RUN = Run(schedule=POPULAR, target=timedelta(days=1), by_hand=False, audience=Audience(artists=3, fresh=1), ordered=1)
HOUR = 60


def key(name: str) -> ArtistKey:
    """Name an artist."""
    return ArtistKey(space=spaces.SPOTIFY, provider_id=name)


async def stored(store: Stores, *names: str) -> list[UUID]:
    """Stores artists."""
    rows = tuple(artist(spotify_id=name, ticketmaster_id=f"K{name}", slug=name.lower(), name=name) for name in names)
    await store.batches.write(batch(artists=rows))
    return [(await store.statuses.find_artist(ArtistRef(ReferenceKind.NAME, name)))[0].id for name in names]


async def look_at(store: Stores, name: str, minutes: float, *, changed: bool = False) -> None:
    """Look at an artist's catalogue."""
    job = look_job(JobKind.REFRESH_CATALOG, Lane.HIGH, key(name))
    await store.batches.write(batch(minutes, enqueue=(job,)))
    (claimed,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(minutes))).jobs
    look = Look(aspect=Aspect.CATALOG, changed=changed)
    await store.batches.write(batch(minutes, job=update(claimed, JobState.DONE), looks=(look,)))


def pin(row: UUID, *, until: float | None = None) -> Pin:
    """Pin a catalogue to six hours."""
    return Pin(
        artist_id=row,
        aspect=Aspect.CATALOG,
        max_age=timedelta(hours=6),
        why="a new album",
        since=NOW,
        until=None if until is None else moment(until),
    )


async def overdue(store: Stores, minutes: float) -> list[str]:
    """Name the artists whose pinned catalogues are too old."""
    return [one.name for found in await store.freshness.overdue(now=moment(minutes), limit=9) for one in found.artists]


async def test_a_run_is_kept_with_what_came_of_its_looks(store: Stores) -> None:
    """The look that it ordered counts for the run, with the change that it found; the newest run comes first."""
    await stored(store, "A")
    for number in (1, 2):
        await store.batches.write(batch(number, enqueue=(new_job(f"s{number}", kind=JobKind.SWEEP),)))
        (sweep,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(number))).jobs
        look = look_job(JobKind.REFRESH_CATALOG, Lane.LOW, key("A"), run=sweep.id)
        await store.batches.write(batch(number, job=update(sweep, JobState.DONE), enqueue=(look,), run=RUN))
        (made,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(number))).jobs
        found = Look(aspect=Aspect.CATALOG, changed=number == 2)
        await store.batches.write(batch(number, job=update(made, JobState.DONE), looks=(found,)))
    newest, oldest = await store.freshness.runs(POPULAR, limit=9)
    assert (newest.at, newest.run, newest.looked, newest.changed) == (moment(2), RUN, 1, 1)
    assert (oldest.looked, oldest.changed, oldest.state) == (1, 0, JobState.DONE)
    assert newest.met == 2
    assert dict(newest.missed) == {"no call left": 1}
    assert await store.freshness.runs("sync-trending", limit=9) == ()
    assert [run.job_id for run in await store.freshness.runs(POPULAR, limit=1)] == [newest.job_id]


async def test_a_fresh_copy_that_is_looked_at_all_the_same_is_met_once(store: Stores) -> None:
    """Of two fresh copies one is ordered: when its look was made, two of three artists are met, and not three."""
    row, *_ = await stored(store, "A", "B", "C")
    for name in ("A", "B"):
        await look_at(store, name, 0)
    await store.batches.write(batch(13 * HOUR, enqueue=(new_job("s", kind=JobKind.SWEEP),)))
    (sweep,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(13 * HOUR))).jobs
    look = look_job(JobKind.REFRESH_CATALOG, Lane.LOW, key("A"), run=sweep.id)
    audience = await store.schedules.audience(POPULAR, now=moment(13 * HOUR))
    assert audience == Audience(artists=3, fresh=2)
    picks = Picks(aspect=Aspect.CATALOG, artists=(row,))
    run = attrs.evolve(RUN, audience=audience)
    await store.batches.write(batch(13 * HOUR, job=update(sweep, JobState.DONE), enqueue=(look,), picks=picks, run=run))
    (made,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(13 * HOUR))).jobs
    found = Look(aspect=Aspect.CATALOG, changed=False)
    await store.batches.write(batch(13 * HOUR, job=update(made, JobState.DONE), looks=(found,)))
    (past,) = await store.freshness.runs(POPULAR, limit=9)
    assert (past.met, dict(past.missed)) == (2, {"no call left": 1})


async def test_a_look_that_joins_an_older_one_counts_for_the_run_that_ordered_it(store: Stores) -> None:
    """The second run says that it was ordered earlier; when it is made, the first run is credited."""
    await stored(store, "A")
    for number in (1, 2):
        await store.batches.write(batch(number, enqueue=(new_job(f"s{number}", kind=JobKind.SWEEP),)))
        (sweep,) = (await store.jobs.claim(owner=owner(f"n{number}"), limit=1, background=1, now=moment(number))).jobs
        look = look_job(JobKind.REFRESH_CATALOG, Lane.LOW, key("A"), run=sweep.id, not_before=moment(5))
        await store.batches.write(batch(number, job=update(sweep, JobState.DONE), enqueue=(look,), run=RUN))
    (made,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(9))).jobs
    found = Look(aspect=Aspect.CATALOG, changed=True)
    await store.batches.write(batch(9, job=update(made, JobState.DONE), looks=(found,)))
    newest, oldest = await store.freshness.runs(POPULAR, limit=9)
    assert (oldest.run.ordered, oldest.looked, oldest.changed) == (1, 1, 1)
    assert (newest.run.ordered, newest.looked, newest.run.audience.waiting) == (0, 0, 1)
    assert dict(newest.missed) == {"no call left": 1, "ordered earlier": 1}


async def test_a_look_that_fails_is_told_of_its_run(store: Stores) -> None:
    """The run says that one of its looks failed."""
    await stored(store, "A")
    await store.batches.write(batch(enqueue=(new_job("s", kind=JobKind.SWEEP),)))
    (sweep,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=NOW)).jobs
    look = look_job(JobKind.REFRESH_CATALOG, Lane.LOW, key("A"), run=sweep.id)
    await store.batches.write(batch(job=update(sweep, JobState.DONE), enqueue=(look,), run=RUN))
    (made,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=NOW)).jobs
    await store.batches.write(batch(job=update(made, JobState.FAILED)))
    (run,) = await store.freshness.runs(POPULAR, limit=9)
    assert dict(run.missed) == {"no call left": 1, "failed": 1}


async def test_an_audience_is_counted_by_age(store: Stores) -> None:
    """Of three artists one is younger than the target, and a look at another is ordered."""
    _, other, _ = await stored(store, "A", "B", "C")
    await look_at(store, "A", 0)
    await store.batches.write(batch(1, picks=Picks(aspect=Aspect.CATALOG, artists=(other,))))
    assert await store.schedules.audience(POPULAR, now=moment(2)) == Audience(artists=3, fresh=1, waiting=1)
    assert await store.schedules.audience(POPULAR, now=moment(25 * HOUR)) == Audience(artists=3, fresh=0, waiting=0)


async def test_a_pinned_copy_is_overdue_when_it_is_older_than_its_age(store: Stores) -> None:
    """Never looked at, it is at once; after a look in six hours; while a look is ordered it is not."""
    row, _ = await stored(store, "A", "B")
    await store.freshness.pin([pin(row)])
    assert await overdue(store, 0) == ["A"]
    await look_at(store, "A", 1)
    assert await overdue(store, 6 * HOUR) == []
    assert await overdue(store, 6 * HOUR + 2) == ["A"]
    await store.batches.write(batch(6 * HOUR + 2, picks=Picks(aspect=Aspect.CATALOG, artists=(row,))))
    assert await overdue(store, 6 * HOUR + 3) == []


async def test_the_longest_overdue_come_first_whatever_the_aspect(store: Stores) -> None:
    """Many late pins of one aspect leave room for one of another that waits longer."""
    row, other = await stored(store, "A", "B")
    await store.freshness.pin([pin(row), attrs.evolve(pin(other), aspect=Aspect.SHOWS)])
    await look_at(store, "A", 1)
    (found,) = await store.freshness.overdue(now=moment(7 * HOUR), limit=1)
    assert (found.aspect, [artist.name for artist in found.artists]) == (Aspect.SHOWS, ["B"])


async def test_a_pin_is_shown_until_its_end(store: Stores) -> None:
    """It shows whose it is, why, and the last look; a second one of the same aspect replaces it."""
    row, other = await stored(store, "A", "B")
    await store.freshness.pin([pin(row, until=60), pin(other)])
    await look_at(store, "A", 1)
    views = await store.freshness.pins(now=moment(2))
    assert [(view.name, view.looked_at, view.pin) for view in views] == [
        ("A", moment(1), pin(row, until=60)),
        ("B", None, pin(other)),
    ]
    assert [view.name for view in await store.freshness.pins(now=moment(61))] == ["B"]
    assert await overdue(store, 24 * HOUR) == ["B"]
    await store.freshness.pin([pin(row)])
    assert [view.name for view in await store.freshness.pins(now=moment(61))] == ["A", "B"]


async def test_unpinning_deletes_the_named_aspects_or_all(store: Stores) -> None:
    """It says how many pins there were."""
    row, _ = await stored(store, "A", "B")
    await store.freshness.pin([pin(row)])
    assert await store.freshness.unpin(row, [Aspect.SHOWS]) == 0
    assert await store.freshness.unpin(row, []) == 1
    assert await store.freshness.pins(now=NOW) == ()


async def test_interest_brings_a_look_forward(store: Stores) -> None:
    """Of two artists that were looked at alike the one that people visit comes first; unknown slugs are counted."""
    await stored(store, "A", "B")
    for name in ("A", "B"):
        await look_at(store, name, 0)
    told = (Interest(slug="b", followers=400, visits=900), Interest(slug="nobody", visits=1))
    assert await store.interest.note_interest(told, at=moment(1)) == 1
    found = await store.schedules.artists_for(POPULAR, now=moment(30 * HOUR), limit=9)
    assert [one.name for one in found] == ["B", "A"]


async def test_shows_are_due_when_their_sale_begins(store: Stores) -> None:
    """Ten minutes later, to be exact, whatever the index makes of the artist; another one's are not."""
    await stored(store, "A", "B")
    for name in ("A", "B"):
        job = look_job(JobKind.REFRESH_SHOWS, Lane.HIGH, key(name))
        await store.batches.write(batch(0, enqueue=(job,)))
        (claimed,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=NOW)).jobs
        shows = (show(sales_start=moment(50)),) if name == "A" else ()
        await store.batches.write(batch(0, job=update(claimed), shows=shows))
        look = Look(aspect=Aspect.SHOWS, changed=False)
        await store.batches.write(batch(0, job=update(claimed, JobState.DONE), looks=(look,)))
    assert (await store.plans.due(until=moment(59))).get(Aspect.SHOWS, 0) == 0
    due = await store.plans.due(until=moment(61))
    unseen = {Aspect.CATALOG: 2, Aspect.PROFILE: 2}
    assert due == {Aspect.SHOWS: 1, **unseen}, "what nobody looked at is due, too"


async def test_visits_add_up_and_fade(store: Stores) -> None:
    """Followers are the last number told, visits are added; told again they make no look later."""
    await stored(store, "A", "B")
    for name in ("A", "B"):
        await look_at(store, name, 0)
    for minute in (1, 2):
        assert await store.interest.note_interest((Interest(slug="a", visits=100),), at=moment(minute)) == 0
    await store.interest.note_interest((Interest(slug="b", visits=150),), at=moment(2))
    found = await store.schedules.artists_for(POPULAR, now=moment(30 * HOUR), limit=9)
    assert [one.name for one in found] == ["A", "B"]


async def called(store: Stores, job_id: JobId, kind: JobKind, minutes: float, *providers: ProviderName) -> None:
    """Record calls of a job."""
    calls = [
        CallRecord(
            key=f"{job_id}:{number}",
            at=moment(minutes),
            provider=provider,
            endpoint="e",
            lane="low",
            purpose=kind.value,
            cost=1,
            job_id=job_id,
            outcome="ok",
        )
        for number, provider in enumerate(providers)
    ]
    await store.ledger.record(calls)


async def done(store: Stores, kind: JobKind, minutes: float, *providers: ProviderName, **args: Any) -> JobId:
    """Run a job about artist A that makes these calls and takes a minute."""
    ordered = new_job(f"{kind} {minutes}", kind=kind, artist=key("A"), args=args)
    await store.batches.write(batch(minutes, enqueue=(ordered,)))
    (claimed,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(minutes))).jobs
    await called(store, claimed.id, kind, minutes, *providers)
    await store.batches.write(batch(minutes + 1, job=update(claimed, JobState.DONE)))
    return claimed.id


async def test_past_imports_are_told_with_their_calls(store: Stores) -> None:
    """Newest first, the look-up before the job included; an artist's second is one of a known artist."""
    (row,) = await stored(store, "A")
    await done(store, JobKind.IMPORT_ARTIST, 0, SPOTIFY, SPOTIFY, TICKETMASTER)
    await done(store, JobKind.IMPORT_ARTIST, 10, SPOTIFY, **{LOOK_UP_S: 0.5})
    await store.batches.write(batch(20, enqueue=(new_job("i", kind=JobKind.IMPORT_ARTIST, artist=key("A")),)))
    newest, oldest = await store.plans.past_imports(since=NOW, limit=9)
    assert newest == PastImport(artist_id=row, again=True, seconds=60.5, calls={SPOTIFY: 1})
    assert oldest == PastImport(artist_id=row, again=False, seconds=60.0, calls={SPOTIFY: 2, TICKETMASTER: 1})
    assert await store.plans.past_imports(since=moment(5), limit=9) == (newest,)
    assert await store.plans.past_imports(since=NOW, limit=1) == (newest,)


async def test_what_looks_cost_is_counted(store: Stores) -> None:
    """By the jobs that look at one aspect; an import looks at all, and is no measure."""
    await stored(store, "A")
    await done(store, JobKind.REFRESH_SHOWS, 0, TICKETMASTER, TICKETMASTER)
    await done(store, JobKind.REFRESH_SHOWS, 10, TICKETMASTER)
    await done(store, JobKind.IMPORT_ARTIST, 20, SPOTIFY)
    assert await store.plans.looked(since=moment(-1)) == {Aspect.SHOWS: Looked(looks=2, calls={TICKETMASTER: 3})}
    assert await store.plans.looked(since=moment(5)) == {Aspect.SHOWS: Looked(looks=1, calls={TICKETMASTER: 1})}


async def test_looks_that_share_their_calls_count_as_one_group(store: Stores) -> None:
    """Four artists' refreshes are a quarter of a group each, whatever other providers know of them."""
    await stored(store, "A")
    await done(store, JobKind.REFRESH_SHOWS, 0, TICKETMASTER)
    for number in range(4):
        together = {TICKETMASTER: ["K1", "K2", "K3", "K4"], "elsewhere": ["1"], "nowhere": []}
        await done(store, JobKind.REFRESH_SHOWS, 10 * (number + 1), together=together)
    await done(store, JobKind.REFRESH_SHOWS, 60, together={})
    looked = await store.plans.looked(since=moment(-1))
    assert looked == {Aspect.SHOWS: Looked(looks=6, calls={TICKETMASTER: 1}, groups=3.0)}


async def test_coming_shows_are_counted(store: Stores) -> None:
    """What is over or cancelled does not count."""
    one, other = await stored(store, "A", "B")
    days = [(-1, "scheduled"), (0, "rescheduled"), (30, "scheduled"), (60, "postponed"), (60, "cancelled")]
    bill = (billing("KA"),)
    shows = tuple(
        show(provider_id=f"E{n}", name=f"E{n}", bill=bill, local_date=NOW.date() + timedelta(days=away), status=status)
        for n, (away, status) in enumerate(days)
    )
    await store.batches.write(batch(1, shows=shows))
    assert await store.plans.coming([one, other], now=NOW) == {one: 3}


async def test_due_copies_are_counted(store: Stores) -> None:
    """None at once after a look, each within a month; what nobody looked at is due at once."""
    await stored(store, "A")
    await look_at(store, "A", 0)
    assert (await store.plans.due(until=moment(1))).get(Aspect.CATALOG, 0) == 0
    due = await store.plans.due(until=moment(31 * 24 * HOUR))
    assert due == {Aspect.CATALOG: 1, Aspect.SHOWS: 1, Aspect.PROFILE: 1}
