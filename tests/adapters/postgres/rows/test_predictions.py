"""What people voted on when a prediction changes."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sample_rows import NOW, album, artist, batch, moment, predicted, show, song
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.music.records import PredictedSetlist, PredictedSong

SONGS = tuple(song(spotify_id=one, name=one) for one in "ABCDEFG")
BASE = {"artists": (artist(),), "albums": (album(),), "songs": SONGS, "shows": (show(),)}
VOTES = """
create table votes (
    setlist_id uuid not null, song_id uuid not null, person text not null,
    foreign key (setlist_id, song_id) references setlist_songs on delete {rule}
)
"""
VOTE = "insert into votes select setlist_id, song_id, 'someone' from setlist_songs"
LIST = """
select concat(s.spotify_id, case when t.dropped_at is not null then '-' end, case when t.added_after_lock then '+' end)
from setlist_songs t join songs s on s.id = t.song_id order by t.position
"""


async def shown(look: Any) -> str:
    """Write the list: dropped songs with a minus, those added after the lock with a plus."""
    return " ".join(await look(LIST))


@pytest.fixture(params=["cascade", "restrict"])
async def voted(
    request: pytest.FixtureRequest, postgres_store: PostgresStore, look: Any
) -> AsyncIterator[PostgresStore]:
    """Yield a store with a predicted list A to E and a vote on each song."""
    await postgres_store.batches.write(batch(**BASE, predicted=(predicted("A", "B", "C", "D", "E"),)))
    await look("drop table if exists votes")
    await look(VOTES.format(rule=request.param))
    await look(VOTE)
    yield postgres_store
    await look("drop table votes")


async def test_votes_outlive_a_new_prediction(voted: PostgresStore, look: Any) -> None:
    """The likelier songs are offered, the voted ones stay behind them, and a song returns under its old row."""
    written = await voted.batches.write(batch(5, predicted=(predicted("F", "A", "G"),)))
    assert written.rejects == ()
    assert await shown(look) == "F A G B- C- D- E-"
    await voted.batches.write(batch(6, predicted=(predicted("F", "B"),)))
    assert await shown(look) == "F B A- G- C- D- E-"
    assert await look("select count(*) from votes") == [5]
    assert await look("select dropped_at from setlist_songs where title = 'B'") == [None]
    assert await look("select created_at from setlist_songs where title = 'B'") == [NOW]
    assert await look("select dropped_at from setlist_songs where title = 'C'") == [moment(5)]


async def test_a_locked_list_only_gains_songs(voted: PostgresStore, look: Any) -> None:
    """After the lock songs come in at the end, and nothing else moves."""
    await look("update setlists set locked_at = now()")
    await voted.batches.write(batch(5, predicted=(predicted("F", "A", "G"),)))
    assert await shown(look) == "A B C D E F+ G+"
    assert dict((await voted.batches.write(batch(6, predicted=(predicted("F", "A", "G"),)))).changed) == {}


async def test_a_song_that_the_application_added(voted: PostgresStore, look: Any) -> None:
    """It stays untouched, and the others go around it."""
    await look(
        "insert into setlist_songs (setlist_id, song_id, position, title, created_at, updated_at) "
        "select t.id, s.id, 6, 'fan', now(), now() from setlists t, songs s where s.spotify_id = 'G'"
    )
    before = await look("select * from setlist_songs where title = 'fan'")
    await voted.batches.write(batch(5, predicted=(predicted("E", "D", "C", "B", "A", "F"),)))
    assert await shown(look) == "E D C B A G F"
    await voted.batches.write(batch(6, predicted=(predicted("A"),)))
    assert await shown(look) == "A E- D- C- B- G F-"
    assert await look("select * from setlist_songs where title = 'fan'") == before


async def test_reasons_are_stored(postgres_store: PostgresStore, look: Any) -> None:
    """Probability, place, encore and reason are stored; the same prediction again writes nothing."""
    base = predicted()
    reason = "played at 14 of the last 15 shows, usually last"
    one = PredictedSong(position=1, song_key="a", title="A", probability=0.9137, encore=True, reason=reason)
    said = PredictedSetlist(
        show_provider=base.show_provider,
        show_provider_id=base.show_provider_id,
        artist=base.artist,
        songs=(one,),
        expected_songs=1,
        concerts=15,
    )
    await postgres_store.batches.write(batch(**BASE, predicted=(said,)))
    assert await look("select round(probability::numeric, 4)::text, encore, reason from setlist_songs") == [
        ("0.9137", True, reason)
    ]
    assert await look("select expected_songs, concerts from setlists") == [(1, 15)]
    assert dict((await postgres_store.batches.write(batch(5, predicted=(said,)))).changed) == {}
