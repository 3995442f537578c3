"""Completes the shows that time alone completes, whose acts no batch is about.

Whatever schedule fires does that, but all may be disabled, paused, or set to fire rarely. So each node does it as well,
before a batch with shows, once an hour.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

import attrs

from thesetd.adapters.postgres.batches.commit_log import WRITER_LOCK
from thesetd.adapters.postgres.database import Connection, Database
from thesetd.adapters.postgres.rows.show_days import complete_shows
from thesetd.domain.errors import StoreRejected, StoreUnavailable
from thesetd.domain.work.batches import Batch
from thesetd.domain.work.schedules import HOUR

AGAIN = timedelta(minutes=10)  # after a failure, which may take a batch as long as a statement may take


@attrs.define
class HourlyCompletion:
    """Remembers when all shows that are over are completed next."""

    database: Database
    next_at: datetime | None = None

    async def before(self, batches: Iterable[Batch]) -> None:
        """Complete all shows that are over, if these batches have shows and the last time was an hour ago.

        The batches do not depend on it: the application may refuse it, and it may take too long.
        """
        at = max((one.at for one in batches if one.rows.shows or one.rows.actual_setlists), default=None)
        if at is None or (self.next_at is not None and at < self.next_at):
            return
        self.next_at = at + HOUR
        try:
            await self.database.transact(partial(_complete, at=at))
        except StoreRejected:
            return
        except StoreUnavailable:
            self.next_at = at + AGAIN


async def _complete(connection: Connection, *, at: datetime) -> None:
    await connection.execute("select pg_advisory_xact_lock($1)", WRITER_LOCK)
    await complete_shows(connection, at)
