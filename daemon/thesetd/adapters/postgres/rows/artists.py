"""Stores artists: one row for each, however many providers know it.

The owner of each id was decided before (`thesetd.adapters.postgres.identity`). A record belongs to the row that has any
of its ids; if they point to several rows, or the row has another id of the same provider, nothing is merged: the
strongest id decides, the others are left out and recorded in `thesetd.identity_links`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import attrs

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.rows.lookup import ARTIST_COLUMN, other_id
from thesetd.adapters.postgres.rows.merge import FIRST, Row, Stored, Table, reject, upsert
from thesetd.adapters.postgres.text import is_storable
from thesetd.domain.identity.spaces import OTHER_ID, Ref, Space, is_single, rank
from thesetd.domain.identity.statements import Pair, Rule, Strength
from thesetd.domain.ids import row_id
from thesetd.domain.music.names import fold, slugify
from thesetd.domain.music.records import Artist, Reject

ProviderId: TypeAlias = tuple[Space, str]
SLUG_SUFFIX = 6  # characters of an id that distinguish two artists with the same name

_NOTE_CONFLICTS = """
insert into thesetd.identity_links (provider, provider_id, row_id, relation, reason, first_at, last_at)
select provider, provider_id, row_id, 'conflict', reason, $5, $5
from unnest($1::text[], $2::text[], $3::uuid[], $4::text[]) as n (provider, provider_id, row_id, reason)
on conflict (provider, provider_id, row_id)
do update set reason = excluded.reason, last_at = excluded.last_at
"""
_OWN = """
insert into thesetd.artist_ids (space, id, artist_id, created_at)
select space, id, artist_id, $4 from unnest($1::text[], $2::text[], $3::uuid[]) as n (space, id, artist_id)
on conflict (space, id) do nothing
"""
# Ids that came together in one record are linked only by that fact.
_TIE = f"""
insert into thesetd.artist_links
    (one_space, one_id, other_space, other_id, decision, rule, strength, evidence, decided_at)
select one_space, one_id, other_space, other_id, 'automatic', '{Rule.BARE_NAME.value}', {Strength.BARE_NAME.value},
    array[]::text[], $5
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as n (one_space, one_id, other_space, other_id)
on conflict do nothing
"""  # noqa: S608 - constants

_COLUMNS = (*ARTIST_COLUMN.values(), OTHER_ID)

ARTISTS = Table(
    "artists",
    columns={
        "name": "text",
        "folded_name": "text",
        "slug": "text",  # as returned by `_slugs`: an existing slug stays
        **dict.fromkeys(_COLUMNS, "text"),
        "image_url": "text",
        "small_image_url": "text",
        "spotify_url": "text",
        "genres": "text[]",
        "popularity": "smallint",
        "followers": "bigint",
    },
    keys=_COLUMNS,
    rules=dict.fromkeys(_COLUMNS, FIRST),
    rank="(case when {r}.spotify_id is not null then 2 when {r}.ticketmaster_id is not null then 1 else 0 end)",
)


@attrs.frozen
class Conflict:
    """An id that a provider claims for a row and that was left out."""

    provider: Space
    provider_id: str
    row: UUID
    reason: str


@attrs.define
class ArtistIds:
    """The row of each id, and the ids of each row; it grows while records are placed. Some ids are stored already."""

    stored: set[ProviderId] = attrs.field(factory=set)
    owner: dict[ProviderId, UUID] = attrs.field(factory=dict)
    held: dict[UUID, dict[Space, str]] = attrs.field(factory=dict)
    slug: dict[UUID, str] = attrs.field(factory=dict)
    conflicts: list[Conflict] = attrs.field(factory=list)

    def learn(self, row: UUID, ids: Iterable[ProviderId], slug: str | None = None) -> None:
        """Record that these ids belong to the row."""
        for provider, provider_id in ids:
            self.owner[provider, provider_id] = row
            self.held.setdefault(row, {})[provider] = provider_id
        if slug is not None:
            self.slug[row] = slug

    def place(self, artist: Artist) -> tuple[UUID, dict[Space, str]]:
        """Find or make the row of a record; return it with those of the record's ids that may be stored there."""
        ids = provider_ids(artist)
        strongest = next((key for key in ids if key in self.owner), ids[0])
        row = self.owner.get(strongest) or row_id("artists", *strongest)
        kept = [key for key in ids if self._fits(row, *key)]
        self.learn(row, kept)
        return row, dict(kept)

    def _fits(self, row: UUID, provider: Space, provider_id: str) -> bool:
        if self.owner.get((provider, provider_id), row) != row:
            reason = "belongs to another artist's row"
        elif (provider, provider_id) in self.owner or not is_single(provider):
            return True
        elif self.held.get(row, {}).get(provider, provider_id) != provider_id:
            reason = "the artist's row has another id of this provider"
        else:
            return True
        self.conflicts.append(Conflict(provider, provider_id, row, reason))
        return False


