"""Maps the names in the application's documents to facts that the catalogue has under other names or types.

A name that differs in case and underscores only (spotifyId, spotify_id) is found without being listed here.
"""

from collections.abc import Mapping, Sequence

import attrs

DOCUMENTED = (
    *("artists", "venues", "shows", "artist_shows", "songs", "setlists", "setlist_songs", "actual_setlists"),
    "import_status",
)
ASIDE = "thesetd_adopting"


def spelling(name: str) -> str:
    """Return a key that all spellings of a name share."""
    return name.replace("_", "").lower()


@attrs.frozen
class DocumentedColumn:
    """A column of the documents, with the column of the catalogue that holds the same fact.

    Attributes:
        ours: the column of the catalogue; None if the fact is not kept in one column of the same row.
        into: the expression for ours, with theirs as {0}; empty if nothing is taken over.
        back: the expression for theirs, from the row `new`; {0} is theirs.
    """

    ours: str | None
    into: str = "{0}"
    back: str = ""

    @property
    def source(self) -> str:
        """Return the expression that maintains theirs; empty if theirs is never written."""
        return self.back or (f"new.{self.ours}" if self.ours else "")


_SLUG = DocumentedColumn(None, into="", back="coalesce({0}, thesetd.slug(new.name, new.id))")
_NEVER = DocumentedColumn(None)
FACTS: Mapping[str, Mapping[str, DocumentedColumn]] = {
    "artists": {
        "externalurls": DocumentedColumn(
            "spotify_url",
            into="substring({0}::text from 'https?://open[.]spotify[.]com/artist/[0-9A-Za-z]+')",
            back="case when new.spotify_url is null then {0}::text "
            "else jsonb_build_object('spotify', new.spotify_url)::text end",
        ),
        "lastsyncedat": _NEVER,
    },
    "songs": {
        "title": DocumentedColumn("name"),
        "isexplicit": DocumentedColumn("explicit"),
        "releasedate": DocumentedColumn(
            "release_date",
            into="case when {0}::text ~ '^[0-9-]{{10}}[ T]' then left({0}::text, 10) else {0}::text end",
            back="coalesce(new.released_on::text, new.release_date)",
        ),
    },
    "venues": {
        "slug": _SLUG,
        "country": DocumentedColumn("country_code", into="case when length({0}) = 2 then upper({0}) end"),
    },
    "shows": {
        "slug": _SLUG,
        "date": DocumentedColumn(
            "local_date",
            into="({0}::timestamptz at time zone 'UTC')::date",
            back="new.local_date::timestamp at time zone 'UTC'",
        ),
        "starttime": DocumentedColumn(
            "local_time", into="nullif({0}::text, '')::time", back="to_char(new.local_time, 'HH24:MI:SS')"
        ),
        "ticketurl": DocumentedColumn("url"),
        "minprice": DocumentedColumn("price_min"),
        "maxprice": DocumentedColumn("price_max"),
        "currency": DocumentedColumn("price_currency"),
        "headlinerartistid": _NEVER,
        "hasactualsetlist": _NEVER,
    },
    "setlists": {"name": _NEVER},
    "actual_setlists": {
        "encoresongs": DocumentedColumn(
            "encore_songs",
            into="(select coalesce(jsonb_agg(jsonb_build_object('name', e, 'position', n) order by n), '[]') "
            "from jsonb_array_elements({0}::jsonb) with ordinality s (e, n))",
            back="(select coalesce(jsonb_agg(e -> 'name'), '[]') from jsonb_array_elements(new.encore_songs) e)",
        ),
        "importedat": DocumentedColumn("updated_at", back="new.updated_at"),
    },
}
# Conversions of values that keep their type.
NOTES: Mapping[tuple[str, str], str] = {
    ("shows", "status"): "upcoming becomes scheduled",
    ("actual_setlists", "songs"): "titles become objects with name and position",
    ("actual_setlists", "encore_songs"): "titles become objects with name and position",
}
# Same name, different form: theirs is converted to ours. {0} is the column.
FORMS: Mapping[tuple[str, str], str] = {
    ("artists", "genres"): f"{ASIDE}.texts({{0}}::text)",
    ("songs", "release_date"): f"{ASIDE}.day({{0}}::text)",
    ("actual_setlists", "songs"): f"{ASIDE}.played({{0}}::text)",
    ("actual_setlists", "encore_songs"): f"{ASIDE}.played({{0}}::text)",
}
HELPERS = f"""
create function {ASIDE}.misfits(relation text, expression text, out count bigint, out sample text, out reason text)
language plpgsql as $$
declare
    one record;
begin
    count := 0;
    begin
        execute format('select count(%s) from %s', expression, relation);
        return;
    exception when data_exception then null;
    end;
    for one in execute format('select ctid, to_jsonb(t) ->> ''id'' as id from %s t', relation) loop
        begin
            execute format('select count(%s) from %s where ctid = %L', expression, relation, one.ctid);
        exception when data_exception then
            count := count + 1;
            sample := coalesce(sample, one.id);
            reason := coalesce(reason, sqlerrm);
        end;
    end loop;
end $$;
create function {ASIDE}.texts(said text) returns text[] language sql immutable as $$
    select case when said ~ '^\\s*\\[' then array(select jsonb_array_elements_text(said::jsonb))
        when said ~ '^\\s*\\{{' then said::text[]
        when nullif(trim(said), '') is null or said = 'null' then null
        else regexp_split_to_array(trim(said), '\\s*,\\s*') end
$$;
create function {ASIDE}.day(said text) returns text language sql immutable as $$
    select case when said ~ '^\\d{{4}}-\\d{{2}}-\\d{{2}}[ T]\\d' then left((said::timestamp)::text, 10) else said end
$$;
create function {ASIDE}.calendar_day(said text) returns date language plpgsql immutable as $$
begin
    return case when said ~ '^\\d{{4}}-\\d{{2}}-\\d{{2}}$' then said::date end;
exception when datetime_field_overflow then
    return null;
end $$;
create function {ASIDE}.played(said text) returns jsonb language sql immutable as $$
    select coalesce(jsonb_agg(case jsonb_typeof(e) when 'object' then e else jsonb_build_object('name', e) end
        || jsonb_build_object('position', n) order by n), '[]')
    from jsonb_array_elements(coalesce(nullif(said, '')::jsonb, '[]')) with ordinality as s (e, n)
$$;
"""  # noqa: S608 - constants
# The artist of a setlist that names only its show; {{1}} is the application's column for the show's headliner.
_OF_SHOW = """coalesce((
    select {{1}} from {{0}}.shows s where s.id = {0}.show_id
), (
    select l.artist_id from {{0}}.artist_shows l
    where l.show_id = {0}.show_id and l.is_headliner order by l.set_order, l.artist_id limit 1
))"""


