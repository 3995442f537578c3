"""Provides the key of Ticketmaster, which is sent as a query parameter and therefore kept out of every `Request`."""

import attrs

from thesetd.adapters.http import Credentials
from thesetd.domain.errors import NotConfigured
from thesetd.domain.gate.credentials import pasted


@attrs.frozen
class ApiKey:
    """A fixed key; see `thesetd.adapters.http.Auth`. Stray characters around a pasted key are removed."""

    key: str = attrs.field(repr=False, converter=pasted)

    async def credentials(self) -> Credentials:
        """Return the key as the query parameter `apikey`.

        A header is not an alternative: none is documented for Discovery, and a client that tried one reverted it.

        Raises:
            NotConfigured: no key is set.
        """
        if not self.key:
            raise NotConfigured("set providers.ticketmaster.api_key (or TICKETMASTER_API_KEY)")
        return Credentials(params={"apikey": self.key})

    def rejected(self, _credentials: Credentials) -> bool:
        """Return False: a refused key stays refused."""
        return False
