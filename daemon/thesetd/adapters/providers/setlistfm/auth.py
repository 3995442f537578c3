"""Provides the key of setlist.fm and the headers that decide the form of answers."""

import attrs

from thesetd.adapters.http import Credentials
from thesetd.domain.errors import NotConfigured
from thesetd.domain.gate.credentials import pasted


@attrs.frozen
class ApiKey:
    """A fixed key; see `thesetd.adapters.http.Auth`.

    Stray characters around a pasted key would cause a 403, so they are removed.
    """

    key: str = attrs.field(repr=False, converter=pasted)

    async def credentials(self) -> Credentials:
        """Return the key with the two headers that go with every request.

        XML is the default format. The language changes the names of cities and countries, which must be stable for
        matching; an unavailable one is answered with 406.

        Raises:
            NotConfigured: no key is set.
        """
        if not self.key:
            raise NotConfigured("set providers.setlistfm.api_key (or SETLISTFM_API_KEY)")
        return Credentials(
            headers={"x-api-key": self.key, "accept": "application/json", "accept-language": "en"},
        )

    def rejected(self, _credentials: Credentials) -> bool:
        """Return False: a refused key stays refused."""
        return False
