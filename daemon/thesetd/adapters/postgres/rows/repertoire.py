"""Reads the data of an artist's predictions."""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg

from thesetd.adapters.postgres.database import Connection, Database
from thesetd.adapters.postgres.reading import json_column
from thesetd.adapters.postgres.rows.catalog_records import (
    SONG_COLUMNS,
    TRACK_COLUMNS,
    album_of,
    song_of,
    track_of,
)
from thesetd.adapters.postgres.rows.lookup import CONCERT_IDS, concert_id, id_at, teller_of
from thesetd.adapters.postgres.rows.merge import FIRST_AT, FIRST_READING
from thesetd.adapters.postgres.rows.show_days import days_of
from thesetd.adapters.postgres.setlists.pages import place_of
from thesetd.adapters.postgres.text import is_storable
from thesetd.domain.ids import ProviderName
from thesetd.domain.music.records import ActualSetlist, ReadList, Show
from thesetd.domain.music.repertoire import in_order
from thesetd.domain.prediction.foreseen import Foreseen
from thesetd.domain.shows.local_days import is_coming
from thesetd.domain.shows.sweep import LONGEST_UNLISTED, UNLISTED_AGE, SweepWindow
from thesetd.ports.store import Repertoire, StoredCatalogue

_WITH_TRACKS = """
select a.id from artists a
where ($1::uuid is null or a.id > $1) and exists (select from thesetd.album_credits c where c.artist_id = a.id)
order by a.id limit $2
"""
_RULED = """
select r.key, coalesce(m.key, s.key) as song from thesetd.song_rulings r
left join songs s on s.id = r.song_id
left join songs m on m.id = case when s.merged_into is not null then thesetd.standing_song(s.id) end
where r.artist_id = $1 and r.undone_at is null and (r.song_id is null or coalesce(m.key, s.key) is not null)
order by r.number
"""
_PREDICTED_BY = ("local_date", "tour", "name", "is_headliner")
# What changes if any row does that predictions are made of, or any of those that are stored for these shows.
_CHANGED = "select concat_ws(' ', count(*), sum(extract(epoch from updated_at))) from {} where artist_id = $1"
_ABOUT = f"""
select array[
    ({_CHANGED.format("songs")}), ({_CHANGED.format("thesetd.setlist_pages")}), ({_CHANGED.format("actual_setlists")}),
    (select concat_ws(' ', count(*), count(undone_at), max(number)) from thesetd.song_rulings where artist_id = $1)
] as rows, count(*) as setlists, concat_ws(' ', count(t.locked_at), sum(extract(epoch from t.updated_at)),
    sum(l.songs), sum(l.dropped), sum(l.changed)) as stored
from setlists t cross join lateral (
    select count(*) as songs, count(dropped_at) as dropped, sum(extract(epoch from updated_at)) as changed
    from setlist_songs where setlist_id = t.id
) l where t.artist_id = $1 and t.show_id = any($2)
"""  # noqa: S608 - names of tables
# Tracks that are credited to an artist, and those on its albums, each found by its index.
_MINE = """
select track_id as id from artist_tracks where artist_id = $1
union select t.id from albums b join tracks t on t.album_id = b.id where b.artist_id = $1
"""
_OF_MINE = """
select t.id from tracks t
cross join lateral (select b.artist_id from albums b where b.id = t.album_id offset 0) b
where t.spotify_id = any($2)
    and (b.artist_id = $1 or exists (
        select from thesetd.album_credits c where c.artist_id = $1 and c.album_id = t.album_id and t.id = any(c.tracks)
    ))
"""
# Here `offset 0` keeps each step a look-up by its index: joined, a plan made for few rows reads all tracks there are.
SONGS_ON = """
select b.spotify_id as album, n.songs from albums b
cross join lateral (select count(*) as songs from tracks t where t.album_id = b.id offset 0) n
where b.artist_id = $1 and n.songs > 0
union all
select b.spotify_id, cardinality(c.tracks) from thesetd.album_credits c
cross join lateral (select b.spotify_id, b.artist_id from albums b where b.id = c.album_id offset 0) b
where c.artist_id = $1 and b.artist_id is distinct from $1
"""
LATEST = 200  # pages; a prediction uses the latest 150 concerts, and some pages are not concerts
_FRESH = """join (
    select f.row_id, greatest(f.fetched_at, r.fetched_at) as fetched_at
    from thesetd.freshness f left join thesetd.readings r on r.id = f.reading_id
) f on f.row_id = t.id"""
_PAUSE = f"""greatest(
    interval '{UNLISTED_AGE.days} days',
    least(u.asked_at - u.since, interval '{LONGEST_UNLISTED.days} days', (t.starts_at - u.asked_at) / 2)
)"""
_ANNOUNCED = f"""
select {{id}} as id, t.starts_at from shows t left join thesetd.unlisted_shows u on u.show_id = t.id
where {{known}} and t.status in ('scheduled', 'rescheduled', 'postponed')
    and (u.asked_at is null or u.asked_at <= $1::timestamptz - {_PAUSE}) and {{which}}
order by u.asked_at nulls first, {{id}}
"""  # noqa: S608 - constants
_OF_ARTIST = """
exists (select from artist_shows l where l.show_id = t.id and l.artist_id = $2 and l.left_at is null)
    and (t.local_date is null or greatest(t.end_date, t.local_date) >= $3)
"""
_UNDATED = """
t.local_date is null and exists (select from venues v where v.id = t.venue_id and v.country_code = any($2))
"""
_IN_WINDOW = """
t.starts_at between $2 and $3
    and exists (select from venues v where v.id = t.venue_id and v.country_code = any($4))
"""


