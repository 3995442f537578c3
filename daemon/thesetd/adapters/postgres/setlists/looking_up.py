"""Reads reviews and scores for operators."""

from collections.abc import Sequence

import asyncpg
import attrs

from thesetd.adapters.postgres.database import Connection, Database
from thesetd.adapters.postgres.reading import json_column
from thesetd.adapters.postgres.text import is_storable
from thesetd.domain.setlists.views import PredictionScore, Review
from thesetd.domain.shows.addons import phrases_of

_PAGES = """
select p.setlistfm_id, p.review, p.evidence, p.day, p.place, cardinality(p.performed) as songs, p.show_id, p.url,
    a.name, a.slug
from thesetd.setlist_pages p join artists a on a.id = p.artist_id
where p.review is not null and p.gone_at is null order by p.event_date desc, p.setlistfm_id limit $1
"""
_NAMES = """
select n.name as entry, a.name, a.slug, array(
    select s.id || ' ' || s.name from songs s
    where s.id in (select (c #>> '{}')::uuid from jsonb_array_elements(m.match -> 'candidates') as c) order by s.name
) as proposals
from thesetd.played_names n cross join lateral jsonb_array_elements(n.matches) as m (match)
join artists a on a.id = n.artist_id
where m.match ->> 'method' = 'unsure' order by a.slug, n.name limit $1
"""
# Active shows without acts: their names may contain them.
_WITHOUT_ACTS = """
select s.id, s.name, s.local_date, concat_ws(', ', v.name, v.city) as place
from shows s left join venues v on v.id = s.venue_id
where s.is_announced and not s.is_addon and s.merged_into is null
    and s.status in ('scheduled', 'rescheduled', 'postponed')
    and not exists (select from artist_shows l where l.show_id = s.id and l.left_at is null)
    and not exists (select from thesetd.bill_rulings r where r.show_id = s.id and r.undone_at is null)
order by s.local_date nulls last, s.id limit $1
"""
_NAMED = "select slug, folded_name from artists where folded_name = any($1) and merged_into is null order by slug"
_MEANS = """
count(*) as shows, avg(o.f1) as f1, avg(o.recall) as recall, avg(o.opener::integer)::double precision as openers,
avg(o.closer::integer)::double precision as closers, avg(o.brier) as brier, max(o.day) as last
"""
_ALL = f"select {_MEANS} from thesetd.prediction_scores o having count(*) > 0"  # noqa: S608 - a constant
_OF_ARTISTS = f"""
select a.name as artist, a.slug, {_MEANS} from thesetd.prediction_scores o join artists a on a.id = o.artist_id
where $1::text is null or a.slug = $1 group by a.id order by count(*) desc, a.slug limit $2
"""  # noqa: S608 - a constant


class PostgresReviews:
    """The part of `thesetd.ports.songs.SongStore` about setlists."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reviews(self, *, limit: int) -> tuple[Review, ...]:
        """List uncertain pages, names and bills; see `SongStore`."""

        async def work(connection: Connection) -> tuple[Review, ...]:
            pages = [
                Review(
                    kind="page",
                    about=row["setlistfm_id"],
                    artist=row["name"],
                    slug=row["slug"],
                    why=row["review"],
                    evidence=tuple(row["evidence"]),
                    day=row["day"],
                    place=", ".join(filter(None, map(json_column(row["place"]).get, ("name", "city")))),
                    songs=row["songs"],
                    show=row["show_id"],
                    url=row["url"],
                )
                for row in await connection.fetch(_PAGES, limit)
            ]
            names = [
                Review(
                    kind="song",
                    about=row["entry"],
                    artist=row["name"],
                    slug=row["slug"],
                    why="several songs fit equally well",
                    proposals=tuple(row["proposals"]),
                )
                for row in await connection.fetch(_NAMES, limit)
            ]
            return (*pages, *names, *await _bills(connection, limit))

        return await self._database.read(work)

    async def scores(self, slug: str | None, *, limit: int) -> tuple[PredictionScore, ...]:
        """Return means of all predictions, then of artists; see `SongStore`."""

        async def work(connection: Connection) -> tuple[PredictionScore, ...]:
            if slug is not None and not is_storable(slug):
                return ()
            every = [] if slug is not None else await connection.fetch(_ALL)
            rows = [*every, *await connection.fetch(_OF_ARTISTS, slug, limit)]
            names = {field.name for field in attrs.fields(PredictionScore)}
            return tuple(PredictionScore(**{k: v for k, v in row.items() if k in names}) for row in rows)

        return await self._database.read(work)


async def _bills(connection: Connection, limit: int) -> list[Review]:
    """List shows without acts whose names contain names of known artists."""
    shows = {row["id"]: row for row in await connection.fetch(_WITHOUT_ACTS, limit)}
    phrases = {show: phrases_of(row["name"]) for show, row in shows.items()}
    wanted = list(set().union(*phrases.values()))
    named = await connection.fetch(_NAMED, wanted) if wanted else []
    found = {show: _longest([row for row in named if row["folded_name"] in said]) for show, said in phrases.items()}
    return [
        Review(
            kind="bill",
            about=str(show),
            artist=row["name"],
            slug="",
            why="no act is listed there; its name contains names of artists",
            day=row["local_date"],
            place=row["place"],
            proposals=tuple(found[show]),
        )
        for show, row in shows.items()
        if found[show]
    ]


def _longest(named: Sequence[asyncpg.Record]) -> list[str]:
    """Return the artists whose names are not part of another's: "Quill & Tarn" is one act."""
    names = {f" {row['folded_name']} " for row in named}
    return [
        row["slug"]
        for row in named
        if not any(f" {row['folded_name']} " in other and len(other) > len(row["folded_name"]) + 2 for other in names)
    ]
