"""Stores shows.

A concert that two providers know is one row. Data from pages of setlist.fm is decided and written elsewhere
(`thesetd.adapters.postgres.setlists`); if a sold show turns out to be one that a page created, it takes over that row.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.bills import (
    Act,
    bill_of,
    clear_bills,
    known_artists,
    note_sources,
    says_bill,
    store_bills,
)
from thesetd.adapters.postgres.rows.lookup import (
    CONCERT_IDS,
    KnownVenues,
    concert_ids,
    concert_rows,
    derived_id,
    venue_rows,
)
from thesetd.adapters.postgres.rows.merge import FIRST, NEWEST, Row, Stored, Table, halving, reject, upsert
from thesetd.adapters.postgres.rows.show_days import PLAYED
from thesetd.adapters.postgres.setlists.bill_rulings import ruled_bills
from thesetd.adapters.postgres.setlists.taking_over import taken_over
from thesetd.domain.identity.spaces import OTHER_ID, announces
from thesetd.domain.ids import SETLISTFM, ProviderName
from thesetd.domain.music.records import Reject, Rows, Show
from thesetd.domain.shows.listings import SoldAs
from thesetd.domain.shows.sweep import LONGEST_UNLISTED
from thesetd.domain.work.jobs import KnownArtist


def _announced(row: str) -> str:
    """Return the condition that a provider announces a show whose row does not exist yet."""
    return f"num_nonnulls({row}.ticketmaster_id, {row}.{OTHER_ID}) > 0"


# A value that a leading record withdraws is cleared, and no older record fills it again.
_TAKEN = f"""case
    when n.leads and '{{c}}' = any(n.withdrawn) then null
    when not n.leads and '{{c}}' = any(o.withdrawn) then o.{{c}}
    else {NEWEST}
end"""
# A new date replaces the time and the end, too: the old ones belonged to the old date.
_WITH_DATE = (
    f"case when n.local_date <> o.local_date then case when n.leads then n.{{c}} else o.{{c}} end else {_TAKEN} end"
)
_FORMER_DATE = f"""case
    when n.leads and {_announced("o")} and ('local_date' = any(n.withdrawn) or n.local_date <> o.local_date)
        then coalesce(n.former_date, o.local_date, o.former_date)
    when not n.leads and (o.local_date is null or n.local_date <> o.local_date)
        then coalesce(o.former_date, n.local_date)
    else {NEWEST.format(c="former_date")}
end"""
_WITHDRAWABLE = (
    *("local_date", "end_date", "local_time", "starts_at", "sales_start", "sales_end"),
    *("price_currency", "price_min", "price_max", "price_with_fees_min", "price_with_fees_max"),
)
_WITHDRAWN = f"""case when n.leads then nullif(array(
    select distinct w from unnest(coalesce(n.withdrawn, '{{{{}}}}') || coalesce(o.withdrawn, '{{{{}}}}')) as w
    where case w {" ".join(f"when '{c}' then n.{c} is null" for c in _WITHDRAWABLE)} end order by w
), '{{{{}}}}') else o.withdrawn end"""  # noqa: S608 - columns of this module

# A show with played songs has taken place, whatever a shop still says. A moved date is better evidence than a status
# code: a shop that continues to sell calls a show on sale. A show that is neither cancelled nor moved keeps its status,
# rescheduled or completed by time.
_STATUS = f"""case
    when o.id is null then coalesce(n.status, 'scheduled')
    when n.status = 'withdrawn' then case when n.leads and o.status <> 'completed' then n.status else o.status end
    when n.status = 'completed' or o.status = 'completed' and {PLAYED.format(show="o.id")} then 'completed'
    when not n.leads and o.status = 'scheduled' and n.local_date <> o.local_date
        and ({_announced("n")}) = ({_announced("o")}) then 'rescheduled'
    when not n.leads or n.status is null and o.status = 'cancelled' then o.status
    when n.status in ('cancelled', 'postponed') then n.status
    when o.status = 'withdrawn' then coalesce(n.status, 'scheduled')
    when n.local_date <> o.local_date and {_announced("o")} then 'rescheduled'
    when o.status in ('rescheduled', 'completed') then o.status
    else coalesce(n.status, o.status)