class PostgresRepertoire:
    """The `RepertoireStore` over PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def repertoire(self, artist_id: UUID, *, now: datetime) -> Repertoire:
        """Return the repertoire of an artist; see `thesetd.ports.store.RepertoireStore`.

        The coming shows lack their bills.
        """

        async def work(connection: Connection) -> Repertoire:
            coming = [(_show(row), row["is_headliner"]) for row in await _coming(connection, artist_id, now)]
            return Repertoire(
                songs=in_order(map(song_of, await _songs(connection, artist_id))),
                setlists=tuple(map(_setlist, await _setlists(connection, artist_id))),
                coming=tuple(show for show, _ in coming),
                supporting=frozenset((show.provider, show.provider_id) for show, leads in coming if not leads),
                ruled={row["key"]: row["song"] for row in await connection.fetch(_RULED, artist_id)},
            )

        return await self._database.read(work)

    async def foreseen(self, artist_id: UUID, *, now: datetime) -> Foreseen:
        """Return what predictions are made of; see `thesetd.ports.store.ForecastStore`."""

        async def work(connection: Connection) -> Foreseen:
            shows = await _coming(connection, artist_id, now)
            (about,) = await connection.fetch(_ABOUT, artist_id, [row["id"] for row in shows])
            return Foreseen(_digest(shows, about["rows"]), about["stored"], about["setlists"])

        return await self._database.read(work)

    async def catalogue(
        self, artist_id: UUID, *, tracks: bool = True, only: Collection[str] | None = None
    ) -> StoredCatalogue:
        """Return the albums and tracks of an artist; see `thesetd.ports.store.RepertoireStore`."""

        async def work(connection: Connection) -> StoredCatalogue:
            albums = tuple(map(album_of, await _albums(connection, artist_id))) if only is None else ()
            if not tracks:
                counted = Counter({row["album"]: row["songs"] for row in await connection.fetch(SONGS_ON, artist_id)})
                return StoredCatalogue(albums=albums, songs_on=counted)
            found = tuple(map(track_of, await _tracks(connection, artist_id, only)))
            return StoredCatalogue(
                albums=albums, tracks=found, songs_on=Counter(track.album_spotify_id for track in found)
            )

        return await self._database.read(work)

    async def lists(self, ids: Collection[UUID]) -> Mapping[UUID, ReadList]:
        """Return the stored state of lists; see `thesetd.ports.store.RepertoireStore`."""

        async def work(connection: Connection) -> Mapping[UUID, ReadList]:
            rows = await connection.fetch("select * from thesetd.lists where id = any($1)", list(ids))
            return {row["id"]: ReadList(id=row["id"], read_at=row["read_at"], total=row["total"]) for row in rows}

        return await self._database.read(work)

    async def artists_with_tracks(self, *, after: UUID | None, limit: int) -> tuple[UUID, ...]:
        """List artists that have tracks; see `thesetd.ports.store.RepertoireStore`."""

        async def work(connection: Connection) -> tuple[UUID, ...]:
            return tuple(row["id"] for row in await connection.fetch(_WITH_TRACKS, after, limit))

        return await self._database.read(work)

    async def announced(
        self,
        about: UUID | SweepWindow | None,
        provider: ProviderName,
        *,
        now: datetime,
        countries: Collection[str] = (),
    ) -> Mapping[str, datetime | None]:
        """Return the coming shows; see `thesetd.ports.store.RepertoireStore`."""
        which, arguments = _which(about, (now - timedelta(days=1)).date(), countries)

        async def work(connection: Connection) -> Mapping[str, datetime | None]:
            own, known = concert_id(provider, "t")
            statement = _ANNOUNCED.format(id=own, known=known, which=which)
            rows = await connection.fetch(statement, now, *arguments)
            return {row["id"]: row["starts_at"] for row in rows}

        return await self._database.read(work)


def _which(about: UUID | SweepWindow | None, since: date, countries: Collection[str]) -> tuple[str, tuple[object, ...]]:
    if about is None:
        return _UNDATED, (list(countries),)
    if isinstance(about, SweepWindow):
        return _IN_WINDOW, (about.since, about.until, [about.country] if about.country else list(countries))
    return _OF_ARTIST, (about, since)


async def _albums(connection: Connection, artist_id: UUID) -> Sequence[asyncpg.Record]:
    """Return albums that belong to the artist or are also credited to it."""
    return await connection.fetch(
        f"""
        select t.*, f.fetched_at, a.spotify_id as artist
        from albums t {_FRESH} join artists a on a.id = t.artist_id
        where t.artist_id = $1
            or t.artist_spotify_ids @> array[(select spotify_id from artists where id = $1)]
        order by t.released_on nulls last, t.spotify_id
        """,  # noqa: S608 - a constant
        artist_id,
    )


async def _tracks(connection: Connection, artist_id: UUID, only: Collection[str] | None) -> Sequence[asyncpg.Record]:
    """Return tracks that are credited to the artist, on any album, and tracks on the artist's albums."""
    wanted = _MINE if only is None else _OF_MINE
    return await connection.fetch(
        f"""
        with mine as materialized ({wanted}), credits as (
            select l.track_id, array_agg(a.spotify_id order by a.spotify_id) as artists
            from (select distinct t.album_id from mine join tracks t on t.id = mine.id) b
            join artist_tracks l on l.album_id = b.album_id join artists a on a.id = l.artist_id group by l.track_id
        )
        select {TRACK_COLUMNS}, greatest({FIRST_AT.format(o="t")}, r.fetched_at) as fetched_at, b.spotify_id as album,
            c.artists
        from mine join tracks t on t.id = mine.id join albums b on b.id = t.album_id
        left join thesetd.freshness f on f.row_id = t.id
        left join thesetd.readings r on r.id = {FIRST_READING.format(o="t")} left join credits c on c.track_id = t.id
        order by b.released_on nulls last, b.spotify_id, t.disc_number, t.track_number, t.spotify_id
        """,  # noqa: S608 - a constant
        artist_id,
        *(() if only is None else (list(filter(is_storable, only)),)),
    )


