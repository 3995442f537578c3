"""What a job predicts, through the database: for acts of every kind, until people have voted and after."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any, cast

import attrs
import pytest

from fake_cache import FakeCache
from fakes import FakeClock
from recorder import Recorder
from sample_rows import ARTIST_KEY, MBID, NOW, OTHER_MBID, artist, batch, billing, moment, new_job, owner, played, show
from thesetd.actors.jobs.catalogue.predict_step import predict_step
from thesetd.actors.jobs.steps import complete
from thesetd.actors.jobs.work import JobRun, JobServices
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.identity import spaces
from thesetd.domain.music.records import ActualSetlist
from thesetd.domain.prediction.foreseen import LastPredictions
from thesetd.domain.work.batches import Batch, Written
from thesetd.domain.work.jobs import ArtistKey, JobKind, Lane

Look = Callable[..., Awaitable[list[Any]]]
NO_USERS = "a5da6bb9-6c4c-4b2d-9e2a-0a6b6b6c3f01"
LENGTHS = """
select coalesce(s.ticketmaster_id, s.setlistfm_id), t.expected_songs,
    (select count(*) from setlist_songs l where l.setlist_id = t.id and l.dropped_at is null)
from setlists t join shows s on s.id = t.show_id order by 1
"""
OFFERED = """
select l.title, l.dropped_at is not null, l.added_after_lock from setlist_songs l order by l.position
"""


def night(number: int, *names: str, mbid: str = MBID) -> ActualSetlist:
    """Return the page of a concert so many days ago."""
    return played(
        setlistfm_id=f"{mbid[:4]}{number:03}",
        artist_mbid=mbid,
        event_date=NOW.date() - timedelta(days=number),
        songs=tuple({"name": name, "position": place} for place, name in enumerate(names, 1)),
    )


def songs(*numbers: int) -> list[str]:
    """Return names of songs."""
    return [f"Lantern {number}" for number in numbers]


@attrs.define
class Predictions:
    """Runs the last step and the end of jobs on a database, as a node does that remembers what it predicted."""

    store: PostgresStore
    runs: int = 0
    made: LastPredictions = attrs.field(factory=LastPredictions)

    async def of(self, key: ArtistKey) -> None:
        """Predict the coming shows of an artist, as a refresh does."""
        self.runs += 1
        job = new_job(f"refresh:{self.runs}", kind=JobKind.REFRESH_SETLISTS, artist=key)
        await self.store.batches.write(batch(self.runs, enqueue=(job,)))
        claimed = await self.store.jobs.claim(owner=owner(), limit=1, background=1, now=moment(self.runs + 1))
        services = cast("JobServices", _Services(self.store, self.made))
        work = JobRun.start(claimed.jobs[0], services, lambda: None)
        await predict_step(work)
        await complete(work)


class _Services:
    """What the step uses of `JobServices`."""

    def __init__(self, store: PostgresStore, made: LastPredictions) -> None:
        self.clock = FakeClock(NOW)
        self.cache, self.observer = FakeCache(self.clock), Recorder()
        self.writer, self.reading = self, store
        self.predictions = made

    async def write(self, batch: Batch, _: Lane) -> Written:
        """Store a batch."""
        return await self.reading.batches.write(batch)


@pytest.fixture
def predictions(postgres_store: PostgresStore) -> Predictions:
    """Return a way to predict."""
    return Predictions(postgres_store)


async def test_supports_and_festivals_get_shorter_lists(predictions: Predictions, look: Look) -> None:
    """The same act is expected with 16 songs at its own show, with fewer as a guest, and in between at a festival."""
    host = artist(spotify_id="Host", slug="host", name="Host", ticketmaster_id="K2")
    act = artist(mbid=MBID, ticketmaster_id="AttractionA")
    coming = {
        "own": {},
        "guest": {"bill": (billing("K2", name="Host"), billing(set_order=2, is_headliner=False))},
        "fest": {"name": "Harbour Fest 2026"},
    }
    shows = tuple(
        show(provider_id=key, local_date=date(2026, 7, day), **{"bill": (billing(),), **parts})
        for day, (key, parts) in enumerate(coming.items(), 1)
    )
    pages = tuple(night(n, *songs(*range(16))) for n in range(2, 40, 3))
    await predictions.store.batches.write(batch(artists=(act, host), shows=shows, actual_setlists=pages))
    await predictions.of(ARTIST_KEY)
    expected = {key: length for key, length, _ in await look(LENGTHS)}
    assert expected["own"] == 16
    assert expected["guest"] < expected["fest"] < 16
    assert all(length <= offered for _, length, offered in await look(LENGTHS))


@pytest.mark.parametrize("pages", [0, 6])
async def test_an_act_that_spotify_does_not_know_is_predicted(predictions: Predictions, look: Look, pages: int) -> None:
    """From its setlists alone; without any, there is nothing to offer and no list."""
    act = artist(spotify_id=None, slug="lamps", name="Lamps", mbid=NO_USERS, ticketmaster_id="K9")
    coming = show(provider_id="E9", bill=(billing("K9", name="Lamps"),), name="Lamps")
    played_ones = tuple(night(n, *songs(*range(1, 13)), mbid=NO_USERS) for n in range(2, 2 + pages))
    await predictions.store.batches.write(batch(artists=(act,), shows=(coming,), actual_setlists=played_ones))
    await predictions.of(ArtistKey(space=spaces.MUSICBRAINZ, provider_id=NO_USERS))
    assert await look(LENGTHS) == ([("E9", 12, 12)] if pages else [])


async def test_a_stub_of_a_bill_is_predicted(predictions: Predictions, look: Look) -> None:
    """An act that only a bill names gets a list as soon as its setlists are known, at its place on the bill."""
    head = artist(mbid=MBID, ticketmaster_id="AttractionA")
    bill = (billing(), billing("K7", name="Wrens", mbid=OTHER_MBID, set_order=2, is_headliner=False))
    await predictions.store.batches.write(batch(artists=(head,), shows=(show(provider_id="E7", bill=bill),)))
    pages = tuple(night(n, *songs(*range(1, 17)), mbid=OTHER_MBID) for n in range(2, 12))
    await predictions.store.batches.write(batch(1, actual_setlists=pages))
    await predictions.of(ArtistKey(space=spaces.MUSICBRAINZ, provider_id=OTHER_MBID))
    ((key, length, offered),) = await look(LENGTHS)
    assert (key, 4 <= length < 16, offered >= length) == ("E7", True, True)


async def test_refreshed_until_people_have_voted_then_only_added_to(predictions: Predictions, look: Look) -> None:
    """A new tour replaces what was predicted; once the list is locked it only gains songs, at its end."""
    act = artist(mbid=MBID)
    old = tuple(night(n, *songs(*range(8))) for n in range(20, 40, 2))
    await predictions.store.batches.write(batch(artists=(act,), shows=(show(),), actual_setlists=old))
    await predictions.of(ARTIST_KEY)
    before = await look(OFFERED)
    assert [title for title, *_ in before] == songs(*range(8))
    fresh = tuple(night(n, *songs(*range(20, 28))) for n in range(8, 14))
    await predictions.store.batches.write(batch(5, actual_setlists=fresh))
    await predictions.of(ARTIST_KEY)
    refreshed = await look(OFFERED)
    assert [title for title, *_ in refreshed][:8] == songs(*range(20, 28))
    assert {title for title, *_ in refreshed} >= set(songs(*range(8)))  # rows stay, whoever voted on them
    await look("update setlists set locked_at = updated_at")
    last = tuple(night(n, *songs(*range(40, 48))) for n in range(2, 8))
    await predictions.store.batches.write(batch(9, actual_setlists=last))
    await predictions.of(ARTIST_KEY)
    locked = await look(OFFERED)
    assert [(title, added) for title, _, added in locked[: len(refreshed)]] == [
        (title, False) for title, *_ in refreshed
    ]
    added = [(title, late) for title, _, late in locked[len(refreshed) :]]
    assert set(added) == {(title, True) for title in songs(*range(40, 48))}


async def test_an_unlocked_list_takes_all_of_a_prediction(predictions: Predictions, look: Look) -> None:
    """While it was locked it only gained songs; nothing else has changed since."""
    old = tuple(night(n, *songs(*range(8))) for n in range(20, 40, 2))
    await predictions.store.batches.write(batch(artists=(artist(mbid=MBID),), shows=(show(),), actual_setlists=old))
    await predictions.of(ARTIST_KEY)
    await look("update setlists set locked_at = now()")
    fresh = tuple(night(n, *songs(*range(20, 28))) for n in range(2, 8))
    await predictions.store.batches.write(batch(5, actual_setlists=fresh))
    await predictions.of(ARTIST_KEY)
    assert [title for title, *_ in await look(OFFERED)][:8] == songs(*range(8))
    await predictions.of(ARTIST_KEY)
    await look("update setlists set locked_at = null")
    await predictions.of(ARTIST_KEY)
    assert [title for title, *_ in await look(OFFERED)][:8] == songs(*range(20, 28))


async def test_what_another_node_predicted_in_the_meantime_is_replaced(predictions: Predictions, look: Look) -> None:
    """A show was called a festival for a while: what this node remembers is right, what is stored is not."""
    pages = tuple(night(n, *songs(*range(16))) for n in range(2, 40, 3))
    act, here = artist(mbid=MBID), show(name="The Owls")
    await predictions.store.batches.write(batch(artists=(act,), shows=(here,), actual_setlists=pages))
    for _ in range(2):
        await predictions.of(ARTIST_KEY)
    right = await look(LENGTHS)
    await predictions.store.batches.write(batch(20, shows=(show(20, name="Harbour Fest 2026"),)))
    await Predictions(predictions.store, runs=20).of(ARTIST_KEY)
    assert await look(LENGTHS) != right
    await predictions.store.batches.write(batch(30, shows=(show(30, name="The Owls"),)))
    predictions.runs = 30
    await predictions.of(ARTIST_KEY)
    assert await look(LENGTHS) == right