def _no_empty(table: str, *columns: str) -> str:
    """Return the statement that makes empty ids null: they are none."""
    made = ", ".join(f"{one} = nullif({one}, '')" for one in columns)
    return f"update {{0}}.{table} set {made} where '' in ({', '.join(columns)})"  # noqa: S608 - constants


# Filled before keys and checks are added: {0} is the schema.
FILLS: Mapping[str, Sequence[str]] = {
    "artists": (
        _no_empty("artists", "spotify_id", "ticketmaster_id", "mbid"),
        """update {0}.artists a set is_stub = spotify_id is null, slug = case when n.number = 1 then a.slug
            else concat_ws('-', nullif(a.slug, ''), left(replace(a.id::text, '-', ''), 6)) end
        from (select id, row_number() over (partition by slug order by slug = '', spotify_id is null,
            followers desc nulls last, id) + (coalesce(slug, '') = '')::integer as number from {0}.artists) n
        where n.id = a.id""",
    ),
    "venues": (
        _no_empty("venues", "ticketmaster_id", "setlistfm_id"),
        "update {0}.venues set town = lower(city) where town is null and city <> ''",  # until they are read again
    ),
    "shows": (
        _no_empty("shows", "ticketmaster_id", "setlistfm_id"),
        """update {0}.shows set status = case status when 'upcoming' then 'scheduled' when 'canceled' then 'cancelled'
            when 'past' then 'completed' else coalesce(status, 'scheduled') end, is_addon = false""",
        "update {0}.shows set said_status = status where status <> 'completed'",
    ),
    "artist_shows": (
        """update {0}.artist_shows l set set_order = n.number, is_headliner = coalesce(l.is_headliner, n.number = 1)
        from (select artist_id, show_id, row_number() over (
            partition by show_id order by is_headliner desc nulls last, set_order nulls last, artist_id
        ) as number, min(coalesce(set_order, 0)) over (partition by show_id) as least from {0}.artist_shows) n
        where n.artist_id = l.artist_id and n.show_id = l.show_id and (n.least < 1 or l.is_headliner is null)""",
    ),
    "songs": (
        _no_empty("songs", "spotify_id"),
        """update {0}.songs s set artist_id = n.id from (
            select name, min(id::text)::uuid as id from {0}.artists group by name having count(*) = 1
        ) n where s.artist_id is null and n.name = s.artist""",
        "update {0}.songs set offered = true, key = null",
        f"""update {{0}}.songs set released_on = {ASIDE}.calendar_day(release_date)
        where released_on is null and release_date is not null""",  # noqa: S608 - a constant
    ),
    "setlists": (f"update {{0}}.setlists t set artist_id = {_OF_SHOW.format('t')} where artist_id is null",),  # noqa: S608 - constants
    "setlist_songs": (
        "update {0}.setlist_songs e set title = s.title from {0}.songs s where s.id = e.song_id and e.title is null",
    ),
    "actual_setlists": (
        f"update {{0}}.actual_setlists p set artist_id = {_OF_SHOW.format('p')} where artist_id is null",  # noqa: S608 - constants
        """update {0}.actual_setlists p set event_date = coalesce(p.event_date, s.local_date),
            venue_id = coalesce(p.venue_id, s.venue_id), version_id = coalesce(p.version_id, ''),
            url = coalesce(p.url, 'https://www.setlist.fm/setlist/-/-/-' || p.setlistfm_id || '.html')
        from {0}.shows s where s.id = p.show_id""",
        """update {0}.actual_setlists p set encore_songs = (
            select coalesce(jsonb_agg(e || jsonb_build_object('position',
                (e ->> 'position')::integer + jsonb_array_length(p.songs)) order by n), '[]')
            from jsonb_array_elements(p.encore_songs) with ordinality as s (e, n)
        )""",
    ),
}
# Columns of the catalogue that inserts by the documents' own code leave out.
DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "songs": {"offered": "true"},
    "shows": {"is_addon": "false", "status": "'scheduled'"},
    "setlists": {"name": "'Predicted'"},
}
# Checks that hold for providers' data, but need not hold for the application's rows.
RELAXED = frozenset({"venues_ids_check", "venues_capacity_check", "shows_ids_check", "shows_check1"})
