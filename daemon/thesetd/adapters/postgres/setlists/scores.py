"""Scores the stored predictions.

Each is compared with the played songs as soon as they are known, and again when the page of the night changes.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from thesetd.adapters.postgres.database import Connection
from thesetd.domain.prediction.concerts import Concert
from thesetd.domain.prediction.prediction import LikelySong, Prediction
from thesetd.domain.prediction.scoring import Score, score

_OPEN = """
select t.id, t.show_id, t.artist_id, t.expected_songs, t.concerts, p.event_date, p.id as actual
from setlists t cross join lateral (
    select p.* from actual_setlists p where p.show_id = t.show_id and p.artist_id = t.artist_id and p.gone_at is null
    offset 0
) p
left join thesetd.prediction_scores o on o.setlist_id = t.id
where t.artist_id = any($1) and t.expected_songs is not null and (o.scored_at is null or o.scored_at < p.updated_at)
"""
# Songs are compared by keys: a predicted cover has the act's own row, a played one the other artist's.
_PREDICTED = """
select l.setlist_id, coalesce(m.key, s.key, s.id::text) as song, l.title, l.position, l.probability, l.encore, l.reason
from setlist_songs l join songs s on s.id = l.song_id
left join songs m on m.id = case when s.merged_into is not null then thesetd.standing_song(s.id) end
where l.setlist_id = any($1) and l.probability is not null and l.dropped_at is null order by l.position
"""
_PLAYED = """
select actual_setlist_id, coalesce(m.key, s.key, s.id::text) as song, p.encore
from actual_setlist_songs p join songs s on s.id = p.song_id
left join songs m on m.id = case when s.merged_into is not null then thesetd.standing_song(s.id) end
where actual_setlist_id = any($1) and not p.tape order by p.position, p.part
"""
_WRITE = """
insert into thesetd.prediction_scores as t (setlist_id, show_id, artist_id, day, played, candidates, hits, f1, recall,
    opener, closer, brier, scored_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict (setlist_id) do update set show_id = excluded.show_id, artist_id = excluded.artist_id, day = excluded.day,
    played = excluded.played, candidates = excluded.candidates, hits = excluded.hits, f1 = excluded.f1,
    recall = excluded.recall, opener = excluded.opener, closer = excluded.closer, brier = excluded.brier,
    scored_at = excluded.scored_at
"""


async def settle_scores(connection: Connection, artists: Iterable[UUID], at: datetime) -> list[Score]:
    """Score predictions of these acts whose shows have songs not compared yet; return the scores."""
    rows = await connection.fetch(_OPEN, list(artists))
    if not rows:
        return []
    predicted = _by(await connection.fetch(_PREDICTED, [row["id"] for row in rows]), "setlist_id")
    played = _by(await connection.fetch(_PLAYED, [row["actual"] for row in rows]), "actual_setlist_id")
    scores = []
    for row in rows:
        if played[row["actual"]]:
            one = score(_prediction(row, predicted[row["id"]]), _concert(row, played[row["actual"]]))
            scores.append(one)
            await _write(connection, row, one, at)
    return scores


def _by(rows: Iterable[asyncpg.Record], column: str) -> dict[UUID, list[asyncpg.Record]]:
    found: dict[UUID, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return found


def _prediction(row: asyncpg.Record, songs: Sequence[asyncpg.Record]) -> Prediction:
    """Return what a list predicted; rows of songs that were merged since are one candidate, the first of them."""
    first = {song["song"]: song for song in reversed(songs)}
    candidates = tuple(
        LikelySong(
            key=song["song"],
            title=song["title"],
            spotify_id=None,
            position=song["position"],
            probability=song["probability"],
            encore=song["encore"],
            reason=song["reason"] or "",
        )
        for song in first.values()
    )
    return Prediction(length=row["expected_songs"], concerts=row["concerts"] or 0, candidates=candidates)


def _concert(row: asyncpg.Record, songs: Sequence[asyncpg.Record]) -> Concert:
    keys = tuple(dict.fromkeys(song["song"] for song in songs))
    return Concert(day=row["event_date"], id=str(row["actual"]), songs=keys)


async def _write(connection: Connection, row: asyncpg.Record, one: Score, at: datetime) -> None:
    await connection.execute(
        _WRITE,
        row["id"],
        row["show_id"],
        row["artist_id"],
        row["event_date"],
        *(one.played, one.candidates, one.hits, one.f1, one.recall, one.opener, one.closer, one.brier),
        at,
    )
