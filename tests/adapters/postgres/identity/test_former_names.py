"""Artists by names that they had."""

from identity_scene import s
from sample_rows import artist, batch
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.statements import Record
from thesetd.domain.music.reference import ArtistRef, ReferenceKind


async def named(store: PostgresStore, minutes: float, number: int, name: str) -> None:
    """Learn what an artist's provider calls it now."""
    learnt = Learnt(records=(Record(ref=s(number), name=name),), wanted=frozenset({s(number)}), complete=True)
    await store.batches.write(batch(minutes, identity=learnt))
    await store.batches.write(batch(minutes, artists=(artist(minutes, spotify_id=s(number).id, name=name),)))


async def found(store: PostgresStore, name: str) -> list[str]:
    """Return the present names of artists that a name finds."""
    return [one.name for one in await store.statuses.find_artist(ArtistRef(ReferenceKind.NAME, name))]


async def test_an_artist_is_found_by_a_former_name(postgres_store: PostgresStore) -> None:
    """As long as nobody else has that name; whoever has it now comes first."""
    await named(postgres_store, 0, 1, "Otterwick Lane")
    await named(postgres_store, 10, 1, "Slow Weather")
    assert await found(postgres_store, "slow weather") == ["Slow Weather"]
    assert await found(postgres_store, "Otterwick Lane") == ["Slow Weather"]
    assert await found(postgres_store, "Otterwick") == []
    await named(postgres_store, 20, 2, "Otterwick Lane")
    assert await found(postgres_store, "otterwick lane") == ["Otterwick Lane"]
