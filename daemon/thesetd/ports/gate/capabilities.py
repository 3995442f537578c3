"""Remembers what was learned about credentials."""

from datetime import datetime
from typing import Protocol

import attrs

from thesetd.domain.gate.credentials import Fingerprint
from thesetd.domain.ids import ProviderName


@attrs.frozen(kw_only=True)
class Learned:
    """Capabilities that a credential turned out to lack, sorted, and when that was found (aware UTC)."""

    gone: tuple[str, ...]
    at: datetime


class CapabilityMemory(Protocol):
    """A memory of the capabilities of credentials, which may differ from one to the next."""

    async def load(self, provider: ProviderName, credential: Fingerprint) -> Learned | None:
        """Return what was learned last, however long ago; None if nothing was.

        Raises:
            StoreUnavailable: it cannot be read now.
        """
        ...

    async def save(self, provider: ProviderName, credential: Fingerprint, learned: Learned) -> None:
        """Replace what was learned before.

        Raises:
            StoreUnavailable: it was not stored.
        """
        ...