end"""

SHOWS = Table(
    "shows",
    columns={
        **dict.fromkeys(CONCERT_IDS, "text"),
        "venue_id": "uuid",
        "name": "text",
        "status": "text",
        "said_status": "text",
        "local_date": "date",
        "end_date": "date",
        "former_date": "date",
        "local_time": "time",
        "starts_at": "timestamptz",
        "timezone": "text",
        "url": "text",
        "image_url": "text",
        "tour": "text",
        "price_currency": "text",
        "price_min": "double precision",
        "price_max": "double precision",
        "price_with_fees_min": "double precision",
        "price_with_fees_max": "double precision",
        "sales_start": "timestamptz",
        "sales_end": "timestamptz",
        "withdrawn": "text[]",
        "gone_because": "text",
        "is_addon": "boolean",
        "sold_as": "text",
        "on_sale": "boolean",
    },
    keys=CONCERT_IDS,
    rules={
        **dict.fromkeys(_WITHDRAWABLE, _TAKEN),
        "status": _STATUS,
        "end_date": _WITH_DATE,
        "local_time": _WITH_DATE,
        "starts_at": _WITH_DATE,
        # until it is sold, a show has the url of the page that created it
        "url": f"case when not ({_announced('o')}) and {_announced('n')} then n.url else {NEWEST} end",
        "former_date": _FORMER_DATE,
        "withdrawn": _WITHDRAWN,
        "is_addon": FIRST,  # the other events decide; see `standings`
        "gone_because": "case when n.leads then n.gone_because else o.gone_because end",
    },
    rank=f"(case when {_announced('{r}')} then 1 else 0 end)",
)


# Where answers stay the same, they have for longer each time; a show that was listed meanwhile begins again.
_UNLISTED = """
insert into thesetd.unlisted_shows as t (show_id, asked_at, since)
select id, $2, $2 from unnest($1::uuid[]) as n (id)
on conflict (show_id) do update set asked_at = excluded.asked_at, since = case
    when t.asked_at < excluded.asked_at - 2 * $3::interval
        or exists (select from shows s where s.id = t.show_id and s.updated_at > t.asked_at)
    then excluded.asked_at else t.since
end
"""


_STANDS = "select id, venue_id, local_date, local_time from shows where id = any($1) and is_announced"
# The place and time of a show by its stored row, or by an answer that arrived too late to change it.
_NOTE_LEFT = """
insert into thesetd.left_stands (show_id, venue_id, day, local_time, noted_at)
select distinct on (n.show_id, n.venue_id, n.day) n.show_id, n.venue_id, n.day, n.local_time, $5
from unnest($1::uuid[], $2::uuid[], $3::date[], $4::time[]) as n (show_id, venue_id, day, local_time)
join shows s on s.id = n.show_id
where n.venue_id is not null and n.day is not null
    and (s.venue_id, s.local_date, s.local_time) is distinct from (n.venue_id, n.day, n.local_time)
    and (n.local_time is not null or (s.venue_id, s.local_date) is distinct from (n.venue_id, n.day))
