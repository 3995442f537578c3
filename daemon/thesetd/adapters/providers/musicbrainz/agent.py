"""Makes the User-Agent that MusicBrainz requires instead of a key."""

import attrs

from thesetd import __version__
from thesetd.adapters.http import Credentials
from thesetd.domain.errors import NotConfigured


@attrs.frozen
class UserAgent:
    """Application, version and contact; see `thesetd.adapters.http.Auth`.

    Without it every request is answered with 403.
    """

    contact: str

    async def credentials(self) -> Credentials:
        """Return the header.

        Raises:
            NotConfigured: no contact is set.
        """
        if not self.contact:
            raise NotConfigured("set providers.musicbrainz.contact (or MUSICBRAINZ_CONTACT)")
        return Credentials(headers={"user-agent": f"thesetd/{__version__} ( {self.contact} )"})

    def rejected(self, _credentials: Credentials) -> bool:
        """Return False: a blocked program stays blocked."""
        return False
