"""What was learned of credentials."""

from datetime import datetime
from typing import Protocol

import attrs

from thesetd.domain.gate.credentials import Fingerprint
from thesetd.domain.ids import ProviderName


@attrs.frozen(kw_only=True)
class Learned:
    """Capabilities that a credential was found not to have, sorted, and when it was found (aware UTC)."""

    gone: tuple[str, ...]
    at: datetime


class CapabilityMemory(Protocol):
    """What was learned of credentials that offer different things to different holders."""

    async def load(self, provider: ProviderName, credential: Fingerprint) -> Learned | None:
        """Return what was learned last, however long ago; None if nothing was.

        Raises:
            StoreUnavailable: it cannot be known now.
        """
        ...

    async def save(self, provider: ProviderName, credential: Fingerprint, learned: Learned) -> None:
        """Remember what was learned instead of what was known before.

        Raises:
            StoreUnavailable: it is not remembered.
        """
        ...
