"""What a job finds to be new makes older answers about it worthless: the cache forgets them before their time.

A show that changed speaks against everything older that is kept of the artist's shows, a new album against its
catalogue. The job's own answers are as new as the news and stay.
"""

from collections.abc import Mapping
from datetime import datetime

import attrs

from thesetd.domain.gate.endpoints import Topic
from thesetd.domain.gate.subjects import artist_tags
from thesetd.domain.work.batches import Written
from thesetd.domain.work.jobs import KnownArtist
from thesetd.ports.gate import ResponseCache

_ABOUT: Mapping[str, Topic] = {"shows": Topic.SHOWS, "albums": Topic.CATALOG}  # by the table that changed


@attrs.define(kw_only=True)
class News:
    """What one run of a job, which began at `since`, has told the cache: each topic once."""

    cache: ResponseCache
    since: datetime
    _told: set[Topic] = attrs.field(factory=set, init=False)

    async def spread(self, artist: KnownArtist | None, written: Written) -> None:
        """Have forgotten what a committed batch shows to be old."""
        topics = {topic for table, topic in _ABOUT.items() if written.changed.get(table)} - self._told
        if artist is None or not topics:
            return
        self._told |= topics
        await self.cache.invalidate(
            [tag for topic in topics for tag in artist_tags(artist.ids.items(), topic)], self.since
        )
