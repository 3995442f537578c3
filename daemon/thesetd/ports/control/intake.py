"""Where work is requested."""

from typing import Protocol

from thesetd.domain.ids import JobId
from thesetd.domain.work.accepted import Accepted


class Intake(Protocol):
    """Where work is asked for; an answer means that it is committed."""

    async def submit(self, reference: str, request_id: str | None = None) -> Accepted:
        """Accept the import of an artist: resolve it, store it, enqueue the job.

        While a provider is slow or limited the answer may come without artist id and slug: the job resolves it later.

        Raises:
            BadReference, UnknownArtist, AmbiguousArtist: what was typed names no artist, or several.
            NotConfigured, Unauthorized: the operator has to set or correct a key.
            StoreUnavailable: nothing can be accepted now.
        """
        ...

    async def run_schedule(self, name: str) -> JobId:
        """Fire a schedule now, beside its plan.

        Raises:
            KeyError: there is no schedule of that name.
            StoreUnavailable: nothing can be accepted now.
        """
        ...
