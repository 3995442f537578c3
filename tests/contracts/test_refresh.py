"""The refresh index, in memory and in PostgreSQL: who comes next, and who not yet."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from sample_rows import NOW, artist, batch, billing, event, moment, new_job, owner, show, update
from thesetd.domain.freshness.copies import Aspect, Look
from thesetd.domain.freshness.interest import Interest
from thesetd.domain.identity import spaces
from thesetd.domain.music.records import Show
from thesetd.domain.work.batches import Picks
from thesetd.domain.work.deferrals import Deferral, DeferReason
from thesetd.domain.work.jobs import HISTORY, Action, ArtistKey, JobKind, JobState, KnownArtist, Lane, Order
from thesetd.ports.store import Stores

POPULAR = "sync-popular-artists"  # looks at catalogues; target a day
HOURS = 60
MBID = "8bfac288-ccc5-448d-9573-c33ea2aa5c30"


async def stored(store: Stores, *names: str) -> None:
    """Stores artists, the first the most popular."""
    rows = [
        artist(spotify_id=name, slug=name.lower(), name=name, popularity=90 - rank) for rank, name in enumerate(names)
    ]
    await store.batches.write(batch(artists=tuple(rows)))


async def look_at(store: Stores, name: str, minutes: float, *, changed: bool = False) -> None:
    """Run a job that looks at an artist's catalogue, and ends at that moment."""
    key = ArtistKey(space=spaces.SPOTIFY, provider_id=name)
    job = new_job(f"{name} {minutes}", kind=JobKind.REFRESH_CATALOG, artist=key)
    await store.batches.write(batch(minutes, enqueue=(job,)))
    (claimed,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(minutes))).jobs
    look = Look(aspect=Aspect.CATALOG, changed=changed)
    await store.batches.write(batch(minutes, job=update(claimed, JobState.DONE), looks=(look,)))


async def following(store: Stores, minutes: float, limit: int = 9) -> list[str]:
    """Name who comes next at that moment."""
    found = await store.schedules.artists_for(POPULAR, now=moment(minutes), limit=limit)
    return [one.name for one in found]


async def order(store: Stores, minutes: float, names: Sequence[str]) -> None:
    """Order looks at these artists at that moment."""
    found = await store.schedules.artists_for(POPULAR, now=moment(minutes), limit=9)
    ids = tuple(one.id for one in found if one.name in names)
    assert len(ids) == len(names)
    await store.batches.write(batch(minutes, picks=Picks(aspect=Aspect.CATALOG, artists=ids)))


async def test_who_was_never_looked_at_comes_first_by_popularity(store: Stores) -> None:
    """A look sends the most popular artist behind the others, once it may be looked at again at all."""
    await stored(store, "A", "B", "C")
    assert await following(store, 0) == ["A", "B", "C"]
    await look_at(store, "A", 0)
    assert await following(store, 30 * HOURS) == ["B", "C", "A"]


async def test_nobody_is_looked_at_again_before_half_of_the_target(store: Stores) -> None:
    """The target of this schedule is a day: after eleven hours an artist rests, after thirteen it may come."""
    await stored(store, "A")
    await look_at(store, "A", 0)
    assert await following(store, 11 * HOURS) == []
    assert await following(store, 13 * HOURS) == ["A"]
    assert [one.name for one in await store.schedules.artists_for(POPULAR, now=moment(1), limit=9, again=True)] == ["A"]


async def test_what_changes_comes_before_what_does_not(store: Stores) -> None:
    """Of two equals the one whose looks found changes is due first."""
    await stored(store, "Still", "Busy")
    for day in range(6):
        await look_at(store, "Still", day * 24 * HOURS)
        await look_at(store, "Busy", day * 24 * HOURS, changed=day > 0)
    assert await following(store, 7 * 24 * HOURS) == ["Busy", "Still"]


async def test_who_was_looked_at_just_now_waits_for_others_while_nobody_is_due(store: Stores) -> None:
    """With the first threshold and many calls none is due: the most important artist alone must not get them all.

    It is due first, days from now, whenever it is looked at; another has waited for twelve days.
    """
    await stored(store, "Famous", "Other")
    await store.interest.note_interest([Interest(slug="famous", followers=10_000, visits=900)], at=NOW)
    for name in ("Other", "Famous"):
        await look_at(store, name, 0)
    for hours in (12 * 24, 12 * 24 + 13):
        await look_at(store, "Famous", hours * HOURS)
    assert await following(store, (13 * 24 + 2) * HOURS) == ["Other", "Famous"]