async def _songs(connection: Connection, artist_id: UUID) -> Sequence[asyncpg.Record]:
    return await connection.fetch(
        f"select {SONG_COLUMNS} from songs s where s.artist_id = $1 and s.key is not null",  # noqa: S608 - constants
        artist_id,
    )


async def _setlists(connection: Connection, artist_id: UUID) -> Sequence[asyncpg.Record]:
    """Return the latest pages of concerts, one for each night; smaller sets say nothing about a concert."""
    return await connection.fetch(
        """
        select t.*, v.setlistfm_id as venue
        from thesetd.setlist_pages t left join venues v on v.id = t.venue_id
        where t.artist_id = $1 and t.verdict in ('joined', 'own') and t.kind = 'concert' and t.gone_at is null
        order by t.event_date desc, t.setlistfm_id limit $2
        """,
        artist_id,
        LATEST,
    )


async def _coming(connection: Connection, artist_id: UUID, now: datetime) -> Sequence[asyncpg.Record]:
    """Read the shows of all days that are not over everywhere, and keep those that are still to come locally."""
    venue_ids = ", ".join(f"v.{column} as venue_{column}" for column in CONCERT_IDS)
    shows = await connection.fetch(
        f"""
        select t.*, l.is_headliner, f.fetched_at, {venue_ids}, v.timezone as venue_timezone, v.country_code
        from artist_shows l join shows t on t.id = l.show_id {_FRESH} left join venues v on v.id = t.venue_id
        where l.artist_id = $1 and l.left_at is null
            and t.local_date is not null and greatest(t.end_date, t.local_date) >= $2
            and t.status not in ('cancelled', 'postponed', 'withdrawn') and not t.is_addon
            and t.merged_into is null and t.kind = 'concert'
        order by t.local_date, t.starts_at nulls last, t.id
        """,  # noqa: S608 - a constant
        artist_id,
        now.date() - timedelta(days=1),
    )
    return [show for show in shows if is_coming(days_of(show), now)]


