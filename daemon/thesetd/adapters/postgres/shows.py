"""Shows.

A concert that two providers know is one row. A show that is new under its own id joins the row of another provider
when its headliner has exactly one show there on that local date, and no other new show wants the same row.
Ticketmaster knows a show better than setlist.fm, so its values stand and the other's fill what is empty. What a support
act played there is part of the same concert and says nothing about it, but that it took place.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from thesetd.adapters.postgres.bills import Act, bill_of, known_artists, store_bills
from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.lookup import CONCERT_COLUMN, concert_ids, derived_id, row_ids
from thesetd.adapters.postgres.matching import Match, Wanted, match
from thesetd.adapters.postgres.merge import NEWEST, Row, Stored, Table, halving, reject, upsert
from thesetd.adapters.postgres.show_days import PLAYED
from thesetd.domain.ids import SETLISTFM, TICKETMASTER
from thesetd.domain.jobs import KnownArtist
from thesetd.domain.records import Show

# A new date takes its time with it: the old one belonged to the old date.
_WITH_DATE = f"case when n.leads and n.local_date <> o.local_date then n.{{c}} else {NEWEST} end"

# What was played has taken place, whatever a shop still says. A date that moved says more than a code: a shop that goes
# on selling calls a show on sale. What is neither off nor moved stays what it was, rescheduled or completed by time.
_STATUS = f"""case
    when o.id is null then coalesce(n.status, 'scheduled')
    when n.status = 'completed' or o.status = 'completed' and {PLAYED.format(show="o.id")} then 'completed'
    when not n.leads or n.status is null and o.status = 'cancelled' then o.status
    when n.status in ('cancelled', 'postponed') then n.status
    when n.local_date <> o.local_date then 'rescheduled'
    when o.status in ('rescheduled', 'completed') then o.status
    else coalesce(n.status, o.status)
end"""

SHOWS = Table(
    "shows",
    columns={
        "ticketmaster_id": "text",
        "setlistfm_id": "text",
        "venue_id": "uuid",
        "name": "text",
        "status": "text",
        "local_date": "date",
        "local_time": "time",
        "starts_at": "timestamptz",
        "timezone": "text",
        "url": "text",
        "tour": "text",
        "is_addon": "boolean",
    },
    keys=("ticketmaster_id", "setlistfm_id"),
    rules={
        "status": _STATUS,
        "local_time": _WITH_DATE,
        "starts_at": _WITH_DATE,
    },
    rank="(case when {r}.ticketmaster_id is not null then 1 else 0 end)",
)


async def store_shows(
    connection: Connection, shows: Sequence[Show], importing: KnownArtist | None, at: datetime
) -> tuple[Stored, int]:
    """Insert or merge shows with their bills; give what became of them, and how many places on bills changed.

    Ticketmaster's go first, so that those of setlist.fm find them.

    Args:
        connection: inside the writer's transaction.
        shows: of any provider and any artists.
        importing: the artist whose shows these are, where the batch belongs to one artist's job.
        at: the moment of writing.
    """
    stored, changed = Stored(), 0
    stored.rejects += [
        reject("shows", show.provider_id, f"{show.provider} is no provider of shows", show.name)
        for show in shows
        if show.provider not in CONCERT_COLUMN
    ]
    for provider in (TICKETMASTER, SETLISTFM):
        part = sorted((show for show in shows if show.provider == provider), key=lambda show: show.fetched_at)
        if part:
            written, places = await _store_of_one_provider(connection, part, importing, at)
            stored.add(written)
            changed += places
    return stored, changed


async def _store_of_one_provider(
    connection: Connection, shows: Sequence[Show], importing: KnownArtist | None, at: datetime
) -> tuple[Stored, int]:
    artists = await known_artists(connection, shows)
    bills = {show.provider_id: bill_of(show, artists, importing) for show in shows}
    rows = await _matches(connection, shows, bills)
    column = CONCERT_COLUMN[shows[0].provider]
    venues = await row_ids(connection, "venues", column, (show.venue_provider_id for show in shows))
    described = [_row(show, rows[show.provider_id], venues.get(show.venue_provider_id or "")) for show in shows]
    stored = await upsert(connection, SHOWS, described, at)
    stored.rejects += [
        reject("shows", show.provider_id, f"venue {show.venue_provider_id} is not known: stored without it", show.name)
        for show in shows
        if show.venue_provider_id and show.venue_provider_id not in venues
    ]
    places = {(artist, rows[key].row): act for key, bill in bills.items() for artist, act in bill.items()}
    changed = 0

    async def place(part: Sequence[tuple[tuple[UUID, UUID], Act]]) -> Stored:
        nonlocal changed
        changed += await store_bills(connection, dict(part), stored, at)
        return Stored()

    known = [(place, act) for place, act in places.items() if place[1] in stored.ids]
    stored.add(await halving(connection, known, place, lambda item, why: reject("artist_shows", str(item[0]), why, "")))
    return stored, changed


async def _matches(
    connection: Connection, shows: Sequence[Show], bills: Mapping[str, Mapping[UUID, Act]]
) -> dict[str, Match]:
    """Give every show its row: the one that has its id, the one of another provider that it joins, or a new one."""
    provider = shows[0].provider
    known = await row_ids(connection, "shows", CONCERT_COLUMN[provider], (show.provider_id for show in shows))
    fresh = {
        show.provider_id: Wanted(artist, show.local_date)
        for show in shows
        if show.provider_id not in known and show.local_date is not None and not show.is_addon
        for artist, act in bills[show.provider_id].items()
        if act.set_order == 1
    }
    joined = await match(connection, fresh, lacking=CONCERT_COLUMN[provider])
    new = {show.provider_id: derived_id("shows", provider, show.provider_id) for show in shows}
    return {**{key: Match(row, as_guest=False) for key, row in {**new, **known}.items()}, **joined}


def _row(show: Show, match: Match, venue_id: UUID | None) -> Row:
    if match.as_guest:
        return {**dict.fromkeys(SHOWS.columns), "id": match.row, "fetched_at": show.fetched_at, "status": show.status}
    return {
        "id": match.row,
        "fetched_at": show.fetched_at,
        **concert_ids(show.provider, show.provider_id),
        "venue_id": venue_id,
        "name": show.name.strip() or None,
        "status": show.status,
        "local_date": show.local_date,
        "local_time": show.local_time,
        "starts_at": show.starts_at,
        "timezone": show.timezone,
        "url": show.url,
        "tour": show.tour,
        "is_addon": show.is_addon,
    }