async def test_a_look_that_was_ordered_is_not_ordered_again_at_once(store: Stores) -> None:
    """Three hours pass before the same artist is ordered again, six the next time: one that fails does not block."""
    await stored(store, "Failing", "Other")
    await order(store, 0, ["Failing"])
    assert await following(store, 1) == ["Other"]
    assert await following(store, 3 * HOURS + 1) == ["Other", "Failing"]
    await order(store, 4 * HOURS, ["Failing"])
    assert await following(store, 9 * HOURS) == ["Other"]
    assert await following(store, 10 * HOURS + 1) == ["Other", "Failing"]


async def test_nothing_is_older_than_its_floor_if_there_are_calls(store: Stores) -> None:
    """What reaches 27 days comes before all that is due, the oldest first, however long the others have been due."""
    await stored(store, "Busy", "Old", "Older")
    await look_at(store, "Older", 0)
    await look_at(store, "Old", 1)
    for day in range(1, 5):
        await look_at(store, "Busy", day * 24 * HOURS, changed=True)
    assert (await following(store, 26 * 24 * HOURS))[0] == "Busy"
    at = 27 * 24 * HOURS + 1
    assert await following(store, at) == ["Older", "Old", "Busy"]
    await order(store, at, ["Older"])
    assert await following(store, at + 4 * HOURS) == ["Old", "Older", "Busy"]


async def test_what_is_ordered_by_two_at_once_counts_once(store: Stores) -> None:
    """Two nodes that saw the same artist next: it rests for three hours, as after one order, and not for six."""
    await stored(store, "A")
    found = await store.schedules.artists_for(POPULAR, now=NOW, limit=9)
    for _ in range(2):
        picks = Picks(aspect=Aspect.CATALOG, artists=tuple(one.id for one in found))
        await store.batches.write(batch(0, picks=picks))
    await order(store, 3 * HOURS + 1, ["A"])


async def test_an_artist_is_in_the_index_once_it_can_be_asked_about(store: Stores) -> None:
    """Of one without an attraction shows are not due; once it has one they are."""
    await stored(store, "A")
    assert (await store.plans.due(until=moment(1))).get(Aspect.SHOWS, 0) == 0
    known = artist(spotify_id="A", ticketmaster_id="K1", slug="a", name="A", popularity=90)
    await store.batches.write(batch(1, artists=(known,)))
    assert (await store.plans.due(until=moment(2))).get(Aspect.SHOWS, 0) == 1


async def test_a_look_ends_the_order(store: Stores) -> None:
    """Once a look came of it the artist is ordered as any other."""
    await stored(store, "A")
    for day in range(3):
        await order(store, day * 24 * HOURS, ["A"])
        await look_at(store, "A", day * 24 * HOURS + 5)
    assert await following(store, 3 * 24 * HOURS) == ["A"]


async def test_profiles_that_were_asked_for_rest_like_any_other_look(store: Stores) -> None:
    """A batch tells whose records it asked for, found or not: those come again after half of the target."""
    await stored(store, "A", "B", "C")
    profiles = await store.schedules.artists_for(POPULAR, now=NOW, limit=9, aspect=Aspect.PROFILE)
    assert [one.name for one in profiles] == ["A", "B", "C"]
    await store.batches.write(batch(1, profiles=tuple(one.id for one in profiles[:2])))
    for hours, names in ((11, "C"), (13, "ABC")):
        found = await store.schedules.artists_for(POPULAR, now=moment(hours * HOURS), limit=9, aspect=Aspect.PROFILE)
        assert "".join(sorted(one.name for one in found)) == names
    assert await following(store, 1) == ["A", "B", "C"]  # at whose catalogues nobody looked


async def test_a_look_at_nobody_is_nothing(store: Stores) -> None:
    """A job without an artist leaves the index as it is."""
    await store.batches.write(batch(enqueue=(new_job("none", kind=JobKind.REFRESH_CATALOG),)))
    (claimed,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=NOW)).jobs
    await store.batches.write(
        batch(1, job=update(claimed, JobState.DONE), looks=(Look(aspect=Aspect.CATALOG, changed=True),))
    )
    assert await following(store, 48 * HOURS) == []


async def test_a_limit_bounds_who_comes(store: Stores) -> None:
    """As many as asked for, the most urgent ones."""
    await stored(store, "A", "B", "C")
    assert await following(store, 0, limit=2) == ["A", "B"]


