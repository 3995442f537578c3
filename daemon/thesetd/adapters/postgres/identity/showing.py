"""Reads identities for operators: one artist's ids and links, and what is left to review."""

from uuid import UUID

from thesetd.adapters.postgres.database import Connection, Database
from thesetd.adapters.postgres.identity.form import read_entry, read_link, read_review, storable_ids, texts
from thesetd.adapters.postgres.identity.idless import unclear
from thesetd.domain.identity.reporting import Identified, ShownLink
from thesetd.domain.identity.spaces import Ref, Space
from thesetd.domain.identity.statements import Link
from thesetd.domain.identity.verdicts import ReviewQuestion

_ARTIST = "select id, slug, name, verified, is_stub from artists where id = $1"
_IDS = """
select i.space, i.id, a.successor is not null as alias, l.at is not null as lost from thesetd.artist_ids i
left join thesetd.artist_aliases a using (space, id) left join thesetd.artist_lost_ids l using (space, id)
where i.artist_id = $1
"""
_LINKS = """
select distinct l.* from unnest($1::text[], $2::text[]) as n (space, id) join thesetd.artist_links l
on (l.one_space, l.one_id) = (n.space, n.id) or (l.other_space, l.other_id) = (n.space, n.id)
order by l.decision, l.one_space, l.one_id, l.other_space, l.other_id
"""
_REVIEWS = """
select r.* from unnest($1::text[], $2::text[]) as n (space, id)
join thesetd.artist_reviews r on (r.about_space, r.about_id) = (n.space, n.id) order by r.space
"""
_WORDS = "select * from thesetd.artist_decisions where (ids || others) && $1 order by number"
_ALL_REVIEWS = "select * from thesetd.artist_reviews order by at desc, about_space, about_id, space limit $1"


class PostgresIdentity:
    """The `IdentityStore` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def identified(self, artist_id: UUID) -> Identified:
        """Return everything stored about an artist's identity; see `thesetd.ports.store.IdentityStore`."""

        async def work(connection: Connection) -> Identified:
            return await _identified(connection, artist_id)

        return await self._database.read(work)

    async def identity_reviews(self, *, limit: int) -> tuple[ReviewQuestion, ...]:
        """Return what is left to review, newest first; see `thesetd.ports.store.IdentityStore`."""

        async def work(connection: Connection) -> tuple[ReviewQuestion, ...]:
            asked = tuple(map(read_review, await connection.fetch(_ALL_REVIEWS, limit)))
            return (*asked, *await unclear(connection, limit))[:limit]

        return await self._database.read(work)


async def _identified(connection: Connection, artist_id: UUID) -> Identified:
    artist = await connection.fetchrow(_ARTIST, artist_id)
    assert artist is not None
    rows = await connection.fetch(_IDS, artist_id)
    ids = tuple(Ref(Space(row["space"]), row["id"]) for row in rows)
    links = await connection.fetch(_LINKS, *storable_ids(ids))
    asked = tuple(map(read_review, await connection.fetch(_REVIEWS, *storable_ids(ids))))
    return Identified(
        id=artist["id"],
        slug=artist["slug"],
        name=artist["name"],
        verified=artist["verified"],
        is_stub=artist["is_stub"],
        ids=ids,
        aliases=tuple(ref for ref, row in zip(ids, rows, strict=True) if row["alias"]),
        lost=tuple(ref for ref, row in zip(ids, rows, strict=True) if row["lost"]),
        links=tuple(
            ShownLink(
                one=link.pair.one,
                other=link.pair.other,
                decision=row["decision"],
                why=link.rule if isinstance(link, Link) else link.reason,
                evidence=link.evidence,
                decided_at=row["decided_at"],
            )
            for row, link in ((row, read_link(row)) for row in links)
        ),
        reviews=asked if ids else await unclear(connection, 1, artist_id),
        words=tuple(map(read_entry, await connection.fetch(_WORDS, texts(ids)))),
    )
