"""The change feed, one suite over the fake and over PostgreSQL: what is noted, how it is numbered, what is kept."""

from datetime import date, timedelta

from sample_rows import MBID, NOW, artist, batch, moment, new_job, owner, played, played_show, show, update
from thesetd.domain.changes import CatalogueChange, ChangeAction, ChangeKind
from thesetd.domain.ids import Seq
from thesetd.domain.work.jobs import JobState
from thesetd.ports.store import Stores

ARTIST, SHOW, SETLIST = ChangeKind.ARTIST, ChangeKind.SHOW, ChangeKind.SETLIST


async def published(store: Stores, since: int = 0, *kinds: ChangeKind) -> tuple[CatalogueChange, ...]:
    """Publish what was committed, and return the changes after a number."""
    await store.changes.publish_changes(now=NOW)
    page = await store.changes.changes_after(since=Seq(since), kinds=kinds, limit=100)
    assert page.reaches(Seq(since))
    return page.changes


async def test_a_new_artist_and_show_are_changes_with_their_values(store: Stores) -> None:
    """Each is one change, however many statements of the batch wrote to its row."""
    await store.batches.write(batch(artists=(artist(popularity=40),), shows=(show(),)))
    found = await published(store, 0, ARTIST, SHOW)
    assert [(one.kind, one.action, one.table) for one in found] == [
        (ARTIST, ChangeAction.CREATED, "artists"),
        (SHOW, ChangeAction.CREATED, "shows"),
    ]
    assert (found[0].after["name"], found[0].after["popularity"]) == ("The Owls", 40)
    assert found[0].artist_id == found[0].id
    assert (found[1].after["status"], found[1].after["local_date"]) == ("scheduled", "2026-06-11")
    assert (found[0].job_id, found[0].at) == (None, NOW)


async def test_a_cancellation_says_what_was_before(store: Stores) -> None:
    """The columns that changed, and no others."""
    await store.batches.write(batch(artists=(artist(),), shows=(show(),)))
    last = (await published(store))[-1].seq
    await store.batches.write(batch(5, shows=(show(5, status="cancelled"),)))
    (change,) = await published(store, last, SHOW)
    assert (change.kind, change.action, change.changed) == (SHOW, ChangeAction.CHANGED, ("status",))
    assert (change.before, change.after) == ({"status": "scheduled"}, {"status": "cancelled"})


async def test_rows_that_say_the_same_again_are_no_changes(store: Stores) -> None:
    """A refresh without news leaves no trace in the feed."""
    lengths = []
    for minutes in (0, 5, 10):
        await store.batches.write(batch(minutes, artists=(artist(minutes),), shows=(show(minutes),)))
        lengths.append((len(await published(store, 0, SHOW)), len(await published(store))))
    assert (lengths[0][0], lengths[1]) == (1, lengths[2])


async def test_a_setlist_is_a_change_and_its_songs_are_named_only(store: Stores) -> None:
    """Songs are long: readers are told that they changed, and read the row."""
    rows = {"artists": (artist(mbid=MBID),), "shows": (played_show(),)}
    await store.batches.write(batch(**rows, actual_setlists=(played(),)))
    (first,) = await published(store, 0, SETLIST)
    assert (first.action, first.after["event_date"]) == (ChangeAction.CREATED, date(2026, 5, 20).isoformat())
    assert "songs" in first.changed
    assert "songs" not in first.after
    longer = played(5, version_id="v2", songs=({"name": "Hoot", "position": 1}, {"name": "Dusk", "position": 2}))
    await store.batches.write(batch(5, actual_setlists=(longer,), shows=(played_show(5),)))
    (second,) = await published(store, first.seq, SETLIST)
    assert (second.action, second.changed, second.after) == (ChangeAction.CHANGED, ("songs",), {})


async def test_a_change_names_the_job_that_made_it(store: Stores) -> None:
    """Later batches without a job name none."""
    await store.batches.write(batch(enqueue=(new_job(),)))
    (job,) = (await store.jobs.claim(owner=owner(), limit=1, background=1, now=moment(1))).jobs
    await store.batches.write(batch(2, job=update(job, JobState.RUNNING), artists=(artist(2),)))
    await store.batches.write(batch(3, artists=(artist(3, spotify_id="B", slug="bats", name="Bats"),)))
    assert [one.job_id for one in await published(store, 0, ARTIST)] == [job.id, None]


async def test_numbers_have_no_gaps_and_pages_follow_each_other(store: Stores) -> None:
    """A page of some kinds also passes what it leaves out; the last page ends at the feed's last number."""
    for number in range(5):
        name = f"Act {number}"
        parts = {"spotify_id": f"S{number}", "slug": f"act-{number}", "name": name, "ticketmaster_id": None}
        await store.batches.write(batch(number, artists=(artist(number, **parts),)))
    every = await published(store)
    assert [one.seq for one in every] == list(range(1, len(every) + 1))
    first = await store.changes.changes_after(since=None, kinds=(ARTIST,), limit=3)
    rest = await store.changes.changes_after(since=first.next, kinds=(ARTIST,), limit=3)
    assert [one.after["name"] for one in (*first.changes, *rest.changes)] == [f"Act {n}" for n in range(5)]
    assert (first.next, rest.next) == (first.changes[-1].seq, rest.last)
    assert await published(store, rest.last) == ()


async def test_what_is_not_published_yet_is_in_no_page(store: Stores) -> None:
    """A number is given once, by whoever publishes first."""
    await store.batches.write(batch(artists=(artist(),)))
    assert (await store.changes.changes_after(since=None, limit=9)).changes == ()
    one, two = [await store.changes.publish_changes(now=NOW) for _ in range(2)]
    assert one == two == (await store.changes.changes_after(since=None, limit=9)).last


async def test_a_reader_that_was_away_for_a_week_catches_up_and_after_a_month_is_told(store: Stores) -> None:
    """Changes are kept for 30 days; what is older is gone, and so is its number."""
    await store.batches.write(batch(artists=(artist(),)))
    old = (await published(store))[-1].seq
    await store.batches.write(batch(1, artists=(artist(1, spotify_id="B", slug="bats", name="Bats"),)))
    await store.changes.publish_changes(now=NOW + timedelta(days=25))
    await store.schedules.cleanup(now=NOW + timedelta(days=7))
    assert len(await published(store, 0, ARTIST)) == 2
    assert (await store.schedules.cleanup(now=NOW + timedelta(days=31)))["thesetd.changes"] == old
    page = await store.changes.changes_after(since=Seq(0), limit=9)
    assert (page.reaches(Seq(0)), page.changes, page.oldest) == (False, (), old + 1)
    later = await store.changes.changes_after(since=old, kinds=(ARTIST,), limit=9)
    assert [one.after["name"] for one in later.changes] == ["Bats"]
    await store.schedules.cleanup(now=NOW + timedelta(days=99))
    empty = await store.changes.changes_after(since=later.last, limit=9)
    assert (empty.reaches(later.last), empty.oldest) == (True, later.last + 1)
    assert not (await store.changes.changes_after(since=Seq(later.last + 1), limit=9)).reaches(Seq(later.last + 1))