def provider_ids(artist: Artist) -> list[ProviderId]:
    """Return a record's ids, the strongest first."""
    return list(artist.ids.items())


async def store_artists(connection: Connection, artists: Sequence[Artist], at: datetime) -> Stored:
    """Insert or merge artists."""
    usable = [artist for artist in artists if _is_usable(artist)]
    stored = Stored(rejects=[_unusable(artist) for artist in artists if not _is_usable(artist)])
    if not usable:
        return stored
    identities = await _identities(connection, usable)
    # Records with most ids first: they join ids that others would take for several artists.
    placed = [(a, *identities.place(a)) for a in sorted(usable, key=lambda a: (-len(provider_ids(a)), a.fetched_at))]
    slugs = await _slugs(connection, identities, [(artist, row) for artist, row, _ in placed])
    stored.add(await upsert(connection, ARTISTS, [_row(a, row, ids, slugs[row]) for a, row, ids in placed], at))
    new = {key: row for key, row in identities.owner.items() if key not in identities.stored and row in stored.ids}
    await _own(connection, new, at)
    await _tie(connection, [(row, ids) for _, row, ids in placed if row in stored.ids], at)
    await _note_conflicts(connection, identities.conflicts, at)
    stored.rejects += [
        reject("artists", c.provider_id, f"{c.provider} id not merged: {c.reason}", str(c.row))
        for c in identities.conflicts
    ]
    return stored


def _is_usable(artist: Artist) -> bool:
    ids = provider_ids(artist)
    return bool(ids) and all(is_storable(value) for _, value in ids)


def _unusable(artist: Artist) -> Reject:
    key = next((value for _, value in provider_ids(artist)), "")
    reason = "an id that is not text" if key else "no provider's id"
    return reject("artists", key, reason, attrs.asdict(artist))


def _row(artist: Artist, row: UUID, ids: Mapping[Space, str], slug: str) -> Row:
    name = artist.name.strip() or None
    return {
        "id": row,
        "fetched_at": artist.fetched_at,
        "name": name,
        "folded_name": fold(name) if name else None,
        "slug": slug,
        **{column: ids.get(provider) for provider, column in ARTIST_COLUMN.items()},
        OTHER_ID: other_id(ids),
        "image_url": artist.image_url,
        "small_image_url": artist.small_image_url,
        "spotify_url": artist.spotify_url,
        "genres": None if artist.genres is None else list(artist.genres),
        "popularity": artist.popularity,
        "followers": artist.followers,
    }


