"""Adds the rows that adopted tables need elsewhere, and maintains columns derived from other tables."""

from collections.abc import Mapping
from datetime import datetime

from thesetd.adapters.postgres.adoption.names import ASIDE, spelling
from thesetd.adapters.postgres.adoption.shapes import quoted
from thesetd.adapters.postgres.connection.connect import Connection
from thesetd.adapters.postgres.rows.lookup import ARTIST_COLUMN, derived_id
from thesetd.domain.ids import SETLISTFM

# {0} is the schema, {1} the application's column.
_HEADLINER = """
create function thesetd.mirror_headliner() returns trigger language plpgsql as $mirror$
declare
    show uuid := case tg_op when 'DELETE' then old.show_id else new.show_id end;
    first uuid := (select l.artist_id from {0}.artist_shows l where l.show_id = show and l.left_at is null
        and l.is_headliner order by l.set_order, l.artist_id limit 1);
begin
    update {0}.shows s set {1} = first where s.id = show and s.{1} is distinct from first;
    return null;
end $mirror$;
create trigger thesetd_headliner after insert or update or delete on {0}.artist_shows
for each row execute function thesetd.mirror_headliner();
"""
_PLAYED = """
create function thesetd.mirror_played() returns trigger language plpgsql as $mirror$
begin
    update {0}.shows s set {1} = n.known from (
        select w.id, exists (select from {0}.actual_setlists p where p.show_id = w.id and p.gone_at is null
            and (p.songs <> '[]' or p.encore_songs <> '[]')) as known
        from unnest(array[new.show_id, case when tg_op = 'UPDATE' then old.show_id end]) w (id)
    ) n where s.id = n.id and s.{1} is distinct from n.known;
    return null;
end $mirror$;
create trigger thesetd_played after insert or update on {0}.actual_setlists
for each row execute function thesetd.mirror_played();
"""
SYNCED = """
create function thesetd.mirror_synced() returns trigger language plpgsql as $mirror$
begin
    if tg_table_name = 'freshness' then
        update {0}.artists set {1} = new.fetched_at where id = new.row_id;
    else
        update {0}.artists a set {1} = new.fetched_at from thesetd.freshness f
        where f.reading_id = new.id and a.id = f.row_id;
    end if;
    return null;
end $mirror$;
create trigger thesetd_synced after insert or update on thesetd.freshness
for each row execute function thesetd.mirror_synced();
create trigger thesetd_synced after insert or update on thesetd.readings
for each row execute function thesetd.mirror_synced();
"""
_BILL = """
insert into {0}.artist_shows (artist_id, show_id, is_headliner, set_order, created_at, updated_at)
select s.{1}, s.id, true, 1, $1, $1 from {0}.shows s where s.{1} is not null
on conflict (artist_id, show_id) do nothing
"""
_COLUMNS = """
select attname::text as name from pg_attribute
where attrelid = $1::text::regclass and attnum > 0 and not attisdropped order by attnum
"""
_PAGES = """
insert into thesetd.setlist_pages
    (id, setlistfm_id, version_id, artist_mbid, artist_name, artist_id, venue_id, place, event_date, url, tour, info,
     set_names, performed, songs, encore_songs, last_updated, fetched_at, verdict, show_id, day, created_at, updated_at)
select n.id, p.setlistfm_id, p.version_id, coalesce(a.mbid, ''), a.name, p.artist_id, p.venue_id, '{{}}', p.event_date,
    p.url, p.tour, p.info, '{{}}', array(
        select lower(s ->> 'name') from jsonb_array_elements(p.songs || p.encore_songs) s
    ), p.songs, p.encore_songs, p.last_updated, p.updated_at, 'joined', p.show_id, p.event_date, $3, $3
from unnest($1::text[], $2::uuid[]) as n (setlistfm_id, id)
join {0}.actual_setlists p on p.setlistfm_id = n.setlistfm_id join {0}.artists a on a.id = p.artist_id
where p.show_id is not null
"""
_EARLIER = """
alter table {aside}.import_status rename to earlier_imports;
alter table {aside}.earlier_imports set schema theset_documents;
comment on table theset_documents.earlier_imports is 'import_status as it was before thesetd; nothing writes it';
"""


_REPEATED = f"""
select count(*) filter (where slug <> '') as repeated, count(*) filter (where coalesce(slug, '') = '') as missing,
    min(slug) filter (where slug <> '') as sample
from (select slug, row_number() over (partition by slug) as number from {ASIDE}.artists) s
where number > 1 or coalesce(slug, '') = ''
"""  # noqa: S608 - a constant


_NAMED = 20  # artists that a line of the plan names
_WITHOUT_IDS = """
select a.name, (select count(*) from {0}.artists o where o.folded_name = a.folded_name) = 1 as unique
from {0}.artists a where not exists (select from thesetd.artist_ids i where i.artist_id = a.id) order by a.name, a.id
"""
_FOUND_BY_NAME = "without a provider's id are found by their names when they are imported"
_TO_REVIEW = "without a provider's id share their names with others, see `thesetctl artist review`"


