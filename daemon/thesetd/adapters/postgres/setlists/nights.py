"""Assigns pages to shows, again for an act whenever one of its pages or shows has changed.

`thesetd.domain.setlists.nights` decides from all pages and all shows of an act at once; here the facts are read, and
the differences from the last decision are written: where pages belong, the rows of shows known only from pages, and the
setlists that users see. The acts of a bill are decided separately, and read and written with the statements of one:
"Shows loaded!" waits for them, and each statement is a round trip.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.offload import offload
from thesetd.adapters.postgres.reading import json_column
from thesetd.adapters.postgres.rows.merge import Stored
from thesetd.adapters.postgres.setlists.pages import place_of
from thesetd.adapters.postgres.setlists.played import settle_played
from thesetd.adapters.postgres.setlists.show_rows import (
    Own,
    label_shows,
    mark_played,
    merge_shows,
    update_places,
    write_own,
)
from thesetd.domain.ids import SETLISTFM, TICKETMASTER
from thesetd.domain.setlists.kinds import PageKind, kind_of, told_kind, usual_length
from thesetd.domain.setlists.nights import assign_pages
from thesetd.domain.setlists.pages import Decision, KnownShow, PageVerdict, Ruling, SetlistPage
from thesetd.domain.setlists.proximity import Place

# The id of a venue `v` at the provider that announces shows there.
ANNOUNCED_AS = f"coalesce('{TICKETMASTER}:' || v.ticketmaster_id, v.other_id) as announced_as"
# Ids at setlist.fm of a venue `v` and of those that are the same place.
LISTED = """array(
    select w.setlistfm_id from venues w where w.id in (v.id, v.same_as) and w.setlistfm_id is not null
    union select w.setlistfm_id from venues w where w.same_as in (v.id, v.same_as) and w.setlistfm_id is not null
) as listed"""
_PAGES = f"""
with homes as materialized (
    select v.id, {LISTED} from venues v
    where v.id in (select venue_id from thesetd.setlist_pages where artist_id = any($1))
)
select p.artist_id, p.setlistfm_id, p.event_date, p.place, p.performed, p.info, p.set_names, p.last_updated, p.tour,
    p.url, p.artist_name, p.venue_id, p.verdict, p.kind, p.show_id, p.leader, p.day, p.ruled, p.evidence, p.review,
    p.updated_at, h.listed, s.is_announced as at_sold
from thesetd.setlist_pages p left join homes h on h.id = p.venue_id left join shows s on s.id = p.show_id
where p.artist_id = any($1) and p.gone_at is null
"""  # noqa: S608 - a constant
_EVENTS = f"""
select l.artist_id, s.id, s.sold_as = 'resale' as resale, s.local_date, s.end_date, s.former_date, s.local_time,
    coalesce(s.said_status, s.status) as status,
    {ANNOUNCED_AS}, {LISTED}, v.name, v.city, v.country_code, v.latitude, v.longitude
from artist_shows l cross join lateral (
    select s.* from shows s
    where s.id = l.show_id and s.is_announced and not s.is_addon and s.merged_into is null offset 0
) s left join venues v on v.id = s.venue_id
where l.artist_id = any($1)
"""  # noqa: S608 - a constant
# An operator's choice may have turned out to be an add-on or part of another show: then that show is meant.
_RULINGS = """
select r.setlistfm_id, coalesce(s.merged_into, s.concert_id, r.show_id) as show_id
from thesetd.setlist_rulings r left join shows s on s.id = r.show_id
where r.undone_at is null and r.setlistfm_id = any($1) order by r.number
"""
_WRITE = """
update thesetd.setlist_pages p set verdict = n.verdict, kind = n.kind, show_id = n.show_id, leader = n.leader,
    day = n.day, ruled = n.ruled, evidence = array(select jsonb_array_elements_text(n.evidence::jsonb)),
    review = n.review, updated_at = $1
from unnest($2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::date[], $8::boolean[], $9::text[],
    $10::text[]) as n (setlistfm_id, verdict, kind, show_id, leader, day, ruled, evidence, review)