on conflict do nothing
"""


@attrs.define
class ShowsStored:
    """The outcome for shows; the show of each place on a bill that changed."""

    shows: Stored = attrs.field(factory=Stored)
    places: list[UUID] = attrs.field(factory=list)


async def store_shows(
    connection: Connection,
    shows: Sequence[Show],
    importing: KnownArtist | None,
    at: datetime,
    known: KnownVenues,
) -> ShowsStored:
    """Insert or merge shows with their bills.

    Shows of setlist.fm are derived from its pages.

    Args:
        connection: inside the writer's transaction.
        shows: of any provider and any artists.
        importing: the artist whose shows these are, if the batch belongs to one artist's job.
        at: the moment of writing.
        known: venues that were looked up before.
    """
    stored = ShowsStored()
    by_provider: dict[ProviderName, list[Show]] = defaultdict(list)
    for show in sorted(shows, key=lambda show: (show.provider, show.fetched_at)):
        if announces(show.provider):
            by_provider[show.provider].append(show)
    for part in by_provider.values():
        await _store_announced(connection, part, importing, at, done=stored, known=known)
    return stored


async def note_unlisted(connection: Connection, shows: Sequence[tuple[ProviderName, str]], at: datetime) -> None:
    """Record which shows were requested by id because a complete list lacked them; the answers are stored already."""
    for provider in sorted({provider for provider, _ in shows}):
        rows = await concert_rows(connection, "shows", provider, (one for own, one in shows if own == provider))
        await connection.execute(_UNLISTED, sorted(rows.values()), at, LONGEST_UNLISTED)


async def _store_announced(
    connection: Connection,
    shows: Sequence[Show],
    importing: KnownArtist | None,
    at: datetime,
    *,
    done: ShowsStored,
    known: KnownVenues,
) -> None:
    """Store shows of one provider."""
    artists = await known_artists(connection, shows)
    bills = {show.provider_id: bill_of(show, artists, importing) for show in shows}
    wanted = (show.venue_provider_id for show in shows)
    venues = await venue_rows(connection, shows[0].provider, wanted, known)
    rows = await _rows(connection, shows, bills, venues)
    described = [_row(show, rows[show.provider_id], venues.get(show.venue_provider_id or "")) for show in shows]
    stood = [(row["id"], row["venue_id"], row["local_date"], row["local_time"]) for row in described]
    stood += [tuple(row) for row in await connection.fetch(_STANDS, list(rows.values()))]
    stored = await upsert(connection, SHOWS, await _named(connection, described, shows), at)
    moved = [one for one in stood if one[0] in stored.changed or one[0] not in stored.leading]
    if moved:  # a show whose newest record changed nothing stands where it stood
        await connection.execute(_NOTE_LEFT, *map(list, zip(*moved, strict=True)), at)
    stored.rejects += [
        reject("shows", show.provider_id, f"venue {show.venue_provider_id} is not known: stored without it", show.name)
        for show in shows
        if show.venue_provider_id and show.venue_provider_id not in venues
    ]
    places = {(artist, rows[key]): act for key, bill in bills.items() for artist, act in bill.items()}
    ruled = await ruled_bills(connection, rows.values())
    said = {rows[show.provider_id] for show in shows if says_bill(show)} - ruled

    async def place(part: Sequence[tuple[tuple[UUID, UUID], Act]]) -> Stored:
        done.places += await store_bills(connection, dict(part), stored.leading & said, at)
        return Stored()

    named = [(place, act) for place, act in places.items() if place[1] in stored.ids - ruled]
    await note_sources(connection, shows, {key: row for key, row in rows.items() if row in stored.ids})
    stored.add(await halving(connection, named, place, lambda item, why: reject("artist_shows", str(item[0]), why, "")))

    async def clear(part: Sequence[UUID]) -> Stored:
        done.places += await clear_bills(connection, places, set(part), at)
        return Stored()

    whole = sorted(stored.leading & said)
    stored.add(await halving(connection, whole, clear, lambda one, why: reject("artist_shows", str(one), why, "")))
    done.shows.add(stored)


async def _rows(
    connection: Connection,
    shows: Sequence[Show],
    bills: Mapping[str, Mapping[UUID, Act]],
    venues: Mapping[str, UUID],
) -> dict[str, UUID]:
    """Return the row of each show: the one with its id, a matching one that a page created, or a new one."""
    known = await concert_rows(connection, "shows", shows[0].provider, (show.provider_id for show in shows))
    fresh = [s for s in shows if s.provider_id not in known and s.local_date is not None and not s.is_addon]
    taken = await taken_over(connection, fresh, bills, venues)
    new = {show.provider_id: derived_id("shows", show.provider, show.provider_id) for show in shows}
    return {**new, **taken, **known}


async def _named(connection: Connection, rows: Sequence[Row], shows: Sequence[Show]) -> list[Row]:
    """Name new shows without a name after their acts; known ones keep their names."""
    nameless = [row["id"] for row in rows if not row["name"]]
    if not nameless:
        return list(rows)
    known = {r["id"] for r in await connection.fetch("select id from shows where id = any($1)", nameless)}
    return [
        row if row["name"] or row["id"] in known else {**row, "name": ", ".join(act.name for act in show.bill) or None}
        for row, show in zip(rows, shows, strict=True)
    ]


def _row(show: Show, row: UUID, venue_id: UUID | None) -> Row:
    return {
        "id": row,
        "fetched_at": show.fetched_at,
        **concert_ids(show.provider, show.provider_id),
        "venue_id": venue_id,
        "name": show.name.strip() or None,
        "status": show.status,
        "said_status": show.status,
        "local_date": show.local_date,
        "end_date": show.end_date,
        "former_date": show.former_date,
        "local_time": show.local_time,
        "starts_at": show.starts_at,
        "timezone": show.timezone,
        "url": show.url,
        "image_url": show.image_url,
        "tour": show.tour,
        "price_currency": show.price_currency,
        "price_min": show.price_min,
        "price_max": show.price_max,
        "price_with_fees_min": show.price_with_fees_min,
        "price_with_fees_max": show.price_with_fees_max,
        "sales_start": show.sales_start,
        "sales_end": show.sales_end,
        "withdrawn": list(show.withdrawn) or None,
        "gone_because": show.gone_because,
        "is_addon": show.is_addon,
        "sold_as": _sold_as(show),
        "on_sale": show.on_sale,
    }


def _sold_as(show: Show) -> str | None:
    if show.status == "withdrawn":
        return None
    return (show.sold_as or (SoldAs.ADDON if show.is_addon else SoldAs.CONCERT)).value


def without_page(rows: Rows) -> list[Reject]:
    """Reject shows of setlist.fm without their pages, from which they are derived."""
    pages = {setlist.setlistfm_id for setlist in rows.actual_setlists}
    return [
        reject("shows", show.provider_id, "its page of setlist.fm did not come with it", show.name)
        for show in rows.shows
        if show.provider == SETLISTFM and show.provider_id not in pages
    ]