async def test_a_show_that_another_answer_tells_of_makes_its_acts_due(store: Stores) -> None:
    """A new show of A in B's answer, later its end in a sweep: due at once; B's own answer is no hint for B."""
    acts = [
        artist(spotify_id=name, ticketmaster_id=f"K{name}", slug=name.lower(), name=name, popularity=9) for name in "AB"
    ]
    await store.batches.write(batch(artists=tuple(acts)))
    acts_billed = tuple(billing(f"K{name}", name=name, set_order=place) for place, name in enumerate("AB", start=1))
    billed = show(provider_id="S1", bill=acts_billed)

    async def look(name: str, minutes: float, *shows: Show) -> None:
        key = ArtistKey(space=spaces.SPOTIFY, provider_id=name)
        job = new_job(f"{name} {minutes}", kind=JobKind.REFRESH_SHOWS, artist=key)
        await store.batches.write(batch(minutes, enqueue=(job,)))
        (claimed,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(minutes))).jobs
        await store.batches.write(batch(minutes, job=update(claimed), shows=shows))
        found = Look(aspect=Aspect.SHOWS, changed=bool(shows))
        await store.batches.write(batch(minutes, job=update(claimed, JobState.DONE), looks=(found,)))

    async def due(minutes: float) -> int:
        return (await store.plans.due(until=moment(minutes))).get(Aspect.SHOWS, 0)

    await look("A", 0)
    await look("B", 1)
    assert await due(2) == 0
    await look("B", 3, billed)
    assert await due(4) == 1
    await look("A", 5)
    assert await due(6) == 0
    gone = attrs.evolve(billed, status="cancelled", fetched_at=moment(7))
    await store.batches.write(batch(7, shows=(gone,)))  # as a sweep finds it
    assert await due(8) == 2


async def looked_setlists(store: Stores, minutes: float, *shows: Show) -> None:
    """Look at an artist's setlists, and at shows if there are any."""
    kinds = [(JobKind.REFRESH_SHOWS, Aspect.SHOWS)] if shows else []
    for kind, aspect in [*kinds, (JobKind.REFRESH_SETLISTS, Aspect.SETLISTS)]:
        key = ArtistKey(space=spaces.SPOTIFY, provider_id="A")
        await store.batches.write(batch(minutes, enqueue=(new_job(f"{kind} {minutes}", kind=kind, artist=key),)))
        (claimed,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(minutes))).jobs
        if aspect is Aspect.SHOWS:
            await store.batches.write(batch(minutes, job=update(claimed), shows=shows))
        look = Look(aspect=aspect, changed=False)
        await store.batches.write(batch(minutes, job=update(claimed, JobState.DONE), looks=(look,)))


async def test_setlists_are_due_by_their_shows(store: Stores) -> None:
    """Of a show in three days none is looked for before it is over, then soon, and no sweep orders that as well."""
    known = artist(spotify_id="A", ticketmaster_id="K1", mbid=MBID, slug="a", name="A")
    await store.batches.write(batch(artists=(known,)))
    tonight = show(local_date=(NOW + timedelta(days=3)).date(), starts_at=None)
    await looked_setlists(store, 0, tonight)
    assert await store.timings.timed(now=NOW + timedelta(days=3), limit=9) == ()
    later = NOW + timedelta(days=6)
    assert [one.name for one in await store.timings.timed(now=later, limit=9)] == ["A"]
    picks = Picks(aspect=Aspect.SETLISTS, artists=((await timed(store, later)).id,))
    await store.batches.write(batch(6 * 24 * HOURS, picks=picks))
    assert await store.timings.timed(now=later, limit=9) == (), "its look is ordered"


async def test_setlists_of_recent_shows_are_never_older_than_the_schedules_promise(store: Stores) -> None:
    """The target of recent setlists is six hours: whatever the show makes of it, after that the artist is named."""
    known = artist(spotify_id="A", ticketmaster_id="K1", mbid=MBID, slug="a", name="A")
    await store.batches.write(batch(artists=(known,)))
    night = show(local_date=(NOW - timedelta(days=2)).date(), starts_at=None)
    await looked_setlists(store, 0, night)

    async def promised(hours: float) -> list[str]:
        found = await store.timings.promised("sync-recent-setlists", now=moment(hours * HOURS), limit=9)
        return [one.name for one in found]

    assert await promised(5) == []
    assert await promised(7) == ["A"]
    await looked_setlists(store, 7 * HOURS)
    assert await promised(12) == []


async def test_setlists_that_no_show_times_come_in_the_order_of_the_index(store: Stores) -> None:
    """Those that were never looked at first; artists that are being imported are left out."""
    names = {"A": MBID, "B": MBID[:-1] + "2", "C": MBID[:-1] + "3"}
    known = [
        artist(spotify_id=name, mbid=mbid, slug=name.lower(), name=name, popularity=100 - ord(name))
        for name, mbid in names.items()
    ]
    await store.batches.write(batch(artists=tuple(known)))
    await looked_setlists(store, 0, show(local_date=(NOW + timedelta(days=3)).date(), starts_at=None))
    assert [one.name for one in await untimed(store, 9)] == ["B", "C"], "the setlists of A are due by a show"
    key = ArtistKey(space=spaces.SPOTIFY, provider_id="B")
    (imported,) = (await store.batches.write(batch(1, enqueue=(new_job("i", artist=key),)))).enqueued
    await store.batches.write(batch(1, events=(event(imported.job_id, 1),)))
    assert [one.name for one in await untimed(store, 9)] == ["C"], "its import looks at those of B"
    await store.batches.write(batch(2, orders=(Order(imported.job_id, Action.CANCEL),)))


