"""Artists without any provider's id: an adopted application may have them, and nothing else does.

The first id that gets a row and has the name of such an artist takes that row, if the name is clear: no other artist
has it, and no provider knows two of it. Otherwise it gets a row of its own, what was left out is noted, and operators
are asked: they link an id to the artist, which then receives everything that came through it.

Tested in tests/app/test_adoption.py and tests/adapters/postgres/identity/test_idless.py.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.identity.moving import MovedRows, move
from thesetd.adapters.postgres.text import storable
from thesetd.domain.identity.spaces import OTHER_ID, SPOTIFY, Ref, Space, columns, rank
from thesetd.domain.identity.statements import Reason, Record
from thesetd.domain.identity.verdicts import Proposal, ReviewQuestion
from thesetd.domain.music.names import fold
from thesetd.domain.music.records import Reject

_NAMED = """
select a.folded_name, a.id, exists (select from thesetd.artist_ids i where i.artist_id = a.id) as known
from artists a where a.folded_name = any($1) and a.merged_into is null order by a.id
"""
_NOTE = """
insert into thesetd.identity_links (provider, provider_id, row_id, relation, reason, first_at, last_at)
select n.space, n.id, n.row_id, 'conflict',
    'an artist without ids has this name, but it is not the only one: link them, or leave them apart', $4, $4
from unnest($1::text[], $2::text[], $3::uuid[]) as n (space, id, row_id)
on conflict (provider, provider_id, row_id) do update set reason = excluded.reason, last_at = excluded.last_at
"""
# Artists without ids whose names are not theirs alone, among artists or at one provider.
_UNCLEAR = """
select a.id, a.slug, a.name, a.folded_name from artists a
where a.merged_into is null and a.folded_name <> '' and {which}
    and not exists (select from thesetd.artist_ids i where i.artist_id = a.id)
    and (exists (
        select from artists o where o.folded_name = a.folded_name and o.id <> a.id and o.merged_into is null
    ) or exists (
        select from thesetd.artist_records r where r.names && array[a.folded_name] group by r.space having count(*) > 1
    ))
order by a.name, a.id limit $1
"""
_ALL, _ONE = _UNCLEAR.format(which="true"), _UNCLEAR.format(which="a.id = $2")
_BEARERS = """
with n as (select * from unnest($1::uuid[], $2::text[]) as n (row_id, name)), bearers as (
    select n.row_id, o.id, o.slug, o.name, o.followers from n
    join artists o on o.folded_name = n.name and o.id <> n.row_id and o.merged_into is null
)
select n.row_id, r.space, r.id, r.record ->> 'name' as name, (r.record ->> 'audience')::bigint as audience
from n join thesetd.artist_records r on r.names && array[n.name]
union
select b.row_id, i.space, i.id, b.name, b.followers from bearers b join thesetd.artist_ids i on i.artist_id = b.id
where not exists (select from thesetd.artist_records r where (r.space, r.id) = (i.space, i.id))
union
select b.row_id, 'slug', b.slug, b.name, b.followers from bearers b
where not exists (select from thesetd.artist_ids i where i.artist_id = b.id)
"""
_ADD = "insert into thesetd.artist_ids (space, id, artist_id, created_at) values ($1, $2, $3, $4)"
_OWNER = "select artist_id from thesetd.artist_ids where (space, id) = ($1, $2)"
_TAKE = "update thesetd.artist_ids set artist_id = $2 where artist_id = $1 returning space, id"
_EMPTIED = f"""
update artists set {", ".join(f"{one} = null" for one in (*columns("artists").values(), OTHER_ID))},
    merged_into = $2, updated_at = $3
