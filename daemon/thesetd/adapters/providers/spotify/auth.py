"""Manages the access token of the client credentials flow: fetched when needed, once for all, and refreshed early.

Expiry is computed from the monotonic clock at receipt plus `expires_in`, so a wrong wall clock does no harm. A token is
never logged and never in a repr. If a fetch fails, all waiting callers fail with it: otherwise each would wait for its
own timeout, one after the other.

Source: developer.spotify.com/documentation/web-api/tutorials/client-credentials-flow (read 2026-11-22).
"""

import base64
import re

import attrs
import trio

from thesetd.adapters.http import Credentials, HttpSession
from thesetd.adapters.providers.lenient import lenient_converter, structured
from thesetd.adapters.providers.refusals import error_of_status, json_object
from thesetd.adapters.providers.spotify.answers import message_of
from thesetd.adapters.providers.spotify.settings import SpotifySettings
from thesetd.domain.errors import BadPayload, NotConfigured, ProviderError, RateLimited, Unauthorized, Unavailable
from thesetd.domain.gate.calls import Response
from thesetd.domain.ids import SPOTIFY

EARLY_S = 60.0  # refreshed this long before it expires, as in spotipy and tekore
LIFETIME_S = 3600.0  # if the answer does not say
LANGUAGE = "en"  # names depend on the language: without a fixed one, rows would change back and forth

_TOKEN = re.compile(r"[\x21-\x7e]{1,4000}")
_CONVERTER = lenient_converter()
_KEYS = {"client_id": "SPOTIFY_CLIENT_ID", "client_secret": "SPOTIFY_CLIENT_SECRET"}


@attrs.frozen(kw_only=True)
class TokenWire:
    """The answer of the token endpoint."""

    access_token: str = attrs.field(repr=False)
    expires_in: float = LIFETIME_S


@attrs.frozen
class _Token:
    credentials: Credentials
    refresh_at: float


class TokenSource:
    """Spotify's `Auth`. Times are trio's."""

    def __init__(self, settings: SpotifySettings, session: HttpSession) -> None:
        self._settings = settings
        self._session = session
        self._flight = trio.Lock()
        self._token: _Token | None = None
        self._failed_flights = 0
        self._failure: Exception | None = None

    async def credentials(self) -> Credentials:
        """Return the current token as headers, fetching one if there is none or it is about to expire.

        If a fetching task is cancelled, the next waiting one takes over.

        Raises:
            NotConfigured, Unauthorized, RateLimited, Unavailable.
        """
        failed_before = self._failed_flights
        if (token := self._fresh()) is not None:
            return token
        async with self._flight:
            if (token := self._fresh()) is not None:
                return token
            if self._failure is not None and self._failed_flights > failed_before:
                raise self._failure.with_traceback(None)
            try:
                self._token = await self._fetch()
            except (ProviderError, NotConfigured) as error:
                self._failed_flights, self._failure = self._failed_flights + 1, error
                raise
            return self._token.credentials

    def rejected(self, credentials: Credentials) -> bool:
        """Forget a refused token, unless it has already been replaced; one more try is worth it either way."""
        if self._token is not None and self._token.credentials == credentials:
            self._token = None
        return True

    def _fresh(self) -> Credentials | None:
        token = self._token
        return token.credentials if token is not None and trio.current_time() < token.refresh_at else None

    async def _fetch(self) -> _Token:
        missing = self._settings.missing()
        if missing:
            raise NotConfigured("set " + " and ".join(f"providers.spotify.{key} ({_KEYS[key]})" for key in missing))
        try:
            response = await self._session.exchange(
                "POST",
                self._settings.token_url,
                credentials=Credentials(headers={"authorization": f"Basic {_basic(self._settings)}"}),
                form={"grant_type": "client_credentials"},
            )
            wire = _read_token(response)
        except BadPayload:
            raise Unavailable(SPOTIFY, "the token endpoint's response contains no token") from None
        lifetime = max(wire.expires_in, 1.0)
        return _Token(
            Credentials(headers={"authorization": f"Bearer {wire.access_token}", "accept-language": LANGUAGE}),
            trio.current_time() + lifetime - min(EARLY_S, lifetime / 2),
        )


def _basic(settings: SpotifySettings) -> str:
    return base64.b64encode(f"{settings.client_id}:{settings.client_secret}".encode()).decode()


def _read_token(response: Response) -> TokenWire:
    error = error_of_status(SPOTIFY, response, message_of(response))
    if isinstance(error, RateLimited | Unavailable):
        raise error
    if error is not None:
        raise Unauthorized(
            SPOTIFY,
            f"the token endpoint refuses the credentials ({error.message}): check providers.spotify.client_id and "
            "client_secret (SPOTIFY_CLIENT_ID, SPOTIFY_CLIENT_SECRET)",
        )
    wire = structured(_CONVERTER, SPOTIFY, json_object(SPOTIFY, response), TokenWire)
    if not _TOKEN.fullmatch(wire.access_token):
        raise BadPayload(SPOTIFY, "unusable token")
    return wire