where p.setlistfm_id = n.setlistfm_id
"""
# With "or" between ways to find an artist, every page is read.
_CONCERNED = """
select n.artist_id from (
    select artist_id from artist_shows where show_id = any($1)
    union select l.artist_id from shows s
        cross join lateral (select l.artist_id from artist_shows l where l.show_id = s.id offset 0) l
        where s.venue_id = any($2)
    union select unnest($3::uuid[])
) n where exists (select from thesetd.setlist_pages p where p.artist_id = n.artist_id offset 0)
"""
_WITH_PAGES = "select distinct artist_id from thesetd.setlist_pages where artist_id = any($1)"
_LABELLED = """
select s.id from artist_shows l
cross join lateral (select s.id, s.is_announced, s.setlistfm_id from shows s where s.id = l.show_id offset 0) s
where l.artist_id = any($1) and s.is_announced and s.setlistfm_id is not null
"""
# A page that moved to another act, known or not, takes along the show that it created.
_STRAY = """
update artist_shows l set left_at = $2, updated_at = $2
from shows s join thesetd.setlist_pages p on p.setlistfm_id = s.setlistfm_id
where l.artist_id = any($1) and l.left_at is null and s.id = l.show_id and not s.is_announced
    and p.artist_id is distinct from l.artist_id