async def repeated_slugs(connection: Connection) -> list[str]:
    """Say in the plan which addresses of artists change: theirs may repeat, the catalogue's may not."""
    row = await connection.fetchrow(_REPEATED)
    assert row is not None
    lines = []
    if row["repeated"]:
        lines.append(
            f"artists: {row['repeated']:,} slugs that repeat, such as {row['sample'][:40]!r}, get six characters of "
            "their row's id: the artist with most followers keeps the slug"
        )
    if row["missing"]:
        lines.append(f"artists: {row['missing']:,} empty slugs become six characters of their row's id")
    return lines


async def headliner_column(connection: Connection, schema: str) -> str | None:
    """Return the application's column for a show's headliner; None if its shows have none."""
    rows = await connection.fetch(_COLUMNS, f"{quoted(schema)}.shows")
    return next((row["name"] for row in rows if spelling(row["name"]) == "headlinerartistid"), None)


async def fill_bill(connection: Connection, schema: str, at: datetime) -> None:
    """Put headliners on the bills of their shows."""
    if name := await headliner_column(connection, schema):
        await connection.execute(_BILL.format(quoted(schema), quoted(name)), at)


async def keep_shows(connection: Connection, schema: str, names: Mapping[str, str]) -> None:
    """Maintain a show's headliner, and whether its setlist is known, in the application's columns."""
    for fact, statement in (("headlinerartistid", _HEADLINER), ("hasactualsetlist", _PLAYED)):
        if fact in names:
            await connection.execute(statement.format(quoted(schema), quoted(names[fact])))


async def note_identities(connection: Connection, schema: str, at: datetime) -> None:
    """Record which row each provider's id belongs to."""
    for space, column in ARTIST_COLUMN.items():
        await connection.execute(
            f"insert into thesetd.artist_ids (space, id, artist_id, created_at) "  # noqa: S608 - names
            f"select $1, {column}, id, $2 from {quoted(schema)}.artists where {column} is not null "
            "on conflict (space, id) do nothing",
            space,
            at,
        )


async def without_ids(connection: Connection, schema: str) -> list[str]:
    """Say in the plan which artists have no provider's id: what an import finds by name, and what operators decide."""
    rows = await connection.fetch(_WITHOUT_IDS.format(quoted(schema)))
    lines = []
    for ours, words in ((True, _FOUND_BY_NAME), (False, _TO_REVIEW)):
        names = [row["name"] for row in rows if row["unique"] is ours]
        if names:
            named = ", ".join(repr(name[:40]) for name in names[:_NAMED])
            more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
            lines.append(f"artists: {len(names):,} {words}: {named}{more}")
    return lines


async def note_pages(connection: Connection, schema: str, at: datetime) -> None:
    """Record setlists as pages that were read: those that are never read again stay unchanged."""
    rows = await connection.fetch(f"select setlistfm_id from {quoted(schema)}.actual_setlists")  # noqa: S608 - a name
    ids = [row["setlistfm_id"] for row in rows]
    derived = [derived_id("actual_setlists", SETLISTFM, one) for one in ids]
    await connection.execute(_PAGES.format(quoted(schema)), ids, derived, at)


async def earlier_imports(connection: Connection, lines: list[str]) -> None:
    """Copy the rows of import_status to a table that nothing writes to."""
    rows = await connection.fetchval(f"select count(*) from {ASIDE}.import_status")  # noqa: S608 - a constant
    await connection.execute(_EARLIER.format(aside=ASIDE))
    lines.append(f"import_status: {rows:,} rows stay in theset_documents.earlier_imports; thesetd writes a new table")


async def show_earlier_imports(connection: Connection) -> None:
    """Let the documents' view of imports show the earlier ones as well."""
    rows = await connection.fetch(_COLUMNS, "theset_documents.earlier_imports")
    theirs = {spelling(row["name"]): quoted(row["name"]) for row in rows}
    listed = ", ".join(
        f"{form.format(theirs[name])} as {column}" if (name := spelling(column)) in theirs else f"null as {column}"
        for column, form in _IMPORT_FORMS.items()
    )
    shown = await connection.fetchval("select pg_get_viewdef('theset_documents.import_status'::regclass)")
    earlier = f"select {listed} from theset_documents.earlier_imports"  # noqa: S608 - names
    await connection.execute(
        f"create or replace view theset_documents.import_status as {shown.rstrip().rstrip(';')} union all {earlier}"
    )


_MOMENT = "{0}::timestamp"
_IMPORT_FORMS = {
    "id": "case when {0}::text ~* '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$' then {0}::text::uuid "
    "else md5({0}::text)::uuid end",
    "artist_id": "{0}::text::uuid",
    "job_id": "{0}::text",
    "status": "{0}::text",
    "progress": "{0}::integer",
    "message": "{0}::text",
    "started_at": _MOMENT,
    "completed_at": _MOMENT,
    "error_details": "{0}::jsonb",
}