def _digest(coming: Iterable[asyncpg.Record], rows: Sequence[str]) -> str:
    """Return a digest of coming shows, as far as predictions depend on them, and of what is said about the rest."""
    shows = [[row["id"], *(row[name] for name in (*CONCERT_IDS, *_PREDICTED_BY))] for row in coming]
    return hashlib.blake2b(repr((shows, rows)).encode(), digest_size=16).hexdigest()


def _setlist(row: asyncpg.Record) -> ActualSetlist:
    return ActualSetlist(
        setlistfm_id=row["setlistfm_id"],
        version_id=row["version_id"],
        artist_mbid=row["artist_mbid"],
        artist_name=row["artist_name"],
        event_date=row["event_date"],
        url=row["url"],
        fetched_at=row["fetched_at"],
        venue_provider_id=row["venue"],
        place=place_of(json_column(row["place"])),
        tour=row["tour"],
        info=row["info"],
        songs=tuple(json_column(row["songs"])),
        encore_songs=tuple(json_column(row["encore_songs"])),
        last_updated=row["last_updated"],
    )


def _show(row: asyncpg.Record) -> Show:
    provider = teller_of(row)
    provider_id = id_at(provider, row)
    assert provider_id is not None  # every show has an id, unless it is merged into another
    return Show(
        provider=provider,
        provider_id=provider_id,
        name=row["name"],
        fetched_at=row["fetched_at"],
        status=row["status"],
        local_date=row["local_date"],
        end_date=row["end_date"],
        former_date=row["former_date"],
        local_time=row["local_time"],
        starts_at=row["starts_at"],
        timezone=row["timezone"],
        url=row["url"],
        image_url=row["image_url"],
        venue_provider_id=id_at(provider, {column: row[f"venue_{column}"] for column in CONCERT_IDS}),
        tour=row["tour"],
        price_currency=row["price_currency"],
        price_min=row["price_min"],
        price_max=row["price_max"],
        price_with_fees_min=row["price_with_fees_min"],
        price_with_fees_max=row["price_with_fees_max"],
        sales_start=row["sales_start"],
        sales_end=row["sales_end"],
        withdrawn=tuple(row["withdrawn"] or ()),
        gone_because=row["gone_because"],
        is_addon=row["is_addon"],
    )