"""
# The id through which it came: it moves with the id to another artist.
_CAME = """
insert into thesetd.artist_sources (space, id, kind, row_id)
select 'musicbrainz', p.artist_mbid, 'setlist', p.id from thesetd.setlist_pages p
where p.artist_id = any($1) and p.updated_at = $2
union
select 'musicbrainz', p.artist_mbid, 'show', p.show_id from thesetd.setlist_pages p
where p.artist_id = any($1) and p.updated_at = $2 and p.show_id is not null
on conflict do nothing
"""

TOGETHER = 8  # acts that share statements: more than most bills have, and some acts have thousands of pages


@attrs.frozen
class _Act:
    """The pages of one act, and what was decided about them."""

    artist: UUID
    rows: Mapping[str, asyncpg.Record]
    decisions: Sequence[Decision]


@attrs.define
class SettledNights:
    """The outcome for shows known from pages, for places on their bills, and for setlists."""

    shows: Stored = attrs.field(factory=Stored)
    places: int = 0
    setlists: Stored = attrs.field(factory=Stored)


async def concerned(
    connection: Connection, shows: Collection[UUID], venues: Collection[UUID], artists: Collection[UUID]
) -> set[UUID]:
    """Return those of these acts that have pages, with acts that are, or were, on shows or on shows at venues."""
    if not shows and not venues and not artists:
        return set()
    found = await connection.fetch(_CONCERNED, list(shows), list(venues), list(artists))
    return {row["artist_id"] for row in found}


async def settle_nights(connection: Connection, artists: Iterable[UUID], at: datetime) -> SettledNights:
    """Decide again about all pages of these acts and write what differs."""
    settled = SettledNights()
    for group in _groups(sorted(artists)):
        await _settle(connection, group, at, settled)
    return settled


async def rows_for(connection: Connection, events: Mapping[UUID, Sequence[KnownShow]]) -> dict[str, UUID]:
    """Return, for new events by act, the row of a show that a page created and that the event turns out to be.

    The existing row, which users may know, takes over the event. If a bill has several acts, the first one's row
    counts.
    """
    if not events:
        return {}
    found: dict[str, UUID] = {}
    with_pages = {row["artist_id"] for row in await connection.fetch(_WITH_PAGES, list(events))}
    for group in _groups([one for one in events if one in with_pages]):
        for act in await _decided(connection, group, events):
            for show, row in _taken_over(act, {event.key for event in events[act.artist]}):
                found.setdefault(show, row)
    return found


def _taken_over(act: _Act, new: Collection[str]) -> Iterator[tuple[str, UUID]]:
    """Return the new events that pages of an act belong to, with the rows that these pages created."""
    for one in act.decisions:
        page = act.rows[one.page]
        created = page["verdict"] == PageVerdict.OWN.value and page["show_id"] is not None
        if one.verdict is PageVerdict.JOINED and created and one.show in new:
            yield one.show or "", page["show_id"]


def _groups(artists: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for first in range(0, len(artists), TOGETHER):
        yield artists[first : first + TOGETHER]


async def _settle(connection: Connection, artists: Sequence[UUID], at: datetime, settled: SettledNights) -> None:
    acts = await _decided(connection, artists)
    rows = {page: row for act in acts for page, row in act.rows.items()}
    decisions = [one for act in acts for one in act.decisions]
    alone = [(act, one) for act in acts for one in act.decisions if one.verdict is PageVerdict.OWN]
    same = {one.page: rows[one.page]["show_id"] for _, one in alone if _is_settled(rows[one.page], one, at)}
    own = [_own(act.artist, rows[one.page], one) for act, one in alone if one.page not in same]
    homes, written = await write_own(connection, own, at)
    homes = {**same, **homes}
    settled.shows.add(written.shows)
    settled.places += written.places
    shows = {one.page: _show_of(one, homes) for one in decisions}
    await _write(connection, decisions, rows, shows, at)
    joined = {one.page: show for one in decisions if (show := shows[one.page]) and one.page not in homes}
    settled.shows.add(await merge_shows(connection, joined, at))
    settled.shows.add(await update_places(connection, _STRAY, artists, at))
    touched = {row["show_id"] for row in rows.values() if row["show_id"]} | set(joined.values())
    touched |= {row["id"] for row in await connection.fetch(_LABELLED, artists)}
    settled.shows.add(await label_shows(connection, touched, at))
    for artist in artists:
        settled.setlists.add(await settle_played(connection, artist, at))
    await connection.execute(_CAME, artists, at)
    settled.shows.add(await mark_played(connection, touched, at))


async def _decided(
    connection: Connection, artists: Sequence[UUID], new: Mapping[UUID, Sequence[KnownShow]] = {}
) -> list[_Act]:
    """Decide about the pages of each act, from its stored shows and new ones."""
    pages = {artist: dict[str, asyncpg.Record]() for artist in artists}
    for row in await connection.fetch(_PAGES, artists):
        pages[row["artist_id"]][row["setlistfm_id"]] = row
    events = {artist: list[KnownShow]() for artist in artists}
    for row in await connection.fetch(_EVENTS, artists):
        events[row["artist_id"]].append(_event(row))
    rulings = await _rulings(connection, [page for rows in pages.values() for page in rows])
    return [
        _Act(artist, rows, await _assigned(rows.values(), [*events[artist], *new.get(artist, ())], rulings))
        for artist, rows in pages.items()
    ]


async def _assigned(
    rows: Collection[asyncpg.Record], events: Sequence[KnownShow], rulings: Iterable[Ruling]
) -> Sequence[Decision]:
    return await offload(len(rows), lambda: assign_pages(_pages_of(rows), events, rulings))


def _pages_of(rows: Iterable[asyncpg.Record]) -> list[SetlistPage]:
    read = [(row, _where(row)) for row in rows]
    told = ((len(row["performed"]), _words(row, place)) for row, place in read)
    usual = usual_length(size for size, words in told if told_kind(size, **words) is PageKind.CONCERT)
    return [_page(row, place, usual) for row, place in read]


def _where(row: asyncpg.Record) -> Place:
    place = place_of(json_column(row["place"]))
    return attrs.evolve(place, ids=place.ids | {f"{SETLISTFM}:{one}" for one in row["listed"] or ()})


def _words(row: asyncpg.Record, place: Place) -> dict[str, Any]:
    return {"info": row["info"] or "", "set_names": row["set_names"], "venue": place.name}


def _page(row: asyncpg.Record, place: Place, usual: int | None) -> SetlistPage:
    return SetlistPage(
        id=row["setlistfm_id"],
        day=row["event_date"],
        place=place,
        songs=tuple(row["performed"]),
        kind=kind_of(len(row["performed"]), usual=usual, **_words(row, place)),
        info=row["info"] or "",
        set_names=tuple(row["set_names"]),
        last_updated=row["last_updated"],
    )


def _event(row: asyncpg.Record) -> KnownShow:
    return event_of(
        key=str(row["id"]),
        resale=bool(row["resale"]),
        days=(row["local_date"], row["end_date"], row["former_date"]),
        row=dict(row),
    )


def event_of(
    *, key: str, resale: bool, days: tuple[date | None, date | None, date | None], row: Mapping[str, object]
) -> KnownShow:
    """Return the event of a sold show; `days` are its first, last and former day, `row` has place and status."""
    first, last, former = days
    return KnownShow(
        key=key,
        day=first,
        end_day=last,
        start=row["local_time"],  # type: ignore[arg-type]  # columns of the database
        place=venue_place(row),
        cancelled=row["status"] == "cancelled",
        vacated=frozenset() if former is None or former == first else frozenset({former}),
        rank=int(resale),
    )


def venue_place(row: Mapping[str, object]) -> Place:
    """Read the place of a venue's row."""
    listed: list[str] = row["listed"] or []  # type: ignore[assignment]  # a column of the database
    return Place(
        ids=frozenset(filter(None, (row["announced_as"], *(f"{SETLISTFM}:{one}" for one in listed)))),  # type: ignore[arg-type]
        name=str(row["name"] or ""),
        city=str(row["city"] or ""),
        country=str(row["country_code"] or ""),
        latitude=row["latitude"],  # type: ignore[arg-type]  # columns of the database
        longitude=row["longitude"],  # type: ignore[arg-type]
    )