async def test_looks_at_setlists_that_wait_now_are_counted_by_lane(store: Stores) -> None:
    """Those put off for a quota too; not whole histories, and not looks that were ordered for later hours."""
    await stored(store, "B")
    key = ArtistKey(space=spaces.SPOTIFY, provider_id="B")
    look = new_job("l", kind=JobKind.REFRESH_SETLISTS, artist=key)
    others = (
        attrs.evolve(look, unique_key="h", args={HISTORY: True}),
        attrs.evolve(look, unique_key="later", not_before=moment(HOURS)),
        new_job("shows", kind=JobKind.REFRESH_SHOWS, artist=key),
    )
    await store.batches.write(batch(enqueue=others))
    assert await store.timings.waiting(now=moment(1)) == {}
    assert await store.timings.waiting(now=moment(2 * HOURS)) == {look.lane: 1}
    await store.batches.write(batch(1, enqueue=(attrs.evolve(look, lane=Lane.HIGH),)))
    assert await store.timings.waiting(now=moment(1)) == {Lane.HIGH: 1}
    (job,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(1))).jobs
    assert job.lane is Lane.HIGH
    put_off = attrs.evolve(
        update(job, JobState.READY), not_before=moment(HOURS), waits_for=Deferral(DeferReason.QUOTA, "setlistfm")
    )
    await store.batches.write(batch(2, job=put_off))
    assert await store.timings.waiting(now=moment(3)) == {Lane.HIGH: 1}


async def untimed(store: Stores, limit: int) -> tuple[KnownArtist, ...]:
    """Return artists whose setlists no show times and that were not looked at within the last hour."""
    at = NOW + timedelta(hours=2)
    return await store.timings.untimed(now=at, before=at - timedelta(hours=1), limit=limit)


async def timed(store: Stores, at: datetime) -> KnownArtist:
    """Return the one artist whose setlists are due by a show."""
    (found,) = await store.timings.timed(now=at, limit=9)
    return found


async def test_a_look_that_was_ordered_for_later_is_taken_over(store: Stores) -> None:
    """A weekly schedule orders looks for days ahead: one that fires every hour does not wait for them, or doubly."""
    await stored(store, "A", "B")
    await look_at(store, "A", 0)
    await look_at(store, "B", 0)
    rows = [one.id for one in await store.schedules.artists_for(POPULAR, now=moment(0), limit=9, again=True)]
    later, soon = moment(40 * HOURS), moment(24 * HOURS + 30)
    await store.batches.write(
        batch(24 * HOURS, picks=Picks(aspect=Aspect.CATALOG, artists=tuple(rows), moments=(later, later)))
    )
    assert await following(store, 24 * HOURS + 1) == ["A", "B"]
    await store.batches.write(
        batch(24 * HOURS + 1, picks=Picks(aspect=Aspect.CATALOG, artists=tuple(rows[:1]), moments=(soon,)))
    )
    again = await store.schedules.artists_for(POPULAR, now=moment(24 * HOURS + 2), limit=9, until=moment(25 * HOURS))
    assert [one.id for one in again] == rows[1:], "the other is ordered for this hour by now"


async def test_a_job_that_is_joined_runs_at_the_earlier_moment(store: Stores) -> None:
    """One that waits for a quota, or after a failure, waits on."""
    await stored(store, "A")
    key = ArtistKey(space=spaces.SPOTIFY, provider_id="A")
    waiting = new_job("look", kind=JobKind.REFRESH_CATALOG, artist=key)
    await store.batches.write(batch(enqueue=(attrs.evolve(waiting, not_before=moment(600)),)))
    assert not (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(60))).jobs
    await store.batches.write(batch(60, enqueue=(attrs.evolve(waiting, not_before=moment(120)),)))
    (job,) = (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(120))).jobs
    failed = attrs.evolve(update(job, JobState.READY), not_before=moment(600), failed_attempt=True)
    await store.batches.write(batch(120, job=failed))
    await store.batches.write(batch(121, enqueue=(waiting,)))
    assert not (await store.jobs.claim(owner=owner("n1"), limit=1, background=1, now=moment(122))).jobs
