"""Updates imports that ended incomplete: they say so until a later job has fetched the rest."""

import json
from datetime import datetime
from uuid import UUID

from thesetd.adapters.postgres.database import Connection
from thesetd.adapters.postgres.reading import json_column
from thesetd.domain.work.jobs import JobKind
from thesetd.domain.work.progress import Amendment, Stage, advance, last_words

_LACKING = f"""
select j.id, j.checkpoint, s.counts from thesetd.jobs j join import_status s on s.job_id = j.id
where j.artist_id = $1 and j.kind = '{JobKind.IMPORT_ARTIST.value}' and j.state = 'done'
    and j.checkpoint -> 'lacking' ? $2 and s.status = '{Stage.COMPLETED.value}'
for update of j, s
"""  # noqa: S608 - constants
_CHECKPOINT = "update thesetd.jobs set checkpoint = jsonb_set(checkpoint, '{lacking}', $2::jsonb) where id = $1"
_STATUS = """
update import_status set message = $2, counts = $3::jsonb, updated_at = $4
where job_id = $1 and (message, counts) is distinct from ($2, $3::jsonb)
"""


async def amend_imports(connection: Connection, artist: UUID, amendment: Amendment, at: datetime) -> None:
    """Record what an artist's imports still lack; their streams have ended, so only their status rows say it."""
    for row in await connection.fetch(_LACKING, artist, amendment.what):
        checkpoint = json_column(row["checkpoint"])
        lacking = amendment.applied(checkpoint["lacking"])
        said = last_words(lacking, checkpoint.get("notes", ()), imported=True)
        message = advance(None, Stage.COMPLETED, {}, note=said).message
        counts = {**json_column(row["counts"]), **amendment.counts}
        await connection.execute(_CHECKPOINT, row["id"], json.dumps(lacking, ensure_ascii=False))
        await connection.execute(_STATUS, row["id"], message, json.dumps(counts, ensure_ascii=False), at)
