"""Artists without ids, as an adopted database has them: what is asked of operators, and what their answer does."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from identity_scene import s, t
from sample_rows import artist, batch, billing, moment, show
from thesetd.adapters.postgres import PostgresStore
from thesetd.domain.identity.decisions import Entry, Verb
from thesetd.domain.identity.learning import Learnt
from thesetd.domain.identity.spaces import Ref
from thesetd.domain.identity.statements import Reason, Record
from thesetd.domain.ids import row_id
from thesetd.domain.work.batches import Decided

pytestmark = pytest.mark.real
Look = Callable[..., Awaitable[list[Any]]]
FIRST, SECOND = (row_id("artists", "adopted", name) for name in ("first", "second"))
ADOPTED = """
insert into artists (id, name, folded_name, slug, is_stub, created_at, updated_at)
values ($1, 'Mara Vell', 'mara vell', $2, true, $3, $3)
"""
TABLES = ("artists", "artist_shows", "thesetd.artist_ids", "thesetd.artist_records", "thesetd.artist_sources")


@pytest.fixture
async def store(postgres_store: PostgresStore) -> PostgresStore:
    """Return a store with two artists of a name and without ids, and one of this name that was imported since."""

    async def adopt(connection: Any) -> None:
        for row, slug in ((FIRST, "first"), (SECOND, "second")):
            await connection.execute(ADOPTED, row, slug, moment(0))

    await postgres_store.database.transact(adopt)
    page = Record(ref=s(1), name="Mara Vell", audience=900)
    learnt = Learnt(records=(page,), wanted=frozenset({page.ref}), complete=True)
    mara = artist(name="Mara Vell", slug="mara-vell", spotify_id=s(1).id)
    await postgres_store.batches.write(batch(artists=(mara,), identity=learnt))
    bill = (billing(t(1).id, name="Mara Vell", spotify_id=s(1).id),)
    await postgres_store.batches.write(batch(10, shows=(show(bill=bill),)))
    return postgres_store


async def link(store: PostgresStore, *refs: Ref, undoes: int | None = None) -> Decided:
    """Say that ids are those of the first artist, or take that back."""
    verb = Verb.LINK if undoes is None else Verb.UNDO
    word = Entry(number=0, verb=verb, others=frozenset(refs), undoes=undoes)
    learnt = Learnt(word=word, receiver=FIRST if undoes is None else None)
    decided = (await store.batches.write(batch(60, identity=learnt))).decided
    assert decided is not None
    return decided


async def test_a_question_for_each_artist_whose_name_others_have(store: PostgresStore) -> None:
    """Each is asked about once for each space that knows its name, with the candidates; its own page asks the same."""
    asked = [one for one in await store.identities.identity_reviews(limit=9) if one.reason is Reason.NO_IDS]
    assert [(str(one.about), [str(each.ref) for each in one.proposals]) for one in asked] == [
        (f"slug:{mine}", candidates)
        for mine, other in (("first", "second"), ("second", "first"))
        for candidates in ([f"slug:{other}"], [str(s(1))], [str(t(1))])
    ]
    assert set((await store.identities.identified(FIRST)).reviews) <= set(asked)


async def test_the_answer_gives_the_artist_all_that_came_through_the_id(store: PostgresStore, look: Look) -> None:
    """It keeps its row and slug, and gets ids and shows; the imported row leads to it; an undo leaves no trace."""
    before = {table: await look(f"select to_jsonb(t)::text from {table} t order by 1") for table in TABLES}
    decided = await link(store, s(1))
    assert decided.artist is not None
    assert (decided.artist.id, decided.artist.slug) == (FIRST, "first")
    rows = await look(
        "select slug, spotify_id, ticketmaster_id, merged_into = $1, is_stub from artists order by 1", FIRST
    )
    assert rows == [
        ("first", s(1).id, t(1).id, None, False),
        ("mara-vell", None, None, True, False),
        ("second", None, None, None, True),
    ]
    assert await look("select distinct artist_id from artist_shows where left_at is null") == [FIRST]
    asked = [str(one.about) for one in await store.identities.identity_reviews(limit=9)]
    assert set(asked) == {"slug:second"}
    await link(store, undoes=decided.number)
    assert {table: await look(f"select to_jsonb(t)::text from {table} t order by 1") for table in TABLES} == before


async def test_several_ids_of_one_artist_are_received_once(store: PostgresStore, look: Look) -> None:
    """The second one is the artist's already: its row keeps its ids and shows, and does not lead to itself."""
    moved = (await link(store, s(1), t(1))).moved
    assert sorted(set(moved)) == sorted(moved) != []
    found = "select spotify_id, ticketmaster_id, merged_into from artists where id = $1"
    assert await look(found, FIRST) == [(s(1).id, t(1).id, None)]
    assert await look("select artist_id from artist_shows where left_at is null") == [FIRST]


async def test_an_id_that_nobody_has_is_the_artists_then(store: PostgresStore, look: Look) -> None:
    """No row is made for it."""
    await link(store, s(7))
    assert await look("select slug from artists where spotify_id = $1", s(7).id) == ["first"]
    assert await look("select count(*) from artists") == [3]
