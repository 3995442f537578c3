"""Accepts requests for work."""

from typing import Protocol

from thesetd.domain.ids import JobId
from thesetd.domain.work.accepted import Accepted


class Intake(Protocol):
    """Accepts requests for work; a reply means that the work is committed."""

    async def submit(self, reference: str, request_id: str | None = None) -> Accepted:
        """Accept the import of an artist: resolve it, store it, enqueue the job.

        While a provider is slow or limited the answer may come without artist id and slug: the job resolves it later.

        Raises:
            BadReference, UnknownArtist, AmbiguousArtist: the reference does not name exactly one artist.
            NotConfigured, Unauthorized: the operator must set or correct a key.
            StoreUnavailable: nothing can be accepted now.
        """
        ...

    async def run_schedule(self, name: str) -> JobId:
        """Fire a schedule now, in addition to its plan.

        Raises:
            KeyError: there is no schedule with that name.
            StoreUnavailable: nothing can be accepted now.
        """
        ...