async def _identities(connection: Connection, artists: Sequence[Artist]) -> ArtistIds:
    wanted: dict[Space, list[str]] = defaultdict(list)
    for artist in artists:
        for provider, value in provider_ids(artist):
            wanted[provider].append(value)
    found = await connection.fetch(
        f"""
        select i.space, i.id, i.artist_id, a.slug, {", ".join(f"a.{column}" for column in ARTIST_COLUMN.values())}
        from unnest($1::text[], $2::text[]) as n (space, id) join thesetd.artist_ids i using (space, id)
        join artists a on a.id = i.artist_id order by i.artist_id
        """,  # noqa: S608 - constants
        [provider for provider, ids in wanted.items() for _ in ids],
        [value for ids in wanted.values() for value in ids],
    )
    identities = ArtistIds()
    for r in found:
        ids = [(provider, r[column]) for provider, column in ARTIST_COLUMN.items() if r[column] is not None]
        identities.learn(r["artist_id"], ids, r["slug"])
        identities.owner[Space(r["space"]), r["id"]] = r["artist_id"]  # an older id leads to the row as well
        identities.stored.add((Space(r["space"]), r["id"]))
    return identities


async def _own(connection: Connection, owner: Mapping[ProviderId, UUID], at: datetime) -> None:
    """Store which row each id belongs to."""
    if owner:
        await connection.execute(
            _OWN, [space for space, _ in owner], [value for _, value in owner], [*owner.values()], at
        )


async def _tie(connection: Connection, placed: Iterable[tuple[UUID, Mapping[Space, str]]], at: datetime) -> None:
    """Link the ids that came together in a record, unless stronger evidence links them."""
    pairs = []
    for _, ids in placed:
        first, *others = sorted((Ref(provider, value) for provider, value in ids.items()), key=rank)
        pairs += [Pair.of(first, other) for other in others]
    if pairs:
        ends = [(p.one.space, p.one.id, p.other.space, p.other.id) for p in pairs]
        await connection.execute(_TIE, *([list(column) for column in zip(*ends, strict=True)]), at)


async def _slugs(
    connection: Connection, identities: ArtistIds, placed: Sequence[tuple[Artist, UUID]]
) -> dict[UUID, str]:
    """Return the slug of every row: its present one, or the record's, extended by its id if that is taken."""
    given = dict(identities.slug)
    wanted = {slug for artist, row in placed if row not in given for slug in _candidates(artist)}
    if not wanted:
        return given
    taken = await connection.fetch("select slug, id from artists where slug = any($1)", sorted(wanted))
    owner = {r["slug"]: r["id"] for r in taken}
    for artist, row in sorted(placed, key=lambda pair: provider_ids(pair[0])):
        if row not in given:
            given[row] = next(slug for slug in _candidates(artist) if owner.get(slug, row) == row)
            owner[given[row]] = row
    return given


def _candidates(artist: Artist) -> list[str]:
    """Return the slugs to try; the last contains the row's own id, which is unique."""
    key = provider_ids(artist)[0]
    piece = slugify(key[1], "id")
    base = artist.slug if is_storable(artist.slug) and artist.slug else piece
    return [base, f"{base}-{piece[:SLUG_SUFFIX]}", f"{base}-{piece}", f"{base}-{row_id('artists', *key)}"]


async def _note_conflicts(connection: Connection, conflicts: Sequence[Conflict], at: datetime) -> None:
    noted = {(c.provider, c.provider_id, c.row): c.reason for c in conflicts}
    if noted:
        await connection.execute(
            _NOTE_CONFLICTS,
            *([list(column) for column in zip(*noted, strict=True)]),
            list(noted.values()),
            at,
        )


# To the minute, since the batches of an import follow each other within seconds and each would write the row again.
_ACTIVE = """
update artists set last_activity = $2, inactive_since = null,
    updated_at = case when inactive_since is null then updated_at else $2 end
where id = $1 and (
    inactive_since is not null or last_activity is null
    or last_activity not between $2::timestamptz - interval '1 minute' and $2
)
"""
_NEWS = frozenset({"shows", "artist_shows", "actual_setlists", "albums", "songs"})


async def note_activity(connection: Connection, artist: UUID | None, changed: Mapping[str, int], at: datetime) -> None:
    """Record that a batch changed something about its artist, who is not inactive then."""
    if artist is not None and any(changed.get(table) for table in _NEWS):
        await connection.execute(_ACTIVE, artist, at)
