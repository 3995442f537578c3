"""The key of Ticketmaster, which travels as a query parameter and is therefore kept out of every `Request`."""

import attrs

from thesetd.adapters.http import Credentials
from thesetd.domain.errors import NotConfigured
from thesetd.domain.gate.credentials import pasted


@attrs.frozen
class ApiKey:
    """A fixed key; see `thesetd.adapters.http.Auth`. Characters that pasting leaves around it are removed."""

    key: str = attrs.field(repr=False, converter=pasted)

    async def credentials(self) -> Credentials:
        """Return the key as the query parameter `apikey`.

        A header is not an alternative: nothing documents one for Discovery, and a client that tried went back.

        Raises:
            NotConfigured: no key is set.
        """
        if not self.key:
            raise NotConfigured("set providers.ticketmaster.api_key (or TICKETMASTER_API_KEY)")
        return Credentials(params={"apikey": self.key})

    def rejected(self, _credentials: Credentials) -> bool:
        """Say that a refused key stays refused."""
        return False
