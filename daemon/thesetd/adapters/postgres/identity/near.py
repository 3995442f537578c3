"""Reads the data of a decision: the given ids, ids linked with them, and all ids that share a name with those.

Two rounds are enough: a decision about an artist depends on its own ids, on its namesakes, and on the artists of those.
Other ids with the name of a namesake do not affect the artist. For an artist at the edge, with names that were not
searched, too little is known to find a unique name or to raise a question.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.identity.form import names_of as folded
from thesetd.adapters.postgres.identity.form import (
    pair,
    read_entry,
    read_link,
    read_record,
    read_review,
    storable_ids,
    texts,
)
from thesetd.domain.identity.changes import Book
from thesetd.domain.identity.learning import StoredNearby
from thesetd.domain.identity.spaces import SPOTIFY, Ref, Space
from thesetd.domain.identity.statements import Appearance, Link, Pair, Record, RefusedLink, Search
from thesetd.domain.identity.verdicts import ReviewQuestion
from thesetd.domain.music.names import fold

COMMON = 4  # number of artists with an album of a title from which the title distinguishes none
MOST_SOURCES = 2000  # concerts and items of one id that are read; the busiest artists have 2,500

# Ids tied to the given ones, whatever was decided about it: by their row, a link, an alias, a claim or a decision.
_TIED = """
with n as (select space, id from unnest($1::text[], $2::text[]) as n (space, id))
select b.space, b.id from n join thesetd.artist_ids a using (space, id)
join thesetd.artist_ids b on b.artist_id = a.artist_id
union select l.other_space, l.other_id from n join thesetd.artist_links l on (l.one_space, l.one_id) = (n.space, n.id)
union select l.one_space, l.one_id from n join thesetd.artist_links l on (l.other_space, l.other_id) = (n.space, n.id)
union select n.space, a.successor from n join thesetd.artist_aliases a using (space, id)
union select a.space, a.id from n join thesetd.artist_aliases a on (a.space, a.successor) = (n.space, n.id)
union select split_part(t, ':', 1), substr(t, strpos(t, ':') + 1)
    from n join thesetd.artist_records r using (space, id), unnest(r.links) as t
union select r.space, r.id from thesetd.artist_records r where r.links && $3
union select split_part(t, ':', 1), substr(t, strpos(t, ':') + 1)
    from thesetd.artist_decisions d, unnest(d.ids || d.others) as t where (d.ids || d.others) && $3