async def _rulings(connection: Connection, pages: Sequence[str]) -> list[Ruling]:
    if not pages:
        return []
    found = await connection.fetch(_RULINGS, pages)
    return [Ruling(page=r["setlistfm_id"], show=None if r["show_id"] is None else str(r["show_id"])) for r in found]


def _is_settled(row: asyncpg.Record, decision: Decision, at: datetime) -> bool:
    """Return whether a page has created its show already, and neither the page nor its decision changed since.

    The sold show that took over its row may no longer be a show of its own: then the page creates another.
    """
    before = row["verdict"], row["kind"], row["day"]
    return (
        before == (decision.verdict.value, decision.kind.value, decision.day)
        and row["show_id"] is not None
        and not row["at_sold"]
        and row["updated_at"] < at
    )


def _own(artist: UUID, row: asyncpg.Record, decision: Decision) -> Own:
    place = place_of(json_column(row["place"]))
    return Own(
        artist=artist,
        page=decision.page,
        name=" at ".join(filter(None, (row["artist_name"], place.name))) or decision.page,
        day=decision.day or row["event_date"],
        kind=decision.kind,
        played=bool(row["performed"]),
        url=row["url"],
        tour=row["tour"] or "",
        venue=row["venue_id"],
    )


def _show_of(decision: Decision, homes: Mapping[str, UUID]) -> UUID | None:
    if decision.show is not None:
        return UUID(decision.show)
    return homes.get(decision.leader or decision.page)


async def _write(
    connection: Connection,
    decisions: Sequence[Decision],
    rows: Mapping[str, asyncpg.Record],
    shows: Mapping[str, UUID | None],
    at: datetime,
) -> None:
    """Write the decisions that differ from what is stored."""
    names = ("verdict", "kind", "show_id", "leader", "day", "ruled", "evidence", "review")
    wanted = {one.page: _columns(one, shows[one.page]) for one in decisions}
    changed = [page for page, columns in wanted.items() if tuple(rows[page][name] for name in names) != columns]
    if changed:
        columns = zip(*((page, *map(_sent, wanted[page])) for page in changed), strict=True)
        await connection.execute(_WRITE, at, *map(list, columns))


def _columns(one: Decision, show: UUID | None) -> tuple[object, ...]:
    evidence = list(one.evidence)
    return one.verdict.value, one.kind.value, show, one.leader, one.day, one.ruled, evidence, one.review


def _sent(value: object) -> object:
    """Return lists as JSON: arrays cannot be elements of an array."""
    return json.dumps(value) if isinstance(value, list) else value
