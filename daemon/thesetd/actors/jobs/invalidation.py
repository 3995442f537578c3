"""Invalidates cached answers that a job's findings show to be outdated.

A changed show outdates everything older that is cached about the artist's shows, a new album its catalogue. The job's
own answers are as recent as its findings and stay.
"""

from collections.abc import Mapping
from datetime import datetime

import attrs

from thesetd.domain.gate.cache_tags import artist_tags
from thesetd.domain.gate.endpoints import Topic
from thesetd.domain.work.batches import Written
from thesetd.domain.work.jobs import KnownArtist
from thesetd.ports.gate import CacheInvalidation

_ABOUT: Mapping[str, Topic] = {"shows": Topic.SHOWS, "albums": Topic.CATALOG}  # topics by the table that changed


@attrs.define(kw_only=True)
class Invalidator:
    """The topics that one run of a job, which began at `since`, has invalidated: each once."""

    cache: CacheInvalidation
    since: datetime
    _done: set[Topic] = attrs.field(factory=set, init=False)

    async def invalidate(self, artist: KnownArtist | None, written: Written) -> None:
        """Invalidate what a committed batch shows to be outdated."""
        topics = {topic for table, topic in _ABOUT.items() if written.changed.get(table)} - self._done
        if artist is None or not topics:
            return
        self._done |= topics
        await self.cache.invalidate(
            [tag for topic in topics for tag in artist_tags(artist.ids.items(), topic)], self.since
        )
