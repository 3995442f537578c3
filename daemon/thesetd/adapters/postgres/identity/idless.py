"""Artists without any provider's id: an adopted application may have them, and nothing else does.

The first id that gets a row and has the name of such an artist takes that row, if the name is clear: no other artist
has it, and no provider knows two of it. Otherwise it gets a row of its own, and what was left out is noted. Tested in
tests/app/test_adoption.py.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.text import storable
from thesetd.domain.identity.spaces import Ref
from thesetd.domain.identity.statements import Record
from thesetd.domain.music.names import fold

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
        """Keep for people which rows the ids that got one of their own may belong to."""
        found = [(ref.space, ref.id, row) for ref in made for row in self.unclear.get(self.names.get(ref, ""), ())]
        if found:
            await connection.execute(_NOTE, *map(list, zip(*found, strict=True)), at)