"""
_NAMED = "select space, id from thesetd.artist_records where names && $1"
_RECORDS = """
select r.* from unnest($1::text[], $2::text[]) as n (space, id) join thesetd.artist_records r using (space, id)
"""
# An artist stored before records were kept has the name of its row. An id that others only claim has no name until its
# provider is read.
_NAMELESS = """
select i.space, i.id, a.name, a.followers from unnest($1::text[], $2::text[]) as n (space, id)
join thesetd.artist_ids i using (space, id) join artists a on a.id = i.artist_id
where not exists (
    select from thesetd.artist_ids o join thesetd.artist_records r using (space, id) where o.artist_id = i.artist_id
)
"""
_SEARCHES = "select space, name, complete from thesetd.artist_searches where name = any($1)"
_OWNERS = """
select i.space, i.id, i.artist_id from unnest($1::text[], $2::text[]) as n (space, id)
join thesetd.artist_ids i using (space, id)
"""
_LINKS = """
select l.* from unnest($1::text[], $2::text[]) as n (space, id)
join thesetd.artist_links l on (l.one_space, l.one_id) = (n.space, n.id)
"""
_ALIASES = """
select a.space, a.id, a.successor from unnest($1::text[], $2::text[]) as n (space, id)
join thesetd.artist_aliases a using (space, id)
"""
_LOST = """
select a.space, a.id from unnest($1::text[], $2::text[]) as n (space, id)
join thesetd.artist_lost_ids a using (space, id)
"""
_REVIEWS = """
select r.* from unnest($1::text[], $2::text[]) as n (space, id)
join thesetd.artist_reviews r on (r.about_space, r.about_id) = (n.space, n.id)
"""
_WORDS = """
with recursive near as (
    select * from thesetd.artist_decisions where (ids || others) && $1
    union select d.* from thesetd.artist_decisions d join near n on d.undoes = n.number
) select * from near order by number
"""
_CAME = f"""
select n.space, n.id, c.item, c.local_date, c.city
from unnest($1::text[], $2::text[]) as n (space, id) cross join lateral (
    select case s.kind when 'setlist' then p.setlistfm_id
        else coalesce(h.ticketmaster_id, substr(h.other_id, strpos(h.other_id, ':') + 1)) end as item,
        h.local_date, v.city
    from thesetd.artist_sources s
    left join thesetd.setlist_pages p on s.kind = 'setlist' and p.id = s.row_id
    left join shows h on s.kind = 'show' and h.id = s.row_id and not h.is_addon
    left join venues v on v.id = h.venue_id
    where (s.space, s.id) = (n.space, n.id) order by h.local_date desc nulls first, s.row_id limit {MOST_SOURCES}
) c
"""  # noqa: S608 - a constant
_ALBUMS = """
select a.id, b.name, b.spotify_id from unnest($1::text[]) as n (id)
join thesetd.artist_ids a on a.space = 'spotify' and a.id = n.id join albums b on b.artist_id = a.artist_id
"""
_COMMON = """
select lower(b.name) as title from albums b where b.name = any($1) group by 1 having count(distinct b.artist_id) >= $2
"""


async def near_refs(connection: Connection, refs: Iterable[Ref]) -> tuple[frozenset[Ref], list[str]]:
    """Return the ids that a decision about some ids can concern, and the names whose ids are all among them."""
    tied = await _tied(connection, frozenset(refs))
    known = await _records(connection, tied)
    names = sorted({name for record in known.values() for name in folded(record)})
    named = await connection.fetch(_NAMED, names) if names else []
    return await _tied(connection, tied | {Ref(Space(row["space"]), row["id"]) for row in named}), names


async def read_near(connection: Connection, refs: Iterable[Ref]) -> tuple[Book, StoredNearby]:
    """Read the data of a decision about some ids."""
    near, names = await near_refs(connection, refs)
    records = await _evident(connection, await _records(connection, near))
    common = await _common_titles(connection, records)
    searches = await connection.fetch(_SEARCHES, names)
    words = await connection.fetch(_WORDS, texts(near))
    found = StoredNearby(
        records=tuple(records),
        searches=frozenset(Search(space=Space(r["space"]), name=r["name"], complete=r["complete"]) for r in searches),
        log=tuple(map(read_entry, words)),
        common_titles=common,
        names=frozenset(names),
    )
    return await read_book(connection, near), found


async def read_book(connection: Connection, refs: frozenset[Ref]) -> Book:
    """Read the rows of the identity tables about some ids."""
    links: dict[Pair, Link] = {}
    refusals: dict[Pair, RefusedLink] = {}
    for row in await connection.fetch(_LINKS, *storable_ids(refs)):
        match read_link(row):
            case Link() as link:
                links[pair(row)] = link
            case RefusedLink() as refusal:
                refusals[pair(row)] = refusal
    reviews: list[ReviewQuestion] = [read_review(row) for row in await connection.fetch(_REVIEWS, *storable_ids(refs))]
    owners = await connection.fetch(_OWNERS, *storable_ids(refs))
    aliases = await connection.fetch(_ALIASES, *storable_ids(refs))
    return Book(
        owners={Ref(Space(r["space"]), r["id"]): str(r["artist_id"]) for r in owners},
        links=links,
        refusals=refusals,
        aliases={Ref(Space(r["space"]), r["id"]): Ref(Space(r["space"]), r["successor"]) for r in aliases},
        reviews={(one.about, one.space): one for one in reviews},
        lost={Ref(Space(r["space"]), r["id"]): True for r in await connection.fetch(_LOST, *storable_ids(refs))},
    )


async def _tied(connection: Connection, refs: frozenset[Ref]) -> frozenset[Ref]:
    """Return ids with everything they are tied to, directly or through others."""
    known, new = frozenset[Ref](), refs
    while new:
        known |= new
        rows = await connection.fetch(_TIED, *storable_ids(new), texts(new))
        new = frozenset(Ref(Space(row["space"]), row["id"]) for row in rows) - known
    return known


async def _records(connection: Connection, refs: frozenset[Ref]) -> dict[Ref, Record]:
    rows = await connection.fetch(_RECORDS, *storable_ids(refs))
    found = {record.ref: record for record in map(read_record, rows)}
    if len(found) < len(refs):
        for row in await connection.fetch(_NAMELESS, *storable_ids(refs - found.keys())):
            ref = Ref(Space(row["space"]), row["id"])
            found[ref] = Record(ref=ref, name=row["name"], audience=row["followers"] if ref.space == SPOTIFY else None)
    return found


async def _evident(connection: Connection, records: dict[Ref, Record]) -> list[Record]:
    """Add to records the stored data that came through them: concerts, items, albums."""
    nights: dict[Ref, set[Appearance]] = defaultdict(set)
    items: dict[Ref, set[str]] = defaultdict(set)
    albums: dict[Ref, set[str]] = defaultdict(set)
    came = {ref for ref in records if ref.space != SPOTIFY}
    for row in await connection.fetch(_CAME, *storable_ids(came)) if came else ():
        ref, day = Ref(Space(row["space"]), row["id"]), row["local_date"]
        if isinstance(day, date) and row["city"]:
            nights[ref].add(Appearance(day, row["city"]))
        if row["item"]:
            items[ref].add(row["item"])
    catalogues = sorted(ref.id for ref in records if ref.space == SPOTIFY)
    for row in await connection.fetch(_ALBUMS, catalogues) if catalogues else ():
        albums[Ref(SPOTIFY, row["id"])].add(row["name"])
        items[Ref(SPOTIFY, row["id"])].add(row["spotify_id"])
    return [
        attrs.evolve(
            record,
            concerts=record.concerts | nights[ref],
            items=record.items | items[ref],
            albums=record.albums | albums[ref],
        )
        for ref, record in sorted(records.items())
    ]


async def _common_titles(connection: Connection, records: Iterable[Record]) -> frozenset[str]:
    """Return the folded titles that distinguish no acts; only needed if two spaces have albums to compare."""
    with_albums = [record for record in records if record.albums]
    if len({record.ref.space for record in with_albums}) < 2:  # noqa: PLR2004 - one alone is compared with nothing
        return frozenset()
    titles = sorted({title for record in with_albums for title in record.albums})
    return frozenset(fold(row["title"]) for row in await connection.fetch(_COMMON, titles, COMMON))