where id = $1
"""  # noqa: S608 - constants
_COMPLETE = "update artists set is_stub = is_stub and (select is_stub from artists where id = $1) where id = $2"
_SLUG = Space("slug")  # how an operator refers to an artist without ids


@attrs.frozen
class Received:
    """What an artist without ids received: in words, the rows whose songs are derived again, and what was refused."""

    moved: tuple[str, ...] = ()
    catalogues: frozenset[UUID] = frozenset()
    rejects: tuple[Reject, ...] = ()


async def receive(connection: Connection, refs: Iterable[Ref], row: UUID, at: datetime) -> Received:
    """Move ids to a row without any; from rows that have them, all their ids with all that came through those."""
    moved, sources = list[MovedRows](), set[UUID]()
    for ref in refs:
        source = await connection.fetchval(_OWNER, ref.space, ref.id)
        if source == row:  # it came with another id of the same artist
            continue
        if source is None:
            await connection.execute(_ADD, ref.space, ref.id, row, at)
            continue
        taken = [Ref(Space(one["space"]), one["id"]) for one in await connection.fetch(_TAKE, source, row)]
        await connection.execute(_EMPTIED, source, row, at)
        await connection.execute(_COMPLETE, source, row)
        moved += [await move(connection, one, source, row, at) for one in sorted(taken, key=rank)]
        if any(one.space == SPOTIFY for one in taken):
            sources |= {source, row}
    return Received(
        tuple(one.told for one in moved if one.told),
        frozenset(sources),
        tuple(refused for one in moved for refused in one.rejects),
    )


async def unclear(connection: Connection, limit: int, row: UUID | None = None) -> tuple[ReviewQuestion, ...]:
    """Return a question for each artist without ids whose name others have, and each space that knows the name."""
    rows = await (connection.fetch(_ONE, limit, row) if row else connection.fetch(_ALL, limit))
    found: dict[tuple[UUID, str], list[Proposal]] = defaultdict(list)
    names = [one["folded_name"] for one in rows]
    for one in await connection.fetch(_BEARERS, [each["id"] for each in rows], names):
        ref = Ref(Space(one["space"]), one["id"])
        evidence = ("another artist without ids",) if ref.space == _SLUG else ()
        proposal = Proposal(ref=ref, name=one["name"] or "", evidence=evidence, audience=one["audience"])
        found[one["row_id"], ref.space].append(proposal)
    return tuple(
        ReviewQuestion(
            about=Ref(_SLUG, one["slug"]),
            space=Space(space),
            name=one["name"],
            reason=Reason.NO_IDS,
            proposals=tuple(sorted(proposals, key=lambda each: (-(each.audience or 0), rank(each.ref)))),
        )
        for one in rows
        for (row_id, space), proposals in sorted(found.items())
        if row_id == one["id"]
    )


@attrs.frozen
class Idless:
    """Rows without ids, by the folded names of ids that are about to get a row."""

    clear: Mapping[str, UUID] = attrs.field(factory=dict)
    unclear: Mapping[str, tuple[UUID, ...]] = attrs.field(factory=dict)
    names: Mapping[Ref, str] = attrs.field(factory=dict)

    @classmethod
    async def near(cls, connection: Connection, new: Iterable[Ref], records: Iterable[Record]) -> "Idless":
        """Look them up for ids that have no row yet; `records` are all that is known near these."""
        names = {one.ref: storable(fold(one.name)) for one in records}
        wanted = sorted({names[ref] for ref in new if names.get(ref)})
        rows = await connection.fetch(_NAMED, wanted) if wanted else []
        idless: dict[str, list[UUID]] = {}
        for row in rows:
            if not row["known"]:
                idless.setdefault(row["folded_name"], []).append(row["id"])
        bearers = Counter(row["folded_name"] for row in rows)
        namesakes = {
            name for (_, name), n in Counter((ref.space, name) for ref, name in names.items()).items() if n > 1
        }
        clear = {name: ids[0] for name, ids in idless.items() if bearers[name] == 1 and name not in namesakes}
        return cls(clear, {name: tuple(ids) for name, ids in idless.items() if name not in clear}, names)

    def row_for(self, ref: Ref) -> UUID | None:
        """Return the row that an id takes, if there is one."""
        return self.clear.get(self.names.get(ref, ""))

    async def note(self, connection: Connection, made: Iterable[Ref], at: datetime) -> None:
        """Keep for review which rows the ids that got one of their own may belong to."""
        found = [(ref.space, ref.id, row) for ref in made for row in self.unclear.get(self.names.get(ref, ""), ())]
        if found:
            await connection.execute(_NOTE, *map(list, zip(*found, strict=True)), at)
