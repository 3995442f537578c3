"""Reads the data of a decision: the given ids, ids linked with them, and all ids that share a name with those.

Two rounds are enough: a decision about an artist depends on its own ids, on its namesakes, and on the artists of those.
Other ids with the name of a namesake do not affect the artist. For an artist at the edge, with names that were not
searched, too little is known to find a unique name or to raise a question.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.identity.form import (
    StoredRow,
    pair,
    read_entry,
    read_link,
    read_record,
    read_review,
    storable_ids,
)
from thesetd.adapters.postgres.identity.form import names_of as folded
from thesetd.adapters.postgres.reading import json_column
from thesetd.adapters.postgres.text import storable
from thesetd.domain.identity.agreement import parts
from thesetd.domain.identity.changes import Book
from thesetd.domain.identity.learning import StoredNearby
from thesetd.domain.identity.spaces import SPOTIFY, Ref, Space, is_single
from thesetd.domain.identity.statements import Appearance, Link, Pair, Record, RefusedLink, Search
from thesetd.domain.music.names import fold

COMMON = 4  # number of artists with an album of a title from which the title distinguishes none
MOST_SOURCES = 2000  # concerts and items of one id that are read; the busiest artists have 2,500

# Ids tied to one of `n`, whatever was decided about it: by their row, a link, an alias, a claim or a decision. The
# collation is that of the arrays: with that of the ids, "C", no index fits, and every record is read for each id.
_TIED = """
select b.space, b.id from thesetd.artist_ids a join thesetd.artist_ids b on b.artist_id = a.artist_id
where (a.space, a.id) = (n.space, n.id)
union all select other_space, other_id from thesetd.artist_links where (one_space, one_id) = (n.space, n.id)
union all select one_space, one_id from thesetd.artist_links where (other_space, other_id) = (n.space, n.id)
union all select space, successor from thesetd.artist_aliases where (space, id) = (n.space, n.id)
union all select space, id from thesetd.artist_aliases where (space, successor) = (n.space, n.id)
union all select split_part(t, ':', 1), substr(t, strpos(t, ':') + 1)
    from thesetd.artist_records r, unnest(r.links) as t where (r.space, r.id) = (n.space, n.id)
union all select space, id from thesetd.artist_records
    where links && array[(n.space || ':' || n.id) collate "default"]
union all select split_part(t, ':', 1), substr(t, strpos(t, ':') + 1)
    from thesetd.artist_decisions d, unnest(d.ids || d.others) as t
    where (d.ids || d.others) && array[(n.space || ':' || n.id) collate "default"]
"""
# The given ids and those with one of the names, with everything that they are tied to, directly or through others.
# The planner expects ten elements of any array. Without these it expected 90,000 ids of the recursion: it made room for
# so many, 6 MB each time, and whatever is stored about the ids was read whole to be joined with them.
NEAR = f"""
with recursive reached as (
    select space, id from unnest($1::text[], $2::text[]) as n (space, id)
    union select space, id from thesetd.artist_records where names && $3::text[]
    union select split_part(t, ':', 1), substr(t, strpos(t, ':') + 1)
        from reached n cross join lateral unnest(
            array(select (t.space || ':' || t.id) collate "default" from ({_TIED}) t)
        ) t
), near as materialized (
    select * from unnest(array(select space from reached), array(select id from reached)) as n (space, id)
)
"""  # noqa: S608 - constants
# What providers say of them. An artist stored before records were kept has the name of its row. An id that others only
# claim has no name until its provider is read.
_RECORDS = """
select n.space, n.id, r.record, a.name, a.followers from near n
left join thesetd.artist_records r using (space, id)
left join lateral (
    select a.name, a.followers from thesetd.artist_ids i join artists a on a.id = i.artist_id
    where (i.space, i.id) = (n.space, n.id) and r.id is null and not exists (
        select from thesetd.artist_ids o join thesetd.artist_records p using (space, id)
        where o.artist_id = i.artist_id
    )
) a on true
"""
_CAME = f"""
select n.space, n.id, c.item, c.local_date, c.city
from near n cross join lateral (
    select case s.kind when 'setlist' then p.setlistfm_id
        else coalesce(h.ticketmaster_id, substr(h.other_id, strpos(h.other_id, ':') + 1)) end as item,
        h.local_date, v.city
    from thesetd.artist_sources s
    left join thesetd.setlist_pages p on s.kind = 'setlist' and p.id = s.row_id
    left join shows h on s.kind = 'show' and h.id = s.row_id and not h.is_addon
    left join venues v on v.id = h.venue_id
    where (s.space, s.id) = (n.space, n.id) order by h.local_date desc nulls first, s.row_id limit {MOST_SOURCES}
) c where n.space <> '{SPOTIFY}'
"""  # noqa: S608 - constants
# Everything that is stored about them, as JSON by kind: one statement, since an import asks it for each of its answers.
_STORED: Mapping[str, str] = {
    "records": _RECORDS,
    "owners": "select i.* from near n join thesetd.artist_ids i using (space, id)",
    "links": """
        select l.* from near n join thesetd.artist_links l on (l.one_space, l.one_id) = (n.space, n.id)""",
    "aliases": "select a.* from near n join thesetd.artist_aliases a using (space, id)",
    "lost": "select a.* from near n join thesetd.artist_lost_ids a using (space, id)",
    "reviews": """
        select r.* from near n join thesetd.artist_reviews r on (r.about_space, r.about_id) = (n.space, n.id)""",
    "searches": "select space, name, complete from thesetd.artist_searches where name = any($3)",
    "words": "select * from words order by number",
    "came": _CAME,
    "albums": f"""
        select n.id, b.name, b.spotify_id from near n
        join thesetd.artist_ids a using (space, id) join albums b on b.artist_id = a.artist_id
        where n.space = '{SPOTIFY}'""",  # noqa: S608 - a constant
}
_WORDS = """words as (
    select d.* from thesetd.artist_decisions d
    where (d.ids || d.others) && (select array_agg(n.space || ':' || n.id) from near n)
    union select d.* from thesetd.artist_decisions d join words w on d.undoes = w.number
)"""
_AS_JSON = "select '{kind}' as kind, coalesce(jsonb_agg(to_jsonb(q)), '[]') as rows from ({query}) q"
_ALL = f"{NEAR}, {_WORDS} {' union all '.join(_AS_JSON.format(kind=kind, query=one) for kind, one in _STORED.items())}"
_COMMON = """
select lower(b.name) as title from albums b where b.name = any($1) group by 1 having count(distinct b.artist_id) >= $2
"""


async def near_refs(connection: Connection, refs: Iterable[Ref]) -> tuple[frozenset[Ref], list[str]]:
    """Return the ids that a decision about some ids can concern, and the names whose ids are all among them."""
    names = _names(await read_tied(connection, refs))
    rows = await connection.fetch(f"{NEAR} select space, id from near", *storable_ids(refs), names)  # noqa: S608
    return frozenset(Ref(Space(row["space"]), row["id"]) for row in rows), names


async def read_near(
    connection: Connection, refs: Iterable[Ref], tied: Sequence[StoredRow] | None = None
) -> tuple[Book, StoredNearby]:
    """Read the data of a decision about some ids; `tied` is what `read_tied` returns for them, if that was read."""
    refs = frozenset(refs)
    names = _names(await read_tied(connection, refs) if tied is None else tied)
    rows = await connection.fetch(_ALL, *storable_ids(refs), names)
    stored: dict[str, list[Mapping[str, Any]]] = {row["kind"]: json_column(row["rows"]) for row in rows}
    records = _evident(read_records(stored["records"]), stored["came"], stored["albums"])
    searches = (Search(space=Space(r["space"]), name=r["name"], complete=r["complete"]) for r in stored["searches"])
    found = StoredNearby(
        records=tuple(records),
        searches=frozenset(searches),
        log=tuple(map(read_entry, stored["words"])),
        common_titles=await _common_titles(connection, records),
        names=frozenset(names),
    )
    return _book(stored), found


async def read_tied(connection: Connection, refs: Iterable[Ref]) -> Sequence[StoredRow]:
    """Read the records of some ids and of all that they are tied to."""
    rows: Sequence[StoredRow] = await connection.fetch(f"{NEAR} {_RECORDS}", *storable_ids(refs), [])
    return rows


def _names(tied: Iterable[StoredRow]) -> list[str]:
    """Return the names in these records, folded; of joined names their parts as well."""
    known = read_records(tied)
    joined = {part for ref, one in known.items() if not is_single(ref.space) for part in parts(one.name)}
    return sorted({name for record in known.values() for name in folded(record)} | set(map(storable, joined)))


def _book(stored: Mapping[str, Iterable[Mapping[str, Any]]]) -> Book:
    """Read the rows of the identity tables."""
    links: dict[Pair, Link] = {}
    refusals: dict[Pair, RefusedLink] = {}
    for row in stored["links"]:
        match read_link(row):
            case Link() as link:
                links[pair(row)] = link
            case RefusedLink() as refusal:
                refusals[pair(row)] = refusal
    reviews = map(read_review, stored["reviews"])
    return Book(
        owners={Ref(Space(r["space"]), r["id"]): r["artist_id"] for r in stored["owners"]},
        links=links,
        refusals=refusals,
        aliases={Ref(Space(r["space"]), r["id"]): Ref(Space(r["space"]), r["successor"]) for r in stored["aliases"]},
        reviews={(one.about, one.space): one for one in reviews},
        lost={Ref(Space(r["space"]), r["id"]): True for r in stored["lost"]},
    )


def read_records(rows: Iterable[StoredRow]) -> dict[Ref, Record]:
    """Read the records of those ids that have one, or a name."""
    found: dict[Ref, Record] = {}
    for row in rows:
        ref = Ref(Space(row["space"]), row["id"])
        if row["record"] is not None:
            found[ref] = read_record(row)
        elif row["name"] is not None:
            found[ref] = Record(ref=ref, name=row["name"], audience=row["followers"] if ref.space == SPOTIFY else None)
    return found


def _evident(
    records: Mapping[Ref, Record], came: Iterable[Mapping[str, Any]], catalogues: Iterable[Mapping[str, Any]]
) -> list[Record]:
    """Add to records the stored data that came through them: concerts, items, albums."""
    nights: dict[Ref, set[Appearance]] = defaultdict(set)
    items: dict[Ref, set[str]] = defaultdict(set)
    albums: dict[Ref, set[str]] = defaultdict(set)
    for row in came:
        ref = Ref(Space(row["space"]), row["id"])
        if row["local_date"] and row["city"]:
            nights[ref].add(Appearance(date.fromisoformat(row["local_date"]), row["city"]))
        if row["item"]:
            items[ref].add(row["item"])
    for row in catalogues:
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
